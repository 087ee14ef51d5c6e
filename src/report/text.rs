//! The report for people, as rustc prints: the template line, the values line that decides it, and what else to know.
//!
//! Charts come in the order of the command line; within a chart errors come first. The last line counts.

use annotate_snippets::renderer::{AnsiColor, Style as Paint};
use annotate_snippets::{AnnotationKind, Element, Group, Level as Label, Message, Origin, Renderer, Snippet};

use super::escape::visible;
use super::{Detail, Files, Kind, Report, Style};
use crate::finding::{Finding, Grade, Level, Location, ObjectRef, Severity};

/// Objects, and lines of what was not evaluated, that are listed before "and N more".
const LISTED: usize = 3;
/// Lines are shown when the place lies in their first characters, and cut behind the place.
const LINE: usize = 1_000;

/// The whole report, with a line break at its end.
#[must_use]
pub(super) fn render(report: &Report, files: &Files, style: Style) -> String {
    let page = Page { report, files, style, renderer: renderer(style) };
    let mut out = String::new();
    for finding in report.findings.iter().filter(|finding| !finding.is_suppressed()) {
        out.push_str(&page.finding(finding));
    }
    page.unevaluated(&mut out);
    page.suppressed(&mut out);
    out.push_str(&page.summary());
    out.push('\n');
    out
}

fn renderer(style: Style) -> Renderer {
    if style.color { Renderer::styled() } else { Renderer::plain() }
}

struct Page<'a> {
    report: &'a Report,
    files: &'a Files,
    style: Style,
    renderer: Renderer,
}

