//! A chart with one set of values: compose, check against values.schema.json, render. And the sets of values worth trying.

mod cases;
mod locate;

use std::rc::Rc;

pub use cases::{Case, cases};
pub use locate::{Located, located, location, values};

use crate::chart::{Chart, Overrides, PrepareError, Prepared, prepare};
use crate::limits::Limits;
use crate::origin::Origins;
use crate::render::{Profile, Rendered, Renderer, Target};
use crate::schema::values::{Violation, message, validate};
use crate::source::Sources;

/// What stopped a run before anything was rendered.
#[derive(Debug)]
pub enum Stopped {
    /// Values and dependencies do not go together.
    Prepare(PrepareError),
    /// Values do not fit values.schema.json.
    Schema(Vec<Violation>),
}

/// A chart rendered with one set of values, as far as it came.
#[derive(Debug)]
pub struct Run {
    /// What was rendered; nothing but sources and origins when it was stopped.
    pub rendered: Rendered,
    /// Why nothing was rendered.
    pub stopped: Option<Stopped>,
    /// The charts with their values, when they go together.
    pub prepared: Option<Prepared>,
}

impl Run {
    /// What Helm says of the run behind `Error: `; `None` when it succeeds.
    #[must_use]
    pub fn helm_error(&self, profile: Profile) -> Option<String> {
        match &self.stopped {
            Some(Stopped::Prepare(error)) => Some(error.to_string()),
            Some(Stopped::Schema(violations)) => Some(message(violations)),
            None => self.rendered.faults.first().map(|fault| fault.helm(profile)),
        }
    }
}

/// Renders a chart with one set of values. `origins` is an empty table, tracking or not.
pub fn run(
    renderer: &mut Renderer,
    chart: &Rc<Chart>,
    overrides: &Overrides,
    target: &Target,
    mut sources: Sources,
    mut origins: Origins,
    limits: &Limits,
) -> Run {
    let prepared = match prepare(chart, overrides, &mut sources, &mut origins, limits) {
        Ok(prepared) => prepared,
        Err(error) => {
            let rendered = Rendered::nothing(sources, origins);
            return Run { rendered, stopped: Some(Stopped::Prepare(error)), prepared: None };
        }
    };
    if !target.skip_schema_validation {
        let violations = validate(&prepared.root, &sources, limits);
        if !violations.is_empty() {
            let rendered = Rendered { warnings: prepared.warnings.clone(), ..Rendered::nothing(sources, origins) };
            return Run { rendered, stopped: Some(Stopped::Schema(violations)), prepared: Some(prepared) };
        }
    }
    let rendered = renderer.render(&prepared, target, sources, origins);
    Run { rendered, stopped: None, prepared: Some(prepared) }
}
