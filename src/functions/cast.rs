//! Numbers out of any value, as spf13/cast and Go's strconv make them. What is no number counts as 0.

use crate::value::{IntType, Value};

/// An integer out of any value.
pub(super) fn to_int(value: &Value) -> i64 {
    match value {
        Value::Int(_, IntType::Duration, _) => 0,
        Value::Int(_, _, value) => *value,
        Value::Float(_, value) => truncate(*value),
        Value::Bool(_, value) => i64::from(*value),
        Value::Str(_, text) => parse_int(without_zero_decimals(text.as_bytes()), 0).unwrap_or(0),
        _ => 0,
    }
}

/// A float out of any value.
pub(super) fn to_float(value: &Value) -> f64 {
    match value {
        Value::Int(_, IntType::Duration, _) => 0.0,
        Value::Int(_, of, value) if of.unsigned() => value.cast_unsigned() as f64,
        Value::Int(_, _, value) => *value as f64,
        Value::Float(_, value) => *value,
        Value::Bool(_, value) => f64::from(u8::from(*value)),
        Value::Str(_, text) => parse_float(text.as_bytes()).unwrap_or(0.0),
        _ => 0.0,
    }
}

/// Go's conversion on amd64: what does not fit becomes the least integer.
fn truncate(value: f64) -> i64 {
    const BOUND: f64 = 9_223_372_036_854_775_808.0;
    if (-BOUND..BOUND).contains(&value) { value as i64 } else { i64::MIN }
}

/// `1.00` without `.00`; dots behind the zeros do not matter.
fn without_zero_decimals(text: &[u8]) -> &[u8] {
    let mut zero = false;
    for (index, byte) in text.iter().enumerate().rev() {
        match byte {
            b'0' => zero = true,
            b'.' if zero => return text.get(..index).unwrap_or_default(),
            b'.' => {}
            _ => return text,
        }
    }
    text
}

/// Why a text is no integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IntError {
    /// Not of the form of one.
    Syntax,
    /// Outside 64 bits; the nearest integer.
    Range(i64),
}

/// `strconv.ParseInt` with 64 bits. Base 0 goes by the prefix and allows `_` between digits.
pub(super) fn parse_int(text: &[u8], base: u32) -> Result<i64, IntError> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    let (radix, number) = match (base, digits) {
        (0, [b'0', b'x' | b'X', number @ ..]) if !number.is_empty() => (16, number),
        (0, [b'0', b'o' | b'O', number @ ..]) if !number.is_empty() => (8, number),
        (0, [b'0', b'b' | b'B', number @ ..]) if !number.is_empty() => (2, number),
        (0, [b'0', number @ ..]) if !number.is_empty() => (8, number),
        (0, number) => (10, number),
        (base, number) => (base, number),
    };
    if number.is_empty() || base == 0 && !underscores_are_good(text) {
        return Err(IntError::Syntax);
    }
    let mut magnitude = Some(0_u64);
    for byte in number {
        if base == 0 && *byte == b'_' {
            continue;
        }
        let digit = char::from(*byte).to_digit(radix).ok_or(IntError::Syntax)?;
        magnitude = magnitude
            .and_then(|magnitude| magnitude.checked_mul(u64::from(radix)))
            .and_then(|magnitude| magnitude.checked_add(u64::from(digit)));
    }
    let nearest = if negative { i64::MIN } else { i64::MAX };
    let signed = magnitude.map_or(i128::MAX, i128::from) * if negative { -1 } else { 1 };
    i64::try_from(signed).map_err(|_| IntError::Range(nearest))
}

/// `strconv.ParseFloat` with 64 bits; nothing for a text that is no float or does not fit.
pub(super) fn parse_float(text: &[u8]) -> Option<f64> {
    let (negative, number) = match text {
        [b'-', number @ ..] => (true, number),
        [b'+', number @ ..] => (false, number),
        number => (false, number),
    };
    let signed = |value: f64| if negative { -value } else { value };
    if number.eq_ignore_ascii_case(b"inf") || number.eq_ignore_ascii_case(b"infinity") {
        return Some(signed(f64::INFINITY));
    }
    if text.eq_ignore_ascii_case(b"nan") {
        return Some(f64::NAN);
    }
    if !underscores_are_good(text) {
        return None;
    }
    let plain: String = number.iter().filter(|byte| **byte != b'_').map(|byte| char::from(*byte)).collect();
    let value = match plain.strip_prefix("0x").or_else(|| plain.strip_prefix("0X")) {
        Some(hex) => parse_hex(hex)?,
        None if plain.starts_with(|c: char| c.is_ascii_digit() || c == '.') => plain.parse().ok()?,
        None => return None,
    };
    value.is_finite().then(|| signed(value))
}

/// `1.8p3` behind `0x`; the exponent is obligatory.
fn parse_hex(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once(['p', 'P'])?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let (mut bits, mut scale) = (0_u64, 0_i32);
    for (index, digit) in whole.chars().chain(fraction.chars()).enumerate() {
        let digit = u64::from(digit.to_digit(16)?);
        if index >= whole.len() {
            scale = scale.saturating_sub(4);
        }
        if bits >> 60 == 0 {
            bits = bits << 4 | digit;
        } else {
            // Behind 60 bits a digit matters only for rounding.
            bits |= u64::from(digit != 0);
            scale = scale.saturating_add(4);
        }
    }
    let good = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if good.is_empty() || !good.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let exponent = exponent.parse::<i32>().unwrap_or(if exponent.starts_with('-') { -100_000 } else { 100_000 });
    Some(scale_by_two(bits as f64, scale.saturating_add(exponent.clamp(-100_000, 100_000))))
}

