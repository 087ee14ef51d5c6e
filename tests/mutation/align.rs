//! Which bytes of two outputs are the same, and which take the place of which.
//!
//! Most edits keep all lengths, and then bytes are compared one by one. Else lines are aligned first, and words within
//! stretches of lines that differ.

use std::ops::Range;

use similar::{Algorithm, DiffTag};

/// Bytes of the old output that went, and bytes of the new one that came in their place. All others are equal, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// What went.
    pub old: Range<usize>,
    /// What came.
    pub new: Range<usize>,
}

/// The changes between two outputs, in order.
pub(crate) fn changes(old: &[u8], new: &[u8]) -> Vec<Change> {
    let mut found = Vec::new();
    if old == new {
        return found;
    }
    if !bytewise(old, new, 0, 0, &mut found) {
        let (old_lines, new_lines) = (pieces(old, |byte| *byte == b'\n'), pieces(new, |byte| *byte == b'\n'));
        stretches(
            (old, 0..old.len(), &old_lines),
            (new, 0..new.len(), &new_lines),
            &mut |old_part, new_part, found| {
                let (before, after) = (&old[old_part.clone()], &new[new_part.clone()]);
                let one_is_empty = before.is_empty() || after.is_empty();
                if one_is_empty || !bytewise(before, after, old_part.start, new_part.start, found) {
                    words(old, new, old_part, new_part, found);
                }
            },
            &mut found,
        );
    }
    joined(found)
}

/// Compares byte by byte when both have their line breaks at the same places.
fn bytewise(old: &[u8], new: &[u8], old_start: usize, new_start: usize, found: &mut Vec<Change>) -> bool {
    let fits = |(old, new): (&u8, &u8)| (*old == b'\n') == (*new == b'\n');
    if old.len() != new.len() || !old.iter().zip(new).all(fits) {
        return false;
    }
    for (at, (old, new)) in old.iter().zip(new).enumerate() {
        if old != new {
            let (old, new) = (old_start + at, new_start + at);
            found.push(Change { old: old..old + 1, new: new..new + 1 });
        }
    }
    true
}

/// Ranges that end behind a byte that `ends`.
fn pieces(bytes: &[u8], ends: impl Fn(&u8) -> bool) -> Vec<Range<usize>> {
    let mut start = 0;
    let piece = |piece: &[u8]| {
        let range = start..start + piece.len();
        start = range.end;
        range
    };
    bytes.split_inclusive(ends).map(piece).collect()
}

type Stretch<'a> = dyn FnMut(Range<usize>, Range<usize>, &mut Vec<Change>) + 'a;

/// An output, a part of it, and the pieces of that part.
type Cut<'a> = (&'a [u8], Range<usize>, &'a [Range<usize>]);

/// Aligns pieces and hands on those that differ.
fn stretches(old: Cut<'_>, new: Cut<'_>, each: &mut Stretch<'_>, found: &mut Vec<Change>) {
    fn texts<'a>((text, _, pieces): &Cut<'a>) -> Vec<&'a [u8]> {
        pieces.iter().map(|piece| &text[piece.clone()]).collect()
    }
    let range = |(_, part, pieces): &Cut<'_>, range: Range<usize>| {
        let start = pieces.get(range.start).map_or(part.end, |piece| piece.start);
        if range.is_empty() { start..start } else { start..pieces[range.end - 1].end }
    };
    for operation in similar::capture_diff_slices(Algorithm::Patience, &texts(&old), &texts(&new)) {
        if operation.tag() != DiffTag::Equal {
            each(range(&old, operation.old_range()), range(&new, operation.new_range()), found);
        }
    }
}

/// Aligns the words of two stretches. Of words that take each other's place, equal ends are the same, but for booleans.
fn words(old: &[u8], new: &[u8], old_part: Range<usize>, new_part: Range<usize>, found: &mut Vec<Change>) {
    let tokens = |bytes: &[u8], part: &Range<usize>| {
        let mut tokens: Vec<Range<usize>> = Vec::new();
        for at in part.clone() {
            match tokens.last_mut() {
                Some(last) if at > part.start && is_word(bytes[at]) && is_word(bytes[at - 1]) => last.end = at + 1,
                _ => tokens.push(at..at + 1),
            }
        }
        tokens
    };
    let mut each = |old_range: Range<usize>, new_range: Range<usize>, found: &mut Vec<Change>| {
        let (before, after) = (&old[old_range.clone()], &new[new_range.clone()]);
        let same = |(a, b): &(&u8, &u8)| a == b;
        let boolean = |word: &[u8]| word == b"true" || word == b"false";
        let (mut head, mut tail) = (0, 0);
        if !(boolean(before) && boolean(after)) {
            head = before.iter().zip(after).take_while(same).count();
            tail = before[head..].iter().rev().zip(after[head..].iter().rev()).take_while(same).count();
        }
        let cut = |range: Range<usize>| range.start + head..range.end - tail;
        found.push(Change { old: cut(old_range), new: cut(new_range) });
    };
    let (old_tokens, new_tokens) = (tokens(old, &old_part), tokens(new, &new_part));
    stretches((old, old_part, &old_tokens), (new, new_part, &new_tokens), &mut each, found);
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii()
}

/// Changes that touch each other are one.
fn joined(changes: Vec<Change>) -> Vec<Change> {
    let mut joined: Vec<Change> = Vec::new();
    for change in changes {
        match joined.last_mut() {
            Some(last) if last.old.end == change.old.start && last.new.end == change.new.start => {
                (last.old.end, last.new.end) = (change.old.end, change.new.end);
            }
            _ => joined.push(change),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(old: &str, new: &str) -> Vec<(String, String)> {
        let text = |text: &str, range: Range<usize>| text[range].to_owned();
        changes(old.as_bytes(), new.as_bytes())
            .into_iter()
            .map(|change| (text(old, change.old), text(new, change.new)))
            .collect()
    }

    #[test]
    fn changes_are_as_small_as_they_are() {
        let pair = |old: &str, new: &str| (old.to_owned(), new.to_owned());
        assert_eq!(shown("a: one\nb: two\n", "a: ice\nb: two\n"), [pair("on", "ic")]);
        assert_eq!(shown("a: true\nb: 1\n", "a: false\nb: 1\n"), [pair("true", "false")]);
        assert_eq!(shown("a: x-1\nb: 1\n", "a: x-200\nc: 3\nb: 1\n"), [pair("1", "200\nc: 3")]);
        assert_eq!(shown("a\nb\nc\n", "a\nc\n"), [pair("b\n", "")]);
        assert_eq!(shown("a\n", "a\n"), []);
    }

    #[test]
    fn changes_lead_from_one_text_to_the_other() {
        for (old, new) in [
            ("a\nb\n", "a c\n d\nb\n"),
            ("a c\n d\nb\n", "a\nb\n"),
            ("x: 1\ny: 2\nz: 3\n", "x: 1, 1\n- 1\ny: 2\nz: 4 5\n 6\n"),
            ("", "a\n"),
        ] {
            let (mut applied, mut at) = (String::new(), 0);
            for change in changes(old.as_bytes(), new.as_bytes()) {
                applied.push_str(&old[at..change.old.start]);
                assert_eq!(applied.len(), change.new.start, "{old:?} {new:?}");
                applied.push_str(&new[change.new.clone()]);
                at = change.old.end;
            }
            assert_eq!(applied + &old[at..], new);
        }
    }
}
