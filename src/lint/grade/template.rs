//! Whether a template can write a field at all: read from its text, branches not taken included.

use std::rc::Rc;

use super::field::{Field, Step};
use super::index::Index;
use crate::finding::Finding;
use crate::render::blame::{blame_node, blame_range};
use crate::yaml::node::Node;

/// Whether the template writes the mapping that a field is missing in as plain text, prints no values into it, and does not
/// name the field in any branch: then no value can set it.
pub(super) fn never_writes(index: &Index<'_, '_>, finding: &Finding) -> bool {
    let documents = index.documents;
    let Some(object) = finding.objects.first() else { return false };
    let Some((found, manifest)) = documents.object(object) else { return false };
    let Some(field) = Field::parse(&object.path, "") else { return false };
    let (parent, walked) = field.nearest(found.node);
    let Some(Step::Name(name)) = field.steps.get(walked) else { return false };
    let origins = &documents.rendered.origins;
    let whole = blame_node(&manifest.text, found.node, origins);
    let blame = blame_node(&manifest.text, parent, origins);
    if blame.leaf.is_some() || !documents.is_fixed(&blame, &whole) {
        return false;
    }
    let places = parent.entries().iter().map(|entry| {
        let key = blame_range(&manifest.text, entry.key_start as usize..entry.key_end as usize, origins);
        (key.leaf.is_none() && key.include == blame.include).then_some(key.template).flatten()
    });
    let Some(places) = places.collect::<Option<Vec<_>>>() else { return false };
    let Some(first) = blame.template else { return false };
    if places.iter().any(|place| place.source != first.source) {
        return false;
    }
    let offsets = places.iter().map(|place| place.offset as usize);
    let (from, to) = (offsets.clone().min(), offsets.max());
    match (from, to) {
        (Some(from), Some(to)) => {
            index.keys_between(first.source, from, to).is_some_and(|keys| !keys.iter().any(|key| key.starts_with(name)))
        }
        // A mapping without entries, as text: `{}`.
        _ => {
            let text = documents.rendered.sources.bytes(first.source);
            is_empty_map(parent) && text.get(first.offset as usize) == Some(&b'{')
        }
    }
}

fn is_empty_map(node: &Node) -> bool {
    matches!(&node.data, crate::yaml::node::Data::Map(entries) if entries.is_empty())
}

/// A text, cut into lines.
pub(super) struct Lines {
    text: String,
    starts: Vec<usize>,
}

impl Lines {
    pub(super) fn of(text: &str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text: text.to_owned(), starts }
    }

    /// The number of the line, from 0, in which a byte stands.
    fn number(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// The line of a number, without its break.
    fn get(&self, number: usize) -> Option<&str> {
        let start = *self.starts.get(number).filter(|start| **start < self.text.len())?;
        self.text.get(start..)?.lines().next()
    }
}

/// Characters of a line that are looked at for a key: no field has a longer name.
const LONGEST: usize = 64;

/// The lines at the depth of the mapping whose keys stand between two offsets of a template, from where a key would stand;
/// `None` when some action can add a key there.
pub(super) fn keys(lines: &Lines, from: usize, to: usize) -> Option<Rc<[String]>> {
    let mut keys = Vec::new();
    let first = lines.number(from);
    let depth = from - lines.starts.get(first).copied().unwrap_or(0);
    let is_action = |line: &str| line.trim_start().starts_with("{{");
    // The mapping goes on while lines are indented as deep; actions in front of its first line may belong to it, too.
    let mut begin = first;
    while let Some(before) = begin.checked_sub(1).and_then(|at| lines.get(at)) {
        if !(is_action(before) || before.trim().is_empty()) {
            break;
        }
        begin -= 1;
    }
    let last = lines.number(to);
    for (number, line) in (begin..).map_while(|number| Some((number, lines.get(number)?))) {
        let text = line.trim_start();
        let indent = line.len() - text.len();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        if is_action(line) {
            if number > last && text.trim_start_matches(['{', '-', ' ']).starts_with("define") {
                break;
            }
            if prints(text).is_some_and(|deep| deep.is_none_or(|deep| deep <= depth)) {
                return None;
            }
            continue;
        }
        // A list item's first key stands behind its dash.
        let indent = if number == first { depth } else { indent };
        if number > last && indent < depth || text.starts_with("---") {
            break;
        }
        if indent == depth {
            let key = text.trim_start_matches("- ").trim_start_matches(['"', '\'']);
            keys.push(key.chars().take(LONGEST).collect());
        }
    }
    Some(keys.into())
}

/// Whether the actions of a line print something, and how deep it is indented if they say so: `nindent 8`.
fn prints(line: &str) -> Option<Option<usize>> {
    let mut deepest = None;
    for action in line.split("{{").skip(1) {
        let body = action.split("}}").next().unwrap_or_default().trim_matches(['-', ' ', '\t']);
        let word = body.split([' ', '(']).next().unwrap_or_default();
        let assigns = body.starts_with('$') && body.contains('=');
        if assigns
            || body.starts_with("/*")
            || ["if", "else", "end", "with", "range", "define", "block", "break", "continue"].contains(&word)
        {
            continue;
        }
        let indent = body
            .rsplit_once("indent ")
            .and_then(|(_, number)| number.split(' ').next()?.trim_matches(')').parse().ok());
        let shallower = match (deepest, indent) {
            (Some(Some(known)), Some(indent)) => Some(Some(usize::min(known, indent))),
            (Some(None), _) | (_, None) => Some(None),
            (None, Some(indent)) => Some(Some(indent)),
        };
        deepest = shallower;
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed(text: &str, first: &str, last: &str) -> bool {
        let keys = keys(&Lines::of(text), text.find(first).unwrap(), text.find(last).unwrap());
        keys.is_some_and(|keys| !keys.iter().any(|key| key.starts_with("securityContext")))
    }

    #[test]
    fn text_without_prints_is_closed() {
        let text = "spec:\n  containers:\n    - name: a\n      image: {{ .Values.image }}\n    - name: b\n      securityContext: {}\n";
        assert!(closed(text, "name: a", "image"));
        let deeper =
            "spec:\n  - name: a\n    resources:\n      {{- toYaml .Values.r | nindent 6 }}\n{{ toYaml .Values.all }}\n";
        assert!(!closed(deeper, "name: a", "resources"), "the last line may print anything");
        let deeper = deeper.replace("{{ toYaml .Values.all }}\n", "");
        assert!(closed(&deeper, "name: a", "resources"));
    }

    #[test]
    fn branches_and_prints_at_its_depth_keep_it_open() {
        let branch =
            "  - name: a\n    {{- with .Values.s }}\n    securityContext: {{ toYaml . | nindent 6 }}\n    {{- end }}\n";
        assert!(!closed(branch, "name: a", "name: a"));
        let other = branch.replace("securityContext", "tolerations");
        assert!(closed(&other, "name: a", "name: a"));
        assert!(!closed("  - name: a\n    {{- include \"x\" . | nindent 4 }}\n", "name: a", "name: a"));
        assert!(!closed(
            "spec:\n  {{- toYaml .Values.pod | nindent 2 }}\n  containers: []\n",
            "containers",
            "containers"
        ));
        assert!(closed("a:\n  b: 1\n{{- end }}\n{{ define \"y\" }}\n  {{ toYaml . }}\n", "b: 1", "b: 1"));
    }
}
