//! GitLab's code quality report: a list of issues that the merge request shows. What is waived is left out.

use serde::Serialize;

use super::{Report, escape, fingerprints};
use crate::finding::{Finding, Level, Severity};

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: String,
    severity: &'static str,
    location: Place<'a>,
}

#[derive(Serialize)]
struct Place<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
}

/// The report as indented JSON with a line break at its end.
#[must_use]
pub(super) fn render(report: &Report) -> String {
    let prints = fingerprints(&report.findings, &report.charts);
    let findings = report.findings.iter().zip(prints).filter(|(finding, _)| !finding.is_suppressed());
    let issues: Vec<Issue<'_>> = findings.map(|(finding, print)| issue(finding, print)).collect();
    // Strings, numbers and lists only: there is nothing in it that JSON cannot say.
    let mut text = serde_json::to_string_pretty(&issues).unwrap_or_default();
    text.push('\n');
    escape::json(&text).into_owned()
}

fn issue(finding: &Finding, fingerprint: String) -> Issue<'_> {
    let template = finding.template.as_ref().map(|at| (&at.file, at.line));
    let values = || finding.values.as_ref().map(|at| (&at.file, at.line));
    let (path, line) = template.or_else(values).unwrap_or((&finding.chart, 1));
    let help = finding.help.as_ref().map(|help| format!(": {}", help.replace('\n', " "))).unwrap_or_default();
    Issue {
        description: format!("{}{help}", finding.message.replace('\n', " ")),
        check_name: &finding.rule.id,
        fingerprint,
        severity: severity(finding.level, finding.rule.severity),
        location: Place { path, lines: Lines { begin: line.max(1) } },
    }
}

/// The level of this run decides, and the severity among errors.
fn severity(level: Level, severity: Severity) -> &'static str {
    match (level, severity) {
        (Level::Error, Severity::Critical) => "blocker",
        (Level::Error, _) => "critical",
        (Level::Warning, Severity::High | Severity::Critical) => "major",
        (Level::Warning, _) => "minor",
        (Level::Note, _) => "info",
    }
}
