//! The report as a comment on a change: the checklist of each chart, the findings, and what was not evaluated.
//!
//! GitHub's flavour of Markdown, which GitLab reads too. A comment may have 65,536 characters, so the list of findings is cut.

use std::fmt::Write as _;

use super::checklist::{self, Group, Item, Verdict};
use super::escape::markdown as escaped;
use super::{ChartReport, Kind, Report};
use crate::finding::{Finding, Level, Location};

/// Characters that findings may take.
const MOST: usize = 40_000;
/// Places that an item lists.
const PLACES: usize = 3;

/// The whole report, with a line break at its end.
#[must_use]
pub(super) fn render(report: &Report) -> String {
    let mut out = format!("## chartsec: {}\n", headline(report));
    let groups = checklist::groups();
    let several = report.charts.len() > 1;
    for chart in &report.charts {
        checklist_of(report, chart, &groups, several, &mut out);
    }
    findings(report, &mut out);
    unevaluated(report, &mut out);
    out
}

fn headline(report: &Report) -> String {
    let summary = &report.summary;
    let counts = [(summary.error, "error"), (summary.warning, "warning"), (summary.note, "note")];
    let mut parts: Vec<String> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, name)| plural(*count, name)).collect();
    if parts.is_empty() {
        parts.push("no findings".to_owned());
    }
    if summary.suppressed > 0 {
        parts.push(format!("{} waived", summary.suppressed));
    }
    format!("{} in {}", parts.join(", "), plural(report.charts.len() as u64, "chart"))
}

fn checklist_of(report: &Report, chart: &ChartReport, groups: &[Group], several: bool, out: &mut String) {
    let verdicts: Vec<(&Group, Vec<(&Item, Verdict<'_>)>)> = groups
        .iter()
        .map(|group| (group, group.items.iter().map(|item| (item, item.decide(report, chart))).collect()))
        .collect();
    let all = || verdicts.iter().flat_map(|(_, items)| items).map(|(_, verdict)| verdict);
    let of = |name: &str| all().filter(|verdict| mark(verdict).1 == name).count();
    let named = ["pass", "fail", "waived", "not determinable"];
    let counts: Vec<String> = named
        .iter()
        .map(|name| (of(name), name))
        .filter(|(n, _)| *n > 0)
        .map(|(n, name)| format!("{n} {name}"))
        .collect();
    let version = if chart.version.is_empty() { String::new() } else { format!(" {}", escaped(&chart.version)) };
    let (title, counts) = (format!("{}{version}", code(&chart.path)), counts.join(", "));
    if several {
        let _ = write!(out, "\n<details><summary><b>Checklist</b> {title}: {counts}</summary>\n\n");
    } else {
        let _ = write!(out, "\n### Checklist {title}: {counts}\n\n");
    }
    let cases: Vec<String> = chart.cases.iter().map(|case| code(&case.name)).collect();
    if chart.kind != Kind::Manifests && !cases.is_empty() {
        let _ = writeln!(out, "Values: {}\n", cases.join(", "));
    }
    out.push_str("| | # | Item | Evidence |\n|---|--:|---|---|\n");
    let mut number = 0;
    for (group, items) in &verdicts {
        let _ = writeln!(out, "| | | **{}** | |", group.name);
        for (item, verdict) in items {
            number += 1;
            let (symbol, name) = mark(verdict);
            let _ = writeln!(out, "| {symbol} {name} | {number} | {} | {} |", item.text, evidence(verdict, chart));
        }
    }
    if several {
        out.push_str("\n</details>\n");
    }
}

fn mark(verdict: &Verdict<'_>) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Pass(_) => ("✅", "pass"),
        Verdict::Fail { .. } => ("❌", "fail"),
        Verdict::Waived(_) => ("🟡", "waived"),
        Verdict::Undetermined(_) => ("⚪", "not determinable"),
    }
}

/// The cell that says what an item was decided by.
fn evidence(verdict: &Verdict<'_>, chart: &ChartReport) -> String {
    match verdict {
        Verdict::Pass(words) => escaped(words),
        // The reason is ours, but for the names of rules, which hold nothing to escape.
        Verdict::Undetermined(reason) => reason.replace('|', "\\|"),
        Verdict::Waived(findings) => {
            let by: Vec<String> = findings.iter().filter_map(|finding| finding.waiver()).map(escaped).collect();
            [by_rule(findings, chart), by.join("; ")]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(": ")
        }
        Verdict::Fail { findings, against } => {
            let words = against.iter().map(|words| escaped(words));
            [by_rule(findings, chart)]
                .into_iter()
                .filter(|part| !part.is_empty())
                .chain(words)
                .collect::<Vec<_>>()
                .join("; ")
        }
    }
}

/// `run-as-root` 3×: `templates/a.yaml:4`, …, for every rule.
fn by_rule(findings: &[&Finding], chart: &ChartReport) -> String {
    let mut rules: Vec<&str> = findings.iter().map(|finding| &*finding.rule.id).collect();
    rules.sort_unstable();
    rules.dedup();
    let cell = |rule: &str| {
        let of_rule: Vec<&Finding> = findings.iter().copied().filter(|finding| finding.rule.id == rule).collect();
        let count: usize = of_rule.iter().map(|finding| finding.objects.len().max(1)).sum();
        let mut places: Vec<String> = Vec::new();
        for finding in &of_rule {
            let place = place(finding, chart);
            if !place.is_empty() && !places.contains(&place) {
                places.push(place);
            }
        }
        let more = places.len().checked_sub(PLACES).filter(|more| *more > 0);
        places.truncate(PLACES);
        places.extend(more.map(|more| format!("{more} more")));
        let places = if places.is_empty() { String::new() } else { format!(": {}", places.join(", ")) };
        format!("{} {count}×{places}", code(rule))
    };
    rules.iter().map(|rule| cell(rule)).collect::<Vec<_>>().join("<br>")
}

/// Where to look first; files of the chart are named from its folder.
fn place(finding: &Finding, chart: &ChartReport) -> String {
    let inside = |file: &str| {
        let prefix = chart.path.trim_end_matches('/');
        file.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('/')).unwrap_or(file).to_owned()
    };
    let values = finding.values.as_ref().map(|at| (&at.file, at.line));
    let template = finding.template.as_ref().map(|at| (&at.file, at.line));
    template.or(values).map_or_else(String::new, |(file, line)| code(&format!("{}:{line}", inside(file))))
}

