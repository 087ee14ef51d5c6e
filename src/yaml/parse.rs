//! From tokens to nodes: go-yaml's grammar, tags, anchors and merge keys.
//!
//! go-yaml parses the whole document before it gives scalars a meaning, so a syntax error hides any other error:
//! those are kept until the document has been read.

use std::collections::HashMap;
use std::rc::Rc;

use super::input::Mark;
use super::node::{Data, Entry, Node, Style};
use super::read::ReadError;
use super::resolve::{Resolved, resolve};
use super::scan::{Kind, Scanner, Token};
use crate::limits::{Exceeded, Limits};

const TAG_PREFIX: &str = "tag:yaml.org,2002:";

/// What an anchor stands for.
#[derive(Clone)]
struct Anchored {
    /// `None` while the node is still being read: an alias now would contain itself.
    node: Option<Node>,
    /// Tells an anchor from a later one of the same name.
    id: u64,
    /// What is in it.
    size: Size,
    /// Levels of collections in it.
    height: u64,
}

/// What is in a node, aliases expanded.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Size {
    nodes: u64,
    /// Bytes of its scalars, decoded.
    bytes: u64,
}

impl Size {
    const COLLECTION: Self = Self { nodes: 1, bytes: 0 };

    fn add(&mut self, part: Self) {
        self.nodes = self.nodes.saturating_add(part.nodes);
        self.bytes = self.bytes.saturating_add(part.bytes);
    }
}

/// A node that has just been read.
struct Built {
    node: Node,
    size: Size,
    height: u64,
    merge: bool,
    alias: bool,
}

/// When an error comes to light: the earlier stage wins.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Decode,
    Convert,
}

#[derive(Default)]
struct Properties {
    anchor: Option<String>,
    tag: Option<String>,
}

pub(super) struct Parser<'t, 'l> {
    scanner: Scanner<'t>,
    limits: &'l Limits,
    tags: Vec<(String, String)>,
    anchors: HashMap<String, Anchored>,
    ids: u64,
    depth: u64,
    nodes: u64,
    /// What aliases have added.
    aliased: Size,
    late: Option<(Stage, ReadError)>,
    first: bool,
}

impl<'t, 'l> Parser<'t, 'l> {
    pub(super) fn new(text: &'t [u8], start: usize, limits: &'l Limits) -> Self {
        Self {
            scanner: Scanner::new(text, start, limits),
            limits,
            tags: Vec::new(),
            anchors: HashMap::new(),
            ids: 0,
            depth: 0,
            nodes: 0,
            aliased: Size::default(),
            late: None,
            first: true,
        }
    }

    /// The next document of the stream.
    pub(super) fn document(&mut self) -> Result<Option<Node>, ReadError> {
        if !std::mem::take(&mut self.first) {
            while let Kind::DocumentEnd = self.scanner.peek()?.kind {
                self.scanner.take();
            }
            if !matches!(
                self.kind()?,
                Kind::StreamEnd | Kind::Version(..) | Kind::TagDirective(..) | Kind::DocumentStart
            ) {
                let mark = self.scanner.peek()?.start;
                return self.error(mark, None, "did not find expected <document start>");
            }
        }
        if let Kind::StreamEnd = self.kind()? {
            return Ok(None);
        }
        self.anchors.clear();
        let explicit = self.directives()?;
        let built = if explicit
            && matches!(
                self.kind()?,
                Kind::Version(..) | Kind::TagDirective(..) | Kind::DocumentStart | Kind::DocumentEnd | Kind::StreamEnd
            ) {
            let mark = self.scanner.peek()?.start;
            self.empty(mark)?
        } else {
            self.node(true, false)?
        };
        if let Kind::DocumentEnd = self.kind()? {
            self.scanner.take();
        }
        self.tags.clear();
        if let Some((_, error)) = self.late.take() {
            return Err(error);
        }
        Ok(Some(built.node))
    }

    fn kind(&mut self) -> Result<&Kind, ReadError> {
        Ok(&self.scanner.peek()?.kind)
    }

    fn error<T>(&self, mark: Mark, context: Option<Mark>, problem: &str) -> Result<T, ReadError> {
        // go-yaml counts these lines from 0, and says none for the first.
        let line = if mark.line > 0 { mark.line } else { context.map_or(0, |context| context.line) };
        let place = if line > 0 { format!("line {line}: ") } else { String::new() };
        Err(ReadError::new(format!("yaml: {place}{problem}"), Some(mark.at)))
    }

