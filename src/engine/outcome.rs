//! What a calculation gives: columns, lines, funds, balance, checks, vetoes, warnings (`plan-language.md` §5, §6, §8).

use std::borrow::Cow;

use super::calculation::{Calculation, CheckOutcome, VetoOutcome};
use super::data::Data;
use super::funds::Funds;
use super::numbers::Numbers;
use super::share::Shared;
use super::state::State;
use super::supposed::Supposed;
use super::tables::Lookup;
use super::vector::Vector;
use crate::exact::{Fen, Row, at, fen_text, put, rows};
use crate::plan::{Code, Detail, Fault, Faults, Plan, Refusal};

/// The result of a calculation.
pub struct Outcome<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The data.
    pub data: &'a Data,
    /// For each level its columns, facts first.
    pub columns: Vec<Vec<Cow<'a, Vector>>>,
    /// For each row of the payee level the sum of its lines; none where nobody is paid.
    pub totals: Option<Cow<'a, [Fen]>>,
    /// All lines that are not zero, by payee, step, row.
    pub lines: Cow<'a, [Line]>,
    /// The funds.
    pub funds: Cow<'a, Funds>,
    /// The balance of the whole.
    pub balance: Balance,
    /// The checks in their order.
    pub checks: Cow<'a, [CheckOutcome]>,
    /// The vetoes in their order.
    pub vetoes: Cow<'a, [VetoOutcome]>,
    /// The warnings.
    pub warnings: Cow<'a, [Warning]>,
    /// The shares as they were divided, where it was supposed that they are kept.
    pub shares: Vec<Shared>,
    /// For each step how many programs it ran; none where all went column by column.
    pub programs: Vec<usize>,
}

impl Outcome<'_> {
    /// The totals of all payees; none where nobody is paid.
    pub fn all_totals(&self) -> &[Fen] {
        self.totals.as_deref().unwrap_or_default()
    }

    /// The lines of a payee.
    pub fn lines_of(&self, payee: Row) -> &[Line] {
        let start = self.lines.partition_point(|line| line.payee < payee);
        let of = self.lines.get(start..).unwrap_or_default();
        of.get(..of.partition_point(|line| line.payee == payee)).unwrap_or_default()
    }
}

/// A line of a payee's statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// The row of the payee level.
    pub payee: Row,
    /// The step.
    pub step: usize,
    /// The row of the step's level.
    pub row: Row,
    /// The amount.
    pub amount: Fen,
}

/// What came in and where it is: `sources = paid + assigned + withheld + left`, `payee_total = paid + unfunded`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Balance {
    /// The funds that draw and collect nothing.
    pub sources: Fen,
    /// What pay steps drew and kept.
    pub paid: Fen,
    /// What steps that are neither paid nor funds drew and kept.
    pub assigned: Fen,
    /// What vetoes set aside.
    pub withheld: Fen,
    /// What is left in all funds.
    pub left: Fen,
    /// What pay steps pay from no fund.
    pub unfunded: Fen,
    /// The sum of all totals.
    pub payee_total: Fen,
}

impl Balance {
    /// Whether both identities hold.
    pub fn is_balanced(&self) -> bool {
        self.sources == self.paid + self.assigned + self.withheld + self.left
            && self.payee_total == self.paid + self.unfunded
    }
}

/// A warning beside a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// A veto that matched nobody.
    UnusedVeto {
        /// The step.
        step: usize,
    },
    /// Money stays because all weights are zero.
    ShareNotAbsorbed {
        /// The share.
        step: usize,
        /// The fund's level.
        level: usize,
        /// The fund's row.
        row: Row,
    },
    /// The id decided a grade boundary.
    TieBrokenById {
        /// The rank.
        step: usize,
        /// Its level.
        level: usize,
        /// The rows with equal keys.
        rows: Vec<Row>,
    },
    /// A payee without a line.
    NoLine {
        /// The row of the payee level.
        row: Row,
    },
    /// A fact that no step uses.
    UnusedFact {
        /// Its level.
        level: usize,
        /// Its column.
        column: usize,
    },
    /// A table row that matched nobody.
    UnusedTableRow {
        /// The table.
        table: usize,
        /// The row, from 0.
        row: usize,
    },
}