fn findings(report: &Report, out: &mut String) {
    let mut room = MOST;
    for (level, heading) in [(Level::Error, "Errors"), (Level::Warning, "Warnings"), (Level::Note, "Notes")] {
        let of_level: Vec<&Finding> =
            report.findings.iter().filter(|finding| finding.level == level && !finding.is_suppressed()).collect();
        if of_level.is_empty() {
            continue;
        }
        let open = if level == Level::Error { " open" } else { "" };
        let _ = write!(out, "\n<details{open}><summary><b>{heading}</b> ({})</summary>\n\n", of_level.len());
        let mut left = of_level.len();
        for finding in of_level {
            let entry = entry(finding);
            match room.checked_sub(entry.len()) {
                Some(rest) => room = rest,
                None => break,
            }
            out.push_str(&entry);
            left -= 1;
        }
        if left > 0 {
            let _ = writeln!(out, "- and {left} more, which `chartsec lint` shows");
        }
        out.push_str("\n</details>\n");
    }
}

/// One finding: what is wrong, where, how to mend it.
fn entry(finding: &Finding) -> String {
    let rule = &finding.rule;
    let id = if rule.code.is_empty() { rule.id.clone() } else { format!("{}/{}", rule.id, rule.code) };
    let mut entry = format!("- {}: {}", code(&id), escaped(finding.message.lines().next().unwrap_or_default()));
    let at = |place: &Location| code(&format!("{}:{}:{}", place.file, place.line, place.column));
    let mut places: Vec<String> = finding.template.iter().map(at).collect();
    if let Some(values) = &finding.values {
        places.push(format!(
            "values key {} at {}",
            code(&values.key),
            code(&format!("{}:{}", values.file, values.line))
        ));
    }
    if places.is_empty() {
        places.push(code(&finding.chart));
    }
    let _ = write!(entry, "<br>{}", places.join(", "));
    if let [first, rest @ ..] = &*finding.objects {
        let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
        let _ = write!(entry, "<br>{}{more}", code(&format!("{} {}", first.kind, first.name)));
    }
    if let Some(help) = &finding.help {
        // What follows the first line is a snippet of YAML.
        let mut lines = help.lines();
        let _ = write!(entry, "<br>→ {}", escaped(lines.next().unwrap_or_default()));
        for line in lines {
            let text = line.trim_start();
            let _ = write!(entry, "<br>{}{}", "&nbsp;&nbsp;".repeat(1 + (line.len() - text.len()) / 2), code(text));
        }
    }
    entry.push('\n');
    entry
}

fn unevaluated(report: &Report, out: &mut String) {
    let libraries = report.charts.iter().filter(|chart| chart.kind == Kind::Library);
    let mut lines: Vec<String> = libraries
        .map(|chart| format!("{} is a library chart: its templates are parsed, nothing is rendered", code(&chart.path)))
        .collect();
    lines.extend(report.summary.not_evaluated.iter().map(|what| escaped(what)));
    if lines.is_empty() {
        return;
    }
    out.push_str("\n### Not evaluated\n\n");
    for line in lines.iter().take(20) {
        let _ = writeln!(out, "- {line}");
    }
    if let Some(more) = lines.len().checked_sub(20).filter(|more| *more > 0) {
        let _ = writeln!(out, "- and {more} more");
    }
}

/// Text as code. An element, because a code span takes no escapes.
fn code(text: &str) -> String {
    format!("<code>{}</code>", escaped(text))
}

fn plural(count: u64, name: &str) -> String {
    format!("{count} {name}{}", if count == 1 { "" } else { "s" })
}
