//! What to change: scalars of values files and words of template text, and what to change them into.
//!
//! Letters turn into other letters and digits into other digits, so that lengths stay, quoting stays valid and most texts stay
//! what they are (a quantity, an address, a path). No byte that is changed is the same afterwards, but for booleans.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;

use chartsec::chart::ValuesFile;
use chartsec::limits::Limits;
use chartsec::origin::{Mark, NO_OFFSET};
use chartsec::render::Rendered;
use chartsec::source::{SourceId, Sources};
use chartsec::template::Blocks;
use chartsec::yaml::node::{Data, Node};

use super::subject::Edit;

/// A scalar of a values file.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    /// The file.
    pub source: SourceId,
    /// Its bytes, quotes included.
    pub range: Range<usize>,
    /// Its path in the file.
    pub key: String,
    /// What it holds.
    pub data: Data,
}

/// The scalars that a values file holds and that can be changed, each once whatever aliases there are.
pub(crate) fn leaves(source: SourceId, sources: &Sources, limits: &Limits) -> Vec<Leaf> {
    let mut found = Vec::new();
    let Ok(file) = ValuesFile::read(source, sources, limits) else { return found };
    for document in &file.documents {
        collect(document, source, String::new(), &mut found);
    }
    found.sort_by_key(|leaf| leaf.range.start);
    found.dedup_by_key(|leaf| leaf.range.start);
    found
}

fn collect(node: &Node, source: SourceId, key: String, found: &mut Vec<Leaf>) {
    match &node.data {
        Data::Map(entries) => {
            for entry in entries.iter() {
                let dot = if key.is_empty() { "" } else { "." };
                collect(&entry.value, source, format!("{key}{dot}{}", entry.key), found);
            }
        }
        Data::List(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, source, format!("{key}[{index}]"), found);
            }
        }
        Data::Null => {}
        data => {
            let range = node.start as usize..node.end as usize;
            found.push(Leaf { source, range, key, data: data.clone() });
        }
    }
}

/// Where the scalars begin that some rendered byte names.
pub(crate) fn named(rendered: &Rendered) -> HashSet<(SourceId, usize)> {
    let marks: BTreeSet<Mark> = rendered.files.iter().flat_map(|file| file.text.runs()).map(|run| run.mark).collect();
    let leaves = marks.into_iter().flat_map(|mark| rendered.origins.leaves_of(mark));
    let spans = leaves.filter_map(|leaf| Some(rendered.origins.get_leaf(leaf)?.span));
    spans.map(|span| (span.source, span.start as usize)).collect()
}

/// An edit that leaves a scalar of the same type, and its text before and after when it is a string.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    /// What is written into the file.
    pub edit: Edit,
    /// The decoded text.
    pub before: Vec<u8>,
    /// The decoded text afterwards: as long as before, unless that was empty.
    pub after: Vec<u8>,
    /// Whether it is a number, or a number with a unit.
    pub is_number: bool,
}

impl Leaf {
    /// A change of the scalar; `None` when none is found.
    pub(crate) fn change(&self, sources: &Sources, limits: &Limits, shift: u8) -> Option<Change> {
        let bytes = sources.bytes(self.source).get(self.range.clone())?;
        (0..4).map(|round| shift.wrapping_add(round * 7)).find_map(|shift| {
            let changed = match &self.data {
                Data::Bool(_) => opposite(bytes)?.into(),
                Data::String(text) if text.is_empty() => b"\"zqj\"".to_vec(),
                Data::String(_) => cipher(bytes, shift, is_measure(bytes)),
                _ => cipher(bytes, shift, true),
            };
            let edit = Edit { source: self.source, range: self.range.clone(), bytes: changed };
            let edited = self.read(&edit, sources, limits)?;
            let same_type = match (&self.data, &edited.data) {
                (Data::String(old), Data::String(new)) => old.is_empty() || old.len() == new.len() && old != new,
                (Data::Bool(old), Data::Bool(new)) => old != new,
                (Data::Int(old), Data::Int(new)) => old != new,
                (Data::Uint(old), Data::Uint(new)) => old != new,
                (Data::Float(old), Data::Float(new)) => old.total_cmp(new).is_ne(),
                _ => false,
            };
            let (before, after) = (self.text(), edited.text());
            let is_number = is_measure(bytes) || matches!(self.data, Data::Int(_) | Data::Uint(_) | Data::Float(_));
            (same_type && edited.key == self.key).then_some(Change { edit, before, after, is_number })
        })
    }

    /// The scalar at this place after an edit.
    fn read(&self, edit: &Edit, sources: &Sources, limits: &Limits) -> Option<Self> {
        let mut edited = Sources::new();
        let source = edited.add("", edit.applied(sources.bytes(self.source)));
        leaves(source, &edited, limits).into_iter().find(|leaf| leaf.range.start == self.range.start)
    }

    fn text(&self) -> Vec<u8> {
        if let Data::String(text) = &self.data { text.as_bytes().to_vec() } else { Vec::new() }
    }
}