    fn late(&mut self, stage: Stage, start: u32, message: String) {
        let wins = match &self.late {
            None => true,
            Some((other, _)) if stage != *other => stage < *other,
            // A key is decoded before its value, though it is looked at here when both have been read.
            Some((Stage::Decode, error)) => error.offset.is_some_and(|offset| start < offset),
            // Equal keys replace each other before they are converted: the last one counts.
            Some((Stage::Convert, _)) => true,
        };
        if wins {
            self.late = Some((stage, ReadError::new(message, Some(start))));
        }
    }

    /// Directives and `---`; whether there was `---`.
    fn directives(&mut self) -> Result<bool, ReadError> {
        let mut version = false;
        let mut any = false;
        loop {
            let start = self.scanner.peek()?.start;
            match self.kind()? {
                Kind::Version(major, minor) => {
                    let supported = (*major, *minor) == (1, 1);
                    if std::mem::replace(&mut version, true) {
                        return self.error(start, None, "found duplicate %YAML directive");
                    }
                    if !supported {
                        return self.error(start, None, "found incompatible YAML document");
                    }
                }
                Kind::TagDirective(handle, prefix) => {
                    let tag = (handle.clone(), prefix.clone());
                    if self.tags.iter().any(|(other, _)| *other == tag.0) {
                        return self.error(start, None, "found duplicate %TAG directive");
                    }
                    self.tags.push(tag);
                }
                Kind::DocumentStart => {
                    self.scanner.take();
                    return Ok(true);
                }
                _ if any => return self.error(start, None, "did not find expected <document start>"),
                _ => return Ok(false),
            }
            any = true;
            self.scanner.take();
        }
    }

    fn empty(&mut self, mark: Mark) -> Result<Built, ReadError> {
        self.count()?;
        Ok(Built::leaf(Node { data: Data::Null, start: mark.at, end: mark.at, style: Style::Plain }))
    }

    fn count(&mut self) -> Result<(), ReadError> {
        self.nodes += 1;
        Ok(Exceeded::check("yaml-nodes", self.nodes, self.limits.yaml_nodes)?)
    }

    fn node(&mut self, block: bool, indentless: bool) -> Result<Built, ReadError> {
        let start = self.scanner.peek()?.start;
        if let Kind::Alias(_) = self.kind()? {
            return self.alias();
        }
        let properties = self.properties(start)?;
        let token = self.scanner.peek()?;
        let place = token.start;
        let collection = match token.kind {
            Kind::Scalar(..) => return self.scalar(properties),
            Kind::BlockEntry if indentless => Self::indentless_sequence,
            Kind::FlowSequenceStart => Self::flow_sequence,
            Kind::FlowMappingStart => Self::flow_mapping,
            Kind::BlockSequenceStart if block => Self::block_sequence,
            Kind::BlockMappingStart if block => Self::block_mapping,
            _ if properties.anchor.is_some() || properties.tag.is_some() => {
                self.count()?;
                let text = self.meaning(&properties, String::new(), Style::Plain, place.at);
                let node = Node { data: text, start: place.at, end: place.at, style: Style::Plain };
                return Ok(self.anchored(properties.anchor, Built::leaf(node)));
            }
            _ => return self.error(place, Some(start), "did not find expected node content"),
        };
        self.count()?;
        self.depth += 1;
        Exceeded::check("yaml-depth", self.depth, self.limits.yaml_depth)?;
        let id = properties.anchor.as_deref().map(|name| self.open(name));
        let built = collection(self)?;
        self.depth -= 1;
        if let (Some(name), Some(id)) = (properties.anchor, id)
            && let Some(anchored) = self.anchors.get_mut(&name).filter(|anchored| anchored.id == id)
        {
            *anchored = Anchored { node: Some(built.node.clone()), id, size: built.size, height: built.height };
        }
        Ok(built)
    }

