//! Adjustments of a released run: `/v1/runs/{run_id}/adjustments`, and what they change: `/v1/runs/{run_id}/differences`.

use std::collections::BTreeMap;

use actix_web::web::{Bytes, Path, Payload};
use actix_web::{HttpResponse, get, post};
use serde::Serialize;
use serde_with::skip_serializing_none;
use utoipa::openapi::schema::Object;
use utoipa::{IntoParams, ToSchema};

use super::answer::Answer;
use super::asked::Asked;
use super::caller::About;
use super::faults::{self, Fields};
use super::paging::{PageParameters, Paging, next};
use super::problem::Problem;
use super::run_record::{Run, begun, recorded};
use crate::exact::fen_text;
use crate::plan::{Code, Language};
use crate::record::adjustments::{self, MODES, REASONS};
use crate::record::runs;
use crate::store::adjustments::{self as stored, FREEZE_OTHERS};
use crate::store::results::{self, Item};
use crate::wire::schema::{Money, RowId, open_word};

/// The most payees that an adjustment names.
const MOST_PAYEES: usize = 1_000;

/// 新建调整的请求。A request to adjust a run.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AdjustmentRequest {
    /// 方式：reopen 全部重算，freeze_others 只改点名的人，next_period 差额留待下期。How: reopen pays everybody's difference, freeze_others only that of the
    /// payees named, next_period carries them into the next period.
    #[schema(schema_with = mode)]
    mode: String,
    /// 更正后的数据，须是原核算数据的修订。The corrected roster: a revision, at any remove, of the run's.
    roster_id: String,
    /// 原因的代码。The code of the reason.
    #[schema(schema_with = reason_code)]
    reason_code: String,
    /// 原因。Why.
    #[schema(min_length = 1, max_length = 1000)]
    reason: String,
    /// 改动哪些人（freeze_others）。Who changes, of freeze_others.
    #[schema(min_items = 1, max_items = 1000)]
    payee_ids: Option<Vec<RowId>>,
    /// 差额出自和退回的资金池，第一层的，写成 层.名称（freeze_others）。The fund of the root level that the differences come from and go to, as
    /// level.name, of freeze_others.
    #[schema(min_length = 1, max_length = 129)]
    reserve: Option<String>,
    /// 标题。A title for people.
    #[schema(min_length = 1, max_length = 200)]
    title: Option<String>,
}

/// 一页调整，都是核算。A page of adjustments, which are runs.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct AdjustmentPage {
    /// 各次调整，先做的在前。The adjustments, the first first.
    items: Vec<Run>,
    /// 下一页的 cursor；没有下一页时不写。The cursor of the next page; absent where there is none.
    next_cursor: Option<String>,
}

/// 一项差额。A difference.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct RunDifference {
    /// 领取人的编号。The payee's id.
    payee_id: RowId,
    /// 姓名。The name.
    name: Option<String>,
    /// 学校的编号。The school's id.
    school_id: Option<RowId>,
    /// 步骤，写成 层.名称。The step as level.name.
    step: String,
    /// 项目名称。What the payee reads.
    item: String,
    /// 此前已结的金额（元）：原核算和此前各次调整。What was settled before, in yuan: by the original and the adjustments since.
    was: Money,
    /// 应有的金额（元）。What it should be, in yuan.
    now: Money,
    /// 差额（元），应减的为负。The difference in yuan, below zero where it is less.
    difference: Money,
}

/// 一页差额。A page of differences.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct RunDifferencePage {
    /// 各项差额，按领取人的编号和项目的次序排列。The differences by payee and item.
    items: Vec<RunDifference>,
    /// 下一页的 cursor；没有下一页时不写。The cursor of the next page; absent where there is none.
    next_cursor: Option<String>,
}

/// The school of a list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents a parameter that the handler reads")]
struct SchoolParameter {
    /// 只列出这所学校的。Only those of this school.
    school: Option<String>,
}

pub(super) fn mode() -> Object {
    open_word("调整的方式。The mode of an adjustment.", MODES)
}

