//! The values that a file sets: every scalar, list and empty table with its path and its place.

use std::collections::HashMap;

use crate::source::SourceId;
use crate::yaml::node::{Data, Entry, Node};

/// A value that is set in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Setting {
    pub(super) path: Vec<String>,
    /// Offset of its key.
    pub(super) offset: u32,
    /// Offset of the value itself: the same for all that an anchor is used for.
    pub(super) value: u32,
    /// Whether it stands where it is used, not at an anchor elsewhere.
    pub(super) in_place: bool,
}

/// The settings of the documents of a file, in their order.
pub(super) fn settings(documents: &[Node]) -> Vec<Setting> {
    let mut found = Vec::new();
    for document in documents {
        visit(document, &mut Vec::new(), (document.start, document.end), &mut found);
    }
    found
}

fn visit(node: &Node, path: &mut Vec<String>, range: (u32, u32), found: &mut Vec<Setting>) {
    for (index, entry) in node.entries().iter().enumerate() {
        // The last of equal keys counts.
        if node.entries().iter().skip(index + 1).any(|later| later.key == entry.key) {
            continue;
        }
        path.push(entry.key.to_string());
        let in_place = (range.0..=range.1).contains(&entry.key_start) && holds(entry);
        match &entry.value.data {
            Data::Map(entries) if !entries.is_empty() => {
                // What lies in an aliased table stands nowhere below this key.
                let inner = if in_place { (entry.key_end, entry.value.end) } else { (1, 0) };
                visit(&entry.value, path, inner, found);
            }
            _ => {
                found.push(Setting { path: path.clone(), offset: entry.key_start, value: entry.value.start, in_place })
            }
        }
        path.pop();
    }
}

/// Whether a value stands behind its key. An alias shows its anchor's place, which lies in front.
fn holds(entry: &Entry) -> bool {
    entry.value.start >= entry.key_end || entry.value.is_null()
}

/// How often each value is used: more than once is an anchor's.
pub(super) fn uses(settings: &[Setting]) -> HashMap<u32, u32> {
    let mut uses = HashMap::new();
    for setting in settings {
        *uses.entry(setting.value).or_insert(0) += 1;
    }
    uses
}

/// Strings that hold template actions, with the path of the value they lie in (`*` for list items).
pub(super) fn templates(documents: &[Node], add: &mut impl FnMut(&[String], &str)) {
    fn walk(node: &Node, path: &mut Vec<String>, add: &mut impl FnMut(&[String], &str)) {
        match &node.data {
            Data::String(text) if text.contains("{{") => add(path, text),
            Data::Map(entries) => {
                for entry in entries.iter() {
                    path.push(entry.key.to_string());
                    // Keys are executed with the whole table.
                    if entry.key.contains("{{") {
                        add(path, &entry.key);
                    }
                    walk(&entry.value, path, add);
                    path.pop();
                }
            }
            Data::List(items) => {
                for item in items.iter() {
                    path.push("*".to_owned());
                    walk(item, path, add);
                    path.pop();
                }
            }
            _ => {}
        }
    }
    for document in documents {
        walk(document, &mut Vec::new(), add);
    }
}

/// Whether the documents of a file say anything about a path: they set it, or a table that leaves its keys open.
pub(super) fn says(documents: &[Node], path: &[&str]) -> bool {
    documents.iter().any(|document| {
        let mut node = document;
        for key in path {
            match &node.data {
                Data::Map(entries) if !entries.is_empty() => match node.get(key) {
                    Some(next) => node = next,
                    None => return false,
                },
                // A scalar or a list ends the path; nothing is known of what a user puts there.
                _ => return true,
            }
        }
        true
    })
}

/// Whether a comment of a values file names a key: an optional value that is documented.
pub(super) fn is_commented(text: &[u8], path: &[&str]) -> bool {
    let text = String::from_utf8_lossy(text);
    let (dotted, last) = (path.join("."), path.last().copied().unwrap_or_default());
    let comments = text.lines().filter_map(|line| line.split_once('#').map(|(_, comment)| comment));
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    comments.into_iter().any(|comment| {
        let key = comment.trim_start_matches(['#', ' ', '-', '\t']).trim_start_matches(['"', '\'']);
        let named = key.strip_prefix(last).is_some_and(|rest| {
            let rest = rest.trim_start_matches(['"', '\'']);
            rest.starts_with(':') || (path.len() == 1 && !rest.starts_with(is_word) && rest.starts_with(" :"))
        });
        let at = comment.find(&*dotted);
        named
            || at.is_some_and(|at| {
                path.len() > 1 && !comment.get(at + dotted.len()..).is_some_and(|rest| rest.starts_with(is_word))
            })
    })
}

/// Where a setting stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SettingPlace {
    /// The values file.
    pub file: SourceId,
    /// Offset of the key.
    pub offset: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    fn read(text: &str) -> Vec<Node> {
        crate::yaml::read(text.as_bytes(), &Limits::default()).unwrap().into_iter().collect()
    }

    #[test]
    fn leaves_are_scalars_lists_and_empty_tables() {
        let text = "a: {b: 1, c: [x, {y: 1}]}\nd: {}\ne:\nb: 1\nb: 2\n";
        let paths: Vec<String> = settings(&read(text)).iter().map(|setting| setting.path.join(".")).collect();
        assert_eq!(paths, ["a.b", "a.c", "d", "e", "b"]);
    }

    #[test]
    fn what_stands_at_an_anchor_is_known() {
        let text = "a: &x {b: 1}\nc: *x\nd:\n  <<: *x\n  e: 2\nf: &s text\ng: *s\n";
        let found = settings(&read(text));
        let shown: Vec<(String, bool)> =
            found.iter().map(|setting| (setting.path.join("."), setting.in_place)).collect();
        let wanted = [("a.b", true), ("c.b", false), ("d.b", false), ("d.e", true), ("f", true), ("g", false)];
        let mut shown: Vec<(&str, bool)> = shown.iter().map(|(path, place)| (&**path, *place)).collect();
        shown.sort_unstable();
        assert_eq!(shown, wanted);
        assert_eq!(uses(&found).values().max(), Some(&3));
    }

    #[test]
    fn tables_are_open_when_empty() {
        let documents = read("a: {}\nb: {c: 1, e: null}\n");
        for (path, wanted) in
            [("a.x.y", true), ("b.c", true), ("b.d", false), ("b.e.o", true), ("z", false), ("b.c.d", true)]
        {
            assert_eq!(says(&documents, &path.split('.').collect::<Vec<_>>()), wanted, "{path}");
        }
    }

    #[test]
    fn comments_name_optional_keys() {
        let text = b"a:\n  # b: 1\n  ## @param a.c Something\n  # - d: x\n  e: 1 # f: 2\n#   g : h\n";
        for (path, wanted) in
            [("a.b", true), ("a.c", true), ("a.d", true), ("a.cc", false), ("a.e", false), ("x", false)]
        {
            assert_eq!(is_commented(text, &path.split('.').collect::<Vec<_>>()), wanted, "{path}");
        }
    }
}