    fn properties(&mut self, start: Mark) -> Result<Properties, ReadError> {
        let mut properties = Properties::default();
        let mut tagged = None;
        for _ in 0..2 {
            match self.kind()? {
                Kind::Anchor(_) if properties.anchor.is_none() => {
                    if let Some(Token { kind: Kind::Anchor(name), .. }) = self.scanner.take() {
                        properties.anchor = Some(name);
                    }
                }
                Kind::Tag(..) if tagged.is_none() => {
                    if let Some(Token { kind: Kind::Tag(handle, suffix), start, .. }) = self.scanner.take() {
                        tagged = Some((handle, suffix, start));
                    }
                }
                _ => break,
            }
        }
        // A handle is looked up only after what follows has been scanned.
        self.scanner.peek()?;
        let Some((handle, suffix, mark)) = tagged else { return Ok(properties) };
        let directive = self.tags.iter().find(|(name, _)| *name == handle).map(|(_, prefix)| prefix.as_str());
        properties.tag = Some(match (handle.as_str(), directive) {
            ("", _) => suffix,
            (_, Some(prefix)) => format!("{prefix}{suffix}"),
            ("!", None) => format!("!{suffix}"),
            ("!!", None) => format!("{TAG_PREFIX}{suffix}"),
            _ => return self.error(mark, Some(start), "found undefined tag handle"),
        });
        Ok(properties)
    }

    fn alias(&mut self) -> Result<Built, ReadError> {
        let Some(Token { kind: Kind::Alias(name), start, .. }) = self.scanner.take() else {
            return self.empty(Mark::default());
        };
        self.count()?;
        let Some(anchored) = self.anchors.get(&name).cloned() else {
            let message = format!("yaml: unknown anchor '{name}' referenced");
            return Err(ReadError::new(message, Some(start.at)));
        };
        let Some(node) = anchored.node else {
            self.late(Stage::Decode, start.at, format!("yaml: anchor '{name}' value contains itself"));
            let node = Node { data: Data::Null, start: start.at, end: start.at, style: Style::Plain };
            return Ok(Built { size: Size::default(), alias: true, ..Built::leaf(node) });
        };
        self.aliased.add(anchored.size);
        let Size { nodes, bytes } = self.aliased;
        if excessive(nodes, self.nodes.saturating_add(nodes)) {
            self.late(Stage::Decode, start.at, "yaml: document contains excessive aliasing".to_owned());
        }
        Exceeded::check("yaml-alias-nodes", nodes, self.limits.yaml_alias_nodes)?;
        Exceeded::check("yaml-alias-bytes", bytes, self.limits.yaml_alias_bytes)?;
        Exceeded::check("yaml-depth", self.depth + anchored.height, self.limits.yaml_depth)?;
        Ok(Built { node, size: anchored.size, height: anchored.height, merge: false, alias: true })
    }

    fn scalar(&mut self, properties: Properties) -> Result<Built, ReadError> {
        self.count()?;
        let Some(Token { kind: Kind::Scalar(text, style, content), start, end }) = self.scanner.take() else {
            return self.empty(Mark::default());
        };
        let plain = style == Style::Plain && properties.tag.is_none() || properties.tag.as_deref() == Some("!");
        let merge = text == "<<" && (plain || properties.tag.as_deref() == Some("tag:yaml.org,2002:merge"));
        let data = self.meaning(&properties, text, style, start.at);
        let built = Built::leaf(Node { data, start: content, end: end.at, style });
        Ok(Built { merge, ..self.anchored(properties.anchor, built) })
    }

    /// What a scalar holds, by its tag or its look.
    fn meaning(&mut self, properties: &Properties, text: String, style: Style, start: u32) -> Data {
        let Some(tag) = &properties.tag else {
            return if style == Style::Plain { data(resolve(&text, false), text) } else { Data::String(text.into()) };
        };
        let failed = |resolved: Resolved, text: &str, tag: &str| {
            format!("yaml: cannot decode {} `{text}` as a !!{tag}", resolved.tag())
        };
        match tag.strip_prefix(TAG_PREFIX) {
            Some(short @ ("bool" | "int" | "float" | "null" | "timestamp")) => {
                let resolved = resolve(&text, short == "timestamp");
                match (short, resolved) {
                    ("float", Resolved::Int(value)) => {
                        #[expect(clippy::cast_precision_loss, reason = "as Go converts it")]
                        let value = value as f64;
                        Data::Float(value)
                    }
                    _ if resolved.tag().strip_prefix("!!") == Some(short) => data(resolved, text),
                    _ => {
                        self.late(Stage::Decode, start, failed(resolved, &text, short));
                        Data::Null
                    }
                }
            }
            Some("binary") => match decode_base64(&text) {
                Some(bytes) => Data::String(String::from_utf8_lossy(&bytes).into()),
                None => {
                    let message = "yaml: !!binary value contains invalid base64 data";
                    self.late(Stage::Decode, start, message.to_owned());
                    Data::Null
                }
            },
            _ => Data::String(text.into()),
        }
    }

