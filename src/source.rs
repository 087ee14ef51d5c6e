//! Where bytes live: the table of files, spans in them, and lines and columns.
//!
//! Everything that a user is ever pointed at is a [`Span`]: three numbers that stay valid as long as the
//! [`Sources`] they belong to. A file is added once and never changed. What a rendered byte came from
//! is recorded in [`crate::origin`].

use std::cell::OnceCell;
use std::rc::Rc;

/// A file (or a named piece of text, such as one `--set` argument) in a [`Sources`] table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(pub u32);

/// A range of bytes in one source: `start..end`, `end` exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The source that the offsets count in.
    pub source: SourceId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

impl Span {
    /// The span `start..end` of `source`.
    #[must_use]
    pub fn new(source: SourceId, start: usize, end: usize) -> Self {
        Self { source, start: clamp(start), end: clamp(end) }
    }

    /// Its first byte.
    #[must_use]
    pub fn place(self) -> Place {
        Place { source: self.source, offset: self.start }
    }
}

/// One byte position in one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The source that the offset counts in.
    pub source: SourceId,
    /// Offset in bytes, from 0.
    pub offset: u32,
}

/// Line and column as people count them: both from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// One source: the name it is shown under and its bytes.
#[derive(Clone, Debug)]
pub struct Source {
    /// Path as shown to users, with `/`; for text that is no file, a description such as `--set image.tag=x`.
    pub path: Rc<str>,
    /// The whole content.
    pub bytes: Rc<[u8]>,
    lines: OnceCell<Vec<u32>>,
    /// Characters before each stretch of bytes, so that places on a very long line are found as quickly as others.
    characters: OnceCell<Vec<u32>>,
}

/// Bytes of a stretch.
const STRETCH: usize = 1_024;

impl Source {
    fn line_starts(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let ends = self.bytes.iter().enumerate().filter(|(_, b)| **b == b'\n');
            std::iter::once(0).chain(ends.map(|(at, _)| clamp(at + 1))).collect()
        })
    }

    /// Line and column of a byte offset; an offset behind the end counts as the end.
    #[must_use]
    pub fn position(&self, offset: u32) -> Position {
        let starts = self.line_starts();
        let line = starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = starts.get(line).copied().unwrap_or(0) as usize;
        let end = (offset as usize).min(self.bytes.len()).max(start);
        let column = if end - start <= STRETCH {
            count_characters(self.bytes.get(start..end).unwrap_or_default())
        } else {
            self.characters_before(end).saturating_sub(self.characters_before(start))
        };
        Position { line: clamp(line + 1), column: column.saturating_add(1) }
    }

    fn characters_before(&self, offset: usize) -> u32 {
        let stretches = self.characters.get_or_init(|| {
            let mut sum = 0;
            let counts = self.bytes.chunks(STRETCH).map(|stretch| {
                sum += count_characters(stretch);
                sum
            });
            std::iter::once(0).chain(counts).collect()
        });
        let stretch = offset / STRETCH;
        let rest = self.bytes.get(stretch * STRETCH..offset).unwrap_or_default();
        stretches.get(stretch).copied().unwrap_or(0) + count_characters(rest)
    }

    /// Byte offset of the first byte of a line (from 1); `None` behind the last line.
    #[must_use]
    pub fn line_start(&self, line: u32) -> Option<u32> {
        self.line_starts().get((line as usize).checked_sub(1)?).copied()
    }

    /// The bytes of a line (from 1) without its line break.
    #[must_use]
    pub fn line(&self, line: u32) -> Option<&[u8]> {
        let start = self.line_start(line)? as usize;
        let end = self.line_start(line.saturating_add(1)).map_or(self.bytes.len(), |next| next as usize);
        let text = self.bytes.get(start..end)?;
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        Some(text.strip_suffix(b"\r").unwrap_or(text))
    }
}

fn count_characters(bytes: &[u8]) -> u32 {
    clamp(bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count())
}

/// All files of one run, filled while loading and rendering, only read afterwards.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// An empty table.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a source and returns its id.
    pub fn add(&mut self, path: impl Into<Rc<str>>, bytes: impl Into<Rc<[u8]>>) -> SourceId {
        let id = SourceId(clamp(self.files.len()));
        self.files.push(Source {
            path: path.into(),
            bytes: bytes.into(),
            lines: OnceCell::new(),
            characters: OnceCell::new(),
        });
        id
    }

    /// The source with this id. Ids come only from [`Sources::add`] of the same table; a foreign one is answered with `None`.
    #[must_use]
    pub fn get(&self, id: SourceId) -> Option<&Source> {
        self.files.get(id.0 as usize)
    }

    /// The path of a source, `?` for an unknown id.
    #[must_use]
    pub fn path(&self, id: SourceId) -> &str {
        self.get(id).map_or("?", |source| &source.path)
    }

    /// The bytes of a source.
    #[must_use]
    pub fn bytes(&self, id: SourceId) -> &[u8] {
        self.get(id).map_or(&[], |source| &source.bytes)
    }

    /// Line and column of a place.
    #[must_use]
    pub fn position(&self, place: Place) -> Position {
        self.get(place.source).map_or(Position { line: 1, column: 1 }, |source| source.position(place.offset))
    }

    /// The bytes of a span.
    #[must_use]
    pub fn slice(&self, span: Span) -> &[u8] {
        self.bytes(span.source).get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// How many sources there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

/// Offsets are 32 bits wide: every limit on sizes lies far below (see [`crate::limits`]).
pub(crate) fn clamp(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_from_one() {
        let mut sources = Sources::new();
        let id = sources.add("a", "é: 1\nb: 2\n".as_bytes());
        let at = |offset| sources.position(Place { source: id, offset });
        assert_eq!(at(0), Position { line: 1, column: 1 });
        assert_eq!(at(2), Position { line: 1, column: 2 });
        assert_eq!(at(6), Position { line: 2, column: 1 });
        assert_eq!(at(99), Position { line: 3, column: 1 });
        let line = |line| sources.get(id).unwrap().line(line);
        assert_eq!((line(2), line(3), line(4)), (Some(&b"b: 2"[..]), Some(&b""[..]), None));
    }

    #[test]
    fn columns_of_a_long_line_are_the_same() {
        let mut sources = Sources::new();
        let text = "aé漢\n".to_owned() + &"aé漢".repeat(2_000);
        let id = sources.add("a", text.as_bytes());
        let at = |offset| sources.position(Place { source: id, offset });
        for (start, _) in text.char_indices().skip(4) {
            let before = text[7..start].chars().count();
            assert_eq!(at(clamp(start)), Position { line: 2, column: clamp(before + 1) });
        }
    }
}
