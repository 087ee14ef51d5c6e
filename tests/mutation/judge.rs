//! Judges one change: do the bytes that changed name it, and do those that name it change?

use std::ops::Range;

use chartsec::render::{File, Rendered};

use super::Broken;
use super::align::{self, Change};
use super::encoded;
use super::trace::{self, Trace};
use super::view::{Naming, Piece, Target, View};

/// What a byte is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It changed and names the very byte that was changed.
    Exact,
    /// It changed and names the change as one of the things that it was made of.
    Made,
    /// It is there in one of the renders only, because a decision came out differently.
    Branch,
    /// It was computed out of variables or includes in which a decision came out differently.
    Computed,
    /// It made room for such bytes, or for those of a value that a decision preferred; or it is base64 that only moved.
    Displaced,
    /// It changed and names something else.
    Wrong,
    /// It names the change and is the same.
    Claimed,
}

/// Bytes of each kind, in both renders together.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub exact: usize,
    pub made: usize,
    pub branch: usize,
    pub computed: usize,
    pub displaced: usize,
    pub wrong: usize,
    pub claimed: usize,
    /// Bytes that did not change.
    pub unchanged: usize,
}

/// A run of bytes that fails, for people.
#[derive(Debug)]
pub(crate) struct Failure {
    /// Which render: 0 is the old one.
    pub side: usize,
    /// The file.
    pub file: usize,
    /// Its bytes.
    pub range: Range<usize>,
    /// What is wrong.
    pub verdict: Verdict,
}

/// The two renders and what was changed.
pub(crate) struct Judge<'r> {
    target: &'r Target,
    views: [View<'r>; 2],
    traces: [Trace<'r>; 2],
    pub tally: Tally,
    pub failures: Vec<Failure>,
}

/// One file of one render: each byte that names the change or that is told apart.
struct Side<'a> {
    index: usize,
    file: &'a File,
    pieces: Vec<Piece>,
}