/// Calculates a plan on data.
///
/// # Errors
/// The faults of the first step that fails and the checks that failed before it; else those of the totals.
pub fn calculate<'a>(plan: &'a Plan, data: &'a Data) -> Result<Outcome<'a>, Refusal> {
    calculate_watched(plan, data, &|_| {})
}

/// As [`calculate`], but for what is supposed otherwise. Where parts are rounded each, the result need not balance.
///
/// # Errors
/// As [`calculate`].
pub fn calculate_supposing<'a>(plan: &'a Plan, data: &'a Data, supposed: &Supposed) -> Result<Outcome<'a>, Refusal> {
    finished(plan, data, supposed, &|_| {})
}

/// As [`calculate`]; after each step `progress` hears how many are done.
///
/// # Errors
/// As [`calculate`].
pub fn calculate_watched<'a>(plan: &'a Plan, data: &'a Data, progress: &dyn Fn(usize)) -> Result<Outcome<'a>, Refusal> {
    finished(plan, data, &Supposed::default(), progress)
}

fn finished<'a>(
    plan: &'a Plan,
    data: &'a Data,
    supposed: &Supposed,
    progress: &dyn Fn(usize),
) -> Result<Outcome<'a>, Refusal> {
    let Calculation { state, vetoes, checks, warnings, shares, programs, .. } =
        Calculation::all(plan, data, supposed, progress)?;
    let (lines, totals) = match own_payments(plan, &state) {
        Some(own) => own,
        None => statements(plan, data, payments(plan, data, &state)),
    };
    let (columns, funds, tables) = state.into_columns();
    let balance = balance(plan, &columns, &funds, totals.as_deref());
    let mut faults = Faults::default();
    if let (Some(payee), Some(totals)) = (plan.payee, &totals)
        && !plan.document.allow_negative_total
    {
        negative_totals(plan, data, payee, totals, &mut faults);
    }
    faults.refuse()?;
    if !balance.is_balanced() && !supposed.rounded_each {
        let fault = Fault::row(Code::NotBalanced, "", "", None);
        return Err(fault.with(Detail::Got(format!("{balance:?}"))).into());
    }
    let warnings = all_warnings(plan, data, &vetoes, warnings, &tables, &lines);
    Ok(Outcome {
        plan,
        data,
        columns,
        totals: totals.map(Cow::Owned),
        lines: lines.into(),
        funds: Cow::Owned(funds),
        balance,
        checks: checks.into(),
        vetoes: vetoes.into(),
        warnings: warnings.into(),
        shares,
        programs,
    })
}

fn negative_totals(plan: &Plan, data: &Data, payee: usize, totals: &[Fen], faults: &mut Faults) {
    let ids = data.levels.get(payee).map_or(&[][..], |rows| &rows.ids);
    for (id, total) in ids.iter().zip(totals).filter(|(_, total)| **total < 0) {
        faults.add(Fault::row(Code::NegativeTotal, plan.level_name(payee), id, None).got(fen_text(*total)));
    }
}

/// Lines and totals where every step that pays stands on the payee level, payee by payee.
fn own_payments(plan: &Plan, state: &State<'_>) -> Option<(Vec<Line>, Option<Vec<Fen>>)> {
    let payee = plan.payee?;
    let mut columns = Vec::new();
    for (number, (step, written)) in plan.steps.iter().zip(&plan.document.steps).enumerate() {
        let (Some(column), Some(_)) = (step.column, written.action.pay()) else { continue };
        match state.column(step.level, column).numbers() {
            Numbers::Scaled { values, per: 100 } if step.level == payee => columns.push((number, values)),
            _ => return None,
        }
    }
    let count = state.count(payee);
    let (mut lines, mut totals) = (Vec::with_capacity(count * columns.len()), Vec::with_capacity(count));
    for row in rows(count) {
        let mut total = 0;
        for (step, values) in &columns {
            let amount = Fen::from(*at(values, row));
            if amount != 0 {
                lines.push(Line { payee: row, step: *step, row, amount });
                total += amount;
            }
        }
        totals.push(total);
    }
    Some((lines, Some(totals)))
}

