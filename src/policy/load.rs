//! Policies compiled from their files, and the profiles that choose among the embedded ones.

use std::fmt;

use include_dir::{Dir, include_dir};
use serde::Deserialize;

use super::cel::{Names, Program};
use super::check::NAMES;
use super::element::{ElementPath, Locator};
use super::joined::{self, Predicate};
use super::model::{PolicyFile, ProfileFile, Scope};
use super::standards::is_address;
use super::version::Range;
use crate::finding::Rule;
use crate::limits::Limits;
use crate::yaml;
use crate::yaml::node::{Node, Style};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/policies");

/// The same files as JSON without examples, in order: `privileged-container`, `profiles/checklist`. `build.rs` writes it.
static TABLE: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/policies.rs"));

/// What is wrong with a policy file, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct PolicyError {
    /// The file.
    pub file: String,
    /// Line and column, from 1, when known.
    pub place: Option<(usize, usize)>,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some((line, column)) => write!(f, "{}:{line}:{column}: {}", self.file, self.message),
            None => write!(f, "{}: {}", self.file, self.message),
        }
    }
}

/// A compiled policy.
#[derive(Debug)]
pub struct Policy {
    /// What its file says; the examples of embedded policies are left out.
    pub file: PolicyFile,
    pub(super) decision: Decision,
    range: Range,
    profile_range: Range,
    stage: Option<Stage>,
}

/// What a chart is held ready for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Production.
    #[default]
    Prod,
    /// Development: some rules of a profile are for production only.
    Dev,
}

/// What decides a policy.
#[derive(Debug)]
pub(super) enum Decision {
    /// An expression over each element of an object.
    Elements(Elements),
    /// A function over all objects of a render.
    Joined(Predicate),
    /// A function over the chart, which a higher layer knows by its name.
    Chart(String),
}

/// The compiled expressions of a policy about objects.
#[derive(Debug)]
pub(super) struct Elements {
    pub(super) paths: Vec<ElementPath>,
    pub(super) definitions: Vec<Program>,
    pub(super) when: Option<Program>,
    pub(super) expr: Program,
    pub(super) locators: Vec<Locator>,
    pub(super) show: Option<Locator>,
}

impl Policy {
    /// Compiles the text of a policy file.
    ///
    /// # Errors
    /// The first fault, at its place in the text.
    pub fn compile(name: &str, text: &str, limits: &Limits) -> Result<Self, PolicyError> {
        let file: PolicyFile = serde_yaml::from_str(text).map_err(|error| yaml_error(name, &error))?;
        Self::of(file, &Compiler { name, text, limits })
    }

    fn of(file: PolicyFile, compiler: &Compiler<'_>) -> Result<Self, PolicyError> {
        let decision = match file.scope {
            Scope::Object => Decision::Elements(compiler.elements(&file)?),
            Scope::Release => {
                let name = compiler.predicate(&file)?;
                let unknown = || compiler.fault(format!("unknown predicate `{name}`"), &[Part::Key("predicate")], 0);
                Decision::Joined(joined::predicate(name).ok_or_else(unknown)?)
            }
            Scope::Chart => Decision::Chart(compiler.predicate(&file)?.to_owned()),
        };
        let range = range(file.kubernetes.as_deref()).ok_or_else(|| {
            compiler.fault("is no range such as `>=1.22 <1.25`".into(), &[Part::Key("kubernetes")], 0)
        })?;
        Ok(Self { file, decision, range, profile_range: Range::ALL, stage: None })
    }

    /// Whether it is for this Kubernetes version, in itself and in its profile.
    #[must_use]
    pub fn is_for(&self, minor: u32) -> bool {
        self.range.contains(minor) && self.profile_range.contains(minor)
    }

    /// The name of the function that decides it, when it is about charts.
    #[must_use]
    pub fn chart_predicate(&self) -> Option<&str> {
        if let Decision::Chart(name) = &self.decision { Some(name) } else { None }
    }

