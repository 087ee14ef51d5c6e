//! A prepared chart and a target in; manifests out, each byte with its origin.
//!
//! [`Renderer::render`] does what `helm template` does between composing the values and printing: it parses and executes
//! all templates in Helm's order, cuts the results into documents, reads their heads, takes out hooks and sorts.

pub mod blame;
pub mod hook;
pub mod manifest;
pub mod order;
pub mod print;
pub mod profile;
pub mod split;
pub mod target;

mod context;

use std::path::Path;
use std::rc::Rc;

pub use manifest::Manifest;
pub use profile::Profile;
pub use target::{KubeVersion, Target, default_api_versions};

use crate::chart::{Chart, Instance, Prepared, kube_version_error};
use crate::limits::Exceeded;
use crate::origin::{Mark, Origins};
use crate::source::{SourceId, Sources};
use crate::template::{Environment, Error, Exec, ParseError, TemplateSet};
use crate::text::Text;
use context::Template;
use manifest::{Document, HeadError};
use print::Crd;

/// What stops Helm, in the order in which Helm would meet it.
#[derive(Debug)]
pub enum Fault {
    /// The chart does not want this Kubernetes version: Helm's words.
    KubeVersion(String),
    /// A template does not parse.
    Parse(ParseError),
    /// A template failed.
    Execute(Box<Error>),
    /// A template wrote something that is no manifest.
    Document {
        /// The template as Helm names it.
        path: Rc<str>,
        /// The document's bytes.
        text: Box<Text>,
        /// The line of the rendered file on which the document begins, from 1.
        line: u32,
        /// What is wrong.
        error: HeadError,
    },
    /// Too much was rendered.
    Limit(Exceeded),
}

impl Fault {
    /// The message as Helm prints it behind `Error: `.
    #[must_use]
    pub fn helm(&self, profile: Profile) -> String {
        match self {
            Self::KubeVersion(message) => message.clone(),
            Self::Parse(error) => error.helm(),
            Self::Execute(error) if profile == Profile::V3_21 => error.helm3(),
            Self::Execute(error) => error.helm(),
            Self::Document { path, error, .. } => format!("YAML parse error on {path}: {error}"),
            Self::Limit(exceeded) => exceeded.to_string(),
        }
    }
}

/// A rendered template file.
#[derive(Clone, Debug)]
pub struct File {
    /// The template as Helm names it: `chart/templates/x.yaml`.
    pub path: Rc<str>,
    /// The template's source.
    pub source: SourceId,
    /// What it rendered to.
    pub text: Text,
}

/// What a chart rendered to.
#[derive(Debug)]
pub struct Rendered {
    /// The files of the render, and the texts that `tpl` executed.
    pub sources: Sources,
    /// The tables behind all marks.
    pub origins: Origins,
    /// Every rendered file in path order, NOTES.txt included.
    pub files: Vec<File>,
    /// Manifests in the order Helm prints them.
    pub manifests: Vec<Manifest>,
    /// Hooks in the order Helm prints them.
    pub hooks: Vec<Manifest>,
    /// Definitions below `crds/`, the chart's own first.
    pub crds: Vec<Crd>,
    /// What stops Helm; the first one is what Helm reports. Manifests are those of the documents that can be read.
    pub faults: Vec<Fault>,
    /// What Helm says on stderr.
    pub warnings: Vec<String>,
}

