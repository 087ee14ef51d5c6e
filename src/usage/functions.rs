//! What functions do with what they are given, as far as the values behind it go.

use std::rc::Rc;

use super::domain::{HOLE, Part, Set};
use super::keys::{ANY, KeyId, NodeId};
use super::walk::Walk;
use crate::source::Place;

/// Bytes of a text that is followed.
const MAX_TEXT: usize = 200;

/// Functions that ask whether a value is there, or have an answer when it is not.
pub(super) fn tests(name: &str) -> bool {
    matches!(
        name,
        "and"
            | "coalesce"
            | "default"
            | "dig"
            | "empty"
            | "eq"
            | "fail"
            | "get"
            | "has"
            | "hasKey"
            | "kindIs"
            | "kindOf"
            | "len"
            | "ne"
            | "not"
            | "or"
            | "pluck"
            | "required"
            | "ternary"
            | "typeIs"
            | "typeIsLike"
            | "typeOf"
    )
}

impl Walk<'_> {
    /// The answer of a function.
    pub(super) fn function(&mut self, name: &str, args: &[Set], place: Place) -> Set {
        let first = args.first().copied().unwrap_or(Set::EMPTY);
        let second = args.get(1).copied().unwrap_or(Set::EMPTY);
        let rest = args.get(1..).unwrap_or_default();
        match name {
            "and" | "or" | "coalesce" | "default" | "ternary" => self.any_of(args),
            "required" => second,
            "deepCopy" | "mustDeepCopy" | "initial" | "mustInitial" | "rest" | "mustRest" | "reverse"
            | "mustReverse" | "uniq" | "mustUniq" | "compact" | "mustCompact" => first,
            "without" | "mustWithout" | "slice" | "mustSlice" => {
                rest.iter().for_each(|arg| self.open(*arg));
                first
            }
            "empty" | "not" | "len" | "kindIs" | "kindOf" | "typeIs" | "typeIsLike" | "typeOf" => Set::EMPTY,
            "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "has" | "mustHas" => {
                self.open_all(args);
                Set::EMPTY
            }
            "index" => rest.iter().fold(first, |value, key| self.at(value, *key)),
            "get" => self.at(first, second),
            "hasKey" => {
                self.testing += 1;
                match self.key_names(second) {
                    Some(keys) => keys.into_iter().for_each(|key| {
                        let value = self.field(first, key);
                        self.touch(value);
                    }),
                    None => {
                        self.elements(first);
                    }
                }
                self.testing -= 1;
                Set::EMPTY
            }
            "dig" => self.dig(args),
            "pluck" => {
                let found: Vec<Set> = rest.iter().map(|value| self.at(*value, first)).collect();
                let found = self.any_of(&found);
                self.domain.one(Part::Items(found))
            }
            "pick" => self.pick(first, rest, place),
            "omit" | "unset" => {
                rest.iter().for_each(|arg| self.open(*arg));
                first
            }
            "keys" | "values" => {
                let items: Vec<Set> = args.iter().map(|arg| self.elements(*arg)).collect();
                let items = self.any_of(&items);
                if name == "keys" { Set::UNKNOWN } else { self.domain.one(Part::Items(items)) }
            }
            "set" => self.assign_key(first, second, args.get(2).copied().unwrap_or(Set::EMPTY)),
            "merge" | "mustMerge" | "mergeOverwrite" | "mustMergeOverwrite" => self.merge(first, rest),
            "dict" => self.dict(args, place),
            "list" | "tuple" => {
                let items = self.any_of(args);
                self.domain.one(Part::Items(items))
            }
            "append" | "mustAppend" | "push" | "mustPush" | "prepend" | "mustPrepend" => {
                let items = self.elements(first);
                let items = self.any_of(&[items, second]);
                self.domain.one(Part::Items(items))
            }
            "concat" => {
                let items: Vec<Set> = args.iter().map(|arg| self.elements(*arg)).collect();
                let items = self.any_of(&items);
                self.domain.one(Part::Items(items))
            }
            "first" | "mustFirst" | "last" | "mustLast" => self.elements(first),
            "until" | "untilStep" | "seq" => {
                self.open_all(args);
                Set::EMPTY
            }
            "include" => {
                self.include(first, second);
                Set::UNKNOWN
            }
            "tpl" => {
                self.open(first);
                self.execute(first, second);
                Set::UNKNOWN
            }
            "print" => self.joined(args),
            "printf" => self.formatted(first, rest),
            _ => self.derived(args),
        }
    }

    fn any_of(&mut self, sets: &[Set]) -> Set {
        let union = self.domain.union(sets);
        self.bounded(union)
    }

    fn open_all(&mut self, sets: &[Set]) {
        sets.iter().for_each(|set| self.open(*set));
    }

    /// Something made of all that the arguments hold.
    fn derived(&mut self, args: &[Set]) -> Set {
        self.open_all(args);
        let mut parts = Vec::new();
        for arg in args {
            let held = self.domain.parts(*arg);
            parts.extend(held.iter().filter(|part| !matches!(part, Part::Text(_))));
        }
        if parts.is_empty() {
            parts.push(Part::Unknown);
        }
        let derived = self.domain.set(parts);
        self.bounded(derived)
    }

    /// The keys that a set stands for; `None` when they are not known, an empty list for numbers.
    fn key_names(&self, keys: Set) -> Option<Vec<KeyId>> {
        let name = |part: &Part| match part {
            Part::Text(text) if !self.keys.text(*text).contains(HOLE) => Some(*text),
            _ => None,
        };
        self.domain.parts(keys).iter().map(name).collect()
    }

    /// What lies under keys; where they are not known everything is read.
    fn at(&mut self, value: Set, keys: Set) -> Set {
        let Some(keys) = self.key_names(keys) else {
            self.open(value);
            return self.elements(value);
        };
        if keys.is_empty() {
            return self.elements(value);
        }
        let found: Vec<Set> = keys.into_iter().map(|key| self.field(value, key)).collect();
        let found = self.any_of(&found);
        self.touch(found);
        found
    }

    fn dig(&mut self, args: &[Set]) -> Set {
        let [path @ .., default, value] = args else { return self.derived(args) };
        let found = path.iter().fold(*value, |value, key| {
            self.testing += 1;
            let found = self.at(value, *key);
            self.testing -= 1;
            found
        });
        self.any_of(&[found, *default])
    }

    fn pick(&mut self, value: Set, keys: &[Set], place: Place) -> Set {
        let mut entries = Vec::new();
        for key in keys {
            let Some(names) = self.key_names(*key) else {
                self.open(value);
                return value;
            };
            for name in names {
                let held = self.field(value, name);
                self.touch(held);
                entries.push((name, held));
            }
        }
        let dict = self.domain.dict((place.source.0, place.offset), entries);
        self.domain.one(dict)
    }

    fn dict(&mut self, args: &[Set], place: Place) -> Set {
        let mut entries = Vec::new();
        for pair in args.chunks(2) {
            let (key, value) = (pair.first().copied(), pair.get(1).copied().unwrap_or(Set::EMPTY));
            match key.and_then(|key| self.key_names(key)) {
                Some(names) => entries.extend(names.into_iter().map(|name| (name, value))),
                None => {
                    self.open_all(key.as_slice());
                    entries.push((ANY, value));
                }
            }
        }
        let dict = self.domain.dict((place.source.0, place.offset), entries);
        self.domain.one(dict)
    }

    /// `set` is seen by every holder of the map, wherever the walk has been already.
    fn assign_key(&mut self, target: Set, key: Set, value: Set) -> Set {
        let names = self.key_names(key).filter(|names| !names.is_empty()).unwrap_or_else(|| vec![ANY]);
        for part in &*self.domain.parts(target) {
            if !matches!(part, Part::Context(_) | Part::Node(_) | Part::Dict(_)) {
                continue;
            }
            self.rewrites |= matches!(part, Part::Context(_));
            for name in &names {
                if let Part::Node(node) = *part {
                    let child = self.keys.child(node, *name);
                    self.keys.give(child);
                }
                let entries = self.heap.entry(*part).or_default();
                if !entries.contains(&(*name, value)) {
                    entries.push((*name, value));
                    self.grown = true;
                }
                if entries.len() > 500 {
                    self.gave_up = true;
                }
            }
        }
        target
    }

    /// `merge` fills its first argument in place.
    fn merge(&mut self, target: Set, others: &[Set]) -> Set {
        let others = self.any_of(others);
        for part in &*self.domain.parts(target) {
            if !matches!(part, Part::Context(_) | Part::Node(_) | Part::Dict(_)) {
                continue;
            }
            let is_root = |node: &NodeId| self.charts.iter().any(|chart| chart.root == *node);
            self.rewrites |= match part {
                Part::Node(node) => is_root(node),
                other => matches!(other, Part::Context(_)),
            };
            let old = self.merged.get(part).copied().unwrap_or(Set::EMPTY);
            let parts = self.domain.parts(others);
            let new: Vec<Part> = parts.iter().filter(|other| *other != part).copied().collect();
            let new = self.domain.set(new);
            let new = self.any_of(&[old, new]);
            if new != old {
                self.merged.insert(*part, new);
                self.grown = true;
            }
        }
        self.any_of(&[target, others])
    }

    fn include(&mut self, names: Set, dot: Set) {
        for part in &*self.domain.parts(names) {
            let pattern = match part {
                Part::Text(text) => self.keys.text(*text),
                _ => HOLE.to_string().into(),
            };
            if !pattern.contains(HOLE) {
                self.named(&pattern, dot);
                continue;
            }
            for name in self.set.names() {
                // Files are walked by themselves, with their own context.
                let is_file = name.contains("/templates/");
                if !is_file
                    && fits(&pattern, &name)
                    && let Some(template) = self.set.get(&name).cloned()
                {
                    self.template(&template, dot);
                }
            }
        }
    }

    /// `tpl`: the strings of values that the text may be, or be made of.
    fn execute(&mut self, texts: Set, dot: Set) {
        let inlines = self.inlines;
        for part in &*self.domain.parts(texts) {
            match *part {
                Part::Text(text) => {
                    let text: Rc<[u8]> = self.keys.text(text).as_bytes().into();
                    if text.windows(2).any(|pair| pair == b"{{") && !text.contains(&0) {
                        self.inline(&text, dot);
                    }
                }
                Part::Node(node) => {
                    for (at, text) in inlines {
                        if at.is_some_and(|at| self.keys.is_within(at, node)) {
                            self.inline(text, dot);
                        }
                    }
                }
                Part::Dict(dict) => {
                    let held: Vec<Set> = self.domain.entries(dict).iter().map(|(_, set)| *set).collect();
                    held.into_iter().for_each(|held| self.execute(held, dot));
                }
                Part::Items(items) => self.execute(items, dot),
                Part::Files => {
                    inlines.iter().filter(|(at, _)| at.is_none()).for_each(|(_, text)| self.inline(text, dot))
                }
                Part::Context(_) | Part::Subcharts(_) | Part::Unknown => {
                    inlines.iter().for_each(|(_, text)| self.inline(text, dot));
                }
            }
        }
    }

    fn text_of(&self, value: Set) -> Rc<str> {
        match *self.domain.parts(value) {
            [Part::Text(text)] => self.keys.text(text),
            _ => HOLE.to_string().into(),
        }
    }

    fn with_text(&mut self, text: &str, args: &[Set]) -> Set {
        let derived = self.derived(args);
        if text.len() > MAX_TEXT {
            return derived;
        }
        let key = self.keys.key(text);
        let held = self.domain.parts(derived);
        let parts = held.iter().filter(|part| **part != Part::Unknown).copied().chain([Part::Text(key)]);
        let parts = parts.collect();
        self.domain.set(parts)
    }

    fn joined(&mut self, args: &[Set]) -> Set {
        let text: String = args.iter().map(|arg| self.text_of(*arg).to_string()).collect();
        self.with_text(&text, args)
    }

    fn formatted(&mut self, format: Set, args: &[Set]) -> Set {
        let format = self.text_of(format);
        let (mut text, mut rest, mut next) = (String::new(), &*format, 0);
        while let Some((before, behind)) = rest.split_once('%') {
            text.push_str(before);
            let verb = behind.find(|c: char| c.is_ascii_alphabetic() || c == '%').unwrap_or(behind.len());
            let plain = matches!(behind.as_bytes().first(), Some(b's' | b'v'));
            match behind.get(verb..verb + 1) {
                Some("%") => text.push('%'),
                _ if plain => text.push_str(&args.get(next).map_or(HOLE.to_string().into(), |arg| self.text_of(*arg))),
                _ => text.push(HOLE),
            }
            next += usize::from(behind.get(verb..verb + 1) != Some("%"));
            rest = behind.get(verb + 1..).unwrap_or_default();
        }
        text.push_str(rest);
        self.with_text(&text, args)
    }
}

/// Whether a name is one that a text with holes may stand for.
fn fits(pattern: &str, name: &str) -> bool {
    let mut pieces = pattern.split(HOLE);
    let Some(mut rest) = name.strip_prefix(pieces.next().unwrap_or_default()) else { return false };
    let mut last = None;
    for piece in pieces {
        let Some(at) = rest.find(piece) else { return false };
        last = Some(piece);
        rest = rest.get(at + piece.len()..).unwrap_or_default();
    }
    rest.is_empty() || last.is_none_or(|piece| piece.is_empty() || name.ends_with(piece))
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn holes_stand_for_any_text() {
        for (pattern, name, wanted) in [
            ("a.\0.b", "a.x.b", true),
            ("a.\0.b", "a.x.c", false),
            ("\0", "anything", true),
            ("a.\0", "a.b", true),
            ("a.\0", "b.b", false),
            ("\0.b", "a.b.c", false),
        ] {
            assert_eq!(fits(pattern, name), wanted, "{pattern:?} {name}");
        }
    }
}
