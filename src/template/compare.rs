//! `eq`, `ne`, `lt` and their kin: basic kinds must match, integers compare whatever their sign.

use super::call::CallError;
use super::format::sprintf;
use crate::value::Value;

/// Go's basic kinds, the values that can be compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bool,
    Int,
    Uint,
    Float,
    String,
}

fn kind(value: &Value) -> Option<Kind> {
    Some(match value {
        Value::Bool(..) => Kind::Bool,
        Value::Int(_, of, _) if of.unsigned() => Kind::Uint,
        Value::Int(..) => Kind::Int,
        Value::Float(..) => Kind::Float,
        Value::Str(..) => Kind::String,
        _ => return None,
    })
}

fn incompatible(a: &Value, b: &Value) -> CallError {
    format!("incompatible types for comparison: {} and {}", a.type_name(), b.type_name()).into()
}

/// Integers of both signs as one type.
fn wide(value: &Value) -> Option<i128> {
    match value {
        Value::Int(_, of, value) if of.unsigned() => Some(i128::from(value.cast_unsigned())),
        Value::Int(_, _, value) => Some(i128::from(*value)),
        _ => None,
    }
}

/// Whether the first value equals any of the others.
pub(super) fn eq(values: &[Value]) -> Result<bool, CallError> {
    let Some((first, others)) = values.split_first() else { return Ok(false) };
    if others.is_empty() {
        return Err("missing argument for comparison".into());
    }
    for other in others {
        if equal(first, other)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn equal(a: &Value, b: &Value) -> Result<bool, CallError> {
    if let (Some(a), Some(b)) = (wide(a), wide(b)) {
        return Ok(a == b);
    }
    match (kind(a), kind(b)) {
        (None, None) => uncommon(a, b),
        (a_kind, b_kind) if a_kind == b_kind => Ok(a.deep_equal(b)),
        _ if a.is_nil() || b.is_nil() => Ok(false),
        _ => Err(incompatible(a, b)),
    }
}

/// Neither value is of a basic kind: nil, collections, structures.
fn uncommon(a: &Value, b: &Value) -> Result<bool, CallError> {
    if a.is_nil() || b.is_nil() {
        return Ok(a.is_nil() == b.is_nil());
    }
    let shown =
        |verb: &[u8], value: &Value| String::from_utf8_lossy(&sprintf(verb, std::slice::from_ref(value))).into_owned();
    if a.kind() != b.kind() {
        let (a_type, b_type) = (a.type_name(), b.type_name());
        return Err(format!("non-comparable types {}: {a_type}, {b_type}: {}", shown(b"%s", a), shown(b"%v", b)).into());
    }
    match (a, b) {
        (Value::Struct(_, a_inner), Value::Struct(_, b_inner)) => {
            let pointer = b_inner.type_name.starts_with('*');
            Ok(if pointer { std::rc::Rc::ptr_eq(a_inner, b_inner) } else { a.deep_equal(b) })
        }
        _ => Err(format!("non-comparable type {}: {}", shown(b"%s", b), b.type_name()).into()),
    }
}

/// Whether `a < b`.
pub(super) fn lt(a: &Value, b: &Value) -> Result<bool, CallError> {
    let (Some(a_kind), Some(b_kind)) = (kind(a), kind(b)) else {
        return Err("invalid type for comparison".into());
    };
    if let (Some(a), Some(b)) = (wide(a), wide(b)) {
        return Ok(a < b);
    }
    match (a, b) {
        (Value::Float(_, a), Value::Float(_, b)) => Ok(a < b),
        (Value::Str(_, a), Value::Str(_, b)) => Ok(a.as_bytes() < b.as_bytes()),
        _ if a_kind != b_kind => Err(incompatible(a, b)),
        _ => Err("invalid type for comparison".into()),
    }
}

/// Whether `a <= b`.
pub(super) fn le(values: &[Value]) -> Result<bool, CallError> {
    let [a, b] = values else { return Err("missing argument for comparison".into()) };
    Ok(lt(a, b)? || eq(values)?)
}
