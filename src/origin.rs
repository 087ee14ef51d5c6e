//! Where a value or a rendered byte came from: values-file leaves, places in templates, chains of includes.
//!
//! A [`Mark`] is one number that rides along with every value and every run of text. It names
//! a [`Leaf`] (a node of a values file, of Chart.yaml, of the command line), an [`Origin`] (born at a place in a
//! template, perhaps out of a leaf), a mix of several of them (a checksum over many), or what is written around a leaf.
//! The tables are append-only; equal entries are only shared with the last one, and grouped when they are reported.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::rc::Rc;

use crate::reads::Reads;
use crate::source::{Place, SourceId, Span};

/// No offset: the bytes are not verbatim those at the origin.
pub const NO_OFFSET: u32 = u32::MAX;

/// Names a leaf, an origin, a mix of marks, what is written around a leaf, or nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mark(u32);

const KIND: u32 = 0b11 << 30;
const LEAF: u32 = 0;
const ORIGIN: u32 = 0b01 << 30;
const MIX: u32 = 0b10 << 30;
const AROUND: u32 = 0b11 << 30;

impl Mark {
    /// No known origin.
    pub const NONE: Self = Self(u32::MAX);
    /// Written around something that came out of no leaf.
    pub const AROUND: Self = Self(u32::MAX - 1);

    fn new(kind: u32, index: usize) -> Self {
        // A table of 2^30 entries cannot be reached under the limits; an entry past it loses its origin.
        u32::try_from(index).ok().filter(|index| index & KIND == 0).map_or(Self::NONE, |index| Self(kind | index))
    }

    fn of_kind(self, kind: u32) -> Option<usize> {
        (self != Self::NONE && self.0 & KIND == kind).then_some((self.0 & !KIND) as usize)
    }

    /// Whether it names nothing.
    #[must_use]
    pub fn is_none(self) -> bool {
        self == Self::NONE
    }

    /// Whether it names a leaf.
    #[must_use]
    pub fn is_leaf(self) -> bool {
        self.of_kind(LEAF).is_some()
    }

    /// Whether it names what is written around a leaf (its key, quotes, indentation): that stays when the leaf changes.
    #[must_use]
    pub fn is_around(self) -> bool {
        self.of_kind(AROUND).is_some()
    }

    /// The number of the leaf that it names.
    pub(crate) fn leaf_number(self) -> Option<usize> {
        self.of_kind(LEAF)
    }

    /// Whether it names an origin in a template.
    #[must_use]
    pub fn is_origin(self) -> bool {
        self.of_kind(ORIGIN).is_some()
    }
}

/// One step of the path of a leaf inside its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// The whole document (or the whole command-line argument).
    Root,
    /// A map key.
    Name(Rc<str>),
    /// A list index, from 0.
    Index(u32),
}

/// A node of a file that values come from.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// The node's text in its file (a scalar with its quotes; of a block scalar everything behind the indicator line).
    pub span: Span,
    /// The enclosing node; `Mark::NONE` at the root.
    pub parent: Mark,
    /// Its place in the enclosing node.
    pub key: Key,
}

/// A chain of invocations that led to a place. `Chain::TOP` is a template file rendered by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chain(u32);

impl Chain {
    /// No invocation at all.
    pub const TOP: Self = Self(0);
}

/// One invocation: `include`, `template` or `tpl`.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    /// The chain that the invocation itself stands in.
    pub parent: Chain,
    /// Where the invocation stands.
    pub call: Place,
    /// For `tpl`: the source made of the text, and the mark of that text, through which places in the source are resolved.
    pub inline: Option<(SourceId, Mark)>,
}

/// Where execution stands: a place in a template and the invocations that led there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The node that is being evaluated.
    pub place: Place,
    /// The invocations around it.
    pub chain: Chain,
}

/// Bytes born at a place in a template, out of a leaf if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Where: a literal's first byte, or the action that wrote the bytes.
    pub frame: Frame,
    /// What they were made of: `NONE`, a leaf, or a mix.
    pub leaf: Mark,
    /// Offset inside the literal (or inside the leaf's decoded text), `NO_OFFSET` when the bytes are not verbatim.
    pub at: u32,
}

/// A choice of one render: which way a branch, a loop or a choosing function went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The condition, or the call.
    pub frame: Frame,
    /// Whether it is about a block of the template; else about the arguments of a call.
    pub of_block: bool,
    /// 0 or 1 for no or yes, the rounds of a loop, the argument that was chosen, a hash of the name that was asked for.
    pub way: u64,
}

/// The tables behind all marks of one render.
#[derive(Debug)]
pub struct Origins {
    leaves: Vec<Leaf>,
    origins: Vec<Origin>,
    mixes: Vec<Rc<[Mark]>>,
    mixed: usize,
    links: Vec<Link>,
    decisions: Option<Vec<Decision>>,
    enabled: bool,
    reads: Option<Reads>,
}

/// Marks that all mixes together may hold; behind it a mix keeps only its first mark.
const MIXED_MARKS: usize = 4 << 20;

