//! Keys of the values that may write a field: the leaf that wrote it, the maps that are printed around it, and maps of its name
//! that the template mentions.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::TRIED;
use super::field::Field;
use super::index::Index;
use crate::chart::inside;
use crate::explore::location;
use crate::finding::{Finding, ValuesLocation};
use crate::lint::chart::Documents;
use crate::origin::{Key, Mark};
use crate::yaml::node::{Data, Entry, Node};

/// A key that may write a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    /// The nearest key that a values file has.
    pub(super) at: ValuesLocation,
    /// From the root of the user's values to that key.
    keys: Vec<String>,
    /// How many of them lead to the subchart whose values file it is.
    above: usize,
    /// The list that the key stands in, with the way to it in `keys` and from it to the key: lists are replaced as a whole.
    list: Option<(Value, Vec<Key>)>,
    /// From the key to the field.
    below: Vec<String>,
}

/// The candidates for a field, the likeliest first.
pub(super) fn of(index: &Index<'_, '_>, finding: &Finding, field: &Field) -> Vec<Candidate> {
    let documents = index.documents;
    let Some(object) = finding.objects.first() else { return Vec::new() };
    let Some((found, manifest)) = documents.object(object) else { return Vec::new() };
    let mut candidates: Vec<Candidate> = Vec::new();
    let mut take = |candidate: Option<Candidate>| {
        if let Some(candidate) = candidate.filter(|candidate| !candidates.contains(candidate)) {
            candidates.push(candidate);
        }
    };
    let (_, deepest) = field.nearest(found.node);
    for walked in (field.element..=deepest).rev() {
        let (node, _) = field.walk(found.node, walked);
        for leaf in index.printed(manifest, node).iter() {
            take(candidate(index, *leaf, &manifest.path, names(field, walked)));
        }
    }
    if candidates.is_empty() {
        for leaf in index.of_field(finding, field) {
            let below = names(field, field.element + 1);
            candidates.extend(candidate(index, leaf, &manifest.path, below));
        }
    }
    candidates.truncate(TRIED);
    candidates
}

/// The candidates for a text that is made of several: keys of a name, among the leaves that it is made of and beside them.
pub(super) fn of_part(index: &Index<'_, '_>, finding: &Finding, field: &Field, key: &str) -> Vec<Candidate> {
    let documents = index.documents;
    let origins = &documents.rendered.origins;
    let Some((found, manifest)) = finding.objects.first().and_then(|object| documents.object(object)) else {
        return Vec::new();
    };
    let Some(node) = field.find(found.node) else { return Vec::new() };
    let runs = manifest.text.runs_in(node.start as usize..node.end as usize);
    let (mut named, mut beside) = (Vec::new(), Vec::new());
    for leaf in runs.flat_map(|(run, _)| origins.leaves_of(run.mark)) {
        let Some(found) = origins.get_leaf(leaf) else { continue };
        match &found.key {
            Key::Name(name) if name.to_lowercase().contains(key) => {
                named.extend(candidate(index, leaf, &manifest.path, vec![]))
            }
            Key::Name(_) => beside.extend(candidate(index, found.parent, &manifest.path, vec![key.to_owned()])),
            _ => {}
        }
    }
    named.append(&mut beside);
    named.dedup();
    named.truncate(TRIED);
    named
}

/// The candidates for an object of a kind: keys that are false and that a template mentions in which the kind stands.
pub(super) fn of_object(index: &Index<'_, '_>, kind: &str) -> Vec<Candidate> {
    let documents = index.documents;
    let (sources, origins) = (&documents.rendered.sources, &documents.rendered.origins);
    let makers = index.makers(kind);
    let mut found = Vec::new();
    for (mark, leaf) in origins.leaves() {
        if !matches!(leaf.key, Key::Name(_)) || sources.slice(leaf.span) != b"false" {
            continue;
        }
        let path = origins.key_path(mark);
        for id in makers.iter().filter(|id| index.mentions(**id, &path)) {
            found.extend(candidate(index, mark, &below_chart(documents, sources.path(*id)), Vec::new()));
        }
    }
    found.dedup();
    found.truncate(TRIED);
    found
}

