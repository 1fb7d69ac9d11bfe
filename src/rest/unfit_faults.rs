//! Why what a request refers to will not do, told to people.

use super::problem::{Kind, Problem};
use crate::plan::Language;
use crate::record::unfit::Unfit;
use crate::wire::json::{Json, object, text};

/// The problem of a request that refers to what will not do.
pub(super) fn refused(reasons: &[Unfit], language: Language) -> Problem {
    let errors = reasons.iter().map(|reason| told(reason, language)).collect();
    Problem::new(Kind::ReferenceRefused, language).with_errors(errors, reasons.len())
}

fn told(reason: &Unfit, language: Language) -> Json<'static> {
    let (code, pointer, zh, en) = match reason {
        Unfit::NotPayee(id) => (
            "not_a_payee",
            "/payee_id",
            format!("这次核算没有编号为 {id} 的领取人。请核对编号。"),
            format!("The run has no payee {id}. Check the id."),
        ),
        Unfit::NotSchool(id) => (
            "not_a_school",
            "/school_id",
            format!("这次核算没有编号为 {id} 的学校。请核对编号。"),
            format!("The run has no school {id}. Check the id."),
        ),
        Unfit::OtherSchool(own) => (
            "other_school",
            "/school_id",
            format!("这名领取人不属于这所学校，而属于 {own}。请核对，或只写其一。"),
            format!("The payee is not of this school but of {own}. Check them, or name one of the two."),
        ),
        Unfit::InForce(state) => (
            "in_force",
            "/replaces",
            format!("要替代的核算处于 {state}，只能替代已撤回或无法计算的核算。请先撤回它。"),
            format!(
                "The run that is to be replaced is {state}; only one that is withdrawn or failed is replaced. Withdraw it first."
            ),
        ),
        Unfit::OtherPlan => (
            "other_plan",
            "/replaces",
            "要替代的核算用的是另一个办法。请核对编号。".to_owned(),
            "The run that is to be replaced is of another plan. Check the id.".to_owned(),
        ),
        Unfit::Replaced(by) => (
            "replaced_already",
            "/replaces",
            format!("它已由核算 {by} 替代。请使用那一次核算，或先撤回它。"),
            format!("The run {by} replaces it already. Use that one, or withdraw it first."),
        ),
        Unfit::OfCycle => (
            "of_a_cycle",
            "/replaces",
            "它是周期中一所学校的核算。请在周期中为该校新建核算，替代关系会自动写明。".to_owned(),
            "It is the run of a school of a cycle. Make the school's next run there, which names it by itself."
                .to_owned(),
        ),
    };
    let message = if language == Language::Chinese { zh } else { en };
    object([("code", text(code)), ("pointer", text(pointer)), ("message", text(&message))])
}
