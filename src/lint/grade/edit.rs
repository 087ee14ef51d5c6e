//! What to change in the chart's own values file so that a proven key has its value: characters, for programs that know no YAML.
//!
//! An edit is certain or there is none. The entry around it is read once more with the edit in place, and must hold what it held
//! and the value; anchors, and whatever stands on several lines where one is expected, are left alone.

use std::ops::Range;

use serde_json::Value;

use super::candidates::{Candidate, json};
use super::index::Index;
use crate::finding::Edit;
use crate::limits::Limits;
use crate::origin::Key;
use crate::source::{Place, Position, clamp};
use crate::yaml;
use crate::yaml::node::{Data, Entry, Node};

/// Bytes of entries that are read once more for the edits of one chart.
const MOST_BYTES: usize = 16 << 20;
/// Bytes of a values file that are looked through in the time in which one is read.
const FASTER: usize = 16;
/// Columns by which a mapping that is new stands behind its key.
const INDENT: usize = 2;

/// Writes edits for as long as the budget of a chart lasts.
#[derive(Debug)]
pub(super) struct Editor {
    left: usize,
}

impl Default for Editor {
    fn default() -> Self {
        Self { left: MOST_BYTES }
    }
}

impl Editor {
    /// The edits that give a key its value in the values file of the chart itself; none when its nearest values stand in another
    /// file that a user has written.
    pub(super) fn edits(&mut self, index: &Index<'_, '_>, key: &Candidate, value: &Value) -> Option<Vec<Edit>> {
        let sources = &index.documents.rendered.sources;
        let id = index.own_values()?;
        let own = sources.path(id);
        if !key.is_of_dependency() && key.at.file != own {
            return None;
        }
        self.left = self.left.checked_sub(sources.bytes(id).len() / FASTER)?;
        let root = index.values(id)?;
        let text = std::str::from_utf8(sources.bytes(id)).ok().filter(|text| !text.starts_with('\u{feff}'))?;
        let file = File { text, limits: index.limits };
        let steps = key.steps();
        let spot = file.find(&root, &steps)?;
        self.left = self.left.checked_sub(spot.around.len())?;
        let changes = file.changes(&spot, value).filter(|changes| file.is_right(&spot, changes, value))?;
        let position = |offset: usize| sources.position(Place { source: id, offset: clamp(offset) });
        let edit = |Change { range, text }: Change| {
            let (start, end) = (position(range.start), position(range.end));
            let (Position { line, column }, Position { line: end_line, column: end_column }) = (start, end);
            Edit { file: own.to_owned(), line, column, end_line, end_column, text }
        };
        Some(changes.into_iter().map(edit).collect())
    }
}

/// A text in place of some bytes.
struct Change {
    range: Range<usize>,
    text: String,
}

/// A values file.
struct File<'t> {
    text: &'t str,
    limits: &'t Limits,
}

/// The last node on the way to a key that is there.
struct Spot<'n> {
    node: &'n Node,
    /// The entry whose value it is.
    entry: Option<&'n Entry>,
    /// The names on the way that are not there.
    missing: Vec<&'n str>,
    /// The innermost entry around it that begins a line (the whole document, if there is none): its lines, and what they hold.
    around: Range<usize>,
    held: Held<'n>,
    /// From what they hold to the node.
    inside: &'n [Key],
}

