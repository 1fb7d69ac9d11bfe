//! Why a cycle cannot be opened, distributed or closed, told to people.

use std::borrow::Cow;

use super::faults::with_pointer;
use super::problem::{Kind, Problem};
use crate::exact::{Fen, fen_text};
use crate::plan::{Fault, LISTED, Language};
use crate::record::cycle_people::Excess;
use crate::record::cycles::Obstacle;
use crate::record::proof::{Line, Proof};
use crate::wire::json::{Json, object, text};
use crate::wire::refusal::error;

/// The problem of a request about a cycle.
pub(super) fn refused(obstacles: &[Obstacle], language: Language) -> Problem {
    let errors = obstacles.iter().take(LISTED).map(|obstacle| told(obstacle, language)).collect();
    Problem::new(Kind::CycleRefused, language).with_errors(errors, obstacles.len())
}

fn told(obstacle: &Obstacle, language: Language) -> Json<'static> {
    let (code, pointer, zh, en) = match obstacle {
        Obstacle::Requirement { pointer, code, fault } => return misfit(pointer, code, fault, language),
        Obstacle::NegativeQuota { school, quota } => return negative(school, *quota, language),
        Obstacle::NoSchools => (
            "no_schools",
            "/allocation_run_id",
            "核拨结果中没有学校。请核对核拨的数据。".to_owned(),
            "The allocation has no school. Check its data.".to_owned(),
        ),
        Obstacle::Adjusted => (
            "adjusted",
            "/allocation_run_id",
            "这次核算是调整，或已被调整。请另做核拨。".to_owned(),
            "The run is an adjustment, or has been adjusted. Make another allocation.".to_owned(),
        ),
        Obstacle::Opened => (
            "already_opened",
            "/allocation_run_id",
            "这次核拨已经开启了一个周期。请使用那个周期，或另做核拨。".to_owned(),
            "This allocation has a cycle already. Use that one, or make another allocation.".to_owned(),
        ),
        Obstacle::Step(known) if known.is_empty() => (
            "no_quota_step",
            "/allocation_run_id",
            "核拨办法的学校层没有从资金池核拨、既不发放也不再分的金额列。请用到学校为止的核拨办法。".to_owned(),
            "The allocation's plan has no money column of its schools that draws from a fund and is neither paid nor a fund. Allocate by a plan that ends at schools.".to_owned(),
        ),
        Obstacle::Step(known) => (
            "no_quota_step",
            "/step",
            format!("请在 step 中写明哪一列是额度：{}。", known.join("、")),
            format!("Say in step which column is the quota: {}.", known.join(", ")),
        ),
        Obstacle::School { pointer, id } => (
            "unknown_school",
            pointer.as_str(),
            format!("核拨结果中没有学校 {id}，或它被写了两次。请核对编号。"),
            format!("The allocation has no school {id}, or it is named twice. Check the id."),
        ),
        _ => return unplanned(obstacle, language),
    };
    worded(code, pointer, if language == Language::Chinese { &zh } else { &en })
}

/// Why a cycle cannot have these plans, limits and requirements.
fn unplanned(obstacle: &Obstacle, language: Language) -> Json<'static> {
    let (code, pointer, zh, en) = match obstacle {
        Obstacle::Plan { pointer, code } => (
            "no_quota_fact",
            pointer.as_str(),
            format!("办法 {code} 的第一层须是学校，并有作为资金池的金额数据 quota。请换一个分配办法。"),
            format!(
                "The first level of plan {code} must be the school, with a money fact quota that is a fund. Name another plan."
            ),
        ),
        Obstacle::Category { pointer, category } => (
            "unknown_category",
            pointer.as_str(),
            format!("没有哪个分配办法发放类别为“{category}”的项目，这条限额永远不会起作用。请核对类别。"),
            format!(
                "No distribution plan pays an item of the category {category}, so this limit would hold nobody. Check the category."
            ),
        ),
        Obstacle::NotSettled { pointer, code } => (
            "not_settled",
            pointer.as_str(),
            format!(
                "办法 {code} 有结转数据 carried，却没有发放它的步骤 settled。请加上，例如 max(carried, 0 - 其他应发)。"
            ),
            format!(
                "Plan {code} has the fact carried, but no paid step settled. Add one, such as max(carried, 0 - other pay)."
            ),
        ),
        Obstacle::NoCheck { pointer } => (
            "no_check",
            pointer.as_str(),
            "要求只能是检查步骤（check）。请改写。".to_owned(),
            "A requirement is a check step. Write it as one.".to_owned(),
        ),
        _ => return undistributed(obstacle, language),
    };
    worded(code, pointer, if language == Language::Chinese { &zh } else { &en })
}

/// What of a requirement does not fit a plan.
fn misfit(pointer: &str, code: &str, fault: &Fault, language: Language) -> Json<'static> {
    let told = with_pointer(error(fault, language), pointer);
    let of = if language == Language::Chinese { format!("办法 {code}：") } else { format!("Plan {code}: ") };
    let entry = |(key, value): &(Cow<'static, str>, Json<'static>)| match value.text() {
        Some(message) if key == "message" => (key.clone(), text(&format!("{of}{message}"))),
        _ => (key.clone(), value.clone()),
    };
    Json::Object(told.entries().unwrap_or_default().iter().map(entry).collect())
}

/// A school that would have to distribute less than nothing.
fn negative(school: &str, quota: Fen, language: Language) -> Json<'static> {
    let quota = fen_text(quota);
    let message = match language {
        Language::Chinese => format!("学校 {school} 的额度是 {quota} 元，不能为负。请核对核拨的数据，重做核拨。"),
        Language::English => {
            format!(
                "The quota of school {school} is {quota} yuan, below zero. Check the data of the allocation, and make it again."
            )
        }
    };
    let at = text("/allocation_run_id");
    object([("code", text("negative_quota")), ("pointer", at), ("row", text(school)), ("message", text(&message))])
}

