//! From texts to a checked plan, its data, and back: what the command line and HTTP share.

use super::json::Json;
use super::{canonical, shape};
use crate::plan::{Plan, Refusal, check};

/// A checked plan with the JSON it was read from.
pub struct ReadPlan<'t> {
    /// The plan.
    pub plan: Plan,
    /// Its document, which holds the data of the examples.
    pub json: Json<'t>,
    /// SHA-256 of the canonical document.
    pub sha256: String,
}

/// Reads and checks a plan from its text.
///
/// # Errors
/// All faults of the first stage that has any.
pub fn plan_text(text: &[u8]) -> Result<ReadPlan<'_>, Refusal> {
    let (json, document) = shape::read_plan(text)?;
    let plan = check(document)?;
    let sha256 = canonical::sha256(&json);
    Ok(ReadPlan { plan, json, sha256 })
}

/// Reads and checks a plan from its JSON, a part of a larger document.
///
/// # Errors
/// All faults of the first stage that has any.
pub fn plan_json<'t>(json: &Json<'t>) -> Result<ReadPlan<'t>, Refusal> {
    let plan = check(shape::document(json)?)?;
    Ok(ReadPlan { plan, json: json.clone(), sha256: canonical::sha256(json) })
}
