//! CEL, the Common Expression Language, over YAML nodes.
//!
//! The part of the language that policies use, with the semantics of the Kubernetes API server: errors absorbed by `&&`
//! and `||`, optionals, null fields absent. Names are resolved and literals compiled when a policy is loaded, so that an
//! evaluation only walks a tree.

mod ast;
mod eval;
mod functions;
mod lexer;
mod operators;
mod parser;
mod pattern;
mod program;
mod value;

#[cfg(test)]
mod differential;
#[cfg(test)]
mod tests;

pub use eval::{Env, EvalError};
pub use program::Program;
pub use value::{Fault, Value};

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
        Self { message: message.into(), at: clamp(at) }
    }
}

/// Sources are shorter than 4 GiB.
fn clamp(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

/// The names that an expression may use.
#[derive(Clone, Copy, Debug, Default)]
pub struct Names<'a> {
    /// Bindings, in the order in which [`Env`] holds them.
    pub slots: &'a [&'a str],
    /// What may stand behind `variables.`.
    pub variables: &'a [&'a str],
}