/// The candidates for a switch: keys with the opposite value, those first that the templates of a finding mention next to it.
pub(super) fn of_switch(index: &Index<'_, '_>, finding: &Finding, wanted: bool) -> Vec<Candidate> {
    let documents = index.documents;
    let Some((_, manifest)) = finding.objects.first().and_then(|object| documents.object(object)) else {
        return Vec::new();
    };
    let near = index.near(finding, if wanted { b"false" } else { b"true" });
    near.into_iter().filter_map(|leaf| candidate(index, leaf, &manifest.path, Vec::new())).collect()
}

fn names(field: &Field, from: usize) -> Vec<String> {
    let skipped = from.saturating_sub(field.element);
    field.names().into_iter().skip(skipped).map(str::to_owned).collect()
}

/// The candidate that a leaf is; `None` when a user cannot set it.
fn candidate(index: &Index<'_, '_>, leaf: Mark, manifest: &str, below: Vec<String>) -> Option<Candidate> {
    let documents = index.documents;
    let (sources, origins) = (&documents.rendered.sources, &documents.rendered.origins);
    let mut path = Vec::new();
    let mut mark = leaf;
    while let Some(found) = origins.get_leaf(mark) {
        path.push(found.key.clone());
        mark = found.parent;
    }
    path.reverse();
    let span = origins.get_leaf(leaf)?.span;
    let at = location(span.place(), sources);
    if at.file.ends_with("Chart.yaml") || path.len() < 2 {
        return None;
    }
    // Keys in the values file of a subchart stand below its name for the user.
    let mut keys = subcharts(&below_chart(documents, &at.file), manifest)?;
    let above = keys.len();
    let mut list = None;
    for (depth, key) in path.iter().enumerate() {
        match key {
            Key::Root => {}
            Key::Name(name) => keys.push(name.to_string()),
            Key::Index(_) => {
                let root = index.values(span.source)?;
                let items = path.get(..depth)?.iter().try_fold(&*root, |node, key| step(node, key))?;
                list = Some((json(items), path.get(depth..)?.to_vec()));
                break;
            }
        }
    }
    let key = origins.key_path(leaf);
    let at = ValuesLocation { file: at.file, line: at.line, column: at.column, key };
    Some(Candidate { at, keys, above, list, below })
}

fn step<'n>(node: &'n Node, key: &Key) -> Option<&'n Node> {
    match key {
        Key::Root => Some(node),
        Key::Name(name) => node.get(name),
        Key::Index(index) => node.items().get(*index as usize),
    }
}

/// The path of a file below the folder of the chart; nothing for one that lies elsewhere.
fn below_chart(documents: &Documents<'_>, path: &str) -> String {
    inside(path, documents.chart).map(|inside| format!("/{inside}")).unwrap_or_default()
}

/// The names below which the keys of a values file stand for the user: none for the chart's own and the user's, for that of a
/// subchart its name in this release, which a template at `manifest` shows.
fn subcharts(file: &str, manifest: &str) -> Option<Vec<String>> {
    let depth = file.matches("/charts/").count();
    let names: Vec<String> =
        manifest.split("/charts/").skip(1).filter_map(|rest| rest.split('/').next()).map(str::to_owned).collect();
    names.get(..depth).map(<[String]>::to_vec)
}

impl Candidate {
    /// Adds the key with its value to the values of a proof; whether there was room for it.
    pub(super) fn put(&self, value: &Value, values: &mut Map<String, Value>) -> bool {
        let Some((last, outer)) = self.keys.split_last() else { return false };
        let mut map = values;
        for key in outer {
            let inner = map.entry(key.clone()).or_insert_with(|| Value::Object(Map::new()));
            let Some(inner) = inner.as_object_mut() else { return false };
            map = inner;
        }
        let Some((items, path)) = &self.list else {
            return place(map.entry(last.clone()).or_insert(Value::Null), &self.below, value);
        };
        let mut at = map.entry(last.clone()).or_insert_with(|| items.clone());
        for key in path {
            let inner = match key {
                Key::Index(index) => at.get_mut(*index as usize),
                Key::Name(name) => at.get_mut(&**name),
                Key::Root => return false,
            };
            let Some(inner) = inner else { return false };
            at = inner;
        }
        if self.below.is_empty() {
            *at = value.clone();
            return true;
        }
        place(at, &self.below, value)
    }

