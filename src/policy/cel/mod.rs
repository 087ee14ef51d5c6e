//! CEL, the Common Expression Language, over YAML nodes.
//!
//! The part of the language that policies use, with the semantics of the Kubernetes API server: errors absorbed by `&&`
//! and `||`, optionals, null fields absent. Names are resolved and literals compiled when a policy is loaded, so that an
//! evaluation only walks a tree.

mod ast;
mod eval;
mod functions;
mod lexer;
mod parser;
mod pattern;
mod value;

#[cfg(test)]
mod differential;
#[cfg(test)]
mod tests;

pub use eval::{Env, EvalError};
pub use value::{Fault, Value};

use crate::limits::Limits;

/// What is wrong with an expression, and where in its source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// What is wrong.
    pub message: String,
    /// Offset in bytes.
    pub at: u32,
}

impl SyntaxError {
    fn new(at: usize, message: impl Into<String>) -> Self {
        Self { message: message.into(), at: crate::source::clamp(at) }
    }
}

/// The names that an expression may use.
#[derive(Clone, Copy, Debug, Default)]
pub struct Names<'a> {
    /// Bindings, in the order in which [`Env`] holds them.
    pub slots: &'a [&'a str],
    /// What may stand behind `variables.`.
    pub variables: &'a [&'a str],
}

/// How much an expression may ask for.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// How deep it is nested at most.
    pub depth: u64,
    /// How many bytes a compiled pattern has at most.
    pub pattern_bytes: u64,
    /// Whether it was compiled by a test: its patterns are then compiled when they are needed.
    pub tested: bool,
}

impl Bounds {
    /// Those of an embedded expression.
    #[must_use]
    pub fn of(limits: &Limits) -> Self {
        Self { depth: limits.policy_depth, pattern_bytes: limits.regex_bytes, tested: true }
    }
}

/// A compiled expression.
#[derive(Debug)]
pub struct Program(ast::Expr);

impl Program {
    /// Compiles an expression.
    ///
    /// # Errors
    /// The first fault of the source: syntax, unknown names and functions, patterns that do not compile.
    pub fn compile(source: &str, names: &Names<'_>, bounds: Bounds) -> Result<Self, SyntaxError> {
        parser::parse(source, names, bounds).map(Self)
    }

    /// Its value.
    ///
    /// # Errors
    /// Why it has none.
    pub fn eval<'a>(&'a self, env: &mut Env<'a>) -> Result<Value<'a>, EvalError> {
        env.eval(&self.0)
    }

    /// Whether it holds.
    ///
    /// # Errors
    /// Why it has no value, or that its value is no `bool`.
    pub fn test<'a>(&'a self, env: &mut Env<'a>) -> Result<bool, EvalError> {
        match self.eval(env)? {
            Value::Bool(value) => Ok(value),
            other => Err(EvalError { fault: Fault::NoOverload("predicate", other.type_name().into()), at: self.0.at }),
        }
    }
}
