//! What a run came to: rows, payees, funds, checks, warnings; and whether it is what its plan and roster give.

use std::collections::BTreeMap;

use actix_web::web::Path;
use actix_web::{HttpResponse, get};
use serde::Serialize;
use serde_with::skip_serializing_none;
use utoipa::{IntoParams, ToSchema};

use super::answer::{Answer, Stop};
use super::asked::{Asked, bad_parameter};
use super::paging::{PageParameters, Paging, next};
use super::problem::Problem;
use super::rosters::{LevelParameter, row_page};
use crate::exact::fen_text;
use crate::record::{rows, runs, verification};
use crate::store::results::{self, Item, Line};
use crate::wire::schema::{CheckOutcome, FundBook, Money, ResultRow, RowId, Warning};

/// 一名领取人及其明细。A payee with the lines.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct Payee {
    /// 编号。The id.
    id: RowId,
    /// 姓名。The name.
    name: Option<String>,
    /// 学校的编号。The school's id.
    school: Option<RowId>,
    /// 应发合计（元）。The total in yuan.
    total: Money,
    /// 发放明细。The lines.
    lines: Vec<PayeeLine>,
}

/// 领取人的一条明细。A line of a payee.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct PayeeLine {
    /// 步骤，写成 层.名称。The step as level.name.
    step: String,
    /// 步骤所在行的编号。The id of the step's row.
    row: RowId,
    /// 项目名称。What the payee reads.
    item: String,
    /// 项目类别。The group of items.
    category: Option<String>,
    /// 工资系统中的代码。The payroll system's own code.
    payroll_code: Option<String>,
    /// 金额（元）。The amount in yuan.
    amount: Money,
}

/// 一页领取人。A page of payees.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct PayeePage {
    /// 各领取人，按编号排列。The payees by id.
    items: Vec<Payee>,
    /// 下一页的 cursor；没有下一页时不写。The cursor of the next page; absent where there is none.
    next_cursor: Option<String>,
}

/// 一页资金池。A page of funds.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct FundPage {
    /// 各资金池，按结果中的次序。The funds in the order of the result.
    items: Vec<FundBook>,
    /// 下一页的 cursor；没有下一页时不写。The cursor of the next page; absent where there is none.
    next_cursor: Option<String>,
}

/// 一页结果行。A page of rows of a result.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the shape that `row_page` writes")]
pub(super) struct ResultRowPage {
    /// 各行，先按学校、再按编号排列。The rows, by school, then by id.
    items: Vec<ResultRow>,
    /// 下一页的 cursor；没有下一页时不写。The cursor of the next page; absent where there is none.
    next_cursor: Option<String>,
}

/// 各项检查。The checks of a run.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the shape that `findings` gives")]
pub(super) struct CheckList {
    /// 各项检查，按办法中的次序。The checks in the order of the plan.
    items: Vec<CheckOutcome>,
}

/// 一页提醒。A page of warnings.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct WarningPage {
    /// 各条提醒。The warnings.
    #[schema(value_type = Vec<Warning>)]
    items: Vec<serde_json::Value>,
    /// 下一页的 cursor；没有下一页时不写。The cursor of the next page; absent where there is none.
    next_cursor: Option<String>,
}

/// 复核结果：按所存的办法和数据重新计算，与所存的结果逐项比较。A verification: everything calculated again from the stored plan
/// and roster, and compared.
#[derive(Serialize, ToSchema)]
pub(super) struct Verification {
    /// 全部一致。Whether all of it is the same.
    verified: bool,
    /// 逐项比较。What was compared.
    comparisons: Vec<VerificationPart>,
}

/// 复核的一项。A part of a verification.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct VerificationPart {
    /// 名称。What.
    name: String,
    /// 一致。Whether it is the same.
    equal: bool,
    /// 所存内容的 SHA-256。SHA-256 of what is kept.
    kept: String,
    /// 重新计算所得的 SHA-256；所存的办法和数据得不出结果时不写。SHA-256 of what is calculated now; absent where the plan and the
    /// roster as they are kept give no result.
    calculated: Option<String>,
}

/// The school of a list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents a parameter that the handlers read")]
struct SchoolParameter {
    /// 只列出这所学校的。Only those of this school.
    school: Option<String>,
}

