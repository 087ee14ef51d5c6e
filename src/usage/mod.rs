//! Which values a chart reads: in any of its cases by execution, and in branches not taken by a walk through its templates.
//!
//! A key counts as read when anything might read it. Where a key is only known at run time everything under its
//! prefix counts; so does what is handed to subcharts that are not there.

mod declared;
mod domain;
mod functions;
mod keys;
mod schema;
mod walk;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

pub use declared::SettingPlace;

use crate::chart::{Chart, Instance, Prepared, ValuesFile};
use crate::limits::Limits;
use crate::origin::{Key, Mark, Origins};
use crate::source::{Place, SourceId, Sources};
use crate::template::TemplateSet;
use crate::text;
use crate::yaml::node::Node;
use declared::{Setting, settings, templates, uses};
use keys::{ANY, KeyId, Keys, NodeId};
use walk::{ChartRoot, Inline, Walk};

/// One case of a chart: what was prepared and what happened.
#[derive(Debug)]
pub struct CaseUse<'a> {
    /// The chart and its subcharts, if they could be prepared.
    pub prepared: Option<&'a Prepared>,
    /// The notes of the render.
    pub origins: &'a Origins,
    /// The templates that took part.
    pub templates: Option<&'a Rc<TemplateSet>>,
    /// The values files laid over the defaults.
    pub files: &'a [SourceId],
}

/// What is known of a chart.
#[derive(Debug)]
pub struct Known<'a> {
    /// The chart.
    pub chart: &'a Rc<Chart>,
    /// Its files.
    pub sources: &'a Sources,
    /// Its cases; none when it was not rendered.
    pub cases: &'a [CaseUse<'a>],
    /// Its templates as far as they parse, when it was not rendered.
    pub templates: Option<&'a Rc<TemplateSet>>,
    /// Template files that do not parse.
    pub faulty: &'a [SourceId],
}

/// A value that nothing reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Where it is set.
    pub place: SettingPlace,
    /// Its path: `image.tag`.
    pub key: String,
    /// A key of the chart that may be meant; only looked for when values.yaml does not have this one.
    pub nearest: Option<String>,
    /// Whether values.yaml has it.
    pub declared: bool,
}

/// A key that a template reads and nothing declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undeclared {
    /// Where it is read.
    pub place: Place,
    /// Its path.
    pub key: String,
}

/// What a chart reads.
#[derive(Debug)]
pub struct Usage {
    keys: Keys,
    charts: Vec<ChartRoot>,
    /// Charts by their path, the outermost first.
    paths: HashMap<String, u32>,
    own: Vec<(Rc<Chart>, NodeId)>,
    reads: HashMap<NodeId, Place>,
    complete: bool,
    /// Templates change the values as a whole.
    rewrites: bool,
}

/// Charts inside charts that are looked at.
const MAX_CHARTS: usize = 2_000;

impl Usage {
    /// Gathers what is read.
    #[must_use]
    pub fn of(known: &Known<'_>, limits: &Limits) -> Self {
        let mut usage = Self {
            keys: Keys::new(),
            charts: Vec::new(),
            paths: HashMap::new(),
            own: Vec::new(),
            reads: HashMap::new(),
            complete: true,
            rewrites: false,
        };
        for case in known.cases {
            if let Some(prepared) = case.prepared {
                usage.instance(&prepared.root, None);
            }
        }
        if usage.charts.is_empty() {
            // Which subcharts would take part is not known: all are absent.
            usage.chart(known.chart, &known.chart.metadata.name, None, "");
        }
        usage.absent();
        usage.metadata();
        usage.schema(known);
        let mut done: Vec<*const TemplateSet> = Vec::new();
        let sets = known.cases.iter().filter_map(|case| case.templates).chain(known.templates);
        let inlines = usage.inlines(known, limits);
        for set in sets {
            if !done.contains(&Rc::as_ptr(set)) {
                done.push(Rc::as_ptr(set));
                usage.walk(set, &inlines);
            }
        }
        // Without templates nothing is known.
        usage.complete &= !done.is_empty();
        for case in known.cases {
            usage.recorded(case.origins, known);
        }
        for source in known.faulty {
            usage.mentioned(*source, known.sources);
        }
        usage
    }

    /// Whether everything was looked at; if not, every key counts as read.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    // Which charts there are.

