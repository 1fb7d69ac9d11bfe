//! A run beside somebody else's figures: `POST /v1/reconciliations`. Nothing is kept.

use actix_web::web::{Bytes, Payload};
use actix_web::{HttpResponse, post};
use serde::Serialize;
use serde_with::skip_serializing_none;
use utoipa::{IntoParams, ToSchema};

use super::answer::{Answer, Stop};
use super::asked::Asked;
use super::explanations::told;
use super::faults::{self, Fields};
use super::problem::{Kind, Problem};
use crate::engine::Outcome;
use crate::engine::reconciliation::{Figure, reconcile, worlds};
use crate::plan::{Code, Language};
use crate::record::again::again;
use crate::record::{Refused, reconciliation, runs};
use crate::sheet::read_figures;
use crate::store::Store;
use crate::store::runs::Run;
use crate::wire::json::{Json, object, text};
use crate::wire::reconciliation::{Figures, Reconciliation};
use crate::wire::schema;

/// Differences that are listed, unless told.
const LISTED: i64 = 100;

/// 核对的请求：figures 和 csv 恰好给出一个。A request to reconcile: exactly one of `figures` and `csv`.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReconciliationRequest {
    /// 核算的编号，须已有结果。The run's id; it must have a result.
    run_id: String,
    /// 对方的数。Their figures.
    #[schema(min_items = 1)]
    figures: Option<Vec<schema::Figure>>,
    /// 对方的数，CSV 文件的文字：每行一个数（编号、项目、金额），或者每人一行、每个项目一列。Their figures as the text of a CSV file: a line for each amount (id,
    /// item, amount), or for each payee, with a column for each item.
    #[schema(min_length = 1)]
    csv: Option<String>,
    /// 为 true 时对方只给出一部分：没有给出的不算缺少。true: the figures are a part, and what they do not have is not missing.
    partial: Option<bool>,
}

/// 核对结果：哪些相符，哪些不符，为什么。What a reconciliation found: what matches, what does not, and why.
#[derive(ToSchema)]
#[schema(as = Reconciliation)]
#[expect(dead_code, reason = "documents the shape that `wire::reconciliation` writes")]
pub(super) struct ReconciliationAnswer {
    /// 核算的编号。The run's id.
    run_id: String,
    /// 结果的 SHA-256。SHA-256 of its result.
    #[schema(value_type = schema::Sha256)]
    result_sha256: String,
    /// 相符的个数。How many amounts match.
    matching: i64,
    /// 两边都有而金额不同的个数。How many amounts differ that both have.
    differing: i64,
    /// 核算没有的个数。How many the run does not have.
    missing_in_run: i64,
    /// 对方没有的个数。How many the figures do not have.
    missing_in_figures: i64,
    /// 领取人不在核算中的个数。How many are of payees that the run does not have.
    unknown_rows: i64,
    /// 项目不在办法中的个数。How many are of items that the plan does not have.
    unknown_items: i64,
    /// 各个项目。The items.
    items: Vec<schema::ReconciledItem>,
    /// 各处不符，先按领取人、再按项目排列。The differences, by payee, then by item.
    differences: Vec<schema::ReconciledDifference>,
    /// 没有列出的不符有几处；全部列出时不写。How many differences are not listed; absent where all are.
    omitted: Option<i64>,
}

/// How many differences are listed.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents a parameter that the handler reads")]
struct LimitParameter {
    /// 最多列出几处不符，1～500，默认 100。The most differences that are listed, 1-500; 100 unless told.
    #[param(minimum = 1, maximum = 500, example = 100)]
    limit: Option<i32>,
}

/// What is to be reconciled.
struct Wanted {
    run_id: String,
    figures: Vec<Figure>,
    partial: bool,
}

