//! Number and character constants, read as Go's `strconv` and `text/template/parse` read them.

use super::ast::Number;
use super::format::float_g;
use super::quote::{Piece, quote_go, unquote_char};

const NOTHING: Number = Number { int: None, float: None, complex: None, start: 0, end: 0 };

/// A character constant `'x'`: an integer.
pub(super) fn character(written: &[u8]) -> Result<Number, String> {
    let Some((piece, tail)) = written.get(1..).and_then(|rest| unquote_char(rest, b'\'')) else {
        return Err("invalid syntax".to_owned());
    };
    if tail != b"'" {
        return Err(format!("malformed character constant: {}", String::from_utf8_lossy(written)));
    }
    let code = match piece {
        Piece::Byte(byte) => i64::from(byte),
        Piece::Char(char) => i64::from(u32::from(char)),
    };
    #[expect(clippy::cast_precision_loss, reason = "a code point is exact in a float64")]
    Ok(Number { int: Some(code), float: Some(code as f64), ..NOTHING })
}

/// A number; `complex` for the form `1+2i`.
#[expect(clippy::cast_precision_loss, reason = "Go promotes integer constants to float64 the same way")]
pub(super) fn number(written: &str, complex: bool) -> Result<Number, String> {
    if complex || written.ends_with('i') {
        match parse_complex(written) {
            Some(printed) => return Ok(Number { complex: Some(printed), ..NOTHING }),
            None if complex => return Err("syntax error scanning complex number".to_owned()),
            None => {}
        }
    }
    let uint = parse_uint(written);
    let int = match written.as_bytes() {
        [b'-', ..] => parse_uint(&written[1..]).and_then(|size| 0i64.checked_sub_unsigned(size)),
        [b'+', ..] => parse_uint(&written[1..]).and_then(|size| i64::try_from(size).ok()),
        _ => uint.and_then(|size| i64::try_from(size).ok()),
    };
    if let Some(int) = int {
        return Ok(Number { int: Some(int), float: Some(int as f64), ..NOTHING });
    }
    if let Some(uint) = uint {
        return Ok(Number { float: Some(uint as f64), ..NOTHING });
    }
    let Some(float) = parse_float(written) else {
        return Err(format!("illegal number syntax: {}", quote_go(written.as_bytes())));
    };
    if !written.contains(['.', 'e', 'E', 'p', 'P']) {
        return Err(format!("integer overflow: {}", quote_go(written.as_bytes())));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::float_cmp,
        reason = "whether the float is integral is the question"
    )]
    let int = Some(float as i64).filter(|int| *int as f64 == float && *int != i64::MAX);
    Ok(Number { int, float: Some(float), ..NOTHING })
}

/// `1+2i` or `2i` as `%v` prints it.
fn parse_complex(text: &str) -> Option<Box<str>> {
    let text = text.strip_suffix('i')?;
    let signs = text.char_indices().skip(1).filter(|(_, char)| matches!(char, '+' | '-'));
    let (real, imaginary) = signs
        .filter_map(|(at, _)| Some((parse_float(&text[..at])?, parse_float(&text[at..])?)))
        .next()
        .or_else(|| Some((0.0, parse_float(text)?)))?;
    let sign = if imaginary.is_sign_negative() { "" } else { "+" };
    Some(format!("({}{sign}{}i)", float_g(real), float_g(imaginary)).into())
}

/// `strconv.ParseUint(text, 0, 64)`.
fn parse_uint(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let (radix, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, &lower[..]),
    };
    if !underscores_separate(&lower) || digits.is_empty() || digits.starts_with('+') {
        return None;
    }
    u64::from_str_radix(&digits.replace('_', ""), radix).ok()
}

/// Underscores stand only between digits, or between a base prefix and a digit.
fn underscores_separate(text: &str) -> bool {
    let text = text.trim_start_matches(['+', '-']).as_bytes();
    if !text.contains(&b'_') {
        return true;
    }
    let mut before = b'.';
    let mut rest = text;
    if let [b'0', b'x' | b'o' | b'b', behind @ ..] = text {
        before = b'0';
        rest = behind;
    }
    for byte in rest {
        let digit = byte.is_ascii_hexdigit();
        match *byte {
            b'_' if before != b'0' => return false,
            b'_' => before = b'_',
            _ if digit => before = b'0',
            _ if before == b'_' => return false,
            _ => before = b'.',
        }
    }
    before != b'_'
}

