//! Sprig's functions that count: lists of integers.

use super::{Outcome, fixed, variadic};
use crate::template::Type::Int;
use crate::template::{Call, Function};
use crate::value::{ListType, Value};

pub(super) const TABLE: &[Function] =
    &[variadic("seq", &[Int], seq), fixed("until", &[Int], until), fixed("untilStep", &[Int, Int, Int], until_step)];

/// The numbers from `start` up or down to `stop`, which is not reached.
struct Range {
    start: i64,
    stop: i64,
    step: i64,
}

impl Range {
    fn len(&self) -> usize {
        let (distance, step) = (i128::from(self.stop) - i128::from(self.start), i128::from(self.step));
        let steps = if distance.signum() * step.signum() > 0 { (distance.abs() - 1) / step.abs() + 1 } else { 0 };
        usize::try_from(steps).unwrap_or(usize::MAX)
    }

    fn iter(&self) -> impl Iterator<Item = i64> {
        std::iter::successors(Some(self.start), |number| number.checked_add(self.step)).take(self.len())
    }
}

/// The numbers of a range as text, as the program `seq` prints them: up to the end, or from a start, or by a step.
fn seq(call: &mut Call<'_>) -> Outcome {
    let toward = |start: i64, end: i64| if end < start { -1 } else { 1 };
    let (start, step, end) = match call.args.len() {
        1 => (1, toward(1, call.int(0)), call.int(0)),
        2 => (call.int(0), toward(call.int(0), call.int(1)), call.int(1)),
        3 if call.int(2) >= call.int(0) || call.int(1) <= 0 => (call.int(0), call.int(1), call.int(2)),
        _ => return Ok(Value::str("")),
    };
    let range = Range { start, stop: end.wrapping_add(toward(start, end)), step };
    call.check_list(range.len())?;
    let mut out = String::new();
    for number in range.iter() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&number.to_string());
        call.check_string(out.len())?;
    }
    Ok(Value::str(out))
}

/// The numbers from 0 up (or down) to one before the argument.
fn until(call: &mut Call<'_>) -> Outcome {
    let stop = call.int(0);
    numbers(call, &Range { start: 0, stop, step: if stop < 0 { -1 } else { 1 } })
}

/// The numbers from a start to one before a stop, by steps.
fn until_step(call: &mut Call<'_>) -> Outcome {
    numbers(call, &Range { start: call.int(0), stop: call.int(1), step: call.int(2) })
}

fn numbers(call: &Call<'_>, range: &Range) -> Outcome {
    call.check_list(range.len())?;
    Ok(Value::list_of(ListType::Int, range.iter().map(Value::int).collect()))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{exec, i, show, show_in};
    use crate::limits::Limits;
    use crate::value::Value;

    fn ints(numbers: &[i64]) -> Vec<Value> {
        numbers.iter().map(|number| i(*number)).collect()
    }

    #[test]
    fn until_counts_to_one_before() {
        for (name, args, expected) in [
            ("until", &[3][..], "[0 1 2]"),
            ("until", &[-3], "[0 -1 -2]"),
            ("until", &[0], "[]"),
            ("untilStep", &[0, 10, 3], "[0 3 6 9]"),
            ("untilStep", &[3, 0, -1], "[3 2 1]"),
            ("untilStep", &[0, -5, -2], "[0 -2 -4]"),
            ("untilStep", &[0, 10, 0], "[]"),
            ("untilStep", &[10, 0, 3], "[]"),
            ("untilStep", &[i64::MAX - 1, i64::MAX, 5], "[9223372036854775806]"),
            ("untilStep", &[i64::MIN, i64::MAX, 1], "LIMIT list-items"),
        ] {
            assert_eq!(show(name, &ints(args)), expected, "{name} {args:?}");
        }
    }

    #[test]
    fn seq_reaches_the_end() {
        for (args, expected) in [
            (&[][..], ""),
            (&[5], "1 2 3 4 5"),
            (&[-3], "1 0 -1 -2 -3"),
            (&[0], "1 0"),
            (&[1, 5], "1 2 3 4 5"),
            (&[5, 1], "5 4 3 2 1"),
            (&[1, 2, 9], "1 3 5 7 9"),
            (&[10, -3, 1], "10 7 4 1"),
            (&[1, 0, 5], ""),
            (&[3, 1, 1], ""),
            (&[1, -1, 3], ""),
            (&[3, -1, 3], ""),
            (&[1, 1, 1], "1"),
            (&[5, 2, 3], ""),
            (&[1, 2, 3, 4], ""),
        ] {
            assert_eq!(show("seq", &ints(args)), expected, "{args:?}");
        }
    }

    #[test]
    fn lists_stop_at_the_limit() {
        let limits = Limits { list_items: 4, ..Limits::default() };
        for name in ["until", "seq"] {
            assert!(show_in(&mut exec(limits.clone()), name, &[i(3)]).contains('2'));
            assert!(show_in(&mut exec(limits.clone()), name, &[i(4)]).contains('3'));
            assert_eq!(show_in(&mut exec(limits.clone()), name, &[i(5)]), "LIMIT list-items");
        }
    }

    #[test]
    fn text_stops_at_the_limit() {
        let limits = Limits { string_bytes: 7, ..Limits::default() };
        assert_eq!(show_in(&mut exec(limits.clone()), "seq", &[i(3)]), "1 2 3");
        assert_eq!(show_in(&mut exec(limits.clone()), "seq", &[i(4)]), "1 2 3 4");
        assert_eq!(show_in(&mut exec(limits), "seq", &[i(5)]), "LIMIT string-bytes");
    }
}