/// Every amount that a pay step pays, in the order of steps.
fn payments(plan: &Plan, data: &Data, state: &State<'_>) -> Vec<Line> {
    let mut lines = Vec::new();
    let Some(payee) = plan.payee else { return lines };
    for (number, (step, written)) in plan.steps.iter().zip(&plan.document.steps).enumerate() {
        let (Some(column), Some(_)) = (step.column, written.action.pay()) else { continue };
        let numbers = state.column(step.level, column).numbers();
        let payees = state.ancestors(step.level, payee);
        let count = data.levels.get(step.level).map_or(0, |rows| rows.len());
        lines.extend(
            rows(count)
                .map(|row| Line { payee: *at(payees, row), step: number, row, amount: numbers.fen(row) })
                .filter(|line| line.amount != 0),
        );
    }
    lines
}

/// The lines by payee (within a payee in the order of steps and rows, as they come), and each payee's total.
fn statements(plan: &Plan, data: &Data, payments: Vec<Line>) -> (Vec<Line>, Option<Vec<Fen>>) {
    let Some(payee) = plan.payee else { return (payments, None) };
    let count = data.levels.get(payee).map_or(0, |rows| rows.len());
    let mut totals: Vec<Fen> = vec![0; count];
    // Where the lines of each payee begin: a count for each, summed up.
    let mut next: Vec<Row> = vec![0; count + 1];
    for line in &payments {
        *put(&mut totals, line.payee) += line.amount;
        *put(&mut next, line.payee + 1) += 1;
    }
    let mut sum = 0;
    for start in &mut next {
        sum += *start;
        *start = sum;
    }
    let mut lines = payments.clone();
    for line in payments {
        let place = put(&mut next, line.payee);
        *put(&mut lines, *place) = line;
        *place += 1;
    }
    (lines, Some(totals))
}

fn balance(plan: &Plan, columns: &[Vec<Cow<'_, Vector>>], funds: &Funds, totals: Option<&[Fen]>) -> Balance {
    let mut balance = Balance::default();
    for book in &funds.books {
        if book.fund.source {
            balance.sources += book.value.iter().sum::<Fen>();
        }
        balance.left += book.left.iter().sum::<Fen>();
        balance.withheld += book.withheld.values().flatten().sum::<Fen>();
    }
    for (step, written) in plan.steps.iter().zip(&plan.document.steps) {
        let Some(column) = step.column else { continue };
        let (draws, pays) = (written.action.from().is_some(), written.action.pay().is_some());
        if !(draws || pays) {
            continue;
        }
        let kept: Fen = columns
            .get(step.level)
            .and_then(|columns| columns.get(column))
            .map_or(0, |vector| vector.numbers().fen_sum());
        match (draws, pays) {
            (true, true) => balance.paid += kept,
            (false, _) => balance.unfunded += kept,
            (true, false) if !plan.is_fund(step.level, column) => balance.assigned += kept,
            (true, false) => {}
        }
    }
    balance.payee_total = totals.map_or(0, |totals| totals.iter().sum());
    balance
}

/// All warnings: of the plan, of tables and vetoes, of steps, of payees.
fn all_warnings(
    plan: &Plan,
    data: &Data,
    vetoes: &[VetoOutcome],
    of_steps: Vec<Warning>,
    tables: &[Lookup],
    lines: &[Line],
) -> Vec<Warning> {
    let unused = |(level, column): &(usize, usize)| Warning::UnusedFact { level: *level, column: *column };
    let mut warnings: Vec<Warning> = plan.unused_facts.iter().map(unused).collect();
    for (table, lookup) in tables.iter().enumerate() {
        warnings.extend(lookup.unmatched().map(|row| Warning::UnusedTableRow { table, row }));
    }
    let unmatched = vetoes.iter().filter(|veto| !veto.matched());
    warnings.extend(unmatched.map(|veto| Warning::UnusedVeto { step: veto.step }));
    warnings.extend(of_steps);
    if let Some(payee) = plan.payee {
        let mut paid = vec![false; data.levels.get(payee).map_or(0, |rows| rows.len())];
        lines.iter().for_each(|line| *put(&mut paid, line.payee) = true);
        warnings.extend(rows(paid.len()).filter(|row| !*at(&paid, *row)).map(|row| Warning::NoLine { row }));
    }
    warnings
}
