//! A run as it is told.

use actix_web::http::StatusCode;
use serde::Serialize;
use serde_with::skip_serializing_none;
use utoipa::ToSchema;
use utoipa::openapi::schema::Object;

use super::adjustments;
use super::answer::{Answer, Stop};
use super::asked::tag;
use super::caller::Acting;
use crate::exact::fen_text;
use crate::plan::Language;
use crate::record::notices::public_path;
use crate::record::states::ENDED;
use crate::record::{Act, Refused, objections, states};
use crate::store::adjustments::{self as stored_adjustments, Adjustment};
use crate::store::runs as stored;
use crate::store::{Conn, claims, notices, results};
use crate::wire::schema::{Balance, FaultReport, Money, Sha256, open_word};

/// 一次备案的核算：办法版本 + 数据 → 结果。A run: a plan version and a roster with their result.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct Run {
    /// 编号。Its id.
    id: String,
    /// 标题。A title for people.
    title: Option<String>,
    /// 状态。Its state.
    #[schema(schema_with = state)]
    state: String,
    /// 当前状态下可以进行的操作。What may be done in this state.
    allowed: Vec<String>,
    /// 办法的编号。The plan's id.
    plan_id: String,
    /// 办法的版本号。The number of the plan's version.
    version: i64,
    /// 数据的编号。The roster's id.
    roster_id: String,
    /// 被它替代的核算的编号。The id of the run that it replaces.
    replaces: Option<String>,
    /// 替代它的核算的编号；列表中不写。The id of the run that replaces it; absent in lists.
    replaced_by: Option<String>,
    /// 修改次数，即 ETag。How often it has changed: its ETag.
    revision: i64,
    /// 创建时间。When it was made.
    created_at: String,
    /// 创建人。By whom.
    created_by: String,
    /// 办法的 SHA-256。SHA-256 of the plan.
    #[schema(value_type = Sha256)]
    plan_sha256: String,
    /// 数据的 SHA-256。SHA-256 of the data.
    #[schema(value_type = Sha256)]
    data_sha256: String,
    /// 结果的 SHA-256。SHA-256 of the result.
    #[schema(value_type = Option<Sha256>)]
    result_sha256: Option<String>,
    /// 计算程序的名称和版本。The engine's name and version.
    engine: Option<String>,
    /// 领取人数。How many payees it has.
    payee_count: Option<i64>,
    /// 总平衡。The balance of the whole.
    balance: Option<Balance>,
    /// 各发放项目的合计；列表中不写。The items with their sums; absent in lists.
    items: Option<Vec<RunItem>>,
    /// 计算结果已写入多少；只在写入大的结果时有，列表中不写。How much of the result is written; only while a large one is, absent in lists.
    progress: Option<RunProgress>,
    /// 公示的日期；列表中不写。From when to when it is posted; absent in lists.
    notice: Option<RunNotice>,
    /// 有几份异议；没有公示过的核算和列表中不写。How many objections there are; absent where it was never posted, and in lists.
    objections: Option<RunObjections>,
    /// 所调整的原核算的编号；不是调整时不写。The id of the run that it adjusts; absent where it is no adjustment.
    adjusts: Option<String>,
    /// 怎样调整，为什么，差额多少；不是调整时不写。How it adjusts and why, and what that comes to; absent where it is no adjustment.
    adjustment: Option<RunAdjustment>,
    /// 无法计算的原因。Why it could not be calculated.
    failure: Option<RunFailure>,
    /// 经过；列表中不写。What has been done to it; absent in lists.
    history: Option<Vec<RunTransition>>,
}

/// 一次调整。An adjustment.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct RunAdjustment {
    /// 在原核算的各次调整中的次序，从 1 起。Its place among the adjustments of the run, from 1.
    #[schema(minimum = 1)]
    place: i64,
    /// 方式。Its mode.
    #[schema(schema_with = adjustments::mode)]
    mode: String,
    /// 原因的代码。The code of the reason.
    #[schema(schema_with = adjustments::reason_code)]
    reason_code: String,
    /// 原因。The reason.
    reason: String,
    /// 差额出自和退回的资金池（freeze_others）。The fund that the differences come from and go to, of freeze_others.
    reserve: Option<String>,
    /// 补发合计（元）。The sum of what is more, in yuan.
    increase: Option<Money>,
    /// 扣回合计（元），写成正数。The sum of what is less, in yuan, above zero.
    decrease: Option<Money>,
    /// 补发减去扣回（元）；next_period 的留待下期。The increase less the decrease, in yuan; that of next_period is for the next period.
    net: Option<Money>,
    /// 有差额的人数。How many payees have a difference.
    payee_count: Option<i64>,
    /// 本应改变而未改变的其他人数（freeze_others）。How many others would have changed and do not, of freeze_others.
    others_count: Option<i64>,
    /// 他们的差额合计（元）。What their differences come to, in yuan.
    others_net: Option<Money>,
}

