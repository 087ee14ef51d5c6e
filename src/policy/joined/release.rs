//! All objects of one render, and what predicates look up in them.

use std::cell::Cell;

use crate::limits::Exceeded;
use crate::policy::check::Setting;
use crate::policy::object::Object;

/// The objects of one render.
#[derive(Debug)]
pub(in crate::policy) struct Release<'a> {
    /// In the order of the render.
    pub objects: &'a [Object<'a>],
    /// What they are judged for.
    pub setting: Setting<'a>,
    spent: Cell<u64>,
    limit: Cell<u64>,
}

impl<'a> Release<'a> {
    /// The objects that go into a cluster together.
    #[must_use]
    pub(in crate::policy) fn new(objects: &'a [Object<'a>], setting: Setting<'a>) -> Self {
        Self { objects, setting, spent: Cell::new(0), limit: Cell::new(0) }
    }

    /// Begins another policy, which may take so many steps.
    pub(in crate::policy) fn begin(&self, steps: u64) {
        self.spent.set(0);
        self.limit.set(steps);
    }

    /// Takes steps from what the policy may still do.
    ///
    /// # Errors
    /// It has no steps left.
    pub(super) fn spend(&self, steps: usize) -> Result<(), Exceeded> {
        let spent = self.spent.get().saturating_add(steps as u64);
        self.spent.set(spent);
        Exceeded::check("policy-steps", spent, self.limit.get())
    }

    /// Where an object goes.
    #[must_use]
    pub(super) fn namespace(&self, object: &Object<'a>) -> &'a str {
        self.setting.namespace(object)
    }
}