    /// The rule as findings name it.
    #[must_use]
    pub fn rule(&self) -> Rule {
        Rule {
            id: self.file.id.clone(),
            code: self.file.code.clone(),
            title: self.file.title.clone(),
            severity: self.file.severity,
            references: self.file.references.iter().filter(|reference| is_address(reference)).cloned().collect(),
        }
    }

    /// Whether a user means this policy: by id or by code.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.file.id == name || self.file.code.eq_ignore_ascii_case(name)
    }
}

/// A profile as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// What it is, in one line.
    pub title: String,
    /// Whether every violation is an error.
    pub strict: bool,
    /// The ids of its policies.
    pub policies: Vec<String>,
}

/// The text of a policy file while it is compiled.
struct Compiler<'a> {
    name: &'a str,
    text: &'a str,
    limits: &'a Limits,
}

impl Compiler<'_> {
    /// A fault at an offset of a scalar of the file.
    fn fault(&self, message: String, path: &[Part<'_>], offset: u32) -> PolicyError {
        let place = place(self.text, path, offset as usize, self.limits);
        PolicyError { file: self.name.to_owned(), place, message }
    }

    fn program(&self, source: &str, names: &Names<'_>, path: &[Part<'_>]) -> Result<Program, PolicyError> {
        Program::compile(source, names, self.limits).map_err(|error| self.fault(error.message, path, error.at))
    }

    /// The name of the predicate of a policy that is not about single objects.
    fn predicate<'f>(&self, file: &'f PolicyFile) -> Result<&'f str, PolicyError> {
        let others = [
            ("match", !file.matches.kinds.is_empty()),
            ("variables", !file.variables.is_empty()),
            ("forEach", !file.for_each.is_empty()),
            ("when", file.when.is_some()),
            ("expr", file.expr.is_some()),
            ("locate", !file.locate.is_empty()),
            ("show", file.show.is_some()),
            ("fix", file.fix.is_some()),
        ];
        if let Some((key, _)) = others.into_iter().find(|(_, given)| *given) {
            return Err(self.fault(format!("`{key}` is only for `scope: object`"), &[Part::Key(key)], 0));
        }
        let missing = || self.fault("`predicate` is missing".into(), &[Part::Key("scope")], 0);
        file.predicate.as_deref().ok_or_else(missing)
    }

    fn elements(&self, file: &PolicyFile) -> Result<Elements, PolicyError> {
        if file.predicate.is_some() {
            return Err(self.fault("is not for `scope: object`".into(), &[Part::Key("predicate")], 0));
        }
        let mut paths = Vec::with_capacity(file.for_each.len());
        for (index, path) in file.for_each.iter().enumerate() {
            let element = ElementPath::parse(path);
            let fault = |message| self.fault(message, &[Part::Key("forEach"), Part::Index(index)], 0);
            paths.push(element.map_err(fault)?);
        }
        if paths.is_empty() {
            return Err(self.fault("`forEach` is empty".into(), &[Part::Key("forEach")], 0));
        }
        let mut locators = Vec::with_capacity(file.locate.len());
        for (index, path) in file.locate.iter().enumerate() {
            let locator = Locator::parse(path);
            let fault = |message| self.fault(message, &[Part::Key("locate"), Part::Index(index)], 0);
            locators.push(locator.map_err(fault)?);
        }
        let show = file.show.as_deref().map(Locator::parse).transpose();
        let show = show.map_err(|message| self.fault(message, &[Part::Key("show")], 0))?;
        let pod = paths.iter().all(ElementPath::needs_pod);
        let container = paths.iter().all(ElementPath::in_container);
        let slots = NAMES.map(|name| match name {
            "podSpec" | "podMetadata" | "serviceAccount" | "containerRole" if !pod => "",
            "container" if !container => "",
            name => name,
        });
        // A definition is evaluated once per object, so it cannot see the element.
        let outside = slots.map(|name| match name {
            "item" | "key" | "container" | "containerRole" | "index" => "",
            name => name,
        });
        let variables: Vec<&str> = file.variables.iter().map(|variable| &*variable.name).collect();
        let mut definitions = Vec::with_capacity(file.variables.len());
        for (index, variable) in file.variables.iter().enumerate() {
            let names = Names { slots: &outside, variables: &variables[..index] };
            let path = [Part::Key("variables"), Part::Index(index), Part::Key("expr")];
            definitions.push(self.program(&variable.expr, &names, &path)?);
        }
        let names = Names { slots: &slots, variables: &variables };
        let when = file.when.as_ref().map(|when| self.program(when, &names, &[Part::Key("when")])).transpose()?;
        let expr = file.expr.as_ref().ok_or_else(|| self.fault("`expr` is missing".into(), &[Part::Key("id")], 0))?;
        let expr = self.program(expr, &names, &[Part::Key("expr")])?;
        Ok(Elements { paths, definitions, when, expr, locators, show })
    }
}

