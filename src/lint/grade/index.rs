//! What findings of one render ask for again and again: which templates mention a key or make an object, and values files.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use memchr::memmem;

use super::TRIED;
use super::facts::{Keys, Known};
use super::field::Field;
use crate::chart::inside;
use crate::finding::Finding;
use crate::limits::Limits;
use crate::lint::chart::Documents;
use crate::origin::{Key, Leaf, Mark};
use crate::render::Manifest;
use crate::render::blame::blame_node;
use crate::source::{SourceId, Sources, clamp};
use crate::yaml::node::{Data, Entry, Node};

/// Farther than any line.
const FAR: u32 = 1 << 20;

/// Leaves and their paths.
type Paths = Rc<[(Mark, String)]>;

/// The bytes of a node: file and line of its document, its first byte there and the one behind its last.
type Bytes = (Rc<str>, u32, u32, u32);

/// The templates and values files of one render. What was looked for once is remembered.
pub(super) struct Index<'d, 'a> {
    pub(super) documents: &'d Documents<'a>,
    pub(super) limits: &'d Limits,
    /// Sources by their paths.
    ids: HashMap<&'d str, SourceId>,
    /// The leaves that have a name, with it in lower case.
    named: OnceCell<Vec<(Mark, String)>>,
    /// Those that are called like a field, with their paths, by the field.
    alike: Known<String, Paths>,
    /// The templates in which a kind stands, by the kind.
    makers: Known<String, Rc<[SourceId]>>,
    own_values: OnceCell<Option<SourceId>>,
    /// The leaves that nodes were printed out of.
    printed: Known<Bytes, Rc<[Mark]>>,
}

impl<'d, 'a> Index<'d, 'a> {
    pub(super) fn new(documents: &'d Documents<'a>, limits: &'d Limits) -> Self {
        let sources = &documents.rendered.sources;
        let ids = (0..sources.len()).rev().map(|id| SourceId(clamp(id))).map(|id| (sources.path(id), id)).collect();
        let (alike, makers, printed) = (RefCell::default(), RefCell::default(), RefCell::default());
        let (named, own_values) = (OnceCell::new(), OnceCell::new());
        Self { documents, limits, ids, named, alike, makers, own_values, printed }
    }

    /// The values file of the chart, if that is a folder.
    pub(super) fn own_values(&self) -> Option<SourceId> {
        let is_own = |path: &str| inside(path, self.documents.chart) == Some("values.yaml");
        let find = || self.ids.iter().find(|(path, _)| is_own(path)).map(|(_, id)| *id);
        *self.own_values.get_or_init(find)
    }

