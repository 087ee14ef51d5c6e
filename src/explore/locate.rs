//! Places as findings show them.

use serde::Serialize;

use crate::finding::{Location, ValuesLocation};
use crate::origin::{Mark, Origins};
use crate::render::blame::Blame;
use crate::source::{Place, Position, Sources};

/// Where something was written, in the words of a finding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Located {
    /// The template line that wrote it.
    pub template: Option<Location>,
    /// The invocations that led there, innermost first.
    pub include: Vec<Location>,
    /// The values leaf that it came out of.
    pub values: Option<ValuesLocation>,
}

/// A blame with the names of files and the numbers of lines.
#[must_use]
pub fn located(blame: &Blame, sources: &Sources, origins: &Origins) -> Located {
    Located {
        template: blame.template.map(|place| location(place, sources)),
        include: blame.include.iter().map(|place| location(*place, sources)).collect(),
        values: blame.leaf.and_then(|(leaf, _)| values(leaf, sources, origins)),
    }
}

/// A place with the name of its file.
#[must_use]
pub fn location(place: Place, sources: &Sources) -> Location {
    let Position { line, column } = sources.position(place);
    Location { file: sources.path(place.source).to_owned(), line, column }
}

/// A leaf of a values file (or of Chart.yaml, or of an argument); what has no key is no value that a user can set.
#[must_use]
pub fn values(leaf: Mark, sources: &Sources, origins: &Origins) -> Option<ValuesLocation> {
    let span = origins.get_leaf(leaf)?.span;
    let key = origins.key_path(leaf);
    let Location { file, line, column } = location(span.place(), sources);
    (!key.is_empty()).then_some(ValuesLocation { file, line, column, key })
}
