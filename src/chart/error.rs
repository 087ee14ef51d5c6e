//! What can be wrong with a chart before anything is rendered.

use crate::limits::Exceeded;
use crate::source::Place;

/// One reason why a chart cannot be loaded. Loading collects as many as it can.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct LoadError {
    /// The file (or folder) as shown to users.
    pub path: String,
    /// Where in the file, when that is known.
    pub place: Option<Place>,
    /// What is wrong, in Helm's words where Helm has some.
    pub message: String,
    /// What to do, when we know.
    pub hint: Option<String>,
    /// The limit that was exceeded, if that is the reason.
    pub limit: Option<Exceeded>,
}

impl LoadError {
    pub(super) fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), place: None, message: message.into(), hint: None, limit: None }
    }

    pub(super) fn limit(path: impl Into<String>, exceeded: Exceeded) -> Self {
        Self { limit: Some(exceeded), ..Self::new(path, exceeded.to_string()) }
    }

    pub(super) fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn within(mut self, outer: &str) -> Self {
        self.message = format!("{outer}: {}", self.message);
        self
    }
}
