//! JUnit XML: a suite per chart, a test per case and per finding. Errors fail; warnings and notes pass with what they say; what is
//! waived is skipped with the reason.

use std::fmt::Write as _;

use super::escape::visible;
use super::{ChartReport, Report, Status};
use crate::finding::{Finding, Level};

/// The document with a line break at its end.
#[must_use]
pub(super) fn render(report: &Report) -> String {
    let mut suites = String::new();
    let mut all = Counts::default();
    for chart in &report.charts {
        let findings: Vec<&Finding> = report.findings.iter().filter(|finding| finding.chart == chart.path).collect();
        let name =
            if chart.version.is_empty() { chart.path.clone() } else { format!("{} {}", chart.path, chart.version) };
        suites += &suite(&name, &chart.path, &cases(chart), &findings, &mut all);
    }
    // Findings about the configuration belong to no chart.
    let of_chart = |finding: &&Finding| report.charts.iter().any(|chart| chart.path == finding.chart);
    let rest: Vec<&Finding> = report.findings.iter().filter(|finding| !of_chart(finding)).collect();
    if !rest.is_empty() || !report.summary.not_evaluated.is_empty() {
        let unseen: Vec<String> = report
            .summary
            .not_evaluated
            .iter()
            .map(|what| {
                let what = attribute(what);
                format!("    <testcase classname=\"chartsec\" name=\"{what}\">\n      <skipped message=\"not evaluated\"/>\n    </testcase>\n")
            })
            .collect();
        all.skipped += unseen.len();
        suites += &suite("chartsec", "chartsec", &unseen, &rest, &mut all);
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"chartsec\" {}>\n{suites}</testsuites>\n",
        all.attributes()
    )
}

/// What a suite counts.
#[derive(Clone, Copy, Default)]
struct Counts {
    tests: usize,
    failures: usize,
    skipped: usize,
}

impl Counts {
    fn attributes(self) -> String {
        let Self { tests, failures, skipped } = self;
        format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\"")
    }
}

fn suite(name: &str, class: &str, cases: &[String], findings: &[&Finding], all: &mut Counts) -> String {
    let skipped = findings.iter().filter(|finding| finding.is_suppressed()).count();
    let failures = findings.iter().filter(|finding| !finding.is_suppressed() && finding.level == Level::Error).count();
    let own = cases.iter().filter(|case| case.contains("<skipped")).count();
    let counts = Counts { tests: cases.len() + findings.len(), failures, skipped: skipped + own };
    all.tests += counts.tests;
    all.failures += failures;
    all.skipped += skipped;
    let tests: String = findings.iter().map(|finding| test(class, finding)).collect();
    let (name, cases) = (attribute(name), cases.concat());
    format!("  <testsuite name=\"{name}\" {}>\n{cases}{tests}  </testsuite>\n", counts.attributes())
}

/// A test per case that renders: what a chart without findings has passed. Why another does not is a finding.
fn cases(chart: &ChartReport) -> Vec<String> {
    let rendered = chart.cases.iter().filter(|case| case.status != Status::Failed);
    let class = attribute(&chart.path);
    let shown = rendered.map(|case| {
        let name = attribute(&format!("case {}: {} objects", case.name, case.objects));
        format!("    <testcase classname=\"{class}\" name=\"{name}\"/>\n")
    });
    shown.collect()
}

fn test(class: &str, finding: &Finding) -> String {
    let place = finding.template.as_ref().map(|at| (&at.file, at.line));
    let place = place.or_else(|| finding.values.as_ref().map(|at| (&at.file, at.line)));
    let shown = place.map_or_else(|| finding.chart.clone(), |(file, line)| format!("{file}:{line}"));
    let id = format!("{}/{} at {shown}", finding.rule.id, finding.rule.code);
    let mut out = format!("    <testcase classname=\"{}\" name=\"{}\"", attribute(class), attribute(&id));
    if let Some((file, line)) = place {
        let _ = write!(out, " file=\"{}\" line=\"{line}\"", attribute(file));
    }
    out.push_str(">\n");
    let mut said = vec![format!("{shown}: {}", finding.message)];
    said.extend(finding.help.clone());
    said.extend(finding.objects.iter().map(|object| format!("{} {}: {}", object.kind, object.name, object.path)));
    let said = text(&said.join("\n"));
    match (&finding.suppressed, finding.level) {
        (Some(waiver), _) => {
            let reason = attribute(&format!("{}; waived by {}", waiver.reason, waiver.by));
            let _ = writeln!(out, "      <skipped message=\"{reason}\"/>");
        }
        (None, Level::Error) => {
            let (message, rule) = (attribute(&finding.message), attribute(&finding.rule.id));
            let _ = writeln!(out, "      <failure type=\"{rule}\" message=\"{message}\">{said}</failure>");
        }
        (None, Level::Warning | Level::Note) => {
            let level = if finding.level == Level::Warning { "warning" } else { "note" };
            let _ = writeln!(out, "      <system-out>{level}: {said}</system-out>");
        }
    }
    out + "    </testcase>\n"
}

/// Text between tags. Characters that XML cannot hold are shown as visible ones.
fn text(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(|line| markup(&visible(line))).collect();
    lines.join("\n")
}

/// Text inside of an attribute: one line.
fn attribute(text: &str) -> String {
    markup(&visible(&text.replace('\n', " "))).replace('"', "&quot;")
}

fn markup(text: &str) -> String {
    let shown = text.replace(['\u{FFFE}', '\u{FFFF}'], "\u{FFFD}");
    shown.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_tag_early() {
        assert_eq!(attribute("a\"b<c>&\n]]>\u{1}\u{FFFE}"), "a&quot;b&lt;c&gt;&amp; ]]&gt;\u{2401}\u{FFFD}");
        assert_eq!(text("a]]>\n\t\"b\""), "a]]&gt;\n \"b\"");
    }
}
