//! Workflow commands of GitHub Actions: annotations on the lines of a change.
//!
//! GitHub shows ten errors, ten warnings and ten notices of a step, so the worst come first and the last line counts.

use std::fmt::Write as _;

use super::escape::visible;
use super::text::plural;
use super::{Report, Summary};
use crate::finding::{Finding, Level, Location};

/// One command per line.
#[must_use]
pub(super) fn render(report: &Report) -> String {
    let mut findings: Vec<&Finding> = report.findings.iter().filter(|finding| !finding.is_suppressed()).collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    let mut out = String::new();
    for finding in findings {
        let name = match finding.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "notice",
        };
        let values =
            finding.values.as_ref().map(|at| Location { file: at.file.clone(), line: at.line, column: at.column });
        let place = match finding.template.clone().or(values) {
            Some(at) => format!("file={},line={},col={}", property(&at.file), at.line, at.column),
            None => format!("file={}", property(&finding.chart)),
        };
        let title = property(&format!("{} ({})", finding.rule.id, finding.rule.code));
        let mut message = finding.message.clone();
        if let Some(help) = &finding.help {
            let _ = write!(message, "\n{help}");
        }
        let _ = writeln!(out, "::{name} {place},title={title}::{}", data(&message));
    }
    for what in &report.summary.not_evaluated {
        let _ = writeln!(out, "::warning title=not evaluated::{}", data(what));
    }
    let _ = writeln!(out, "::notice title=chartsec::{}", data(&summary(&report.summary)));
    out
}

fn summary(summary: &Summary) -> String {
    let Summary { error, warning, note, suppressed, .. } = summary;
    let counts = [(*error, "error"), (*warning, "warning"), (*note, "note")].map(|(count, name)| plural(count, name));
    format!("{}, {suppressed} suppressed", counts.join(", "))
}

/// The text of a command: one line, `%` free for the escapes.
fn data(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(|line| visible(line).replace('%', "%25")).collect();
    lines.join("%0A")
}

/// A property of a command, which ends at a comma or a colon.
fn property(text: &str) -> String {
    visible(text).replace('%', "%25").replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_command_early() {
        assert_eq!(data("50%\n::error::x\r"), "50%25%0A::error::x␍");
        assert_eq!(property("a,b::c%\n"), "a%2Cb%3A%3Ac%25␊");
    }
}
