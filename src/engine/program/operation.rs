//! What a program does with a batch. Each operation says whether all its values fit.

use super::table::{Slot, values_at};
use super::{cell, piece};
use crate::engine::frame::Frame;
use crate::engine::numbers::Numbers;
use crate::engine::vector::{Values, Vector};
use crate::exact::{Mode, Row, defect, rows};
use crate::plan::Comparison;

/// A value for each row of a batch.
#[derive(Clone, Copy)]
pub(super) enum Operand {
    /// A column of numbers of the very rows.
    Column(usize),
    Register(usize),
    Constant(i64),
}

/// An operation and the register it fills.
pub(super) struct Operation<'s> {
    pub what: What<'s>,
    pub to: usize,
    /// Whether no value can fail to fit, whatever the rows.
    pub is_proved: bool,
}

/// Flags are 1 and 0, codes are themselves.
pub(super) enum What<'s> {
    Load(Load<'s>),
    Plus(Operand, Operand),
    Minus(Operand, Operand),
    Times(Operand, Operand),
    /// The first and so many times the second.
    PlusTimes(Operand, Operand, i64),
    Least(Operand, Operand),
    Most(Operand, Operand),
    Compare(Comparison, Operand, Operand),
    /// Divided and rounded to a whole number.
    Round(Operand, i64, Mode),
    /// Where the first is 1 the second, else the third.
    Select(Operand, Operand, Operand),
    /// Where an entry stands: the base and the key within low and high, from low on.
    Entry {
        base: Operand,
        key: Operand,
        low: i64,
        high: i64,
        stride: i64,
    },
    /// The value of the entry where the last key stands, seen where the mask is 1.
    Value {
        table: usize,
        base: Operand,
        key: Operand,
        low: i64,
        high: i64,
        mask: Operand,
    },
}

/// A column brought to the rows of a batch.
pub(super) struct Load<'s> {
    pub column: usize,
    /// Whether its blanks are asked for rather than its values.
    pub blanks: bool,
    /// Whether the aggregated rows ask rather than these.
    pub aggregated: bool,
    /// The row of the column's level for each row that asks; none: that row itself.
    pub through: Option<&'s [Row]>,
}

/// One side of an operation.
#[derive(Clone, Copy)]
pub(super) enum Side<'r> {
    Each(&'r [i64]),
    Same(i64),
}

/// Some positions of a frame.
pub(super) struct Batch<'b, 'f> {
    pub frame: &'b Frame<'f>,
    pub columns: &'b [&'b Vector],
    pub start: usize,
    pub end: usize,
}

impl Batch<'_, '_> {
    pub(super) fn len(&self) -> usize {
        self.end - self.start
    }

    pub(super) fn side<'r>(&'r self, operand: Operand, registers: &'r [Vec<i64>]) -> Side<'r> {
        match operand {
            Operand::Constant(value) => Side::Same(value),
            Operand::Register(register) => {
                Side::Each(piece(registers.get(register).map_or(&[][..], Vec::as_slice), 0, self.len()))
            }
            Operand::Column(column) => match self.columns.get(column).map(|column| &column.values) {
                Some(Values::Numbers(Numbers::Scaled { values, .. })) => {
                    Side::Each(piece(values, self.start, self.end))
                }
                _ => defect("a column that is no column of integers"),
            },
        }
    }

    /// Carries an operation out; false where a value does not fit.
    pub(super) fn apply(
        &self,
        operation: &Operation<'_>,
        registers: &[Vec<i64>],
        tables: &mut [Vec<Slot>],
        out: &mut [i64],
    ) -> bool {
        let side = |operand: &Operand| self.side(*operand, registers);
        match &operation.what {
            What::Load(load) => self.load(load, out),
            What::Plus(a, b) | What::Minus(a, b) | What::Times(a, b) | What::PlusTimes(a, b, _) => {
                return match operation.is_proved {
                    true => proved(&operation.what, side(a), side(b), out),
                    false => watched(&operation.what, side(a), side(b), out),
                };
            }
            What::Least(a, b) => each(side(a), side(b), out, i64::min),
            What::Most(a, b) => each(side(a), side(b), out, i64::max),
            What::Compare(comparison, a, b) => compare(*comparison, side(a), side(b), out),
            What::Round(a, divisor, mode) => round(side(a), *divisor, *mode, out),
            What::Select(flag, a, b) => select(side(flag), side(a), side(b), out),
            What::Entry { base, key, low, high, stride } => {
                each(side(base), side(key), out, |base, key| base + (key.clamp(*low, *high) - low) * stride);
            }
            What::Value { table, base, key, low, high, mask } => {
                let Some(slots) = tables.get_mut(*table) else { return false };
                values_at(side(base), (side(key), *low, *high), side(mask), slots, out);
            }
        }
        true
    }

    fn load(&self, load: &Load<'_>, out: &mut [i64]) {
        let Some(column) = self.columns.get(load.column) else { defect("a column that is not loaded") };
        if load.blanks {
            return match &column.blank {
                Some(blank) => self.gather(load, blank, out, |blank| i64::from(*blank)),
                None => out.fill(0),
            };
        }
        match &column.values {
            Values::Numbers(Numbers::Scaled { values, .. }) => self.gather(load, values, out, |value| *value),
            Values::Flags(flags) => self.gather(load, flags, out, |flag| i64::from(*flag)),
            Values::Codes(codes) => self.gather(load, codes, out, |code| i64::from(*code)),
            _ => defect("a column that is no column of integers"),
        }
    }

