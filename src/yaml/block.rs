//! Where the bytes of a decoded scalar stand in its source: the way back through quotes, escapes, folding and indentation.

use std::ops::Range;

/// A part of a decoded scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// These bytes stand in the source as they are.
    Verbatim { source: usize, decoded: usize, length: usize },
    /// These bytes came out of something at this place: an escape, a folded line break.
    Made { source: usize, decoded: usize, length: usize },
}

/// The pieces of the scalar that starts at `start` and ends with `source`, in order; together they are `decoded`.
pub(super) fn pieces(source: &[u8], start: usize, decoded: &str) -> Vec<Piece> {
    let mut aligner = Aligner { source, at: start, decoded: decoded.as_bytes(), done: 0, pieces: Vec::new() };
    match source.get(start) {
        Some(b'"') => aligner.double_quoted(),
        Some(b'\'') => aligner.single_quoted(),
        // Only block scalars start with indentation.
        Some(b' ' | b'\n' | b'\r') => aligner.block(),
        _ => aligner.plain(),
    }
    aligner.finish()
}

/// The offset in the source of a byte of a decoded scalar. `span` is the scalar in the source, as its node has it.
#[must_use]
pub fn line_in_scalar(source: &[u8], span: Range<usize>, decoded: &str, offset: usize) -> usize {
    let source = source.get(..span.end).unwrap_or(source);
    let mut found = span.start;
    for piece in pieces(source, span.start, decoded) {
        let (from, place) = match piece {
            Piece::Verbatim { source, decoded, length } => {
                (decoded, source + offset.saturating_sub(decoded).min(length.saturating_sub(1)))
            }
            Piece::Made { source, decoded, .. } => (decoded, source),
        };
        if from > offset {
            break;
        }
        found = place;
    }
    found
}

struct Aligner<'t> {
    source: &'t [u8],
    at: usize,
    decoded: &'t [u8],
    done: usize,
    pieces: Vec<Piece>,
}

impl Aligner<'_> {
    fn peek(&self) -> Option<u8> {
        self.source.get(self.at).copied()
    }

    fn left(&self) -> &[u8] {
        self.decoded.get(self.done..).unwrap_or_default()
    }

    /// The next byte of both is the same.
    fn same(&mut self) {
        match self.pieces.last_mut() {
            Some(Piece::Verbatim { source, length, .. }) if *source + *length == self.at => *length += 1,
            _ => self.pieces.push(Piece::Verbatim { source: self.at, decoded: self.done, length: 1 }),
        }
        self.at += 1;
        self.done += 1;
    }

    /// `length` decoded bytes came out of `width` source bytes.
    fn made(&mut self, width: usize, length: usize) {
        let length = length.min(self.left().len());
        if length > 0 {
            self.pieces.push(Piece::Made { source: self.at, decoded: self.done, length });
        }
        self.at += width;
        self.done += length;
    }

    fn finish(mut self) -> Vec<Piece> {
        let left = self.left().len();
        self.made(0, left);
        self.pieces
    }

    /// A line break in a flow scalar with the blanks around it: a space, or one break less than there are.
    fn flow_break(&mut self) -> bool {
        let rest = self.source.get(self.at..).unwrap_or_default();
        let width = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
        let breaks = rest.iter().take(width).filter(|byte| **byte == b'\n').count();
        if breaks == 0 {
            return false;
        }
        self.made(width, breaks.saturating_sub(1).max(1));
        true
    }

    fn flow_byte(&mut self) -> bool {
        if self.flow_break() {
            return true;
        }
        let same = self.peek().is_some() && self.peek() == self.left().first().copied();
        if same {
            self.same();
        }
        same
    }

    fn plain(&mut self) {
        while self.flow_byte() {}
    }

    fn single_quoted(&mut self) {
        self.at += 1;
        loop {
            if self.peek() == Some(b'\'') {
                if self.source.get(self.at + 1) != Some(&b'\'') || self.left().is_empty() {
                    return;
                }
                self.at += 1;
            }
            if !self.flow_byte() {
                return;
            }
        }
    }

    fn double_quoted(&mut self) {
        self.at += 1;
        loop {
            let rest = self.source.get(self.at..).unwrap_or_default();
            match rest {
                [] | [b'"', ..] => return,
                [b'\\', b'\r' | b'\n', ..] => {
                    let blank = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
                    let width = rest.iter().skip(1).take_while(blank).count();
                    let breaks = rest.iter().skip(1).take(width).filter(|byte| **byte == b'\n').count();
                    self.made(width + 1, breaks.saturating_sub(1));
                }
                [b'\\', kind, ..] => {
                    let width = match kind {
                        b'x' => 4,
                        b'u' => 6,
                        b'U' => 10,
                        _ => 2,
                    };
                    let length = match self.left().first() {
                        Some(0..=0x7F) | None => 1,
                        Some(0..=0xDF) => 2,
                        Some(0..=0xEF) => 3,
                        Some(_) => 4,
                    };
                    self.made(width, length);
                }
                _ => {
                    if !self.flow_byte() {
                        return;
                    }
                }
            }
        }
    }

    /// Literal and folded: each line of the source without its indentation comes next in the text.
    fn block(&mut self) {
        let Some(indent) = self.block_indent() else { return };
        while self.at < self.source.len() && !self.left().is_empty() {
            let rest = self.source.get(self.at..).unwrap_or_default();
            let width = rest.iter().take_while(|byte| **byte == b' ').count().min(indent);
            self.at += width;
            let line = rest.get(width..).unwrap_or_default();
            let length = line.iter().take_while(|byte| !matches!(byte, b'\r' | b'\n')).count();
            for _ in 0..length {
                if self.peek() != self.left().first().copied() {
                    return;
                }
                self.same();
            }
            let end = self.source.get(self.at..).unwrap_or_default();
            match (end, self.left().first()) {
                ([b'\n', ..], Some(b'\n')) => self.same(),
                ([b'\r', b'\n', ..], Some(b'\n')) => self.made(2, 1),
                ([b'\r', b'\n', ..], Some(b' ')) => self.made(2, 1),
                ([b'\n', ..], Some(b' ')) if length > 0 => self.made(1, 1),
                ([b'\r', b'\n', ..], _) => self.at += 2,
                ([_, ..], _) => self.at += 1,
                ([], _) => return,
            }
        }
    }

    /// How far the block is indented: the first line that is not empty tells, by where the text starts in it.
    fn block_indent(&self) -> Option<usize> {
        let text = self.decoded.split(|byte| *byte == b'\n').find(|line| !line.is_empty())?;
        let blanks = text.iter().take_while(|byte| **byte == b' ').count();
        let rest = self.source.get(self.at..)?;
        let line = rest.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty())?;
        let indent = line.iter().take_while(|byte| **byte == b' ').count();
        indent.checked_sub(blanks)
    }
}

