//! What a calculation came to, as the rows that are kept of it.

use super::differences::Differences;
use super::rows::Schools;
use crate::engine::Outcome;
use crate::exact::{Fen, Row, at, rows};
use crate::plan::{Code, Fault, Plan, Refusal};
use crate::store::pieces::Piece;
use crate::store::results::{Fund, Item, Line, Payee};
use crate::store::runs::Run;
use crate::store::{self};
use crate::wire::canonical::{self, Order};
use crate::wire::json::Json;
use crate::wire::result::{ENGINE, Report};

/// Why a result cannot be kept.
#[derive(Debug)]
pub enum Unkept {
    /// An amount is larger than a record holds (64 bits of fen), or a reserve does not have what is taken from it.
    Refused(Refusal),
    /// The run was withdrawn, or is another's now.
    Lost,
    /// The store's own reason.
    Store(store::Error),
}

impl From<store::Error> for Unkept {
    fn from(error: store::Error) -> Unkept {
        Unkept::Store(error)
    }
}

/// A result as the rows that are kept of it.
pub struct Kept<'o, 'a> {
    outcome: &'o Outcome<'a>,
    report: &'o Report<'o, 'a>,
    schools: Schools<'o>,
    /// What an adjustment pays in place of the whole.
    differences: Option<Differences>,
}

impl<'o, 'a> Kept<'o, 'a> {
    /// The rows of a result.
    pub fn new(outcome: &'o Outcome<'a>, report: &'o Report<'o, 'a>) -> Kept<'o, 'a> {
        Kept { outcome, report, schools: Schools::new(outcome.plan, outcome.data), differences: None }
    }

    /// The same of an adjustment, which pays only these.
    pub fn paying(self, differences: Option<Differences>) -> Kept<'o, 'a> {
        Kept { differences, ..self }
    }

    /// What an adjustment changes; none where the run is no adjustment.
    pub fn differences(&self) -> Option<&Differences> {
        self.differences.as_ref()
    }

