//! What a render looks at and what it leaves to Go's formatting: notes for checks that ask what values do.
//!
//! They are kept in [`Origins`] and taken only when somebody asks ([`Origins::record`]). A value counts as read when it is
//! fetched by its key, and with all that lies in it when a function looks inside.

use std::collections::HashSet;

use crate::origin::{Mark, Origins};
use crate::source::Place;
use crate::value::{MapType, Value};

/// What a function does with collections that it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Answers, copies or keeps them without a look at what they hold.
    Passes,
    /// Asks a map for a key.
    Asks,
    /// Looks inside.
    Opens,
    /// Answers something else each time.
    Draws,
}

/// A form that Go gives to values and that is seldom meant in a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Notation {
    /// `map[a:b]`.
    Map,
    /// `[a b]`.
    List,
    /// `{a b}`, `&{a b}`.
    Struct,
    /// `<nil>`.
    Nil,
    /// `%!s(…)`: a verb and an argument that do not fit, or one of them missing.
    Verb,
    /// `1e+06` for a whole number.
    Exponent,
}

impl Notation {
    /// The notation of what Go printed for a value. A list of fewer than two items reads the same in YAML.
    fn of(value: &Value, printed: &[u8]) -> Option<Self> {
        match value {
            _ if printed.windows(2).any(|pair| pair == b"%!") => Some(Self::Verb),
            Value::Map(..) if printed.starts_with(b"map[") => Some(Self::Map),
            Value::List(_, list) => {
                let nested = |item: &Value| matches!(item, Value::Map(..) | Value::List(..));
                (list.items().len() > 1 || list.items().iter().any(nested)).then_some(Self::List)
            }
            Value::Struct(..) if printed.starts_with(b"{") || printed.starts_with(b"&{") => Some(Self::Struct),
            Value::Nil(_) if printed == b"<nil>" => Some(Self::Nil),
            Value::Float(_, float) if float.fract() == 0.0 && printed.contains(&b'e') => Some(Self::Exponent),
            _ => None,
        }
    }
}

/// The notes of one render.
#[derive(Clone, Debug)]
pub struct Reads {
    role: fn(&str) -> Role,
    /// One bit for each leaf.
    leaves: Vec<u64>,
    /// The same for leaves that were read with all that lies in them.
    whole: Vec<u64>,
    printed: HashSet<(Place, Notation)>,
    drawn: HashSet<(Place, &'static str)>,
}

impl Reads {
    /// No notes yet; `role` says what a function of a name does.
    #[must_use]
    pub fn new(role: fn(&str) -> Role) -> Self {
        let (printed, drawn) = Default::default();
        Self { role, leaves: Vec::new(), whole: Vec::new(), printed, drawn }
    }

    /// Where Go's notation was printed, in no order.
    pub fn printed(&self) -> impl Iterator<Item = (Place, Notation)> + '_ {
        self.printed.iter().copied()
    }

    /// Where a function was called that answers something else each time, in no order.
    pub fn drawn(&self) -> impl Iterator<Item = (Place, &'static str)> + '_ {
        self.drawn.iter().copied()
    }

    /// Numbers of the leaves that were read, in order.
    pub(crate) fn leaves(&self) -> impl Iterator<Item = usize> + '_ {
        self.leaves
            .iter()
            .enumerate()
            .flat_map(|(word, bits)| (0..64).filter(move |bit| bits & (1 << bit) != 0).map(move |bit| word * 64 + bit))
    }
}

/// Sets a bit; whether it was set before.
fn set(bits: &mut Vec<u64>, index: usize) -> bool {
    let (word, bit) = (index / 64, 1 << (index % 64));
    if bits.len() <= word {
        bits.resize(word + 1, 0);
    }
    let Some(word) = bits.get_mut(word) else { return false };
    let before = *word & bit != 0;
    *word |= bit;
    before
}

/// Values visited when a function looks inside its arguments.
const MAX_VISITS: usize = 100_000;

impl Origins {
    /// Notes that the value of a leaf was fetched.
    pub(crate) fn read(&mut self, mark: Mark) {
        if let (Some(reads), Some(leaf)) = (self.reads_mut(), mark.leaf_number()) {
            set(&mut reads.leaves, leaf);
        }
    }

    /// Notes that somebody looked inside a value.
    pub(crate) fn read_all(&mut self, value: &Value) {
        let Some(reads) = self.reads_mut() else { return };
        let mut waiting = vec![value.clone()];
        let mut visits = MAX_VISITS;
        while let Some(value) = waiting.pop() {
            let Some(left) = visits.checked_sub(1) else { return };
            visits = left;
            let leaf = value.mark().leaf_number();
            if let Some(leaf) = leaf {
                set(&mut reads.leaves, leaf);
            }
            let known = |reads: &mut Reads| leaf.is_some_and(|leaf| set(&mut reads.whole, leaf));
            match &value {
                Value::Map(_, map) if map.of != MapType::Files && !known(reads) => {
                    waiting.extend(map.entries().into_iter().map(|(_, value)| value));
                }
                Value::List(_, list) if !known(reads) => waiting.extend(list.items().iter().cloned()),
                _ => {}
            }
        }
    }

    /// Notes what a function is about to look at.
    pub(crate) fn calls(&mut self, function: &str, args: &[Value]) {
        let Some(reads) = self.reads_mut() else { return };
        match (reads.role)(function) {
            Role::Opens => args.iter().for_each(|arg| self.read_all(arg)),
            Role::Asks => {
                if let [Value::Map(_, map), Value::Str(_, key), ..] = args
                    && let Some(value) = map.get(&key.to_str())
                {
                    self.read(value.mark());
                }
            }
            Role::Passes | Role::Draws => {}
        }
    }

    /// Notes what a function has answered.
    pub(crate) fn answers(&mut self, function: &'static str, place: Place, value: &Value) {
        let Some(reads) = self.reads_mut() else { return };
        if (reads.role)(function) == Role::Draws {
            reads.drawn.insert((place, function));
        }
        self.read(value.mark());
    }

    /// Notes how Go printed a value.
    pub(crate) fn prints(&mut self, place: Place, value: &Value, printed: &[u8]) {
        if let Some(reads) = self.reads_mut()
            && let Some(notation) = Notation::of(value, printed)
        {
            reads.printed.insert((place, notation));
        }
    }
}
