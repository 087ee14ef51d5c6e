//! Sprig's type conversions: numbers out of anything, strings out of anything.

use super::cast::{IntError, parse_int, to_float, to_int};
use super::print::{printed, strval};
use super::{Outcome, fixed, lists};
use crate::template::Type::{Any, String as Str};
use crate::template::{Call, Function};
use crate::value::{ListType, Value};

pub(super) const TABLE: &[Function] = &[
    fixed("atoi", &[Str], atoi),
    fixed("float64", &[Any], float64),
    fixed("int", &[Any], int),
    fixed("int64", &[Any], int64),
    fixed("toDecimal", &[Any], to_decimal),
    fixed("toString", &[Any], to_string),
    fixed("toStrings", &[Any], to_strings),
];

/// A decimal integer; 0 for what is none.
fn atoi(call: &mut Call<'_>) -> Outcome {
    Ok(Value::int(match parse_int(call.bytes(0), 10) {
        Ok(number) | Err(IntError::Range(number)) => number,
        Err(IntError::Syntax) => 0,
    }))
}

/// A `float64`.
fn float64(call: &mut Call<'_>) -> Outcome {
    Ok(Value::float(to_float(call.arg(0))))
}

/// An `int`.
fn int(call: &mut Call<'_>) -> Outcome {
    Ok(Value::int(to_int(call.arg(0))))
}

/// An `int64`.
fn int64(call: &mut Call<'_>) -> Outcome {
    Ok(Value::int64(to_int(call.arg(0))))
}

/// The number that the printed value means in base 8.
fn to_decimal(call: &mut Call<'_>) -> Outcome {
    let printed = printed(call, call.arg(0))?;
    Ok(Value::int64(parse_int(&printed, 8).unwrap_or(0)))
}

/// A string.
fn to_string(call: &mut Call<'_>) -> Outcome {
    Ok(strval(call, call.arg(0))?)
}

/// A list of strings: of the items that are not nil, or of the value itself.
fn to_strings(call: &mut Call<'_>) -> Outcome {
    let value = call.arg(0);
    let strings = match value {
        Value::List(_, list) if list.of == ListType::String => return Ok(value.clone()),
        Value::Nil(_) => Vec::new(),
        Value::List(..) | Value::Bytes(..) => {
            let items = lists::items(call, value, "")?;
            items.iter().filter(|item| !item.is_nil()).map(|item| strval(call, item)).collect::<Result<_, _>>()?
        }
        other => vec![strval(call, other)?],
    };
    Ok(Value::list_of(ListType::String, strings))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call_in, exec, i, s, show};
    use super::*;
    use crate::limits::Limits;

    #[test]
    fn numbers_have_their_types() {
        for (name, value, expected, type_name) in [
            ("atoi", s("010"), "10", "int"),
            ("atoi", s("1.0"), "0", "int"),
            ("atoi", s("9223372036854775808"), "9223372036854775807", "int"),
            ("int", Value::float(1.5), "1", "int"),
            ("int64", s("010"), "8", "int64"),
            ("float64", s("1.9"), "1.9", "float64"),
            ("toDecimal", s("0777"), "511", "int64"),
            ("toDecimal", i(777), "511", "int64"),
            ("toDecimal", s("-17"), "-15", "int64"),
            ("toDecimal", i(8), "0", "int64"),
            ("toDecimal", Value::float(5.0), "5", "int64"),
            ("toDecimal", Value::list(vec![i(7)]), "0", "int64"),
        ] {
            let result = call_in(&mut exec(Limits::default()), name, std::slice::from_ref(&value)).unwrap();
            assert_eq!(result.type_name(), type_name);
            assert_eq!(show("toString", &[result]), expected, "{name} {value:?}");
        }
    }

    #[test]
    fn lists_become_strings() {
        let list = Value::list(vec![i(1), Value::NIL, s("a"), Value::list(vec![i(2)])]);
        for (value, expected) in
            [(list, "[1 a [2]]"), (Value::NIL, "[]"), (s("a"), "[a]"), (i(5), "[5]"), (Value::map(vec![]), "[map[]]")]
        {
            let result = call_in(&mut exec(Limits::default()), "toStrings", &[value]).unwrap();
            assert_eq!(result.type_name(), "[]string");
            assert_eq!(show("toString", &[result]), expected);
        }
    }
}
