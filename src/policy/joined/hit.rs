//! What predicates find.

use crate::policy::pod::Container;
use crate::yaml::path::Step;

/// A fault that a predicate found.
#[derive(Clone, Debug)]
pub(in crate::policy) struct Hit<'a> {
    /// Index of the object that it is told of.
    pub object: usize,
    /// The place in it, whether there is such a field or not.
    pub path: Vec<Step<'a>>,
    /// Other objects with the same cause, and the places in them.
    pub also: Vec<(usize, Vec<Step<'a>>)>,
    /// The container that it is about.
    pub container: Option<Container<'a>>,
    /// Whether the place is the key of the field, not its value.
    pub at_key: bool,
    /// What the policy's message may name besides kind, name and container.
    pub words: Vec<(&'static str, String)>,
}

impl<'a> Hit<'a> {
    /// A fault at a field of an object.
    #[must_use]
    pub(in crate::policy) fn at(object: usize, path: &[&'a str]) -> Self {
        let path = path.iter().map(|name| Step::Name(name)).collect();
        Self { object, path, also: Vec::new(), container: None, at_key: false, words: Vec::new() }
    }

    /// The same in a field of it.
    #[must_use]
    pub(super) fn field(mut self, name: &'a str) -> Self {
        self.path.push(Step::Name(name));
        self
    }

    /// The same at the end of a path of fields.
    #[must_use]
    pub(super) fn fields(mut self, path: &[&'a str]) -> Self {
        self.path.extend(path.iter().map(|name| Step::Name(name)));
        self
    }

    /// The same in an item of it.
    #[must_use]
    pub(super) fn item(mut self, index: usize) -> Self {
        self.path.push(Step::Index(index));
        self
    }

    /// Another object with the same cause.
    #[must_use]
    pub(super) fn also(mut self, object: usize, path: Vec<Step<'a>>) -> Self {
        self.also.push((object, path));
        self
    }

    /// A word for the message.
    #[must_use]
    pub(super) fn say(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.words.push((name, text.into()));
        self
    }
}

/// What a predicate found, no more than the limit for findings.
#[derive(Debug)]
pub(in crate::policy) struct Hits<'a> {
    /// In the order in which they were added.
    pub found: Vec<Hit<'a>>,
    most: u64,
}

impl<'a> Hits<'a> {
    /// None yet; one more than `most` is kept, so that it is seen that there are too many.
    #[must_use]
    pub(in crate::policy) fn new(most: u64) -> Self {
        Self { found: Vec::new(), most }
    }

    pub(super) fn add(&mut self, hit: Hit<'a>) {
        if self.found.len() as u64 <= self.most {
            self.found.push(hit);
        }
    }
}