/// Origins that one render may have, 100 MB of them; what is born behind that has none.
const ORIGINS: usize = 4 << 20;

impl Default for Origins {
    fn default() -> Self {
        Self::new(true)
    }
}

impl Origins {
    /// Empty tables; with `enabled` false every mark that is asked for is `NONE` (for benchmarks).
    #[must_use]
    pub fn new(enabled: bool) -> Self {
        let (leaves, origins, mixes, links) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { leaves, origins, mixes, mixed: 0, links, decisions: None, enabled, reads: None }
    }

    /// The same tables, which also record every decision. Renders of two sets of values can then be told apart by where they part.
    #[must_use]
    pub fn with_decisions(mut self) -> Self {
        self.decisions = Some(Vec::new());
        self
    }

    /// Records a decision, if that is asked for.
    pub fn decide(&mut self, frame: Frame, of_block: bool, way: usize) {
        if let Some(decisions) = &mut self.decisions {
            decisions.push(Decision { frame, of_block, way: way as u64 });
        }
    }

    /// Records which of several things a name chose (a file, an entry of a map, a template), if that is asked for.
    pub fn choose(&mut self, frame: Frame, name: &str) {
        if let Some(decisions) = &mut self.decisions {
            let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(name);
            decisions.push(Decision { frame, of_block: false, way: hash });
        }
    }

    /// The decisions in the order in which they were made; none unless they are recorded.
    #[must_use]
    pub fn decisions(&self) -> &[Decision] {
        self.decisions.as_deref().unwrap_or_default()
    }

    /// Whether origins are recorded.
    #[must_use]
    pub fn enabled(&self) -> bool {
        self.enabled
    }

    /// Takes notes from now on.
    #[must_use]
    pub fn record(self, reads: Reads) -> Self {
        Self { reads: Some(reads), ..self }
    }

    /// The notes, if any were to be taken.
    #[must_use]
    pub fn reads(&self) -> Option<&Reads> {
        self.reads.as_ref()
    }

    pub(crate) fn reads_mut(&mut self) -> Option<&mut Reads> {
        self.reads.as_mut()
    }