    fn gather<T: Copy>(&self, load: &Load<'_>, column: &[T], out: &mut [i64], integer: impl Fn(&T) -> i64) {
        let own = match (load.aggregated, self.frame.aggregated()) {
            (true, Some((_, members))) => Some(members),
            _ => self.frame.chosen(),
        };
        match (own.map(|own| piece(own, self.start, self.end)), load.through) {
            (None, None) => fill(out, piece(column, self.start, self.end).iter().map(integer)),
            (None, Some(through)) => {
                fill(out, piece(through, self.start, self.end).iter().map(|row| integer(&cell(column, *row))));
            }
            (Some(own), None) => fill(out, own.iter().map(|row| integer(&cell(column, *row)))),
            (Some(own), Some(through)) => {
                fill(out, own.iter().map(|row| integer(&cell(column, cell(through, *row)))));
            }
        }
    }
}

fn fill(out: &mut [i64], values: impl Iterator<Item = i64>) {
    out.iter_mut().zip(values).for_each(|(out, value)| *out = value);
}

/// An operation on both sides.
fn each(a: Side<'_>, b: Side<'_>, out: &mut [i64], mut operation: impl FnMut(i64, i64) -> i64) {
    match (a, b) {
        (Side::Each(a), Side::Each(b)) => {
            out.iter_mut().zip(a.iter().zip(b)).for_each(|(out, (a, b))| *out = operation(*a, *b));
        }
        (Side::Each(a), Side::Same(b)) => out.iter_mut().zip(a).for_each(|(out, a)| *out = operation(*a, b)),
        (Side::Same(a), Side::Each(b)) => out.iter_mut().zip(b).for_each(|(out, b)| *out = operation(a, *b)),
        (Side::Same(a), Side::Same(b)) => out.iter_mut().for_each(|out| *out = operation(a, b)),
    }
}

/// An operation that was proved to fit: nothing needs watching, so that several rows go at once.
fn proved(what: &What<'_>, a: Side<'_>, b: Side<'_>, out: &mut [i64]) -> bool {
    match what {
        What::Plus(..) => each(a, b, out, i64::wrapping_add),
        What::Minus(..) => each(a, b, out, i64::wrapping_sub),
        What::PlusTimes(_, _, times) => each(a, b, out, |a, b| a.wrapping_add(b.wrapping_mul(*times))),
        _ => each(a, b, out, i64::wrapping_mul),
    }
    true
}

/// An operation that may not fit; whether all values did.
fn watched(what: &What<'_>, a: Side<'_>, b: Side<'_>, out: &mut [i64]) -> bool {
    let mut over = false;
    let mut noted = |(value, beyond): (i64, bool)| {
        over |= beyond;
        value
    };
    match what {
        What::Plus(..) => each(a, b, out, |a, b| noted(a.overflowing_add(b))),
        What::Minus(..) => each(a, b, out, |a, b| noted(a.overflowing_sub(b))),
        What::PlusTimes(_, _, times) => each(a, b, out, |a, b| {
            let product = noted(b.overflowing_mul(*times));
            noted(a.overflowing_add(product))
        }),
        _ => each(a, b, out, |a, b| noted(a.overflowing_mul(b))),
    }
    !over
}

fn compare(comparison: Comparison, a: Side<'_>, b: Side<'_>, out: &mut [i64]) {
    match comparison {
        Comparison::Equal => each(a, b, out, |a, b| i64::from(a == b)),
        Comparison::Unequal => each(a, b, out, |a, b| i64::from(a != b)),
        Comparison::Less => each(a, b, out, |a, b| i64::from(a < b)),
        Comparison::LessOrEqual => each(a, b, out, |a, b| i64::from(a <= b)),
        Comparison::Greater => each(a, b, out, |a, b| i64::from(a > b)),
        Comparison::GreaterOrEqual => each(a, b, out, |a, b| i64::from(a >= b)),
    }
}

/// A division by a number that the compiler knows costs a multiplication, and powers of ten are the rule.
fn round(a: Side<'_>, divisor: i64, mode: Mode, out: &mut [i64]) {
    let nothing = Side::Same(0);
    match (divisor, mode) {
        (10, Mode::HalfUp) => each(a, nothing, out, |a, _| Mode::HalfUp.whole_narrow(a, 10)),
        (100, Mode::HalfUp) => each(a, nothing, out, |a, _| Mode::HalfUp.whole_narrow(a, 100)),
        (1_000, Mode::HalfUp) => each(a, nothing, out, |a, _| Mode::HalfUp.whole_narrow(a, 1_000)),
        (10_000, Mode::HalfUp) => each(a, nothing, out, |a, _| Mode::HalfUp.whole_narrow(a, 10_000)),
        _ => each(a, nothing, out, |a, _| mode.whole_narrow(a, divisor)),
    }
}

fn select(flag: Side<'_>, a: Side<'_>, b: Side<'_>, out: &mut [i64]) {
    for (position, out) in rows(out.len()).zip(out) {
        *out = if flag.at(position) != 0 { a.at(position) } else { b.at(position) };
    }
}

impl Side<'_> {
    pub(super) fn at(&self, position: Row) -> i64 {
        match self {
            Side::Each(each) => cell(each, position),
            Side::Same(same) => *same,
        }
    }
}
