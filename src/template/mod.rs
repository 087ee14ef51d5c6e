//! Go's text/template and fmt, and nothing of Helm but its error texts: lexer, parser, evaluator, typed function calls, formatting.
//!
//! Functions come from outside as [`Function`] rows; what they may touch comes in a [`Call`].

mod arguments;
pub(crate) mod ast;
mod blocks;
mod builtins;
mod call;
mod chars;
mod compare;
mod constants;
mod environment;
mod error;
mod escape;
mod eval;
mod exec;
mod float;
pub mod format;
mod lexer;
mod marks;
mod parser;
mod print;
mod quote;
mod set;
mod verbs;

pub use blocks::Blocks;
pub use call::{Call, CallError, Function, Type};
pub use environment::{Environment, Random};
pub use error::{Cause, Error, Failed, ParseError};
pub use exec::Exec;
pub use set::TemplateSet;

#[cfg(test)]
mod tests;
