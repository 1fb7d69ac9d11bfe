//! `POST /v1/calculations`: a pure calculation, nothing is kept.

use actix_web::web::{Bytes, Payload};
use actix_web::{HttpResponse, post};
use serde::Serialize;
use utoipa::ToSchema;

use super::asked::Asked;
use super::problem::{Kind, Problem};
use super::{examples, faults};
use crate::engine;
use crate::plan::Language;
use crate::wire::data;
use crate::wire::result::Report;
use crate::wire::schema::{CalculationResult, Plan, PlanData};

/// 一次计算的请求。A request to calculate.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CalculationRequest {
    /// 分配办法，不超过 1 MiB。The plan, at most 1 MiB.
    plan: Plan,
    /// 数据。The data.
    data: PlanData,
}

/// 计算。Calculate.
///
/// 按办法和数据计算结果，不保存任何内容；同样的正文总是得到同样的字节。办法或数据有误时一次报告全部错误，没有部分结果。
/// Calculates a plan on data and keeps nothing; the same body always gives the same bytes. All faults of the plan or the
/// data are reported at once; there is no partial result.
#[utoipa::path(
    operation_id = "calculate",
    tag = "calculations",
    params((
        "exact" = Option<bool>, Query,
        description = "为 true 时，小数点后超过 12 位的数写成精确的分数 n/d。true: numbers beyond 12 places are shown as exact fractions n/d.",
        example = false,
    )),
    request_body(
        content = CalculationRequest,
        description = "办法和数据。The plan and the data.",
        example = json!(examples::calculation()),
    ),
    responses(
        (status = 200, description = "计算结果。The result.", body = CalculationResult,
            content_type = "application/json", example = json!(examples::result())),
        (status = 400), (status = 406), (status = 413), (status = 415), (status = 422), (status = 429), (status = 500), (status = 503),
    ),
)]
#[post("/v1/calculations")]
pub(super) async fn calculate(asked: Asked, payload: Payload) -> Result<HttpResponse, Problem> {
    let exact = asked.flag("exact")?;
    asked.passes()?;
    let body = asked.body(payload, asked.service.limits.body).await?;
    let language = asked.language;
    let result = asked.worked(None, move || result(&body, exact, language)).await?;
    Ok(asked.json(result))
}

/// The result of a request's body.
pub(super) fn result(body: &Bytes, exact: bool, language: Language) -> Result<Vec<u8>, Problem> {
    let json = faults::read_body(body, &["plan", "data"], &[], language)?;
    let refused = |kind| {
        let json = &json;
        move |refusal| faults::problem(kind, &refusal, json, language)
    };
    let read = faults::read_plan(body, &json).map_err(refused(Kind::PlanRefused))?;
    let data = data::data(&read.plan, faults::data_of(&json)).map_err(refused(Kind::DataRefused))?;
    let outcome = engine::calculate(&read.plan, &data).map_err(refused(Kind::CalculationRefused))?;
    let mut bytes = Vec::new();
    let written = Report::new(&outcome, read.sha256, exact).write(&mut bytes);
    written.map_err(|_| Problem::new(Kind::Internal, language))?;
    Ok(bytes)
}
