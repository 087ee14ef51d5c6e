//! Go's durations out of text: `1h2m3.5s` to nanoseconds; `crate::template::format` prints them.

use super::layout::quote;

/// Nanoseconds of a second.
pub(super) const SECOND: i64 = 1_000_000_000;

/// Go's `Duration.Round` to seconds.
pub(super) fn round_to_seconds(nanoseconds: i64) -> i64 {
    let rest = nanoseconds % SECOND;
    let down = nanoseconds - rest;
    if rest.abs() * 2 < SECOND { down } else { down.saturating_add(SECOND * rest.signum()) }
}

/// Go's `time.ParseDuration`.
///
/// # Errors
/// Go's message.
pub(super) fn parse(text: &[u8]) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", quote(text));
    let (negative, mut rest) = match text.split_first() {
        Some((sign @ (b'-' | b'+'), rest)) => (*sign == b'-', rest),
        _ => (false, text),
    };
    if rest == b"0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    const LIMIT: u64 = 1 << 63;
    let mut total = 0_u64;
    while !rest.is_empty() {
        let whole = digits(&mut rest);
        let mut fraction: &[u8] = &[];
        if let Some(behind) = rest.strip_prefix(b".") {
            rest = behind;
            fraction = digits(&mut rest);
        }
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let unit_len = rest.iter().take_while(|byte| **byte != b'.' && !byte.is_ascii_digit()).count();
        let (name, behind) = rest.split_at(unit_len);
        rest = behind;
        let unit: u64 = match std::str::from_utf8(name).unwrap_or("?") {
            "" => return Err(format!("time: missing unit in duration {}", quote(text))),
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return Err(format!("time: unknown unit {} in duration {}", quote(name), quote(text))),
        };
        let whole = whole.iter().try_fold(0_u64, |number, digit| {
            number.checked_mul(10)?.checked_add(u64::from(digit - b'0')).filter(|number| *number <= LIMIT)
        });
        let part = fraction_of(fraction, unit);
        total = whole
            .and_then(|whole| whole.checked_mul(unit)?.checked_add(part)?.checked_add(total))
            .filter(|total| *total <= LIMIT)
            .ok_or_else(invalid)?;
    }
    match i64::try_from(total) {
        Ok(total) => Ok(if negative { -total } else { total }),
        Err(_) if negative => Ok(i64::MIN),
        Err(_) => Err(invalid()),
    }
}

fn digits<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let len = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, behind) = rest.split_at(len);
    *rest = behind;
    digits
}

/// The decimal places of a number of units, as Go computes them: in floating point, and no more than fit an integer.
fn fraction_of(digits: &[u8], unit: u64) -> u64 {
    let (mut number, mut scale) = (0_u64, 1.0_f64);
    for digit in digits.iter().take(18) {
        number = number * 10 + u64::from(digit - b'0');
        scale *= 10.0;
    }
    (number as f64 * (unit as f64 / scale)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_go_prints_is_read_back() {
        let cases = [
            (0, "0s"),
            (1, "1ns"),
            (1_100, "1.1µs"),
            (2_200_000, "2.2ms"),
            (3_300_000_000, "3.3s"),
            (245_000_000_000, "4m5s"),
            (245_001_000_000, "4m5.001s"),
            (3_600_000_000_000, "1h0m0s"),
            (-95_000_000_000, "-1m35s"),
            (i64::MAX, "2562047h47m16.854775807s"),
            (i64::MIN, "-2562047h47m16.854775808s"),
        ];
        for (number, text) in cases {
            assert_eq!(crate::template::format::duration(number), text);
            assert_eq!(parse(text.as_bytes()), Ok(number));
        }
    }

    #[test]
    fn durations_are_read_as_in_go() {
        assert_eq!(parse(b"-1.5h"), Ok(-5_400_000_000_000));
        assert_eq!(parse(b"1h.5m"), Ok(3_630_000_000_000));
        assert_eq!(parse("1μs".as_bytes()), Ok(1_000));
        let cases = [
            ("x", r#"time: invalid duration "x""#),
            ("", r#"time: invalid duration """#),
            ("1", r#"time: missing unit in duration "1""#),
            ("1d", r#"time: unknown unit "d" in duration "1d""#),
            (".s", r#"time: invalid duration ".s""#),
            ("9223372036854775808ns", r#"time: invalid duration "9223372036854775808ns""#),
        ];
        for (text, message) in cases {
            assert_eq!(parse(text.as_bytes()), Err(message.to_owned()));
        }
    }

    #[test]
    fn rounding_is_half_away_from_zero() {
        assert_eq!(round_to_seconds(1_500_000_000), 2 * SECOND);
        assert_eq!(round_to_seconds(-1_500_000_000), -2 * SECOND);
        assert_eq!(round_to_seconds(1_499_999_999), SECOND);
    }
}
