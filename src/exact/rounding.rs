//! The four roundings of the language (`plan-language.md` §3.1), symmetric about zero.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::Signed;

/// How a value between two multiples is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The nearest multiple, a half away from zero (四舍五入, ROUND).
    HalfUp,
    /// The nearest multiple, a half to the even one (四舍六入五成双).
    HalfEven,
    /// Away from zero (ROUNDUP, 见分进角).
    Up,
    /// Toward zero (ROUNDDOWN, 截尾).
    Down,
}

impl Mode {
    /// The word of the language.
    pub fn word(self) -> &'static str {
        match self {
            Mode::HalfUp => "half_up",
            Mode::HalfEven => "half_even",
            Mode::Up => "up",
            Mode::Down => "down",
        }
    }

    /// Whether a magnitude between two multiples goes to the upper one. `half` compares the part above the lower
    /// multiple with one half of the unit.
    #[inline]
    fn goes_up(self, half: std::cmp::Ordering, lower_is_odd: bool) -> bool {
        use std::cmp::Ordering::{Equal, Greater};
        match self {
            Mode::HalfUp => half != std::cmp::Ordering::Less,
            Mode::HalfEven => half == Greater || (half == Equal && lower_is_odd),
            Mode::Up => true,
            Mode::Down => false,
        }
    }

    /// `numerator / denominator` rounded to a whole number; the denominator is above zero. None on overflow.
    pub fn whole(self, numerator: i128, denominator: i128) -> Option<i128> {
        let (quotient, rest) = (numerator.checked_div(denominator)?, numerator.checked_rem(denominator)?);
        if rest == 0 {
            return Some(quotient);
        }
        let rest = rest.unsigned_abs();
        let half = rest.cmp(&(denominator.unsigned_abs() - rest));
        let up = self.goes_up(half, quotient % 2 != 0);
        Some(if up { quotient.checked_add(numerator.signum())? } else { quotient })
    }

    /// `numerator / denominator` rounded to a whole number; the denominator is above zero. Inline, so that a division by a
    /// known number is a multiplication.
    #[inline]
    pub fn whole_narrow(self, numerator: i64, denominator: i64) -> i64 {
        let (quotient, rest) = (numerator / denominator, numerator % denominator);
        if rest == 0 {
            return quotient;
        }
        let rest = rest.unsigned_abs();
        let half = rest.cmp(&(denominator.unsigned_abs() - rest));
        // A rest means the denominator is at least 2, so the quotient is far from the ends of the range.
        if self.goes_up(half, quotient % 2 != 0) { quotient + numerator.signum() } else { quotient }
    }

    /// `numerator / denominator` rounded to a whole number; the denominator is above zero.
    pub fn whole_big(self, numerator: &BigInt, denominator: &BigInt) -> BigInt {
        let (quotient, rest) = numerator.div_rem(denominator);
        if rest == BigInt::ZERO {
            return quotient;
        }
        let half = (rest.abs() * 2u8).cmp(denominator);
        let up = self.goes_up(half, quotient.is_odd());
        if up { quotient + numerator.signum() } else { quotient }
    }
}
