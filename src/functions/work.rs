//! A budget for functions whose work grows faster than their arguments: comparing, copying, merging, exact arithmetic.
//!
//! A call may do as many steps as a whole render may, and no value may nest deeper than the limit.

use crate::limits::Exceeded;
use crate::template::Call;
use crate::value::Value;

/// The work of one call.
pub(super) struct Work {
    done: u64,
    limit: u64,
    depth: u64,
}

impl Work {
    /// The budget of a call.
    pub(super) fn of(call: &Call<'_>) -> Self {
        let limits = &call.environment().limits;
        Self { done: 0, limit: limits.steps, depth: limits.value_depth }
    }

    /// Counts steps.
    pub(super) fn step(&mut self, steps: u64) -> Result<(), Exceeded> {
        self.done = self.done.saturating_add(steps);
        Exceeded::check("template-steps", self.done, self.limit)
    }

    /// Checks the depth of a value.
    pub(super) fn check_depth(&self, depth: u64) -> Result<(), Exceeded> {
        Exceeded::check("value-depth", depth, self.depth)
    }

    /// `reflect.DeepEqual`: types must match, NaN differs from itself.
    pub(super) fn equal(&mut self, a: &Value, b: &Value) -> Result<bool, Exceeded> {
        self.equal_at(a, b, 0)
    }

    fn equal_at(&mut self, a: &Value, b: &Value, depth: u64) -> Result<bool, Exceeded> {
        self.step(1)?;
        self.check_depth(depth)?;
        match (a, b) {
            (Value::List(_, a), Value::List(_, b)) => {
                if std::rc::Rc::ptr_eq(a, b) {
                    return Ok(true);
                }
                if a.of != b.of || a.is_nil() != b.is_nil() || a.items().len() != b.items().len() {
                    return Ok(false);
                }
                self.all_equal(a.items().iter().zip(b.items()), depth)
            }
            (Value::Map(_, a), Value::Map(_, b)) => {
                if std::rc::Rc::ptr_eq(a, b) {
                    return Ok(true);
                }
                if a.of != b.of || a.len() != b.len() {
                    return Ok(false);
                }
                let (a, b) = (a.entries(), b.entries());
                if a.iter().zip(&b).any(|((a, _), (b, _))| a != b) {
                    return Ok(false);
                }
                self.all_equal(a.iter().zip(&b).map(|((_, a), (_, b))| (a, b)), depth)
            }
            _ => Ok(a.deep_equal(b)),
        }
    }

    fn all_equal<'a>(
        &mut self,
        mut pairs: impl Iterator<Item = (&'a Value, &'a Value)>,
        depth: u64,
    ) -> Result<bool, Exceeded> {
        pairs.try_fold(true, |equal, (a, b)| Ok(equal && self.equal_at(a, b, depth + 1)?))
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
