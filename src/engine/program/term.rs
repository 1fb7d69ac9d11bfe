//! Values under way: what an integer stands for, and how large it can be.

use super::operation::Operand;
use crate::engine::numbers::Numbers;
use crate::engine::scaled::lcm;
use crate::engine::vector::Vector;
use crate::exact::{Number, defect};

/// What the integers of a result are.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Number { per: i64 },
    Flag,
    Code,
}

impl Kind {
    /// Integers as a column of this kind.
    pub(super) fn vector(self, values: Vec<i64>) -> Vector {
        match self {
            Kind::Number { per } => Numbers::Scaled { values, per }.into(),
            Kind::Flag => values.into_iter().map(|value| value != 0).collect::<Vec<bool>>().into(),
            Kind::Code => {
                let code = |value| u32::try_from(value).unwrap_or_else(|_| defect("a code that is none"));
                values.into_iter().map(code).collect::<Vec<u32>>().into()
            }
        }
    }
}

/// A number: `operand × factor / per`. The factor waits, because constants and denominators often cancel it.
#[derive(Clone, Copy)]
pub(super) struct Term {
    pub operand: Operand,
    pub factor: i64,
    pub per: i64,
    /// The operand is less than 2 to this power, of either sign.
    pub bits: u32,
}

impl Term {
    pub fn of(operand: Operand, per: i64, bits: u32) -> Term {
        Term { operand, factor: 1, per, bits }
    }
}

/// The power of two that a value is less than.
pub(super) fn bits_of(value: i64) -> u32 {
    64 - value.unsigned_abs().leading_zeros()
}

/// As many bits as always fit.
pub(super) const MOST_BITS: u32 = 63;

/// A value under way.
#[derive(Clone, Copy)]
pub(super) enum Made {
    Number(Term),
    Flag(Operand),
    Code(Operand),
}

impl Made {
    pub fn number(self) -> Option<Term> {
        if let Made::Number(term) = self { Some(term) } else { None }
    }

    pub fn flag(self) -> Option<Operand> {
        if let Made::Flag(operand) = self { Some(operand) } else { None }
    }
}

/// Brings numbers to one denominator.
pub(super) fn aligned(terms: &mut [Term]) -> Option<i64> {
    let per = terms.iter().try_fold(1, |per, term| lcm(per, term.per))?;
    for term in terms {
        term.factor = term.factor.checked_mul(per / term.per)?;
        term.per = per;
    }
    Some(per)
}

/// A number as it is written: over a power of ten where it is a decimal, so that sums of decimals agree.
pub(super) fn constant(number: &Number) -> Option<Term> {
    let (numerator, denominator) = number.small()?;
    let power = (0..=12).map(|places| 10_i128.pow(places)).find(|power| power % denominator == 0);
    let per = power.unwrap_or(denominator);
    let value = numerator.checked_mul(per / denominator)?;
    Some(constant_of(i64::try_from(value).ok()?, i64::try_from(per).ok()?))
}

pub(super) fn constant_of(value: i64, per: i64) -> Term {
    Term::of(Operand::Constant(value), per, bits_of(value))
}
