//! The sets of values that a chart is tried with: its defaults, and each `ci/*-values.yaml`.

use crate::chart::{Chart, is_case};
use crate::source::SourceId;

/// One set of values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// `default`, or the path of its values file inside the chart.
    pub name: String,
    /// The values files laid over the defaults.
    pub files: Vec<SourceId>,
}

/// The cases of a chart: the defaults first, then the values files of `ci/` by name (chart-testing's convention).
#[must_use]
pub fn cases(chart: &Chart) -> Vec<Case> {
    let files = chart.files.iter().chain(&chart.unpackaged).filter(|file| is_case(&file.name));
    let mut found: Vec<Case> =
        files.map(|file| Case { name: file.name.to_string(), files: vec![file.source] }).collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found.insert(0, Case { name: "default".to_owned(), files: Vec::new() });
    found
}
