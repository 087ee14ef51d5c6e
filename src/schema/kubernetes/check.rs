//! An object held to its type, as an API server with strict field validation holds it: a field that the type does not have, a
//! value of another type, a field that must be there.
//!
//! A null in a field is as good as no value; a field that is not there is not there with a null either. `tests/cluster` holds a
//! real server against it.

use super::advice;
use super::scalar::{self, Misfit};
use super::table::{Field, Holder, Type, table};
use crate::limits::{Exceeded, Limits};
use crate::yaml::node::{Data, Node};
use crate::yaml::path::{Step, written};

/// What is wrong with an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault<'a> {
    /// The place, whether there is something or not.
    pub path: Vec<Step<'a>>,
    /// The type of the object around it: `Container`.
    pub of: &'static str,
    /// The place in that object: `args[0]`.
    pub field: String,
    /// What is wrong there.
    pub problem: Problem,
    /// What to do, if that can be told.
    pub advice: Option<String>,
}

/// What is wrong at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The API group is one of Kubernetes, and has no such kind.
    UnknownKind,
    /// The type has no such field.
    UnknownField,
    /// The value is of another type.
    WrongType(Misfit),
    /// The API server refuses an object without this field.
    MissingField,
}

/// The faults of objects in a minor version, by object, then as they stand in the document; at most one over
/// [`Limits::findings`]. An object whose API group is not one of Kubernetes has none, and no object has one in a version that
/// the table does not hold.
///
/// # Errors
/// Looking at them takes more than [`Limits::policy_steps`].
pub fn check<'a>(
    objects: impl Iterator<Item = (&'a Node, &'a str, &'a str)>,
    minor: u32,
    limits: &Limits,
) -> Result<Vec<(usize, Fault<'a>)>, Exceeded> {
    if !covers(minor) {
        return Ok(Vec::new());
    }
    let mut walk = Walk { minor, limits, number: 0, path: Vec::new(), above: Vec::new(), faults: Vec::new(), steps: 0 };
    for (number, (node, api_version, kind)) in objects.enumerate() {
        walk.number = number;
        match table().kind(api_version, kind).and_then(|kind| kind.in_minor(minor)) {
            Some(of) => walk.object(node, of)?,
            // What is in a list stands for itself.
            None if kind.ends_with("List") => {}
            None => walk.unknown_kind(api_version, kind),
        }
    }
    Ok(walk.faults)
}

/// Whether objects can be checked for a minor version.
#[must_use]
pub fn covers(minor: u32) -> bool {
    table().minors().contains(&minor)
}

struct Walk<'l, 'a> {
    minor: u32,
    limits: &'l Limits,
    /// The index of the object.
    number: usize,
    path: Vec<Step<'a>>,
    /// The objects around the place: the length of the path to each, and its type.
    above: Vec<(usize, Type<'static>)>,
    faults: Vec<(usize, Fault<'a>)>,
    steps: u64,
}

impl<'a> Walk<'_, 'a> {
    fn object(&mut self, node: &'a Node, of: Type<'static>) -> Result<(), Exceeded> {
        self.above.push((self.path.len(), of));
        for entry in node.entries() {
            self.spend(1)?;
            self.path.push(Step::Name(&entry.key));
            match of.field(&entry.key, self.minor) {
                Some(field) => self.field(&entry.value, field)?,
                None => {
                    let (advice, steps) =
                        advice::of_field(&entry.key, &entry.value, &self.above, &self.path, self.minor);
                    self.fault(Problem::UnknownField, advice);
                    self.spend(steps)?;
                }
            }
            self.path.pop();
        }
        // Without a `spec` the API server looks into an empty one.
        let spec = of.field("spec", self.minor);
        let spec = spec.filter(|spec| spec.of().is_some_and(|of| of.required(self.minor).next().is_some()));
        let spec = spec.filter(|spec| of.required(self.minor).all(|field| field.name() != spec.name()));
        for field in of.required(self.minor).chain(spec) {
            if node.get(field.name()).is_none_or(Node::is_null) {
                self.path.push(Step::Name(field.name()));
                self.fault(Problem::MissingField, None);
                self.path.pop();
            }
        }
        self.above.pop();
        Ok(())
    }

    fn field(&mut self, node: &'a Node, field: Field<'static>) -> Result<(), Exceeded> {
        match field.shape().holder {
            _ if node.is_null() => Ok(()),
            Holder::One => self.value(node, field),
            Holder::List => self.list(node, field),
            Holder::Map => self.map(node, |walk, value| walk.value(value, field)),
            Holder::MapOfLists => self.map(node, |walk, value| walk.list(value, field)),
        }
    }

    fn map(
        &mut self,
        node: &'a Node,
        mut each: impl FnMut(&mut Self, &'a Node) -> Result<(), Exceeded>,
    ) -> Result<(), Exceeded> {
        if !matches!(node.data, Data::Map(_)) {
            self.wrong_type(Misfit::new("a mapping", node));
        }
        for entry in node.entries() {
            self.path.push(Step::Name(&entry.key));
            each(self, &entry.value)?;
            self.path.pop();
        }
        Ok(())
    }

    fn list(&mut self, node: &'a Node, field: Field<'static>) -> Result<(), Exceeded> {
        if !matches!(node.data, Data::List(_) | Data::Null) {
            self.wrong_type(Misfit::new("a list", node));
        }
        for (index, item) in node.items().iter().enumerate() {
            self.path.push(Step::Index(index));
            self.value(item, field)?;
            self.path.pop();
        }
        Ok(())
    }

    /// One value of a field.
    fn value(&mut self, node: &'a Node, field: Field<'static>) -> Result<(), Exceeded> {
        self.spend(1)?;
        match (field.of(), &node.data) {
            (_, Data::Null) => {}
            (Some(of), Data::Map(_)) => self.object(node, of)?,
            (Some(_), _) => self.wrong_type(Misfit::new("a mapping", node)),
            (None, _) => {
                if let Some(misfit) = scalar::misfit(field.shape().scalar, node) {
                    self.wrong_type(misfit);
                }
            }
        }
        Ok(())
    }

    fn wrong_type(&mut self, misfit: Misfit) {
        self.fault(Problem::WrongType(misfit), advice::of_misfit(misfit).map(str::to_owned));
    }

    fn unknown_kind(&mut self, api_version: &str, kind: &str) {
        let Some((of, advice)) = advice::of_kind(api_version, kind, self.minor) else { return };
        self.path.push(Step::Name(of));
        self.fault(Problem::UnknownKind, advice);
        self.path.pop();
    }

    fn fault(&mut self, problem: Problem, advice: Option<String>) {
        if self.faults.len() as u64 <= self.limits.findings {
            let (start, of) = self.above.last().map_or((0, ""), |(start, of)| (*start, of.name()));
            let field = written(self.path.get(start..).unwrap_or_default());
            self.faults.push((self.number, Fault { path: self.path.clone(), of, field, problem, advice }));
        }
    }

    fn spend(&mut self, steps: u64) -> Result<(), Exceeded> {
        self.steps = self.steps.saturating_add(steps);
        Exceeded::check("policy-steps", self.steps, self.limits.policy_steps)
    }
}
