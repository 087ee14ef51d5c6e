//! Single values: which YAML the API server reads as which type.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};

use super::table::Scalar;
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
        Scalar::Quantity => (is_number || node.as_str().is_some_and(is_quantity), "a quantity such as `500m` or `1Gi`"),
        // A list of numbers is bytes, too, as far as Go's JSON goes.
        Scalar::Bytes => (
            node.as_str().is_some_and(is_base64) || matches!(node.data, Data::List(_)),
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

/// Whether `k8s.io/apimachinery/pkg/api/resource` reads a text as a quantity.
fn is_quantity(text: &str) -> bool {
    const SUFFIXES: [&str; 16] = ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    let text = text.trim();
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(end);
    let exponent = || suffix.strip_prefix(['e', 'E']).is_some_and(|exponent| exponent.parse::<i32>().is_ok());
    number.bytes().any(|byte| byte.is_ascii_digit())
        && number.matches('.').count() <= 1
        && (SUFFIXES.contains(&suffix) || exponent())
}

/// Whether Go's `encoding/base64` reads a text: line breaks do not count, padding does.
fn is_base64(text: &str) -> bool {
    const ENGINE: GeneralPurpose =
        GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));
    let bytes: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    ENGINE.decode(bytes).is_ok()
}