/// 列出结果的行。List the rows of a result.
///
/// 列出一层各行的值。Lists the values of the rows of a level.
#[utoipa::path(
    operation_id = "listRunRows", tag = "runs",
    params(("run_id" = String, Path, description = "核算的编号。The run's id."), LevelParameter, PageParameters),
    responses((status = 200, description = "一页行。A page of rows.", body = ResultRowPage)),
)]
#[get("/v1/runs/{run_id}/rows")]
pub(super) async fn list_run_rows(asked: Asked, run_id: Path<String>) -> Result<HttpResponse, Problem> {
    let (id, paging, service) = (asked.id(&run_id)?, Paging::of(&asked)?, asked.service.clone());
    let (wanted, language) = (asked.parameter("level")?, asked.language);
    let page = asked.reads("listRunRows", move |conn, caller| {
        let run = runs::calculated(conn, caller, &id)?;
        let levels = runs::levels(conn, &run)?;
        let level = wanted.filter(|level| levels.contains(level));
        let level = level.ok_or_else(|| bad_parameter("level", &levels.join(" | "), language))?;
        let list = ["run_rows", caller.token.bureau_id.as_str(), id.as_str(), level.as_str()];
        let mut place = paging.place(&service, &list, 2)?.unwrap_or_default().into_iter();
        let after = (place.next().unwrap_or_default(), place.next().unwrap_or_default());
        let limit = usize::try_from(paging.limit).unwrap_or_default();
        let page = rows::page(conn, &id, &level, after, limit, &["id", "name", "values", "total"])?;
        let cursor = page.next.as_ref().and_then(|(school, row)| next(&service, &list, &[school, row]));
        Ok(row_page(&page.rows, cursor))
    });
    Ok(asked.answered(page.await?))
}

/// 列出领取人。List the payees.
///
/// 列出领取人及其明细，按编号排列。Lists the payees with their lines, by id.
#[utoipa::path(
    operation_id = "listRunPayees", tag = "runs",
    params(("run_id" = String, Path, description = "核算的编号。The run's id."), SchoolParameter, PageParameters),
    responses((status = 200, description = "一页领取人。A page of payees.", body = PayeePage)),
)]
#[get("/v1/runs/{run_id}/payees")]
pub(super) async fn list_run_payees(asked: Asked, run_id: Path<String>) -> Result<HttpResponse, Problem> {
    let (id, paging, service) = (asked.id(&run_id)?, Paging::of(&asked)?, asked.service.clone());
    let school = asked.parameter("school")?;
    let page = asked.reads("listRunPayees", move |conn, caller| {
        runs::calculated(conn, caller, &id)?;
        let list = ["payees", caller.token.bureau_id.as_str(), id.as_str(), school.as_deref().unwrap_or_default()];
        let after = paging.place(&service, &list, 1)?.and_then(|place| place.into_iter().next()).unwrap_or_default();
        let mut payees = results::payees(conn, &id, school.as_deref(), &after, paging.limit + 1)?;
        let next_cursor = paging.cut(&mut payees).then(|| next(&service, &list, &[&payees.last()?.row_id])).flatten();
        let items: BTreeMap<i64, Item> = results::items(conn, &id)?.into_iter().map(|item| (item.step, item)).collect();
        let mut lines: BTreeMap<String, Vec<PayeeLine>> = BTreeMap::new();
        if let (Some(first), Some(last)) = (payees.first(), payees.last()) {
            for line in results::lines(conn, &id, school.as_deref(), (&first.row_id, &last.row_id))? {
                let payee = line.payee_id.clone();
                lines.entry(payee).or_default().extend(told(line, &items));
            }
        }
        let payees = payees.into_iter().map(|payee| Payee {
            lines: lines.remove(&payee.row_id).unwrap_or_default(),
            id: RowId(payee.row_id),
            name: payee.name,
            school: Some(payee.school_id).filter(|school| !school.is_empty()).map(RowId),
            total: Money(fen_text(payee.total.into())),
        });
        Answer::ok(&PayeePage { items: payees.collect(), next_cursor })
    });
    Ok(asked.answered(page.await?))
}

fn told(line: Line, items: &BTreeMap<i64, Item>) -> Option<PayeeLine> {
    let item = items.get(&line.step)?;
    Some(PayeeLine {
        step: item.name.clone(),
        row: RowId(line.row_id),
        item: item.item.clone(),
        category: item.category.clone(),
        payroll_code: item.payroll_code.clone(),
        amount: Money(fen_text(line.amount.into())),
    })
}

/// 列出资金池。List the funds.
///
/// 列出各资金池的收支。Lists the funds with what they held, gave and have left.
#[utoipa::path(
    operation_id = "listRunFunds", tag = "runs",
    params(("run_id" = String, Path, description = "核算的编号。The run's id."), SchoolParameter, PageParameters),
    responses((status = 200, description = "一页资金池。A page of funds.", body = FundPage)),
)]
#[get("/v1/runs/{run_id}/funds")]
pub(super) async fn list_run_funds(asked: Asked, run_id: Path<String>) -> Result<HttpResponse, Problem> {
    let (id, paging, service) = (asked.id(&run_id)?, Paging::of(&asked)?, asked.service.clone());
    let school = asked.parameter("school")?;
    let page = asked.reads("listRunFunds", move |conn, caller| {
        runs::calculated(conn, caller, &id)?;
        let list = ["funds", caller.token.bureau_id.as_str(), id.as_str(), school.as_deref().unwrap_or_default()];
        let place = paging.place(&service, &list, 1)?;
        let after = place.and_then(|place| place.first()?.parse().ok()).unwrap_or(-1);
        let mut funds = results::funds(conn, &id, school.as_deref(), after, paging.limit + 1)?;
        let more = paging.cut(&mut funds);
        let last = funds.last().filter(|_| more).map(|last| last.place.to_string());
        let next_cursor = last.and_then(|last| next(&service, &list, &[&last]));
        let amounts = |json: &str| {
            let amounts: BTreeMap<String, String> = serde_json::from_str(json).unwrap_or_default();
            amounts.into_iter().map(|(name, amount)| (name, Money(amount))).collect()
        };
        let funds = funds.into_iter().map(|fund| FundBook {
            drawn: amounts(&fund.drawn),
            withheld: amounts(&fund.withheld),
            fund: fund.fund,
            row: RowId(fund.row_id),
            value: Money(fen_text(fund.value.into())),
            left: Money(fen_text(fund.left_over.into())),
        });
        Answer::ok(&FundPage { items: funds.collect(), next_cursor })
    });
    Ok(asked.answered(page.await?))
}

