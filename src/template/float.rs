//! `strconv.FormatFloat`: Go's spellings of a float64.

/// Decimal digits of a finite float and the position of the decimal point before them.
struct Digits {
    digits: Vec<u8>,
    /// The value is `0.digits × 10^point`.
    point: i32,
}

/// More digits than any float64 has; Rust's own precision is limited too.
const MAX_DIGITS: usize = 1_100;

/// Formats as `strconv.FormatFloat(value, verb, precision, 64)`; `None` asks for the shortest form that reads back.
/// Verbs: `e E f g G b x X`.
pub(super) fn format(value: f64, verb: u8, precision: Option<usize>) -> Vec<u8> {
    if value.is_nan() {
        return b"NaN".to_vec();
    }
    if value.is_infinite() {
        return if value > 0.0 { b"+Inf".to_vec() } else { b"-Inf".to_vec() };
    }
    let mut out = Vec::new();
    if value.is_sign_negative() {
        out.push(b'-');
    }
    let size = value.abs();
    match verb {
        b'e' | b'E' => {
            let digits = digits(size, precision.map(|precision| precision.saturating_add(1)));
            let precision = precision.unwrap_or(digits.digits.len().saturating_sub(1));
            exponential(&mut out, &digits, precision, verb);
        }
        b'f' => fixed(&mut out, size, precision),
        b'b' => binary(&mut out, size),
        b'x' | b'X' => hexadecimal(&mut out, size, precision, verb == b'X'),
        _ => general(&mut out, size, verb, precision),
    }
    out
}

fn digits(size: f64, count: Option<usize>) -> Digits {
    let written = match count {
        None => format!("{size:e}"),
        Some(count) => format!("{size:.*e}", count.clamp(1, MAX_DIGITS) - 1),
    };
    let (mantissa, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    let mut digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
    while digits.last() == Some(&b'0') {
        digits.pop();
    }
    let point = if digits.is_empty() { 0 } else { exponent.parse::<i32>().unwrap_or(0) + 1 };
    Digits { digits, point }
}

fn exponential(out: &mut Vec<u8>, digits: &Digits, precision: usize, verb: u8) {
    out.push(digits.digits.first().copied().unwrap_or(b'0'));
    if precision > 0 {
        out.push(b'.');
        let behind = digits.digits.get(1..).unwrap_or_default();
        let kept = behind.len().min(precision);
        out.extend_from_slice(&behind[..kept]);
        out.resize(out.len() + precision - kept, b'0');
    }
    let exponent = if digits.digits.is_empty() { 0 } else { digits.point - 1 };
    out.push(verb);
    out.push(if exponent < 0 { b'-' } else { b'+' });
    out.extend(format!("{:02}", exponent.abs()).bytes());
}

fn fixed(out: &mut Vec<u8>, size: f64, precision: Option<usize>) {
    let Some(precision) = precision else {
        out.extend(format!("{size}").bytes());
        return;
    };
    let kept = precision.min(MAX_DIGITS);
    out.extend(format!("{size:.kept$}").bytes());
    out.resize(out.len() + precision - kept, b'0');
}

/// `%g`: the exponent form when the exponent is under -4 or not under the precision.
fn general(out: &mut Vec<u8>, size: f64, verb: u8, precision: Option<usize>) {
    let wanted = precision.map(|precision| precision.max(1));
    let digits = digits(size, wanted);
    let count = digits.digits.len();
    let point = digits.point;
    let whole = usize::try_from(point.max(0)).unwrap_or(0);
    let threshold = match wanted {
        None => SHORTEST_THRESHOLD,
        Some(wanted) if wanted > count && count >= whole => count,
        Some(wanted) => wanted,
    };
    let exponent = if count == 0 { -1 } else { point - 1 };
    let beyond = usize::try_from(exponent).is_ok_and(|exponent| exponent >= threshold);
    if exponent < -4 || beyond {
        let letter = if verb == b'G' { b'E' } else { b'e' };
        exponential(out, &digits, count.saturating_sub(1), letter);
        return;
    }
    if point > 0 {
        out.extend(digits.digits.iter().take(whole));
        out.resize(out.len() + whole.saturating_sub(count), b'0');
    } else {
        out.push(b'0');
    }
    if count > whole || (point < 0 && count > 0) {
        out.push(b'.');
        out.resize(out.len() + usize::try_from(-point.min(0)).unwrap_or(0), b'0');
        out.extend(digits.digits.iter().skip(whole));
    }
}

/// Exponents from here on are written with `e` in the shortest form.
const SHORTEST_THRESHOLD: usize = 6;

/// Mantissa and exponent of `mantissa × 2^exponent`.
fn parts(size: f64) -> (u64, i32) {
    let bits = size.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    let exponent = i32::try_from(bits >> 52 & 0x7FF).unwrap_or(0);
    if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent - 1075) }
}

