//! `POST /v1/plan-checks`: the faults of a plan, its examples run.

use actix_web::web::{Bytes, Payload};
use actix_web::{HttpResponse, post};
use serde::Serialize;
use utoipa::ToSchema;

use super::asked::Asked;
use super::problem::Problem;
use super::{examples, faults};
use crate::plan::{LISTED, Language, Plan, Refusal, WARNINGS};
use crate::wire::canonical;
use crate::wire::examples as plan_examples;
use crate::wire::json::Json;
use crate::wire::json::{number, object, text};
use crate::wire::schema::{self, CheckWarning, FaultReport};

/// 一次检查的请求。A request to check a plan.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanCheckRequest {
    /// 分配办法，不超过 1 MiB。The plan, at most 1 MiB.
    plan: schema::Plan,
}

/// 检查结果。What a check found.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the shape that `checked` writes")]
pub(super) struct PlanCheck {
    /// 办法可以使用：没有错误，算例全部通过。Whether the plan can be used: no fault, and its examples hold.
    valid: bool,
    /// 全部错误，最多列出 1,000 处。All faults, at most 1,000 of them.
    errors: Vec<FaultReport>,
    /// 错误的总数。How many faults there are in all.
    #[schema(minimum = 0)]
    total: i64,
    /// 提醒。Warnings.
    warnings: Vec<CheckWarning>,
}

/// 检查办法。Check a plan.
///
/// 检查办法并运行它自带的算例；办法有误时也回答 200，错误见 errors，每处都有位置，公式内的错误还有字符位置。
/// Checks a plan and runs its own examples. A plan with faults answers 200 as well: errors has each with its place, and
/// inside a formula with its position.
#[utoipa::path(
    operation_id = "checkPlan",
    tag = "plans",
    request_body(
        content = PlanCheckRequest,
        description = "办法。The plan.",
        example = json!(examples::plan_check()),
    ),
    responses(
        (status = 200, description = "检查结果。What the check found.", body = PlanCheck,
            content_type = "application/json", example = json!(examples::plan_checked())),
        (status = 400), (status = 406), (status = 413), (status = 415), (status = 429), (status = 500), (status = 503),
    ),
)]
#[post("/v1/plan-checks")]
pub(super) async fn check_plan(asked: Asked, payload: Payload) -> Result<HttpResponse, Problem> {
    asked.passes()?;
    let body = asked.body(payload, asked.service.limits.body).await?;
    let language = asked.language;
    let checked = asked.worked(None, move || checked(&body, language)).await?;
    Ok(asked.json(checked))
}

/// What a check of a request's body found.
pub(super) fn checked(body: &Bytes, language: Language) -> Result<String, Problem> {
    let json = faults::read_body(body, &["plan"], &[], language)?;
    let (refusal, warnings) = match faults::read_plan(body, &json) {
        Err(refusal) => (refusal, Vec::new()),
        Ok(read) => {
            let mut faults = plan_examples::run(&read.plan, &read.json);
            let total = faults.len();
            faults.truncate(LISTED);
            (Refusal { faults, total }, warnings(&read.plan, language))
        }
    };
    Ok(canonical::text(&object([
        ("valid", Json::Flag(refusal.total == 0)),
        ("errors", Json::List(faults::errors(&refusal, &json, language))),
        ("total", number(refusal.total)),
        ("warnings", Json::List(warnings)),
    ])))
}

/// The facts that no step uses.
fn warnings(plan: &Plan, language: Language) -> Vec<Json<'static>> {
    let known = WARNINGS.iter().find(|(word, _, _)| *word == "unused_fact");
    let (word, message) = known.map_or(("", ""), |(word, zh, en)| match language {
        Language::Chinese => (*word, *zh),
        Language::English => (*word, *en),
    });
    let stop = if language == Language::Chinese { "。" } else { "." };
    let unused = plan.unused_facts.iter().filter_map(|(level, column)| {
        Some(object([
            ("code", text(word)),
            ("level", text(&plan.levels.get(*level)?.name)),
            ("fact", text(&plan.column(*level, *column)?.name)),
            ("message", text(&format!("{message}{stop}"))),
        ]))
    });
    unused.collect()
}