impl Rendered {
    /// A render that did not take place.
    #[must_use]
    pub fn nothing(sources: Sources, origins: Origins) -> Self {
        Self {
            sources,
            origins,
            files: Vec::new(),
            manifests: Vec::new(),
            hooks: Vec::new(),
            crds: Vec::new(),
            faults: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

/// Renders one chart any number of times; templates are parsed again only when other subcharts take part.
#[derive(Debug)]
pub struct Renderer {
    environment: Rc<Environment>,
    parsed: Option<Parsed>,
}

#[derive(Debug)]
struct Parsed {
    templates: Vec<(Rc<str>, SourceId)>,
    set: Rc<TemplateSet>,
    errors: Vec<ParseError>,
}

impl Renderer {
    /// A renderer in an environment (functions, limits, clock, random bytes).
    #[must_use]
    pub fn new(environment: Rc<Environment>) -> Self {
        Self { environment, parsed: None }
    }

    /// Renders. Every fault is collected: a template that fails does not keep others from being rendered.
    pub fn render(
        &mut self,
        prepared: &Prepared,
        target: &Target,
        mut sources: Sources,
        mut origins: Origins,
    ) -> Rendered {
        self.environment.crypto_calls.set(0);
        let release = target.release(&mut sources, &mut origins);
        let templates = context::templates(&prepared.root, &release, &target.capabilities());
        let mut faults = Vec::new();
        let version = &target.kube_version;
        faults.extend(
            kube_version_error(&prepared.root.metadata, &version.normalized, &version.version).map(Fault::KubeVersion),
        );
        let parsed = self.parse(&templates, &sources);
        faults.extend(parsed.errors.iter().cloned().map(Fault::Parse));
        let set = Rc::clone(&parsed.set);
        let mut exec = Exec::new(Rc::clone(&self.environment), set, origins, sources);
        let mut files = Vec::new();
        if faults.is_empty() {
            for template in &templates {
                match execute(&mut exec, template) {
                    Ok(Some(file)) => files.push(file),
                    Ok(None) => {}
                    Err(error) => faults.push(Fault::Execute(Box::new(error))),
                }
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let crds = crds(&prepared.root, &exec.sources);
        let (sources, origins) = (std::mem::take(&mut exec.sources), std::mem::take(&mut exec.origins));
        let warnings = prepared.warnings.clone();
        let mut rendered = Rendered { files, crds, faults, warnings, ..Rendered::nothing(sources, origins) };
        self.documents(&mut rendered, target.profile);
        rendered
    }

    /// Parses the templates of a chart that cannot be rendered, and of all charts in it: as far as they parse, and every fault.
    pub fn parse_chart(&mut self, chart: &Chart, sources: &Sources) -> (Rc<TemplateSet>, Vec<ParseError>) {
        let mut set = TemplateSet::new(Rc::clone(&self.environment));
        let mut errors = Vec::new();
        let mut waiting = vec![(chart, chart.metadata.name.to_string())];
        while let Some((chart, path)) = waiting.pop() {
            for file in &chart.templates {
                let Some(source) = sources.get(file.source) else { continue };
                errors.extend(set.add_partly(&format!("{path}/{}", file.name), file.source, &source.bytes));
            }
            let below = |chart: &Rc<Chart>| format!("{path}/charts/{}", &*chart.metadata.name);
            waiting.extend(chart.dependencies.iter().map(|chart| (&**chart, below(chart))));
        }
        (Rc::new(set), errors)
    }

    /// The templates of the last render.
    #[must_use]
    pub fn templates(&self) -> Option<&Rc<TemplateSet>> {
        self.parsed.as_ref().map(|parsed| &parsed.set)
    }

    /// Parses every template in Helm's order (the deepest path first, Z before A), so that of equal names the shallowest wins.
    fn parse(&mut self, templates: &[Template], sources: &Sources) -> &Parsed {
        let names: Vec<_> = templates.iter().map(|template| (Rc::clone(&template.path), template.source)).collect();
        let current = self.parsed.take().filter(|parsed| parsed.templates == names);
        let parsed = current.unwrap_or_else(|| {
            let mut set = TemplateSet::new(Rc::clone(&self.environment));
            let mut errors = Vec::new();
            for (path, source) in &names {
                let Some(file) = sources.get(*source) else { continue };
                errors.extend(set.add_partly(path, *source, &file.bytes));
            }
            Parsed { templates: names, set: Rc::new(set), errors }
        });
        self.parsed.insert(parsed)
    }

    /// Cuts every file into documents, reads their heads, and sorts.
    fn documents(&self, rendered: &mut Rendered, profile: Profile) {
        for file in &rendered.files {
            if file.path.ends_with("NOTES.txt") {
                continue;
            }
            let bytes = file.text.as_bytes();
            let (mut line, mut counted) = (1, 0);
            for range in split::split(bytes, profile) {
                line += bytes[counted..range.start].iter().filter(|byte| **byte == b'\n').count();
                counted = range.start;
                let text = file.text.slice(range, Mark::NONE);
                let first = crate::source::clamp(line);
                match manifest::read_document(&file.path, text, first, &self.environment.limits) {
                    Ok(Document::Manifest(manifest)) if manifest.hook.is_some() => rendered.hooks.push(*manifest),
                    Ok(Document::Manifest(manifest)) => rendered.manifests.push(*manifest),
                    Ok(Document::UnknownHook(events)) => {
                        rendered.warnings.push(format!("skipping unknown hooks `{events}` in {}", file.path));
                    }
                    Err((error, text)) => {
                        let path = Rc::clone(&file.path);
                        rendered.faults.push(Fault::Document { path, text: Box::new(text), line: first, error });
                    }
                }
            }
        }
        rendered.manifests.sort_by(|a, b| order::compare(&a.kind, &b.kind, profile));
        rendered.hooks.sort_by(|a, b| order::compare(&a.kind, &b.kind, profile));
    }
}

/// Executes one file; `None` for a partial (`_helpers.tpl`).
fn execute(exec: &mut Exec, template: &Template) -> Result<Option<File>, Error> {
    if base_name(&template.path).starts_with('_') {
        return Ok(None);
    }
    let text = exec.execute(&template.path, &template.data())?;
    // Go prints this marker for what is missing; Helm takes it out of finished files.
    let text = text.without(b"<no value>", Mark::NONE).unwrap_or(text);
    Ok(Some(File { path: Rc::clone(&template.path), source: template.source, text }))
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Definitions below `crds/` of the chart and then of everything below it, each chart's in path order.
fn crds(instance: &Instance, sources: &Sources) -> Vec<Crd> {
    let own = instance.chart.crds().filter_map(|file| {
        let text = Rc::clone(&sources.get(file.source)?.bytes);
        let path = Path::new(&instance.path).join(&*file.name).to_string_lossy().into_owned();
        Some(Crd { path, text })
    });
    let mut all: Vec<Crd> = own.collect();
    all.extend(instance.children.iter().flat_map(|child| crds(child, sources)));
    all
}
