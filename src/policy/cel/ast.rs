//! A compiled CEL expression: names are slots, functions are pointers, patterns are compiled.

use super::functions::Function;
use super::pattern::Pattern;

/// An expression and the offset of the token that makes it what it is.
#[derive(Debug)]
pub(crate) struct Expr {
    pub(crate) kind: Kind,
    pub(crate) at: u32,
}

/// What an expression is.
#[derive(Debug)]
pub(crate) enum Kind {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    Str(Box<str>),
    /// A type by its name.
    Type(&'static str),
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
    Call(&'static Function, Vec<Expr>),
    /// `matches` with its literal pattern.
    Matches(Box<Expr>, Box<Pattern>),
}

/// Operators of two operands that evaluate both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
#[derive(Debug)]
pub(crate) struct Comprehension {
    pub(crate) of: Macro,
    pub(crate) range: Expr,
    /// The condition of `map` with three arguments.
    pub(crate) filter: Option<Expr>,
    pub(crate) body: Expr,
}

/// Which macro.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Macro {
    All,
    Exists,
    ExistsOne,
    Filter,
    Map,
    OptMap,
    OptFlatMap,
}