    fn chart(&mut self, chart: &Rc<Chart>, path: &str, parent: Option<u32>, name: &str) -> u32 {
        if let Some(known) = self.paths.get(path) {
            return *known;
        }
        let id = crate::source::clamp(self.charts.len());
        let root = self.keys.root();
        let global = self.keys.key("global");
        if let Some(parent) = parent {
            let name = self.keys.key(name);
            if let Some(parent) = self.charts.get_mut(parent as usize) {
                self.keys.link(parent.root, name, root);
                parent.children.push((name, id));
            }
            let shared = self.charts.first().map(|outermost| outermost.root);
            if let Some(outermost) = shared {
                let shared = self.keys.child(outermost, global);
                self.keys.link(root, global, shared);
            }
        } else {
            let shared = self.keys.root();
            self.keys.link(root, global, shared);
        }
        self.charts.push(ChartRoot { root, children: Vec::new() });
        self.own.push((Rc::clone(chart), root));
        self.paths.insert(path.to_owned(), id);
        id
    }

    fn instance(&mut self, instance: &Instance, parent: Option<u32>) {
        let id = self.chart(&instance.chart, &instance.path, parent, &instance.name);
        for child in &instance.children {
            if self.charts.len() < MAX_CHARTS {
                self.instance(child, Some(id));
            }
        }
    }

    /// Keys for charts that take part in no case are nobody's to judge, and neither are globals then.
    fn absent(&mut self) {
        let global = self.keys.key("global");
        for index in 0..self.own.len() {
            let Some((chart, root)) = self.own.get(index).cloned() else { continue };
            let declared = chart.metadata.dependencies.iter().flatten().map(|one| one.local_name().to_string());
            let loaded = chart.dependencies.iter().map(|child| child.metadata.name.to_string());
            let aliased = |name: &String| {
                let mut all = chart.metadata.dependencies.iter().flatten();
                all.any(|dependency| *dependency.name == **name && !dependency.alias.is_empty())
            };
            let loaded = loaded.filter(|name| !aliased(name));
            let names: Vec<String> = declared.chain(loaded).collect();
            for name in names {
                let key = self.keys.key(&name);
                let present = self.charts.get(index).is_some_and(|of| of.children.iter().any(|(of, _)| *of == key));
                if !present {
                    for key in [key, global] {
                        let node = self.keys.child(root, key);
                        self.keys.read_whole(node);
                    }
                }
            }
        }
    }

    /// What Chart.yaml reads: conditions, tags, imports.
    fn metadata(&mut self) {
        let paths: Vec<(String, u32)> = self.paths.iter().map(|(path, id)| (path.clone(), *id)).collect();
        let Some(outermost) = self.charts.first().map(|chart| chart.root) else { return };
        for (path, id) in paths {
            let Some((chart, root)) = self.own.get(id as usize).cloned() else { continue };
            // Helm looks conditions of a subchart up under its path in the outermost chart's values.
            let prefix: Vec<&str> = path.split("/charts/").skip(1).collect();
            for dependency in chart.metadata.dependencies.iter().flatten() {
                for condition in dependency.condition.trim().split(',').filter(|condition| !condition.is_empty()) {
                    self.fetch(outermost, &[prefix.as_slice(), &condition.split('.').collect::<Vec<_>>()].concat());
                }
                for tag in &dependency.tags {
                    self.fetch(outermost, &["tags", &**tag]);
                }
                for import in &dependency.import_values {
                    let child: Vec<&str> = import.child.split('.').collect();
                    let node = self.node(root, &[&[&**dependency.local_name()], child.as_slice()].concat());
                    self.keys.read_whole(node);
                }
            }
        }
    }

    fn node(&mut self, root: NodeId, path: &[&str]) -> NodeId {
        path.iter().fold(root, |node, name| {
            let key = if *name == "*" { ANY } else { self.keys.key(name) };
            self.keys.child(node, key)
        })
    }

    fn fetch(&mut self, root: NodeId, path: &[&str]) {
        let node = self.node(root, path);
        self.keys.read(node);
        self.keys.test(node);
    }

    /// Keys by which values.schema.json decides.
    fn schema(&mut self, known: &Known<'_>) {
        let Some(root) = self.charts.first().map(|chart| chart.root) else { return };
        for path in schema_of(known.chart, known.sources).iter().flat_map(schema::decisive) {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            let node = self.node(root, &path);
            self.keys.read(node);
        }
    }

    // What is read.

