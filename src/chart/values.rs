//! The values that users give: values files and the arguments of `--set` and its family, in Helm's order.

use std::rc::Rc;

use super::error::LoadError;
use super::set::{self, Kind};
use crate::limits::{Exceeded, Limits};
use crate::origin::Origins;
use crate::source::{Place, SourceId, Sources};
use crate::value::{Map, MapType, Value};
use crate::yaml::node::{Data, Node};
use crate::yaml::to_value;

/// Why values cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ValuesError {
    /// What is wrong, in Helm's words.
    pub message: String,
    /// Where, when that is known.
    pub place: Option<Place>,
    /// The limit that was exceeded, if that is the reason.
    pub limit: Option<Exceeded>,
}

impl ValuesError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), place: None, limit: None }
    }

    pub(super) fn within(mut self, outer: &str) -> Self {
        self.message = format!("{outer}: {}", self.message);
        self
    }

    pub(super) fn into_load_error(self, path: &str) -> LoadError {
        LoadError { place: self.place, limit: self.limit, ..LoadError::new(path, self.message) }
    }
}

impl From<Exceeded> for ValuesError {
    fn from(exceeded: Exceeded) -> Self {
        Self { limit: Some(exceeded), ..Self::new(exceeded.to_string()) }
    }
}

/// A values file: its documents, each a mapping.
#[derive(Clone, Debug)]
pub struct ValuesFile {
    /// The file.
    pub source: SourceId,
    /// Its documents; offsets count in the file. Empty ones are left out.
    pub documents: Vec<Node>,
}

impl ValuesFile {
    /// Reads a values file: documents apart from each other, as Helm 4 does.
    ///
    /// # Errors
    /// The first document that is no YAML mapping, in Helm's words.
    pub fn read(source: SourceId, sources: &Sources, limits: &Limits) -> Result<Self, ValuesError> {
        let text = sources.bytes(source);
        let mut documents = Vec::new();
        for document in split(text) {
            let (range, bad_separator) = document;
            if let Some(rest) = bad_separator {
                let place = Place { source, offset: crate::source::clamp(range.start) };
                let message = format!("error reading yaml document: invalid Yaml document separator: {rest}");
                return Err(ValuesError { place: Some(place), ..ValuesError::new(message) });
            }
            let part = text.get(range.clone()).unwrap_or_default();
            let outside = "cannot unmarshal yaml document";
            let node = read_yaml(part, source, range.start, limits).map_err(|error| error.within(outside))?;
            let Some(node) = node.filter(|node| !node.is_null()) else { continue };
            if !matches!(node.data, Data::Map(_)) {
                let found = match node.data {
                    Data::Bool(_) => "bool",
                    Data::String(_) => "string",
                    Data::List(_) => "array",
                    _ => "number",
                };
                let message = format!(
                    "{outside}: error unmarshaling JSON: while decoding JSON: \
                     json: cannot unmarshal {found} into Go value of type map[string]interface {{}}"
                );
                let place = Place { source, offset: node.start };
                return Err(ValuesError { place: Some(place), ..ValuesError::new(message) });
            }
            documents.push(node);
        }
        Ok(Self { source, documents })
    }

    /// The file as one map; every node is a leaf of its own.
    pub fn to_map(&self, origins: &mut Origins) -> Rc<Map> {
        let mut merged = Rc::new(Map::new(MapType::Any));
        for document in &self.documents {
            let document = to_value(document, self.source, origins);
            if let Value::Map(_, map) = document {
                merged = if merged.is_empty() { map } else { merge(&merged, &map) };
            }
        }
        merged
    }
}

/// Reads one YAML document that begins at byte `start` of a source.
pub(super) fn read_yaml(
    text: &[u8],
    source: SourceId,
    start: usize,
    limits: &Limits,
) -> Result<Option<Node>, ValuesError> {
    let start = crate::source::clamp(start);
    match crate::yaml::read(text, limits) {
        Ok(Some(node)) if start > 0 => Ok(Some(shift(&node, start))),
        Ok(node) => Ok(node),
        Err(error) => {
            let offset = error.offset.unwrap_or(0).saturating_add(start);
            let message = match error.exceeded {
                Some(exceeded) => exceeded.to_string(),
                None => format!("error converting YAML to JSON: {}", error.message),
            };
            Err(ValuesError { message, place: Some(Place { source, offset }), limit: error.exceeded })
        }
    }
}