impl Page<'_> {
    fn finding(&self, finding: &Finding) -> String {
        if finding.level < Level::Error && self.style.detail == Detail::Quiet {
            return String::new();
        }
        let mut lines = finding.message.lines();
        let title = visible(lines.next().unwrap_or_default());
        let (rule, code) = (visible(&finding.rule.id), visible(&finding.rule.code));
        let id = if code.is_empty() { rule.into_owned() } else { format!("{rule}/{code}") };
        let group = Group::with_title(label(finding.level).primary_title(title).id(id));
        let group = if finding.level == Level::Note && self.style.detail < Detail::Verbose {
            group.elements(self.place(finding))
        } else {
            let rest: Vec<_> = lines.map(visible).collect();
            let rest = (!rest.is_empty()).then(|| Label::NOTE.message(rest.join("\n")));
            group.elements(self.snippets(finding)).elements(rest).elements(self.facts(finding))
        };
        format!("{}\n\n", self.renderer.render(&[group]))
    }

    /// The place alone, for findings that are told in two lines.
    fn place(&self, finding: &Finding) -> Vec<Element<'static>> {
        match (&finding.template, &finding.values) {
            (Some(at), _) => vec![origin(at)],
            (None, Some(at)) => vec![origin(&Location { file: at.file.clone(), line: at.line, column: at.column })],
            (None, None) => vec![Origin::path(visible(&finding.chart).into_owned()).into()],
        }
    }

    /// The template line and the values line, once when they are the same.
    fn snippets(&self, finding: &Finding) -> Vec<Element<'static>> {
        let mut elements = Vec::new();
        let values = finding.values.as_ref();
        let held = values.map(|at| Location { file: at.file.clone(), line: at.line, column: at.column });
        let template = finding.template.as_ref().filter(|template| held.as_ref() != Some(template));
        if let Some(at) = template {
            elements.push(self.snippet(at, AnnotationKind::Primary, None));
        }
        if let (Some(values), Some(at)) = (values, held) {
            let kind = if template.is_some() { AnnotationKind::Context } else { AnnotationKind::Primary };
            elements.push(self.snippet(&at, kind, Some(format!("values key `{}`", visible(&values.key)))));
        }
        if elements.is_empty() { self.place(finding) } else { elements }
    }

    fn snippet(&self, at: &Location, kind: AnnotationKind, text: Option<String>) -> Element<'static> {
        let line = self.files.line(&at.file, at.line).unwrap_or_default();
        let column = at.column.saturating_sub(1) as usize;
        let line = self.files.covered(beginning(line, if column < LINE { LINE + 200 } else { 0 }));
        let Some((start, _)) = line.char_indices().nth(column) else {
            return origin(at);
        };
        let span = start..start + extent(&line, start);
        let annotation = kind.span(span).label(text);
        let (number, path) = (at.line.max(1) as usize, visible(&at.file).into_owned());
        Snippet::source(line).line_start(number).path(path).annotation(annotation).into()
    }

    /// Everything below the source lines.
    fn facts(&self, finding: &Finding) -> Vec<Message<'static>> {
        let mut facts = Vec::new();
        let mut tell = |name: &'static str, text: String| facts.push(Label::NOTE.with_name(name).message(text));
        for at in &finding.include {
            tell("included from", format!("{}:{}:{}", visible(&at.file), at.line, at.column));
        }
        if let Some(at) = &finding.rendered {
            let case = finding.cases.first().map_or("", |case| case);
            let line = self.files.rendered_line(&finding.chart, case, &at.file, at.line).unwrap_or_default();
            let line = self.files.covered(beginning(line.trim_ascii(), 200));
            let text = if line.is_empty() { line } else { format!(": `{line}`") };
            tell("rendered", format!("{}:{}{text}", visible(&at.file), at.line));
        }
        let listed = if self.style.detail == Detail::Verbose { usize::MAX } else { LISTED };
        for object in finding.objects.iter().take(listed) {
            tell("object", describe(object));
        }
        if let Some(more) = more(finding.objects.len(), listed) {
            tell("object", more);
        }
        if let Some(cases) = self.cases(finding, listed) {
            tell("case", cases);
        }
        if let Some(grade) = grade(finding) {
            tell("severity", grade);
        }
        if let Some(help) = &finding.help {
            let lines: Vec<_> = help.lines().map(visible).collect();
            facts.push(Label::HELP.message(lines.join("\n")));
        }
        facts
    }

    /// The cases that show the finding, unless the chart has only one.
    fn cases(&self, finding: &Finding, listed: usize) -> Option<String> {
        let all =
            self.report.charts.iter().find(|chart| chart.path == finding.chart).map_or(0, |chart| chart.cases.len());
        if finding.cases.is_empty() || all < 2 {
            return None;
        }
        let mut names: Vec<_> = finding.cases.iter().take(listed).map(|name| visible(name).into_owned()).collect();
        names.extend(more(finding.cases.len(), listed));
        Some(format!("{} ({} of {all})", names.join(", "), finding.cases.len()))
    }

    fn unevaluated(&self, out: &mut String) {
        let libraries = self.report.charts.iter().filter(|chart| chart.kind == Kind::Library);
        let mut lines: Vec<_> = libraries
            .map(|chart| {
                format!("{} is a library chart: its templates are parsed, nothing is rendered", visible(&chart.path))
            })
            .collect();
        lines.extend(self.report.summary.not_evaluated.iter().map(|what| format!("not evaluated: {}", visible(what))));
        let listed = if self.style.detail == Detail::Verbose { usize::MAX } else { 10 };
        let more = more(lines.len(), listed);
        for line in lines.into_iter().take(listed).chain(more) {
            out.push_str(&self.paint(AnsiColor::BrightGreen.on_default().bold(), "note"));
            out.push_str(&format!(": {line}\n"));
        }
        if !out.is_empty() && !out.ends_with("\n\n") {
            out.push('\n');
        }
    }

    /// What waivers keep from counting, one line each, for those who ask for everything.
    fn suppressed(&self, out: &mut String) {
        if self.style.detail < Detail::Verbose {
            return;
        }
        let before = out.len();
        for finding in &self.report.findings {
            let Some(waiver) = &finding.suppressed else { continue };
            let objects: Vec<_> = finding.objects.iter().map(named).collect();
            let objects = if objects.is_empty() { String::new() } else { format!(" ({})", objects.join(", ")) };
            let place = finding.template.as_ref().map_or_else(
                || visible(&finding.chart).into_owned(),
                |at| format!("{}:{}:{}", visible(&at.file), at.line, at.column),
            );
            out.push_str(&self.paint(AnsiColor::BrightGreen.on_default().bold(), "suppressed"));
            out.push_str(&format!(
                "[{}/{}]: {}{objects}\n --> {place}\n  = by: {}\n  = reason: {}\n",
                visible(&finding.rule.id),
                visible(&finding.rule.code),
                visible(&finding.message),
                visible(&waiver.by),
                visible(&waiver.reason),
            ));
        }
        if out.len() > before {
            out.push('\n');
        }
    }

    /// `3 errors, 5 warnings, 2 notes in 4 charts (12 cases)`.
    fn summary(&self) -> String {
        let summary = &self.report.summary;
        let subject = self.subject();
        let cases: usize = self
            .report
            .charts
            .iter()
            .filter(|chart| chart.kind != Kind::Manifests)
            .map(|chart| chart.cases.len())
            .sum();
        let counts = [(summary.error, "error"), (summary.warning, "warning"), (summary.note, "note")];
        let counted: Vec<_> =
            counts.iter().filter(|(count, _)| *count > 0).map(|(count, name)| plural(*count, name)).collect();
        let mut rest = String::new();
        if summary.suppressed > 0 {
            let listed = if self.style.detail == Detail::Verbose { "" } else { " (-v lists them)" };
            rest.push_str(&format!(", {} suppressed{listed}", summary.suppressed));
        }
        if !summary.not_evaluated.is_empty() {
            rest.push_str(&format!(", {} not evaluated", summary.not_evaluated.len()));
        }
        if counted.is_empty() {
            let cases = if cases > 0 { format!(", {}", plural(cases as u64, "case")) } else { String::new() };
            let paint = if summary.not_evaluated.is_empty() { AnsiColor::BrightGreen } else { AnsiColor::Yellow };
            return self.paint(paint.on_default().bold(), &format!("{subject}{cases}: no findings{rest}"));
        }
        let paint = match (summary.error, summary.warning) {
            (1.., _) => AnsiColor::BrightRed,
            (_, 1..) => AnsiColor::Yellow,
            _ => AnsiColor::BrightGreen,
        };
        let cases = if cases > 0 { format!(" ({})", plural(cases as u64, "case")) } else { String::new() };
        let counted = self.paint(paint.on_default().bold(), &counted.join(", "));
        format!("{counted} in {subject}{cases}{rest}")
    }

    fn subject(&self) -> String {
        let manifests = self.report.charts.iter().filter(|chart| chart.kind == Kind::Manifests).count();
        let charts = self.report.charts.len() - manifests;
        match (charts, manifests) {
            (_, 0) => plural(charts as u64, "chart"),
            (0, _) => plural(manifests as u64, "manifest file"),
            _ => format!("{} and {}", plural(charts as u64, "chart"), plural(manifests as u64, "manifest file")),
        }
    }

    fn paint(&self, paint: Paint, text: &str) -> String {
        if self.style.color { format!("{paint}{text}{paint:#}") } else { text.to_owned() }
    }
}

