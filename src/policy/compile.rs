//! From a policy file to what is evaluated, every fault with its place in the file.

use std::cell::OnceCell;
use std::fmt;

use serde::Deserialize;

use super::cel::{Bounds, Names, Program};
use super::check::NAMES;
use super::element::{ElementPath, Locator};
use super::joined::{self, Predicate};
use super::model::{PolicyFile, Scope};
use super::standards::is_address;
use super::version::Range;
use crate::finding::Rule;
use crate::limits::Limits;
use crate::yaml;
use crate::yaml::node::{Node, Style};

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
    pub(super) profile_range: Range,
    pub(super) stage: Option<Stage>,
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

/// What a policy about objects evaluates, and where.
#[derive(Debug)]
pub(super) struct Elements {
    pub(super) paths: Vec<ElementPath>,
    pub(super) locators: Vec<Locator>,
    pub(super) show: Option<Locator>,
    bounds: Bounds,
    /// Compiled when the first element is judged: objects have none for most policies.
    programs: OnceCell<Result<Programs, PolicyError>>,
}

/// The compiled expressions of a policy about objects.
#[derive(Debug)]
pub(super) struct Programs {
    pub(super) definitions: Vec<Program>,
    pub(super) when: Option<Program>,
    pub(super) expr: Program,
}

impl Elements {
    /// The expressions of the policy's file.
    ///
    /// # Errors
    /// The first fault, which files that were compiled before do not have.
    pub(super) fn programs(&self, file: &PolicyFile) -> Result<&Programs, &PolicyError> {
        let compile = || Compiler { name: &file.id, text: "", bounds: self.bounds }.programs(file, &self.paths);
        self.programs.get_or_init(compile).as_ref()
    }
}

impl Policy {
    /// Compiles the text of a policy file.
    ///
    /// # Errors
    /// The first fault, at its place in the text.
    pub fn compile(name: &str, text: &str, limits: &Limits) -> Result<Self, PolicyError> {
        let file: PolicyFile = serde_yaml::from_str(text).map_err(|error| yaml_error(name, &error))?;
        let compiler = Compiler { name, text, bounds: Bounds { tested: false, ..Bounds::of(limits) } };
        let policy = Self::of(file, &compiler)?;
        if let Decision::Elements(elements) = &policy.decision {
            let programs = compiler.programs(&policy.file, &elements.paths)?;
            let _ = elements.programs.set(Ok(programs));
        }
        Ok(policy)
    }

    /// A policy whose file was compiled by a test: its expressions are compiled when they are needed.
    ///
    /// # Errors
    /// The first fault of what is no expression, without its place.
    pub(super) fn tested(file: PolicyFile, limits: &Limits) -> Result<Self, PolicyError> {
        let compiler = Compiler { name: &file.id.clone(), text: "", bounds: Bounds::of(limits) };
        Self::of(file, &compiler)
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

/// The text of a policy file while it is compiled.
struct Compiler<'a> {
    name: &'a str,
    text: &'a str,
    bounds: Bounds,
}

impl Compiler<'_> {
    /// A fault at an offset of a scalar of the file.
    fn fault(&self, message: String, path: &[Part<'_>], offset: u32) -> PolicyError {
        let place = place(self.text, path, offset as usize);
        PolicyError { file: self.name.to_owned(), place, message }
    }

    fn program(&self, source: &str, names: &Names<'_>, path: &[Part<'_>]) -> Result<Program, PolicyError> {
        Program::compile(source, names, self.bounds).map_err(|error| self.fault(error.message, path, error.at))
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
        Ok(Elements { paths, locators, show, bounds: self.bounds, programs: OnceCell::new() })
    }

    fn programs(&self, file: &PolicyFile, paths: &[ElementPath]) -> Result<Programs, PolicyError> {
        let pod = paths.iter().all(ElementPath::needs_pod);
        let container = paths.iter().all(ElementPath::in_container);
        let slots = NAMES.map(|name| match name {
            "podSpec" | "podMetadata" | "serviceAccount" | "containerRole" | "windows" if !pod => "",
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
        Ok(Programs { definitions, when, expr })
    }
}

pub(super) fn range(text: Option<&str>) -> Option<Range> {
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
fn place(text: &str, path: &[Part<'_>], offset: usize) -> Option<(usize, usize)> {
    let root = yaml::read(text.as_bytes(), &Limits::default()).ok().flatten()?;
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