    /// Strings of values and files that hold actions: what `tpl` may execute.
    fn inlines(&mut self, known: &Known<'_>, limits: &Limits) -> Vec<Inline> {
        let mut found: Vec<(NodeId, Vec<String>, String)> = Vec::new();
        let mut gather = |root: NodeId, documents: &[Node]| {
            templates(documents, &mut |path, text| found.push((root, path.to_vec(), text.to_owned())));
        };
        for (chart, root) in &self.own {
            gather(*root, chart.values.as_ref().map_or(&[], |values| &values.documents));
        }
        let Some(outermost) = self.charts.first().map(|chart| chart.root) else { return Vec::new() };
        for source in user_files(known) {
            if let Ok(file) = ValuesFile::read(source, known.sources, limits) {
                gather(outermost, &file.documents);
            }
        }
        let mut inlines: Vec<Inline> = Vec::new();
        for (root, path, text) in found {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            inlines.push((Some(self.node(root, &path)), text.into_bytes().into()));
        }
        for (chart, _) in &self.own {
            for file in &chart.files {
                let bytes = known.sources.bytes(file.source);
                if text::find(bytes, b"{{").is_some() {
                    inlines.push((None, bytes.into()));
                }
            }
        }
        inlines
    }

    fn walk(&mut self, set: &Rc<TemplateSet>, inlines: &[Inline]) {
        let mut files: Vec<(Rc<str>, u32)> = Vec::new();
        let mut paths: Vec<(&String, &u32)> = self.paths.iter().collect();
        paths.sort_unstable();
        for (path, id) in paths {
            let Some((chart, _)) = self.own.get(*id as usize) else { continue };
            let file = |file: &crate::chart::ChartFile| (format!("{path}/{}", file.name).into(), *id);
            files.extend(chart.templates.iter().map(file));
        }
        let mut walk = Walk::new(&mut self.keys, &self.charts, inlines, &mut self.reads, set);
        self.complete &= walk.run(&files);
        self.rewrites |= walk.rewrites;
    }

    /// What a render has read.
    fn recorded(&mut self, origins: &Origins, known: &Known<'_>) {
        let Some(outermost) = self.charts.first().map(|chart| chart.root) else { return };
        let mut roots: HashMap<SourceId, Vec<NodeId>> = HashMap::new();
        let mut elsewhere = Vec::new();
        for (chart, root) in &self.own {
            if let Some(values) = &chart.values {
                roots.entry(values.source).or_default().push(*root);
            }
            elsewhere.extend(chart.metadata.source);
        }
        let mut nodes: HashMap<Mark, Vec<NodeId>> = HashMap::new();
        let marks: Vec<Mark> = origins.read_leaves().collect();
        for mark in marks {
            let Some(source) = origins.get_leaf(mark).map(|leaf| leaf.span.source) else { continue };
            let path = known.sources.path(source);
            if elsewhere.contains(&source) || path.ends_with("requirements.yaml") {
                continue;
            }
            for node in self.leaf(mark, origins, &roots, outermost, &mut nodes) {
                self.keys.read(node);
            }
        }
    }

    fn leaf(
        &mut self,
        mark: Mark,
        origins: &Origins,
        roots: &HashMap<SourceId, Vec<NodeId>>,
        outermost: NodeId,
        nodes: &mut HashMap<Mark, Vec<NodeId>>,
    ) -> Vec<NodeId> {
        // Leaves are followed up to one that is known, and the way back is noted.
        let (mut way, mut at) = (Vec::new(), mark);
        let mut found = loop {
            if let Some(known) = nodes.get(&at) {
                break known.clone();
            }
            let Some(leaf) = origins.get_leaf(at) else { return Vec::new() };
            if leaf.key == Key::Root {
                break roots.get(&leaf.span.source).cloned().unwrap_or_else(|| vec![outermost]);
            }
            way.push(at);
            at = leaf.parent;
        };
        for mark in way.into_iter().rev() {
            let key = match origins.get_leaf(mark).map(|leaf| &leaf.key) {
                Some(Key::Name(name)) => self.keys.key(name),
                _ => ANY,
            };
            found = found.into_iter().map(|node| self.keys.child(node, key)).collect();
            nodes.insert(mark, found.clone());
        }
        found
    }

