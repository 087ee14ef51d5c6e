//! CEL values over YAML nodes: scalars and collections are borrowed, only what an expression makes is owned.
//!
//! As the API server has it for typed objects, a field whose value is null is absent.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::rc::Rc;

use crate::limits::Exceeded;
use crate::yaml::node::{Data, Entry, Node};

/// A value during evaluation.
#[derive(Clone, Debug)]
pub enum Value<'a> {
    /// `null`.
    Null,
    /// `bool`.
    Bool(bool),
    /// `int`.
    Int(i64),
    /// `uint`.
    Uint(u64),
    /// `double`.
    Double(f64),
    /// A string of a document or of the expression.
    Str(&'a str),
    /// A string that the expression made.
    Text(Rc<str>),
    /// A sequence of a document.
    Nodes(&'a [Node]),
    /// A list that the expression made.
    List(Rc<Vec<Self>>),
    /// A mapping of a document.
    Object(&'a [Entry]),
    /// A map that the expression made.
    Map(Rc<Vec<(Self, Self)>>),
    /// An optional that holds nothing.
    Nothing,
    /// An optional that holds a node.
    SomeNode(&'a Node),
    /// An optional that holds what the expression made.
    Some(Rc<Self>),
    /// A quantity such as `500m`.
    Quantity(Rc<crate::quantity::Quantity>),
    /// The type of a value.
    Type(&'static str),
}

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Fault {
    /// A field that is not there.
    #[error("no such key: `{0}`")]
    NoSuchKey(Box<str>),
    /// An index that is not there.
    #[error("index {0} is out of range")]
    OutOfRange(i64),
    /// An operator or function that does not know these types.
    #[error("`{0}` does not take {1}")]
    NoOverload(&'static str, Cow<'static, str>),
    /// The result does not fit.
    #[error("integer overflow")]
    Overflow,
    /// Division by zero.
    #[error("division by zero")]
    DivisionByZero,
    /// A conversion that fails.
    #[error("cannot convert to {0}")]
    Conversion(&'static str),
    /// A pattern that does not compile.
    #[error("invalid pattern: {0}")]
    Pattern(Box<str>),
    /// An expression that was not packed by this version.
    #[error("the expression cannot be unpacked")]
    Packed,
    /// `value()` of an empty optional.
    #[error("optional has no value")]
    NoValue,
    /// The work was too much.
    #[error(transparent)]
    Exceeded(#[from] Exceeded),
}

/// How much an evaluation may still do.
#[derive(Debug)]
pub(crate) struct Steps {
    left: u64,
    limit: u64,
}

impl Steps {
    /// A budget of `limit` steps.
    pub(crate) fn new(limit: u64) -> Self {
        Self { left: limit, limit }
    }

    /// Spends steps.
    #[inline]
    pub(crate) fn spend(&mut self, steps: usize) -> Result<(), Fault> {
        match self.left.checked_sub(steps as u64) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(Exceeded { name: "policy-steps", limit: self.limit }.into()),
        }
    }

    /// Spends what making a text of this length costs.
    pub(crate) fn spend_text(&mut self, bytes: usize) -> Result<(), Fault> {
        self.spend(bytes / 32 + 1)
    }
}

impl<'a> From<&'a Node> for Value<'a> {
    #[inline]
    fn from(node: &'a Node) -> Self {
        match &node.data {
            Data::Null => Self::Null,
            Data::Bool(value) => Self::Bool(*value),
            Data::Int(value) => Self::Int(*value),
            Data::Uint(value) => Self::Uint(*value),
            Data::Float(value) => Self::Double(*value),
            Data::String(text) => Self::Str(text),
            Data::List(items) => Self::Nodes(items),
            Data::Map(entries) => Self::Object(entries),
        }
    }
}

/// The value of a field; null counts as absent, the last of equal keys wins.
#[inline]
pub(crate) fn field<'a>(entries: &'a [Entry], key: &str) -> Option<&'a Node> {
    entries.iter().rev().find(|entry| &*entry.key == key).map(|entry| &entry.value).filter(|node| !node.is_null())
}

/// Keys with a value, each once, in document order.
pub(crate) fn keys(entries: &[Entry]) -> impl Iterator<Item = &str> {
    entries.iter().enumerate().filter_map(|(at, entry)| {
        let overridden = entries[at + 1..].iter().any(|later| later.key == entry.key);
        (!overridden && !entry.value.is_null()).then_some(&*entry.key)
    })
}

impl<'a> Value<'a> {
    /// A string that the expression made.
    pub(crate) fn text(text: impl Into<Rc<str>>) -> Self {
        Self::Text(text.into())
    }

    /// A list that the expression made.
    pub(crate) fn list(items: Vec<Self>) -> Self {
        Self::List(Rc::new(items))
    }

    /// A map from names to values.
    #[must_use]
    pub fn map<const N: usize>(entries: [(&'a str, Self); N]) -> Self {
        Self::Map(Rc::new(entries.into_iter().map(|(key, value)| (Self::Str(key), value)).collect()))
    }

    /// An optional that holds a value.
    pub(crate) fn some(value: Self) -> Self {
        Self::Some(Rc::new(value))
    }

    /// The string, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The items of a list.
    pub(crate) fn items(&self) -> Option<Items<'_, 'a>> {
        match self {
            Self::Nodes(nodes) => Some(Items::Nodes(nodes.iter())),
            Self::List(list) => Some(Items::Values(list.iter())),
            _ => None,
        }
    }

    /// What an optional holds: `None` if this is no optional.
    pub(crate) fn unwrap_optional(&self) -> Option<Option<Self>> {
        match self {
            Self::Nothing => Some(None),
            Self::SomeNode(node) => Some(Some(Self::from(*node))),
            Self::Some(value) => Some(Some((**value).clone())),
            _ => None,
        }
    }

    /// The name of its type, as `type()` has it.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null_type",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Uint(_) => "uint",
            Self::Double(_) => "double",
            Self::Str(_) | Self::Text(_) => "string",
            Self::Nodes(_) | Self::List(_) => "list",
            Self::Object(_) | Self::Map(_) => "map",
            Self::Nothing | Self::SomeNode(_) | Self::Some(_) => "optional_type",
            Self::Quantity(_) => "quantity",
            Self::Type(_) => "type",
        }
    }

    /// The value of a key of a map; `None` if it is not there.
    pub(crate) fn lookup(&self, key: &Self, steps: &mut Steps) -> Result<Option<Self>, Fault> {
        match self {
            Self::Object(entries) => {
                steps.spend(entries.len() / 16)?;
                Ok(key.as_str().and_then(|key| field(entries, key)).map(Self::from))
            }
            Self::Map(entries) => {
                for (name, value) in entries.iter() {
                    if name.equals(key, steps)? {
                        return Ok(Some(value.clone()));
                    }
                }
                Ok(None)
            }
            _ => Err(Fault::NoOverload("[]", self.type_name().into())),
        }
    }

    /// How many items, keys or characters it holds.
    pub(crate) fn size(&self, steps: &mut Steps) -> Result<i64, Fault> {
        let size = match self {
            Self::Str(text) => text.chars().count(),
            Self::Text(text) => text.chars().count(),
            Self::Nodes(nodes) => nodes.len(),
            Self::List(list) => list.len(),
            Self::Object(entries) => {
                steps.spend(entries.len().saturating_mul(entries.len()) / 16)?;
                keys(entries).count()
            }
            Self::Map(entries) => entries.len(),
            _ => return Err(Fault::NoOverload("size", self.type_name().into())),
        };
        Ok(i64::try_from(size).unwrap_or(i64::MAX))
    }

    /// Equality of the language: numbers compare across types, everything else only with its own.
    pub(crate) fn equals(&self, other: &Self, steps: &mut Steps) -> Result<bool, Fault> {
        steps.spend(1)?;
        if let (Some(a), Some(b)) = (self.as_str(), other.as_str()) {
            return Ok(a == b);
        }
        if let (Some(a), Some(b)) = (self.items(), other.items()) {
            if a.len() != b.len() {
                return Ok(false);
            }
            for (a, b) in a.zip(b) {
                if !a.equals(&b, steps)? {
                    return Ok(false);
                }
            }
            return Ok(true);
        }
        if let (Some(a), Some(b)) = (self.map_keys(steps)?, other.map_keys(steps)?) {
            if a.len() != b.len() {
                return Ok(false);
            }
            for key in a {
                let (left, right) = (self.lookup(&key, steps)?, other.lookup(&key, steps)?);
                let equal = match (left, right) {
                    (Some(a), Some(b)) => a.equals(&b, steps)?,
                    _ => false,
                };
                if !equal {
                    return Ok(false);
                }
            }
            return Ok(true);
        }
        if let (Some(a), Some(b)) = (self.unwrap_optional(), other.unwrap_optional()) {
            return match (a, b) {
                (Some(a), Some(b)) => a.equals(&b, steps),
                (None, None) => Ok(true),
                _ => Ok(false),
            };
        }
        Ok(match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Type(a), Self::Type(b)) => a == b,
            (Self::Quantity(a), Self::Quantity(b)) => a == b,
            _ => numbers(self, other) == Some(Ordering::Equal),
        })
    }

    /// The keys of a map, `None` for everything else.
    pub(crate) fn map_keys(&self, steps: &mut Steps) -> Result<Option<Vec<Self>>, Fault> {
        Ok(match self {
            Self::Object(entries) => {
                steps.spend(entries.len().saturating_mul(entries.len()) / 16)?;
                Some(keys(entries).map(Self::Str).collect())
            }
            Self::Map(entries) => Some(entries.iter().map(|(key, _)| key.clone()).collect()),
            _ => None,
        })
    }

    /// Order of two values of comparable types; `None` if they are not (NaN included).
    pub(crate) fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => Some(a.cmp(b)),
            (Self::Quantity(a), Self::Quantity(b)) => Some(a.cmp(b)),
            _ => match (self.as_str(), other.as_str()) {
                (Some(a), Some(b)) => Some(a.cmp(b)),
                _ => numbers(self, other),
            },
        }
    }

    /// Whether it is an `int`, `uint` or `double`.
    pub(crate) fn is_number(&self) -> bool {
        matches!(self, Self::Int(_) | Self::Uint(_) | Self::Double(_))
    }
}

