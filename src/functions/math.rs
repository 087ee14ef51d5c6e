//! Sprig's arithmetic. Integer functions count in 64 bits and wrap around, as Go does.

use super::cast::{scale_by_two, to_float, to_int};
use super::decimal::Decimal;
use super::{Outcome, fixed, variadic};
use crate::template::Type::{Any, Float64, Int};
use crate::template::{Call, CallError, Function};
use crate::value::Value;

pub(super) const TABLE: &[Function] = &[
    variadic("add", &[Any], add),
    fixed("add1", &[Any], add1),
    fixed("add1f", &[Any], add1f),
    variadic("addf", &[Any], addf),
    variadic("biggest", &[Any, Any], max),
    fixed("ceil", &[Any], ceil),
    fixed("div", &[Any, Any], div),
    variadic("divf", &[Any, Any], divf),
    fixed("floor", &[Any], floor),
    variadic("max", &[Any, Any], max),
    variadic("maxf", &[Any, Any], maxf),
    variadic("min", &[Any, Any], min),
    variadic("minf", &[Any, Any], minf),
    fixed("mod", &[Any, Any], modulo),
    variadic("mul", &[Any, Any], mul),
    variadic("mulf", &[Any, Any], mulf),
    variadic("round", &[Any, Int, Float64], round),
    fixed("sub", &[Any, Any], sub),
    variadic("subf", &[Any, Any], subf),
];

const DIVISION_BY_ZERO: &str = "runtime error: integer divide by zero";

/// Sum.
fn add(call: &mut Call<'_>) -> Outcome {
    Ok(Value::int64(call.args.iter().map(to_int).fold(0, i64::wrapping_add)))
}

/// One more.
fn add1(call: &mut Call<'_>) -> Outcome {
    Ok(Value::int64(to_int(call.arg(0)).wrapping_add(1)))
}

/// One more, with decimals.
fn add1f(call: &mut Call<'_>) -> Outcome {
    exact(call, vec![to_float(call.arg(0)), 1.0], Decimal::add)
}

/// Sum with decimals.
fn addf(call: &mut Call<'_>) -> Outcome {
    let terms = std::iter::once(0.0).chain(call.args.iter().map(to_float)).collect();
    exact(call, terms, Decimal::add)
}

/// The next whole number upward.
fn ceil(call: &mut Call<'_>) -> Outcome {
    Ok(Value::float(to_float(call.arg(0)).ceil()))
}

/// Quotient without its fraction.
fn div(call: &mut Call<'_>) -> Outcome {
    let (a, b) = (to_int(call.arg(0)), to_int(call.arg(1)));
    if b == 0 { Err(DIVISION_BY_ZERO.into()) } else { Ok(Value::int64(a.wrapping_div(b))) }
}

/// Quotient with decimals.
fn divf(call: &mut Call<'_>) -> Outcome {
    exact(call, floats(call), Decimal::div)
}

/// The next whole number downward.
fn floor(call: &mut Call<'_>) -> Outcome {
    Ok(Value::float(to_float(call.arg(0)).floor()))
}

/// The largest integer.
fn max(call: &mut Call<'_>) -> Outcome {
    Ok(Value::int64(call.args.iter().map(to_int).max().unwrap_or(0)))
}

/// The largest number.
fn maxf(call: &mut Call<'_>) -> Outcome {
    Ok(Value::float(floats(call).into_iter().reduce(larger).unwrap_or(0.0)))
}

/// The smallest integer.
fn min(call: &mut Call<'_>) -> Outcome {
    Ok(Value::int64(call.args.iter().map(to_int).min().unwrap_or(0)))
}

/// The smallest number.
fn minf(call: &mut Call<'_>) -> Outcome {
    Ok(Value::float(floats(call).into_iter().reduce(|a, b| -larger(-a, -b)).unwrap_or(0.0)))
}

/// Remainder, with the sign of the dividend.
fn modulo(call: &mut Call<'_>) -> Outcome {
    let (a, b) = (to_int(call.arg(0)), to_int(call.arg(1)));
    if b == 0 { Err(DIVISION_BY_ZERO.into()) } else { Ok(Value::int64(a.wrapping_rem(b))) }
}

/// Product.
fn mul(call: &mut Call<'_>) -> Outcome {
    Ok(Value::int64(call.args.iter().map(to_int).fold(1, i64::wrapping_mul)))
}

/// Product with decimals.
fn mulf(call: &mut Call<'_>) -> Outcome {
    exact(call, floats(call), Decimal::mul)
}

/// A number with so many digits behind the point; from `on` (a half) upward the last digit is rounded up.
fn round(call: &mut Call<'_>) -> Outcome {
    let on = if call.args.len() > 2 { call.float(2) } else { 0.5 };
    let power = power_of_ten(call.int(1));
    let shifted = power * to_float(call.arg(0));
    let rounded = if shifted.fract() >= on { shifted.ceil() } else { shifted.floor() };
    Ok(Value::float(rounded / power))
}

