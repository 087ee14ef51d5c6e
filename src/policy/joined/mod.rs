//! Predicates that join the objects of one render: functions that policies of `scope: release` name.
//!
//! Each sees the whole [`Release`] and adds a [`Hit`] for every fault. A file holds the predicates of one subject; the table
//! [`PREDICATES`] gives them their names.

mod identity;
mod release;

use super::element::Step;
use super::pod::Container;
use crate::limits::Exceeded;

pub(super) use release::Release;

/// Decides a policy for all objects of a render at once.
pub(super) type Predicate = for<'a> fn(&Release<'a>, &mut Hits<'a>) -> Result<(), Exceeded>;

/// Every predicate by the name that policies give.
const PREDICATES: &[(&str, Predicate)] = &[("duplicate-object", identity::duplicate_object)];

/// The predicate with this name.
#[must_use]
pub(super) fn predicate(name: &str) -> Option<Predicate> {
    let mut known = PREDICATES.iter();
    let found = known.find(|(known, _)| *known == name).map(|(_, predicate)| *predicate);
    #[cfg(test)]
    let found = found.or(match name {
        "always" => Some(tests::always as Predicate),
        "never" => Some(tests::never as Predicate),
        _ => None,
    });
    found
}

/// A fault that a predicate found.
#[derive(Clone, Debug)]
pub(super) struct Hit<'a> {
    /// Index of the object that it is told of.
    pub object: usize,
    /// The place in it, whether there is such a field or not.
    pub path: Vec<Step<'a>>,
    /// The container that it is about.
    pub container: Option<Container<'a>>,
    /// What the policy's message may name besides kind, name and container.
    pub words: Vec<(&'static str, String)>,
}

impl<'a> Hit<'a> {
    /// A fault at a field of an object.
    #[must_use]
    pub(super) fn at(object: usize, path: &[&'a str]) -> Self {
        let path = path.iter().map(|name| Step::Name(name)).collect();
        Self { object, path, container: None, words: Vec::new() }
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
pub(super) struct Hits<'a> {
    /// In the order in which they were added.
    pub found: Vec<Hit<'a>>,
    most: u64,
}

impl<'a> Hits<'a> {
    /// None yet; one more than `most` is kept, so that it is seen that there are too many.
    #[must_use]
    pub(super) fn new(most: u64) -> Self {
        Self { found: Vec::new(), most }
    }

    pub(super) fn add(&mut self, hit: Hit<'a>) {
        if self.found.len() as u64 <= self.most {
            self.found.push(hit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "a predicate")]
    pub(super) fn always<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
        (0..release.objects.len()).for_each(|object| hits.add(Hit::at(object, &[])));
        Ok(())
    }

    #[expect(clippy::unnecessary_wraps, reason = "a predicate")]
    pub(super) fn never<'a>(_: &Release<'a>, _: &mut Hits<'a>) -> Result<(), Exceeded> {
        Ok(())
    }

    #[test]
    fn every_predicate_has_a_name_of_its_own_and_a_policy() {
        let mut names: Vec<&str> = PREDICATES.iter().map(|(name, _)| *name).collect();
        let used = |name: &str| {
            let line = format!("\npredicate: {name}\n");
            crate::policy::embedded_files().any(|(_, text)| text.contains(&line))
        };
        let unused: Vec<&&str> = names.iter().filter(|name| !used(name)).collect();
        assert!(unused.is_empty(), "{unused:?}");
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), PREDICATES.len());
    }
}
