//! Runs on record: `/v1/runs`. What a run came to is in [`run_parts`](super::run_parts).

use std::time::{Duration, Instant};

use actix_web::web::{Path, Payload};
use actix_web::{HttpResponse, get, post, rt};
use serde::Serialize;
use serde_with::skip_serializing_none;
use utoipa::{IntoParams, ToSchema};

use super::answer::Answer;
use super::asked::Asked;
use super::caller::About;
use super::faults::{self, Fields};
use super::paging::{PageParameters, Paging, next};
use super::problem::Problem;
use super::run_record::{Run, answer, begun, recorded};
use crate::record::people::Caller;
use crate::record::{runs, states, unfit};
use crate::store::runs::RunFilter;
use crate::store::{Conn, adjustments, claims};

/// After how long a request that waits first looks again whether the run is calculated; then after twice as long each time.
const LOOK: Duration = Duration::from_millis(5);
/// The longest that it looks away.
const LOOK_AWAY: Duration = Duration::from_millis(50);

/// 一页核算。A page of runs.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct RunPage {
    /// 各次核算，新的在前。The runs, the newest first.
    items: Vec<Run>,
    /// 下一页的 cursor；没有下一页时不写。The cursor of the next page; absent where there is none.
    next_cursor: Option<String>,
}

/// 新建核算的请求。A request to make a run.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RunRequest {
    /// 数据的编号。The roster's id.
    roster_id: String,
    /// 标题。A title for people.
    #[schema(min_length = 1, max_length = 200)]
    title: Option<String>,
    /// 被它替代的核算的编号，须是同一办法的已撤回或无法计算的核算。The id of the run that it replaces, of the same plan, withdrawn or failed.
    replaces: Option<String>,
}

/// 撤回的请求。A request to withdraw a run.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WithdrawRequest {
    /// 原因。Why.
    #[schema(min_length = 1, max_length = 1000)]
    reason: String,
}

/// The filter of the list of runs.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents parameters that the handler reads")]
struct RunParameters {
    /// 只列出处于这个状态的核算。Only runs in this state.
    #[param(example = "calculated")]
    state: Option<String>,
    /// 只列出这个办法的核算。Only runs of this plan.
    plan_id: Option<String>,
    /// 只列出这份数据的核算。Only runs of this roster.
    roster_id: Option<String>,
}

/// How long to wait.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents a parameter that the handler reads")]
struct WaitParameter {
    /// 尚在计算时最多等待几秒，0～30。For how many seconds to wait while it is being calculated, 0-30.
    #[param(minimum = 0, maximum = 30, example = 30)]
    wait: Option<i32>,
}

/// 列出核算。List the runs.
///
/// 列出可以查看的核算，新的在前；工资系统只看到已发放的。Lists the runs that the caller may see, the newest first; a payroll
/// system sees the released ones.
#[utoipa::path(
    operation_id = "listRuns", tag = "runs", params(RunParameters, PageParameters),
    responses((status = 200, description = "一页核算。A page of runs.", body = RunPage)),
)]
#[get("/v1/runs")]
pub(super) async fn list_runs(asked: Asked) -> Result<HttpResponse, Problem> {
    let (paging, service, language) = (Paging::of(&asked)?, asked.service.clone(), asked.language);
    let filter = RunFilter {
        state: asked.one_of("state", &states::STATES.map(|(state, _)| state))?,
        plan_id: asked.id_parameter("plan_id")?,
        roster_id: asked.id_parameter("roster_id")?,
    };
    let answer = asked.reads("listRuns", move |conn, caller| {
        let bureau = caller.token.bureau_id.as_str();
        let part = |part: &Option<String>| part.clone().unwrap_or_default();
        let (state, plan, roster) = (part(&filter.state), part(&filter.plan_id), part(&filter.roster_id));
        let list = ["runs", bureau, &state, &plan, &roster];
        let place = paging.place(&service, &list, 1)?;
        let before = place.as_ref().and_then(|place| place.first()).map(String::as_str);
        let mut runs = runs::list(conn, caller, &filter, before, paging.limit + 1)?;
        let next_cursor = paging.cut(&mut runs).then(|| next(&service, &list, &[&runs.last()?.id])).flatten();
        let ids: Vec<&str> = runs.iter().map(|run| run.id.as_str()).collect();
        let mut adjusting = adjustments::among(conn, &ids)?;
        let items = runs.into_iter().map(|run| {
            let adjustment = adjusting.remove(&run.id);
            recorded(run, adjustment, language)
        });
        Answer::ok(&RunPage { items: items.collect(), next_cursor })
    });
    Ok(asked.answered(answer.await?))
}

/// 新建核算。Make a run.
///
/// 对一份数据新建核算，随即开始计算；核算本身就是任务，用 wait 等待它完成。replaces 不符时拒绝，错误的代码为 in_force、
/// other_plan、replaced_already 或 of_a_cycle。Makes a run of a roster, which is calculated at once; the run itself is the job: wait for it when you get
/// it. A run in replaces that will not do is refused with the codes in_force, other_plan, replaced_already or of_a_cycle.
#[utoipa::path(
    operation_id = "createRun", tag = "runs",
    request_body(content = RunRequest, description = "数据。The roster."),
    responses((status = 202, description = "正在计算的核算。The run, which is being calculated.", body = Run)),
)]
#[post("/v1/runs")]
pub(super) async fn create_run(asked: Asked, payload: Payload) -> Result<HttpResponse, Problem> {
    let created = asked.acts("createRun", About::Nothing, payload, true, |acting, body| {
        let json = faults::read_body(body, &["roster_id"], &["title", "replaces"], acting.language)?;
        let mut fields = Fields::of(&json);
        let (roster_id, title) = (fields.text("roster_id", 64), fields.maybe_text("title", 200));
        let replaces = fields.maybe_text("replaces", 64);
        fields.done(acting.language)?;
        begun(acting, |act| {
            if let Some(replaced) = &replaces {
                unfit::may_replace(act.conn, &acting.caller, &roster_id, replaced)?;
            }
            runs::create(act, &acting.caller, &roster_id, title, replaces)
        })
    });
    created.await
}

