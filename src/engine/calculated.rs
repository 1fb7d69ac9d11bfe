//! What was calculated, apart from the plan and the data: it can be kept beside them and put together with them again.

use std::borrow::Cow;

use super::calculation::{CheckOutcome, VetoOutcome};
use super::data::{Data, FactColumn};
use super::funds::Funds;
use super::outcome::{Balance, Line, Outcome, Warning};
use super::state::NOTHING;
use super::vector::Vector;
use crate::exact::Fen;
use crate::plan::Plan;

/// An [`Outcome`] without its plan and data.
pub struct Calculated {
    /// For each level the columns of its steps.
    steps: Vec<Vec<Vector>>,
    totals: Option<Vec<Fen>>,
    lines: Vec<Line>,
    funds: Funds,
    balance: Balance,
    checks: Vec<CheckOutcome>,
    vetoes: Vec<VetoOutcome>,
    warnings: Vec<Warning>,
}

impl From<Outcome<'_>> for Calculated {
    fn from(outcome: Outcome<'_>) -> Calculated {
        let facts = outcome.data.levels.iter().map(|level| level.facts.len());
        let steps = outcome.columns.into_iter().zip(facts);
        let steps = steps.map(|(columns, facts)| columns.into_iter().skip(facts).map(Cow::into_owned).collect());
        Calculated {
            steps: steps.collect(),
            totals: outcome.totals.map(Cow::into_owned),
            lines: outcome.lines.into_owned(),
            funds: outcome.funds.into_owned(),
            balance: outcome.balance,
            checks: outcome.checks.into_owned(),
            vetoes: outcome.vetoes.into_owned(),
            warnings: outcome.warnings.into_owned(),
        }
    }
}

impl Calculated {
    /// The outcome again, over the plan and the data that it was calculated from.
    pub fn over<'a>(&'a self, plan: &'a Plan, data: &'a Data) -> Outcome<'a> {
        let columns = data.levels.iter().zip(&self.steps);
        let columns =
            columns.map(|(level, steps)| facts(&level.facts).chain(steps.iter().map(Cow::Borrowed)).collect());
        Outcome {
            plan,
            data,
            columns: columns.collect(),
            totals: self.totals.as_deref().map(Cow::Borrowed),
            lines: Cow::Borrowed(&self.lines),
            funds: Cow::Borrowed(&self.funds),
            balance: self.balance,
            checks: Cow::Borrowed(&self.checks),
            vetoes: Cow::Borrowed(&self.vetoes),
            warnings: Cow::Borrowed(&self.warnings),
            shares: Vec::new(),
            programs: Vec::new(),
        }
    }
}

/// The columns that facts are.
pub fn facts(facts: &[FactColumn]) -> impl Iterator<Item = Cow<'_, Vector>> {
    facts.iter().map(|fact| match fact {
        FactColumn::Values(vector) => Cow::Borrowed(vector),
        FactColumn::Texts(_) => Cow::Borrowed(&NOTHING),
    })
}