/// 公示的日期。From when to when a run is posted.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct RunNotice {
    /// 第一天。The first day.
    #[schema(format = Date)]
    from: String,
    /// 最后一天。The last day.
    #[schema(format = Date)]
    to: String,
    /// 其间有几个工作日。How many working days there are.
    working_days: i64,
    /// 公示期间任何人都可以查看的网页的路径；不在公示中时不写。The path of the page that everybody may read from the first day to the last; absent where
    /// the run is not posted now.
    public_path: Option<String>,
}

/// 对一次核算的异议有几份。How many objections to a run there are.
#[derive(Serialize, ToSchema)]
pub(super) struct RunObjections {
    /// 待处理的。Those that are open.
    #[schema(minimum = 0)]
    open: i64,
    /// 成立的。Those that were upheld.
    #[schema(minimum = 0)]
    upheld: i64,
    /// 不成立的。Those that were rejected.
    #[schema(minimum = 0)]
    rejected: i64,
}

/// 一个发放项目的合计。An item of a run with its sum.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct RunItem {
    /// 步骤，写成 层.名称。The step as level.name.
    step: String,
    /// 项目名称。What the payee reads.
    item: String,
    /// 项目类别。The group of items.
    category: Option<String>,
    /// 工资系统中的代码。The payroll system's own code.
    payroll_code: Option<String>,
    /// 明细条数。How many lines it has.
    line_count: i64,
    /// 合计（元）。Their sum in yuan.
    amount: Money,
}

/// 正在写入的结果的进度。How far the result of a run is written.
#[derive(Serialize, ToSchema)]
pub(super) struct RunProgress {
    /// 已写入的行数。How many rows are written.
    #[schema(minimum = 0)]
    written: i64,
    /// 总行数：领取人、明细、资金和各层的行。How many rows there are: of payees, lines, funds and levels.
    #[schema(minimum = 0)]
    total: i64,
}

/// 无法计算的原因。Why a run could not be calculated.
#[derive(Serialize, ToSchema)]
pub(super) struct RunFailure {
    /// 代码。Its code.
    #[schema(schema_with = failure_code)]
    code: String,
    /// 全部错误，最多列出 1,000 处。All faults, at most 1,000 of them.
    #[schema(value_type = Vec<FaultReport>)]
    errors: serde_json::Value,
    /// 错误的总数。How many faults there are in all.
    total: i64,
}

/// 对核算进行的一步操作。A step of a run's life.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct RunTransition {
    /// 操作。What was done.
    #[schema(schema_with = action)]
    action: String,
    /// 此后的状态。The state that the run then had.
    #[schema(schema_with = state)]
    state: String,
    /// 时间。When.
    at: String,
    /// 操作人。By whom.
    subject: String,
    /// 原因。Why.
    reason: Option<String>,
}

fn state() -> Object {
    open_word("核算的状态。The state of a run.", states::STATES)
}

fn action() -> Object {
    let create = [("create", "新建")];
    open_word(
        "操作。What was done.",
        create.into_iter().chain(states::MOVES.iter().map(|known| (known.action, known.label))),
    )
}

fn failure_code() -> Object {
    let codes = [
        ("data_refused", "数据有误"),
        ("calculation_refused", "无法计算"),
        ("internal", "程序内部错误"),
        ("gave_up", "计算多次中断，已放弃"),
    ];
    open_word("原因的代码。The code of the reason.", codes)
}

/// What a list shows of a run.
fn record(run: stored::Run, language: Language) -> Run {
    let failure = failure(&run, language);
    Run {
        allowed: states::allowed(&run.state).into_iter().map(str::to_owned).collect(),
        balance: balance(&run),
        id: run.id,
        title: run.title,
        state: run.state,
        plan_id: run.plan_id,
        version: run.version,
        roster_id: run.roster_id,
        replaces: run.replaces,
        replaced_by: None,
        revision: run.revision,
        created_at: run.created_at,
        created_by: run.created_by,
        plan_sha256: run.plan_sha256,
        data_sha256: run.data_sha256,
        result_sha256: run.result_sha256,
        engine: run.engine,
        payee_count: run.payee_count,
        items: None,
        progress: None,
        notice: None,
        objections: None,
        adjusts: None,
        adjustment: None,
        failure,
        history: None,
    }
}

