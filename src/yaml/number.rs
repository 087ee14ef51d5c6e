//! Go's texts of floats: `strconv.FormatFloat` in the shortest form, as go-yaml and encoding/json ask for it.

/// `FormatFloat(value, 'g', -1, 64)`: an exponent below -4 or from 6 on is written out.
#[must_use]
pub fn general(value: f64) -> String {
    if value.is_finite() { general_of(&format!("{value:e}"), || value.to_string()) } else { special(value) }
}

/// `FormatFloat(value, 'g', -1, 32)`.
#[must_use]
pub fn general32(value: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "rounding to float32 is what is asked for")]
    let narrow = value as f32;
    if narrow.is_finite() {
        general_of(&format!("{narrow:e}"), || narrow.to_string())
    } else {
        special(f64::from(narrow))
    }
}

/// A finite number as encoding/json writes it: an exponent below -6 or from 21 on is written out.
#[must_use]
pub fn json(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = exponential(&format!("{value:e}"));
        // Negative exponents lose their leading zero there.
        return text.replace("e-0", "e-");
    }
    value.to_string()
}

fn special(value: f64) -> String {
    let text = if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "+Inf"
    } else {
        "-Inf"
    };
    text.to_owned()
}

fn general_of(scientific: &str, plain: impl FnOnce() -> String) -> String {
    if (-4..6).contains(&exponent_of(scientific)) { plain() } else { exponential(scientific) }
}

fn exponent_of(scientific: &str) -> i32 {
    scientific.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0)
}

/// Go's spelling of a number in Rust's: the exponent has a sign and two digits.
fn exponential(scientific: &str) -> String {
    let exponent = exponent_of(scientific);
    let mantissa = scientific.split('e').next().unwrap_or(scientific);
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_read_as_go_writes_them() {
        for (value, expected) in [
            (0.1, "0.1"),
            (123_456.5, "123456.5"),
            (1_234_567.5, "1.2345675e+06"),
            (1e-5, "1e-05"),
            (1e21, "1e+21"),
            (-0.0, "-0"),
            (1e-300, "1e-300"),
            (f64::INFINITY, "+Inf"),
        ] {
            assert_eq!(general(value), expected);
        }
        assert_eq!(general32(0.1), "0.1");
        assert_eq!(general32(16_777_217.0), "1.6777216e+07");
        for (value, expected) in [(1e20, "100000000000000000000"), (1e21, "1e+21"), (1e-7, "1e-7"), (-0.0, "-0")] {
            assert_eq!(json(value), expected);
        }
    }
}