    fn sources(&self) -> &'d Sources {
        &self.documents.rendered.sources
    }

    /// A values file; `None` when it cannot be read.
    pub(super) fn values(&self, id: SourceId) -> Option<Rc<Node>> {
        self.documents.facts.values(self.sources(), id, self.limits)
    }

    /// The leaves that a node of a document was printed out of, as a whole or in pieces.
    pub(super) fn printed(&self, manifest: &Manifest, node: &Node) -> Rc<[Mark]> {
        let origins = &self.documents.rendered.origins;
        let find = || {
            // A map is printed in pieces when the template writes some of its keys itself.
            let alone = |entry: &Entry| Node { data: Data::Map(Rc::new(vec![entry.clone()])), ..node.clone() };
            let whole = blame_node(&manifest.text, node, origins).leaf;
            let pieces = node.entries().iter().map(|entry| blame_node(&manifest.text, &alone(entry), origins).leaf);
            let mut leaves: Vec<Mark> = Vec::new();
            for (leaf, _) in std::iter::once(whole).chain(pieces).flatten() {
                if !leaves.contains(&leaf) {
                    leaves.push(leaf);
                }
            }
            leaves.into()
        };
        let key = (Rc::clone(&manifest.path), manifest.line, node.start, node.end);
        Rc::clone(self.printed.borrow_mut().entry(key).or_insert_with(find))
    }

    /// The keys of the mapping between two offsets of a template.
    pub(super) fn keys_between(&self, id: SourceId, from: usize, to: usize) -> Keys {
        self.documents.facts.keys_between(self.sources(), id, from, to)
    }

    /// The templates in which a kind of object stands.
    pub(super) fn makers(&self, kind: &str) -> Rc<[SourceId]> {
        let sources = self.sources();
        let find = || {
            let line = format!("kind: {kind}");
            let makes = |id: &SourceId| {
                let bytes = sources.bytes(*id);
                let whole = |text: &[u8]| text.trim_ascii() == line.as_bytes();
                let path = inside(sources.path(*id), self.documents.chart);
                path.is_some_and(|path| path.starts_with("templates/") || path.contains("/templates/"))
                    && memmem::find(bytes, line.as_bytes()).is_some()
                    && bytes.split(|byte| *byte == b'\n').any(whole)
            };
            (0..sources.len()).map(|id| SourceId(clamp(id))).filter(makes).collect()
        };
        Rc::clone(self.makers.borrow_mut().entry(kind.to_owned()).or_insert_with(find))
    }

    /// Leaves that are called as a field is, or nearly so, and whose name stands in the templates that a finding leads through;
    /// the nearest first.
    pub(super) fn of_field(&self, finding: &Finding, field: &Field) -> Vec<Mark> {
        let Some(wanted) = field.names().first().map(|name| name.to_lowercase()) else { return Vec::new() };
        let alike = self.alike(&wanted);
        if alike.is_empty() {
            return Vec::new();
        }
        let mut places = self.places(finding);
        // What a pod takes from its service account stands in another template.
        if wanted.contains("serviceaccount") {
            places.extend(self.makers("ServiceAccount").iter().map(|id| (*id, u32::MAX / 2)));
        }
        self.nearest(finding, &places, alike.iter().map(|(mark, path)| (*mark, &**path)), u32::MAX)
    }

    /// Leaves with these bytes whose whole key stands in the templates that a finding leads through; the nearest first. Those
    /// that turn a whole part of a chart on or off are none of them.
    pub(super) fn near(&self, finding: &Finding, bytes: &[u8]) -> Vec<Mark> {
        let origins = &self.documents.rendered.origins;
        let is = |(_, leaf): &(Mark, &Leaf)| {
            let of_a_part = |name: &str| ["create", "enable", "enabled"].contains(&name);
            matches!(&leaf.key, Key::Name(name) if !of_a_part(name)) && self.sources().slice(leaf.span) == bytes
        };
        let leaves: Vec<(Mark, String)> =
            origins.leaves().filter(is).map(|(mark, _)| (mark, origins.key_path(mark))).collect();
        let leaves = leaves.iter().map(|(mark, path)| (*mark, &**path));
        self.nearest(finding, &self.places(finding), leaves, FAR)
    }

    /// The template lines that a finding leads through.
    fn places(&self, finding: &Finding) -> Vec<(SourceId, u32)> {
        let files = finding.template.iter().chain(&finding.include);
        files.filter_map(|at| Some((*self.ids.get(&*at.file)?, at.line))).collect()
    }

    /// Those of some leaves that are mentioned nearest to some lines, and nearer than `most`.
    fn nearest<'l>(
        &self,
        finding: &Finding,
        places: &[(SourceId, u32)],
        leaves: impl Iterator<Item = (Mark, &'l str)>,
        most: u32,
    ) -> Vec<Mark> {
        let origins = &self.documents.rendered.origins;
        let page = finding.include.last().or(finding.template.as_ref()).map_or("", |at| &*at.file);
        let reaches = |mark: Mark| {
            origins.get_leaf(mark).is_some_and(|leaf| reaches(self.sources().path(leaf.span.source), page))
        };
        let mut ranked: Vec<(u32, Mark)> = Vec::new();
        for (mark, path) in leaves.filter(|(mark, _)| reaches(*mark)) {
            let distance = places.iter().filter_map(|(id, line)| self.distance(*id, *line, path)).min();
            ranked.extend(distance.filter(|distance| *distance < most).map(|distance| (distance, mark)));
        }
        ranked.sort_unstable();
        ranked.dedup_by_key(|(_, mark)| *mark);
        ranked.into_iter().take(TRIED).map(|(_, mark)| mark).collect()
    }

    /// Whether a template that a finding leads through mentions a whole key.
    pub(super) fn leads_past(&self, finding: &Finding, path: &str) -> bool {
        self.places(finding).iter().any(|(id, _)| self.mentions(*id, path))
    }

    /// Whether a template mentions a whole key.
    pub(super) fn mentions(&self, template: SourceId, path: &str) -> bool {
        self.distance(template, 0, path).is_some_and(|distance| distance < FAR)
    }

    fn alike(&self, wanted: &str) -> Paths {
        let origins = &self.documents.rendered.origins;
        let find = || {
            let named = self.named.get_or_init(|| {
                // No template mentions a name with a dot behind a dot.
                let name = |key: &Key| match key {
                    Key::Name(name) if !name.contains(['.', '[', ']']) => Some(name.to_lowercase()),
                    _ => None,
                };
                origins.leaves().filter_map(|(mark, leaf)| Some((mark, name(&leaf.key)?))).collect()
            });
            let alike = named.iter().filter(|(_, name)| alike(name, wanted));
            alike.map(|(mark, _)| (*mark, origins.key_path(*mark))).collect()
        };
        Rc::clone(self.alike.borrow_mut().entry(wanted.to_owned()).or_insert_with(find))
    }

    /// How many lines lie between a line and the nearest that mentions a key; far when only its last name is mentioned.
    fn distance(&self, template: SourceId, line: u32, path: &str) -> Option<u32> {
        let mentions = self.documents.facts.mentions(self.sources(), template, path);
        mentions.iter().map(|(at, whole)| at.abs_diff(line) + if *whole { 0 } else { FAR }).min()
    }
}

/// Whether what a values file says is seen by a template: not that of a dependency beside the template's chart.
fn reaches(values: &str, template: &str) -> bool {
    let folder = values.rsplit_once('/').map_or("", |(folder, _)| folder);
    let of_dependency = values.starts_with("charts/") || values.contains("/charts/");
    !of_dependency || template.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// Whether a key of the values may be meant for a field of an object: `podSecurityContext`, `pullPolicy`, `automount`.
fn alike(name: &str, field: &str) -> bool {
    const SHORTEST: usize = 6;
    name == field
        || name.ends_with(field)
        || name.len() >= SHORTEST && (field.ends_with(name) || field.starts_with(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_a_dependency_are_for_its_own_templates() {
        let template = "druid/charts/zookeeper/templates/statefulset.yaml";
        for values in ["druid/values.yaml", "production.yaml", "druid/charts/zookeeper/values.yaml"] {
            assert!(reaches(values, template), "{values}");
        }
        assert!(!reaches("druid/charts/mysql/values.yaml", template));
        assert!(!reaches("druid/charts/zoo/values.yaml", template));
    }
}
