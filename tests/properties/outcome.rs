//! What a calculation gives, in the form in which engine and model are compared.

use std::collections::{BTreeMap, BTreeSet};

use crate::language::Plan;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Error {
    pub code: String,
    pub level: String,
    pub row: String,
    pub step: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FundAnswer {
    pub value: String,
    /// By `level.step`, what is not zero.
    pub drawn: BTreeMap<String, String>,
    pub withheld: BTreeMap<String, String>,
    pub left: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// By level, row, step; exact.
    pub values: BTreeMap<(String, String, String), String>,
    pub totals: BTreeMap<String, String>,
    /// Payee, step, row, amount.
    pub lines: BTreeSet<(String, String, String, String)>,
    pub funds: BTreeMap<(String, String), FundAnswer>,
    pub balance: BTreeMap<String, String>,
    /// Rows that fail a check of severity `warning`.
    pub checks: BTreeSet<(String, String)>,
    /// The rows on which each veto acted.
    pub vetoes: BTreeMap<String, BTreeSet<String>>,
    /// `share_not_absorbed` and `tie_broken_by_id`: code, step, row of the fund.
    pub warnings: BTreeSet<(String, String, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done(Box<Answer>),
    Refused(BTreeSet<Error>),
}

impl Outcome {
    pub fn answer(&self) -> &Answer {
        match self {
            Outcome::Done(answer) => answer,
            Outcome::Refused(errors) => panic!("refused: {errors:?}"),
        }
    }
}

/// Ids by level and new id.
type Names = BTreeMap<(String, String), String>;

impl Outcome {
    /// The same with other ids.
    pub fn with_ids(self, plan: &Plan, names: &Names) -> Outcome {
        let id = |level: &str, row: &str| names[&(level.to_owned(), row.to_owned())].clone();
        let answer = match self {
            Outcome::Refused(errors) => {
                return Outcome::Refused(
                    errors.into_iter().map(|it| Error { row: id(&it.level, &it.row), ..it }).collect(),
                );
            }
            Outcome::Done(answer) => *answer,
        };
        let payee = |row: &str| id(&plan.levels[plan.payee.expect("a payee")].name, row);
        let of_step = |step: &str, row: &str| {
            let level = plan.steps.iter().find(|it| it.name == step).expect("a step").level;
            id(&plan.levels[level].name, row)
        };
        let level = |column: &str| column.split_once('.').expect("level and column").0.to_owned();
        Outcome::Done(Box::new(Answer {
            values: answer
                .values
                .into_iter()
                .map(|((level, row, step), it)| ((level.clone(), id(&level, &row), step), it))
                .collect(),
            totals: answer.totals.into_iter().map(|(row, it)| (payee(&row), it)).collect(),
            lines: answer
                .lines
                .into_iter()
                .map(|(to, step, row, it)| (payee(&to), step.clone(), id(&level(&step), &row), it))
                .collect(),
            funds: answer
                .funds
                .into_iter()
                .map(|((fund, row), it)| ((fund.clone(), id(&level(&fund), &row)), it))
                .collect(),
            checks: answer.checks.into_iter().map(|(check, row)| (check.clone(), of_step(&check, &row))).collect(),
            vetoes: answer
                .vetoes
                .into_iter()
                .map(|(veto, rows)| (veto.clone(), rows.iter().map(|row| of_step(&veto, row)).collect()))
                .collect(),
            warnings: answer.warnings.into_iter().map(|(code, step, _)| (code, step, String::new())).collect(),
            balance: answer.balance,
        }))
    }

    /// Warnings without the rows of their funds, which may stand on any level.
    pub fn without_warned_rows(mut self) -> Outcome {
        if let Outcome::Done(answer) = &mut self {
            answer.warnings = std::mem::take(&mut answer.warnings)
                .into_iter()
                .map(|(code, step, _)| (code, step, String::new()))
                .collect();
        }
        self
    }
}
