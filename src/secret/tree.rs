//! The leaves of a YAML document, each judged under its keys.

use std::collections::HashMap;
use std::rc::Rc;

use super::name::{Says, says};
use super::words::{Words, words};
use super::{Reach, Subject, Suspect, judge};
use crate::limits::Limits;
use crate::yaml::node::{Data, Entry, Node, Style};

/// One step of the path of a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// A key of a mapping.
    Key(&'a str),
    /// An index of a list.
    Index(usize),
}

/// A leaf of a document.
#[derive(Clone, Copy, Debug)]
pub struct Leaf<'a> {
    /// The keys that lead to it.
    pub path: &'a [Part<'a>],
    /// The leaf.
    pub node: &'a Node,
}

impl Leaf<'_> {
    /// The path as users write it: `auth.users[0].password`.
    #[must_use]
    pub fn key(&self) -> String {
        let mut shown = String::new();
        for part in self.path {
            match part {
                Part::Index(index) => shown.push_str(&format!("[{index}]")),
                Part::Key(key) => {
                    if !shown.is_empty() {
                        shown.push('.');
                    }
                    if key.contains(['.', '[', ']']) {
                        shown.push_str(&format!("{key:?}"));
                    } else {
                        shown.push_str(key);
                    }
                }
            }
        }
        shown
    }
}

/// A leaf that holds credentials.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its path: `auth.users[0].password`.
    pub key: String,
    /// The keys that lead to it, up to the first list.
    pub keys: Vec<String>,
    /// Offset of what to point at: its first byte, or the key of a block of lines.
    pub at: u32,
    /// Offset of its first byte in the document.
    pub start: u32,
    /// Offset behind its last byte.
    pub end: u32,
    /// Its text, decoded.
    pub text: String,
    /// What it holds; at least one.
    pub suspects: Vec<Suspect>,
}

/// Judges every leaf of some documents; `reach` says where a leaf ends up.
#[must_use]
pub fn examine<'a>(
    roots: impl IntoIterator<Item = &'a Node>,
    depth: u8,
    limits: &Limits,
    reach: &mut dyn FnMut(&Leaf<'_>) -> Reach,
) -> Vec<Found> {
    let (path, keys, known, found) = (Vec::new(), Vec::new(), HashMap::new(), Vec::new());
    let mut walk = Walk { path, key_start: 0, keys, known, depth, limits, reach, found };
    for root in roots {
        walk.key_start = root.start;
        walk.node(root, false);
    }
    walk.found
}

struct Walk<'a, 'l> {
    path: Vec<Part<'a>>,
    /// Where the nearest key begins.
    key_start: u32,
    keys: Vec<Words>,
    /// The words of all keys so far: documents have most of them many times.
    known: HashMap<&'a str, Words>,
    depth: u8,
    limits: &'l Limits,
    reach: &'l mut dyn FnMut(&Leaf<'_>) -> Reach,
    found: Vec<Found>,
}

impl<'a> Walk<'a, '_> {
    fn node(&mut self, node: &'a Node, beside_reference: bool) {
        match &node.data {
            Data::Map(entries) => self.entries(entries),
            Data::List(items) => self.items(items),
            Data::String(text) => self.leaf(node, text, beside_reference),
            Data::Int(number) => self.leaf(node, &number.to_string(), beside_reference),
            Data::Uint(number) => self.leaf(node, &number.to_string(), beside_reference),
            Data::Null | Data::Bool(_) | Data::Float(_) => {}
        }
    }

    fn entries(&mut self, entries: &'a [Entry]) {
        let keys: Vec<Words> = entries.iter().map(|entry| self.words(&entry.key)).collect();
        let named = keys.iter().any(|words| names_a_secret(words));
        // The value of `{name: DB_PASSWORD, value: …}` is what the name says.
        let name = entries.iter().find(|entry| &*entry.key == "name").and_then(|entry| entry.value.as_str());
        for (entry, key) in entries.iter().zip(keys) {
            let is_value =
                &*entry.key == "value" && matches!(entry.value.data, Data::String(_) | Data::Int(_) | Data::Uint(_));
            let words = name.filter(|_| is_value).map_or(key, |name| self.words(name));
            let beside = named && words.last().is_some_and(|word| word == "key");
            self.path.push(Part::Key(&entry.key));
            self.key_start = entry.key_start;
            self.keys.push(words);
            self.node(&entry.value, beside);
            self.keys.pop();
            self.path.pop();
        }
    }

    fn words(&mut self, name: &'a str) -> Words {
        Rc::clone(self.known.entry(name).or_insert_with(|| words(name)))
    }

    fn items(&mut self, items: &'a [Node]) {
        let mut flag: Option<&str> = None;
        for (index, item) in items.iter().enumerate() {
            self.path.push(Part::Index(index));
            // `["--password", …]`
            let named = flag.filter(|_| item.as_str().is_some_and(|text| !text.starts_with('-')));
            if let Some(name) = named {
                let words = self.words(name);
                self.keys.push(words);
            }
            self.node(item, false);
            if named.is_some() {
                self.keys.pop();
            }
            self.path.pop();
            flag = item.as_str().filter(|text| text.starts_with('-') && !text.contains(['=', ' ']));
        }
    }

    fn leaf(&mut self, node: &'a Node, text: &str, beside_reference: bool) {
        if text.len() < 3 {
            return;
        }
        let leaf = Leaf { path: &self.path, node };
        let reach = (self.reach)(&leaf);
        let subject = Subject { keys: &self.keys, beside_reference, reach, depth: self.depth, limits: self.limits };
        let suspects = judge(&subject, text);
        if !suspects.is_empty() {
            let keys = self
                .path
                .iter()
                .map_while(|part| if let Part::Key(key) = part { Some((*key).to_owned()) } else { None });
            let block = matches!(node.style, Style::Literal | Style::Folded);
            let at = if block { self.key_start } else { node.start };
            self.found.push(Found {
                key: leaf.key(),
                keys: keys.collect(),
                at,
                start: node.start,
                end: node.end,
                text: text.to_owned(),
                suspects,
            });
        }
    }
}

/// Whether the words of a key say that it names an object of kind Secret.
fn names_a_secret(words: &[String]) -> bool {
    let ends = |end: [&str; 2]| words.iter().rev().take(2).rev().eq(&end);
    ends(["secret", "name"])
        || ends(["secret", "ref"])
        || ends(["remote", "ref"])
        || words.first().is_some_and(|word| word == "existing")
}

/// Whether a name says that it holds a credential, without doubt.
#[must_use]
pub fn is_credential(name: &str) -> bool {
    matches!(says(&[words(name)]), Says::Credential(_))
}
