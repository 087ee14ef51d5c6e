//! From nodes to values: numbers become `float64` as through JSON, and every value knows its place.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use super::block::{Piece, pieces};
use super::node::{Data, Entry, Node};
use super::placed::Placed;
use crate::origin::{Key, Leaf, Mark, Origins};
use crate::source::{SourceId, Span};
use crate::text::Text;
use crate::value::{self, Value};

/// The value of a document of a file: each node becomes a leaf at its place in the file.
#[must_use]
pub fn to_value(node: &Node, source: SourceId, origins: &mut Origins) -> Value {
    let mut maker = Maker { texts: HashMap::new() };
    let mut leaf = |node: &Node, parent: Mark, key: Key| {
        origins.leaf(Leaf { span: Span::new(source, node.start as usize, node.end as usize), parent, key })
    };
    maker.value(node, Mark::NONE, Key::Root, false, &mut leaf)
}

/// Texts that aliases share are made once.
struct Maker {
    texts: HashMap<*const u8, Rc<Text>>,
}

impl Maker {
    fn value(
        &mut self,
        node: &Node,
        parent: Mark,
        key: Key,
        shared: bool,
        leaf: &mut impl FnMut(&Node, Mark, Key) -> Mark,
    ) -> Value {
        let mark = leaf(node, parent, key);
        match &node.data {
            Data::List(items) => {
                let shared = shared || Rc::strong_count(items) > 1;
                let value = |(index, item): (usize, &Node)| {
                    self.value(item, mark, Key::Index(crate::source::clamp(index)), shared, leaf)
                };
                Value::list(items.iter().enumerate().map(value).collect()).with_mark(mark)
            }
            Data::Map(entries) => {
                let shared = shared || Rc::strong_count(entries) > 1;
                let value = |entry: &Entry| {
                    let name = Key::Name(entry.key.clone());
                    (entry.key.clone().into(), self.value(&entry.value, mark, name, shared, leaf))
                };
                Value::map(entries.iter().map(value).collect()).with_mark(mark)
            }
            Data::String(text) => {
                let made = || Rc::new(Text::from(&**text));
                let text = if shared || Rc::strong_count(text) > 1 {
                    self.texts.entry(text.as_ptr()).or_insert_with(made).clone()
                } else {
                    made()
                };
                Value::Str(mark, text)
            }
            data => scalar(data, mark),
        }
    }
}

fn scalar(data: &Data, mark: Mark) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "as JSON reads numbers")]
    match data {
        Data::Bool(value) => Value::Bool(mark, *value),
        Data::Int(value) => Value::Float(mark, *value as f64),
        Data::Uint(value) => Value::Float(mark, *value as f64),
        Data::Float(value) => Value::Float(mark, *value),
        Data::Null | Data::String(_) | Data::List(_) | Data::Map(_) => Value::Nil(mark),
    }
}

/// The value of a document that is a text in memory (`fromYaml`): each value has the origin of its bytes.
#[must_use]
pub fn to_value_of_text(node: &Node, text: Placed<'_, '_>) -> Value {
    TextReader { placed: text, texts: HashMap::new() }.value(node)
}

struct TextReader<'t, 'o> {
    placed: Placed<'t, 'o>,
    /// By the place of the first byte: what aliases share is made once.
    texts: HashMap<u32, Rc<Text>>,
}

impl TextReader<'_, '_> {
    fn value(&mut self, node: &Node) -> Value {
        let range = node.start as usize..node.end as usize;
        match &node.data {
            Data::List(items) => {
                let mark = self.placed.mark_at(range.start);
                Value::list(items.iter().map(|item| self.value(item)).collect()).with_mark(mark)
            }
            Data::Map(entries) => {
                let mark = self.placed.mark_at(range.start);
                let value = |entry: &Entry| (self.key(entry), self.value(&entry.value));
                Value::map(entries.iter().map(value).collect()).with_mark(mark)
            }
            Data::String(decoded) => {
                let mark = self.placed.mark_at(range.start);
                if let Some(text) = self.texts.get(&node.start) {
                    return Value::Str(mark, text.clone());
                }
                let text = Rc::new(string(&mut self.placed, range, decoded));
                self.texts.insert(node.start, text.clone());
                Value::Str(mark, text)
            }
            data => scalar(data, self.placed.mark_of(range)),
        }
    }

    fn key(&mut self, entry: &Entry) -> value::Key {
        let range = entry.key_start as usize..entry.key_end as usize;
        self.placed.key(&entry.key, range.clone(), |placed| string(placed, range, &entry.key))
    }
}

/// A string made of bytes that stand in the text as they are keeps their origins.
fn string(placed: &mut Placed<'_, '_>, range: Range<usize>, decoded: &str) -> Text {
    let mut text = Text::new();
    let source = placed.bytes().get(..range.end).unwrap_or_default();
    for piece in pieces(source, range.start, decoded) {
        match piece {
            Piece::Verbatim { source, length, .. } => placed.copy(source..source + length, &mut text),
            Piece::Made { source, decoded: at, length } => {
                let bytes = decoded.as_bytes().get(at..at + length).unwrap_or_default();
                placed.make(source, bytes, &mut text);
            }
        }
    }
    text
}