pub(super) fn reason_code() -> Object {
    open_word("调整的原因。The reason of an adjustment.", REASONS)
}

/// What a body asks for, with all its faults.
fn asked_for(body: &Bytes, language: Language) -> Result<adjustments::Asked, Problem> {
    let (keys, optional) = (["mode", "roster_id", "reason_code", "reason"], ["payee_ids", "reserve", "title"]);
    let json = faults::read_body(body, &keys, &optional, language)?;
    let mut fields = Fields::of(&json);
    let word = |fields: &mut Fields<'_, '_>, key: &str, known: &[(&str, &str)]| {
        let word = fields.word(key);
        if !known.iter().any(|(known, _)| *known == word) {
            let known: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
            fields.fault(key, Code::BadValue, &known.join(" | "));
        }
        word
    };
    let mode = word(&mut fields, "mode", &MODES);
    let reason_code = word(&mut fields, "reason_code", &REASONS);
    let payee_ids = fields.maybe_texts("payee_ids", 64);
    if payee_ids.as_ref().is_some_and(|ids| !(1..=MOST_PAYEES).contains(&ids.len())) {
        fields.fault("payee_ids", Code::BadValue, &format!("[1–{MOST_PAYEES}]"));
    }
    for key in ["payee_ids", "reserve"] {
        match (mode == FREEZE_OTHERS, fields.has(key)) {
            (true, false) => fields.fault(key, Code::MissingKey, FREEZE_OTHERS),
            (false, true) => fields.fault(key, Code::BadValue, FREEZE_OTHERS),
            _ => {}
        }
    }
    let asked = adjustments::Asked {
        mode,
        roster_id: fields.text("roster_id", 64),
        reason_code,
        reason: fields.maybe_lines("reason", 1_000).unwrap_or_default(),
        payee_ids,
        reserve: fields.maybe_word("reserve"),
        title: fields.maybe_text("title", 200),
    };
    fields.done(language)?;
    Ok(asked)
}

/// 调整已发放的核算。Adjust a released run.
///
/// 已发放的核算不再改变：更正的办法是用修订后的数据另做一次核算，只发放差额（补发为正，扣回为负）。reopen 发放所有人的差额；freeze_others 只发放点名的人的差额，由一个资金池支付或收回；next_period
/// 只记下差额，留待下期。一次调整发放或撤回之后才能做下一次；周期办结后只能 next_period。此后与其他核算一样提交、公示、批准、发放或撤回。
/// A released run never changes: it is corrected by another run on a revised roster, which pays the differences alone, positive and negative. reopen pays
/// everybody's; freeze_others those of the payees named, which come from and go to one fund; next_period only notes them for the next period. There is
/// one at a time: the one before is released or withdrawn first. Of a closed cycle only next_period is left. From there it is submitted, posted,
/// approved, released or withdrawn as every run.
#[utoipa::path(
    operation_id = "createAdjustment", tag = "runs",
    params(("run_id" = String, Path, description = "原核算的编号。The id of the run that is adjusted.")),
    request_body(content = AdjustmentRequest, description = "怎样调整，为什么。How it is adjusted, and why."),
    responses((status = 202, description = "正在计算的调整。The adjustment, which is being calculated.", body = Run)),
)]
#[post("/v1/runs/{run_id}/adjustments")]
pub(super) async fn create_adjustment(
    asked: Asked,
    run_id: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let id = asked.id(&run_id)?;
    let made = asked.acts("createAdjustment", About::Run(id.clone()), payload, true, move |acting, body| {
        let wanted = asked_for(body, acting.language)?;
        begun(acting, |act| adjustments::create(act, &acting.caller, &id, wanted))
    });
    made.await
}

