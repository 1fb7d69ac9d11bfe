//! The steps in their order. A step is finished for all its rows; the first with faults ends the calculation.

use std::collections::{BTreeMap, BTreeSet};

use super::data::Data;
use super::frame::{Failures, Frame};
use super::numbers::Numbers;
use super::outcome::Warning;
use super::share::Shared;
use super::state::State;
use super::supposed::Supposed;
use crate::exact::{Fen, Mode, Number, Row, TOO_LARGE, at, defect, put, rows};
use crate::plan::{Action, Code, ColumnRef, Detail, Expr, Fault, Faults, Plan, Reach, Refusal, Veto};

/// A calculation while its steps run.
pub struct Calculation<'a> {
    /// What steps read.
    pub state: State<'a>,
    /// The vetoes evaluated so far.
    pub vetoes: Vec<VetoOutcome>,
    /// The checks evaluated so far.
    pub checks: Vec<CheckOutcome>,
    /// Warnings of steps.
    pub warnings: Vec<Warning>,
    /// The shares as they were divided, where they are kept.
    pub shares: Vec<Shared>,
    /// What is supposed otherwise than the plan says.
    pub supposed: Supposed,
    /// For each step how many programs it ran.
    pub programs: Vec<usize>,
}

/// A veto with the rows at which it holds.
#[derive(Debug, Clone)]
pub struct VetoOutcome {
    /// The step.
    pub step: usize,
    level: usize,
    forfeits: Vec<usize>,
    withhold_to: Option<String>,
    /// Where it holds, with its portion.
    portions: Vec<(Row, Number)>,
    /// Where it took something.
    pub acted: BTreeSet<Row>,
}

impl VetoOutcome {
    /// Whether it holds anywhere.
    pub fn matched(&self) -> bool {
        !self.portions.is_empty()
    }
}

/// A check with the rows at which it failed.
#[derive(Debug, Clone)]
pub struct CheckOutcome {
    /// The step.
    pub step: usize,
    /// Its level.
    pub level: usize,
    /// Whether a failure only warns.
    pub warning: bool,
    /// Where it failed.
    pub failed: Vec<Row>,
}

/// The veto that prevails at a row: its place among the vetoes, and its portion above zero.
pub type Prevailing = BTreeMap<Row, (usize, Number)>;

