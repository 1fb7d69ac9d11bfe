//! Why an amount is what it is: `/v1/runs/{run_id}/explanations` and `/statements`, derived again from the plan and the roster.

use std::borrow::Cow;

use actix_web::web::Path;
use actix_web::{HttpResponse, get};
use utoipa::{IntoParams, ToSchema};

use super::adjustments;
use super::answer::{Answer, Stop};
use super::asked::{Asked, AskedForPage, bad_parameter};
use super::papers::{Adjusting, Paper};
use super::problem::{Kind, Problem};
use crate::engine::Outcome;
use crate::engine::explain::{Expand, Explainer, Limits, Unexplained};
use crate::exact::Row;
use crate::plan::{Language, Plan};
use crate::record::{notices, runs};
use crate::store::runs::Run;
use crate::wire::explanation::{Source, Teller};
use crate::wire::json::normal;
use crate::wire::schema::{Explanation, Money, RowId, StatementPeers};

/// The deepest that columns are followed.
const DEEPEST: i64 = 10;

/// 一名领取人的工资条：合计及其由来。A payee's statement: the total, and how it came about.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the shape that `Paper::json` writes")]
pub(super) struct Statement {
    /// 领取人的编号。The payee's id.
    id: RowId,
    /// 姓名。The name.
    name: Option<String>,
    /// 应发合计（元）；调整的，是本次发放的合计。The total in yuan; of an adjustment what it pays.
    total: Money,
    /// 合计的大写。The total in capital numerals.
    total_capital: String,
    /// 与同一上级行的各领取人比较；不足 5 人时和调整的不写。The totals beside this one; absent where they are fewer than five, and of an adjustment.
    peers: Option<StatementPeers>,
    /// 调整改变了什么；不是调整时不写。What an adjustment changes; absent where the run is none.
    adjustment: Option<StatementAdjustment>,
    /// 每条明细的由来；各 operands 是各条明细。调整的，是更正后全部金额的由来；不在更正后的数据中的人，和按 freeze_others 没有改变的人，只有一句话。How each line came about: the
    /// operands are the lines. Of an adjustment it is of all that is due; a sentence alone of who is not in the corrected data, and of who is not changed
    /// by freeze_others.
    explanation: Explanation,
}

/// 一次调整对一名领取人的改变。What an adjustment changes for a payee.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the shape that `Teller::adjusted` writes")]
struct StatementAdjustment {
    /// 原核算的编号。The id of the run that is adjusted.
    adjusts: String,
    /// 方式；next_period 的差额本次不发放，留待下期。The mode; the differences of next_period are not paid now, but in the next period.
    #[schema(schema_with = adjustments::mode)]
    mode: String,
    /// 原因的代码。The code of the reason.
    #[schema(schema_with = adjustments::reason_code)]
    reason_code: String,
    /// 原因。The reason.
    reason: String,
    /// 有变动的各项；没有变化时为空。The items that change; empty where nothing does.
    items: Vec<StatementChange>,
    /// 这些项目此前已结的合计（元）。What was settled before of these items, in yuan.
    was: Money,
    /// 应有的合计（元）。What is due of them, in yuan.
    now: Money,
    /// 差额合计（元），应减的为负。The difference in yuan, below zero where it is less.
    difference: Money,
}

/// 有变动的一项。An item that changes.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the shape that `Teller::adjusted` writes")]
struct StatementChange {
    /// 项目名称。What the payee reads.
    item: String,
    /// 此前已结的金额（元）。What was settled before, in yuan.
    was: Money,
    /// 应有的金额（元）。What is due, in yuan.
    now: Money,
    /// 差额（元），应减的为负。The difference in yuan, below zero where it is less.
    difference: Money,
}

/// What is to be explained, and how far.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents parameters that the handlers read")]
struct ExplanationParameters {
    /// 层的名称。The name of a level.
    level: String,
    /// 步骤的名称；不写则说明该行的所有步骤。The name of a step; without one all steps of the row.
    step: Option<String>,
}

