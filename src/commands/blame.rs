//! `blame`: what wrote a field.

use chartsec::explore::{self, Located, located};
use chartsec::finding::{ObjectRef, RenderedLocation};
use chartsec::limits::Limits;
use chartsec::origin::Origins;
use chartsec::policy::{Object, objects};
use chartsec::render::blame::{blame_node, blame_run};
use chartsec::render::{Manifest, Rendered, Renderer};
use chartsec::report::{Format, escape::visible};
use chartsec::source::Sources;
use chartsec::yaml::node::Node;
use chartsec::yaml::path;
use serde::Serialize;

use super::{session, terminal};
use crate::cli::Global;
use crate::cli::blame::Blame;
use crate::config::Config;
use crate::exit::{Exit, Failure};

/// What `-o json` prints.
#[derive(Debug, Serialize)]
struct Answer {
    version: u32,
    object: ObjectRef,
    /// The field as it is rendered.
    text: String,
    rendered: RenderedLocation,
    #[serde(flatten)]
    whole: Located,
    /// The pieces that the field was put together from, in order.
    parts: Vec<Part>,
}

#[derive(Debug, Serialize)]
struct Part {
    text: String,
    #[serde(flatten)]
    located: Located,
}

/// Runs the command.
pub(super) fn run(blame: &Blame, global: &Global, config: &Config) -> Result<Exit, Failure> {
    let limits = Limits::default();
    let namespace = blame.target.namespace().or(config.namespace.as_deref());
    let version = blame.target.kube_version.as_deref().or(config.kube_version.as_deref());
    let target = session::target(&blame.target, namespace, version)?;
    let mut sources = Sources::new();
    let chart = session::load(&blame.chart, &mut sources, &limits)?;
    let overrides = session::UserValues::read(&blame.values, &limits)?.overrides(&mut sources);
    let mut renderer = Renderer::new(session::environment(&limits)?);
    let run = explore::run(&mut renderer, &chart, &overrides, &target, sources, Origins::new(true), &limits);
    if let Some(message) = run.helm_error(target.profile) {
        return Err(Failure::new(Exit::Chart, message));
    }
    let (manifest, object) = find_object(&run.rendered, &blame.object)?;
    let node = path::find(object.node, &blame.field).map_err(Failure::usage)?;
    let answer = answer(&run.rendered, manifest, &object, node, &blame.field);
    let json = global.outputs.iter().any(|output| output.format == Format::Json);
    let text = if json {
        serde_json::to_string_pretty(&answer).map_err(|error| Failure::new(Exit::Internal, error.to_string()))? + "\n"
    } else {
        answer.text(&run.rendered.sources)
    };
    terminal::print(text.as_bytes())?;
    Ok(Exit::Clean)
}

/// The first object of a kind and name, in the order of the output.
fn find_object<'a>(rendered: &'a Rendered, wanted: &str) -> Result<(&'a Manifest, Object<'a>), Failure> {
    let Some((kind, name)) = wanted.split_once('/') else {
        let failure = Failure::usage(format!("`{wanted}` names no object"));
        return Err(failure.help("write KIND/NAME, such as Deployment/web"));
    };
    let mut known = Vec::new();
    for manifest in rendered.manifests.iter().chain(&rendered.hooks) {
        for object in manifest.node.as_ref().map(objects).unwrap_or_default() {
            if object.kind.eq_ignore_ascii_case(kind) && object.name == name {
                return Ok((manifest, object));
            }
            known.push(format!("{}/{}", object.kind, object.name));
        }
    }
    let same_kind: Vec<_> =
        known.iter().filter(|other| other.to_lowercase().starts_with(&kind.to_lowercase())).collect();
    let shown = if same_kind.is_empty() { known.iter().collect() } else { same_kind };
    let shown: Vec<_> = shown.into_iter().take(8).map(String::as_str).collect();
    Err(Failure::usage(format!("the chart renders no {wanted}")).help(format!("it renders {}", shown.join(", "))))
}

