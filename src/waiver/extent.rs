//! Which lines a comment is about: its own, the block below it, a document or the whole file.

use super::source::{Language, Line, Source};

/// Where the block of each line of a file ends, found in one pass.
#[derive(Debug)]
pub(super) struct Extents<'s> {
    lines: &'s [Line],
    /// The last line of the block that starts at a line.
    ends: Vec<usize>,
    /// The first written line from a line on.
    next: Vec<Option<usize>>,
}

impl<'s> Extents<'s> {
    pub(super) fn new(source: &'s Source<'_>, language: Language) -> Self {
        let lines = &*source.lines;
        let mut ends: Vec<usize> = (0..lines.len()).collect();
        blocks(lines, &mut ends);
        branches(source, &mut ends);
        if language != Language::Values {
            documents(lines, &mut ends);
        }
        let (mut next, mut found) = (vec![None; lines.len()], None);
        for (line, slot) in next.iter_mut().enumerate().rev() {
            if is_written(lines.get(line)) {
                found = Some(line);
            }
            *slot = found;
        }
        Self { lines, ends, next }
    }

    /// The lines, from 0 and both included, that a comment on the lines `first..=last` covers. `None` when nothing follows it.
    pub(super) fn of(&self, first: usize, last: usize) -> Option<(usize, usize)> {
        let own = [first, last].into_iter().find(|line| is_written(self.lines.get(*line)));
        if own.is_none() && self.heads_file(first, last) {
            return Some((0, self.lines.len()));
        }
        let start = own.or_else(|| self.next.get(last).copied().flatten())?;
        Some((start, self.ends.get(start).copied()?))
    }

    /// Whether nothing is written above a comment, and a blank line below the comments that it belongs to.
    fn heads_file(&self, first: usize, last: usize) -> bool {
        let written = self.next.first().copied().flatten().unwrap_or(self.lines.len());
        let below = self.lines.get(last + 1..).unwrap_or_default();
        written > first && below.iter().find(|line| **line != Line::Comment).is_none_or(|line| *line == Line::Blank)
    }
}

fn is_written(line: Option<&Line>) -> bool {
    matches!(line, Some(Line::Content { .. } | Line::Control))
}

/// Blocks by indentation: a line and what stands deeper below it; the items of a list may stand right below its key.
fn blocks(lines: &[Line], ends: &mut [usize]) {
    let mut open: Vec<(usize, usize, bool)> = Vec::new();
    let mut before = 0;
    for (number, line) in lines.iter().enumerate() {
        let (indent, item, list) = match line {
            Line::Blank | Line::Comment | Line::Control => continue,
            Line::Separator => (0, false, false),
            Line::Content { indent, item, key } => (*indent, *item, *key && !item),
        };
        while let Some((start, outer, holds_list)) = open.last().copied() {
            if *line != Line::Separator && (indent > outer || (indent == outer && item && holds_list)) {
                break;
            }
            close(ends, start, before);
            open.pop();
        }
        if *line != Line::Separator {
            open.push((number, indent, list));
            before = number;
        }
    }
    open.into_iter().for_each(|(start, ..)| close(ends, start, before));
}

/// Branches, loops and definitions that start a line reach to their `end`.
fn branches(source: &Source<'_>, ends: &mut [usize]) {
    let mut open: Vec<usize> = Vec::new();
    let mut ended = |start: Option<usize>, end: usize| {
        if let Some(start) = start.filter(|start| source.lines.get(*start) == Some(&Line::Control)) {
            close(ends, start, end);
        }
    };
    for (line, word) in &source.actions {
        match *word {
            "if" | "with" | "range" | "define" | "block" => open.push(*line),
            "end" => ended(open.pop(), *line),
            _ => {}
        }
    }
    open.into_iter().for_each(|start| ended(Some(start), source.lines.len()));
}

/// A comment above the first line of a document is about the document.
fn documents(lines: &[Line], ends: &mut [usize]) {
    let mut first = None;
    for (number, line) in lines.iter().chain([&Line::Separator]).enumerate() {
        match line {
            Line::Separator => {
                if let Some(start) = first.take() {
                    close(ends, start, number.saturating_sub(1));
                }
            }
            Line::Content { indent, .. } if first.is_none() => {
                first = Some(if *indent == 0 { number } else { usize::MAX });
            }
            _ => {}
        }
    }
}

/// Of two ends the later one holds: a line may start a branch in a branch.
fn close(ends: &mut [usize], start: usize, end: usize) {
    if let Some(slot) = ends.get_mut(start) {
        *slot = end.max(*slot);
    }
}
