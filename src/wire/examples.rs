//! A plan's own examples (`plan-language.md` §7), run.

use super::json::Json;
use super::result::{shown, warning_word};
use crate::engine::{Outcome, calculate};
use crate::exact::{at, fen_text, rows};
use crate::plan::document::{Expectation, Outcome as Expected};
use crate::plan::{Code, Fault, Plan, Refusal};

/// Runs all examples of a plan whose JSON is `json`: a fault for each that does not give what it expects.
pub fn run(plan: &Plan, json: &Json<'_>) -> Vec<Fault> {
    let written = json.get("examples").and_then(Json::items).unwrap_or_default();
    let mut faults = Vec::new();
    for (index, (example, written)) in plan.document.examples.iter().zip(written).enumerate() {
        let at = format!("/examples/{index}");
        let data = written
            .get("data")
            .map_or_else(|| super::data::data(plan, &Json::Null), |data| super::data::data(plan, data));
        let result = data.as_ref().map_err(Clone::clone).and_then(|data| calculate(plan, data));
        match (&example.outcome, result) {
            (Expected::Result(expectations), Ok(outcome)) => {
                for (number, expectation) in expectations.iter().enumerate() {
                    let (wanted, found) = compared(plan, &outcome, expectation);
                    if found.as_ref() != Some(&wanted) {
                        let fault = Fault::plan(Code::ExampleFailed, format!("{at}/expect/{number}"));
                        faults.push(fault.wanted(wanted).got(found.unwrap_or_else(|| "–".to_owned())));
                    }
                }
            }
            (Expected::Result(_), Err(refusal)) => {
                faults.push(Fault::plan(Code::ExampleFailed, at).wanted(&example.name).got(codes(&refusal)));
            }
            (Expected::Error(code), Ok(_)) => {
                faults.push(Fault::plan(Code::ExampleFailed, at).wanted(code).got("–"));
            }
            (Expected::Error(code), Err(refusal)) => {
                if !refusal.faults.iter().any(|fault| fault.code.word() == code) {
                    faults.push(Fault::plan(Code::ExampleFailed, at).wanted(code).got(codes(&refusal)));
                }
            }
        }
    }
    faults
}

/// The codes of a refusal with their first places.
fn codes(refusal: &Refusal) -> String {
    let words: std::collections::BTreeSet<&str> = refusal.faults.iter().map(|fault| fault.code.word()).collect();
    words.into_iter().collect::<Vec<&str>>().join(", ")
}

/// What an expectation wants, and what the result has there.
fn compared(plan: &Plan, outcome: &Outcome<'_>, expectation: &Expectation) -> (String, Option<String>) {
    let row_of = |level: usize, id: &str| {
        let ids = &outcome.data.levels.get(level)?.ids;
        rows(ids.len()).find(|row| at(ids, *row) == id)
    };
    match expectation {
        Expectation::Value { level, row, step, value } => {
            let found = plan.level_named(level).and_then(|level| {
                let column = plan.levels.get(level)?.columns.iter().position(|column| column.name == *step)?;
                let vector = outcome.columns.get(level)?.get(column)?;
                shown(plan, &plan.column(level, column)?.kind, vector, row_of(level, row)?, false)
            });
            (value.clone(), found)
        }
        Expectation::Total { row, total } => {
            let found = plan.payee.and_then(|payee| Some(*at(outcome.totals.as_ref()?, row_of(payee, row)?)));
            (total.clone(), found.map(fen_text))
        }
        Expectation::Left { fund, row, left } => {
            let book =
                outcome.funds.books.iter().find(|book| plan.column_name(book.fund.level, book.fund.column) == *fund);
            let found = book.and_then(|book| Some(*at(&book.left, row_of(book.fund.level, row)?)));
            (left.clone(), found.map(fen_text))
        }
        Expectation::Warning(word) => {
            let found = outcome.warnings.iter().map(warning_word).find(|found| found == word);
            (word.clone(), found.map(str::to_owned))
        }
    }
}