fn worded(code: &str, pointer: &str, message: &str) -> Json<'static> {
    object([("code", text(code)), ("pointer", text(pointer)), ("message", text(message))])
}

/// Why data do not distribute a quota.
fn undistributed(obstacle: &Obstacle, language: Language) -> Json<'static> {
    let (code, pointer, zh, en) = match obstacle {
        Obstacle::OtherSchool { pointer } => (
            "other_school",
            pointer.as_str(),
            "数据须恰好是这一所学校的。请只写它一行。".to_owned(),
            "The data must be of this school alone. Write its row and no other.".to_owned(),
        ),
        Obstacle::OtherQuota { pointer, stated, quota } => (
            "quota_fixed",
            pointer.as_str(),
            format!("数据写的额度是 {stated}，核拨的额度是 {}，不能更改。请删去 quota，或写核拨的数。", fen_text(*quota)),
            format!("The data state a quota of {stated}; {} is allocated, which nobody can change. Leave quota out, or state what is allocated.", fen_text(*quota)),
        ),
        Obstacle::OtherCarried { pointer, id, stated, carried } => (
            "carried_fixed",
            pointer.as_str(),
            format!("数据写 {id} 的结转是 {stated}，备案的是 {}，不能更改。请删去 carried，或写备案的数。", fen_text(*carried)),
            format!("The data state that {stated} are carried over to {id}; it is {}, which nobody can change. Leave carried out, or state what is on record.", fen_text(*carried)),
        ),
        _ => (
            "other_plan",
            "/roster_id",
            "这份数据不是按本校在周期中的分配办法版本编制的。请按该版本重新编制。".to_owned(),
            "The roster is not of the plan version by which this school distributes in the cycle. Make one of that version.".to_owned(),
        ),
    };
    worded(code, pointer, if language == Language::Chinese { &zh } else { &en })
}

/// The problem of a run that would take people above the limits of its cycle.
pub(super) fn over_limits(people: &[Excess], language: Language) -> Problem {
    let told = |Excess { id, limit, sum }: &Excess| {
        let (sum, most, title) = (fen_text(*sum), fen_text(limit.at_most.into()), &limit.title);
        let message = match language {
            Language::Chinese => {
                format!(
                    "工号 {id} 在各校的所得之和 {sum} 元超过“{title}”的限额 {most} 元（计入已批准和已发放的学校）。请核对。"
                )
            }
            Language::English => {
                format!(
                    "Number {id} would get {sum} yuan over all schools, above the limit {title}, {most} yuan (counting the schools that are approved or released). Check it."
                )
            }
        };
        object([("code", text("over_limit")), ("row", text(id)), ("message", text(&message))])
    };
    let errors = people.iter().take(LISTED).map(told).collect();
    Problem::new(Kind::OverLimit, language).with_errors(errors, people.len())
}

/// The problem of a cycle that cannot be closed, with all that is missing.
pub(super) fn unproved(proof: &Proof, language: Language) -> Problem {
    let mut errors: Vec<Json<'static>> = proof.lines.iter().filter_map(|line| missing(line, language)).collect();
    errors.extend(proof.lines.iter().filter_map(|line| adjusting(line, language)));
    if proof.difference() != 0 || proof.allocated != proof.quotas() {
        errors.push(unbalanced(None, &fen_text(proof.difference()), language));
    }
    let total = errors.len();
    errors.truncate(LISTED);
    Problem::new(Kind::CycleNotProved, language).with_errors(errors, total)
}

fn missing(line: &Line, language: Language) -> Option<Json<'static>> {
    let (id, state) = (&line.school.school_id, &line.state);
    if line.is_outstanding() {
        let quota = fen_text(line.school.quota.into());
        let message = match language {
            Language::Chinese => format!("学校 {id} 的额度 {quota} 元尚未发放（{state}）。请完成分配、批准和发放。"),
            Language::English => {
                format!(
                    "The quota of school {id}, {quota} yuan, is not released ({state}). Distribute, approve and release it."
                )
            }
        };
        return Some(object([("code", text("outstanding")), ("row", text(id)), ("message", text(&message))]));
    }
    let (_, figures) = line.released.as_ref().filter(|(_, figures)| figures.difference() != 0)?;
    Some(unbalanced(Some(id), &fen_text(figures.difference()), language))
}

/// The school's adjustment that is not released yet.
fn adjusting(line: &Line, language: Language) -> Option<Json<'static>> {
    let (id, run) = (&line.school.school_id, line.under_way.as_ref()?);
    let message = match language {
        Language::Chinese => format!("学校 {id} 的调整 {run} 尚未办完。请先发放或撤回它。"),
        Language::English => format!("The adjustment {run} of school {id} is under way. Release or withdraw it first."),
    };
    Some(object([("code", text("adjustment_under_way")), ("row", text(id)), ("message", text(&message))]))
}

fn unbalanced(school: Option<&str>, difference: &str, language: Language) -> Json<'static> {
    let message = match language {
        Language::Chinese => format!("差额 {difference} 元：所存的行与额度不符。请复核这次核算（verification）。"),
        Language::English => {
            format!(
                "{difference} yuan are not accounted for: the rows on record do not add up to the quota. Verify the run."
            )
        }
    };
    let mut entries = vec![("code", text("not_balanced"))];
    entries.extend(school.map(|school| ("row", text(school))));
    entries.push(("message", text(&message)));
    object(entries)
}