/// 取核算。Get a run.
///
/// 取一次核算；wait 使请求等到计算完成，最多 30 秒。A run; with wait the request waits until it is calculated, at most 30
/// seconds.
#[utoipa::path(
    operation_id = "getRun", tag = "runs",
    params(("run_id" = String, Path, description = "核算的编号。The run's id."), WaitParameter),
    responses((status = 200, description = "核算。The run.", body = Run)),
)]
#[get("/v1/runs/{run_id}")]
pub(super) async fn get_run(asked: Asked, run_id: Path<String>) -> Result<HttpResponse, Problem> {
    let (id, language) = (asked.id(&run_id)?, asked.language);
    let wait = asked.whole("wait", (0, 30))?.unwrap_or_default();
    let until = Instant::now().checked_add(Duration::from_secs(wait.unsigned_abs()));
    let mut look = LOOK;
    loop {
        let id = id.clone();
        let read = move |conn: &mut Conn, caller: &Caller| {
            let run = runs::get(conn, caller, &id)?;
            Ok((run.state.clone(), answer(conn, run, language)?))
        };
        let (state, answer) =
            if look == LOOK { asked.reads("getRun", read).await? } else { asked.reads_again("getRun", read).await? };
        if state != claims::CALCULATING || until.is_none_or(|until| Instant::now() >= until) {
            return Ok(asked.answered(answer));
        }
        rt::time::sleep(look).await;
        look = look.saturating_mul(2).min(LOOK_AWAY);
    }
}

/// Does to a run what the table of states allows.
async fn act_on(
    asked: Asked,
    run_id: Path<String>,
    payload: Payload,
    (operation, action): (&'static str, &'static str),
) -> Result<HttpResponse, Problem> {
    let id = asked.id(&run_id)?;
    let needs_reason = action == "withdraw";
    let done = asked.acts(operation, About::Run(id.clone()), payload, needs_reason, move |acting, body| {
        let mut reason = None;
        if needs_reason {
            let json = faults::read_body(body, &["reason"], &[], acting.language)?;
            let mut fields = Fields::of(&json);
            reason = fields.maybe_lines("reason", 1_000);
            fields.done(acting.language)?;
        }
        acting.act(|act| {
            let run = runs::do_to(act, &acting.caller, &id, action, reason.as_deref(), acting.revisions.as_deref())?;
            answer(act.conn, run, acting.language)
        })
    });
    done.await
}

/// 提交核算。Submit a run.
///
/// 提交已计算的核算，等待审批。Submits a calculated run for approval.
#[utoipa::path(
    operation_id = "submitRun", tag = "runs",
    params(("run_id" = String, Path, description = "核算的编号。The run's id.")),
    responses((status = 200, description = "提交后的核算。The run as it is now.", body = Run)),
)]
#[post("/v1/runs/{run_id}/submit")]
pub(super) async fn submit_run(asked: Asked, run_id: Path<String>, payload: Payload) -> Result<HttpResponse, Problem> {
    act_on(asked, run_id, payload, ("submitRun", "submit")).await
}

/// 批准核算。Approve a run.
///
/// 批准已提交的核算；编制数据、创建或提交的人不能批准。Approves a submitted run; who made its roster or the run, or submitted
/// it, may not.
#[utoipa::path(
    operation_id = "approveRun", tag = "runs",
    params(("run_id" = String, Path, description = "核算的编号。The run's id.")),
    responses((status = 200, description = "批准后的核算。The run as it is now.", body = Run)),
)]
#[post("/v1/runs/{run_id}/approve")]
pub(super) async fn approve_run(asked: Asked, run_id: Path<String>, payload: Payload) -> Result<HttpResponse, Problem> {
    act_on(asked, run_id, payload, ("approveRun", "approve")).await
}

/// 发放核算。Release a run.
///
/// 发放已批准的核算，此后不再改变；工资系统从此可以读取。Releases an approved run, which then never changes; payroll systems may
/// read it from now on.
#[utoipa::path(
    operation_id = "releaseRun", tag = "runs",
    params(("run_id" = String, Path, description = "核算的编号。The run's id.")),
    responses((status = 200, description = "发放后的核算。The run as it is now.", body = Run)),
)]
#[post("/v1/runs/{run_id}/release")]
pub(super) async fn release_run(asked: Asked, run_id: Path<String>, payload: Payload) -> Result<HttpResponse, Problem> {
    act_on(asked, run_id, payload, ("releaseRun", "release")).await
}

/// 撤回核算。Withdraw a run.
///
/// 撤回尚未发放的核算，须写明原因。Withdraws a run that is not released, with the reason.
#[utoipa::path(
    operation_id = "withdrawRun", tag = "runs",
    params(("run_id" = String, Path, description = "核算的编号。The run's id.")),
    request_body(content = WithdrawRequest, description = "原因。The reason."),
    responses((status = 200, description = "撤回后的核算。The run as it is now.", body = Run)),
)]
#[post("/v1/runs/{run_id}/withdraw")]
pub(super) async fn withdraw_run(
    asked: Asked,
    run_id: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    act_on(asked, run_id, payload, ("withdrawRun", "withdraw")).await
}