    /// The whole key of the field in its values file.
    pub(super) fn path(&self) -> String {
        [&*self.at.key].into_iter().chain(self.below.iter().map(|name| &**name)).collect::<Vec<_>>().join(".")
    }

    /// Whether the values file is that of a dependency.
    pub(super) fn is_of_dependency(&self) -> bool {
        self.above > 0
    }

    /// From the root of the user's values to the field.
    pub(super) fn steps(&self) -> Vec<Key> {
        let name = |name: &String| Key::Name(name.as_str().into());
        let list = self.list.iter().flat_map(|(_, path)| path.iter().cloned());
        self.keys.iter().map(name).chain(list).chain(self.below.iter().map(name)).collect()
    }

    /// Whether a path in the values ends in the key that exists, or in one on the way from it to that of the field.
    pub(super) fn leads_to(&self, path: &str) -> bool {
        let mut key = self.at.key.clone();
        let mut deeper = self.below.iter();
        loop {
            if ends_in(path, &key) {
                return true;
            }
            let Some(name) = deeper.next() else { return false };
            key = format!("{key}.{name}");
        }
    }

    /// What to write where.
    pub(super) fn help(&self, value: &Value) -> String {
        // Nobody edits the values file of a dependency: what a chart sets for it stands in its own values.
        let mut help = match self.above {
            0 => format!("set in {}:{}", self.at.file, self.at.line),
            _ => "set in the values of the chart itself".to_owned(),
        };
        if self.list.is_some() {
            let above = self.keys.iter().take(self.above).fold(String::new(), |above, name| above + name + ".");
            let _ = write!(help, "\n{above}{}: {value}", self.path());
            return help;
        }
        let names: Vec<&String> = self.keys.iter().chain(&self.below).collect();
        for (depth, name) in names.iter().enumerate() {
            let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
            let name = if plain { (*name).clone() } else { format!("{name:?}") };
            let _ = write!(help, "\n{:indent$}{name}:", "", indent = 2 * depth);
        }
        let _ = write!(help, " {value}");
        help
    }
}

/// Whether the last names of a path are those of a key.
pub(super) fn ends_in(path: &str, key: &str) -> bool {
    let above = path.strip_suffix(key).filter(|_| !key.is_empty());
    above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
}

/// Sets what lies below a value; `false` when something else was set there.
fn place(at: &mut Value, below: &[String], value: &Value) -> bool {
    let mut at = at;
    for name in below {
        if at.is_null() {
            *at = Value::Object(Map::new());
        }
        let Some(map) = at.as_object_mut() else { return false };
        at = map.entry(name.clone()).or_insert(Value::Null);
    }
    if at.is_null() {
        *at = value.clone();
    }
    at == value
}

/// A node as JSON.
pub(super) fn json(node: &Node) -> Value {
    let entry = |entry: &Entry| (entry.key.to_string(), json(&entry.value));
    match &node.data {
        Data::Null => Value::Null,
        Data::Bool(value) => (*value).into(),
        Data::Int(value) => (*value).into(),
        Data::Uint(value) => (*value).into(),
        Data::Float(value) => (*value).into(),
        Data::String(text) => Value::String(text.to_string()),
        Data::List(items) => Value::Array(items.iter().map(json).collect()),
        Data::Map(entries) => Value::Object(entries.iter().map(entry).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_compared_name_by_name() {
        let at = ValuesLocation { file: "values.yaml".into(), line: 1, column: 1, key: "image".into() };
        let below = vec!["pull".into(), "policy".into()];
        let candidate = Candidate { at, keys: vec!["image".into()], above: 0, list: None, below };
        for leads in ["image", "sub.image", "image.pull", "sub.image.pull.policy"] {
            assert!(candidate.leads_to(leads), "{leads}");
        }
        for other in
            ["", "sidecarimage", "sidecarimage.pull", "image.pull.policy.x", "pull", "images[0]", "a.\"b.image\""]
        {
            assert!(!candidate.leads_to(other), "{other}");
        }
    }
}