    /// Paths that stand in the text of a template that does not parse, whatever is wrong with it.
    fn mentioned(&mut self, source: SourceId, sources: &Sources) {
        let owner = |chart: &Rc<Chart>| chart.templates.iter().any(|file| file.source == source);
        let roots: Vec<NodeId> = self.own.iter().filter(|(chart, _)| owner(chart)).map(|(_, root)| *root).collect();
        let text = String::from_utf8_lossy(sources.bytes(source)).into_owned();
        for rest in text.split(".Values.").skip(1) {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))).unwrap_or(rest.len());
            let path: Vec<&str> =
                rest.get(..end).unwrap_or_default().split('.').filter(|key| !key.is_empty()).collect();
            for root in &roots {
                let node = self.node(*root, &path);
                self.keys.read_whole(node);
            }
        }
    }

    // What follows.

    fn is_read(&mut self, path: &[String]) -> bool {
        let Some(root) = self.charts.first().map(|chart| chart.root) else { return true };
        // Through subcharts' tables the tree is linked, so the path is walked from the outermost chart.
        let path: Vec<KeyId> = path.iter().map(|key| self.keys.key(key)).collect();
        self.keys.is_read(root, &path)
    }

    /// Values that nothing reads: of values.yaml, and of the values files of users and cases those that values.yaml does not have.
    #[must_use]
    pub fn unread(&mut self, known: &Known<'_>, limits: &Limits) -> Vec<Unread> {
        if !self.complete || known.chart.is_library() {
            return Vec::new();
        }
        let own = known.chart.values.as_ref();
        let documents: &[Node] = own.map_or(&[], |values| &values.documents);
        let declared = settings(documents);
        let mut found = Vec::new();
        if let Some(values) = own {
            for setting in self.idle(&declared) {
                let place = SettingPlace { file: values.source, offset: setting.offset };
                found.push(Unread { place, key: joined(&setting.path), nearest: None, declared: true });
            }
        }
        for source in user_files(known) {
            let Ok(file) = ValuesFile::read(source, known.sources, limits) else { continue };
            let set = settings(&file.documents);
            for setting in self.idle(&set) {
                if self.is_declared(0, &setting.path) {
                    continue;
                }
                // The first key that is not known is the one that was mistyped.
                let known = (1..setting.path.len()).rev().find(|end| self.is_declared(0, &setting.path[..*end]));
                let first: Vec<&str> = setting.path.iter().take(known.unwrap_or(0) + 1).map(String::as_str).collect();
                let entry = file.documents.iter().find_map(|document| {
                    let (last, above) = first.split_last()?;
                    document.at(above)?.entry(last)
                });
                let offset = entry.map_or(setting.offset, |entry| entry.key_start);
                let place = SettingPlace { file: source, offset };
                let nearest = nearest(&setting.path, &declared);
                found.push(Unread { place, key: joined(&setting.path), nearest, declared: false });
            }
        }
        found
    }

    /// Whether values.yaml of a chart has a path, or that of the subchart that it leads to.
    fn is_declared(&self, chart: u32, path: &[String]) -> bool {
        let Some(((owner, _), of)) = self.own.get(chart as usize).zip(self.charts.get(chart as usize)) else {
            return false;
        };
        let names: Vec<&str> = path.iter().map(String::as_str).collect();
        let documents = owner.values.iter().flat_map(|values| &values.documents);
        if documents.into_iter().any(|document| document.at(&names).is_some()) {
            return true;
        }
        let Some((first, rest)) = path.split_first() else { return true };
        let child = of.children.iter().find(|(name, _)| *self.keys.text(*name) == **first);
        child.is_some_and(|(_, child)| self.is_declared(*child, rest))
    }

    /// The settings of one file that nothing reads, at any of their places.
    fn idle<'s>(&mut self, settings: &'s [Setting]) -> Vec<&'s Setting> {
        let uses = uses(settings);
        let mut idle = Vec::new();
        let mut read = std::collections::HashSet::new();
        for setting in settings {
            let is_chart = match setting.path.as_slice() {
                // The tables of subcharts and globals are not values by themselves; `enabled` is for a parent's condition.
                [only] => {
                    only == "global"
                        || only == "enabled"
                        || self.charts.first().is_some_and(|chart| {
                            chart.children.iter().any(|(name, _)| *self.keys.text(*name) == **only)
                        })
                }
                _ => false,
            };
            if is_chart || self.is_read(&setting.path) {
                read.insert(setting.value);
            } else {
                idle.push(setting);
            }
        }
        idle.retain(|setting| {
            let shared = uses.get(&setting.value).is_some_and(|uses| *uses > 1);
            setting.in_place && !(shared && read.contains(&setting.value))
        });
        idle
    }

    /// What of values.yaml the schema does not describe, and what it describes that values.yaml does not set and nothing reads.
    #[must_use]
    pub fn schema_gaps(
        &mut self,
        known: &Known<'_>,
        schema: &serde_json::Value,
    ) -> (Vec<(SettingPlace, String)>, Vec<String>) {
        let Some(values) = &known.chart.values else { return Default::default() };
        let mut undescribed = Vec::new();
        for setting in settings(&values.documents).iter().filter(|setting| setting.in_place) {
            let path: Vec<&str> = setting.path.iter().map(String::as_str).collect();
            let first = path.first().copied().unwrap_or_default();
            let key = self.keys.key(first);
            let is_chart = self.charts.first().is_some_and(|chart| chart.children.iter().any(|(name, _)| *name == key));
            if first != "global" && !is_chart && !schema::describes(schema, &path) {
                let place = SettingPlace { file: values.source, offset: setting.offset };
                undescribed.push((place, joined(&setting.path)));
            }
        }
        let mut unset = Vec::new();
        for path in schema::properties(schema) {
            let names: Vec<&str> = path.iter().map(String::as_str).collect();
            if !declared::says(&values.documents, &names) && self.complete && !self.is_read(&path) {
                unset.push(joined(&path));
            }
        }
        (undescribed, unset)
    }

    /// Keys that the chart's own templates count on and nothing declares: neither values.yaml nor its comments nor the schema.
    #[must_use]
    pub fn undeclared(&mut self, known: &Known<'_>) -> Vec<Undeclared> {
        let (Some(values), Some(root)) = (&known.chart.values, self.charts.first().map(|chart| chart.root)) else {
            return Vec::new();
        };
        if !self.complete || self.rewrites || known.chart.is_library() {
            return Vec::new();
        }
        let imports = known.chart.metadata.dependencies.iter().flatten().any(|one| !one.import_values.is_empty());
        if imports {
            return Vec::new();
        }
        let schema = schema_of(known.chart, known.sources);
        let text = known.sources.bytes(values.source);
        let own = |place: &Place| known.chart.templates.iter().any(|file| file.source == place.source);
        let mut found: BTreeMap<String, Place> = BTreeMap::new();
        for (node, place) in self.reads.iter().filter(|(_, place)| own(place)) {
            let (top, nodes) = self.keys.path(*node);
            let keys: Vec<KeyId> = nodes.iter().map(|node| self.keys.key_of(*node)).collect();
            if top != root || keys.is_empty() || keys.contains(&ANY) {
                continue;
            }
            let names: Vec<Rc<str>> = keys.iter().map(|key| self.keys.text(*key)).collect();
            let names: Vec<&str> = names.iter().map(|name| &**name).collect();
            // The part of the path that is not declared, each step of which may be asked for.
            let first = (1..=names.len()).find(|end| !declared::says(&values.documents, &names[..*end]));
            let Some(first) = first else { continue };
            let optional = nodes.iter().skip(first - 1).any(|node| self.keys.is_optional(*node));
            let described = schema.as_ref().is_some_and(|schema| schema::describes(schema, &names));
            let commented = || (first..=names.len()).any(|end| declared::is_commented(text, &names[..end]));
            let mut dependencies = known.chart.metadata.dependencies.iter().flatten();
            let handed = dependencies.any(|one| Some(&&**one.local_name()) == names.first());
            if optional || handed || described || names.first() == Some(&"global") || commented() {
                continue;
            }
            let earlier = found.entry(names.join(".")).or_insert(*place);
            *earlier = (*earlier).min(*place);
        }
        found.into_iter().map(|(key, place)| Undeclared { place, key }).collect()
    }
}