impl<'r> Judge<'r> {
    /// Judges a change; `files` is the number of files among the sources.
    pub(crate) fn new(renders: [&'r Rendered; 2], target: &'r Target, files: usize, broken: Option<Broken>) -> Self {
        let views = renders.map(|rendered| View::new(rendered, target, broken));
        let traces = trace::traces(renders[0], renders[1], files);
        let mut judge = Self { target, views, traces, tally: Tally::default(), failures: Vec::new() };
        judge.run(renders);
        judge
    }

    fn run(&mut self, [old, new]: [&'r Rendered; 2]) {
        for (index, file) in old.files.iter().enumerate() {
            match new.files.iter().position(|other| other.path == file.path) {
                Some(other) => self.pair([self.side(0, index, file), self.side(1, other, &new.files[other])]),
                // Its chart takes no part.
                None => self.tally.branch += file.text.len(),
            }
        }
        let added = new.files.iter().filter(|file| !old.files.iter().any(|other| other.path == file.path));
        self.tally.branch += added.map(|file| file.text.len()).sum::<usize>();
    }

    fn side(&self, view: usize, index: usize, file: &'r File) -> Side<'r> {
        Side { index, file, pieces: self.views[view].pieces(file) }
    }

    fn pair(&mut self, sides: [Side<'r>; 2]) {
        let texts = [sides[0].file.text.as_bytes(), sides[1].file.text.as_bytes()];
        let mut changes = align::changes(texts[0], texts[1]);
        for index in 0..changes.len() {
            let free = |side: fn(&Change) -> &Range<usize>, length: usize| {
                let from = index.checked_sub(1).map_or(0, |before| side(&changes[before]).end);
                from..changes.get(index + 1).map_or(length, |behind| side(behind).start)
            };
            let (old, new) = (free(|change| &change.old, texts[0].len()), free(|change| &change.new, texts[1].len()));
            let change = self.slid(&sides, changes[index].clone(), old, new);
            changes[index] = change;
        }
        for change in &changes {
            self.change(&sides, change);
        }
        for (view, side) in sides.iter().enumerate() {
            let changed: Vec<Range<usize>> =
                changes.iter().map(|change| if view == 0 { &change.old } else { &change.new }).cloned().collect();
            self.tally.unchanged += side.file.text.len() - changed.iter().map(ExactSizeIterator::len).sum::<usize>();
            self.claims(view, side, &changed);
        }
    }

    /// Text that only came or only went may as well have done so a little further up or down, where the bytes are the same:
    /// of these equal ways to see it the one is taken that leaves the fewest bytes unexplained.
    fn slid(&self, sides: &[Side<'_>; 2], change: Change, old: Range<usize>, new: Range<usize>) -> Change {
        let (view, part, free) = match (change.old.is_empty(), change.new.is_empty()) {
            (false, true) => (0, &change.old, old),
            (true, false) => (1, &change.new, new),
            _ => return change,
        };
        let side = &sides[view];
        let text = side.file.text.as_bytes();
        let back = (1..=part.start - free.start).take_while(|by| text[part.start - by] == text[part.end - by]).count();
        let forth = (0..free.end - part.end).take_while(|by| text[part.start + by] == text[part.end + by]).count();
        if back + forth == 0 {
            return change;
        }
        let from = part.start - back;
        let wrong: Vec<bool> = self.verdicts(view, side, from..part.end + forth).iter().map(is_wrong).collect();
        let length = part.len();
        let mut count = wrong[..length].iter().filter(|wrong| **wrong).count();
        let (mut best, mut fewest) = (0, count);
        for start in 1..=back + forth {
            count = count + usize::from(wrong[start + length - 1]) - usize::from(wrong[start - 1]);
            if count < fewest || count == fewest && start == back {
                (best, fewest) = (start, count);
            }
        }
        let by = |range: Range<usize>| range.start + best - back..range.end + best - back;
        Change { old: by(change.old), new: by(change.new) }
    }

    /// What bytes are that changed, each by itself.
    fn verdicts(&self, view: usize, side: &Side<'_>, range: Range<usize>) -> Vec<Verdict> {
        let mut found = vec![Verdict::Wrong; range.len()];
        let first = side.pieces.partition_point(|piece| piece.range.end <= range.start);
        for (index, piece) in side.pieces.iter().enumerate().skip(first) {
            if piece.range.start >= range.end {
                break;
            }
            let mut decided = None;
            for offset in piece.range.start.max(range.start)..piece.range.end.min(range.end) {
                found[offset - range.start] = match self.views[view].naming(piece, offset) {
                    Naming::Exact(at) if self.is_byte(view, at, side.file.text.as_bytes()[offset]) => Verdict::Exact,
                    Naming::Exact(_) => Verdict::Wrong,
                    Naming::Made | Naming::Line => Verdict::Made,
                    Naming::No => *decided.get_or_insert_with(|| self.decided(view, &side.pieces[..=index])),
                };
            }
        }
        found
    }

    /// What the last of these pieces is by the decisions.
    fn decided(&self, view: usize, pieces: &[Piece]) -> Verdict {
        let (trace, view) = (&self.traces[view], &self.views[view]);
        let [before @ .., piece] = pieces else { return Verdict::Wrong };
        let Some(frame) = view.frame(piece, 0) else { return Verdict::Wrong };
        let is_literal = |piece: &&Piece| view.frame(piece, 0).is_some_and(|frame| trace.is_literal(frame));
        let literal = before.iter().rev().find(is_literal).filter(|_| !is_literal(&piece));
        let behind = literal.and_then(|literal| view.frame(literal, literal.range.len() - 1));
        if view.is_executed(frame) {
            Verdict::Made
        } else if trace.decided(frame) || behind.is_some_and(|frame| trace.decided_behind(frame)) {
            Verdict::Branch
        } else if trace.computed(frame) {
            Verdict::Computed
        } else {
            Verdict::Wrong
        }
    }

    /// Whether the scalar has this byte at this offset, but for its case.
    fn is_byte(&self, view: usize, at: usize, byte: u8) -> bool {
        let byte_of = |text: &[u8]| text.get(at).is_some_and(|other| other.eq_ignore_ascii_case(&byte));
        self.text(view).is_none_or(byte_of)
    }

    /// The text of the scalar.
    fn text(&self, view: usize) -> Option<&[u8]> {
        match self.target {
            Target::Word(_) => None,
            Target::Leaf(_, _, change) => Some(if view == 0 { &change.before } else { &change.after }),
        }
    }

    fn change(&mut self, sides: &[Side<'_>; 2], change: &Change) {
        let mut verdicts =
            [self.verdicts(0, &sides[0], change.old.clone()), self.verdicts(1, &sides[1], change.new.clone())];
        for verdicts in &mut verdicts {
            // Output is sequential: what lies between two bytes of a block was written while it was executed, and
            // what only came or only went with bytes of a block did so with it.
            let alone = change.old.is_empty() || change.new.is_empty();
            let mut first = verdicts.iter().position(|verdict| *verdict == Verdict::Branch);
            let mut last = verdicts.iter().rposition(|verdict| *verdict == Verdict::Branch);
            if alone && first.is_some() {
                (first, last) = (Some(0), Some(verdicts.len()));
            }
            if let (Some(first), Some(last)) = (first, last) {
                verdicts[first..last]
                    .iter_mut()
                    .filter(|verdict| is_wrong(verdict))
                    .for_each(|it| *it = Verdict::Branch);
            }
        }
        let explained = [0, 1].map(|side: usize| verdicts[side].iter().any(|verdict| !is_wrong(verdict)));
        for (view, verdicts) in verdicts.iter_mut().enumerate() {
            if explained[1 - view] && (self.traces[view].differs() || view == 0 && self.was_empty()) {
                verdicts.iter_mut().filter(|verdict| is_wrong(verdict)).for_each(|it| *it = Verdict::Displaced);
            }
        }
        if verdicts.iter().flatten().any(is_wrong) {
            let texts = [sides[0].file.text.as_bytes(), sides[1].file.text.as_bytes()];
            let starts = [change.old.start, change.new.start];
            let moved = encoded::moved((texts[0], starts[0]), (texts[1], starts[1]));
            for ((verdicts, moved), start) in verdicts.iter_mut().zip(moved.into_iter().flatten()).zip(starts) {
                for (index, verdict) in verdicts.iter_mut().enumerate().filter(|(_, verdict)| is_wrong(verdict)) {
                    if moved.contains(&(start + index)) {
                        *verdict = Verdict::Displaced;
                    }
                }
            }
        }
        for (view, verdicts) in verdicts.iter().enumerate() {
            let mut at = if view == 0 { change.old.start } else { change.new.start };
            for same in verdicts.chunk_by(|a, b| a == b) {
                self.count(view, sides[view].index, at..at + same.len(), same[0]);
                at += same.len();
            }
        }
    }

    fn count(&mut self, side: usize, file: usize, range: Range<usize>, verdict: Verdict) {
        let tally = &mut self.tally;
        let (count, fails) = match verdict {
            Verdict::Exact => (&mut tally.exact, false),
            Verdict::Made => (&mut tally.made, false),
            Verdict::Branch => (&mut tally.branch, false),
            Verdict::Computed => (&mut tally.computed, false),
            Verdict::Displaced => (&mut tally.displaced, false),
            Verdict::Wrong => (&mut tally.wrong, true),
            Verdict::Claimed => (&mut tally.claimed, true),
        };
        *count += range.len();
        if fails {
            self.failures.push(Failure { side, file, range, verdict });
        }
    }

    /// Counts bytes that name the change and are the same.
    fn claims(&mut self, view: usize, side: &Side<'_>, changed: &[Range<usize>]) {
        let text = side.file.text.as_bytes();
        for piece in &side.pieces {
            if self.views[view].naming(piece, piece.range.start) == Naming::No
                && self.views[view].naming(piece, piece.range.end - 1) == Naming::No
                && !matches!(self.target, Target::Word(_))
            {
                continue;
            }
            // A character of base64 may hold the same bits of a byte that changed.
            let holding = self.text(view).and_then(|leaf| encoded::holding(&text[piece.range.clone()], leaf));
            let mut from = None;
            for offset in piece.range.clone() {
                let claimed = !is_in(changed, offset)
                    && match self.views[view].naming(piece, offset) {
                        Naming::No | Naming::Line => false,
                        Naming::Exact(at) => !self.is_kept(at, text[offset]),
                        Naming::Made => {
                            self.can_change(text[offset])
                                && !holding.as_ref().is_some_and(|them| them.contains(&(offset - piece.range.start)))
                                && !is_mixed(text, &piece.range, changed, offset, self.is_number())
                        }
                    };
                match (claimed, from) {
                    (true, None) => from = Some(offset),
                    (false, Some(start)) => {
                        self.count(view, side.index, start..offset, Verdict::Claimed);
                        from = None;
                    }
                    _ => {}
                }
            }
            if let Some(start) = from {
                self.count(view, side.index, start..piece.range.end, Verdict::Claimed);
            }
        }
    }

    /// Whether changes reach such a byte: they change letters and digits only, and digits only of numbers.
    fn can_change(&self, byte: u8) -> bool {
        byte.is_ascii_digit() || byte.is_ascii_alphabetic() && !self.is_number()
    }

    /// Whether the scalar was an empty string: what is made of none of its bytes cannot name it.
    fn was_empty(&self) -> bool {
        matches!(self.target, Target::Leaf(_, _, change) if change.before.is_empty() && !change.after.is_empty())
    }

    fn is_number(&self) -> bool {
        matches!(self.target, Target::Leaf(_, _, change) if change.is_number)
    }

    /// Whether the change left this byte of the scalar as it is.
    fn is_kept(&self, at: usize, byte: u8) -> bool {
        match self.target {
            Target::Word(_) => false,
            Target::Leaf(_, _, change) => {
                let (before, after) = (change.before.get(at), change.after.get(at));
                before == after && before.is_some_and(|before| before.eq_ignore_ascii_case(&byte))
            }
        }
    }
}

fn is_wrong(verdict: &Verdict) -> bool {
    *verdict == Verdict::Wrong
}

fn is_in(ranges: &[Range<usize>], offset: usize) -> bool {
    let next = ranges.partition_point(|range| range.end <= offset);
    ranges.get(next).is_some_and(|range| range.contains(&offset))
}

/// Whether a byte was made of the change together with its neighbours, at least half of which changed: checksums and encodings
/// may have equal bytes at equal places. A number is written as a whole, its exponent too.
fn is_mixed(text: &[u8], piece: &Range<usize>, changed: &[Range<usize>], offset: usize, number: bool) -> bool {
    let is_word = |at: &usize| text[*at].is_ascii_alphanumeric() || number && b"+-.".contains(&text[*at]);
    let before = (piece.start..offset).rev().take(LONGEST_WORD).take_while(is_word);
    let behind = (offset..piece.end).take(LONGEST_WORD).take_while(is_word);
    let (mut all, mut different) = (0, 0);
    for at in before.chain(behind) {
        all += 1;
        different += usize::from(is_in(changed, at));
    }
    if number { different > 0 } else { different * 2 >= all }
}

/// As long as a hexadecimal SHA-256.
const LONGEST_WORD: usize = 64;