/// What the lines around a node hold.
#[derive(Clone, Copy)]
enum Held<'n> {
    Document(&'n Node),
    Entry(&'n Entry),
}

impl File<'_> {
    fn find<'n>(&self, root: &'n Node, steps: &'n [Key]) -> Option<Spot<'n>> {
        let (mut node, mut entry, mut at) = (root, None, 0);
        let (mut around, mut held, mut inside) = (0..self.text.len(), Held::Document(root), steps);
        // Where the lines of the node end.
        let mut end = around.end;
        // A node that is an alias stands elsewhere.
        let mut bounds = 0..clamp(self.text.len());
        while let Some(step) = steps.get(at) {
            let flow = self.is_flow(node);
            match step {
                Key::Root => {}
                Key::Name(name) => {
                    let Some(found) = node.entry(name) else { break };
                    if found.key_start < bounds.start || found.value.end > bounds.end {
                        return None;
                    }
                    let (line, key) = (self.line_start(found.key_start as usize), found.key_start as usize);
                    let next =
                        node.entries().iter().map(|entry| entry.key_start).filter(|next| *next > found.key_start);
                    end = next.min().map_or(end, |next| end.min(self.line_start(next as usize)));
                    if !flow && self.text.get(line..key)?.trim_start_matches(' ').is_empty() && end > key {
                        (around, held, inside) = (line..end, Held::Entry(found), steps.get(at + 1..)?);
                    }
                    bounds = found.key_end..bounds.end;
                    (node, entry) = (&found.value, Some(found));
                }
                Key::Index(index) => {
                    let found = node.items().get(*index as usize)?;
                    if found.start < bounds.start || found.end > bounds.end {
                        return None;
                    }
                    if let Some(next) = node.items().get(*index as usize + 1) {
                        end = end.min(self.line_start(next.start as usize));
                    }
                    (node, entry) = (found, None);
                }
            }
            if node.start < bounds.start {
                return None;
            }
            at += 1;
        }
        let name = |step: &'n Key| if let Key::Name(name) = step { Some(&**name) } else { None };
        let missing = steps.get(at..)?.iter().map(name).collect::<Option<Vec<_>>>()?;
        Some(Spot { node, entry, missing, around, held, inside })
    }

    fn changes(&self, spot: &Spot<'_>, value: &Value) -> Option<Vec<Change>> {
        let Spot { node, entry, missing, .. } = spot;
        let bytes = node.start as usize..node.end as usize;
        let shown = self.text.get(bytes.clone())?;
        if missing.is_empty() {
            let on_one_line = !shown.contains('\n') && !shown.is_empty();
            return match entry {
                Some(entry) if shown.is_empty() => {
                    let colon = self.colon(entry)?;
                    Some(vec![Change { range: colon..colon, text: format!(" {value}") }])
                }
                _ => on_one_line.then(|| vec![Change { range: bytes, text: value.to_string() }]),
            };
        }
        let holds = matches!(&node.data, Data::Map(entries) if !entries.is_empty());
        if holds {
            if self.is_flow(node) {
                return None;
            }
            let first = node.entries().iter().map(|entry| entry.key_start).min()? as usize;
            let last = self.text.get(..bytes.end)?.trim_end().len();
            return Some(vec![self.insert(last, first - self.line_start(first), missing, value)]);
        }
        // In place of `{}` or `null`, which go.
        let (entry, colon) = ((*entry)?, self.colon((*entry)?)?);
        let between = self.text.get(colon..bytes.start.max(colon))?;
        if !matches!(shown, "" | "{}" | "{ }" | "null" | "~") || !between.trim().is_empty() {
            return None;
        }
        let key = entry.key_start as usize;
        let inserted = self.insert(bytes.end.max(colon), key - self.line_start(key) + INDENT, missing, value);
        if shown.is_empty() {
            return Some(vec![inserted]);
        }
        let gone = colon..bytes.end;
        // What stands behind it stays where it is.
        Some(if inserted.range.start == gone.end {
            vec![Change { range: gone, ..inserted }]
        } else {
            vec![Change { range: gone, text: String::new() }, inserted]
        })
    }

    /// Lines behind the one in which a byte stands.
    fn insert(&self, offset: usize, indent: usize, names: &[&str], value: &Value) -> Change {
        let line = self.text.get(offset..).unwrap_or_default();
        let line = line.split('\n').next().unwrap_or_default();
        let (line, end) = line.strip_suffix('\r').map_or((line, "\n"), |line| (line, "\r\n"));
        let mut text = String::new();
        for (depth, name) in names.iter().enumerate() {
            let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
            let name = if plain { (*name).to_owned() } else { Value::from(*name).to_string() };
            text += &format!("{end}{:width$}{name}:", "", width = indent + INDENT * depth);
        }
        text += &format!(" {value}");
        let at = offset + line.len();
        Change { range: at..at, text }
    }

    /// Whether the lines around, once changed, hold what they did and the value.
    fn is_right(&self, spot: &Spot<'_>, changes: &[Change], value: &Value) -> bool {
        let Some(before) = self.text.get(spot.around.clone()) else { return false };
        if has_anchors(before.as_bytes()) {
            return false;
        }
        let mut after = before.to_owned();
        for Change { range, text } in changes.iter().rev() {
            let moved = range.start.checked_sub(spot.around.start).zip(range.end.checked_sub(spot.around.start));
            let Some((start, end)) = moved.filter(|(_, end)| *end <= after.len()) else { return false };
            after.replace_range(start..end, text);
        }
        let (key, mut wanted) = match spot.held {
            Held::Document(node) => (None, json(node)),
            Held::Entry(entry) => (Some(&*entry.key), json(&entry.value)),
        };
        let Some(at) = spot.inside.iter().try_fold(&mut wanted, inner) else { return false };
        *at = value.clone();
        let Ok(Some(read)) = yaml::read(after.as_bytes(), self.limits) else { return false };
        match (key, read.entries()) {
            (Some(key), [entry]) => &*entry.key == key && json(&entry.value) == wanted,
            (Some(_), _) => false,
            (None, _) => json(&read) == wanted,
        }
    }

    /// Behind the colon of an entry.
    fn colon(&self, entry: &Entry) -> Option<usize> {
        let rest = self.text.get(entry.key_end as usize..)?;
        let colon = rest.len() - rest.trim_start_matches(' ').len();
        rest.get(colon..)?.starts_with(':').then_some(entry.key_end as usize + colon + 1)
    }

    fn is_flow(&self, node: &Node) -> bool {
        matches!(self.text.as_bytes().get(node.start as usize), Some(b'{' | b'['))
            && matches!(node.data, Data::List(_) | Data::Map(_))
    }

    fn line_start(&self, offset: usize) -> usize {
        self.text.get(..offset).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1)
    }
}