/// `strconv.ParseFloat(text, 64)` of what the lexer lets through.
fn parse_float(text: &str) -> Option<f64> {
    let lower = text.to_ascii_lowercase();
    if !underscores_separate(&lower) {
        return None;
    }
    let digits = lower.replace('_', "");
    let (sign, size) = match digits.as_bytes() {
        [b'-', ..] => (-1.0, &digits[1..]),
        [b'+', ..] => (1.0, &digits[1..]),
        _ => (1.0, &digits[..]),
    };
    if let Some(hexadecimal) = size.strip_prefix("0x") {
        return Some(sign * parse_hexadecimal(hexadecimal)?);
    }
    if !size.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    // Go answers an infinite result with a range error.
    size.parse::<f64>().ok().filter(|value| value.is_finite()).map(|value| sign * value)
}

/// The part of `0x1.8p-3` behind `0x`; the exponent is mandatory.
#[expect(clippy::cast_precision_loss, reason = "digits past 64 bits are beyond what a float64 holds")]
fn parse_hexadecimal(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once('p')?;
    let mut exponent: i32 = exponent.parse().ok()?;
    let (mut value, mut any, mut fraction) = (0u64, false, false);
    for char in mantissa.chars() {
        if char == '.' {
            fraction = true;
            continue;
        }
        any = true;
        let digit = u64::from(char.to_digit(16)?);
        let kept = value >> 60 == 0;
        if kept {
            value = value << 4 | digit;
        }
        let step = if kept { 0 } else { 4 } - if fraction { 4 } else { 0 };
        exponent = exponent.checked_add(step)?;
    }
    let scaled = value as f64 * 2f64.powi(exponent / 2) * 2f64.powi(exponent - exponent / 2);
    (any && scaled.is_finite()).then_some(scaled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(written: &str) -> (Option<i64>, Option<f64>) {
        let number = number(written, false).unwrap();
        (number.int, number.float)
    }

    #[test]
    fn numbers_are_gos() {
        assert_eq!(read("0"), (Some(0), Some(0.0)));
        assert_eq!(read("-0"), (Some(0), Some(0.0)));
        assert_eq!(read("-12"), (Some(-12), Some(-12.0)));
        assert_eq!(read("0x1_F"), (Some(31), Some(31.0)));
        assert_eq!(read("0777"), (Some(511), Some(511.0)));
        assert_eq!(read("0o17"), (Some(15), Some(15.0)));
        assert_eq!(read("1_000"), (Some(1000), Some(1000.0)));
        assert_eq!(read("1e3"), (Some(1000), Some(1000.0)));
        assert_eq!(read("1.5"), (None, Some(1.5)));
        assert_eq!(read("0x1.8p1"), (Some(3), Some(3.0)));
        assert_eq!(read("18446744073709551615"), (None, Some(18446744073709551615.0)));
        assert_eq!(read("-9223372036854775808").0, Some(i64::MIN));
    }

    #[test]
    fn bad_numbers_are_refused() {
        for (written, message) in [
            ("089", "integer overflow: \"089\""),
            ("1__0", "illegal number syntax: \"1__0\""),
            ("0x", "illegal number syntax: \"0x\""),
            ("99999999999999999999", "integer overflow: \"99999999999999999999\""),
            (".", "illegal number syntax: \".\""),
            ("1e999", "illegal number syntax: \"1e999\""),
        ] {
            assert_eq!(number(written, false).unwrap_err(), message);
        }
    }

    #[test]
    fn characters_are_integers() {
        assert_eq!(character(b"'a'").unwrap().int, Some(97));
        assert_eq!(character("'é'".as_bytes()).unwrap().int, Some(233));
        assert_eq!(character(br"'\''").unwrap().int, Some(39));
        assert_eq!(character(b"'ab'").unwrap_err(), "malformed character constant: 'ab'");
    }
}
