//! A YAML document as a tree with the place of every node.

use std::rc::Rc;

/// A node: what it holds after go-yaml's YAML 1.1 resolution, and where it stands.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it holds.
    pub data: Data,
    /// Offset of its first byte in the document's source (a quote counts, an anchor or tag does not).
    pub start: u32,
    /// Offset behind its last byte.
    pub end: u32,
    /// How a scalar is written.
    pub style: Style,
}

/// What a node holds.
#[derive(Clone, Debug)]
pub enum Data {
    /// `null`, `~`, nothing.
    Null,
    /// A YAML 1.1 boolean.
    Bool(bool),
    /// An integer that fits `int64`.
    Int(i64),
    /// A positive integer behind `int64`.
    Uint(u64),
    /// A float.
    Float(f64),
    /// Everything else.
    String(Rc<str>),
    /// A sequence. Aliased collections are shared.
    List(Rc<Vec<Node>>),
    /// A mapping in document order, merge keys applied; equal keys are all kept, the last one counts.
    Map(Rc<Vec<Entry>>),
}

/// An entry of a mapping.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key as it becomes in JSON: numbers and booleans as text.
    pub key: Rc<str>,
    /// Offset of the key's first byte.
    pub key_start: u32,
    /// Offset behind the key's last byte.
    pub key_end: u32,
    /// The value.
    pub value: Node,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes; collections too.
    Plain,
    /// `'…'`.
    SingleQuoted,
    /// `"…"`.
    DoubleQuoted,
    /// `|`.
    Literal,
    /// `>`.
    Folded,
}

impl Node {
    /// The value of a key of a mapping (the last of equal ones).
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().rev().find(|entry| &*entry.key == key).map(|entry| &entry.value)
    }

    /// The entry of a key of a mapping (the last of equal ones).
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().rev().find(|entry| &*entry.key == key)
    }

    /// Follows keys from mapping to mapping.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The entries of a mapping; none for any other node.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        if let Data::Map(entries) = &self.data { entries } else { &[] }
    }

    /// The items of a sequence; none for any other node.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        if let Data::List(items) = &self.data { items } else { &[] }
    }

    /// The text of a string scalar.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Data::String(text) = &self.data { Some(text) } else { None }
    }

    /// The boolean of a boolean scalar.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        if let Data::Bool(value) = &self.data { Some(*value) } else { None }
    }

    /// Whether it is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self.data, Data::Null)
    }
}