/// Whether there may be an anchor or an alias in some lines: who knows where else it counts.
fn has_anchors(text: &[u8]) -> bool {
    let starts = |byte: u8| byte.is_ascii_whitespace() || b"[{,".contains(&byte);
    let named = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.windows(3).any(|three| matches!(three, [before, b'&' | b'*', name] if starts(*before) && named(*name)))
}

/// What a step leads to; mappings are made where there is nothing.
fn inner<'v>(at: &'v mut Value, step: &Key) -> Option<&'v mut Value> {
    match step {
        Key::Root => Some(at),
        Key::Index(index) => at.get_mut(*index as usize),
        Key::Name(name) => {
            if at.is_null() {
                *at = Value::Object(serde_json::Map::new());
            }
            Some(at.as_object_mut()?.entry(&**name).or_insert(Value::Null))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text with the value at the end of a path.
    fn edited(text: &str, path: &str, value: &Value) -> Option<String> {
        let limits = Limits::default();
        let root = yaml::read(text.as_bytes(), &limits).unwrap().unwrap();
        let step = |name: &str| name.parse().map_or_else(|_| Key::Name(name.into()), Key::Index);
        let steps: Vec<Key> = path.split('.').map(step).collect();
        let file = File { text, limits: &limits };
        let spot = file.find(&root, &steps)?;
        let changes = file.changes(&spot, value).filter(|changes| file.is_right(&spot, changes, value))?;
        let mut text = text.to_owned();
        for Change { range, text: new } in changes.iter().rev() {
            text.replace_range(range.clone(), new);
        }
        Some(text)
    }

    #[track_caller]
    fn becomes(before: &str, path: &str, after: &str) {
        assert_eq!(edited(before, path, &true.into()).as_deref(), Some(after));
    }

    #[test]
    fn values_are_replaced_where_they_stand() {
        becomes("a:\n  b: false # why\n  c: 1\n", "a.b", "a:\n  b: true # why\n  c: 1\n");
        becomes("a: {b: \"x\", c: 1}\n", "a.b", "a: {b: true, c: 1}\n");
        becomes("a:\n  b: # why\n  c: 1\n", "a.b", "a:\n  b: true # why\n  c: 1\n");
        becomes("a:\n  - b: []\n    c: 1\n  - d\n", "a.0.b", "a:\n  - b: true\n    c: 1\n  - d\n");
        becomes("a: &x {b: 1}\nc: 2\n", "c", "a: &x {b: 1}\nc: true\n");
    }

    #[test]
    fn lines_are_inserted_behind_the_last_entry() {
        becomes("a:\n  b: 1 # b\n  # c: 2\nd: 3\n", "a.x.z", "a:\n  b: 1 # b\n  x:\n    z: true\n  # c: 2\nd: 3\n");
        becomes("a:\n    b:\n        - c\n\nd: 3", "a.x", "a:\n    b:\n        - c\n    x: true\n\nd: 3");
        becomes(
            "a:\n  - b: 1\n    c: |\n      d\n  - e\n",
            "a.0.x",
            "a:\n  - b: 1\n    c: |\n      d\n    x: true\n  - e\n",
        );
        becomes("a: 1", "x", "a: 1\nx: true");
        becomes("é: 1\r\nb: 2\r\n", "c.d", "é: 1\r\nb: 2\r\nc:\r\n  d: true\r\n");
    }

    #[test]
    fn empty_mappings_open() {
        becomes("a: {} # why\nb: 1\n", "a.x", "a: # why\n  x: true\nb: 1\n");
        becomes("a:\n  b: {}\n  # c\n", "a.b.x.z", "a:\n  b:\n    x:\n      z: true\n  # c\n");
        becomes("a:\nb: 1\n", "a.x", "a:\n  x: true\nb: 1\n");
        becomes("a:\n  {}\n  # b: 1\n", "a.x", "a:\n  x: true\n  # b: 1\n");
        becomes("a: null\n", "a.b-c", "a:\n  b-c: true\n");
        becomes("- {}\n- a: {}\n", "1.a.b.c", "- {}\n- a:\n    b:\n      c: true\n");
    }

    #[test]
    fn what_is_not_certain_is_left_alone() {
        for (text, path) in [
            ("a: &x {}\nb: *x\n", "a.c"),
            ("a:\n  b: [&x 1, *x]\n", "a.c"),
            ("a: &x {c: 1}\nb: *x\n", "b.c"),
            ("a: &x {c: 1}\nb:\n  <<: *x\n  d: 1\n", "b.c"),
            ("a: {b: {}}\n", "a.b.c"),
            ("a: # why\n  {}\n", "a.b"),
            ("a:\n  - b\n", "a.b"),
            ("a:\n  b: |+\n    c\n\nd: 1\n", "a.x"),
            ("a: >\n  b\n", "a"),
            ("a:\n  - b\n  - c\n", "a"),
            ("? a\n: {}\n", "a.b"),
            ("a: 1\n", "a.on"),
            ("a: {}\n", "a.on"),
            ("{}\n", "a"),
            ("a: 1\n---\nb: 1\n", "a.b"),
        ] {
            assert_eq!(edited(text, path, &true.into()), None, "{text}");
        }
    }
}
