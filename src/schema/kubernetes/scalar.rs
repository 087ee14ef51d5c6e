//! Single values: which YAML the API server reads as which type.

use super::table::Scalar;
use crate::quantity::is_quantity;
use crate::yaml::decode_base64;
use crate::yaml::node::{Data, Node};

/// A value of another type than its field. It is not told itself: it may be a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// What the field takes: `a string`.
    pub expected: &'static str,
    /// What there is: `a number`.
    pub found: &'static str,
}

impl Misfit {
    pub(super) fn new(expected: &'static str, node: &Node) -> Self {
        let found = match &node.data {
            Data::Null => "nothing",
            Data::Bool(_) => "a boolean",
            Data::Int(_) | Data::Uint(_) | Data::Float(_) => "a number",
            Data::String(text) if text.is_empty() => "an empty string",
            Data::String(_) => "a string",
            Data::List(_) => "a list",
            Data::Map(_) => "a mapping",
        };
        Self { expected, found }
    }
}

/// What is wrong with a value, if it is not of a type.
#[must_use]
pub(super) fn misfit(scalar: Scalar, node: &Node) -> Option<Misfit> {
    let is_number = matches!(node.data, Data::Int(_) | Data::Uint(_) | Data::Float(_));
    let (fits, expected) = match scalar {
        Scalar::Any => return None,
        Scalar::String => (node.as_str().is_some(), "a string"),
        Scalar::Bool => (node.as_bool().is_some(), "a boolean"),
        Scalar::Number => (is_number, "a number"),
        Scalar::Int32 if is_number => (is_int32(node), "an integer of 32 bits"),
        Scalar::Int64 if is_number => (integer(node).is_some(), "an integer of 64 bits"),
        Scalar::Int32 | Scalar::Int64 => (false, "an integer"),
        Scalar::IntOrString => (node.as_str().is_some() || is_int32(node), "an integer or a string"),
        Scalar::Quantity => {
            let is_text = node.as_str().is_some_and(|text| is_quantity(text.trim()));
            (is_number || is_text, "a quantity such as `500m` or `1Gi`")
        }
        // A list of numbers is bytes, too, as far as Go's JSON goes.
        Scalar::Bytes => (
            node.as_str().is_some_and(|text| decode_base64(text).is_some()) || matches!(node.data, Data::List(_)),
            if node.as_str().is_some() { "base64" } else { "a string of base64" },
        ),
        Scalar::Object => (matches!(node.data, Data::Map(_)), "a mapping"),
    };
    if fits {
        return None;
    }
    let misfit = Misfit::new(expected, node);
    let is_text =
        matches!(scalar, Scalar::Bytes | Scalar::Quantity) && node.as_str().is_some_and(|text| !text.is_empty());
    Some(if is_text { Misfit { found: "another text", ..misfit } } else { misfit })
}

/// The number as JSON has it: `1.0` is written as `1` before it gets there.
fn integer(node: &Node) -> Option<i64> {
    match node.data {
        Data::Int(number) => Some(number),
        Data::Float(number) if number.fract() == 0.0 && number.abs() < 1e18 => Some(number as i64),
        _ => None,
    }
}

fn is_int32(node: &Node) -> bool {
    integer(node).is_some_and(|number| i32::try_from(number).is_ok())
}