/// How far an explanation goes.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents parameters that the handlers read")]
struct ExtentParameters {
    /// 其他列最多展开几层，0～10，默认 3；最多 2,000 个节点。How many columns deep others are followed, 0-10; 3 unless told. There are at most
    /// 2,000 nodes.
    #[param(minimum = 0, maximum = 10, example = 3)]
    depth: Option<i32>,
    /// 不受层数限制、总是展开的步骤，写成 层.名称，以逗号分隔；写 rows 则汇总列出所有的行，而不只是最大的五行。2,000 个节点的上限不变。Steps that
    /// are followed whatever the depth, as level.name, separated by commas; with rows aggregates list all their rows instead of the
    /// five largest. The limit of 2,000 nodes stays.
    #[param(example = "rows")]
    expand: Option<String>,
}

/// What a request wants explained.
struct Wanted {
    row: String,
    level: Option<String>,
    step: Option<String>,
    limits: Limits,
    expand: Option<String>,
    language: Language,
    html: bool,
    /// Where objections are raised, of a page.
    objections: Option<String>,
    /// What an adjustment changes.
    adjusting: Option<Adjusting>,
}

impl Wanted {
    fn of(asked: &Asked, row: String, html: bool) -> Result<Wanted, Problem> {
        let depth = asked.whole("depth", (0, DEEPEST))?.and_then(|depth| usize::try_from(depth).ok());
        let limits = Limits::default();
        // Ids and names are what they were brought to when they were read.
        let normal = |text: String| normal(Cow::Owned(text)).into_owned();
        Ok(Wanted {
            row: normal(row),
            level: asked.parameter("level")?.map(normal),
            step: asked.parameter("step")?.map(normal),
            limits: Limits { depth: depth.unwrap_or(limits.depth), ..limits },
            expand: asked.parameter("expand")?.map(normal),
            language: asked.language,
            html,
            objections: None,
            adjusting: None,
        })
    }

    /// What is told beyond the limits.
    fn expand(&self, plan: &Plan) -> Result<Expand, Problem> {
        let Some(words) = &self.expand else { return Ok(Expand::default()) };
        let expand = Expand::parse(plan, words, self.limits.nodes);
        expand.map_err(|_| bad_parameter("expand", &Expand::words(plan).join(" | "), self.language))
    }
}

/// The run that is asked for, and what of it; told of the result, which is kept or calculated again.
async fn explained(
    asked: &Asked,
    operation: &'static str,
    run_id: &str,
    mut wanted: Wanted,
    tell: fn(&Explainer<'_, '_>, &Run, &Wanted) -> Result<Answer, Problem>,
) -> Result<HttpResponse, Problem> {
    let id = asked.id(run_id)?;
    let (html, language) = (wanted.html, wanted.language);
    let row = wanted.row.clone();
    let (token, run, objections, adjusting): (String, Run, Option<String>, Option<Adjusting>) = asked
        .reads(operation, move |conn, caller| {
            let run = runs::calculated(conn, caller, &id)?;
            let objections = if html { notices::objections(conn, &run, language)? } else { None };
            let adjusting = Adjusting::of(conn, &run.id, &[&row])?;
            Ok((caller.token.id.clone(), run, objections, adjusting))
        })
        .await?;
    (wanted.objections, wanted.adjusting) = (objections, adjusting);
    let service = asked.service.clone();
    let answer = asked.worked(Some(&token), move || {
        let kept = service.kept.get(&service.store, &run).map_err(|error| Stop::from(error).problem(language))?;
        let kept = kept.ok_or_else(|| Problem::new(Kind::Internal, language))?;
        let outcome = kept.outcome();
        let explainer = kept.explainer(&outcome).expanding(wanted.expand(outcome.plan)?);
        tell(&explainer, &run, &wanted)
    });
    let answer = answer.await?;
    Ok(if html { asked.page(answer.body) } else { asked.answered(answer) })
}

/// The row of a level with this id.
fn row_of(outcome: &Outcome<'_>, level: usize, id: &str, language: Language) -> Result<Row, Problem> {
    outcome.data.find(level, id).ok_or_else(|| Problem::new(Kind::NotFound, language))
}

/// What the explainer made, which fails only by a defect.
pub(super) fn told<T>(explained: Result<T, Unexplained>, language: Language) -> Result<T, Problem> {
    explained.map_err(|error| {
        tracing::error!(?error, "a value could not be explained");
        Problem::new(Kind::Internal, language)
    })
}