    /// The leaves that were read, by the notes; each behind the one that holds it.
    pub fn read_leaves(&self) -> impl Iterator<Item = Mark> + '_ {
        self.reads.iter().flat_map(Reads::leaves).map(|leaf| Mark::new(LEAF, leaf))
    }

    /// Adds a leaf.
    pub fn leaf(&mut self, leaf: Leaf) -> Mark {
        if !self.enabled {
            return Mark::NONE;
        }
        self.leaves.push(leaf);
        Mark::new(LEAF, self.leaves.len() - 1)
    }

    /// The leaf that a mark names, if it names one.
    #[must_use]
    pub fn get_leaf(&self, mark: Mark) -> Option<&Leaf> {
        self.leaves.get(mark.of_kind(LEAF)?)
    }

    /// Every leaf with its mark, in the order in which they were added.
    pub fn leaves(&self) -> impl Iterator<Item = (Mark, &Leaf)> {
        self.leaves.iter().enumerate().map(|(index, leaf)| (Mark::new(LEAF, index), leaf))
    }

    /// Adds an origin, or returns the last one when it is equal.
    pub fn origin(&mut self, origin: Origin) -> Mark {
        if !self.enabled {
            return Mark::NONE;
        }
        if self.origins.last() != Some(&origin) {
            if self.origins.len() >= ORIGINS {
                return Mark::NONE;
            }
            self.origins.push(origin);
        }
        Mark::new(ORIGIN, self.origins.len() - 1)
    }

    /// The origin that a mark names, if it names one.
    #[must_use]
    pub fn get_origin(&self, mark: Mark) -> Option<Origin> {
        self.origins.get(mark.of_kind(ORIGIN)?).copied()
    }

    /// The mark of something made at `frame` out of what `mark` names: an origin stays what it is
    /// (its bytes were born there), a leaf or a mix becomes an origin at this frame.
    pub fn born(&mut self, frame: Frame, mark: Mark) -> Mark {
        if mark.is_origin() {
            return mark;
        }
        let at = if mark.is_leaf() { 0 } else { NO_OFFSET };
        self.origin(Origin { frame, leaf: mark, at })
    }

    /// The mark of what is written around that which `mark` names.
    pub fn around(&mut self, mark: Mark) -> Mark {
        match self.get_origin(mark) {
            _ if !self.enabled => Mark::NONE,
            Some(origin) if origin.leaf.is_around() && origin.at == NO_OFFSET => mark,
            Some(mut origin) => {
                if origin.leaf.is_none() && origin.at != NO_OFFSET {
                    origin.frame.place.offset = origin.frame.place.offset.saturating_add(origin.at);
                }
                let leaf = self.around_leaf(origin.leaf);
                self.origin(Origin { leaf, at: NO_OFFSET, ..origin })
            }
            None => self.around_leaf(mark),
        }
    }

    fn around_leaf(&self, mark: Mark) -> Mark {
        if mark.is_around() {
            return mark;
        }
        let mix = mark.of_kind(MIX).and_then(|index| self.mixes.get(index));
        let leaf = mix.map_or(mark.of_kind(LEAF), |mix| mix.iter().find_map(|mark| mark.of_kind(LEAF)));
        leaf.map_or(Mark::AROUND, |index| Mark(AROUND | crate::source::clamp(index)))
    }

    /// Whether a mark leads to a leaf, or to something that was made out of several.
    #[must_use]
    pub fn shows_leaf(&self, mark: Mark) -> bool {
        let leaf = self.get_origin(mark).map_or(mark, |origin| origin.leaf);
        leaf.is_leaf() || leaf.of_kind(MIX).is_some()
    }

    /// Adds an invocation and returns the chain that holds inside it.
    pub fn link(&mut self, link: Link) -> Chain {
        if !self.enabled {
            return Chain::TOP;
        }
        self.links.push(link);
        Chain(crate::source::clamp(self.links.len()))
    }

    /// The innermost invocation of a chain.
    #[must_use]
    pub fn get_link(&self, chain: Chain) -> Option<Link> {
        self.links.get((chain.0 as usize).checked_sub(1)?).copied()
    }

    /// One mark for something that was made out of several: nothing, the only one, or a mix.
    pub fn mix(&mut self, mut marks: Vec<Mark>) -> Mark {
        marks.retain(|mark| !mark.is_none());
        marks.sort_unstable();
        marks.dedup();
        match marks.as_slice() {
            [] => Mark::NONE,
            [only] => *only,
            [first, ..] if self.mixed + marks.len() > MIXED_MARKS => *first,
            _ => {
                if self.mixes.last().is_none_or(|last| **last != *marks) {
                    self.mixed += marks.len();
                    self.mixes.push(marks.into());
                }
                Mark::new(MIX, self.mixes.len() - 1)
            }
        }
    }

    /// Every leaf that a mark leads to, each once, in no particular order.
    #[must_use]
    pub fn leaves_of(&self, mark: Mark) -> Vec<Mark> {
        let mut found = Vec::new();
        self.walk(mark, &mut |mark| {
            if mark.is_leaf() {
                found.push(mark);
            }
        });
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The first leaf that a mark leads to or that it is written around.
    #[must_use]
    pub fn nearest_leaf(&self, mark: Mark) -> Option<Mark> {
        let mut found = None;
        self.walk(mark, &mut |mark| {
            let index = mark.of_kind(LEAF).or(mark.of_kind(AROUND)).filter(|index| *index < self.leaves.len());
            let leaf = index.map(|index| Mark(LEAF | crate::source::clamp(index)));
            found = found.into_iter().chain(leaf).min();
        });
        found
    }

    /// Every origin (place in a template) that a mark leads to, the nearest first.
    #[must_use]
    pub fn origins_of(&self, mark: Mark) -> Vec<Origin> {
        let mut found = Vec::new();
        self.walk(mark, &mut |mark| found.extend(self.get_origin(mark)));
        found
    }

    fn walk(&self, mark: Mark, visit: &mut impl FnMut(Mark)) {
        let mut stack = vec![mark];
        let mut seen = std::collections::HashSet::new();
        while let Some(mark) = stack.pop() {
            if mark.is_none() || !seen.insert(mark) {
                continue;
            }
            visit(mark);
            if let Some(origin) = self.get_origin(mark) {
                stack.push(origin.leaf);
            } else if let Some(mix) = mark.of_kind(MIX).and_then(|index| self.mixes.get(index)) {
                stack.extend(mix.iter().rev());
            }
        }
    }

    /// The path of a leaf inside its file as users write it: `image.tag`, `env[0].name`; empty at the root.
    #[must_use]
    pub fn key_path(&self, leaf: Mark) -> String {
        let mut keys = Vec::new();
        let mut mark = leaf;
        while let Some(leaf) = self.get_leaf(mark) {
            keys.push(&leaf.key);
            mark = leaf.parent;
        }
        let mut path = String::new();
        for key in keys.into_iter().rev() {
            match key {
                Key::Root => {}
                Key::Name(name) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    if name.contains(['.', '[', ']']) {
                        path.push_str(&format!("{name:?}"));
                    } else {
                        path.push_str(name);
                    }
                }
                Key::Index(index) => path.push_str(&format!("[{index}]")),
            }
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_born_behind_the_last_origin_has_none() {
        let mut origins = Origins::new(true);
        let mut born = |number: usize| {
            let place = Place { source: SourceId(0), offset: crate::source::clamp(number) };
            origins.origin(Origin { frame: Frame { place, chain: Chain::TOP }, leaf: Mark::NONE, at: 0 })
        };
        assert!((0..ORIGINS).all(|number| born(number).is_origin()));
        assert!(born(ORIGINS - 1).is_origin());
        assert!(born(ORIGINS).is_none());
    }
}
