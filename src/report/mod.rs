//! From findings to what people and programs read.
//!
//! A [`Report`] is made once (grouped, ordered, counted, cut to its limits) and rendered by one pure function per format.
//! Nothing here prints. Texts that come from a chart go through [`escape`].

pub mod checklist;
pub mod escape;
mod files;
mod fingerprint;
mod github;
mod gitlab;
mod group;
mod json;
mod junit;
mod markdown;
mod sarif;
mod scope;
mod text;

use serde::Serialize;

pub use files::Files;
pub use fingerprint::fingerprints;
pub use group::group;
pub use scope::{EVIDENCE_RULES, Fact, Scope, Subject, Subjects};

use crate::finding::{Finding, Level};
use crate::limits::Limits;

/// What a report is about: charts or manifest files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A chart that is installed.
    Application,
    /// A chart that others use: its templates are parsed, it renders nothing.
    Library,
    /// A file of manifests.
    Manifests,
}

/// How the render of a case ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// With objects.
    Rendered,
    /// Without any.
    Empty,
    /// With an error.
    Failed,
}

/// One set of values that a chart was rendered with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Case {
    /// `default`, or the path of its values file inside the chart.
    pub name: String,
    /// The values files, in the order they were laid over each other.
    pub files: Vec<String>,
    /// How it ended.
    pub status: Status,
    /// How many objects it rendered.
    pub objects: u64,
}

/// One chart or manifest file of the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChartReport {
    /// Relative to the working directory, with `/`.
    pub path: String,
    /// The chart's name; the path of a manifest file.
    pub name: String,
    /// The chart's version; empty for manifests.
    pub version: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// What it was rendered with.
    pub cases: Vec<Case>,
    /// What there is in it to speak about.
    #[serde(skip)]
    pub subjects: Subjects,
}

/// The counts of a run. Findings that were cut off by the limit are counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Findings of level error.
    pub error: u64,
    /// Findings of level warning.
    pub warning: u64,
    /// Findings of level note.
    pub note: u64,
    /// Findings that a waiver keeps from counting, whatever their level.
    pub suppressed: u64,
    /// What could not be looked at, one sentence each.
    pub not_evaluated: Vec<String>,
}

impl Summary {
    /// How many findings are at `level` or over it.
    #[must_use]
    pub fn at_least(&self, level: Level) -> u64 {
        let counts = [(Level::Note, self.note), (Level::Warning, self.warning), (Level::Error, self.error)];
        counts.iter().filter(|(of, _)| *of >= level).map(|(_, count)| count).sum()
    }

    fn count(&mut self, finding: &Finding) {
        match finding.level {
            _ if finding.is_suppressed() => self.suppressed += 1,
            Level::Error => self.error += 1,
            Level::Warning => self.warning += 1,
            Level::Note => self.note += 1,
        }
    }
}

/// Everything that a run found.
#[derive(Clone, Debug)]
pub struct Report {
    /// The charts and manifest files, in the order of the command line.
    pub charts: Vec<ChartReport>,
    /// Grouped, in the order they are shown.
    pub findings: Vec<Finding>,
    /// Counts, and what was not evaluated.
    pub summary: Summary,
    /// What was looked for.
    pub scope: Scope,
}

impl Report {
    /// Groups and counts the findings of a run and cuts them to the limits; what is cut is listed as not evaluated.
    #[must_use]
    pub fn new(charts: Vec<ChartReport>, findings: Vec<Finding>, not_evaluated: Vec<String>, limits: &Limits) -> Self {
        let mut findings = group(findings);
        let mut summary = Summary { not_evaluated, ..Summary::default() };
        findings.iter().for_each(|finding| summary.count(finding));
        let most = usize::try_from(limits.findings).unwrap_or(usize::MAX);
        if let Some(over) = findings.len().checked_sub(most).filter(|over| *over > 0) {
            findings.truncate(most);
            summary.not_evaluated.push(format!("{over} findings over the limit `findings` of {most} are not listed"));
        }
        let longest = usize::try_from(limits.message_bytes).unwrap_or(usize::MAX);
        for finding in &mut findings {
            cut(&mut finding.message, longest);
            if let Some(help) = &mut finding.help {
                cut(help, longest);
            }
        }
        Self { charts, findings, summary, scope: Scope::default() }
    }

    /// The same report of a run that looked for these things.
    #[must_use]
    pub fn of(self, scope: Scope) -> Self {
        Self { scope, ..self }
    }
}

/// Cuts a message to `longest` bytes, the ellipsis included.
fn cut(message: &mut String, longest: usize) {
    if message.len() > longest {
        message.truncate(message.floor_char_boundary(longest.saturating_sub('…'.len_utf8())));
        message.push('…');
    }
}

/// A way to write a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people, as rustc prints.
    Text,
    /// One object, `schemas/report.schema.json`.
    Json,
    /// A comment on a change: checklist and findings.
    Markdown,
    /// For code scanning.
    Sarif,
    /// For the annotations of GitHub Actions.
    Github,
    /// For the code quality widget of GitLab.
    Gitlab,
    /// For test reports.
    Junit,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 7] =
        [Self::Text, Self::Json, Self::Markdown, Self::Sarif, Self::Github, Self::Gitlab, Self::Junit];

    /// The name it has on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Markdown => "markdown",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Junit => "junit",
        }
    }
}

/// How much the text report tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Errors only.
    Quiet,
    /// Errors and warnings with their source, notes in two lines each.
    #[default]
    Normal,
    /// Everything in full.
    Verbose,
}

/// How the text report looks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// Whether to use terminal colours.
    pub color: bool,
    /// How much to tell.
    pub detail: Detail,
}

/// Writes a report in a format. `files` are the sources that text shows lines of.
#[must_use]
pub fn render(report: &Report, files: &Files, format: Format, style: Style) -> String {
    match format {
        Format::Text => text::render(report, files, style),
        Format::Json => json::render(report),
        Format::Markdown => markdown::render(report),
        Format::Sarif => sarif::render(report),
        Format::Github => github::render(report),
        Format::Gitlab => gitlab::render(report),
        Format::Junit => junit::render(report),
    }
}

#[cfg(test)]
mod tests;