    /// Opens an anchor: until it is closed, an alias to it contains itself.
    fn open(&mut self, name: &str) -> u64 {
        self.ids += 1;
        self.anchors.insert(name.to_owned(), Anchored { node: None, id: self.ids, size: Size::default(), height: 0 });
        self.ids
    }

    fn anchored(&mut self, anchor: Option<String>, built: Built) -> Built {
        if let Some(name) = anchor {
            self.ids += 1;
            let node = Some(built.node.clone());
            self.anchors.insert(name, Anchored { node, id: self.ids, size: built.size, height: built.height });
        }
        built
    }

    fn block_sequence(&mut self) -> Result<Built, ReadError> {
        let mut list = Items::new(self.start()?);
        self.scanner.take();
        loop {
            let Token { kind, start, end } = self.scanner.peek()?;
            let (start, end) = (*start, *end);
            match kind {
                Kind::BlockEntry => {
                    self.scanner.take();
                    let item = match self.kind()? {
                        Kind::BlockEntry | Kind::BlockEnd => self.empty(end)?,
                        _ => self.node(true, false)?,
                    };
                    list.push(item);
                }
                Kind::BlockEnd => {
                    self.scanner.take();
                    return Ok(list.finish(None));
                }
                _ => return self.error(start, Some(list.start), "did not find expected '-' indicator"),
            }
        }
    }

    fn start(&mut self) -> Result<Mark, ReadError> {
        Ok(self.scanner.peek()?.start)
    }

    /// A sequence at the indentation of the mapping that holds it.
    fn indentless_sequence(&mut self) -> Result<Built, ReadError> {
        let mut list = Items::new(self.start()?);
        while let Token { kind: Kind::BlockEntry, end, .. } = self.scanner.peek()? {
            let end = *end;
            self.scanner.take();
            let item = match self.kind()? {
                Kind::BlockEntry | Kind::Key | Kind::Value | Kind::BlockEnd => self.empty(end)?,
                _ => self.node(true, false)?,
            };
            list.push(item);
        }
        Ok(list.finish(None))
    }

    fn block_mapping(&mut self) -> Result<Built, ReadError> {
        let mut map = Entries::new(self.start()?);
        self.scanner.take();
        loop {
            let Token { kind, start, end } = self.scanner.peek()?;
            let (start, end) = (*start, *end);
            match kind {
                Kind::Key => {
                    self.scanner.take();
                    let key = self.block_mapping_part(end)?;
                    let Token { kind, start, end } = self.scanner.peek()?;
                    let (start, end) = (*start, *end);
                    let value = if let Kind::Value = kind {
                        self.scanner.take();
                        self.block_mapping_part(end)?
                    } else {
                        self.empty(start)?
                    };
                    self.entry(&mut map, key, value);
                }
                Kind::BlockEnd => {
                    self.scanner.take();
                    return Ok(map.finish(None));
                }
                _ => return self.error(start, Some(map.start), "did not find expected key"),
            }
        }
    }

    fn block_mapping_part(&mut self, mark: Mark) -> Result<Built, ReadError> {
        match self.kind()? {
            Kind::Key | Kind::Value | Kind::BlockEnd => self.empty(mark),
            _ => self.node(true, true),
        }
    }

    fn flow_sequence(&mut self) -> Result<Built, ReadError> {
        let mut list = Items::new(self.start()?);
        self.scanner.take();
        let mut first = true;
        loop {
            if !matches!(self.kind()?, Kind::FlowSequenceEnd) && !std::mem::take(&mut first) {
                if !matches!(self.kind()?, Kind::FlowEntry) {
                    let mark = self.start()?;
                    return self.error(mark, Some(list.start), "did not find expected ',' or ']'");
                }
                self.scanner.take();
            }
            match self.kind()? {
                Kind::FlowSequenceEnd => {
                    let end = self.scanner.take().map(|token| token.end);
                    return Ok(list.finish(end));
                }
                Kind::Key => {
                    let item = self.single_pair()?;
                    list.push(item);
                }
                _ => {
                    let item = self.node(false, false)?;
                    list.push(item);
                }
            }
        }
    }