fn joined(path: &[String]) -> String {
    let shown = path.iter().map(|key| if key.contains(['.', '[', ']']) { format!("{key:?}") } else { key.clone() });
    shown.collect::<Vec<_>>().join(".")
}

/// The values files of users and cases, each once.
fn user_files(known: &Known<'_>) -> Vec<SourceId> {
    let mut files: Vec<SourceId> = known.cases.iter().flat_map(|case| case.files).copied().collect();
    files.sort_unstable();
    files.dedup();
    files
}

/// values.schema.json, if it can be read.
#[must_use]
pub fn schema_of(chart: &Chart, sources: &Sources) -> Option<serde_json::Value> {
    serde_json::from_slice(sources.bytes(chart.schema?)).ok()
}

/// The declared key that a mistyped one may stand for: one of the same table, one of the same name elsewhere, one that is written alike.
fn nearest(path: &[String], declared: &[Setting]) -> Option<String> {
    let (last, above) = path.split_last()?;
    let siblings =
        declared.iter().filter(|setting| setting.path.len() > above.len() && setting.path.starts_with(above));
    let names: Vec<&str> = siblings.filter_map(|setting| setting.path.get(above.len())).map(String::as_str).collect();
    if let Some(name) = crate::suggest::nearest(last, names) {
        return Some(joined(&[above, &[name.to_owned()]].concat()));
    }
    let all: Vec<String> = declared.iter().map(|setting| joined(&setting.path)).collect();
    let wanted = joined(path);
    let same = declared.iter().filter(|setting| setting.path.last() == Some(last)).map(|setting| joined(&setting.path));
    let mut same: Vec<String> = same.collect();
    if same.len() == 1 {
        return same.pop();
    }
    crate::suggest::nearest(&wanted, all.iter().map(String::as_str)).map(str::to_owned)
}
