//! Blueprints to files: every file of a folder rendered, the schema completed from values.yaml.

use std::sync::Arc;

use include_dir::{Dir, include_dir};
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior, Value};

use super::evidence::Evidence;
use super::files::Files;
use super::{schema, values};

static BLUEPRINTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/generate/blueprints");

/// The flags of this program: `(command, option)` to `--flag`, `None` if there is no such option. Generated workloads run
/// commands of this program, and their command lines must not drift from what it accepts.
pub type CommandLine = Arc<dyn Fn(&str, &str) -> Option<String> + Send + Sync>;

/// Why a chart could not be generated: a mistake in an embedded blueprint.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {message}")]
pub struct GenerateError {
    /// The blueprint.
    pub file: String,
    /// What is wrong there.
    pub message: String,
}

impl GenerateError {
    pub(super) fn new(file: &str, message: impl std::fmt::Display) -> Self {
        Self { file: file.to_owned(), message: message.to_string() }
    }
}

/// All blueprints, ready to be filled in.
pub(super) struct Blueprints {
    environment: Environment<'static>,
}

impl Blueprints {
    pub(super) fn new(flags: CommandLine) -> Result<Self, GenerateError> {
        let mut environment = Environment::new();
        let syntax = SyntaxConfig::builder()
            .block_delimiters("<%", "%>")
            .variable_delimiters("[[", "]]")
            .comment_delimiters("<#", "#>")
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true)
            .build();
        environment.set_syntax(syntax.map_err(|error| GenerateError::new("syntax", error))?);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.add_function("flag", move |command: &str, option: &str| {
            let missing =
                || minijinja::Error::new(ErrorKind::InvalidOperation, format!("`{command}` has no `{option}`"));
            flags(command, option).ok_or_else(missing)
        });
        for file in all(&BLUEPRINTS) {
            let (name, text) = (file.path().to_str().unwrap_or_default(), file.contents_utf8().unwrap_or_default());
            environment.add_template(name, text).map_err(|error| GenerateError::new(name, full(&error)))?;
        }
        Ok(Self { environment })
    }

    /// One file, filled in.
    pub(super) fn file(&self, name: &str, context: &Value) -> Result<String, GenerateError> {
        let rendered = self.environment.get_template(name).and_then(|template| template.render(context));
        rendered.map_err(|error| GenerateError::new(name, full(&error)))
    }

    /// The chart of a folder: its files, a `.helmignore`, values.schema.json. Files that come out empty are left out, documents
    /// are not written yet.
    pub(super) fn chart(&self, folder: &str, context: &Value) -> Result<Files, GenerateError> {
        let mut files = Files::new();
        let Some(blueprints) = BLUEPRINTS.get_dir(folder) else {
            return Err(GenerateError::new(folder, "no such blueprint"));
        };
        for file in all(blueprints) {
            let name = file.path().to_str().unwrap_or_default();
            let text = if is_document(name) { String::new() } else { self.file(name, context)? };
            if !text.trim().is_empty() {
                files.insert(inside(name, folder), text);
            }
        }
        files.insert(".helmignore".into(), self.file("parts/helmignore", context)?);
        let documented = values::read(files.get("values.yaml").map_or("", String::as_str))
            .map_err(|error| GenerateError::new(&format!("{folder}/values.yaml"), error))?;
        let schema = files.remove("values.schema.yaml").unwrap_or_default();
        let schema = schema::complete(&schema, &documented)
            .map_err(|error| GenerateError::new(&format!("{folder}/values.schema.yaml"), error))?;
        files.insert("values.schema.json".into(), schema);
        Ok(files)
    }

    /// The documents of a folder; `proof("rule")` in them is what `evidence` has of a rule.
    pub(super) fn documents(
        &self,
        folder: &str,
        context: &Value,
        evidence: &Arc<Evidence>,
    ) -> Result<Files, GenerateError> {
        let mut environment = self.environment.clone();
        let evidence = Arc::clone(evidence);
        environment.add_function("proof", move |rule: &str| {
            let missing = || minijinja::Error::new(ErrorKind::InvalidOperation, format!("there is no rule `{rule}`"));
            evidence.proof(rule).ok_or_else(missing)
        });
        let blueprints = Self { environment };
        let names = BLUEPRINTS.get_dir(folder).map(all).unwrap_or_default();
        let names = names.into_iter().filter_map(|file| file.path().to_str()).filter(|name| is_document(name));
        names.map(|name| Ok((inside(name, folder), blueprints.file(name, context)?))).collect()
    }
}

/// A document is written when the chart is there.
fn is_document(name: &str) -> bool {
    name.ends_with(".md")
}

/// A path below a folder.
fn inside(name: &str, folder: &str) -> String {
    name.strip_prefix(folder).unwrap_or(name).trim_start_matches('/').to_owned()
}

fn all<'a>(folder: &'a Dir<'a>) -> Vec<&'a include_dir::File<'a>> {
    let mut files: Vec<_> = folder.files().collect();
    files.extend(folder.dirs().flat_map(all));
    files
}

/// An error with its causes and the line.
fn full(error: &minijinja::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        text.push_str(&format!(": {next}"));
        cause = next.source();
    }
    text
}