/// 列出调整。List the adjustments of a run.
///
/// 列出对一次核算的各次调整，先做的在前，包括撤回的和无法计算的；工资系统只看到已发放的。Lists the adjustments of a run, the first first, with those that were
/// withdrawn or failed; a payroll system sees the released ones.
#[utoipa::path(
    operation_id = "listAdjustments", tag = "runs",
    params(("run_id" = String, Path, description = "原核算的编号。The id of the run that is adjusted."), PageParameters),
    responses((status = 200, description = "一页调整。A page of adjustments.", body = AdjustmentPage)),
)]
#[get("/v1/runs/{run_id}/adjustments")]
pub(super) async fn list_adjustments(asked: Asked, run_id: Path<String>) -> Result<HttpResponse, Problem> {
    let (id, paging, service) = (asked.id(&run_id)?, Paging::of(&asked)?, asked.service.clone());
    let language = asked.language;
    let page = asked.reads("listAdjustments", move |conn, caller| {
        let list = ["adjustments", caller.token.bureau_id.as_str(), id.as_str()];
        let place = paging.place(&service, &list, 1)?;
        let after = place.and_then(|place| place.first()?.parse().ok()).unwrap_or_default();
        let mut found = adjustments::list(conn, caller, &id, after, paging.limit + 1)?;
        let more = paging.cut(&mut found);
        let last = found.last().filter(|_| more).map(|(last, _)| last.place.to_string());
        let next_cursor = last.and_then(|last| next(&service, &list, &[&last]));
        let items = found.into_iter().map(|(adjustment, run)| recorded(run, Some(adjustment), language));
        Answer::ok(&AdjustmentPage { items: items.collect(), next_cursor })
    });
    Ok(asked.answered(page.await?))
}

/// 列出差额。List the differences of an adjustment.
///
/// 列出一次调整的各项差额；不是调整的核算没有差额。Lists what an adjustment changes, for each payee and item; a run that is no adjustment has none.
#[utoipa::path(
    operation_id = "listDifferences", tag = "runs",
    params(("run_id" = String, Path, description = "调整的核算编号。The id of the adjustment."), SchoolParameter, PageParameters),
    responses((status = 200, description = "一页差额。A page of differences.", body = RunDifferencePage)),
)]
#[get("/v1/runs/{run_id}/differences")]
pub(super) async fn list_differences(asked: Asked, run_id: Path<String>) -> Result<HttpResponse, Problem> {
    let (id, paging, service) = (asked.id(&run_id)?, Paging::of(&asked)?, asked.service.clone());
    let school = asked.parameter("school")?;
    let page = asked.reads("listDifferences", move |conn, caller| {
        runs::calculated(conn, caller, &id)?;
        let list = ["differences", caller.token.bureau_id.as_str(), id.as_str(), school.as_deref().unwrap_or_default()];
        let mut place = paging.place(&service, &list, 2)?.unwrap_or_default().into_iter();
        let payee = place.next().unwrap_or_default();
        let step = place.next().and_then(|step| step.parse().ok()).unwrap_or(i64::MIN);
        let mut found = stored::differences(conn, &id, school.as_deref(), (&payee, step), paging.limit + 1)?;
        let more = paging.cut(&mut found);
        let last = found.last().filter(|_| more).map(|last| (last.payee_id.clone(), last.step.to_string()));
        let next_cursor = last.and_then(|(payee, step)| next(&service, &list, &[&payee, &step]));
        let items: BTreeMap<i64, Item> = results::items(conn, &id)?.into_iter().map(|item| (item.step, item)).collect();
        let items = found.into_iter().filter_map(|row| told(row, &items)).collect();
        Answer::ok(&RunDifferencePage { items, next_cursor })
    });
    Ok(asked.answered(page.await?))
}

fn told(row: stored::Difference, items: &BTreeMap<i64, Item>) -> Option<RunDifference> {
    let item = items.get(&row.step)?;
    let money = |fen: i64| Money(fen_text(fen.into()));
    Some(RunDifference {
        payee_id: RowId(row.payee_id),
        name: row.name,
        school_id: Some(row.school_id).filter(|school| !school.is_empty()).map(RowId),
        step: item.name.clone(),
        item: item.item.clone(),
        was: money(row.was),
        now: money(row.now),
        difference: money(row.difference),
    })
}
