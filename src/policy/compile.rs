//! From a policy file to what is evaluated, every fault with its place in the file.

use std::fmt;

use super::element::{ElementPath, Locator};
use super::expressions::{Expressions, Fault, Part};
use super::joined::{self, Predicate};
use super::model::{PolicyFile, Scope, Stage};
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
    /// What its file says; of an embedded policy without reason, expressions and examples.
    pub file: PolicyFile,
    pub(super) decision: Decision,
    range: Range,
    pub(super) profile_range: Range,
    pub(super) stage: Option<Stage>,
}

/// What decides a policy.
#[derive(Debug)]
pub(super) enum Decision {
    /// An expression over each element of an object.
    Elements(Box<Elements>),
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
    pub(super) expressions: Expressions,
}

impl Policy {
    /// Compiles the text of a policy file.
    ///
    /// # Errors
    /// The first fault, at its place in the text.
    pub fn compile(name: &str, text: &str, limits: &Limits) -> Result<Self, PolicyError> {
        let file: PolicyFile = serde_yaml::from_str(text).map_err(|error| yaml_error(name, &error))?;
        let compiler = Compiler { name, text };
        let fault = |Fault { message, path, at }| compiler.fault(message, &path, at);
        Self::of(file, &compiler, |file| Expressions::compile(file, limits).map_err(fault))
    }

    /// An embedded policy: its file and its expressions, packed.
    ///
    /// # Errors
    /// The first fault, without its place.
    pub(super) fn embedded(file: PolicyFile, packed: &[u8]) -> Result<Self, PolicyError> {
        let name = file.id.clone();
        let compiler = Compiler { name: &name, text: "" };
        let fault = |error: postcard::Error| compiler.fault(error.to_string(), &[], 0);
        Self::of(file, &compiler, |_| postcard::from_bytes(packed).map_err(fault))
    }

    fn of(
        file: PolicyFile,
        compiler: &Compiler<'_>,
        expressions: impl FnOnce(&PolicyFile) -> Result<Expressions, PolicyError>,
    ) -> Result<Self, PolicyError> {
        let decision = match file.scope {
            Scope::Object => Decision::Elements(Box::new(compiler.elements(&file, expressions)?)),
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
}

impl Compiler<'_> {
    /// A fault at an offset of a scalar of the file.
    fn fault(&self, message: String, path: &[Part], offset: u32) -> PolicyError {
        let place = place(self.text, path, offset as usize);
        PolicyError { file: self.name.to_owned(), place, message }
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

    fn elements(
        &self,
        file: &PolicyFile,
        expressions: impl FnOnce(&PolicyFile) -> Result<Expressions, PolicyError>,
    ) -> Result<Elements, PolicyError> {
        if file.predicate.is_some() {
            return Err(self.fault("is not for `scope: object`".into(), &[Part::Key("predicate")], 0));
        }
        let paths = self.each("forEach", &file.for_each, ElementPath::parse)?;
        if paths.is_empty() {
            return Err(self.fault("`forEach` is empty".into(), &[Part::Key("forEach")], 0));
        }
        let locators = self.each("locate", &file.locate, Locator::parse)?;
        let show = file.show.as_deref().map(Locator::parse).transpose();
        let show = show.map_err(|message| self.fault(message, &[Part::Key("show")], 0))?;
        Ok(Elements { paths, locators, show, expressions: expressions(file)? })
    }

    /// The paths under a key, read.
    fn each<T>(
        &self,
        key: &'static str,
        paths: &[String],
        parse: fn(&str) -> Result<T, String>,
    ) -> Result<Vec<T>, PolicyError> {
        let fault = |index, message| self.fault(message, &[Part::Key(key), Part::Index(index)], 0);
        let parsed = paths.iter().enumerate().map(|(index, path)| parse(path).map_err(|message| fault(index, message)));
        parsed.collect()
    }
}

pub(super) fn range(text: Option<&str>) -> Option<Range> {
    text.map_or(Some(Range::ALL), Range::parse)
}

pub(super) fn yaml_error(file: &str, error: &serde_yaml::Error) -> PolicyError {
    let place = error.location().map(|location| (location.line(), location.column()));
    PolicyError { file: file.to_owned(), place, message: error.to_string() }
}

/// Line and column of an offset inside a scalar of a policy file.
fn place(text: &str, path: &[Part], offset: usize) -> Option<(usize, usize)> {
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
