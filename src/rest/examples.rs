//! The examples of the contract. Requests are the files beside this one; answers are what the handlers answer to them.

use actix_web::web::Bytes;
use serde_json::Value;

use super::{calculations, comparisons, plan_checks};
use crate::plan::Language;

const CALCULATION: &str = include_str!("examples/calculation.json");
const COMPARISON: &str = include_str!("examples/comparison.json");
const RECORDED: &str = include_str!("examples/record.json");
const PLAN_CHECK: &str = include_str!("examples/plan-check.json");

/// A document of the examples, which have no number that could lose digits.
pub(super) fn parsed(text: &[u8]) -> Value {
    serde_json::from_slice(text).unwrap_or_default()
}

/// A plan with its data.
pub(super) fn calculation() -> Value {
    parsed(CALCULATION.as_bytes())
}

/// Their result.
pub(super) fn result() -> Value {
    let result = calculations::result(&Bytes::from_static(CALCULATION.as_bytes()), false, Language::Chinese);
    parsed(&result.unwrap_or_default())
}

/// Two plans with their data.
pub(super) fn comparison() -> Value {
    parsed(COMPARISON.as_bytes())
}

/// What their results have of each other.
pub(super) fn compared() -> Value {
    let compared = comparisons::first_page(&Bytes::from_static(COMPARISON.as_bytes()), Language::Chinese);
    parsed(compared.unwrap_or_default().as_bytes())
}

/// A plan with a fault.
pub(super) fn plan_check() -> Value {
    parsed(PLAN_CHECK.as_bytes())
}

/// What the check finds.
pub(super) fn plan_checked() -> Value {
    let checked = plan_checks::checked(&Bytes::from_static(PLAN_CHECK.as_bytes()), Language::Chinese);
    parsed(checked.unwrap_or_default().as_bytes())
}

/// What the operations on record were asked and answered, by operation.
pub(super) fn recorded() -> Value {
    parsed(RECORDED.as_bytes())
}
