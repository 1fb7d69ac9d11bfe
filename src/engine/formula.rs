//! Formula steps (`plan-language.md` §3.1).

use super::calculation::Calculation;
use super::frame::{Failures, Frame};
use super::numbers::Numbers;
use super::state::State;
use super::vector::{Values, Vector};
use crate::exact::{Fen, Number, Row, TOO_LARGE, at, defect, put, rows};
use crate::plan::document::{FormulaKind, Rounding};
use crate::plan::{Code, Detail, Faults, Formula, Reach};

impl Calculation<'_> {
    /// Computes the column of a formula step.
    pub fn formula(&mut self, number: usize, own: (usize, usize), step: &Formula, faults: &mut Faults) {
        let (level, column) = own;
        let count = self.state.count(level);
        let failures = Failures::default();
        let chosen = self.where_true(level, step.condition.as_ref(), &failures);
        let frame = match &chosen {
            None => Frame::all(level, count, &failures),
            Some(chosen) => Frame::some(level, chosen.clone(), &failures),
        };
        let value = match &step.kind {
            FormulaKind::Money(rounding) => {
                return self.money(number, own, step, (&frame, rounding, chosen.as_ref()), &failures, faults);
            }
            FormulaKind::Number(Some(rounding)) => self.state.rounded(&frame, step, rounding),
            _ => {
                let value = self.state.value(&frame, &step.formula).into_owned();
                needed(&frame, step, value)
            }
        };
        drop(frame);
        if !self.failed(&failures, level, number, faults) {
            let vector = match chosen {
                None => value,
                Some(chosen) => spread(count, chosen, value),
            };
            self.state.add(level, column, vector);
        }
    }

    /// Forgo, round, draw, withhold.
    fn money(
        &mut self,
        number: usize,
        own: (usize, usize),
        step: &Formula,
        at_rows: (&Frame<'_>, &Rounding, Option<&Vec<Row>>),
        failures: &Failures,
        faults: &mut Faults,
    ) {
        let (level, column) = own;
        let (frame, rounding, chosen) = at_rows;
        let prevailing = self.prevailing(level, column);
        let part_taken = |row| chosen.is_none_or(|chosen| chosen.binary_search(&row).is_ok());
        let value = match self.forgoes(&prevailing) {
            false => self.state.rounded(frame, step, rounding),
            true => {
                let value = needed(frame, step, self.state.value(frame, &step.formula).into_owned());
                let kept = self.kept(&frame.rows(), &prevailing);
                let value = match kept {
                    Some(kept) => {
                        let failing = &mut |position, error| frame.fail_exact(position, error);
                        value.numbers().times(&kept, failing).into()
                    }
                    None => value,
                };
                rounded(frame, value, rounding)
            }
        };
        let is_via = step.fund.is_some_and(|fund| matches!(fund.reach, Reach::Via(_)));
        let is_general = self.supposed.plainly || is_via || value.blank.is_some();
        let is_untouched = prevailing.is_empty() && failures.is_empty();
        if !is_general && is_untouched && value.numbers().is_small_money() {
            return self.money_narrow(number, own, step, (value, chosen), faults);
        }
        let taking_part = frame.rows();
        let fen = fen(value.numbers());
        for (position, fen) in rows(fen.len()).zip(&fen).filter(|(_, fen)| fen.abs() >= TOO_LARGE) {
            let details = || vec![Detail::Got(crate::exact::fen_text(*fen))];
            frame.fail_with(position, Code::MoneyTooLarge, details);
        }
        let fund_rows = step.fund.map(|fund| self.fund_rows(level, &taking_part, fund));
        if let Some(fund_rows) = &fund_rows {
            for (position, fen) in rows(fen.len()).zip(&fen) {
                if *fen != 0 && at(fund_rows, position).is_none() {
                    frame.fail(position, Code::BlankUsed);
                }
            }
        }
        if self.failed(failures, level, number, faults) {
            return;
        }
        let fen = match (step.fund, &fund_rows) {
            (Some(fund), Some(fund_rows)) => {
                let kept = self.draw(number, fund, &taking_part, fund_rows, fen, &prevailing);
                self.overdrawn(number, fund, faults);
                kept
            }
            _ => fen,
        };
        self.acted(&prevailing, part_taken);
        let vector: Vector = Numbers::money(&fen).into();
        let vector = match chosen {
            None => vector,
            Some(chosen) => spread(self.state.count(level), chosen.clone(), vector),
        };
        self.state.add(level, column, vector);
    }
}

