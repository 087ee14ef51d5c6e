//! A string whose bytes know their origin.
//!
//! Go strings are bytes, so this is not a `String`. Origins are runs: the end of each run, the mark of
//! where its bytes were born, and the offset in there. A text without runs is wholly described by
//! the mark of the value that holds it, which keeps strings out of values as cheap as plain ones.

use std::ops::{Deref, Range};
use std::rc::Rc;

use crate::origin::{Frame, Mark, NO_OFFSET, Origin, Origins};
use crate::source::clamp;

/// Bytes up to `end` (from the previous run's end) with one origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Offset behind the last byte.
    pub end: u32,
    /// Where the bytes were born.
    pub mark: Mark,
    /// Offset of the first byte inside the literal or the leaf's decoded text; `NO_OFFSET` when not verbatim.
    pub at: u32,
}

/// A byte string with origins. Invariants: run ends rise strictly, the last one is the length; or there are no runs.
#[derive(Clone, Debug, Default)]
pub struct Text {
    bytes: Bytes,
    runs: Vec<Run>,
}

/// Files of a chart are large and seldom looked at: their texts share the bytes that were read.
#[derive(Clone, Debug)]
enum Bytes {
    Own(Vec<u8>),
    Shared(Rc<[u8]>),
}

impl Default for Bytes {
    fn default() -> Self {
        Self::Own(Vec::new())
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Own(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }
}

impl Bytes {
    fn own(&mut self) -> &mut Vec<u8> {
        if let Self::Shared(bytes) = self {
            *self = Self::Own(bytes.to_vec());
        }
        match self {
            Self::Own(bytes) => bytes,
            Self::Shared(_) => unreachable!("it was replaced above"),
        }
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        *self.bytes == *other.bytes
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::from(Vec::from(text))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::from(Vec::from(text))
    }
}

impl From<Vec<u8>> for Text {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes: Bytes::Own(bytes), runs: Vec::new() }
    }
}

impl From<&[u8]> for Text {
    fn from(bytes: &[u8]) -> Self {
        Self::from(bytes.to_vec())
    }
}

impl From<Rc<[u8]>> for Text {
    fn from(bytes: Rc<[u8]>) -> Self {
        Self { bytes: Bytes::Shared(bytes), runs: Vec::new() }
    }
}

impl Text {
    /// An empty text.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its bytes as characters, invalid ones replaced by U+FFFD.
    #[must_use]
    pub fn to_str(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }

    /// Length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether it has no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Its runs; none when the mark of its value stands for all bytes.
    #[must_use]
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// The run that holds a byte, and the offset of the run's first byte.
    #[must_use]
    pub fn run_at(&self, offset: usize) -> Option<(Run, u32)> {
        let index = self.runs.partition_point(|run| run.end as usize <= offset);
        let run = *self.runs.get(index)?;
        Some((run, self.run_start(index)))
    }

