//! Why an amount is what it is: `/v1/runs/{run_id}/explanations` and `/statements`, derived again from the plan and the roster.

use actix_web::web::Path;
use actix_web::{HttpResponse, get};
use utoipa::{IntoParams, ToSchema};

use super::answer::{Answer, Stop};
use super::asked::{Asked, bad_parameter};
use super::problem::{Kind, Problem};
use crate::engine::Outcome;
use crate::engine::explain::{Explainer, Limits, Node};
use crate::exact::{Row, at, fen_text, rows};
use crate::plan::Language;
use crate::record::again::again;
use crate::record::runs;
use crate::store::runs::Run;
use crate::wire::explanation::{Teller, capital};
use crate::wire::json::{Json, object, text};
use crate::wire::schema::{Explanation, Money, RowId};

/// The deepest that columns are followed.
const DEEPEST: i64 = 10;

/// 一名领取人的工资条：合计及其由来。A payee's statement: the total, and how it came about.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the shape that `statement` writes")]
pub(super) struct Statement {
    /// 领取人的编号。The payee's id.
    id: RowId,
    /// 姓名。The name.
    name: Option<String>,
    /// 应发合计（元）。The total in yuan.
    total: Money,
    /// 应发合计的大写。The total in capital numerals.
    total_capital: String,
    /// 每条明细的由来；各 operands 是各条明细。How each line came about: the operands are the lines.
    explanation: Explanation,
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
#[expect(dead_code, reason = "documents a parameter that the handlers read")]
struct DepthParameter {
    /// 其他列最多展开几层，0～10，默认 3；最多 2,000 个节点。How many columns deep others are followed, 0-10; 3 unless told. There are at most
    /// 2,000 nodes.
    #[param(minimum = 0, maximum = 10, example = 3)]
    depth: Option<i32>,
}

/// What a request wants explained.
struct Wanted {
    row: String,
    level: Option<String>,
    step: Option<String>,
    limits: Limits,
    language: Language,
}

impl Wanted {
    fn of(asked: &Asked, row: String) -> Result<Wanted, Problem> {
        let depth = asked.whole("depth", (0, DEEPEST))?.and_then(|depth| usize::try_from(depth).ok());
        let limits = Limits::default();
        Ok(Wanted {
            row,
            level: asked.parameter("level")?,
            step: asked.parameter("step")?,
            limits: Limits { depth: depth.unwrap_or(limits.depth), ..limits },
            language: asked.language,
        })
    }
}

/// The run that is asked for, and what of it; told by work that calculates it again.
async fn explained(
    asked: &Asked,
    operation: &'static str,
    run_id: &str,
    wanted: Wanted,
    tell: fn(&Outcome<'_>, Wanted) -> Result<Answer, Stop>,
) -> Result<HttpResponse, Problem> {
    let id = asked.id(run_id)?;
    let (token, run): (String, Run) = asked
        .reads(operation, move |conn, caller| Ok((caller.token.id.clone(), runs::calculated(conn, caller, &id)?)))
        .await?;
    let (service, language) = (asked.service.clone(), asked.language);
    let answer = asked.worked(Some(&token), move || {
        let told = again(&service.store, &run, |outcome, _| tell(outcome, wanted)).map_err(Stop::from);
        let told = told.and_then(|told| told.unwrap_or_else(|| Err(Problem::new(Kind::Internal, language).into())));
        told.map_err(|stop| stop.problem(language))
    });
    Ok(asked.answered(answer.await?))
}

/// The row of a level with this id.
fn row_of(outcome: &Outcome<'_>, level: usize, id: &str, language: Language) -> Result<Row, Problem> {
    let ids = outcome.data.levels.get(level).map_or(&[][..], |rows| &rows.ids);
    let found = ids.binary_search_by(|known| known.as_str().cmp(id)).ok();
    let row = found.and_then(|place| rows(ids.len()).nth(place));
    row.ok_or_else(|| Problem::new(Kind::NotFound, language))
}

/// What the explainer made, which fails only by a defect.
fn told<E: std::fmt::Debug>(node: Result<Node, E>, language: Language) -> Result<Node, Problem> {
    node.map_err(|error| {
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
        ExplanationParameters, DepthParameter,
    ),
    responses((status = 200, description = "由来。The explanation.", body = Explanation)),
)]
#[get("/v1/runs/{run_id}/explanations/{row_id}")]
pub(super) async fn get_run_explanation(asked: Asked, path: Path<(String, String)>) -> Result<HttpResponse, Problem> {
    let (run_id, row) = path.into_inner();
    let wanted = Wanted::of(&asked, row)?;
    explained(&asked, "getRunExplanation", &run_id, wanted, explanation).await
}

fn explanation(outcome: &Outcome<'_>, wanted: Wanted) -> Result<Answer, Stop> {
    let Wanted { row, level, step, limits, language } = wanted;
    let unknown = |name: &str, known: Vec<&str>| bad_parameter(name, &known.join(" | "), language);
    let levels = || outcome.plan.levels.iter().map(|level| level.name.as_str()).collect();
    let level = level.and_then(|name| outcome.plan.level_named(&name)).ok_or_else(|| unknown("level", levels()))?;
    let row = row_of(outcome, level, &row, language)?;
    let explainer = Explainer::new(outcome);
    let node = match step {
        None => explainer.row(level, row, limits),
        Some(name) => {
            let steps = outcome.plan.steps.iter().zip(&outcome.plan.document.steps);
            let mut steps = steps.map(|(step, written)| (step.level, written.heading.name.as_str()));
            let own = steps.clone().filter(|(of, _)| *of == level).map(|(_, name)| name).collect();
            let step = steps.position(|known| known == (level, name.as_str()));
            let step = step.ok_or_else(|| unknown("step", own))?;
            explainer.step(step, row, limits)
        }
    };
    let node = told(node, language)?;
    Ok(Answer::json(&Teller::new(outcome, language).json(&node)))
}

/// 取工资条。Get a statement.
///
/// 一名领取人的应发合计和每条明细的由来，凭它就能用计算器重新算出合计。A payee's total and how each line came about: enough to
/// compute it again with a pocket calculator.
#[utoipa::path(
    operation_id = "getRunStatement", tag = "runs",
    params(
        ("run_id" = String, Path, description = "核算的编号。The run's id."),
        ("row_id" = String, Path, description = "领取人的编号。The payee's id."),
        DepthParameter,
    ),
    responses((status = 200, description = "工资条。The statement.", body = Statement)),
)]
#[get("/v1/runs/{run_id}/statements/{row_id}")]
pub(super) async fn get_run_statement(asked: Asked, path: Path<(String, String)>) -> Result<HttpResponse, Problem> {
    let (run_id, row) = path.into_inner();
    let wanted = Wanted::of(&asked, row)?;
    explained(&asked, "getRunStatement", &run_id, wanted, statement).await
}

fn statement(outcome: &Outcome<'_>, wanted: Wanted) -> Result<Answer, Stop> {
    let Wanted { row: id, limits, language, .. } = wanted;
    let nobody = || Problem::new(Kind::NotFound, language);
    let level = outcome.plan.payee.ok_or_else(nobody)?;
    let row = row_of(outcome, level, &id, language)?;
    let node = Explainer::new(outcome).statement(row, limits).transpose().ok_or_else(nobody)?;
    let node = told(node, language)?;
    let total = outcome.totals.as_ref().map_or(0, |totals| *at(totals, row));
    let names = outcome.data.levels.get(level).map_or(&[][..], |rows| &rows.names);
    let mut entries = vec![("id", text(&id))];
    entries.extend(at(names, row).as_ref().map(|name| ("name", text(name))));
    entries.push(("total", text(&fen_text(total))));
    entries.push(("total_capital", text(&capital(total))));
    entries.push(("explanation", Teller::new(outcome, language).json(&node)));
    let statement: Json<'static> = object(entries);
    Ok(Answer::json(&statement))
}
