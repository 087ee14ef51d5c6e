//! Sprig's arithmetic. Integer functions count in 64 bits and wrap around, as Go does.

use super::cast::{scale_by_two, to_float, to_int};
use super::decimal::Decimal;
use super::work::Work;
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
    exact(call, &[to_float(call.arg(0)), 1.0], Decimal::add)
}

/// Sum with decimals.
fn addf(call: &mut Call<'_>) -> Outcome {
    let terms: Vec<_> = std::iter::once(0.0).chain(call.args.iter().map(to_float)).collect();
    exact(call, &terms, Decimal::add)
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
    exact(call, &floats(call), Decimal::div)
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
    exact(call, &floats(call), Decimal::mul)
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
    exact(call, &floats(call), Decimal::sub)
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

type Operation = fn(Decimal, Decimal, &mut Work) -> Result<Decimal, CallError>;

/// Reduces numbers in exact decimals.
fn exact(call: &Call<'_>, terms: &[f64], operation: Operation) -> Outcome {
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
    let mut work = Work::of(call);
    let Some((first, rest)) = terms.split_first() else {
        return Ok(Value::float(0.0));
    };
    let mut result = decimal(*first)?;
    for term in rest {
        result = operation(result, decimal(*term)?, &mut work)?;
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