    /// The runs that touch a range, each with its range (cut to the one asked for).
    pub fn runs_in(&self, range: Range<usize>) -> impl Iterator<Item = (Run, Range<usize>)> + '_ {
        let first = self.runs.partition_point(|run| run.end as usize <= range.start);
        let mut start = self.run_start(first) as usize;
        self.runs.get(first..).unwrap_or_default().iter().map_while(move |run| {
            if start >= range.end {
                return None;
            }
            let part = start.max(range.start)..(run.end as usize).min(range.end);
            start = run.end as usize;
            Some((*run, part))
        })
    }

    fn run_start(&self, index: usize) -> u32 {
        index.checked_sub(1).and_then(|before| self.runs.get(before)).map_or(0, |run| run.end)
    }

    /// A part of this text. `mark` is the mark of the value that holds this text.
    /// Every byte keeps its origin; a range that is out of bounds is cut to the text.
    #[must_use]
    pub fn slice(&self, range: Range<usize>, mark: Mark) -> Self {
        let mut part = Self::new();
        part.push_slice(self, range, mark);
        if part.runs.len() == 1 && self.runs.is_empty() && part.len() == self.len() {
            part.runs.clear();
        }
        part
    }

    /// Appends a part of another text as it is: nothing is stamped, marks of leaves stay marks of leaves.
    pub fn push_slice(&mut self, other: &Self, range: Range<usize>, mark: Mark) {
        let end = range.end.min(other.len());
        let start = range.start.min(end);
        let base = self.bytes.len();
        if start == end {
            return;
        }
        self.settle();
        self.bytes.own().extend_from_slice(&other.bytes[start..end]);
        if other.runs.is_empty() {
            self.push_run(clamp(base + end - start), mark, if mark.is_none() { NO_OFFSET } else { clamp(start) });
            return;
        }
        for (run, part) in other.runs_in(start..end) {
            let run_start = if run.at == NO_OFFSET { 0 } else { part.start - other.start_of(run) };
            let at = if run.at == NO_OFFSET { NO_OFFSET } else { run.at + clamp(run_start) };
            self.push_run(clamp(base + part.end - start), run.mark, at);
        }
    }

    fn start_of(&self, run: Run) -> usize {
        let index = self.runs.partition_point(|other| other.end < run.end);
        self.run_start(index) as usize
    }

    /// Appends a part of another text in a template action: what has no origin in a template gets one at `frame`.
    /// `mark` is the mark of the value that holds `other`.
    pub fn append(&mut self, other: &Self, range: Range<usize>, mark: Mark, frame: Frame, origins: &mut Origins) {
        let end = range.end.min(other.len());
        let start = range.start.min(end);
        if start == end {
            return;
        }
        if !origins.enabled() {
            self.bytes.own().extend_from_slice(&other.bytes[start..end]);
            return;
        }
        let base = self.bytes.len();
        self.settle();
        self.bytes.own().extend_from_slice(&other.bytes[start..end]);
        if other.runs.is_empty() {
            let origin = origins.born(frame, mark);
            let at = offset_in(origins, origin, clamp(start));
            self.push_run(clamp(base + end - start), origin, at);
            return;
        }
        let mut run_start = other.start_of_first(start);
        for (run, part) in other.runs_in(start..end) {
            let origin = origins.born(frame, run.mark);
            let at = if run.at == NO_OFFSET { NO_OFFSET } else { run.at + clamp(part.start.saturating_sub(run_start)) };
            self.push_run(clamp(base + part.end - start), origin, at);
            run_start = run.end as usize;
        }
    }

    /// Whether any byte of a range leads to a leaf; `mark` is the mark of the value that holds this text.
    #[must_use]
    pub fn shows_leaf(&self, range: Range<usize>, mark: Mark, origins: &Origins) -> bool {
        match self.runs.as_slice() {
            [] => origins.shows_leaf(mark),
            _ => self.runs_in(range).any(|(run, _)| origins.shows_leaf(run.mark)),
        }
    }

    fn start_of_first(&self, offset: usize) -> usize {
        self.run_start(self.runs.partition_point(|run| run.end as usize <= offset)) as usize
    }

    /// Appends bytes that a function or an action wrote by itself, made of what `mark` names.
    pub fn append_written(&mut self, bytes: &[u8], mark: Mark, frame: Frame, origins: &mut Origins) {
        if bytes.is_empty() {
            return;
        }
        if !origins.enabled() {
            self.bytes.own().extend_from_slice(bytes);
            return;
        }
        let origin = if mark.is_origin() { mark } else { origins.origin(Origin { frame, leaf: mark, at: NO_OFFSET }) };
        self.push_marked(bytes, origin, NO_OFFSET);
    }

    /// Appends bytes with a known mark; `at` is their offset in what the mark names.
    pub fn push_marked(&mut self, bytes: &[u8], mark: Mark, at: u32) {
        if bytes.is_empty() {
            return;
        }
        self.settle();
        self.bytes.own().extend_from_slice(bytes);
        self.push_run(clamp(self.bytes.len()), mark, at);
    }

    /// A text that got bytes without runs before keeps its invariant: those bytes become a run without origin.
    fn settle(&mut self) {
        if self.runs.is_empty() && !self.bytes.is_empty() {
            self.runs.push(Run { end: clamp(self.bytes.len()), mark: Mark::NONE, at: NO_OFFSET });
        }
    }

    fn push_run(&mut self, end: u32, mark: Mark, at: u32) {
        let start = self.runs.last().map_or(0, |run| run.end);
        let before = self.runs.len().checked_sub(2).and_then(|index| self.runs.get(index)).map_or(0, |run| run.end);
        if let Some(last) = self.runs.last_mut()
            && last.mark == mark
            && (if last.at == NO_OFFSET { at == NO_OFFSET } else { at == last.at + (start - before) })
        {
            last.end = end;
            return;
        }
        self.runs.push(Run { end, mark, at });
    }

    /// Cuts the text at `at` and returns what lay behind.
    #[must_use]
    pub fn split_off(&mut self, at: usize) -> Self {
        let tail = self.slice(at..self.len(), Mark::NONE);
        self.truncate(at);
        tail
    }

    /// Keeps the first `len` bytes.
    pub fn truncate(&mut self, len: usize) {
        if len >= self.bytes.len() {
            return;
        }
        self.bytes.own().truncate(len);
        let keep = self.runs.partition_point(|run| (run.end as usize) < len);
        self.runs.truncate(keep + 1);
        if let Some(last) = self.runs.last_mut() {
            last.end = clamp(len);
        }
        if len == 0 {
            self.runs.clear();
        }
    }

    /// The same text without every occurrence of `needle`, runs kept (Helm's removal of `<no value>`).
    #[must_use]
    pub fn without(&self, needle: &[u8], mark: Mark) -> Option<Self> {
        let mut rest = 0;
        let mut out: Option<Self> = None;
        while let Some(found) = find(&self.bytes[rest..], needle) {
            let out = out.get_or_insert_with(Self::new);
            out.push_slice(self, rest..rest + found, mark);
            rest += found + needle.len();
        }
        let mut out = out?;
        out.push_slice(self, rest..self.len(), mark);
        Some(out)
    }
}

