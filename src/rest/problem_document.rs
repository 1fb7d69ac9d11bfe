//! The problem document as the contract shows it; [`problem`](super::problem) writes it.

use utoipa::ToSchema;
use utoipa::openapi::schema::Object;

use super::problem::TABLE;
use crate::wire::schema::{Decimal, FaultReport, open_word, seek_method};

/// 问题文档（RFC 9457）：出了什么问题，全部错误在何处。A problem document (RFC 9457): what went wrong, and all faults with their places.
#[derive(ToSchema)]
#[schema(as = Problem)]
#[expect(dead_code, reason = "documents the shape; `Problem::document` writes it")]
pub(super) struct ProblemDocument {
    /// 问题的类型，即 /problems/{code}，是一个写明原因和改法的网页。The type of the problem: /problems/{code}, a page that says why and what to do.
    #[schema(rename = "type")]
    problem_type: String,
    /// 标题。The title.
    title: String,
    /// HTTP 状态码。The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: i32,
    /// 说明。The detail.
    detail: String,
    /// 问题的代码。The code of the problem.
    #[schema(schema_with = problem_code)]
    code: String,
    /// 全部错误，最多列出 1,000 处。All faults, at most 1,000 of them.
    errors: Option<Vec<FaultReport>>,
    /// 错误的总数。How many faults there are in all.
    #[schema(minimum = 0)]
    total: Option<i64>,
    /// 资源当前的状态（not_in_state）。The current state of the resource (not_in_state).
    state: Option<String>,
    /// 当前状态下可以进行的操作（not_in_state）。What may be done in this state (not_in_state).
    allowed: Option<Vec<String>>,
    /// 有关的核算编号（not_adjustable）：原核算，或尚未办完的调整。The run concerned (not_adjustable): the original, or the adjustment that is under way.
    run_id: Option<String>,
    /// 公示的最后一天（still_posted）。The last day of the notice (still_posted).
    posted_until: Option<String>,
    /// 待处理的异议的编号，最多 1,000 个（objections_open）。The ids of the open objections, at most 1,000 (objections_open).
    objections: Option<Vec<String>>,
    /// 不成立的较小取值（goal_not_monotone）。The smaller value that does not do (goal_not_monotone).
    #[schema(value_type = Option<Decimal>)]
    fails: Option<String>,
    /// 成立的较大取值（goal_not_monotone）。The larger value that does (goal_not_monotone).
    #[schema(value_type = Option<Decimal>)]
    holds: Option<String>,
    /// 这些取值是怎样试出来的（goal_not_reached、goal_not_monotone）。How the values were tried (goal_not_reached, goal_not_monotone).
    #[schema(schema_with = seek_method)]
    method: Option<String>,
    /// 试过多少个取值（goal_not_reached、goal_not_monotone）。How many values were tried (goal_not_reached, goal_not_monotone).
    #[schema(minimum = 1)]
    evaluations: Option<i64>,
}

fn problem_code() -> Object {
    open_word("问题的代码。The code of the problem.", TABLE.iter().map(|row| (row.code, row.zh.0)))
}

/// What the shared answer of the contract says of itself: every status with its codes.
pub(super) fn description() -> String {
    let codes = TABLE.iter().map(|row| format!("{} `{}` {}。{}.", row.status.as_u16(), row.code, row.zh.0, row.en.0));
    format!(
        "未能完成的请求，正文为问题文档（RFC 9457）。A request that could not be done: a problem document (RFC 9457).\n\n* {}",
        codes.collect::<Vec<String>>().join("\n* ")
    )
}
