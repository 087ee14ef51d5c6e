//! Waivers: findings that someone accepts, with a reason, in the place that they are about.
//!
//! They stand in comments of values files, manifests and templates ([`comments`]), in annotations of objects ([`ANNOTATION`]) and in
//! `chartsec.yaml` ([`Scope::Paths`]). What a waiver covers is decided here, whether it counts in [`crate::lint`].

mod comment;
mod extent;
mod paths;
mod source;

use jiff::civil::Date;

pub use comment::comments;
pub use paths::{Base, Paths};
pub use source::Language;

use crate::finding::{Finding, Location, ObjectRef};

/// An annotation with this in front of a rule waives it for the object; its value is the reason.
pub const ANNOTATION: &str = "ignore.chartsec.dev/";

/// Rules that somebody wants to hear nothing of in some place.
#[derive(Clone, Debug)]
pub struct Waiver {
    /// Ids or codes, as they are written.
    pub rules: Vec<String>,
    /// Why; may be empty.
    pub reason: String,
    /// The first day on which it no longer holds is the one after this.
    pub expires: Option<Date>,
    /// What it covers.
    pub scope: Scope,
    /// Where it stands.
    pub place: Location,
    /// What a report says of it: `charts/shop/values.yaml:12`.
    pub by: String,
    /// Why it cannot be understood.
    pub fault: Option<String>,
}

/// What a waiver covers.
#[derive(Clone, Debug)]
pub enum Scope {
    /// Lines of a file, both ends included.
    Lines {
        /// The file, as findings name it.
        file: String,
        /// The first line, from 1.
        first: u32,
        /// The last line; smaller than the first when there is nothing below the comment.
        last: u32,
    },
    /// One object of a chart, in the cases whose manifest says so.
    Object {
        /// The chart's path.
        chart: String,
        /// The cases; empty for a manifest file.
        cases: Vec<String>,
        /// The object; its path is of no account.
        object: ObjectRef,
    },
    /// Files and objects by their names.
    Paths(Paths),
}

impl Scope {
    /// Whether it covers a finding on one object in one case.
    #[must_use]
    pub fn covers(&self, finding: &Finding) -> bool {
        match self {
            Self::Lines { file, first, last } => {
                let inside = |name: &str, line: u32| name == file && (*first..=*last).contains(&line);
                finding.template.iter().chain(&finding.include).any(|at| inside(&at.file, at.line))
                    || finding.values.as_ref().is_some_and(|at| inside(&at.file, at.line))
            }
            Self::Object { chart, cases, object } => {
                *chart == finding.chart
                    && finding.cases.iter().all(|case| cases.contains(case))
                    && finding.objects.first().is_some_and(|found| same_object(found, object))
            }
            Self::Paths(paths) => paths.cover(finding),
        }
    }
}

fn same_object(a: &ObjectRef, b: &ObjectRef) -> bool {
    (&a.api_version, &a.kind, &a.namespace, &a.name) == (&b.api_version, &b.kind, &b.namespace, &b.name)
}
