//! Places as findings show them.

use crate::finding::{Grade, Location, ValuesLocation};
use crate::origin::{Mark, Origins};
use crate::render::blame::Blame;
use crate::source::{Place, Position, Sources};

/// Where something was written, in the words of a finding.
#[derive(Clone, Debug, Default)]
pub(super) struct Located {
    pub(super) template: Option<Location>,
    pub(super) include: Vec<Location>,
    pub(super) values: Option<ValuesLocation>,
}

pub(super) fn located(blame: &Blame, sources: &Sources, origins: &Origins) -> Located {
    Located {
        template: blame.template.map(|place| location(place, sources)),
        include: blame.include.iter().map(|place| location(*place, sources)).collect(),
        values: blame.leaf.and_then(|(leaf, _)| values(leaf, sources, origins)),
    }
}

pub(super) fn location(place: Place, sources: &Sources) -> Location {
    let Position { line, column } = sources.position(place);
    Location { file: sources.path(place.source).to_owned(), line, column }
}

/// A leaf of a values file (or of Chart.yaml, or of an argument); what has no key is no value that a user can set.
pub(super) fn values(leaf: Mark, sources: &Sources, origins: &Origins) -> Option<ValuesLocation> {
    let span = origins.get_leaf(leaf)?.span;
    let key = origins.key_path(leaf);
    let Location { file, line, column } = location(span.place(), sources);
    (!key.is_empty()).then_some(ValuesLocation { file, line, column, key })
}

/// Whether a user of the chart can mend what was found: a values key that wrote it can; what a template wrote by itself cannot
/// be changed by that key. For a field that is missing nothing is known: another value might write it.
pub(super) fn grade(missing: bool, located: &Located) -> Grade {
    match (&located.values, missing) {
        (Some(_), _) => Grade::Hardenable,
        (None, true) => Grade::Unknown,
        (None, false) => Grade::Hardcoded,
    }
}