/// First position of `needle` in `bytes`.
#[must_use]
pub fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let (first, rest) = needle.split_first()?;
    memchr::memchr_iter(*first, bytes).find(|at| bytes[at + 1..].starts_with(rest))
}

fn offset_in(origins: &Origins, mark: Mark, start: u32) -> u32 {
    match origins.get_origin(mark) {
        Some(origin) if origin.at != NO_OFFSET => origin.at.saturating_add(start),
        _ => NO_OFFSET,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::{Chain, Key, Leaf};
    use crate::source::{Place, SourceId, Span};

    fn frame(offset: u32) -> Frame {
        Frame { place: Place { source: SourceId(0), offset }, chain: Chain::TOP }
    }

    fn origins() -> (Origins, Mark) {
        let mut origins = Origins::new(true);
        let span = Span::new(SourceId(1), 0, 6);
        let leaf = origins.leaf(Leaf { span, parent: Mark::NONE, key: Key::Root });
        (origins, leaf)
    }

    #[test]
    fn a_leaf_printed_by_an_action_names_both() {
        let (mut origins, leaf) = origins();
        let mut out = Text::new();
        out.append(&Text::from("abcdef"), 2..5, leaf, frame(7), &mut origins);
        assert_eq!(out.as_bytes(), b"cde");
        let (run, _) = out.run_at(0).unwrap();
        assert_eq!(run.at, 2);
        let origin = origins.get_origin(run.mark).unwrap();
        assert_eq!((origin.frame.place.offset, origin.leaf), (7, leaf));
    }

    #[test]
    fn slices_keep_offsets_and_concatenate_back() {
        let (mut origins, leaf) = origins();
        let mut out = Text::new();
        out.append(&Text::from("abcdef"), 0..6, leaf, frame(1), &mut origins);
        out.append_written(b"--", Mark::NONE, frame(1), &mut origins);
        out.append(&Text::from("abcdef"), 3..6, leaf, frame(2), &mut origins);
        for cut in 0..=out.len() {
            let (head, tail) = (out.slice(0..cut, Mark::NONE), out.slice(cut..out.len(), Mark::NONE));
            let mut joined = Text::new();
            joined.push_slice(&head, 0..head.len(), Mark::NONE);
            joined.push_slice(&tail, 0..tail.len(), Mark::NONE);
            assert_eq!(joined.as_bytes(), out.as_bytes());
            assert_eq!(joined.runs(), out.runs(), "cut at {cut}");
            let mut split = out.clone();
            assert_eq!(split.split_off(cut).runs(), tail.runs());
            assert_eq!(split.runs(), head.runs());
        }
    }

    #[test]
    fn removal_shifts_runs() {
        let (mut origins, leaf) = origins();
        let mut out = Text::new();
        out.append(&Text::from("a"), 0..1, leaf, frame(1), &mut origins);
        out.append_written(b"<no value>", Mark::NONE, frame(2), &mut origins);
        out.append(&Text::from("b"), 0..1, leaf, frame(3), &mut origins);
        let cut = out.without(b"<no value>", Mark::NONE).unwrap();
        assert_eq!(cut.as_bytes(), b"ab");
        assert_eq!(cut.runs().len(), 2);
        assert_eq!(cut.runs()[1].mark, out.runs()[2].mark);
        assert!(cut.without(b"<no value>", Mark::NONE).is_none());
    }
}
