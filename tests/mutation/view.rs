//! One render as it is judged: which of its bytes name what was changed.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;

use chartsec::origin::{Chain, Frame, Mark, NO_OFFSET, Origin};
use chartsec::render::{File, Rendered};
use chartsec::source::SourceId;
use chartsec::text::Run;

use super::Broken;
use super::edits::{Change, Word};

/// What was changed.
#[derive(Debug)]
pub(crate) enum Target {
    /// A scalar that begins at this byte of a values file.
    Leaf(SourceId, usize, Change),
    /// A word of a template.
    Word(Word),
}

/// How a byte names what was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
    /// As its byte at this offset: in the decoded scalar, in the word.
    Exact(usize),
    /// As something that it was made of.
    Made,
    /// As another part of the line.
    Line,
    /// Not at all.
    No,
}

/// A run with the bytes it stands for.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    /// Its bytes.
    pub range: Range<usize>,
    /// What it says of them.
    pub run: Run,
}

/// A render and what was changed in it.
pub(crate) struct View<'r> {
    /// The render.
    pub rendered: &'r Rendered,
    target: &'r Target,
    broken: Option<Broken>,
    named: RefCell<HashMap<Mark, Naming>>,
}

/// Bytes by which broken origins are shifted.
const SHIFT: usize = 5;

impl<'r> View<'r> {
    /// A view of a render.
    pub(crate) fn new(rendered: &'r Rendered, target: &'r Target, broken: Option<Broken>) -> Self {
        Self { rendered, target, broken, named: RefCell::default() }
    }

    /// The runs of a file.
    pub(crate) fn pieces(&self, file: &File) -> Vec<Piece> {
        let shift = if self.broken == Some(Broken::Shifted) { SHIFT } else { 0 };
        let mut start = 0;
        let piece = |run: &Run| {
            let range = start + shift..(run.end as usize + shift).min(file.text.len());
            let at = self.verbatim(run, file.text.as_bytes().get(start..run.end as usize).unwrap_or_default());
            start = run.end as usize;
            Piece { range, run: Run { at, ..*run } }
        };
        file.text.runs().iter().map(piece).filter(|piece| !piece.range.is_empty()).collect()
    }

    /// The offset of a run. A number or a boolean that was read out of literal text has that of the origin, if this is what
    /// stands there.
    fn verbatim(&self, run: &Run, bytes: &[u8]) -> u32 {
        let origin = self.rendered.origins.get_origin(run.mark);
        let origin = origin.filter(|origin| run.at == NO_OFFSET && origin.leaf.is_none() && origin.at != NO_OFFSET);
        let stands = origin.filter(|Origin { frame: Frame { place, .. }, at, .. }| {
            let rest = self.rendered.sources.bytes(place.source).get((place.offset + at) as usize..);
            rest.is_some_and(|rest| rest.starts_with(bytes))
        });
        stands.map_or(run.at, |origin| origin.at)
    }

    /// Where a byte of a piece was made: the byte of literal text or of a constant, else the action.
    pub(crate) fn frame(&self, piece: &Piece, into: usize) -> Option<Frame> {
        let Origin { mut frame, leaf, .. } = self.rendered.origins.get_origin(piece.run.mark)?;
        if piece.run.at != NO_OFFSET && leaf.is_none() {
            frame.place.offset += piece.run.at + u32::try_from(into).ok()?;
        }
        Some(frame)
    }

    /// How a byte of a piece names what was changed.
    pub(crate) fn naming(&self, piece: &Piece, offset: usize) -> Naming {
        let Run { mark, at, .. } = piece.run;
        let into = offset - piece.range.start;
        match self.target {
            Target::Leaf(..) => match *self.named.borrow_mut().entry(mark).or_insert_with(|| self.leaf_in(mark)) {
                Naming::Exact(_) if at != NO_OFFSET => Naming::Exact(at as usize + into),
                Naming::Exact(_) => Naming::Made,
                other => other,
            },
            Target::Word(word) => {
                let origin = self.rendered.origins.get_origin(mark);
                match origin.filter(|origin| origin.leaf.is_none() && at != NO_OFFSET) {
                    Some(Origin { frame, .. }) => {
                        let place = frame.place.offset as usize + at as usize + into;
                        let inside = frame.place.source == word.source && word.range.contains(&place);
                        if inside { Naming::Exact(place - word.range.start) } else { Naming::No }
                    }
                    None => *self.named.borrow_mut().entry(mark).or_insert_with(|| self.word_in(mark, word)),
                }
            }
        }
    }

    /// Whether a mark leads to the scalar: as its only leaf, or as one of several.
    fn leaf_in(&self, mark: Mark) -> Naming {
        let origins = &self.rendered.origins;
        let own = origins.get_origin(mark).map_or(mark, |origin| origin.leaf);
        if self.is_leaf(own) {
            return Naming::Exact(0);
        }
        let made = origins.leaves_of(mark).into_iter().any(|leaf| self.is_leaf(leaf));
        if made { Naming::Made } else { Naming::No }
    }

    fn is_leaf(&self, mark: Mark) -> bool {
        let Target::Leaf(source, start, _) = self.target else { return false };
        let leaf = self.rendered.origins.get_leaf(mark);
        leaf.is_some_and(|leaf| (leaf.span.source, leaf.span.start as usize) == (*source, *start))
    }

    /// Whether the text of the template that `tpl` executed there came out of the scalar.
    pub(crate) fn is_executed(&self, frame: Frame) -> bool {
        let origins = &self.rendered.origins;
        links(self.rendered, frame.chain).any(|link| {
            link.inline.is_some_and(|(_, mark)| origins.leaves_of(mark).into_iter().any(|leaf| self.is_leaf(leaf)))
        })
    }

    fn word_in(&self, mark: Mark, word: &Word) -> Naming {
        let origins = self.rendered.origins.origins_of(mark).into_iter();
        let mut line = false;
        let made = origins.filter(|origin| !origin.leaf.is_around()).any(|origin| {
            let exact = if origin.at != NO_OFFSET && origin.leaf.is_none() { origin.at } else { 0 };
            let (place, offset) = (origin.frame.place, (origin.frame.place.offset + exact) as usize);
            line |= place.source == word.source && word.line.contains(&offset);
            place.source == word.source && word.piece.contains(&offset)
        });
        if made {
            Naming::Made
        } else if line {
            Naming::Line
        } else {
            Naming::No
        }
    }
}

/// The invocations that led to a place, innermost first.
pub(crate) fn links(rendered: &Rendered, chain: Chain) -> impl Iterator<Item = chartsec::origin::Link> + '_ {
    let first = rendered.origins.get_link(chain);
    std::iter::successors(first, |link| rendered.origins.get_link(link.parent))
}
