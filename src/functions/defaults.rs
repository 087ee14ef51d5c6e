//! Sprig's functions about emptiness, and `ternary`. What they choose is answered as it is, origins included.

use super::{Outcome, fixed, variadic};
use crate::template::Type::{Any, Bool};
use crate::template::{Call, Function};
use crate::value::Value;

pub(super) const TABLE: &[Function] = &[
    variadic("all", &[Any], all),
    variadic("any", &[Any], any),
    variadic("coalesce", &[Any], coalesce),
    variadic("default", &[Any, Any], default),
    fixed("empty", &[Any], empty),
    fixed("ternary", &[Any, Any, Bool], ternary),
];

/// Whether no argument is empty.
fn all(call: &mut Call<'_>) -> Outcome {
    Ok(Value::bool(call.args.iter().all(Value::truth)))
}

/// Whether some argument is not empty.
fn any(call: &mut Call<'_>) -> Outcome {
    Ok(Value::bool(call.args.iter().any(Value::truth)))
}

/// The first argument that is not empty; nil if all are.
fn coalesce(call: &mut Call<'_>) -> Outcome {
    Ok(call.args.iter().find(|value| value.truth()).cloned().unwrap_or(Value::NIL))
}

/// The second argument, or the first one when it is empty.
fn default(call: &mut Call<'_>) -> Outcome {
    let given = call.arg(1);
    Ok(if given.truth() { given } else { call.arg(0) }.clone())
}

/// Whether a value is nil, false, zero or without items.
fn empty(call: &mut Call<'_>) -> Outcome {
    Ok(Value::bool(!call.arg(0).truth()))
}

/// The first argument when the third one holds, else the second one.
fn ternary(call: &mut Call<'_>) -> Outcome {
    Ok(call.arg(usize::from(!call.bool(2))).clone())
}