    /// `[a: b]`: a mapping of one entry inside a flow sequence.
    fn single_pair(&mut self) -> Result<Built, ReadError> {
        self.count()?;
        let mut map = Entries::new(self.start()?);
        self.scanner.take();
        let Token { kind, end, .. } = self.scanner.peek()?;
        let end = *end;
        let key = if let Kind::Value | Kind::FlowEntry | Kind::FlowSequenceEnd = kind {
            // go-yaml drops the token here.
            self.scanner.take();
            self.empty(end)?
        } else {
            self.node(false, false)?
        };
        if let Kind::Value = self.kind()? {
            self.scanner.take();
            if !matches!(self.kind()?, Kind::FlowEntry | Kind::FlowSequenceEnd) {
                let value = self.node(false, false)?;
                self.entry(&mut map, key, value);
                return Ok(map.finish(None));
            }
        }
        let mark = self.start()?;
        let value = self.empty(mark)?;
        self.entry(&mut map, key, value);
        Ok(map.finish(None))
    }

    fn flow_mapping(&mut self) -> Result<Built, ReadError> {
        let mut map = Entries::new(self.start()?);
        self.scanner.take();
        let mut first = true;
        loop {
            if !matches!(self.kind()?, Kind::FlowMappingEnd) && !std::mem::take(&mut first) {
                if !matches!(self.kind()?, Kind::FlowEntry) {
                    let mark = self.start()?;
                    return self.error(mark, Some(map.start), "did not find expected ',' or '}'");
                }
                self.scanner.take();
            }
            match self.kind()? {
                Kind::FlowMappingEnd => {
                    let end = self.scanner.take().map(|token| token.end);
                    return Ok(map.finish(end));
                }
                Kind::Key => {
                    self.scanner.take();
                    let mark = self.start()?;
                    let key = match self.kind()? {
                        Kind::Value | Kind::FlowEntry | Kind::FlowMappingEnd => self.empty(mark)?,
                        _ => self.node(false, false)?,
                    };
                    let value = self.flow_mapping_value()?;
                    self.entry(&mut map, key, value);
                }
                _ => {
                    let key = self.node(false, false)?;
                    let mark = self.start()?;
                    let value = self.empty(mark)?;
                    self.entry(&mut map, key, value);
                }
            }
        }
    }

    fn flow_mapping_value(&mut self) -> Result<Built, ReadError> {
        if let Kind::Value = self.kind()? {
            self.scanner.take();
            if !matches!(self.kind()?, Kind::FlowEntry | Kind::FlowMappingEnd) {
                return self.node(false, false);
            }
        }
        let mark = self.start()?;
        self.empty(mark)
    }

    fn entry(&mut self, map: &mut Entries, key: Built, value: Built) {
        map.add(&key, false);
        map.add(&value, value.alias);
        if key.merge {
            // An alias into a node that is still open has been reported; what it stands for cannot be known.
            if !(value.alias && value.node.is_null() && value.size == Size::default()) {
                self.merge(map, key.node.end, &value.node);
            }
            return;
        }
        let (start, end) = (key.node.start, key.node.end);
        let text: Rc<str> = match key.node.data {
            Data::String(text) => text,
            Data::Bool(true) => "true".into(),
            Data::Bool(false) => "false".into(),
            Data::Int(value) => value.to_string().into(),
            Data::Float(value) => match super::number::general32(value).as_str() {
                "+Inf" => ".inf".into(),
                "-Inf" => "-.inf".into(),
                "NaN" => ".nan".into(),
                text => text.into(),
            },
            Data::Null | Data::Uint(_) => {
                let kind = if key.node.is_null() { "%!s(<nil>)" } else { "uint64" };
                let (key, value) = (key.node.in_go(true), value.node.in_go(true));
                let message = format!("unsupported map key of type: {kind}, key: {key}, value: {value}");
                self.late(Stage::Convert, start, message);
                return;
            }
            Data::List(_) | Data::Map(_) => {
                let message = format!("yaml: invalid map key: {}", key.node.in_go(false));
                self.late(Stage::Decode, end, message);
                return;
            }
        };
        map.entries.push(Entry { key: text, key_start: start, key_end: end, value: value.node });
    }