/// Order of two numbers as if both were written on one line.
fn numbers(a: &Value<'_>, b: &Value<'_>) -> Option<Ordering> {
    let whole = |value: &Value<'_>| match value {
        Value::Int(value) => Some(i128::from(*value)),
        Value::Uint(value) => Some(i128::from(*value)),
        _ => None,
    };
    let double = |value: &Value<'_>| match value {
        Value::Double(value) => Some(*value),
        _ => None,
    };
    match (whole(a), whole(b), double(a), double(b)) {
        (Some(a), Some(b), ..) => Some(a.cmp(&b)),
        (.., Some(a), Some(b)) => a.partial_cmp(&b),
        (Some(a), _, _, Some(b)) => whole_to_double(a, b),
        (_, Some(b), Some(a), _) => whole_to_double(b, a).map(Ordering::reverse),
        _ => None,
    }
}

/// Exact: a double is compared by its whole part first, which always fits 128 bits when it is near a 64-bit number.
fn whole_to_double(a: i128, b: f64) -> Option<Ordering> {
    if b.is_nan() {
        return None;
    }
    // A conversion of a float to an integer saturates, which keeps the order.
    let floor = b.floor();
    Some(a.cmp(&(floor as i128)).then(if b > floor { Ordering::Less } else { Ordering::Equal }))
}

/// The items of a list, borrowed or made.
#[derive(Clone, Debug)]
pub(crate) enum Items<'v, 'a> {
    Nodes(std::slice::Iter<'a, Node>),
    Values(std::slice::Iter<'v, Value<'a>>),
}

impl<'a> Iterator for Items<'_, 'a> {
    type Item = Value<'a>;

    #[inline]
    fn next(&mut self) -> Option<Value<'a>> {
        match self {
            Self::Nodes(nodes) => nodes.next().map(Value::from),
            Self::Values(values) => values.next().cloned(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::Nodes(nodes) => nodes.size_hint(),
            Self::Values(values) => values.size_hint(),
        }
    }
}

impl ExactSizeIterator for Items<'_, '_> {}
