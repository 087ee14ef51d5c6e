//! What functions share whose work grows faster than their arguments: comparing, copying, merging, exact arithmetic.
//!
//! Their steps count as steps of the render, and no value may nest deeper than the limit.

use std::rc::Rc;

use crate::limits::Exceeded;
use crate::template::Call;
use crate::value::Value;

/// Checks the depth of a value.
pub(super) fn check_depth(call: &Call<'_>, depth: u64) -> Result<(), Exceeded> {
    Exceeded::check("value-depth", depth, call.environment().limits.value_depth)
}

/// `reflect.DeepEqual`: types must match, NaN differs from itself.
pub(super) fn equal(call: &mut Call<'_>, a: &Value, b: &Value) -> Result<bool, Exceeded> {
    equal_at(call, a, b, 0)
}

fn equal_at(call: &mut Call<'_>, a: &Value, b: &Value, depth: u64) -> Result<bool, Exceeded> {
    call.exec.charge(1)?;
    check_depth(call, depth)?;
    match (a, b) {
        (Value::List(_, a), Value::List(_, b)) => {
            if Rc::ptr_eq(a, b) {
                return Ok(true);
            }
            if a.of != b.of || a.is_nil() != b.is_nil() || a.items().len() != b.items().len() {
                return Ok(false);
            }
            for (a, b) in a.items().iter().zip(b.items()) {
                if !equal_at(call, a, b, depth + 1)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Value::Map(_, a), Value::Map(_, b)) => {
            if a.of == b.of && a.same(b) {
                return Ok(true);
            }
            if a.of != b.of || a.is_nil() != b.is_nil() || a.keys() != b.keys() {
                return Ok(false);
            }
            for ((_, a), (_, b)) in a.entries().iter().zip(&b.entries()) {
                if !equal_at(call, a, b, depth + 1)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        _ => Ok(a.deep_equal(b)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{exec, show_in};
    use crate::limits::Limits;
    use crate::value::Value;

    fn nested(levels: u64) -> Value {
        (0..levels).fold(Value::int(1), |inner, _| Value::list(vec![inner]))
    }

    #[test]
    fn depth_stops_at_the_limit() {
        let limits = Limits { value_depth: 10, ..Limits::default() };
        for (levels, expected) in [(9, "true"), (10, "true"), (11, "LIMIT value-depth")] {
            assert_eq!(show_in(&mut exec(limits.clone()), "deepEqual", &[nested(levels), nested(levels)]), expected);
        }
    }

    #[test]
    fn steps_stop_at_the_limit() {
        let limits = Limits { steps: 10, ..Limits::default() };
        let list = |items| Value::list(vec![Value::int(1); items]);
        for (items, expected) in [(8, "true"), (9, "true"), (10, "LIMIT template-steps")] {
            assert_eq!(show_in(&mut exec(limits.clone()), "deepEqual", &[list(items), list(items)]), expected);
        }
    }

    #[test]
    fn shared_structure_is_compared_once_per_path_and_bounded() {
        let doubled =
            |levels| (0..levels).fold(Value::int(1), |inner: Value, _| Value::list(vec![inner.clone(), inner]));
        let limits = Limits { steps: 10_000, ..Limits::default() };
        assert_eq!(show_in(&mut exec(limits), "deepEqual", &[doubled(64), doubled(64)]), "LIMIT template-steps");
    }
}
