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
    let found = call.args.iter().position(Value::truth);
    Ok(found.map_or(Value::NIL, |index| chosen(call, index)))
}

/// The second argument, or the first one when it is empty.
fn default(call: &mut Call<'_>) -> Outcome {
    let index = usize::from(call.arg(1).truth());
    Ok(chosen(call, index))
}

/// Whether a value is nil, false, zero or without items.
fn empty(call: &mut Call<'_>) -> Outcome {
    Ok(Value::bool(!call.arg(0).truth()))
}

/// The first argument when the third one holds, else the second one.
fn ternary(call: &mut Call<'_>) -> Outcome {
    let index = usize::from(!call.bool(2));
    Ok(chosen(call, index))
}

/// An argument as it is, for all that is seen of it; that it was chosen is a decision.
fn chosen(call: &mut Call<'_>, index: usize) -> Value {
    let frame = call.frame;
    call.origins().decide(frame, false, index);
    call.arg(index).clone()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call_in, exec, i, s, show};
    use super::*;
    use crate::limits::Limits;
    use crate::origin::{Key, Leaf, Mark};
    use crate::source::{SourceId, Span};

    #[test]
    fn emptiness_is_go_s() {
        let empty =
            [Value::NIL, s(""), i(0), Value::float(0.0), Value::bool(false), Value::list(vec![]), Value::map(vec![])];
        for value in &empty {
            assert_eq!(show("empty", std::slice::from_ref(value)), "true", "{value:?}");
            assert_eq!(show("default", &[s("d"), value.clone()]), "d");
        }
        let full = [s("x"), i(-1), Value::float(f64::NAN), Value::bool(true), Value::list(vec![Value::NIL])];
        for value in &full {
            assert_eq!(show("empty", std::slice::from_ref(value)), "false", "{value:?}");
        }
        assert_eq!(show("all", &full), "true");
        assert_eq!(show("all", &[i(1), i(0)]), "false");
        assert_eq!(show("any", &empty), "false");
        assert_eq!(show("any", &[i(0), i(1)]), "true");
        assert_eq!(show("all", &[]), "true");
        assert_eq!(show("coalesce", &empty), "<nil>");
        assert_eq!(show("coalesce", &[i(0), s("x"), s("y")]), "x");
        assert_eq!(show("default", &[s("d")]), "d");
        assert_eq!(show("default", &[i(1), i(2), i(3)]), "2");
        assert_eq!(show("ternary", &[s("a"), s("b"), Value::bool(true)]), "a");
        assert_eq!(show("ternary", &[s("a"), s("b"), Value::bool(false)]), "b");
    }

    #[test]
    fn what_is_chosen_keeps_its_mark() {
        let mut exec = exec(Limits::default());
        let leaf = Leaf { span: Span::new(SourceId(1), 0, 1), parent: Mark::NONE, key: Key::Root };
        let mark = exec.origins.leaf(leaf);
        let marked = || s("v").with_mark(mark);
        for (name, args) in [
            ("default", vec![s("d"), marked()]),
            ("default", vec![marked(), s("")]),
            ("coalesce", vec![Value::NIL, marked()]),
            ("ternary", vec![marked(), s("b"), Value::bool(true)]),
            ("toString", vec![marked()]),
        ] {
            assert_eq!(call_in(&mut exec, name, &args).unwrap().mark(), mark, "{name}");
        }
    }
}