/// The policies of one run.
#[derive(Debug, Default)]
pub struct Policies {
    /// The profile's name; empty without one.
    pub profile: String,
    /// What the profile is, in one line.
    pub title: String,
    /// Whether every violation is an error.
    pub strict: bool,
    /// The policies, in the order in which they are evaluated.
    pub policies: Vec<Policy>,
}

impl Policies {
    /// The policies of an embedded profile; `None` if there is no such profile.
    ///
    /// # Errors
    /// A fault of an embedded file.
    pub fn profile(name: &str, limits: &Limits) -> Result<Option<Self>, PolicyError> {
        let Some(file) = embedded_profile(name)? else { return Ok(None) };
        let mut policies = Self {
            profile: file.name,
            title: file.title,
            strict: file.strict,
            policies: Vec::with_capacity(file.policies.len()),
        };
        for entry in file.policies {
            let fault = |message| PolicyError { file: format!("profiles/{name}.yaml"), place: None, message };
            let mut policy = embedded(&entry.id, limits)?.ok_or_else(|| fault(format!("no policy `{}`", entry.id)))?;
            policy.profile_range = range(entry.kubernetes.as_deref())
                .ok_or_else(|| fault(format!("range of `{}` is not such as `>=1.22 <1.25`", entry.id)))?;
            policy.stage = entry.stage;
            policies.policies.push(policy);
        }
        Ok(Some(policies))
    }

    /// Leaves out what the profile does not demand of charts for `stage`.
    pub fn keep(&mut self, stage: Stage) {
        self.policies.retain(|policy| policy.stage.is_none_or(|of| of == stage));
    }

    /// Adds the embedded policies with this id or code that are not there; `false` if no embedded policy has it.
    ///
    /// # Errors
    /// A fault of an embedded file.
    pub fn add(&mut self, name: &str, limits: &Limits) -> Result<bool, PolicyError> {
        let mut known = false;
        let code = format!("\ncode: {}\n", name.to_ascii_uppercase());
        for (id, text) in embedded_files() {
            if id != name && !text.contains(&code) {
                continue;
            }
            known = true;
            if !self.policies.iter().any(|policy| policy.file.id == id) {
                self.policies.extend(embedded(id, limits)?);
            }
        }
        Ok(known)
    }
}

/// An embedded profile as it is written: nothing is compiled. `None` if there is no such profile.
///
/// # Errors
/// A fault of the file.
pub fn profile_file(name: &str) -> Result<Option<Profile>, PolicyError> {
    let Some(file) = embedded_profile(name)? else { return Ok(None) };
    let policies = file.policies.into_iter().map(|entry| entry.id).collect();
    Ok(Some(Profile { name: file.name, title: file.title, strict: file.strict, policies }))
}

/// An embedded policy as it is written, its examples too: nothing is compiled. `None` if there is no such policy.
///
/// # Errors
/// A fault of the file.
pub fn policy_file(id: &str) -> Result<Option<PolicyFile>, PolicyError> {
    let path = format!("{id}.yaml");
    let Some(text) = FILES.get_file(&path).and_then(|file| file.contents_utf8()) else { return Ok(None) };
    serde_yaml::from_str(text).map(Some).map_err(|error| yaml_error(&path, &error))
}

