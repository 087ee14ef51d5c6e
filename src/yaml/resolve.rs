//! What a scalar means: YAML 1.1 as go-yaml v2 resolves it.

/// A resolved scalar; what stays a string is told by its text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Resolved {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    /// A string that looks like a time: it stays a string, but is quoted when it is written.
    Timestamp,
    String,
}

impl Resolved {
    /// The short tag, as error messages name it.
    pub(super) fn tag(self) -> &'static str {
        match self {
            Self::Null => "!!null",
            Self::Bool(_) => "!!bool",
            Self::Int(_) | Self::Uint(_) => "!!int",
            Self::Float(_) => "!!float",
            Self::Timestamp => "!!timestamp",
            Self::String => "!!str",
        }
    }
}

/// Resolves an untagged plain scalar. `times` says whether times are looked for.
pub(super) fn resolve(text: &str, times: bool) -> Resolved {
    let Some(first) = text.bytes().next() else { return Resolved::Null };
    match first {
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => word(text),
        b'.' => match text {
            ".nan" | ".NaN" | ".NAN" => Resolved::Float(f64::NAN),
            ".inf" | ".Inf" | ".INF" => Resolved::Float(f64::INFINITY),
            _ => float(text),
        },
        b'+' | b'-' | b'0'..=b'9' => number(text, times),
        _ => Resolved::String,
    }
}

fn word(text: &str) -> Resolved {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Resolved::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Resolved::Bool(false),
        "~" | "null" | "Null" | "NULL" => Resolved::Null,
        _ => Resolved::String,
    }
}

fn number(text: &str, times: bool) -> Resolved {
    match text {
        "+.inf" | "+.Inf" | "+.INF" => return Resolved::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Resolved::Float(f64::NEG_INFINITY),
        _ => {}
    }
    if times && is_timestamp(text) {
        return Resolved::Timestamp;
    }
    let plain: std::borrow::Cow<'_, str> = if text.contains('_') { text.replace('_', "").into() } else { text.into() };
    let signed = plain.strip_prefix(['+', '-']);
    let (digits, radix) = radix(signed.unwrap_or(&plain));
    if let Some(size) = magnitude(digits, radix) {
        let negative = plain.starts_with('-');
        if let Some(value) = with_sign(negative, size) {
            return Resolved::Int(value);
        }
        if signed.is_none() {
            return Resolved::Uint(size);
        }
    }
    // `0b-1` is read as well: a sign may stand behind the prefix.
    if let Some((sign, size)) = plain.strip_prefix("0b").and_then(|rest| Some((rest.get(..1)?, rest.get(1..)?)))
        && matches!(sign, "+" | "-")
        && let Some(value) = magnitude(size, 2).and_then(|size| with_sign(sign == "-", size))
    {
        return Resolved::Int(value);
    }
    float(&plain)
}

fn with_sign(negative: bool, size: u64) -> Option<i64> {
    if negative { 0i64.checked_sub_unsigned(size) } else { i64::try_from(size).ok() }
}

fn magnitude(digits: &str, radix: u32) -> Option<u64> {
    if digits.starts_with('+') { None } else { u64::from_str_radix(digits, radix).ok() }
}

/// Go's base prefixes: a leading `0` alone is octal too.
fn radix(text: &str) -> (&str, u32) {
    let Some(rest) = text.strip_prefix('0').filter(|rest| !rest.is_empty()) else { return (text, 10) };
    match rest.bytes().next() {
        Some(b'x' | b'X') => (rest.get(1..).unwrap_or(""), 16),
        Some(b'o' | b'O') => (rest.get(1..).unwrap_or(""), 8),
        Some(b'b' | b'B') => (rest.get(1..).unwrap_or(""), 2),
        _ => (rest, 8),
    }
}