fn answer(rendered: &Rendered, manifest: &Manifest, object: &Object<'_>, node: &Node, field: &str) -> Answer {
    let (sources, origins) = (&rendered.sources, &rendered.origins);
    let range = node.start as usize..node.end as usize;
    let bytes = manifest.text.as_bytes();
    let text =
        |range: std::ops::Range<usize>| String::from_utf8_lossy(bytes.get(range).unwrap_or_default()).into_owned();
    let mut parts: Vec<Part> = Vec::new();
    for (run, part) in manifest.text.runs_in(range.clone()) {
        let start = manifest.text.run_at(part.start).map_or(0, |(_, start)| start as usize);
        let located = located(&blame_run(run, part.start - start, origins), sources, origins);
        match parts.last_mut().filter(|last| last.located == located) {
            Some(last) => last.text.push_str(&text(part)),
            None => parts.push(Part { text: text(part), located }),
        }
    }
    let before = bytes.get(..range.start).unwrap_or_default();
    let line = manifest.line as usize + before.iter().filter(|byte| **byte == b'\n').count();
    Answer {
        version: 1,
        object: object.reference(field.to_owned()),
        rendered: RenderedLocation { file: manifest.path.to_string(), line: u32::try_from(line).unwrap_or(u32::MAX) },
        text: text(range),
        whole: located(&blame_node(&manifest.text, node, origins), sources, origins),
        parts,
    }
}

impl Answer {
    /// For people: the field, where it is rendered, and what wrote each of its parts.
    fn text(&self, sources: &Sources) -> String {
        let ObjectRef { kind, name, path, .. } = &self.object;
        let mut out = format!("{} {}\n", visible(&format!("{kind}/{name}")), visible(path));
        out += &format!("  rendered  {}:{}\n", visible(&self.rendered.file), self.rendered.line);
        for line in self.text.lines() {
            out += &format!("            | {}\n", visible(line));
        }
        let whole = [Part { text: String::new(), located: self.whole.clone() }];
        let parts = if self.text.contains('\n') { &whole[..] } else { &self.parts };
        for lines in parts.chunk_by(|a, b| a.same_line(b)) {
            out += &places(lines, sources);
        }
        out
    }
}

impl Part {
    /// Whether one template line wrote both, reached in one way.
    fn same_line(&self, other: &Self) -> bool {
        let line = |part: &Self| part.located.template.as_ref().map(|place| (place.file.clone(), place.line));
        line(self) == line(other) && self.located.include == other.located.include
    }
}

/// The template line of some parts, the way to it, and the values in it, each once.
fn places(parts: &[Part], sources: &Sources) -> String {
    let mut out = String::new();
    let mut place = |label: &str, file: &str, line: u32, column: u32, note: &str| {
        out += &format!("  {label:<8}  {}:{line}:{column}{note}\n", visible(file));
        if let Some(text) = source_line(sources, file, line) {
            out += &format!("            | {}\n", visible(&text));
        }
    };
    let Some(first) = parts.first() else { return out };
    if let Some(template) = &first.located.template {
        place("template", &template.file, template.line, template.column, "");
    }
    for call in &first.located.include {
        place("included", &call.file, call.line, call.column, "");
    }
    let mut told = Vec::new();
    for values in parts.iter().filter_map(|part| part.located.values.as_ref()) {
        if !told.contains(&values) {
            place("values", &values.file, values.line, values.column, &format!("  {}", visible(&values.key)));
            told.push(values);
        }
    }
    out
}

fn source_line(sources: &Sources, file: &str, line: u32) -> Option<String> {
    let known = (0..u32::try_from(sources.len()).ok()?).filter_map(|id| sources.get(chartsec::source::SourceId(id)));
    let source = known.into_iter().find(|source| *source.path == *file)?;
    Some(String::from_utf8_lossy(source.line(line)?).trim_end().to_owned())
}