    /// `<<`: the entries stand where the merge key stands; in a list the first mapping has the last word.
    fn merge(&mut self, map: &mut Entries, key: u32, value: &Node) {
        let maps: Vec<&Node> = match &value.data {
            Data::Map(_) => vec![value],
            Data::List(items) => items.iter().rev().collect(),
            _ => Vec::new(),
        };
        if maps.is_empty() && !matches!(value.data, Data::List(_))
            || maps.iter().any(|map| !matches!(map.data, Data::Map(_)))
        {
            let message = "yaml: map merge requires map or sequence of maps as the value";
            self.late(Stage::Decode, key, message.to_owned());
            return;
        }
        for merged in maps {
            map.entries.extend_from_slice(merged.entries());
        }
    }
}

impl Built {
    fn leaf(node: Node) -> Self {
        let bytes = node.as_str().map_or(0, str::len) as u64;
        Self { node, size: Size { nodes: 1, bytes }, height: 0, merge: false, alias: false }
    }
}

/// A sequence that is being read.
struct Items {
    start: Mark,
    end: u32,
    items: Vec<Node>,
    size: Size,
    height: u64,
}

impl Items {
    fn new(start: Mark) -> Self {
        Self { start, end: start.at, items: Vec::new(), size: Size::COLLECTION, height: 0 }
    }

    fn push(&mut self, item: Built) {
        if !item.alias {
            self.end = self.end.max(item.node.end);
        }
        self.size.add(item.size);
        self.height = self.height.max(item.height);
        self.items.push(item.node);
    }

    fn finish(self, end: Option<Mark>) -> Built {
        let end = end.map_or(self.end, |end| end.at);
        let data = Data::List(Rc::new(self.items));
        let node = Node { data, start: self.start.at, end, style: Style::Plain };
        Built { node, size: self.size, height: self.height + 1, merge: false, alias: false }
    }
}

/// A mapping that is being read.
struct Entries {
    start: Mark,
    end: u32,
    entries: Vec<Entry>,
    size: Size,
    height: u64,
}

impl Entries {
    fn new(start: Mark) -> Self {
        Self { start, end: start.at, entries: Vec::new(), size: Size::COLLECTION, height: 0 }
    }

    fn add(&mut self, part: &Built, elsewhere: bool) {
        if !elsewhere {
            self.end = self.end.max(part.node.end);
        }
        self.size.add(part.size);
        self.height = self.height.max(part.height);
    }

    fn finish(self, end: Option<Mark>) -> Built {
        let end = end.map_or(self.end, |end| end.at);
        let data = Data::Map(Rc::new(self.entries));
        let node = Node { data, start: self.start.at, end, style: Style::Plain };
        Built { node, size: self.size, height: self.height + 1, merge: false, alias: false }
    }
}

fn data(resolved: Resolved, text: String) -> Data {
    match resolved {
        Resolved::Null => Data::Null,
        Resolved::Bool(value) => Data::Bool(value),
        Resolved::Int(value) => Data::Int(value),
        Resolved::Uint(value) => Data::Uint(value),
        Resolved::Float(value) => Data::Float(value),
        Resolved::Timestamp | Resolved::String => Data::String(text.into()),
    }
}

/// go-yaml's guard against alias bombs: the share of nodes that aliases may add falls with the size of the document.
fn excessive(aliased: u64, all: u64) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "a ratio")]
    let (part, whole) = (aliased as f64, all as f64);
    let allowed = match all {
        0..=400_000 => 0.99,
        4_000_000.. => 0.10,
        _ => 0.99 - 0.89 * ((whole - 400_000.0) / 3_600_000.0),
    };
    aliased > 100 && all > 1_000 && part / whole > allowed
}

/// Standard base64 with padding; line breaks inside are skipped, as Go's decoder does.
#[must_use]
pub fn decode_base64(text: &str) -> Option<Vec<u8>> {
    use base64::Engine;
    let text: String = text.chars().filter(|character| !matches!(character, '\r' | '\n')).collect();
    let engine = base64::engine::GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        base64::engine::GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
    );
    engine.decode(text).ok()
}
