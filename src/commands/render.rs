//! `render`: what `helm template` prints.

use std::collections::HashSet;
use std::fs;
use std::io::Write as _;
use std::path::{Component, Path};
use std::rc::Rc;

use chartsec::chart::pattern_matches;
use chartsec::explore;
use chartsec::limits::Limits;
use chartsec::origin::Origins;
use chartsec::render::print::{Selection, document, printed_hooks, show_only, stream};
use chartsec::render::{Rendered, Renderer, Target};
use chartsec::source::Sources;
use chartsec::template::{Environment, Exec, TemplateSet};
use chartsec::value::Value;

use super::{session, terminal};
use crate::cli::render::Render;
use crate::config::Config;
use crate::exit::{Exit, Failure};

/// Runs the command.
pub(super) fn run(render: &Render, config: &Config) -> Result<Exit, Failure> {
    let (name, chart) = render
        .operands()
        .ok_or_else(|| Failure::usage("more than a name and a chart").help("use `chartsec render NAME CHART`"))?;
    let limits = Limits::default();
    let environment = session::environment(&limits)?;
    let namespace = render.target.namespace().or(config.namespace.as_deref());
    let kube_version = render.target.kube_version.as_deref().or(config.kube_version.as_deref());
    let mut target = session::target(&render.target, namespace, kube_version)?;
    target.release_name = release_name(name, render, &environment)?;
    target.is_upgrade = render.is_upgrade;
    target.skip_schema_validation = render.skip_schema_validation;
    let mut sources = Sources::new();
    let chart = session::load(chart, &mut sources, &limits)?;
    let overrides = session::UserValues::read(&render.values, &limits)?.overrides(&mut sources);
    if chart.is_library() {
        let failure = Failure::new(Exit::Chart, "library charts are not installable");
        return Err(failure.help("`chartsec lint` checks their templates"));
    }
    let mut renderer = Renderer::new(environment);
    let origins = Origins::new(!render.no_origins);
    let run = explore::run(&mut renderer, &chart, &overrides, &target, sources, origins, &limits);
    run.rendered.warnings.iter().for_each(|warning| terminal::warn(warning));
    if let Some(message) = run.helm_error(target.profile) {
        return Err(Failure::new(Exit::Chart, message));
    }
    deliver(render, &target, &run.rendered)?;
    // The process ends here: giving back every small piece of memory would take several percent of its time.
    std::mem::forget((run, renderer, chart));
    Ok(Exit::Clean)
}

/// The release name, checked as Helm checks it.
fn release_name(given: Option<&str>, render: &Render, environment: &Rc<Environment>) -> Result<String, Failure> {
    let name = match (&render.name_template, given) {
        (_, Some(name)) if render.generate_name || render.name_template.is_some() => {
            let failure = Failure::usage(format!("the release is called `{name}` and is to get a name, too"));
            return Err(failure.help("leave out the name, or --generate-name and --name-template"));
        }
        (Some(template), _) => execute_name(template, environment)?,
        (None, Some(name)) => name.to_owned(),
        (None, None) => Target::default().release_name,
    };
    let label = |part: &str| {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        !part.is_empty() && part.chars().all(inner) && !part.starts_with('-') && !part.ends_with('-')
    };
    if name.len() <= 53 && name.split('.').all(label) {
        return Ok(name);
    }
    if name.is_empty() {
        return Err(Failure::usage("release name check failed: release name \"\": no name provided"));
    }
    let pattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
    Err(Failure::usage(format!(
        "release name check failed: release name \"{name}\": invalid release name, must match regex {pattern} \
         and the length must not be longer than 53"
    )))
}

fn execute_name(template: &str, environment: &Rc<Environment>) -> Result<String, Failure> {
    let fail = |message: String| Failure::usage(message).help("check the template behind --name-template");
    let mut sources = Sources::new();
    let text: Rc<[u8]> = template.as_bytes().into();
    let source = sources.add("--name-template", Rc::clone(&text));
    let mut set = TemplateSet::new(Rc::clone(environment));
    set.add("name-template", source, &text)
        .map_err(|errors| fail(errors.first().map(ToString::to_string).unwrap_or_default()))?;
    let mut exec = Exec::new(Rc::clone(environment), Rc::new(set), Origins::new(false), sources);
    let name = exec.execute("name-template", &Value::NIL).map_err(|error| fail(error.to_string()))?;
    Ok(name.to_str().into_owned())
}

fn deliver(render: &Render, target: &Target, rendered: &Rendered) -> Result<(), Failure> {
    let selection =
        Selection { include_crds: render.include_crds, no_hooks: render.no_hooks, skip_tests: render.skip_tests };
    if let Some(folder) = &render.output_dir {
        let name = render.release_name.then_some(&*target.release_name);
        write_files(Path::new(folder), name, rendered, &selection)?;
        // Nothing is left to choose from, so Helm finds none of them.
        return match render.show_only.first() {
            Some(pattern) => Err(Failure::new(Exit::Chart, format!("could not find template {pattern} in chart"))),
            None => terminal::print(b"\n"),
        };
    }
    let text = stream(&rendered.crds, &rendered.manifests, &rendered.hooks, &selection);
    if render.show_only.is_empty() {
        return terminal::print(&text);
    }
    let shown = show_only(&text, &render.show_only, target.profile, pattern_matches);
    terminal::print(&shown.map_err(|message| Failure::new(Exit::Chart, message))?)
}

/// One file for each template, in the folders of its path; further documents are appended. As in Helm the release name leads
/// to manifests only, not to definitions.
fn write_files(folder: &Path, name: Option<&str>, rendered: &Rendered, selection: &Selection) -> Result<(), Failure> {
    let named = name.map_or_else(|| folder.to_owned(), |name| folder.join(name));
    let crds = rendered.crds.iter().filter(|_| selection.include_crds).map(|crd| (folder, &*crd.path, &*crd.text));
    let manifests = rendered.manifests.iter().chain(printed_hooks(&rendered.hooks, selection));
    let manifests = manifests.map(|manifest| (&*named, &*manifest.path, manifest.text.as_bytes()));
    let mut begun = HashSet::new();
    for (folder, path, bytes) in crds.chain(manifests) {
        let mut text = Vec::new();
        document(&mut text, path, bytes);
        let inside = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
        let target = folder.join(path);
        let more = !begun.insert(target.clone());
        let write = || {
            target.parent().map_or(Ok(()), fs::create_dir_all)?;
            let mut options = fs::OpenOptions::new();
            options.create(true).write(true).append(more).truncate(!more).open(&target)?.write_all(&text)
        };
        let written = if inside { write() } else { Err(std::io::Error::other("the path leaves the folder")) };
        let shown = target.display();
        written.map_err(|error| Failure::usage(format!("cannot write `{shown}`: {error}")))?;
        terminal::print(format!("wrote {shown}\n").as_bytes())?;
    }
    Ok(())
}