impl State<'_> {
    /// The value of a formula that is rounded as its last operation.
    fn rounded(&self, frame: &Frame<'_>, step: &Formula, rounding: &Rounding) -> Vector {
        match self.by_program(frame, &step.formula, Some(rounding)) {
            Some(value) => value,
            None => {
                let value = self.value(frame, &step.formula).into_owned();
                rounded(frame, needed(frame, step, value), rounding)
            }
        }
    }
}

/// The value, with a failure at every blank unless the step may be blank.
fn needed(frame: &Frame<'_>, step: &Formula, value: Vector) -> Vector {
    if !step.optional {
        frame.need(&value);
    }
    value
}

impl Calculation<'_> {
    /// Draws whole fen of 64 bits that no veto takes from, from the fund above each row.
    fn money_narrow(
        &mut self,
        number: usize,
        own: (usize, usize),
        step: &Formula,
        evaluated: (Vector, Option<&Vec<Row>>),
        faults: &mut Faults,
    ) {
        let ((level, column), (value, chosen)) = (own, evaluated);
        let Values::Numbers(Numbers::Scaled { values, .. }) = &value.values else { defect("fen that are no integers") };
        if let Some(fund) = step.fund {
            let ancestors = self.state.ancestors(level, fund.level);
            let mut sums: Vec<Fen> = vec![0; self.state.count(fund.level)];
            let mut add = |row: Row, fen: &i64| *put(&mut sums, *at(ancestors, row)) += Fen::from(*fen);
            match chosen {
                Some(chosen) => chosen.iter().zip(values).for_each(|(row, fen)| add(*row, fen)),
                None => rows(values.len()).zip(values).for_each(|(row, fen)| add(row, fen)),
            }
            let Some(book) = self.state.funds.book_mut(fund.level, fund.column) else { defect("a draw from no fund") };
            book.draw(number, rows(sums.len()).zip(sums));
            self.overdrawn(number, fund, faults);
        }
        let Some(chosen) = chosen else { return self.state.add(level, column, value) };
        let mut all = vec![0; self.state.count(level)];
        chosen.iter().zip(values).for_each(|(row, fen)| *put(&mut all, *row) = *fen);
        self.state.add(level, column, Numbers::Scaled { values: all, per: 100 }.into());
    }
}

fn rounded(frame: &Frame<'_>, value: Vector, rounding: &Rounding) -> Vector {
    // Under a blank there is some number that nobody asked to round.
    let failing = &mut |position, error| {
        if !value.is_blank(position) {
            frame.fail_exact(position, error);
        }
    };
    let numbers = value.numbers().rounded(&rounding.to, rounding.mode, failing);
    Vector { values: Values::Numbers(numbers), blank: value.blank }
}

/// Whole fen of rounded yuan. An amount too large for the type is given as the smallest that is refused.
fn fen(numbers: &Numbers) -> Vec<Fen> {
    match numbers {
        Numbers::Scaled { values, per } if 100 % per == 0 => {
            values.iter().map(|value| Fen::from(*value) * Fen::from(100 / per)).collect()
        }
        _ => rows(numbers.len())
            .map(|row| {
                let value = numbers.get(row);
                let large = value.magnitude() >= Number::ratio(TOO_LARGE / 100, 1);
                if large { TOO_LARGE } else { numbers.fen(row) }
            })
            .collect(),
    }
}

/// The column of a step from the rows where its condition holds; the others are 0 (numbers) or blank.
pub fn spread(count: usize, chosen: Vec<Row>, value: Vector) -> Vector {
    let mut taken = vec![false; count];
    chosen.iter().for_each(|row| *crate::exact::put(&mut taken, *row) = true);
    let others: Vec<Row> = rows(count).filter(|row| !*at(&taken, *row)).collect();
    let rest = match &value.values {
        Values::Numbers(_) => Numbers::Same(Number::ZERO, others.len()).into(),
        _ => value.blanks_of_type(others.len()),
    };
    Vector::join(count, vec![(chosen, value), (others, rest)])
}