fn opposite(bytes: &[u8]) -> Option<&'static [u8]> {
    let pairs: [[&[u8]; 2]; 9] = [
        [b"true", b"false"],
        [b"True", b"False"],
        [b"TRUE", b"FALSE"],
        [b"yes", b"no"],
        [b"Yes", b"No"],
        [b"YES", b"NO"],
        [b"on", b"off"],
        [b"On", b"Off"],
        [b"ON", b"OFF"],
    ];
    pairs.into_iter().find_map(|[yes, no]| match bytes {
        _ if bytes == yes => Some(no),
        _ if bytes == no => Some(yes),
        _ => None,
    })
}

/// Whether only digits may change: numbers with a unit.
fn is_measure(bytes: &[u8]) -> bool {
    let text = bytes.trim_ascii();
    let text = text.strip_prefix(b"\"").or(text.strip_prefix(b"'")).unwrap_or(text);
    let text = text.strip_suffix(b"\"").or(text.strip_suffix(b"'")).unwrap_or(text);
    text.first().is_some_and(u8::is_ascii_digit)
        && text.iter().all(u8::is_ascii_alphanumeric)
        && text.iter().filter(|byte| byte.is_ascii_alphabetic()).count() <= 3
}

/// Every letter and digit another one; actions of templates, escapes and verbs of `printf` stay.
pub(crate) fn cipher(bytes: &[u8], shift: u8, digits_only: bool) -> Vec<u8> {
    let turn = |byte: u8, first: u8, count: u8| first + (byte - first + 1 + shift % (count - 1)) % count;
    let mut out = Vec::with_capacity(bytes.len());
    let (mut action, mut kept) = (0_usize, false);
    for (at, byte) in bytes.iter().enumerate() {
        let rest = bytes.get(at..).unwrap_or_default();
        if rest.starts_with(b"{{") {
            action = rest.windows(2).position(|two| two == b"}}").map_or(rest.len(), |end| end + 2);
        }
        let changed = match *byte {
            byte if action > 0 || kept => byte,
            b'0' => b'1' + shift % 9,
            byte @ b'1'..=b'9' => turn(byte, b'1', 9),
            byte @ b'a'..=b'z' if !digits_only => turn(byte, b'a', 26),
            byte @ b'A'..=b'Z' if !digits_only => turn(byte, b'A', 26),
            byte => byte,
        };
        kept = matches!(byte, b'\\' | b'%');
        action = action.saturating_sub(1);
        out.push(changed);
    }
    out
}

/// A word of literal text of a template.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    /// The template.
    pub source: SourceId,
    /// The word.
    pub range: Range<usize>,
    /// The literal text around it.
    pub piece: Range<usize>,
    /// The line that it stands in.
    pub line: Range<usize>,
}

/// Words of template text that stand in string scalars of the output.
pub(crate) fn words(rendered: &Rendered) -> Vec<Word> {
    let mut blocks = std::collections::HashMap::new();
    let mut found = BTreeSet::new();
    for manifest in rendered.manifests.iter().chain(&rendered.hooks) {
        let mut scalars = Vec::new();
        let mut waiting: Vec<&Node> = manifest.node.iter().collect();
        while let Some(node) = waiting.pop() {
            waiting.extend(node.items());
            waiting.extend(node.entries().iter().map(|entry| &entry.value));
            if node.as_str().is_some() {
                scalars.push(node.start as usize..node.end as usize);
            }
        }
        for scalar in scalars {
            for (run, part) in manifest.text.runs_in(scalar) {
                let Some(origin) = rendered.origins.get_origin(run.mark) else { continue };
                if run.at == NO_OFFSET || !origin.leaf.is_none() {
                    continue;
                }
                let source = origin.frame.place.source;
                let start = manifest.text.run_at(part.start).map_or(0, |(_, start)| start as usize);
                let first = origin.frame.place.offset as usize + run.at as usize + part.start - start;
                let bytes = rendered.sources.bytes(source);
                let blocks = blocks.entry(source).or_insert_with(|| Blocks::of(bytes));
                for (at, length) in alphanumeric(manifest.text.as_bytes().get(part).unwrap_or_default()) {
                    let range = first + at..first + at + length;
                    let offset = u32::try_from(range.start).unwrap_or(u32::MAX);
                    let Some(piece) = blocks.text_at(offset).filter(|_| length > 2) else { continue };
                    let piece = piece.start as usize..(piece.end as usize).min(bytes.len());
                    found.insert((source, range.start, range.end, piece.start, piece.end));
                }
            }
        }
    }
    let word = |(source, start, end, from, to)| {
        let bytes = rendered.sources.bytes(source);
        let before = bytes[..start].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let behind = bytes[end..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| end + at);
        Word { source, range: start..end, piece: from..to, line: before..behind }
    };
    found.into_iter().map(word).collect()
}

fn alphanumeric(bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (at, byte) in bytes.iter().enumerate() {
        match found.last_mut() {
            _ if !byte.is_ascii_alphanumeric() => {}
            Some((start, length)) if *start + *length == at => *length += 1,
            _ => found.push((at, 1)),
        }
    }
    found
}

impl Word {
    /// Another word of the same length.
    pub(crate) fn edit(&self, sources: &Sources, shift: u8) -> Option<Edit> {
        let bytes = sources.bytes(self.source).get(self.range.clone())?;
        Some(Edit { source: self.source, range: self.range.clone(), bytes: cipher(bytes, shift, false) })
    }
}
