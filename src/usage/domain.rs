//! What an expression may stand for, without executing it: places in the values, contexts of charts, dicts of them.

use std::collections::HashMap;
use std::rc::Rc;

use super::keys::{ANY, KeyId, NodeId};

/// Something that an expression may stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Part {
    /// The dot of a template file of a chart.
    Context(u32),
    /// The contexts of its subcharts, by name.
    Subcharts(u32),
    /// A value of a user, or text made of it.
    Node(NodeId),
    /// What `dict` makes.
    Dict(u32),
    /// A collection of such items.
    Items(Set),
    /// A text; [`HOLE`] stands in it for what is not known.
    Text(KeyId),
    /// `.Files` and what they hold.
    Files,
    /// Anything else.
    Unknown,
}

/// Stands in a text for any other text.
pub(super) const HOLE: char = '\0';

/// A set of parts; equal sets have equal numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Set(u32);

impl Set {
    /// Nothing that could lead to a value: numbers, booleans.
    pub(super) const EMPTY: Self = Self(0);
    /// [`Part::Unknown`] alone.
    pub(super) const UNKNOWN: Self = Self(1);
}

/// Entries of a dict, in the order in which they were given.
type Entries = Rc<[(KeyId, Set)]>;

/// Parts that one set may have.
const MAX_PARTS: usize = 48;

/// All sets and dicts.
#[derive(Debug)]
pub(super) struct Domain {
    sets: Vec<Rc<[Part]>>,
    set_ids: HashMap<Rc<[Part]>, Set>,
    dicts: Vec<Entries>,
    dict_ids: HashMap<((u32, u32), Entries), u32>,
}

impl Domain {
    pub(super) fn new() -> Self {
        let mut domain =
            Self { sets: Vec::new(), set_ids: HashMap::new(), dicts: Vec::new(), dict_ids: HashMap::new() };
        domain.set(Vec::new());
        domain.set(vec![Part::Unknown]);
        domain
    }

    /// The set of some parts. One that has too many loses those behind the limit, and what is lost is told to the caller.
    pub(super) fn set(&mut self, mut parts: Vec<Part>) -> Set {
        parts.sort_unstable();
        parts.dedup();
        if let Some(id) = self.set_ids.get(&*parts) {
            return *id;
        }
        let id = Set(crate::source::clamp(self.sets.len()));
        let parts: Rc<[Part]> = parts.into();
        self.sets.push(Rc::clone(&parts));
        self.set_ids.insert(parts, id);
        id
    }

    pub(super) fn one(&mut self, part: Part) -> Set {
        self.set(vec![part])
    }

    pub(super) fn parts(&self, set: Set) -> Rc<[Part]> {
        self.sets.get(set.0 as usize).map_or_else(Rc::default, Rc::clone)
    }

    /// Everything that any of the sets holds.
    pub(super) fn union(&mut self, sets: &[Set]) -> Set {
        match sets {
            [] => Set::EMPTY,
            [only] => *only,
            _ => {
                let parts = sets.iter().flat_map(|set| self.parts(*set).to_vec()).collect();
                self.set(parts)
            }
        }
    }

    /// Whether a set has grown out of bounds.
    pub(super) fn is_large(&self, set: Set) -> bool {
        self.parts(set).len() > MAX_PARTS
    }

    /// A dict made at a place: two places make two dicts.
    pub(super) fn dict(&mut self, place: (u32, u32), entries: Vec<(KeyId, Set)>) -> Part {
        let entries: Entries = entries.into();
        let next = crate::source::clamp(self.dicts.len());
        let id = *self.dict_ids.entry((place, Rc::clone(&entries))).or_insert(next);
        if id == next {
            self.dicts.push(entries);
        }
        Part::Dict(id)
    }

    pub(super) fn entries(&self, dict: u32) -> Entries {
        self.dicts.get(dict as usize).map_or_else(Rc::default, Rc::clone)
    }

    /// How many dicts there are: a sign of recursion that never ends.
    pub(super) fn size(&self) -> usize {
        self.dicts.len() + self.sets.len()
    }

    /// What a dict holds under a key.
    pub(super) fn entry(&self, dict: u32, key: KeyId) -> Vec<Set> {
        let entries = self.entries(dict);
        entries.iter().filter(|(other, _)| *other == key || *other == ANY).map(|(_, set)| *set).collect()
    }
}