/// The names of the embedded profiles.
#[must_use]
pub fn profiles() -> Vec<&'static str> {
    let files = FILES.get_dir("profiles").map(Dir::files).into_iter().flatten();
    files.filter_map(|file| file.path().file_stem()?.to_str()).collect()
}

/// Ids and texts of the embedded policies.
pub fn embedded_files() -> impl Iterator<Item = (&'static str, &'static str)> {
    FILES.files().filter_map(|file| Some((file.path().file_stem()?.to_str()?, file.contents_utf8()?)))
}

fn embedded_profile(name: &str) -> Result<Option<ProfileFile>, PolicyError> {
    let name = format!("profiles/{name}");
    let fault = |error: serde_json::Error| PolicyError {
        file: format!("{name}.yaml"),
        place: None,
        message: error.to_string(),
    };
    table(&name).map(|json| serde_json::from_str(json).map_err(fault)).transpose()
}

fn embedded(id: &str, limits: &Limits) -> Result<Option<Policy>, PolicyError> {
    let name = format!("{id}.yaml");
    let Some(json) = table(id) else { return Ok(None) };
    let quick =
        serde_json::from_str(json).ok().map(|file| Policy::of(file, &Compiler { name: &name, text: "", limits }));
    if let Some(Ok(policy)) = quick {
        return Ok(Some(policy));
    }
    // Only the file itself knows the place of a fault.
    let text = FILES.get_file(&name).and_then(|file| file.contents_utf8()).unwrap_or_default();
    Policy::compile(&name, text, limits).map(Some)
}

fn table(name: &str) -> Option<&'static str> {
    let at = TABLE.binary_search_by_key(&name, |(name, _)| name).ok()?;
    TABLE.get(at).map(|(_, json)| *json)
}

fn range(text: Option<&str>) -> Option<Range> {
    text.map_or(Some(Range::ALL), Range::parse)
}

pub(super) fn yaml_error(file: &str, error: &serde_yaml::Error) -> PolicyError {
    let place = error.location().map(|location| (location.line(), location.column()));
    PolicyError { file: file.to_owned(), place, message: error.to_string() }
}

enum Part<'a> {
    Key(&'a str),
    Index(usize),
}

/// Line and column of an offset inside a scalar of a policy file.
fn place(text: &str, path: &[Part<'_>], offset: usize, limits: &Limits) -> Option<(usize, usize)> {
    let root = yaml::read(text.as_bytes(), limits).ok().flatten()?;
    let node = path.iter().try_fold(&root, |node, part| match part {
        Part::Key(key) => node.get(key),
        Part::Index(index) => node.items().get(*index),
    })?;
    let start = node.start as usize;
    let at = match node.style {
        Style::Plain => start + offset,
        Style::SingleQuoted | Style::DoubleQuoted => start + 1 + offset,
        Style::Literal => literal(text, node, start, offset)?,
        Style::Folded => start,
    };
    let before = text.get(..at.min(node.end as usize))?;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    Some((before.matches('\n').count() + 1, column))
}

/// Offset in the file of an offset in the text of a literal block.
fn literal(text: &str, node: &Node, start: usize, offset: usize) -> Option<usize> {
    let decoded = node.as_str()?.get(..offset)?;
    let (line, column) = (decoded.matches('\n').count(), decoded.len() - decoded.rfind('\n').map_or(0, |at| at + 1));
    let mut at = if text.get(start..)?.starts_with('|') {
        start + text.get(start..)?.find('\n')? + 1
    } else {
        text.get(..start)?.rfind('\n')? + 1
    };
    let indent = text.get(at..)?.find(|c| c != ' ')?;
    for _ in 0..line {
        at += text.get(at..)?.find('\n')? + 1;
    }
    Some(at + indent + column)
}