    /// The plan.
    pub fn plan(&self) -> &'a Plan {
        self.outcome.plan
    }

    /// The id of the first row of the root.
    pub fn root(&self) -> &str {
        self.outcome.data.levels.first().and_then(|rows| rows.ids.first()).map_or("", String::as_str)
    }

    /// How many rows all of it has.
    pub fn row_count(&self) -> i64 {
        let funds = self.outcome.funds.books.iter().map(|book| book.value.len());
        let values = self.outcome.data.levels.iter().map(|rows| rows.len());
        let paid = match &self.differences {
            None => self.outcome.all_totals().len() + self.outcome.lines.len(),
            Some(adjusted) => adjusted.payees.len() + adjusted.lines.len() + adjusted.rows.len(),
        };
        count(paid + funds.chain(values).sum::<usize>())
    }

    fn school(&self, level: usize, row: Row) -> String {
        self.schools.of(level, row).unwrap_or_default().to_owned()
    }

    /// Fen as a record holds them.
    fn fen(&self, fen: Fen, level: usize, row: Row) -> Result<i64, Unkept> {
        i64::try_from(fen).map_err(|_| {
            let (level, id) = (self.outcome.plan.level_name(level), self.outcome.data.id(level, row));
            Unkept::Refused(Fault::row(Code::MoneyTooLarge, level, id, None).into())
        })
    }

    /// The payees that are paid, in the order of their ids.
    pub fn payees(&self) -> Box<dyn Iterator<Item = Result<Payee, Unkept>> + '_> {
        match &self.differences {
            None => Box::new(self.all_payees()),
            Some(adjusted) => Box::new(adjusted.payees.iter().cloned().map(Ok)),
        }
    }

    /// What is paid, in the order of payees.
    pub fn lines(&self) -> Box<dyn Iterator<Item = Result<Line, Unkept>> + '_> {
        match &self.differences {
            None => Box::new(self.all_lines()),
            Some(adjusted) => Box::new(adjusted.lines.iter().cloned().map(Ok)),
        }
    }

    /// The payees of the whole calculation in the order of their ids.
    pub fn all_payees(&self) -> impl Iterator<Item = Result<Payee, Unkept>> + '_ {
        let level = self.outcome.plan.payee.unwrap_or_default();
        let totals = self.outcome.all_totals();
        let names = self.outcome.data.levels.get(level).map_or(&[][..], |rows| &rows.names);
        rows(totals.len()).map(move |row| {
            Ok(Payee {
                row_id: self.outcome.data.id(level, row).to_owned(),
                school_id: self.school(level, row),
                name: at(names, row).clone(),
                total: self.fen(*at(totals, row), level, row)?,
            })
        })
    }

    /// The lines of the whole calculation in the order of payees.
    pub fn all_lines(&self) -> impl Iterator<Item = Result<Line, Unkept>> + '_ {
        let payee = self.outcome.plan.payee.unwrap_or_default();
        let (mut before, mut place) = (None, 0);
        self.outcome.lines.iter().map(move |line| {
            place = if before == Some(line.payee) { place + 1 } else { 0 };
            before = Some(line.payee);
            let level = self.outcome.plan.steps.get(line.step).map_or(0, |step| step.level);
            Ok(Line {
                payee_id: self.outcome.data.id(payee, line.payee).to_owned(),
                place,
                step: count(line.step),
                row_id: self.outcome.data.id(level, line.row).to_owned(),
                amount: self.fen(line.amount, level, line.row)?,
            })
        })
    }

    /// The rows of the funds in the order of the result.
    pub fn funds(&self) -> impl Iterator<Item = Result<Fund, Unkept>> + '_ {
        let json = self.report.funds();
        let listed: Vec<Json<'static>> = json.items().unwrap_or_default().to_vec();
        let books = self.outcome.funds.books.iter();
        let all = books.flat_map(|book| rows(book.value.len()).map(move |row| (book, row)));
        all.zip(listed).zip(0..).map(move |(((book, row), json), place)| {
            let level = book.fund.level;
            let part = |key: &str| canonical::text(json.get(key).unwrap_or(&Json::Null));
            Ok(Fund {
                place,
                school_id: self.school(level, row),
                fund: self.outcome.plan.column_name(level, book.fund.column),
                row_id: self.outcome.data.id(level, row).to_owned(),
                value: self.fen(*at(&book.value, row), level, row)?,
                left_over: self.fen(*at(&book.left, row), level, row)?,
                drawn: part("drawn"),
                withheld: part("withheld"),
            })
        })
    }

    /// The steps that pay, with what they paid.
    pub fn items(&self) -> Result<Vec<Item>, Unkept> {
        let mut items = Vec::new();
        let mut sums: Vec<(i64, Fen)> = vec![(0, 0); self.outcome.plan.steps.len()];
        let mut add = |step: usize, amount: Fen| {
            if let Some((lines, sum)) = sums.get_mut(step) {
                *lines += 1;
                *sum += amount;
            }
        };
        match &self.differences {
            None => self.outcome.lines.iter().for_each(|line| add(line.step, line.amount)),
            Some(adjusted) => {
                let known = |line: &Line| (usize::try_from(line.step).unwrap_or(usize::MAX), Fen::from(line.amount));
                adjusted.lines.iter().map(known).for_each(|(step, amount)| add(step, amount));
            }
        }
        let steps = self.outcome.plan.document.steps.iter().zip(&self.outcome.plan.steps);
        for (number, ((written, step), (line_count, sum))) in steps.zip(sums).enumerate() {
            let Some(pay) = written.action.pay() else { continue };
            items.push(Item {
                step: count(number),
                name: format!("{}.{}", written.level, written.heading.name),
                item: pay.item.clone(),
                category: pay.category.clone(),
                payroll_code: pay.payroll_code.clone(),
                line_count,
                amount: self.fen(sum, step.level, 0)?,
            });
        }
        Ok(items)
    }

    /// The values of all rows, packed, a level after the other.
    pub fn pieces(&self) -> impl Iterator<Item = Result<Vec<Piece>, Unkept>> + '_ {
        (0..self.outcome.plan.levels.len()).map(|level| {
            let broken = |error: std::io::Error| store::Error::Broken(error.to_string());
            let Some(level_rows) = self.report.level_rows(level, Order::Given).map_err(broken)? else {
                return Ok(Vec::new());
            };
            Ok(self.schools.packed(level, |out, row| level_rows.write(out, row))?)
        })
    }

    /// The run with what it came to.
    pub fn run(&self, run: Run) -> Result<Run, Unkept> {
        let balance = &self.outcome.balance;
        let fen = |fen: Fen| self.fen(fen, 0, 0).map(Some);
        let payees = self.differences.as_ref().map(|adjusted| adjusted.payees.len());
        Ok(Run {
            result_sha256: Some(self.report.result_sha256.clone()),
            engine: Some(ENGINE.to_owned()),
            findings: Some(canonical::text(&self.report.summary())),
            payee_count: Some(count(payees.unwrap_or_else(|| self.outcome.all_totals().len()))),
            sources: fen(balance.sources)?,
            paid: fen(balance.paid)?,
            assigned: fen(balance.assigned)?,
            withheld: fen(balance.withheld)?,
            left_over: fen(balance.left)?,
            unfunded: fen(balance.unfunded)?,
            payee_total: fen(balance.payee_total)?,
            ..run
        })
    }
}

fn count(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