/// The first characters of a line, which may have millions.
fn beginning(line: &[u8], characters: usize) -> String {
    let bytes = line.get(..characters * char::MAX_LEN_UTF8).unwrap_or(line);
    visible(&String::from_utf8_lossy(bytes)).chars().take(characters).collect()
}

fn label(level: Level) -> Label<'static> {
    match level {
        Level::Error => Label::ERROR,
        Level::Warning => Label::WARNING,
        Level::Note => Label::NOTE,
    }
}

fn origin(at: &Location) -> Element<'static> {
    let (line, column) = (at.line as usize, at.column as usize);
    Origin::path(visible(&at.file).into_owned()).line(line).char_column(column).into()
}

/// How many bytes to underline: to the end of the template action that `start` lies in, else of the line.
fn extent(line: &str, start: usize) -> usize {
    let (before, after) = line.split_at(start);
    let inside = before.rfind("{{").is_some_and(|open| before.rfind("}}").is_none_or(|close| close < open));
    let end = if inside { after.find("}}") } else { None };
    let part = after.get(..end.unwrap_or(after.len())).unwrap_or(after);
    let part = if inside { part.strip_suffix('-').unwrap_or(part) } else { part };
    part.trim_end().len().max(after.chars().next().map_or(0, char::len_utf8))
}

/// `Deployment shop/web`.
fn named(object: &ObjectRef) -> String {
    let namespace = object.namespace.as_ref().map(|namespace| format!("{}/", visible(namespace))).unwrap_or_default();
    format!("{} {namespace}{}", visible(&object.kind), visible(&object.name))
}

/// `Deployment shop/web: spec.template.spec`.
fn describe(object: &ObjectRef) -> String {
    let path = if object.path.is_empty() { String::new() } else { format!(": {}", visible(&object.path)) };
    format!("{}{path}", named(object))
}

fn grade(finding: &Finding) -> Option<String> {
    let severity = match finding.rule.severity {
        Severity::Info => "info",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    };
    match finding.grade {
        Grade::Hardenable => Some(format!("{severity}, hardenable: a values key mends it")),
        Grade::Hardcoded => Some(format!("{severity}, hardcoded: no values key mends it")),
        Grade::Unknown => None,
    }
}

fn more(all: usize, listed: usize) -> Option<String> {
    all.checked_sub(listed).filter(|more| *more > 0).map(|more| format!("and {more} more"))
}

pub(super) fn plural(count: u64, name: &str) -> String {
    format!("{count} {name}{}", if count == 1 { "" } else { "s" })
}
