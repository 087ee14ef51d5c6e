//! Explanations as people read them.

use std::fmt::Write as _;

use super::{Explanation, Row};
use crate::finding::Severity;
use crate::waiver::ANNOTATION;

/// Where prose is broken.
const WIDTH: usize = 100;

/// The page of a rule.
pub(super) fn page(rule: &Explanation, color: bool) -> String {
    let bold = |text: &str| if color { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() };
    let mut out = format!("{}: {}\n\n", bold(&format!("{} ({})", rule.id, rule.code)), rule.title);
    out += &wrapped(&rule.why, 0);
    let mut section = |title: &str, text: &str| {
        if !text.trim().is_empty() {
            let _ = write!(out, "\n{}\n{text}", bold(title));
        }
    };
    let severity = format!("{}: {}", severity(rule.severity), rule.level);
    section("Severity", &wrapped(&severity, 2));
    section("Before", &indented(&rule.before));
    section("After", &indented(&rule.after));
    section("Mend it", &wrapped(rule.help.as_deref().unwrap_or_default(), 2));
    if let Some(fix) = &rule.fix {
        let title = if fix.safe { "Fix" } else { "Fix (check that the workload still runs)" };
        section(title, &indented(&fix.snippet));
    }
    section("Profiles", &wrapped(&profiles(rule), 2));
    let controls: Vec<String> =
        rule.controls.iter().map(|ask| format!("{} {}: {}", ask.standard, ask.id, ask.title)).collect();
    section("Asked for by", &indented(&controls.join("\n")));
    section("Read on", &indented(&rule.references.join("\n")));
    section("Waive it", &waivers(rule));
    out
}

fn profiles(rule: &Explanation) -> String {
    let held = match (rule.built_in, &*rule.profiles) {
        (true, _) => "all: the rule is built in".to_owned(),
        (false, []) => format!("none: turn it on with --select {}", rule.id),
        (false, held) => held.join(", "),
    };
    match &rule.kubernetes {
        Some(range) => format!("{held}; for Kubernetes {range}"),
        None => held,
    }
}

/// The ways to waive a rule, ready to be copied.
fn waivers(rule: &Explanation) -> String {
    let id = &rule.id;
    if !rule.waivable {
        return format!("  It cannot be waived. `--ignore {id}` leaves it out.\n");
    }
    format!(
        "  in values files, manifests and templates, on the line or above it:
    # chartsec: ignore[{id}] why it is accepted
  in templates, without a trace in what they render:
    {{{{- /* chartsec: ignore[{id}] why it is accepted */}}}}
  on an object, for this object only:
    metadata:
      annotations:
        {ANNOTATION}{id}: why it is accepted
  in chartsec.yaml, for charts, files or objects:
    waivers:
      - rule: {id}
        path: charts/NAME
        reason: why it is accepted
        owner: who answers for it
        expires: YYYY-MM-DD
"
    )
}

/// The rules, one a line.
pub(super) fn table(rows: &[Row]) -> String {
    let held = |row: &Row| match (row.built_in, &*row.profiles) {
        (true, _) => "all".to_owned(),
        (false, []) => "-".to_owned(),
        (false, held) => held.join(","),
    };
    let cells: Vec<[String; 5]> = std::iter::once(["CODE", "RULE", "SEVERITY", "PROFILES", "TITLE"].map(str::to_owned))
        .chain(rows.iter().map(|row| {
            [row.code.clone(), row.id.clone(), severity(row.severity).to_owned(), held(row), row.title.clone()]
        }))
        .collect();
    let mut widths = [0; 5];
    for row in &cells {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut out = String::new();
    for row in &cells {
        let padded: Vec<String> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}", width = width)).collect();
        out += padded.join("  ").trim_end();
        out.push('\n');
    }
    out
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}

fn wrapped(text: &str, indent: usize) -> String {
    let (mut out, mut line) = (String::new(), " ".repeat(indent));
    for word in text.split_whitespace() {
        if line.chars().count() + word.chars().count() >= WIDTH && line.trim() != "" {
            out += line.trim_end();
            out.push('\n');
            line = " ".repeat(indent);
        }
        line += word;
        line.push(' ');
    }
    out + line.trim_end() + "\n"
}