#[cfg(test)]
mod tests {
    use super::super::node::Node;
    use super::*;
    use crate::limits::Limits;

    /// The source text that each word of the value of `a` is traced to.
    fn traced(text: &str) -> String {
        let node = super::super::read(text.as_bytes(), &Limits::default()).unwrap().unwrap();
        let node: &Node = node.get("a").unwrap();
        let decoded = node.as_str().unwrap();
        let mut out = String::new();
        let mut offset = 0;
        for word in decoded.split_inclusive([' ', '\n']) {
            let place = line_in_scalar(text.as_bytes(), node.start as usize..node.end as usize, decoded, offset);
            let line = text[..place].matches('\n').count() + 1;
            let length = word.trim().len();
            let same = text.get(place..place + length) == Some(word.trim());
            out.push_str(&format!("{line}{} ", if same { "" } else { "?" }));
            offset += word.len();
        }
        out.trim_end().to_owned()
    }

    #[test]
    fn words_are_found_where_they_stand() {
        for (text, expected) in [
            ("a: one two", "1 1"),
            ("a: one\n  two\n\n  three", "1 2 4"),
            ("a: 'it''s one\n\n  two'", "1? 1 3"),
            ("a: \"\\u00e9 one \\\n  two\n  three\"", "1? 1 2 3"),
            ("a: |\n  one\n\n    two\n  three\nb: 1", "2 3 4 4 4 5"),
            ("a: |2-\n    one\n  two\n", "2 2 2 3"),
            ("a: >\n  one\n  two\n\n  three\n   more\n  four\n", "2 3 5 6 6 7"),
            ("a: |\r\n  one\r\n  two\r\n", "2 3"),
        ] {
            assert_eq!(traced(text), expected, "{text}");
        }
    }

    #[test]
    fn pieces_make_up_the_text() {
        for text in ["a: \"x\\\n  y\\n\\\n  z\"", "a: >+\n  x\n\n   y\n\n\n", "a: |\n\n\n  x\n\n", "a: 'x\n\n\n  y'"] {
            let node = super::super::read(text.as_bytes(), &Limits::default()).unwrap().unwrap();
            let node = node.get("a").unwrap();
            let decoded = node.as_str().unwrap();
            let mut length = 0;
            for piece in pieces(&text.as_bytes()[..node.end as usize], node.start as usize, decoded) {
                length += match piece {
                    Piece::Verbatim { source, decoded: at, length: part } => {
                        assert_eq!(&text[source..source + part], &decoded[at..at + part]);
                        part
                    }
                    Piece::Made { length, .. } => length,
                };
            }
            assert_eq!(length, decoded.len(), "{text}");
        }
    }
}
