//! From nodes to values: numbers become `float64` as through JSON, and every value knows its place.

use std::collections::HashMap;
use std::rc::Rc;

use super::block::{Piece, pieces};
use super::node::{Data, Entry, Node};
use crate::origin::{Frame, Key, Leaf, Mark, NO_OFFSET, Origin, Origins};
use crate::source::{SourceId, Span};
use crate::text::Text;
use crate::value::Value;

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
                    (entry.key.clone(), self.value(&entry.value, mark, Key::Name(entry.key.clone()), shared, leaf))
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
/// `mark` is the mark of the value that holds `text`.
#[must_use]
pub fn to_value_of_text(node: &Node, text: &Text, mark: Mark, frame: Frame, origins: &mut Origins) -> Value {
    TextReader { text, mark, frame, origins, texts: HashMap::new() }.value(node)
}

struct TextReader<'t, 'o> {
    text: &'t Text,
    mark: Mark,
    frame: Frame,
    origins: &'o mut Origins,
    /// By the place of the first byte: what aliases share is made once.
    texts: HashMap<u32, Rc<Text>>,
}

impl TextReader<'_, '_> {
    /// An origin for what starts at a byte.
    fn mark_at(&mut self, offset: u32) -> Mark {
        let (mark, base, start) = match self.text.run_at(offset as usize) {
            Some((run, start)) => (run.mark, run.at, start),
            None => {
                let base = self.origins.get_origin(self.mark).map_or(0, |origin| origin.at);
                (self.mark, base, 0)
            }
        };
        let at = if base == NO_OFFSET { NO_OFFSET } else { base.saturating_add(offset.saturating_sub(start)) };
        match self.origins.get_origin(mark) {
            Some(origin) => self.origins.origin(Origin { at, ..origin }),
            None if mark.is_leaf() => self.origins.origin(Origin { frame: self.frame, leaf: mark, at }),
            None => self.origins.born(self.frame, mark),
        }
    }

    fn value(&mut self, node: &Node) -> Value {
        let mark = self.mark_at(node.start);
        match &node.data {
            Data::List(items) => Value::list(items.iter().map(|item| self.value(item)).collect()).with_mark(mark),
            Data::Map(entries) => {
                let value = |entry: &Entry| (entry.key.clone(), self.value(&entry.value));
                Value::map(entries.iter().map(value).collect()).with_mark(mark)
            }
            Data::String(string) => {
                if let Some(text) = self.texts.get(&node.start) {
                    return Value::Str(mark, text.clone());
                }
                let text = Rc::new(self.string(node, string));
                self.texts.insert(node.start, text.clone());
                Value::Str(mark, text)
            }
            data => scalar(data, mark),
        }
    }

    /// A string made of bytes that stand in the text as they are keeps their origins.
    fn string(&mut self, node: &Node, string: &str) -> Text {
        let mut text = Text::new();
        let source = self.text.as_bytes().get(..node.end as usize).unwrap_or_default();
        for piece in pieces(source, node.start as usize, string) {
            match piece {
                Piece::Verbatim { source, length, .. } => {
                    text.append(self.text, source..source + length, self.mark, self.frame, self.origins);
                }
                Piece::Made { source, decoded, length } => {
                    let mark = self.mark_at(crate::source::clamp(source));
                    let bytes = string.as_bytes().get(decoded..decoded + length).unwrap_or_default();
                    text.append_written(bytes, mark, self.frame, self.origins);
                }
            }
        }
        text
    }
}
