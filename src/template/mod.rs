//! Go's text/template and fmt, and nothing of Helm: lexer, parser, evaluator, typed function calls, formatting.
//!
//! Functions come from outside as [`Function`] rows; what they may touch comes in a [`Call`].

mod call;
mod environment;
mod exec;

pub use call::{Call, CallError, Function, Type};
pub use environment::{Environment, Random};
pub use exec::{Error, Exec};