impl<'a> Calculation<'a> {
    /// Runs all steps.
    ///
    /// # Errors
    /// The faults of the first step that has any, with the checks that failed before it; or the failed checks.
    pub fn all(
        plan: &'a Plan,
        data: &'a Data,
        supposed: &Supposed,
        progress: &dyn Fn(usize),
    ) -> Result<Calculation<'a>, Refusal> {
        let state = State::new(plan, data);
        let (vetoes, checks, warnings, shares) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (programs, own) = (Vec::new(), supposed.clone());
        let mut calculation = Calculation { state, vetoes, checks, warnings, shares, supposed: own, programs };
        calculation.state.plainly = supposed.plainly;
        for (number, step) in plan.steps.iter().enumerate() {
            let mut faults = Faults::default();
            calculation.state.everybody = supposed.everybody_in.contains(&number);
            match (&step.action, step.column) {
                (Action::Formula(formula), Some(column)) => {
                    calculation.formula(number, (step.level, column), formula, &mut faults);
                }
                (Action::Share(share), Some(column)) => {
                    let own = (step.level, column);
                    if calculation.share_narrow(number, own, share, &mut faults).is_none() {
                        calculation.share(number, own, share, &mut faults);
                    }
                }
                (Action::Rank(rank), Some(column)) => calculation.rank(number, (step.level, column), rank, &mut faults),
                (Action::Collect { level, column: fund }, Some(column)) => {
                    calculation.collect(number, (step.level, column), (*level, *fund), &mut faults);
                }
                (Action::Veto(veto), _) => calculation.veto(number, step.level, veto, &mut faults),
                (Action::Check { assert, warning }, _) => {
                    calculation.check(number, step.level, assert, *warning, &mut faults);
                }
                (Action::Formula(_) | Action::Share(_) | Action::Rank(_) | Action::Collect { .. }, None) => {
                    defect("a step without its column")
                }
            }
            if !faults.is_empty() {
                calculation.failed_checks(&mut faults);
                return Err(faults.into());
            }
            calculation.programs.push(calculation.state.programs_run());
            progress(number + 1);
        }
        let mut faults = Faults::default();
        calculation.failed_checks(&mut faults);
        faults.refuse()?;
        Ok(calculation)
    }

    fn failed_checks(&self, faults: &mut Faults) {
        for check in self.checks.iter().filter(|check| !check.warning && !self.supposed.checks_tell) {
            for row in &check.failed {
                faults.add(self.fault(Code::CheckFailed, check.level, *row, check.step));
            }
        }
    }

    /// A fault of a row at a step.
    pub fn fault(&self, code: Code, level: usize, row: Row, step: usize) -> Fault {
        let name = self.state.plan.document.steps.get(step).map(|step| step.heading.name.as_str());
        Fault::row(code, self.state.plan.level_name(level), self.state.data.id(level, row), name)
    }

    /// The failures of rows as faults; whether there were any.
    pub fn failed(&self, failures: &Failures, level: usize, step: usize, faults: &mut Faults) -> bool {
        let failures = failures.take();
        let any = !failures.is_empty();
        for (row, failure) in failures {
            let mut fault = self.fault(failure.code, level, row, step);
            fault.details = failure.details;
            faults.add(fault);
        }
        any
    }

    /// The rows for which a condition holds; all without one.
    pub fn where_true(&self, level: usize, condition: Option<&Expr>, failures: &Failures) -> Option<Vec<Row>> {
        let condition = condition?;
        let frame = Frame::all(level, self.state.count(level), failures);
        let flags = self.state.needed(&frame, condition);
        Some(rows(frame.len()).filter(|row| *at(flags.flags(), *row) && !failures.has(*row)).collect())
    }

    /// The fund row of each row; none where the reference is blank.
    pub fn fund_rows(&self, level: usize, chosen: &[Row], fund: ColumnRef) -> Vec<Option<Row>> {
        match fund.reach {
            Reach::Via(fact) => {
                let facts = self.state.column(level, fact);
                chosen.iter().map(|row| (!facts.is_blank(*row)).then(|| *at(facts.codes(), *row))).collect()
            }
            Reach::This | Reach::Aggregated => {
                let ancestors = self.state.ancestors(level, fund.level);
                chosen.iter().map(|row| Some(*at(ancestors, *row))).collect()
            }
        }
    }

    fn veto(&mut self, number: usize, level: usize, veto: &Veto, faults: &mut Faults) {
        let failures = Failures::default();
        let mut holding = self.where_true(level, Some(&veto.when), &failures).unwrap_or_default();
        holding.retain(|row| !self.supposed.is_off(number, *row));
        let frame = Frame::some(level, holding.clone(), &failures);
        let portions = match &veto.portion {
            Some(portion) => self.state.needed(&frame, portion).into_owned(),
            None => Numbers::Same(Number::ONE, holding.len()).into(),
        };
        let mut found = Vec::with_capacity(holding.len());
        for (position, row) in rows(holding.len()).zip(&holding) {
            let portion = portions.numbers().get(position);
            let outside = portion.is_negative() || portion > Number::ONE;
            if outside || (veto.takes_rank && !portion.is_whole()) {
                frame.fail_with(position, Code::BadPortion, || vec![Detail::Got(portion.text())]);
            }
            found.push((*row, portion));
        }
        if !self.failed(&failures, level, number, faults) {
            let (forfeits, withhold_to) = (veto.forfeits.clone(), veto.withhold_to.clone());
            let acted = BTreeSet::new();
            self.vetoes.push(VetoOutcome { step: number, level, forfeits, withhold_to, portions: found, acted });
        }
    }

    /// The veto that prevails at each row of a column: the largest portion, the first written if equal.
    pub fn prevailing(&self, level: usize, column: usize) -> Prevailing {
        let mut prevailing = Prevailing::new();
        for (index, veto) in self.vetoes.iter().enumerate() {
            if veto.level != level || !veto.forfeits.contains(&column) {
                continue;
            }
            for (row, portion) in veto.portions.iter().filter(|(_, portion)| !portion.is_zero()) {
                let known = prevailing.get(row);
                if known.is_none_or(|(_, largest)| portion > largest) {
                    prevailing.insert(*row, (index, portion.clone()));
                }
            }
        }
        prevailing
    }

    /// Notes that vetoes acted on rows that took part in a column.
    pub fn acted(&mut self, prevailing: &Prevailing, took_part: impl Fn(Row) -> bool) {
        for (row, (index, _)) in prevailing {
            if took_part(*row)
                && let Some(veto) = self.vetoes.get_mut(*index)
            {
                veto.acted.insert(*row);
            }
        }
    }

    /// Whether a veto, by its place among them, sets aside what it takes.
    pub fn withholds(&self, veto: usize) -> bool {
        self.vetoes.get(veto).is_some_and(|veto| veto.withhold_to.is_some())
    }

    /// Whether any of the vetoes that prevail forgoes.
    pub fn forgoes(&self, prevailing: &Prevailing) -> bool {
        let forgone = |index: &usize| self.vetoes.get(*index).is_some_and(|veto| veto.withhold_to.is_none());
        prevailing.values().any(|(index, _)| forgone(index))
    }

    /// What `forgo` leaves of each row's value: 1 − portion; none where no veto forgoes.
    pub fn kept(&self, chosen: &[Row], prevailing: &Prevailing) -> Option<Numbers> {
        if !self.forgoes(prevailing) {
            return None;
        }
        let forgone = |index: &usize| self.vetoes.get(*index).is_some_and(|veto| veto.withhold_to.is_none());
        let kept = |row: &Row| match prevailing.get(row) {
            Some((index, portion)) if forgone(index) => Number::ONE.product_of_difference(portion, &Number::ONE),
            _ => Number::ONE,
        };
        Some(Numbers::Exact(chosen.iter().map(kept).collect()).narrow())
    }

    /// Draws the gross amounts of a step from its fund, then sets withheld parts aside. Returns what the rows keep.
    pub fn draw(
        &mut self,
        number: usize,
        fund: ColumnRef,
        chosen: &[Row],
        fund_rows: &[Option<Row>],
        mut amounts: Vec<Fen>,
        prevailing: &Prevailing,
    ) -> Vec<Fen> {
        let vetoes = &self.vetoes;
        let Some(book) = self.state.funds.book_mut(fund.level, fund.column) else { defect("a draw from no fund") };
        let drawn = fund_rows.iter().zip(&amounts).filter_map(|(row, amount)| Some(((*row)?, *amount)));
        book.draw(number, drawn);
        let hit = rows(chosen.len()).zip(chosen).filter(|_| !prevailing.is_empty());
        for (position, row) in hit {
            let Some((index, portion)) = prevailing.get(row) else { continue };
            let to = vetoes.get(*index).and_then(|veto| veto.withhold_to.as_deref());
            let (Some(to), Some(fund_row)) = (to, *at(fund_rows, position)) else { continue };
            let amount = put(&mut amounts, position);
            let aside = part_of(portion, *amount);
            *amount -= aside;
            book.withhold(number, to, fund_row, aside);
        }
        amounts
    }

    /// What a veto that withholds takes of an amount of a row.
    pub fn aside(&self, row: Row, amount: Fen, prevailing: &Prevailing) -> Fen {
        let Some((index, portion)) = prevailing.get(&row) else { return 0 };
        if self.withholds(*index) { part_of(portion, amount) } else { 0 }
    }

    /// Faults of fund rows that a step has overdrawn.
    pub fn overdrawn(&self, number: usize, fund: ColumnRef, faults: &mut Faults) {
        let Some(book) = self.state.funds.book(fund.level, fund.column) else { defect("a draw from no fund") };
        for (row, short) in book.overdrawn(number) {
            faults.add(self.short(number, fund, row, short));
        }
    }

    /// A fund row that is short of an amount.
    pub fn short(&self, number: usize, fund: ColumnRef, row: Row, short: Fen) -> Fault {
        self.fault(Code::FundOverdrawn, fund.level, row, number)
            .with(Detail::Fund(self.state.plan.column_name(fund.level, fund.column)))
            .with(Detail::Short(crate::exact::fen_text(short)))
    }

    fn check(&mut self, number: usize, level: usize, assert: &Expr, warning: bool, faults: &mut Faults) {
        let failures = Failures::default();
        let frame = Frame::all(level, self.state.count(level), &failures);
        let flags = self.state.needed(&frame, assert);
        let failed = rows(frame.len()).filter(|row| !*at(flags.flags(), *row) && !failures.has(*row)).collect();
        drop(flags);
        // Rows that fail are known also where others cannot be judged: a refusal names them all.
        self.checks.push(CheckOutcome { step: number, level, warning, failed });
        self.failed(&failures, level, number, faults);
    }

    fn collect(&mut self, number: usize, own: (usize, usize), fund: (usize, usize), faults: &mut Faults) {
        let (level, column) = own;
        let mut totals: Vec<Fen> = vec![0; self.state.count(level)];
        let ancestors = self.state.ancestors(fund.0, level);
        let left =
            self.state.funds.left(fund.0, fund.1).map_or_else(|| defect("a collection from no fund"), <[Fen]>::to_vec);
        for (row, amount) in ancestors.iter().zip(&left) {
            *put(&mut totals, *row) += amount;
        }
        let Some(book) = self.state.funds.book_mut(fund.0, fund.1) else { defect("a collection from no fund") };
        book.draw(number, rows(left.len()).zip(left));
        for (row, total) in rows(totals.len()).zip(&totals) {
            if total.abs() >= TOO_LARGE {
                faults.add(self.fault(Code::MoneyTooLarge, level, row, number));
            }
        }
        self.state.add(level, column, Numbers::money(&totals).into());
    }
}

/// portion × max(amount, 0), rounded half up to whole fen.
fn part_of(portion: &Number, amount: Fen) -> Fen {
    let part = portion.times_whole(&Number::ratio(amount.max(0), 1), Mode::HalfUp);
    part.to_i128().unwrap_or_else(|| defect("a portion above the whole"))
}