/// The same of a run that may be an adjustment.
pub(super) fn recorded(run: stored::Run, adjustment: Option<Adjustment>, language: Language) -> Run {
    let record = record(run, language);
    let Some(adjustment) = adjustment else { return record };
    let money = |fen: Option<i64>| fen.map(|fen| Money(fen_text(fen.into())));
    let Adjustment { increase, decrease, .. } = adjustment;
    let told = RunAdjustment {
        net: increase.zip(decrease).map(|(more, less)| Money(fen_text(i128::from(more) - i128::from(less)))),
        place: adjustment.place,
        mode: adjustment.mode,
        reason_code: adjustment.reason_code,
        reason: adjustment.reason,
        reserve: adjustment.reserve,
        increase: money(increase),
        decrease: money(decrease),
        payee_count: adjustment.payee_count,
        others_count: adjustment.others_count,
        others_net: money(adjustment.others_net),
    };
    Run { adjusts: Some(adjustment.original_id), adjustment: Some(told), ..record }
}

/// Why a run could not be calculated, which is kept in both languages.
fn failure(run: &stored::Run, language: Language) -> Option<RunFailure> {
    let json: serde_json::Value = serde_json::from_str(run.failure.as_ref()?).ok()?;
    let said = json.get(tag(language))?;
    Some(RunFailure {
        code: json.get("code")?.as_str()?.to_owned(),
        errors: said.get("errors")?.clone(),
        total: said.get("total")?.as_i64()?,
    })
}

fn balance(run: &stored::Run) -> Option<Balance> {
    let yuan = |fen: Option<i64>| fen.map(|fen| Money(fen_text(fen.into())));
    let of = |fen: Option<i64>| i128::from(fen.unwrap_or_default());
    let parts = of(run.paid) + of(run.assigned) + of(run.withheld) + of(run.left_over);
    Some(Balance {
        sources: yuan(run.sources)?,
        paid: yuan(run.paid)?,
        assigned: yuan(run.assigned)?,
        withheld: yuan(run.withheld)?,
        left: yuan(run.left_over)?,
        unfunded: yuan(run.unfunded)?,
        payee_total: yuan(run.payee_total)?,
        balanced: of(run.sources) == parts && of(run.payee_total) == of(run.paid) + of(run.unfunded),
    })
}

/// The whole of a run.
pub(super) fn answer(conn: &mut Conn, run: stored::Run, language: Language) -> Result<Answer, Stop> {
    let items = results::items(conn, &run.id)?.into_iter().map(|item| RunItem {
        step: item.name,
        item: item.item,
        category: item.category,
        payroll_code: item.payroll_code,
        line_count: item.line_count,
        amount: Money(fen_text(item.amount.into())),
    });
    let history = stored::transitions(conn, &run.id)?.into_iter().map(|step| RunTransition {
        action: step.action,
        state: step.state,
        at: step.at,
        subject: step.subject,
        reason: step.reason,
    });
    let notice = notices::get(conn, &run.id)?.map(|notice| RunNotice {
        public_path: public_path(&run, &notice),
        from: notice.begins_on,
        to: notice.ends_on,
        working_days: notice.working_days,
    });
    let objections = if notice.is_some() { Some(objections::counts(conn, &run)?) } else { None };
    let objections = objections.map(|[open, upheld, rejected]| RunObjections { open, upheld, rejected });
    let is_ended = ENDED.contains(&run.state.as_str());
    let replaced_by = if is_ended { stored::replaced_by(conn, &run.id)?.map(|(id, _)| id) } else { None };
    let has_result = run.result_sha256.is_some();
    let progress = if run.state == claims::CALCULATING { stored::progress(conn, &run.id)? } else { None };
    let progress = progress.map(|(written, total)| RunProgress { written, total });
    let (items, history) = (items.collect(), history.collect());
    let adjustment = stored_adjustments::get(conn, &run.id)?;
    let revision = run.revision;
    let items = Some(items).filter(|_| has_result);
    let run = Run {
        items,
        progress,
        notice,
        objections,
        replaced_by,
        history: Some(history),
        ..recorded(run, adjustment, language)
    };
    Ok(Answer::ok(&run)?.revision(revision))
}

/// Makes a run and has it calculated: 202, with where it is.
pub(super) fn begun(
    acting: &Acting,
    make: impl FnOnce(&mut Act<'_>) -> Result<stored::Run, Refused>,
) -> Result<Answer, Stop> {
    let done = acting.act(|act| {
        let run = make(act)?;
        let location = format!("/v1/runs/{}", run.id);
        Ok(answer(act.conn, run, acting.language)?.at(StatusCode::ACCEPTED, location))
    });
    acting.service.bell.ring();
    done
}
