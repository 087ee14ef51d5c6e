//! A compiled expression, and its packed form.

use std::cell::OnceCell;

use serde::de::Deserializer;
use serde::ser::{Error as _, Serializer};
use serde::{Deserialize, Serialize};

use super::ast::Expr;
use super::eval::{Env, EvalError};
use super::value::{Fault, Value};
use super::{Names, SyntaxError, parser};
use crate::limits::Limits;

/// A compiled expression. One that was packed is unpacked when it is first evaluated, as most of a run never are.
#[derive(Debug)]
pub struct Program {
    packed: Vec<u8>,
    expr: OnceCell<Result<Expr, Fault>>,
}

impl Program {
    /// Compiles an expression.
    ///
    /// # Errors
    /// The first fault of the source: syntax, unknown names and functions, patterns that do not compile.
    pub fn compile(source: &str, names: &Names<'_>, limits: &Limits) -> Result<Self, SyntaxError> {
        let expr = parser::parse(source, names, limits)?;
        Ok(Self { packed: Vec::new(), expr: OnceCell::from(Ok(expr)) })
    }

    /// Its tree.
    ///
    /// # Errors
    /// It was packed by another version.
    pub(super) fn expr(&self) -> Result<&Expr, Fault> {
        let unpack = || postcard::from_bytes(&self.packed).map_err(|_| Fault::Packed);
        self.expr.get_or_init(unpack).as_ref().map_err(Clone::clone)
    }

    /// Its value.
    ///
    /// # Errors
    /// Why it has none.
    pub fn eval<'a>(&'a self, env: &mut Env<'a>) -> Result<Value<'a>, EvalError> {
        env.eval(self.expr().map_err(|fault| EvalError { fault, at: 0 })?)
    }

    /// Whether it holds.
    ///
    /// # Errors
    /// Why it has no value, or that its value is no `bool`.
    pub fn test<'a>(&'a self, env: &mut Env<'a>) -> Result<bool, EvalError> {
        match self.eval(env)? {
            Value::Bool(value) => Ok(value),
            other => {
                let at = self.expr().map_or(0, |expr| expr.at);
                Err(EvalError { fault: Fault::NoOverload("predicate", other.type_name().into()), at })
            }
        }
    }
}

impl Serialize for Program {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let expr = self.expr().map_err(S::Error::custom)?;
        serializer.serialize_bytes(&postcard::to_allocvec(expr).map_err(S::Error::custom)?)
    }
}

impl<'de> Deserialize<'de> for Program {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let packed = <&[u8]>::deserialize(deserializer)?.to_vec();
        Ok(Self { packed, expr: OnceCell::new() })
    }
}
