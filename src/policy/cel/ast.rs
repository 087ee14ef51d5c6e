//! A compiled CEL expression: names are slots, functions are pointers.
//!
//! Its written form is for the version of this crate that wrote it: functions and types go by their places in tables.

use serde::{Deserialize, Serialize};

use super::functions::Function;
use super::pattern::Pattern;

// Serde takes a reference for something borrowed from what is read, but not behind another name.
type TypeName = &'static str;
type Known = &'static Function;

/// An expression and the offset of the token that makes it what it is.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Expr {
    pub(crate) kind: Kind,
    pub(crate) at: u32,
}

/// What an expression is.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Kind {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    Str(Box<str>),
    /// A type by its name.
    Type(#[serde(with = "type_name")] TypeName),
    /// A binding handed in by the caller.
    Slot(usize),
    /// A `variables.NAME` of the policy, evaluated when first needed.
    Variable(usize),
    /// The variable of an enclosing comprehension, counted from the outermost.
    Local(usize),
    /// `a.f`.
    Field(Box<Expr>, Box<str>),
    /// `a.?f`.
    OptionalField(Box<Expr>, Box<str>),
    /// `has(a.f)`.
    Has(Box<Expr>, Box<str>),
    /// `a[i]`.
    Index(Box<(Expr, Expr)>),
    /// `a[?i]`.
    OptionalIndex(Box<(Expr, Expr)>),
    Not(Box<Expr>),
    Negate(Box<Expr>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    /// `a ? b : c`.
    Choice(Box<(Expr, Expr, Expr)>),
    Binary(Operator, Box<(Expr, Expr)>),
    /// Items, those with `?` marked.
    List(Vec<(bool, Expr)>),
    Map(Vec<(Expr, Expr)>),
    Comprehension(Box<Comprehension>),
    /// A call; a receiver is the first argument.
    Call(#[serde(with = "function")] Known, Vec<Expr>),
    /// `matches` with its literal pattern.
    Matches(Box<Expr>, Box<Pattern>),
}

/// Operators of two operands that evaluate both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
}

impl Operator {
    /// As it is written.
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::In => "in",
        }
    }
}

/// A macro that binds a variable.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Comprehension {
    pub(crate) of: Macro,
    pub(crate) range: Expr,
    /// The condition of `map` with three arguments.
    pub(crate) filter: Option<Expr>,
    pub(crate) body: Expr,
}

/// Which macro.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Macro {
    All,
    Exists,
    ExistsOne,
    Filter,
    Map,
    OptMap,
    OptFlatMap,
}

/// The names of types.
pub(crate) const TYPES: [&str; 9] = ["bool", "double", "int", "list", "map", "null_type", "string", "type", "uint"];

mod type_name {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::TYPES;

    pub(super) fn serialize<S: Serializer>(name: &str, serializer: S) -> Result<S::Ok, S::Error> {
        TYPES.iter().position(|known| *known == name).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<&'static str, D::Error> {
        let place = Option::<usize>::deserialize(deserializer)?;
        place.and_then(|place| TYPES.get(place).copied()).ok_or_else(|| D::Error::custom("no such type"))
    }
}

mod function {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::policy::cel::functions::{FUNCTIONS, Function};

    pub(super) fn serialize<S: Serializer>(function: &'static Function, serializer: S) -> Result<S::Ok, S::Error> {
        FUNCTIONS.iter().position(|known| std::ptr::eq(known, function)).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<&'static Function, D::Error> {
        let place = Option::<usize>::deserialize(deserializer)?;
        place.and_then(|place| FUNCTIONS.get(place)).ok_or_else(|| D::Error::custom("no such function"))
    }
}
