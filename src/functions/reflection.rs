//! Sprig's functions about Go types.

use super::work::Work;
use super::{Outcome, fixed};
use crate::template::Type::{Any, String as Str};
use crate::template::{Call, Function};
use crate::value::Value;

pub(super) const TABLE: &[Function] = &[
    fixed("deepEqual", &[Any, Any], deep_equal),
    fixed("kindIs", &[Str, Any], kind_is),
    fixed("kindOf", &[Any], kind_of),
    fixed("typeIs", &[Str, Any], type_is),
    fixed("typeIsLike", &[Str, Any], type_is_like),
    fixed("typeOf", &[Any], type_of),
];

/// Whether two values are equal, their types and all that they hold.
fn deep_equal(call: &mut Call<'_>) -> Outcome {
    Ok(Value::bool(Work::of(call).equal(call.arg(0), call.arg(1))?))
}

/// Whether a value is of a Go kind, such as `map`.
fn kind_is(call: &mut Call<'_>) -> Outcome {
    Ok(Value::bool(call.bytes(0) == call.arg(1).kind().as_bytes()))
}

/// The Go kind of a value.
fn kind_of(call: &mut Call<'_>) -> Outcome {
    Ok(Value::str(call.arg(0).kind()))
}

/// Whether a value is of a Go type, such as `[]string`.
fn type_is(call: &mut Call<'_>) -> Outcome {
    Ok(Value::bool(call.bytes(0) == call.arg(1).type_name().as_bytes()))
}

/// Whether a value is of a Go type or a pointer to it.
fn type_is_like(call: &mut Call<'_>) -> Outcome {
    let name = call.arg(1).type_name();
    let like = call.bytes(0) == name.as_bytes() || name.strip_prefix('*').map(str::as_bytes) == Some(call.bytes(0));
    Ok(Value::bool(like))
}

/// The Go type of a value.
fn type_of(call: &mut Call<'_>) -> Outcome {
    Ok(Value::str(call.arg(0).type_name()))
}
