//! The expressions of a policy about objects, compiled.
//!
//! This needs nothing but CEL and the form of the file, so that `build.rs` compiles the embedded policies with it.

use serde::{Deserialize, Serialize};

use super::cel::{Names, Program};
use super::model::PolicyFile;
use crate::limits::Limits;

/// What expressions see, in the order of the slots.
pub(crate) const NAMES: [&str; 14] = [
    "object",
    "podSpec",
    "podMetadata",
    "serviceAccount",
    "kubernetes",
    "item",
    "key",
    "container",
    "containerRole",
    "index",
    "kind",
    "releaseNamespace",
    "registries",
    "windows",
];

/// The compiled expressions of a policy.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Expressions {
    /// Those of its variables, in their order.
    pub(crate) definitions: Vec<Program>,
    /// Which elements are judged.
    pub(crate) when: Option<Program>,
    /// True for an element that is as it should be.
    pub(crate) expr: Program,
}

/// What is wrong with an expression, and where it stands in the file.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) message: String,
    pub(crate) path: Vec<Part>,
    /// Offset in the scalar at the path.
    pub(crate) at: u32,
}

/// One step of a path in a policy file.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    Key(&'static str),
    Index(usize),
}

impl Expressions {
    /// Compiles those of a file.
    ///
    /// # Errors
    /// The first fault.
    pub(crate) fn compile(file: &PolicyFile, limits: &Limits) -> Result<Self, Fault> {
        let roots = || file.for_each.iter().map(|path| path.split('.').next().unwrap_or_default());
        let (pod, container) = (roots().all(|root| root != "object"), roots().all(|root| root == "containers"));
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
        let program = |source: &str, names: &Names<'_>, path: &[Part]| {
            let fault =
                |error: super::cel::SyntaxError| Fault { message: error.message, path: path.to_vec(), at: error.at };
            Program::compile(source, names, limits).map_err(fault)
        };
        let variables: Vec<&str> = file.variables.iter().map(|variable| &*variable.name).collect();
        let mut definitions = Vec::with_capacity(file.variables.len());
        for (index, variable) in file.variables.iter().enumerate() {
            let names = Names { slots: &outside, variables: &variables[..index] };
            let path = [Part::Key("variables"), Part::Index(index), Part::Key("expr")];
            definitions.push(program(&variable.expr, &names, &path)?);
        }
        let names = Names { slots: &slots, variables: &variables };
        let when = file.when.as_ref().map(|when| program(when, &names, &[Part::Key("when")])).transpose()?;
        let missing = || Fault { message: "`expr` is missing".into(), path: vec![Part::Key("id")], at: 0 };
        let expr = program(file.expr.as_ref().ok_or_else(missing)?, &names, &[Part::Key("expr")])?;
        Ok(Self { definitions, when, expr })
    }
}