/// The same tree with offsets that count from further back. Nesting is bounded by the reader.
fn shift(node: &Node, by: u32) -> Node {
    let data = match &node.data {
        Data::List(items) => Data::List(items.iter().map(|item| shift(item, by)).collect::<Vec<_>>().into()),
        Data::Map(entries) => {
            let shifted = entries.iter().map(|entry| {
                let mut entry = entry.clone();
                entry.key_start = entry.key_start.saturating_add(by);
                entry.key_end = entry.key_end.saturating_add(by);
                entry.value = shift(&entry.value, by);
                entry
            });
            Data::Map(shifted.collect::<Vec<_>>().into())
        }
        scalar => scalar.clone(),
    };
    Node { data, start: node.start.saturating_add(by), end: node.end.saturating_add(by), style: node.style }
}

/// The documents of a text, split at lines of `---` as Kubernetes' reader does; a separator with other text behind it comes with that text.
fn split(text: &[u8]) -> Vec<(std::ops::Range<usize>, Option<String>)> {
    let mut documents = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while at < text.len() {
        let rest = text.get(at..).unwrap_or_default();
        let line_end = rest.iter().position(|byte| *byte == b'\n').map_or(text.len(), |end| at + end + 1);
        let line = text.get(at..line_end).unwrap_or_default();
        // Go's buffered reader loses an unterminated last line that fills its buffers exactly.
        if !line.ends_with(b"\n") && line.len() % 4_096 == 0 {
            break;
        }
        if let Some(behind) = line.strip_prefix(b"---") {
            let behind = String::from_utf8_lossy(behind).trim().to_owned();
            if !behind.is_empty() && !behind.starts_with('#') {
                documents.push((at..line_end, Some(behind)));
                return documents;
            }
            if at > start {
                documents.push((start..at, None));
                start = line_end;
            }
        }
        at = line_end;
    }
    if at > start {
        documents.push((start..at, None));
    }
    documents
}

/// Maps merged as Helm merges values files: tables into tables, anything else replaces. Nulls stay.
pub(super) fn merge(below: &Map, above: &Map) -> Rc<Map> {
    let merged = Map::from_entries(MapType::Any, below.entries());
    for (key, value) in above.entries() {
        let value = match (&value, merged.get(&key)) {
            (Value::Map(mark, above), Some(Value::Map(_, below))) => Value::Map(*mark, merge(&below, above)),
            _ => value,
        };
        merged.insert(key, value);
    }
    Rc::new(merged)
}

/// What a user sets over a chart's own values. Files come first, then each kind of argument in the order of these fields.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the fields are Helm's flags")]
pub struct Overrides {
    /// `-f`.
    pub files: Vec<SourceId>,
    pub set_json: Vec<String>,
    pub set: Vec<String>,
    pub set_string: Vec<String>,
    pub set_file: Vec<String>,
    pub set_literal: Vec<String>,
}

/// Composes what a user sets into one map. Files that `--set-file` names are read here.
///
/// # Errors
/// The first file or argument that Helm refuses, in its words.
pub fn compose(
    overrides: &Overrides,
    sources: &mut Sources,
    origins: &mut Origins,
    limits: &Limits,
) -> Result<Rc<Map>, ValuesError> {
    let mut base = Rc::new(Map::new(MapType::Any));
    for file in &overrides.files {
        let path = sources.path(*file).to_owned();
        let values = ValuesFile::read(*file, sources, limits)
            .map_err(|error| error.within(&format!("failed to parse {path}")))?;
        base = merge(&base, &values.to_map(origins));
    }
    for argument in &overrides.set_json {
        if argument.trim().starts_with('{') {
            let fail = || ValuesError::new(format!("failed parsing --set-json data JSON: {argument}"));
            let object = set::json_object(argument, sources, origins).ok_or_else(fail)?;
            base = merge(&base, &object);
        } else {
            set::parse(argument, Kind::Json, &base, sources, origins, limits).map_err(|error| ValuesError {
                message: format!("failed parsing --set-json data {argument}"),
                ..error
            })?;
        }
    }
    let rest = [
        (Kind::Typed, &overrides.set),
        (Kind::String, &overrides.set_string),
        (Kind::File, &overrides.set_file),
        (Kind::Literal, &overrides.set_literal),
    ];
    for (kind, arguments) in rest {
        for argument in arguments {
            set::parse(argument, kind, &base, sources, origins, limits)
                .map_err(|error| error.within(&format!("failed parsing {} data", kind.flag())))?;
        }
    }
    Ok(base)
}