/// `value` times two to the power of `exponent`.
pub(super) fn scale_by_two(mut value: f64, exponent: i32) -> f64 {
    const STEP: i32 = 1_000;
    let mut rest = exponent.clamp(-4 * STEP, 4 * STEP);
    while rest > STEP {
        value *= 2_f64.powi(STEP);
        rest -= STEP;
    }
    while rest < -STEP {
        value *= 2_f64.powi(-STEP);
        rest += STEP;
    }
    value * 2_f64.powi(rest)
}

/// Go's rule for `_` in numbers: between digits, or between a base prefix and a digit.
fn underscores_are_good(text: &[u8]) -> bool {
    #[derive(PartialEq)]
    enum Last {
        Digit,
        Underscore,
        Other,
    }
    let text = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text);
    let (hex, mut last, number) = match text {
        [b'0', b'x' | b'X', number @ ..] => (true, Last::Digit, number),
        [b'0', b'b' | b'B' | b'o' | b'O', number @ ..] => (false, Last::Digit, number),
        number => (false, Last::Other, number),
    };
    for byte in number {
        last = match byte {
            b'_' if last == Last::Digit => Last::Underscore,
            b'_' => return false,
            byte if byte.is_ascii_digit() || hex && byte.is_ascii_hexdigit() => Last::Digit,
            _ if last == Last::Underscore => return false,
            _ => Last::Other,
        };
    }
    last != Last::Underscore
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_out_of_text() {
        for (text, expected) in [
            ("12", 12),
            ("010", 8),
            ("0x1f", 31),
            ("0b11", 3),
            ("0o17", 15),
            ("1.0", 1),
            ("1.00", 1),
            ("-1.0", -1),
            ("1.9", 0),
            ("1e3", 0),
            (" 1", 0),
            ("1 ", 0),
            ("", 0),
            ("+5", 5),
            ("1_000", 1000),
            ("0x_1f", 31),
            ("1__0", 0),
            ("_1", 0),
            ("0_", 0),
            ("0_8", 0),
            ("0_7", 7),
            ("08", 0),
            ("00", 0),
            ("0", 0),
            ("0b2", 0),
            ("0o", 0),
            ("+", 0),
            ("1.0.0", 0),
            (".0", 0),
            ("1.0.", 1),
            ("1.", 0),
            ("-0x1F", -31),
            ("9223372036854775807", i64::MAX),
            ("9223372036854775808", 0),
            ("-9223372036854775808", i64::MIN),
            ("99999999999999999999999999999999999999999999", 0),
        ] {
            assert_eq!(to_int(&Value::str(text)), expected, "{text}");
        }
    }

    #[test]
    fn integers_out_of_other_values() {
        assert_eq!(to_int(&Value::float(-1.9)), -1);
        assert_eq!(to_int(&Value::float(1e30)), i64::MIN);
        assert_eq!(to_int(&Value::float(f64::NAN)), i64::MIN);
        assert_eq!(to_int(&Value::float(9_223_372_036_854_775_807.0)), i64::MIN);
        assert_eq!(to_int(&Value::bool(true)), 1);
        assert_eq!(to_int(&Value::NIL), 0);
        assert_eq!(to_int(&Value::list(vec![Value::int(1)])), 0);
    }

    #[test]
    fn floats_out_of_text() {
        for (text, expected) in [
            ("1.9", 1.9),
            ("1e3", 1000.0),
            ("010", 10.0),
            ("0x1f", 0.0),
            ("0x1p4", 16.0),
            ("0x_1p4", 16.0),
            ("0x1.8p-1", 0.75),
            ("0x.8p1", 1.0),
            ("0x1p5000", 0.0),
            ("0xp1", 0.0),
            ("1_000", 1000.0),
            ("1__0", 0.0),
            ("_1", 0.0),
            ("1_.5", 0.0),
            (".5", 0.5),
            ("5.", 5.0),
            (".", 0.0),
            ("1e", 0.0),
            ("", 0.0),
            ("inf", f64::INFINITY),
            ("-Infinity", f64::NEG_INFINITY),
            ("infin", 0.0),
            ("+nan", 0.0),
            ("1e400", 0.0),
            ("1e-400", 0.0),
            ("+-1", 0.0),
            ("9223372036854775808", 9.223372036854776e18),
        ] {
            assert_eq!(to_float(&Value::str(text)), expected, "{text}");
        }
        assert!(to_float(&Value::str("NaN")).is_nan());
        assert!(to_float(&Value::str("-0")).is_sign_negative());
    }

    #[test]
    fn base_ten_and_eight() {
        assert_eq!(parse_int(b"010", 10), Ok(10));
        assert_eq!(parse_int(b"1_000", 10), Err(IntError::Syntax));
        assert_eq!(parse_int(b"-9223372036854775809", 10), Err(IntError::Range(i64::MIN)));
        assert_eq!(parse_int(b"777", 8), Ok(511));
        assert_eq!(parse_int(b"8", 8), Err(IntError::Syntax));
        assert_eq!(parse_int(b"", 8), Err(IntError::Syntax));
    }
}