/// Difference.
fn sub(call: &mut Call<'_>) -> Outcome {
    Ok(Value::int64(to_int(call.arg(0)).wrapping_sub(to_int(call.arg(1)))))
}

/// Difference with decimals.
fn subf(call: &mut Call<'_>) -> Outcome {
    exact(call, floats(call), Decimal::sub)
}

fn floats(call: &Call<'_>) -> Vec<f64> {
    call.args.iter().map(to_float).collect()
}

/// Go's `math.Max`: infinity beats NaN, NaN beats all others, 0 is larger than -0.
fn larger(a: f64, b: f64) -> f64 {
    if a == f64::INFINITY || b == f64::INFINITY {
        f64::INFINITY
    } else if a.is_nan() || b.is_nan() {
        f64::NAN
    } else if a > b || a == b && b.is_sign_negative() {
        a
    } else {
        b
    }
}

type Operation = fn(Decimal, Decimal, &mut Call<'_>) -> Result<Decimal, CallError>;

/// Reduces numbers in exact decimals.
fn exact(call: &mut Call<'_>, terms: Vec<f64>, operation: Operation) -> Outcome {
    let decimal = |value: f64| {
        Decimal::of(value).ok_or_else(|| {
            let printed = if value.is_nan() {
                "NaN"
            } else if value > 0.0 {
                "+Inf"
            } else {
                "-Inf"
            };
            CallError::Message(format!("Cannot create a Decimal from {printed}"))
        })
    };
    let Some((first, rest)) = terms.split_first() else {
        return Ok(Value::float(0.0));
    };
    let mut result = decimal(*first)?;
    for term in rest {
        result = operation(result, decimal(*term)?, call)?;
    }
    Ok(Value::float(result.to_float()))
}

/// Go's `math.Pow(10, places)`, which squares mantissa and exponent apart and is not correctly rounded for large powers.
fn power_of_ten(places: i64) -> f64 {
    if places == 0 {
        return 1.0;
    }
    if places == 1 {
        return 10.0;
    }
    let (mut result, mut result_exponent) = (1.0_f64, 0_i32);
    let (mut square, mut square_exponent) = (0.625_f64, 4_i32);
    let mut rest = places.unsigned_abs();
    while rest != 0 {
        if square_exponent > 1 << 12 {
            result_exponent += square_exponent;
            break;
        }
        if rest & 1 == 1 {
            result *= square;
            result_exponent += square_exponent;
        }
        square *= square;
        square_exponent <<= 1;
        if square < 0.5 {
            square += square;
            square_exponent -= 1;
        }
        rest >>= 1;
    }
    if places < 0 {
        return scale_by_two(1.0 / result, -result_exponent);
    }
    scale_by_two(result, result_exponent)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call_in, exec, i, s, show, show_in};
    use super::*;
    use crate::limits::Limits;

    fn f(number: f64) -> Value {
        Value::float(number)
    }

    #[test]
    fn integers_wrap_around() {
        for (name, args, expected) in [
            ("add", vec![i(1), i(2), i(3)], "6"),
            ("add", vec![f(1.9), f(1.9)], "2"),
            ("add", vec![f(1.5), s("0x10"), Value::bool(true), Value::NIL], "18"),
            ("add", vec![], "0"),
            ("add", vec![i(i64::MAX), i(1)], "-9223372036854775808"),
            ("add1", vec![i(i64::MAX)], "-9223372036854775808"),
            ("sub", vec![i(i64::MIN), i(1)], "9223372036854775807"),
            ("mul", vec![i(2), i(3), i(4)], "24"),
            ("mul", vec![i(i64::MAX), i(2)], "-2"),
            ("div", vec![i(-7), i(2)], "-3"),
            ("div", vec![f(7.9), f(2.9)], "3"),
            ("div", vec![i(i64::MIN), i(-1)], "-9223372036854775808"),
            ("mod", vec![i(-7), i(3)], "-1"),
            ("mod", vec![i(i64::MIN), i(-1)], "0"),
            ("div", vec![i(1), i(0)], "ERROR runtime error: integer divide by zero"),
            ("mod", vec![i(1), s("x")], "ERROR runtime error: integer divide by zero"),
            ("max", vec![f(1.9), f(1.5)], "1"),
            ("max", vec![s("x"), i(-1)], "0"),
            ("biggest", vec![i(1), i(2)], "2"),
            ("min", vec![i(1), i(5), i(3)], "1"),
        ] {
            assert_eq!(show(name, &args), expected, "{name}");
        }
        let sum = call_in(&mut exec(Limits::default()), "add", &[i(1)]).unwrap();
        assert_eq!(sum.type_name(), "int64");
    }

    #[test]
    fn decimals_are_exact() {
        for (name, args, expected) in [
            ("addf", vec![f(0.1), f(0.2)], 0.3),
            ("addf", vec![], 0.0),
            ("addf", vec![f(1e300), f(1e-300)], 1e300),
            ("subf", vec![i(1), f(0.9)], 0.1),
            ("subf", vec![i(5)], 5.0),
            ("mulf", vec![f(1.1), f(1.1)], 1.21),
            ("mulf", vec![f(2.5), s("x")], 0.0),
            ("mulf", vec![f(1e300), f(1e300)], f64::INFINITY),
            ("mulf", vec![f(1e-300), f(1e-300)], 0.0),
            ("divf", vec![i(1), i(3)], 0.3333333333333333),
            ("divf", vec![i(10), i(3)], 3.3333333333333335),
            ("divf", vec![i(2), i(3)], 0.6666666666666667),
            ("divf", vec![i(-2), i(3)], -0.6666666666666667),
            ("divf", vec![i(1), f(1e20)], 0.0),
            ("divf", vec![f(1e20), i(3)], 3.333333333333333e19),
            ("divf", vec![f(1e-10), i(3)], 3.33333e-11),
            ("divf", vec![i(1), f(0.1), i(3)], 3.3333333333333335),
            ("divf", vec![f(1e300), f(1e-300)], f64::INFINITY),
            ("divf", vec![i(0), i(5)], 0.0),
            ("add1f", vec![f(1.1)], 2.1),
        ] {
            let result = call_in(&mut exec(Limits::default()), name, &args).unwrap();
            assert!(result.deep_equal(&f(expected)), "{name}: {result:?}");
        }
        for (name, args, expected) in [
            ("divf", vec![i(1), i(0)], "ERROR decimal division by 0"),
            ("divf", vec![s("inf"), i(1)], "ERROR Cannot create a Decimal from +Inf"),
            ("subf", vec![i(1), s("-inf")], "ERROR Cannot create a Decimal from -Inf"),
            ("addf", vec![s("nan")], "ERROR Cannot create a Decimal from NaN"),
        ] {
            assert_eq!(show(name, &args), expected, "{name}");
        }
    }

    #[test]
    fn floats_round_as_go_does() {
        for (name, args, expected) in [
            ("floor", vec![f(-1.5)], -2.0),
            ("floor", vec![Value::NIL], 0.0),
            ("ceil", vec![s("1.2")], 2.0),
            ("maxf", vec![f(1.5), f(2.5)], 2.5),
            ("minf", vec![f(1.5), i(2)], 1.5),
            ("minf", vec![s("-inf"), s("nan")], f64::NEG_INFINITY),
            ("maxf", vec![s("nan"), s("inf")], f64::INFINITY),
            ("round", vec![f(123.555555), i(3)], 123.556),
            ("round", vec![f(2.5), i(0)], 3.0),
            ("round", vec![f(-2.5), i(0)], -3.0),
            ("round", vec![f(1.005), i(2)], 1.0),
            ("round", vec![f(123.5), i(0), f(0.6)], 123.0),
            ("round", vec![s("1.55"), i(1)], 1.6),
            ("round", vec![i(12345), i(-2)], 12300.0),
            ("round", vec![f(123.456), i(-1)], 120.0),
            ("round", vec![f(1e300), i(10)], f64::INFINITY),
            ("round", vec![f(1.5), i(23)], 1.5),
            ("round", vec![f(1.23456789), i(25)], 1.23456789),
            ("round", vec![f(1e22), i(22)], 1e22),
        ] {
            let result = call_in(&mut exec(Limits::default()), name, &args).unwrap();
            assert!(result.deep_equal(&f(expected)), "{name}: {result:?}");
        }
        for (name, args) in [
            ("round", vec![i(1), i(400)]),
            ("round", vec![i(1), i(-400)]),
            ("round", vec![i(1), i(i64::MIN)]),
            ("maxf", vec![i(1), s("nan")]),
        ] {
            let result = call_in(&mut exec(Limits::default()), name, &args).unwrap();
            assert!(matches!(result, Value::Float(_, number) if number.is_nan()), "{name}: {result:?}");
        }
        let zero = call_in(&mut exec(Limits::default()), "minf", &[f(0.0), s("-0")]).unwrap();
        assert!(matches!(zero, Value::Float(_, number) if number.is_sign_negative()));
    }

    #[test]
    fn exact_arithmetic_runs_against_a_budget() {
        let factors = vec![f(1.234567890123456); 2_000];
        let limits = |steps| Limits { steps, ..Limits::default() };
        assert_eq!(show_in(&mut exec(limits(100_000)), "mulf", &factors), "LIMIT template-steps");
        assert!(!show_in(&mut exec(Limits::default()), "mulf", &factors).contains("LIMIT"));
    }
}
