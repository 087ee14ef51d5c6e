//! Sprig's functions about Go types.

use super::work::equal;
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
    Ok(Value::bool(equal(call, call.arg(0), call.arg(1))?))
}

/// Whether a value is of a Go kind, such as `map`.
fn kind_is(call: &mut Call<'_>) -> Outcome {
    Ok(Value::bool(call.bytes(0) == call.arg(1).kind().as_bytes()))
}

/// The Go kind of a value.
fn kind_of(call: &mut Call<'_>) -> Outcome {
    let kind = call.arg(0).kind();
    Ok(named(call, kind))
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
    let name = call.arg(0).type_name();
    Ok(named(call, name))
}

/// A name that is the same whatever the argument holds.
fn named(call: &mut Call<'_>, name: &'static str) -> Value {
    let mark = call.arg(0).mark();
    Value::str(name).with_mark(call.origins().around(mark))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call_in, exec, i, s, show};
    use crate::limits::Limits;
    use crate::value::Value;

    #[test]
    fn types_and_kinds_are_go_s() {
        let version = call_in(&mut exec(Limits::default()), "semver", &[s("1")]).unwrap();
        for (value, kind, of) in [
            (Value::NIL, "invalid", "<nil>"),
            (s(""), "string", "string"),
            (i(1), "int", "int"),
            (Value::float(1.0), "float64", "float64"),
            (Value::list(vec![]), "slice", "[]interface {}"),
            (Value::map(vec![]), "map", "map[string]interface {}"),
            (version.clone(), "ptr", "*semver.Version"),
        ] {
            assert_eq!(show("kindOf", std::slice::from_ref(&value)), kind);
            assert_eq!(show("typeOf", std::slice::from_ref(&value)), of);
            assert_eq!(show("kindIs", &[s(kind), value.clone()]), "true");
            assert_eq!(show("typeIs", &[s(of), value.clone()]), "true");
            assert_eq!(show("typeIsLike", &[s(of), value.clone()]), "true");
            assert_eq!(show("kindIs", &[s("bool"), value]), "false");
        }
        assert_eq!(show("typeIs", &[s("semver.Version"), version.clone()]), "false");
        assert_eq!(show("typeIsLike", &[s("semver.Version"), version]), "true");
    }

    #[test]
    fn equality_is_deep_and_typed() {
        let list = |number| Value::map(vec![("a".into(), Value::list(vec![number]))]);
        assert_eq!(show("deepEqual", &[list(i(1)), list(i(1))]), "true");
        assert_eq!(show("deepEqual", &[list(i(1)), list(Value::float(1.0))]), "false");
        assert_eq!(show("deepEqual", &[Value::NIL, Value::NIL]), "true");
        assert_eq!(show("deepEqual", &[Value::float(f64::NAN), Value::float(f64::NAN)]), "false");
    }
}