/// 核对。Reconcile.
///
/// 把一次核算与对方自己的数逐人逐项核对，不保存任何内容：哪些相符，差多少，哪一边缺少；对不符的，说明核算的金额从何而来，并猜测对方怎样得出了他们的数（逐人四舍五入、没有执行一票否决、
/// 汇总时没有剔除校长等、没有按月折算、用了旧版办法），每个猜测都经重新计算验证；对所有人都不成立的，再逐人验证，最多 200 次。超过时限的四分之一，就不再试其余的猜测。Compares a run with somebody's own figures, payee by payee and item by item, and
/// keeps nothing: what matches, what differs by how much, what is missing on either side; for a difference how the run's
/// amount came about, and the usual mistakes that give theirs (each part rounded by itself, a veto not applied, everybody
/// counted in an average, months not prorated, an earlier version of the plan), each checked by recomputing; what is right
/// for nobody else is checked payee by payee, at most 200 times. Past a quarter of the time limit no further guess is tried. 调整的，与更正后的全部金额核对。Of an
/// adjustment their figures are held against all that is due.
#[utoipa::path(
    operation_id = "reconcileRun", tag = "runs",
    params(LimitParameter),
    request_body(content = ReconciliationRequest, description = "一次核算和对方的数。A run and their figures."),
    responses((status = 200, description = "核对结果。What was found.", body = ReconciliationAnswer)),
)]
#[post("/v1/reconciliations")]
pub(super) async fn reconcile_run(asked: Asked, payload: Payload) -> Result<HttpResponse, Problem> {
    let limit = asked.whole("limit", (1, 500))?.unwrap_or(LISTED);
    let limit = usize::try_from(limit).unwrap_or_default();
    asked.reads("reconcileRun", |_, _| Ok(())).await?;
    let body = asked.body(payload, asked.service.limits.body).await?;
    let language = asked.language;
    let wanted = asked.quick(move || wanted(&body, language)).await?;
    let id = wanted.run_id.clone();
    let found = asked.reads_again("reconcileRun", move |conn, caller| {
        let run = runs::calculated(conn, caller, &id).map_err(|refused| match refused {
            Refused::NotFound => Refused::UnknownReference(vec!["/run_id".to_owned()]),
            refused => refused,
        })?;
        Ok((caller.token.id.clone(), run))
    });
    let (token, run): (String, Run) = found.await?;
    let service = asked.service.clone();
    let answer = asked.worked(Some(&token), move || {
        let goes_on = service.limits.goes_on();
        let told = again(&service.store, &run, |outcome, _| {
            reconciled(&service.store, &run, outcome, &wanted, (limit, language), &goes_on)
        });
        let told = told.map_err(Stop::from);
        let told = told.and_then(|told| told.unwrap_or_else(|| Err(Problem::new(Kind::Internal, language).into())));
        told.map_err(|stop| stop.problem(language))
    });
    Ok(asked.answered(answer.await?))
}

fn wanted(body: &Bytes, language: Language) -> Result<Wanted, Problem> {
    let json = faults::read_body(body, &["run_id"], &["figures", "csv", "partial"], language)?;
    let mut fields = Fields::of(&json);
    let run_id = fields.text("run_id", 36);
    let partial = json.get("partial").map(Json::flag);
    if partial == Some(None) {
        fields.fault("partial", Code::WrongType, "true | false");
    }
    let (list, csv) = (json.get("figures"), json.get("csv"));
    if list.is_some() == csv.is_some() {
        fields.fault("figures", if list.is_some() { Code::DuplicateKey } else { Code::MissingKey }, "figures | csv");
    }
    if csv.is_some_and(|csv| csv.text().is_none()) {
        fields.fault("csv", Code::WrongType, "text");
    }
    fields.done(language)?;
    let mut figures = Figures::default();
    if let Some(list) = list {
        figures.list("/figures", list);
    }
    if let Some(csv) = csv.and_then(Json::text) {
        read_figures(&mut figures, "/csv", csv);
    }
    let figures = figures.finish(if csv.is_some() { "/csv" } else { "/figures" });
    let figures = figures.map_err(|bad| faults::body_problem_of(bad.faults, bad.total, language))?;
    Ok(Wanted { run_id, figures, partial: partial.flatten().unwrap_or(false) })
}

fn reconciled(
    store: &Store,
    run: &Run,
    outcome: &Outcome<'_>,
    wanted: &Wanted,
    (limit, language): (usize, Language),
    goes_on: &dyn Fn() -> bool,
) -> Result<Answer, Stop> {
    let found = reconcile(outcome, &wanted.figures, wanted.partial);
    let mut guesses = Vec::new();
    if !found.differences.is_empty() {
        guesses = worlds(outcome.plan, outcome.data, goes_on);
        guesses.extend(reconciliation::earlier_versions(store, run, outcome, goes_on)?);
    }
    let told = told(Reconciliation::new(outcome, &found, &guesses, language, goes_on).json(limit), language)?;
    let mut entries = vec![("run_id", text(&run.id))];
    entries.extend(run.result_sha256.as_ref().map(|sha256| ("result_sha256", text(sha256))));
    entries.extend(told);
    Ok(Answer::json(&object(entries)))
}
