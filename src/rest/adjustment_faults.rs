//! Why a run cannot be adjusted, told to people.

use super::problem::{Kind, Problem};
use crate::plan::{LISTED, Language};
use crate::record::adjustments::{Misadjusted, Unadjustable};
use crate::wire::json::{Json, object, text};

/// The problem of a run that cannot be adjusted now.
pub(super) fn unadjustable(reason: &Unadjustable, language: Language) -> Problem {
    let (code, run, zh, en) = match reason {
        Unadjustable::IsAdjustment(original) => (
            "is_adjustment",
            Some(original),
            format!("这次核算本身是调整。请对原核算 {original} 再做一次调整。"),
            format!("This run is an adjustment itself. Adjust the original, {original}, once more."),
        ),
        Unadjustable::UnderWay(run) => (
            "under_way",
            Some(run),
            format!("这次核算的另一次调整 {run} 尚未办完。请先发放或撤回它。"),
            format!("Another adjustment of this run, {run}, is under way. Release or withdraw it first."),
        ),
        Unadjustable::Allocated => (
            "allocated",
            None,
            "各校已按这次核拨分配，额度不能再变。请调整有关学校的分配核算。".to_owned(),
            "Schools distribute what this run has allocated, and quotas never change. Adjust the runs of the schools."
                .to_owned(),
        ),
        Unadjustable::CycleClosed(cycle) => (
            "cycle_closed",
            None,
            format!("周期 {cycle} 已办结，账目不再变动。差额请用 next_period 留待下期。"),
            format!(
                "Cycle {cycle} is closed, and so are its books. Carry the differences into the next period with next_period."
            ),
        ),
        Unadjustable::PaysNobody => (
            "pays_nobody",
            None,
            "这次核算的办法不发放给任何人，没有差额可补扣。请另做核算。".to_owned(),
            "The plan of this run pays nobody, so there is nothing to adjust. Make another run.".to_owned(),
        ),
    };
    let message = if language == Language::Chinese { zh } else { en };
    let error = object([("code", text(code)), ("message", text(&message))]);
    let problem = Problem::new(Kind::NotAdjustable, language).with_errors(vec![error], 1);
    match run {
        Some(run) => problem.with("run_id", text(run)),
        None => problem,
    }
}

/// The problem of an adjustment that does not fit.
pub(super) fn misadjusted(wrong: &[Misadjusted], language: Language) -> Problem {
    let errors = wrong.iter().take(LISTED).map(|one| told(one, language)).collect();
    Problem::new(Kind::AdjustmentRefused, language).with_errors(errors, wrong.len())
}

fn told(wrong: &Misadjusted, language: Language) -> Json<'static> {
    let (code, pointer, zh, en) = match wrong {
        Misadjusted::OtherPlan => (
            "other_plan",
            "/roster_id".to_owned(),
            "这份数据不是按原核算的办法版本编制的。请修订原核算的数据。".to_owned(),
            "The roster is not of the run's plan version. Revise the run's roster.".to_owned(),
        ),
        Misadjusted::NoRevision => (
            "no_revision",
            "/roster_id".to_owned(),
            "这份数据不是原核算数据的修订。请用 /v1/rosters/{roster_id}/revisions 修订。".to_owned(),
            "The roster is no revision of the run's. Revise that, by /v1/rosters/{roster_id}/revisions.".to_owned(),
        ),
        Misadjusted::Reserve(known) if known.is_empty() => (
            "no_reserve",
            "/reserve".to_owned(),
            "第一层没有资金池，或不止一行，不能由它支付差额。请用 reopen。".to_owned(),
            "The root level has no fund, or not exactly one row: nothing can pay the differences. Use reopen."
                .to_owned(),
        ),
        Misadjusted::Reserve(known) => (
            "no_reserve",
            "/reserve".to_owned(),
            format!("第一层没有这个资金池。可以用：{}。", known.join("、")),
            format!("The root level has no such fund. There are: {}.", known.join(", ")),
        ),
        Misadjusted::Payee(place, id) => (
            "unknown_payee",
            format!("/payee_ids/{place}"),
            format!("原核算、此前的调整和更正后的数据中都没有领取人 {id}。请核对编号。"),
            format!("Neither the run, nor its adjustments, nor the corrected roster has the payee {id}. Check the id."),
        ),
    };
    let message = if language == Language::Chinese { zh } else { en };
    object([("code", text(code)), ("pointer", text(&pointer)), ("message", text(&message))])
}
