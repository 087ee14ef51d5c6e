//! What keeps a chart from being loaded or rendered, as findings.

use super::rules::{self, BuiltIn};
use crate::chart::{Chart, Dependency, LoadError, PrepareError, missing_dependencies_message};
use crate::explore::{Located, Run, Stopped, location, values};
use crate::finding::{Finding, Grade, Level, Location, RenderedLocation};
use crate::render::blame::blame_range;
use crate::render::manifest::HeadError;
use crate::render::{self, Rendered};
use crate::schema;
use crate::source::{Place, Sources};
use crate::template::{Error, ParseError};
use crate::text::Text;

/// A fault before it belongs to a chart and a case.
#[derive(Debug)]
pub(super) struct Fault {
    rule: BuiltIn,
    message: String,
    help: Option<String>,
    located: Located,
    rendered: Option<RenderedLocation>,
    /// The chart's author refuses these values (`fail`, `required`).
    pub(super) deliberate: bool,
}

impl Fault {
    fn new(rule: BuiltIn, message: impl Into<String>) -> Self {
        let located = Located::default();
        Self { rule, message: message.into(), help: None, located, rendered: None, deliberate: false }
    }

    fn at(mut self, template: Option<Location>) -> Self {
        self.located.template = template;
        self
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(super) fn finding(self, chart: &str, case: Option<&str>) -> Finding {
        Finding {
            rule: self.rule.rule(),
            level: Level::Error,
            grade: Grade::Unknown,
            message: self.message,
            help: self.help,
            chart: chart.to_owned(),
            objects: Vec::new(),
            template: self.located.template,
            include: self.located.include,
            values: self.located.values,
            rendered: self.rendered,
            cases: case.map(str::to_owned).into_iter().collect(),
            suppressed: None,
            fix: None,
        }
    }
}

fn start_of(file: &str) -> Location {
    Location { file: file.to_owned(), line: 1, column: 1 }
}

/// A file that cannot be loaded.
pub(super) fn load(error: &LoadError, sources: &Sources) -> Fault {
    let place = error.place.map_or_else(|| start_of(&error.path), |place| location(place, sources));
    let fault = Fault::new(rules::CHART, &*error.message).at(Some(place));
    Fault { help: error.hint.clone(), ..fault }
}

/// Dependencies that Chart.yaml declares and `charts/` does not hold.
pub(super) fn dependencies(chart: &Chart, missing: &[&Dependency], sources: &Sources) -> Fault {
    let names: Vec<_> = missing.iter().map(|dependency| format!("`{}`", dependency.name.text)).collect();
    let message = missing_dependencies_message(missing);
    let message = message.split(": ").nth(1).map_or(message.clone(), |rest| format!("{rest}: {}", names.join(", ")));
    Fault::new(rules::DEPENDENCY, message)
        .at(chart.metadata.dependencies_key.map(|span| location(span.place(), sources)))
        .help(format!("run `helm dependency build {}`", chart.path))
}

/// A template that does not parse.
pub(super) fn parse(error: &ParseError, sources: &Sources) -> Fault {
    let fault = Fault::new(rules::PARSE, &*error.message).at(Some(location(error.place, sources)));
    if error.message.contains("bad character U+002D") {
        let text = String::from_utf8_lossy(sources.bytes(error.place.source));
        let instead = indexed(&text, error.place.offset as usize);
        let instead = instead.unwrap_or_else(|| "(index .Values \"some-key\")".to_owned());
        return fault.help(format!("a key with `-` cannot follow a dot: write `{instead}`"));
    }
    fault
}

/// `(index .Values "some-key" "name")` for the `.Values.some-key.name` around an offset.
fn indexed(text: &str, offset: usize) -> Option<String> {
    let is_part = |c: char| c.is_alphanumeric() || "_-.$".contains(c);
    let (before, behind) = text.split_at_checked(offset)?;
    let start = before.trim_end_matches(is_part).len();
    let end = offset + behind.find(|c| !is_part(c)).unwrap_or(behind.len());
    let path = text.get(start..end)?.trim_matches('-');
    let keys: Vec<&str> = path.split('.').collect();
    let at = keys.iter().position(|key| key.contains('-')).filter(|at| *at > 0)?;
    let (above, below) = keys.split_at_checked(at)?;
    let map = if above.iter().all(|key| key.is_empty()) { ".".to_owned() } else { above.join(".") };
    let below: Vec<String> = below.iter().map(|key| format!("{key:?}")).collect();
    Some(format!("(index {map} {})", below.join(" ")))
}

/// An application chart that renders nothing.
pub(super) fn empty(chart: &Chart, sources: &Sources) -> Fault {
    let place = chart.metadata.name.span.map(|span| location(span.place(), sources));
    Fault::new(rules::EMPTY, "no case of this chart renders an object")
        .at(place)
        .help("give it a `ci/*-values.yaml` that turns something on, or make it `type: library`")
}

/// Everything that stopped a run, in Helm's order.
pub(super) fn of_run(run: &Run) -> Vec<Fault> {
    let rendered = &run.rendered;
    match &run.stopped {
        Some(Stopped::Prepare(error)) => vec![prepare(error, &rendered.sources)],
        Some(Stopped::Schema(violations)) => violations.iter().map(|found| schema_fault(found, rendered)).collect(),
        None => rendered.faults.iter().map(|fault| render_fault(fault, rendered)).collect(),
    }
}

fn prepare(error: &PrepareError, sources: &Sources) -> Fault {
    let place = error.values_error().and_then(|error| error.place);
    let rule = if matches!(error, PrepareError::MissingDependencies(_)) { rules::DEPENDENCY } else { rules::VALUES };
    Fault::new(rule, error.to_string()).at(place.map(|place| location(place, sources)))
}

fn schema_fault(violation: &schema::values::Violation, rendered: &Rendered) -> Fault {
    let (sources, origins) = (&rendered.sources, &rendered.origins);
    let values = values(violation.mark, sources, origins);
    let schema = Place { source: violation.schema, offset: 0 };
    let path = if violation.path.is_empty() { "the values".to_owned() } else { format!("`{}`", violation.path) };
    let mut fault = Fault::new(rules::SCHEMA, format!("{path}: {}", violation.message));
    fault.located.template = Some(match &values {
        Some(values) => Location { file: values.file.clone(), line: values.line, column: values.column },
        None => location(schema, sources),
    });
    fault.located.values = values;
    fault
}

fn render_fault(fault: &render::Fault, rendered: &Rendered) -> Fault {
    match fault {
        render::Fault::KubeVersion(message) => {
            Fault::new(rules::KUBE_VERSION, &**message).help("choose the version with --kube-version")
        }
        render::Fault::Parse(error) => parse(error, &rendered.sources),
        render::Fault::Execute(error) => execute(error, rendered),
        render::Fault::Document { path, text, line, error } => document(path, text, *line, error, rendered),
        render::Fault::Limit(exceeded) => Fault::new(rules::RENDER, exceeded.to_string()),
    }
}

fn execute(error: &Error, rendered: &Rendered) -> Fault {
    let (sources, origins) = (&rendered.sources, &rendered.origins);
    let mut fault = Fault::new(rules::RENDER, error.reason());
    fault.deliberate = error.failure().is_some();
    if fault.deliberate {
        fault.help = Some("give it what it asks for in a `ci/*-values.yaml`, so that it can be checked".to_owned());
    }
    if let Some(place) = error.place() {
        let blame = render::blame::blame_place(place, error.chain(), origins);
        fault.located = crate::explore::located(&blame, sources, origins);
    }
    fault
}

/// Rendered text that is no manifest: the template line that wrote the bytes at which reading failed.
fn document(path: &str, text: &Text, line: u32, error: &HeadError, rendered: &Rendered) -> Fault {
    let offset = match error {
        HeadError::Yaml(error) => error.offset.unwrap_or(0),
        HeadError::Shape { start, .. } => *start,
    } as usize;
    let offset = offset.min(text.len().saturating_sub(1));
    let blame = blame_range(text, offset..text.len(), &rendered.origins);
    let lines = text.as_bytes().get(..offset).unwrap_or_default().iter().filter(|byte| **byte == b'\n').count();
    let message = match error {
        HeadError::Yaml(error) => error.to_string(),
        HeadError::Shape { message, .. } => format!("cannot unmarshal {message}"),
    };
    let mut fault = Fault::new(rules::DOCUMENT, message);
    fault.located = crate::explore::located(&blame, &rendered.sources, &rendered.origins);
    fault.rendered = Some(RenderedLocation { file: path.to_owned(), line: line + crate::source::clamp(lines) });
    fault
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_with_a_hyphen_is_read_by_index() {
        let at = |text: &str| indexed(text, text.find('-').unwrap());
        assert_eq!(at("{{ .Values.a.b-c.d }}").unwrap(), "(index .Values.a \"b-c\" \"d\")");
        assert_eq!(at("x{{$.Values.b-c}}").unwrap(), "(index $.Values \"b-c\")");
        assert_eq!(at("{{ .b-c }}").unwrap(), "(index . \"b-c\")");
        assert_eq!(at("{{ b-c }}"), None);
    }
}
