//! Kubernetes quantities such as `500m`, `1.5Gi` and `1e3`, exact enough to compare.
//!
//! The grammar is that of `k8s.io/apimachinery/pkg/api/resource`: a decimal number with one suffix, rounded up to nano.

/// A quantity in units of 10⁻⁹.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity(i128);

const NANO: i128 = 1_000_000_000;

impl Quantity {
    /// Reads a quantity; `None` if the text is none or does not fit.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (number, suffix) = parts(text).filter(|(number, _)| number.len() <= 30)?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
        let (numerator, denominator) = scale(suffix)?;
        let divisor = 10i128.checked_pow(u32::try_from(fraction.len()).ok()?)?.checked_mul(denominator)?;
        let product = digits.checked_mul(numerator)?.checked_mul(NANO / nano_gcd(divisor))?;
        let divisor = divisor / nano_gcd(divisor);
        let nano = product.checked_add(divisor - 1)? / divisor;
        Some(Self(if text.starts_with('-') { -nano } else { nano }))
    }

    /// A whole number.
    #[must_use]
    pub fn from_int(number: i64) -> Self {
        Self(i128::from(number) * NANO)
    }

    /// The nearest floating point number.
    #[must_use]
    pub fn approximate(self) -> f64 {
        self.0 as f64 / NANO as f64
    }
}

/// Whether a text is a quantity, whatever its size.
#[must_use]
pub fn is_quantity(text: &str) -> bool {
    parts(text).is_some_and(|(_, suffix)| unit(suffix).is_some() || exponent(suffix).is_some())
}

/// The number without its sign, and what follows it.
fn parts(text: &str) -> Option<(&str, &str)> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(end);
    let is_number = number.contains(|c: char| c.is_ascii_digit()) && number.matches('.').count() <= 1;
    is_number.then_some((number, suffix))
}

/// The part of 10⁹ that can be cancelled against a divisor that is a power of ten.
fn nano_gcd(divisor: i128) -> i128 {
    if NANO % divisor == 0 {
        divisor
    } else if divisor % NANO == 0 {
        NANO
    } else {
        1
    }
}

/// A suffix as numerator and denominator, unless it is too large an exponent.
fn scale(suffix: &str) -> Option<(i128, i128)> {
    unit(suffix).or_else(|| {
        let exponent = exponent(suffix)?;
        let power = 10i128.checked_pow(exponent.unsigned_abs()).filter(|power| *power <= 10i128.pow(18))?;
        Some(if exponent < 0 { (1, power) } else { (power, 1) })
    })
}

fn exponent(suffix: &str) -> Option<i32> {
    suffix.strip_prefix(['e', 'E'])?.parse().ok()
}

/// A unit as numerator and denominator.
fn unit(suffix: &str) -> Option<(i128, i128)> {
    let binary = |power: u32| Some((1i128 << (10 * power), 1));
    let decimal = |power: u32| Some((10i128.pow(3 * power), 1));
    match suffix {
        "" => Some((1, 1)),
        "n" => Some((1, NANO)),
        "u" => Some((1, 1_000_000)),
        "m" => Some((1, 1_000)),
        "k" => decimal(1),
        "M" => decimal(2),
        "G" => decimal(3),
        "T" => decimal(4),
        "P" => decimal(5),
        "E" => decimal(6),
        "Ki" => binary(1),
        "Mi" => binary(2),
        "Gi" => binary(3),
        "Ti" => binary(4),
        "Pi" => binary(5),
        "Ei" => binary(6),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_quantities_are_equal() {
        for (a, b) in
            [("1", "1000m"), ("1Gi", "1024Mi"), ("0.5", "500m"), ("1e3", "1k"), ("+1.5Gi", "1536Mi"), ("-1", "-1000m")]
        {
            assert_eq!(Quantity::parse(a).unwrap(), Quantity::parse(b).unwrap(), "{a} {b}");
        }
    }

    #[test]
    fn order_and_refusal() {
        assert!(Quantity::parse("100m") < Quantity::parse("0.2"));
        assert!(Quantity::parse("1G") < Quantity::parse("1Gi"));
        assert_eq!(Quantity::parse("1"), Some(Quantity::from_int(1)));
        assert_eq!(Quantity::parse("1500m").unwrap().approximate(), 1.5);
        for text in ["", "Gi", "1GB", "1.2.3", "e3", "1e99", "--1", "99999999999999999999999999999999E"] {
            assert_eq!(Quantity::parse(text), None, "{text}");
        }
        for (text, is_one) in
            [("1e99", true), ("99999999999999999999999999999999E", true), ("1GB", false), (".", false)]
        {
            assert_eq!(is_quantity(text), is_one, "{text}");
        }
    }
}