fn binary(out: &mut Vec<u8>, size: f64) {
    let (mantissa, exponent) = parts(size);
    out.extend(format!("{mantissa}p{exponent:+}").bytes());
}

fn hexadecimal(out: &mut Vec<u8>, size: f64, precision: Option<usize>, upper: bool) {
    let (mut mantissa, mut exponent) = parts(size);
    exponent += 52;
    if mantissa == 0 {
        exponent = 0;
    }
    while mantissa != 0 && mantissa & 1 << 52 == 0 {
        mantissa <<= 1;
        exponent -= 1;
    }
    // One digit before the point, 13 behind it.
    if let Some(precision) = precision.filter(|precision| *precision < 13) {
        let drop = u32::try_from((13 - precision) * 4).unwrap_or(52);
        let half = 1u64 << (drop - 1);
        let rest = mantissa & ((1 << drop) - 1);
        mantissa >>= drop;
        if rest > half || (rest == half && mantissa & 1 == 1) {
            mantissa += 1;
        }
        mantissa <<= drop;
        if mantissa & 1 << 53 != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let mut fraction = format!("{:013x}", mantissa & ((1 << 52) - 1));
    match precision {
        None => fraction.truncate(fraction.trim_end_matches('0').len()),
        Some(precision) => {
            fraction.truncate(precision);
            fraction.extend(std::iter::repeat_n('0', precision - fraction.len()));
        }
    }
    let point = if fraction.is_empty() { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    let written = format!("0x{}{point}{fraction}p{sign}{:02}", mantissa >> 52, exponent.abs());
    out.extend(if upper { written.to_ascii_uppercase() } else { written }.bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(value: f64, verb: u8, precision: Option<usize>) -> String {
        String::from_utf8(format(value, verb, precision)).unwrap()
    }

    #[test]
    fn the_table_of_strconv() {
        for (value, verb, precision, expected) in [
            (1.0, b'e', Some(5), "1.00000e+00"),
            (1.0, b'f', Some(5), "1.00000"),
            (1.0, b'g', Some(5), "1"),
            (1.0, b'g', None, "1"),
            (1.0, b'x', None, "0x1p+00"),
            (1.0, b'x', Some(5), "0x1.00000p+00"),
            (20.0, b'g', None, "20"),
            (20.0, b'x', None, "0x1.4p+04"),
            (200_000.0, b'g', None, "200000"),
            (123_456_789.0, b'e', None, "1.23456789e+08"),
            (400.0, b'g', Some(2), "4e+02"),
            (40.0, b'g', Some(2), "40"),
            (0.0, b'e', Some(5), "0.00000e+00"),
            (0.0, b'g', None, "0"),
            (-0.0, b'g', None, "-0"),
            (-1.0, b'f', Some(5), "-1.00000"),
            (123.45, b'g', Some(3), "123"),
            (100_000.0, b'g', Some(3), "1e+05"),
            (0.000_01, b'g', None, "1e-05"),
            (0.0001, b'g', None, "0.0001"),
            (1.5, b'b', None, "6755399441055744p-52"),
            (-1.0, b'X', Some(2), "-0X1.00P+00"),
            (0.1, b'f', Some(30), "0.100000000000000005551115123126"),
            (f64::INFINITY, b'g', None, "+Inf"),
            (f64::NAN, b'g', None, "NaN"),
        ] {
            assert_eq!(shown(value, verb, precision), expected, "{value} {}", verb as char);
        }
        assert_eq!(shown(1.0, b'f', Some(70_000)).len(), 70_002);
    }
}
