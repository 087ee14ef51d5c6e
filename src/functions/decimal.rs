//! Exact decimal arithmetic on floats, as shopspring's decimal does it for `addf`, `subf`, `mulf` and `divf`.

use num_bigint::{BigInt, Sign};

use crate::limits::Exceeded;
use crate::template::{Call, CallError};

/// Digits behind the point that a division keeps.
const DIVISION_DIGITS: i64 = 16;

/// `digits` times ten to the power of `exponent`.
pub(super) struct Decimal {
    digits: BigInt,
    exponent: i64,
}

impl Decimal {
    /// The shortest decimal that reads as this float; nothing for NaN and infinities.
    pub(super) fn of(value: f64) -> Option<Self> {
        if !value.is_finite() {
            return None;
        }
        let text = format!("{value:e}");
        let (mantissa, exponent) = text.split_once('e')?;
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let exponent = exponent.parse::<i64>().ok()? - i64::try_from(fraction.len()).ok()?;
        Some(Self { digits: format!("{whole}{fraction}").parse().ok()?, exponent })
    }

    /// The nearest float.
    pub(super) fn to_float(&self) -> f64 {
        format!("{}e{}", self.digits, self.exponent).parse().unwrap_or(0.0)
    }

    /// Sum.
    pub(super) fn add(self, other: Self, call: &mut Call<'_>) -> Result<Self, CallError> {
        let exponent = self.exponent.min(other.exponent);
        let (a, b) = (self.scaled_to(exponent, call)?, other.scaled_to(exponent, call)?);
        Ok(Self { digits: a + b, exponent })
    }

    /// Difference.
    pub(super) fn sub(self, other: Self, call: &mut Call<'_>) -> Result<Self, CallError> {
        self.add(Self { digits: -other.digits, ..other }, call)
    }

    /// Product.
    pub(super) fn mul(self, other: Self, call: &mut Call<'_>) -> Result<Self, CallError> {
        call.exec.charge(self.digits.bits() / 32)?;
        Ok(Self { digits: self.digits * other.digits, exponent: self.exponent + other.exponent })
    }

    /// Quotient with 16 digits behind the point, halves away from zero.
    pub(super) fn div(self, other: Self, call: &mut Call<'_>) -> Result<Self, CallError> {
        if other.digits.sign() == Sign::NoSign {
            return Err("decimal division by 0".into());
        }
        let shift = self.exponent - other.exponent + DIVISION_DIGITS;
        let (dividend, divisor) = (
            Self { digits: self.digits, exponent: shift.max(0) }.scaled_to(0, call)?,
            Self { digits: other.digits, exponent: (-shift).max(0) }.scaled_to(0, call)?,
        );
        let negative = (dividend.sign() == Sign::Minus) != (divisor.sign() == Sign::Minus);
        let (dividend, divisor) = (dividend.magnitude(), divisor.magnitude());
        let quotient = dividend / divisor;
        let rest = dividend - &quotient * divisor;
        let rounded = BigInt::from(if rest * 2_u32 < *divisor { quotient } else { quotient + 1_u32 });
        Ok(Self { digits: if negative { -rounded } else { rounded }, exponent: -DIVISION_DIGITS })
    }

    /// The digits for a smaller exponent.
    fn scaled_to(&self, exponent: i64, call: &mut Call<'_>) -> Result<BigInt, Exceeded> {
        let zeros = u32::try_from(self.exponent - exponent).unwrap_or(0);
        call.exec.charge(u64::from(zeros / 9) + self.digits.bits() / 32)?;
        Ok(&self.digits * BigInt::from(10).pow(zeros))
    }
}