/// 说明一个值的由来。Explain a value.
///
/// 说明一行的一个步骤（或所有步骤）的值从何而来，由所存的办法和数据重新推出；每个节点都有一句话和它的运算数。
/// Says how the value of a step of a row (or of all its steps) came about, derived again from the stored plan and roster; each
/// node has a sentence and its operands.
#[utoipa::path(
    operation_id = "getRunExplanation", tag = "runs",
    params(
        ("run_id" = String, Path, description = "核算的编号。The run's id."),
        ("row_id" = String, Path, description = "行的编号。The row's id."),
        ExplanationParameters, ExtentParameters,
    ),
    responses((status = 200, description = "由来。The explanation.", body = Explanation)),
)]
#[get("/v1/runs/{run_id}/explanations/{row_id}")]
pub(super) async fn get_run_explanation(asked: Asked, path: Path<(String, String)>) -> Result<HttpResponse, Problem> {
    let (run_id, row) = path.into_inner();
    let wanted = Wanted::of(&asked, row, false)?;
    explained(&asked, "getRunExplanation", &run_id, wanted, explanation).await
}

fn explanation(explainer: &Explainer<'_, '_>, _: &Run, wanted: &Wanted) -> Result<Answer, Problem> {
    let (outcome, language) = (explainer.outcome(), wanted.language);
    let unknown = |name: &str, known: Vec<&str>| bad_parameter(name, &known.join(" | "), language);
    let levels = || outcome.plan.levels.iter().map(|level| level.name.as_str()).collect();
    let level = wanted.level.as_ref().and_then(|name| outcome.plan.level_named(name));
    let level = level.ok_or_else(|| unknown("level", levels()))?;
    let row = row_of(outcome, level, &wanted.row, language)?;
    let node = match &wanted.step {
        None => explainer.row(level, row, wanted.limits),
        Some(name) => {
            let steps = outcome.plan.steps.iter().zip(&outcome.plan.document.steps);
            let mut steps = steps.map(|(step, written)| (step.level, written.heading.name.as_str()));
            let own = steps.clone().filter(|(of, _)| *of == level).map(|(_, name)| name).collect();
            let step = steps.position(|known| known == (level, name.as_str()));
            let step = step.ok_or_else(|| unknown("step", own))?;
            explainer.step(step, row, wanted.limits)
        }
    };
    let node = told(node, language)?;
    Ok(Answer::json(&Teller::new(outcome, language).json(&node)))
}

/// 取工资条。Get a statement.
///
/// 一名领取人的应发合计和每条明细的由来，凭它就能用计算器重新算出合计。A payee's total and how each line came about: enough to
/// compute it again with a pocket calculator. `Accept: text/html` 优先时，同样的内容是一张可打印的网页（A4），写明办法、核算编号和结果的 SHA-256，
/// 不点同事的名。Where `Accept` prefers text/html, the same is a page to be printed (A4), with the plan, the run and the SHA-256 of
/// the result; it names no colleague. 调整的工资条只列这次调整改变的和发放的：见 adjustment。That of an adjustment says what it changes and pays.
#[utoipa::path(
    operation_id = "getRunStatement", tag = "runs",
    params(
        ("run_id" = String, Path, description = "核算的编号。The run's id."),
        ("row_id" = String, Path, description = "领取人的编号。The payee's id."),
        ExtentParameters,
    ),
    responses((status = 200, description = "工资条。The statement.", body = Statement)),
)]
#[get("/v1/runs/{run_id}/statements/{row_id}")]
pub(super) async fn get_run_statement(
    asked: AskedForPage,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (AskedForPage(asked, html), (run_id, row)) = (asked, path.into_inner());
    let wanted = Wanted::of(&asked, row, html)?;
    explained(&asked, "getRunStatement", &run_id, wanted, statement).await
}

fn statement(explainer: &Explainer<'_, '_>, run: &Run, wanted: &Wanted) -> Result<Answer, Problem> {
    let language = wanted.language;
    let paper = Paper::of(explainer, &wanted.row, wanted.adjusting.as_ref(), wanted.limits);
    let paper = told(paper, language)?.ok_or_else(|| Problem::new(Kind::NotFound, language))?;
    let teller = Teller::new(explainer.outcome(), language);
    if wanted.html {
        let result_sha256 = run.result_sha256.as_deref();
        let objections = wanted.objections.as_deref();
        let source = Source { version: Some(run.version), run_id: Some(&run.id), result_sha256, objections };
        return Ok(Answer::of(teller.html(&paper.page(&teller), source)));
    }
    Ok(Answer::json(&paper.json(&teller)))
}
