//! Stages 1 and 2 of a plan: the text, and the shape of everything in it (`plan-language.md` §1-§3, §6-§9). All faults
//! of shape are found at once. Names and formulas are texts here; [`crate::plan::check`] judges them.

mod element;
mod examples;
mod levels;
mod rank;
mod steps;
mod tables;

use super::json::{self, Json};
use crate::exact::Number;
use crate::plan::document::{Clause, Constant};
use crate::plan::{Code, Document, Fault, Faults, MOST_BYTES, MOST_STEPS, MOST_TABLES, Place, Refusal};
use element::Element;

/// The language that this program reads.
const LANGUAGE: &str = "1";

/// Reads a plan from its text: stage 1, then stage 2.
///
/// # Errors
/// [`Code::TooLarge`], [`Code::BadJson`] or [`Code::DuplicateKey`] of the text, else all faults of shape.
pub fn read_plan(text: &[u8]) -> Result<(Json<'_>, Document), Refusal> {
    if text.len() > MOST_BYTES {
        let fault = Fault::at(Code::TooLarge, Place::PlanText);
        return Err(fault.got(format!("{} B", text.len())).wanted(format!("≤ {MOST_BYTES} B")).into());
    }
    let json = json::read(text).map_err(|stop| stop.fault(Place::PlanText))?;
    let document = document(&json)?;
    Ok((json, document))
}

/// Reads a plan from its JSON: stage 2.
///
/// # Errors
/// All faults of shape of the whole document.
pub fn document(json: &Json<'_>) -> Result<Document, Refusal> {
    let mut faults = Faults::default();
    let document = element::within(json, String::new(), &mut faults, plan);
    faults.refuse()?;
    Ok(document.unwrap_or_default())
}

fn plan(plan: &mut Element<'_, '_>) -> Document {
    language(plan);
    let (code, title) = (plan.full_text("code"), plan.full_text("title"));
    let (payee, allow_negative_total) = (plan.maybe_text("payee"), plan.flag("allow_negative_total"));
    let clauses = plan.maybe_list("clauses");
    let clauses =
        plan.elements("clauses", clauses, |clause, _| Clause { id: clause.full_text("id"), text: clause.text("text") });
    let constants = plan.maybe_list("constants");
    let constants = plan.elements("constants", constants, |constant, _| Constant {
        heading: constant.heading(),
        value: constant.number("value").unwrap_or(Number::ZERO),
    });
    let tables = plan.maybe_list("tables");
    limit(plan, "tables", tables.len(), MOST_TABLES);
    let tables = tables::tables(plan, tables);
    let levels = plan.full_list("levels").unwrap_or_default();
    let levels = plan.elements("levels", levels, |level, _| levels::level(level));
    let steps = plan.list("steps").unwrap_or_default();
    limit(plan, "steps", steps.len(), MOST_STEPS);
    let steps = plan.elements("steps", steps, |step, _| steps::step(step)).into_iter().flatten().collect();
    let examples = plan.maybe_list("examples");
    let examples = plan.elements("examples", examples, |example, _| examples::example(example));
    let examples = examples.into_iter().flatten().collect();
    Document { code, title, payee, allow_negative_total, clauses, constants, tables, levels, steps, examples }
}

fn language(plan: &mut Element<'_, '_>) {
    match plan.required("language") {
        None => {}
        Some(Json::Number(source)) if source == LANGUAGE => {}
        Some(json @ Json::Number(_)) => plan.wrong(json.integer_fault(Code::BadLanguage), "language", json, LANGUAGE),
        Some(json) => plan.wrong(Code::WrongType, "language", json, "number"),
    }
}

/// Reports a list of the plan that is too long.
fn limit(plan: &mut Element<'_, '_>, key: &str, count: usize, most: usize) {
    if count > most {
        let fault = Fault::plan(Code::TooLarge, plan.pointer(key));
        plan.faults.add(fault.got(count.to_string()).wanted(format!("≤ {most}")));
    }
}