/// A part of what a run found, as a list.
fn findings(findings: Option<&String>, part: &str) -> Vec<serde_json::Value> {
    let json: serde_json::Value = findings.and_then(|findings| serde_json::from_str(findings).ok()).unwrap_or_default();
    json.get(part).and_then(serde_json::Value::as_array).cloned().unwrap_or_default()
}

/// 列出检查。List the checks.
///
/// 列出办法中各项检查的结果。Lists the checks of the plan with the rows where they do not hold.
#[utoipa::path(
    operation_id = "listRunChecks", tag = "runs",
    params(("run_id" = String, Path, description = "核算的编号。The run's id.")),
    responses((status = 200, description = "各项检查。The checks.", body = CheckList)),
)]
#[get("/v1/runs/{run_id}/checks")]
pub(super) async fn list_run_checks(asked: Asked, run_id: Path<String>) -> Result<HttpResponse, Problem> {
    let id = asked.id(&run_id)?;
    let list = asked.reads("listRunChecks", move |conn, caller| {
        let run = runs::calculated(conn, caller, &id)?;
        Answer::ok(&serde_json::json!({"items": findings(run.findings.as_ref(), "checks")}))
    });
    Ok(asked.answered(list.await?))
}

/// 列出提醒。List the warnings.
///
/// 列出计算时的提醒。Lists the warnings of the calculation.
#[utoipa::path(
    operation_id = "listRunWarnings", tag = "runs",
    params(("run_id" = String, Path, description = "核算的编号。The run's id."), PageParameters),
    responses((status = 200, description = "一页提醒。A page of warnings.", body = WarningPage)),
)]
#[get("/v1/runs/{run_id}/warnings")]
pub(super) async fn list_run_warnings(asked: Asked, run_id: Path<String>) -> Result<HttpResponse, Problem> {
    let (id, paging, service) = (asked.id(&run_id)?, Paging::of(&asked)?, asked.service.clone());
    let page = asked.reads("listRunWarnings", move |conn, caller| {
        let run = runs::calculated(conn, caller, &id)?;
        let list = ["warnings", caller.token.bureau_id.as_str(), id.as_str()];
        let place = paging.place(&service, &list, 1)?;
        let from: usize = place.and_then(|place| place.first()?.parse().ok()).unwrap_or_default();
        let mut items = findings(run.findings.as_ref(), "warnings").into_iter().skip(from).collect();
        let more = paging.cut(&mut items);
        let next_cursor = if more { next(&service, &list, &[&(from + items.len()).to_string()]) } else { None };
        Answer::ok(&WarningPage { items, next_cursor })
    });
    Ok(asked.answered(page.await?))
}

/// 复核核算。Verify a run.
///
/// 按所存的办法和数据重新计算，与所存的结果逐项比较。Calculates the run again from the stored plan and roster and compares
/// everything with what is kept.
#[utoipa::path(
    operation_id = "getRunVerification", tag = "runs",
    params(("run_id" = String, Path, description = "核算的编号。The run's id.")),
    responses((status = 200, description = "复核结果。What the verification found.", body = Verification)),
)]
#[get("/v1/runs/{run_id}/verification")]
pub(super) async fn get_run_verification(asked: Asked, run_id: Path<String>) -> Result<HttpResponse, Problem> {
    let id = asked.id(&run_id)?;
    let (token, run) = asked
        .reads("getRunVerification", move |conn, caller| {
            Ok((caller.token.id.clone(), runs::calculated(conn, caller, &id)?))
        })
        .await?;
    let (service, language) = (asked.service.clone(), asked.language);
    let answer = asked.worked(Some(&token), move || {
        let verified = verification::verify(&service.store, &run).map_err(Stop::from).and_then(|compared| {
            let comparisons = compared.into_iter().map(|part| VerificationPart {
                equal: part.calculated.as_ref() == Some(&part.kept),
                name: part.name.to_owned(),
                kept: part.kept,
                calculated: part.calculated,
            });
            let comparisons: Vec<VerificationPart> = comparisons.collect();
            Answer::ok(&Verification { verified: comparisons.iter().all(|part| part.equal), comparisons })
        });
        verified.map_err(|stop| stop.problem(language))
    });
    Ok(asked.answered(answer.await?))
}