/// Decimal floats only; too large a number stays a string.
fn float(text: &str) -> Resolved {
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = rest.split_once(['e', 'E']).map_or((rest, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let well_formed = is_digits(whole)
        && is_digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|exponent| {
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            !digits.is_empty() && is_digits(digits)
        });
    match text.parse::<f64>() {
        Ok(value) if well_formed && value.is_finite() => Resolved::Float(value),
        _ => Resolved::String,
    }
}

/// Whether Go's `time.Parse` accepts the text in one of go-yaml's four layouts.
pub(super) fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some((year, b"-", rest)) = bytes.split_at_checked(4).and_then(|(y, r)| Some((y, r.get(..1)?, r.get(1..)?)))
    else {
        return false;
    };
    if !year.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let year = year.iter().fold(0u32, |year, digit| year * 10 + u32::from(digit - b'0'));
    let Some((month, rest)) = short_number(rest) else { return false };
    let Some((day, rest)) = rest.strip_prefix(b"-").and_then(short_number) else { return false };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    if day == 0 || day > days {
        return false;
    }
    match rest {
        [] => true,
        [b'T' | b't', time @ ..] => clock(time).is_some_and(is_zone),
        [b' ', ..] => clock(rest.trim_ascii_start()).is_some_and(<[u8]>::is_empty),
        _ => false,
    }
}

/// One or two digits.
fn short_number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let length = bytes.iter().take(2).take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = bytes.split_at_checked(length).filter(|_| length > 0)?;
    Some((digits.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0')), rest))
}

/// `15:4:5.999`; what follows it.
fn clock(bytes: &[u8]) -> Option<&[u8]> {
    let (_, rest) = short_number(bytes).filter(|(hour, _)| *hour < 24)?;
    let (_, rest) = rest.strip_prefix(b":").and_then(short_number).filter(|(minute, _)| *minute < 60)?;
    let (_, rest) = rest.strip_prefix(b":").and_then(short_number).filter(|(second, _)| *second < 60)?;
    let [b'.' | b',', fraction @ ..] = rest else { return Some(rest) };
    let length = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if length == 0 { Some(rest) } else { fraction.get(length..) }
}

fn is_zone(bytes: &[u8]) -> bool {
    match bytes {
        b"Z" => true,
        [b'+' | b'-', a, b, b':', c, d] => {
            let number = |high: &u8, low: &u8| {
                short_number(&[*high, *low]).map_or(99, |(number, rest)| if rest.is_empty() { number } else { 99 })
            };
            number(a, b) <= 24 && number(c, d) <= 60
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_resolve_as_go_yaml_resolves_them() {
        for (text, expected) in [
            ("", Resolved::Null),
            ("Null", Resolved::Null),
            ("y", Resolved::Bool(true)),
            ("OFF", Resolved::Bool(false)),
            ("tRue", Resolved::String),
            ("1_000", Resolved::Int(1000)),
            ("0777", Resolved::Int(511)),
            ("0o777", Resolved::Int(511)),
            ("-0x10", Resolved::Int(-16)),
            ("0B11", Resolved::Int(3)),
            ("0b-1", Resolved::Int(-1)),
            ("08", Resolved::Float(8.0)),
            ("+1", Resolved::Int(1)),
            ("++1", Resolved::String),
            ("0x", Resolved::String),
            ("0x+1", Resolved::String),
            ("-9223372036854775808", Resolved::Int(i64::MIN)),
            ("9223372036854775808", Resolved::Uint(1 << 63)),
            ("+9223372036854775808", Resolved::Float(9_223_372_036_854_775_808.0)),
            ("18446744073709551616", Resolved::Float(18_446_744_073_709_551_616.0)),
            ("1.", Resolved::Float(1.0)),
            (".5", Resolved::Float(0.5)),
            (".", Resolved::String),
            ("-.5", Resolved::Float(-0.5)),
            ("1e", Resolved::String),
            ("1E+3", Resolved::Float(1000.0)),
            ("1e400", Resolved::String),
            (".5_0", Resolved::String),
            ("12:30", Resolved::String),
            ("_1", Resolved::String),
            ("-.Inf", Resolved::Float(f64::NEG_INFINITY)),
            ("<<", Resolved::String),
            ("2020-01-02", Resolved::Timestamp),
            ("2020-02-30", Resolved::String),
            ("2020-1-2T3:4:5.5+01:00", Resolved::Timestamp),
            ("2020-1-2T3:4:5", Resolved::String),
            ("2020-1-2  3:4:5", Resolved::Timestamp),
            ("2020-1-2 25:4:5", Resolved::String),
        ] {
            assert_eq!(resolve(text, true), expected, "{text}");
        }
    }
}
