//! Cycles on record: `/v1/cycles`. The runs of its schools and the proof are in [`distributions`](super::distributions).

use actix_web::http::StatusCode;
use actix_web::web::{Path, Payload};
use actix_web::{HttpResponse, get, post};
use serde::Serialize;
use serde_with::skip_serializing_none;
use utoipa::ToSchema;
use utoipa::openapi::schema::Object;

use super::answer::{Answer, Stop};
use super::asked::Asked;
use super::caller::About;
use super::cycle_people::{CyclePersonLimit, PersonLimit, asked_limits, shown};
use super::faults::{self, Fields};
use super::paging::{PageParameters, Paging, next};
use super::problem::Problem;
use crate::exact::fen_text;
use crate::plan::Code;
use crate::record::people::MOST_SCHOOLS;
use crate::record::states::STATES as RUN_STATES;
use crate::record::{cycle_people, cycles};
use crate::store::Conn;
use crate::store::cycles as stored;
use crate::store::rosters::Scope;
use crate::store::runs::Run as StoredRun;
use crate::wire::json::{self, Json};
use crate::wire::schema::{CheckStep, Money, RowId, open_word};

/// The most requirements of a cycle.
const MOST_REQUIREMENTS: usize = 100;

/// 一个两级核算周期：一次核拨，和各校的分配。A cycle: one allocation, and the distribution of each school.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct Cycle {
    /// 编号。Its id.
    id: String,
    /// 标题。A title for people.
    title: String,
    /// 状态。Its state.
    #[schema(schema_with = state)]
    state: String,
    /// 核拨的核算编号。The id of the run that allocates.
    allocation_run_id: String,
    /// 作为额度的列，写成 层.名称。The column that is the quota, as level.name.
    step: String,
    /// 教育局对各校分配的要求，写成 层.名称。The checks that every distribution must satisfy, as level.name.
    requirements: Vec<String>,
    /// 个人限额；列表中不写。The limits of what a person may get over all schools; absent in lists.
    person_limits: Option<Vec<CyclePersonLimit>>,
    /// 各状态的学校各有几所；列表中不写。How many schools are in each state; absent in lists.
    progress: Option<Vec<CycleProgress>>,
    /// 修改次数，即 ETag。How often it has changed: its ETag.
    revision: i64,
    /// 开启时间。When it was opened.
    created_at: String,
    /// 开启人。By whom.
    created_by: String,
    /// 办结时间。When it was closed.
    closed_at: Option<String>,
    /// 办结人。By whom.
    closed_by: Option<String>,
}

/// 处于一种状态的学校数。How many schools are in a state.
#[derive(Serialize, ToSchema)]
pub(super) struct CycleProgress {
    /// 学校的状态。The state of the schools.
    #[schema(schema_with = school_state)]
    state: String,
    /// 几所。How many.
    #[schema(minimum = 1)]
    count: i64,
}

/// 一页周期。A page of cycles.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct CyclePage {
    /// 各周期，新的在前。The cycles, the newest first.
    items: Vec<Cycle>,
    /// 下一页的 cursor；没有下一页时不写。The cursor of the next page; absent where there is none.
    next_cursor: Option<String>,
}

/// 开启周期的请求。A request to open a cycle.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CycleRequest {
    /// 标题，例如核算的期间。A title for people, such as the period.
    #[schema(min_length = 1, max_length = 200)]
    title: String,
    /// 核拨的核算编号，须已批准或发放。The id of the run that allocates, which is approved or released.
    allocation_run_id: String,
    /// 作为额度的列，写成 层.名称；只有一列可作额度时不必写。The column that is the quota, as level.name; needed where there are several.
    step: Option<String>,
    /// 各校默认的分配办法的编号。The id of the plan by which schools distribute.
    plan_id: String,
    /// 分配办法的版本号，须已发布。The number of its version, which must be published.
    #[schema(minimum = 1)]
    version: i64,
    /// 自有分配办法的学校。The schools that have plans of their own.
    schools: Option<Vec<CycleSchoolPlan>>,
    /// 教育局对各校分配的要求：检查步骤，接在每个分配办法之后。What every distribution must satisfy: check steps, which are appended to
    /// every distribution plan.
    requirements: Option<Vec<CheckStep>>,
    /// 个人限额：一个人在全部学校所得之和的上限，最多 10 条；批准时检查。The limits of what a person may get over all schools, at most 10; they are
    /// checked at each approval.
    #[schema(max_items = 10)]
    person_limits: Option<Vec<PersonLimit>>,
}

/// 一所学校自有的分配办法。The plan of a school's own.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CycleSchoolPlan {
    /// 学校的编号。The school's id.
    school_id: RowId,
    /// 办法的编号。The plan's id.
    plan_id: String,
    /// 办法的版本号，须已发布。The number of its version, which must be published.
    #[schema(minimum = 1)]
    version: i64,
}

/// 周期中的一所学校。A school of a cycle.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct CycleSchool {
    /// 学校的编号。The school's id.
    school_id: String,
    /// 学校的名称。Its name.
    name: Option<String>,
    /// 核拨的额度（元），任何人不能更改。Its quota in yuan, which nobody can change.
    quota: Money,
    /// 分配办法的编号。The id of the plan by which it distributes.
    plan_id: String,
    /// 分配办法的版本号。The number of its version.
    version: i64,
    /// 接上要求之后的办法的编号，核算据此计算；没有要求时与 plan_id 相同。The id of the same plan with the requirements, by which its runs
    /// are calculated; plan_id where there are none.
    checked_plan_id: String,
    /// 该办法的版本号。The number of its version.
    checked_version: i64,
    /// 当前的核算编号。The id of its current run.
    run_id: Option<String>,
    /// 状态。Its state.
    #[schema(schema_with = school_state)]
    state: String,
    /// 下一步由谁办理；没有时不写。Who acts next; absent where nobody does.
    #[schema(schema_with = next_role)]
    next: Option<String>,
}

/// 一页学校。A page of schools.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct CycleSchoolPage {
    /// 各学校，按编号排列。The schools by id.
    items: Vec<CycleSchool>,
    /// 下一页的 cursor；没有下一页时不写。The cursor of the next page; absent where there is none.
    next_cursor: Option<String>,
}

fn state() -> Object {
    open_word("周期的状态。The state of a cycle.", cycles::STATES)
}

pub(super) fn school_state() -> Object {
    let none = [(cycles::NOT_STARTED, "未开始")];
    open_word("学校的状态。The state of a school.", none.into_iter().chain(RUN_STATES))
}

fn next_role() -> Object {
    open_word("下一步由谁办理。Who acts next.", [("accountant", "学校会计"), ("approver", "审批人员")])
}

/// What a list shows of a cycle.
fn record(cycle: stored::Cycle) -> Cycle {
    let named = |step: &Json<'_>| {
        let part = |key: &str| step.get(key).and_then(Json::text).unwrap_or_default().to_owned();
        format!("{}.{}", part("level"), part("name"))
    };
    let requirements = json::read(cycle.requirements.as_bytes()).unwrap_or(Json::Null);
    Cycle {
        requirements: requirements.items().unwrap_or_default().iter().map(named).collect(),
        id: cycle.id,
        title: cycle.title,
        state: cycle.state,
        allocation_run_id: cycle.allocation_run_id,
        step: cycle.step,
        person_limits: None,
        progress: None,
        revision: cycle.revision,
        created_at: cycle.created_at,
        created_by: cycle.created_by,
        closed_at: cycle.closed_at,
        closed_by: cycle.closed_by,
    }
}

/// The whole of a cycle.
fn answer(conn: &mut Conn, cycle: stored::Cycle) -> Result<Answer, Stop> {
    let progress = cycles::progress(conn, &cycle)?.into_iter().map(|(state, count)| CycleProgress { state, count });
    let (progress, revision) = (Some(progress.collect()), cycle.revision);
    let limits = cycle_people::limits(conn, &cycle.id)?.into_iter().map(shown);
    let person_limits = Some(limits.collect());
    Ok(Answer::ok(&Cycle { person_limits, progress, ..record(cycle) })?.revision(revision))
}

/// 列出周期。List the cycles.
///
/// 列出本教育局的两级核算周期，新的在前；会计只看到有本校的。Lists the bureau's cycles, the newest first; an accountant sees those with an own
/// school.
#[utoipa::path(
    operation_id = "listCycles", tag = "cycles", params(PageParameters),
    responses((status = 200, description = "一页周期。A page of cycles.", body = CyclePage)),
)]
#[get("/v1/cycles")]
pub(super) async fn list_cycles(asked: Asked) -> Result<HttpResponse, Problem> {
    let (paging, service) = (Paging::of(&asked)?, asked.service.clone());
    let answer = asked.reads("listCycles", move |conn, caller| {
        let bureau = caller.token.bureau_id.as_str();
        let list = ["cycles", bureau];
        let place = paging.place(&service, &list, 1)?;
        let before = place.as_ref().and_then(|place| place.first()).map(String::as_str);
        let mut cycles = stored::list(conn, bureau, caller.scope(), before, paging.limit + 1)?;
        let next_cursor = paging.cut(&mut cycles).then(|| next(&service, &list, &[&cycles.last()?.id])).flatten();
        Answer::ok(&CyclePage { items: cycles.into_iter().map(record).collect(), next_cursor })
    });
    Ok(asked.answered(answer.await?))
}

/// 开启周期。Open a cycle.
///
/// 在已批准或发放的核拨上开启两级核算周期：每所学校的额度就此确定；要求逐一接在各分配办法之后并检查，有误时一次报告全部错误。Opens a cycle on an
/// allocation that is approved or released, which fixes the quota of each school. The requirements are appended to each distribution plan and checked with
/// it; all faults are reported at once.
#[utoipa::path(
    operation_id = "openCycle", tag = "cycles",
    request_body(content = CycleRequest, description = "核拨和分配办法。The allocation, and by which plans schools distribute."),
    responses((status = 201, description = "开启的周期。The cycle.", body = Cycle)),
)]
#[post("/v1/cycles")]
pub(super) async fn open_cycle(asked: Asked, payload: Payload) -> Result<HttpResponse, Problem> {
    let opened = asked.acts("openCycle", About::Nothing, payload, true, |acting, body| {
        let keys = ["title", "allocation_run_id", "plan_id", "version"];
        let json =
            faults::read_body(body, &keys, &["step", "schools", "requirements", "person_limits"], acting.language)?;
        let mut fields = Fields::of(&json);
        let version = |fields: &mut Fields<'_, '_>| {
            let number = fields.maybe_whole("version", (1, i64::MAX)).unwrap_or_default();
            (fields.text("plan_id", 64), number)
        };
        let own = (&["school_id", "plan_id", "version"][..], &[][..]);
        let requirements = json.get("requirements").map_or(Some(&[][..]), Json::items);
        if requirements.is_none_or(|all| all.len() > MOST_REQUIREMENTS) {
            fields.fault("requirements", Code::BadValue, &format!("[0–{MOST_REQUIREMENTS}]"));
        }
        let wanted = cycles::Asked {
            title: fields.text("title", 200),
            allocation_run_id: fields.text("allocation_run_id", 64),
            step: fields.maybe_word("step"),
            plan: version(&mut fields),
            own_plans: fields
                .objects("schools", (0, MOST_SCHOOLS), own, |fields| (fields.text("school_id", 64), version(fields))),
            requirements: requirements.unwrap_or_default(),
            person_limits: asked_limits(&mut fields),
        };
        fields.done(acting.language)?;
        let prepared = cycles::prepare(&acting.service.store, &acting.caller, &wanted)?;
        acting.act(|act| {
            let cycle = cycles::open(act, &acting.caller, prepared)?;
            let location = format!("/v1/cycles/{}", cycle.id);
            Ok(answer(act.conn, cycle)?.at(StatusCode::CREATED, location))
        })
    });
    opened.await
}

/// 取周期。Get a cycle.
///
/// 取一个周期，以及各状态的学校数。A cycle, and how many schools are in each state.
#[utoipa::path(
    operation_id = "getCycle", tag = "cycles",
    params(("cycle_id" = String, Path, description = "周期的编号。The cycle's id.")),
    responses((status = 200, description = "周期。The cycle.", body = Cycle)),
)]
#[get("/v1/cycles/{cycle_id}")]
pub(super) async fn get_cycle(asked: Asked, cycle_id: Path<String>) -> Result<HttpResponse, Problem> {
    let id = asked.id(&cycle_id)?;
    let found = asked.reads("getCycle", move |conn, caller| {
        let cycle = cycles::get(conn, caller, &id)?;
        answer(conn, cycle)
    });
    Ok(asked.answered(found.await?))
}

/// 列出周期的学校。List the schools of a cycle.
///
/// 列出各校的额度、分配办法、当前的核算、状态，以及下一步由谁办理；会计只看到本校。Lists the schools with their quotas, plans, current runs and states, and who
/// acts next; an accountant sees the own schools.
#[utoipa::path(
    operation_id = "listCycleSchools", tag = "cycles",
    params(("cycle_id" = String, Path, description = "周期的编号。The cycle's id."), PageParameters),
    responses((status = 200, description = "一页学校。A page of schools.", body = CycleSchoolPage)),
)]
#[get("/v1/cycles/{cycle_id}/schools")]
pub(super) async fn list_cycle_schools(asked: Asked, cycle_id: Path<String>) -> Result<HttpResponse, Problem> {
    let (id, paging, service) = (asked.id(&cycle_id)?, Paging::of(&asked)?, asked.service.clone());
    let page = asked.reads("listCycleSchools", move |conn, caller| {
        let cycle = cycles::get(conn, caller, &id)?;
        let list = ["cycle-schools", caller.token.bureau_id.as_str(), cycle.id.as_str()];
        let place = paging.place(&service, &list, 1)?.unwrap_or_default();
        let after = place.first().map(String::as_str).unwrap_or_default();
        let mut found = stored::schools(conn, &cycle.id, caller.scope(), after, paging.limit + 1)?;
        let next_cursor = paging.cut(&mut found).then(|| next(&service, &list, &[&found.last()?.school_id])).flatten();
        let ids: Vec<String> = found.iter().map(|school| school.school_id.clone()).collect();
        let mut current = stored::current_runs(conn, &cycle.id, Scope::Schools(&ids))?;
        let record = |school: stored::CycleSchool| {
            let run = current.remove(&school.school_id);
            school_record(school, run)
        };
        Answer::ok(&CycleSchoolPage { items: found.into_iter().map(record).collect(), next_cursor })
    });
    Ok(asked.answered(page.await?))
}

fn school_record(school: stored::CycleSchool, current: Option<StoredRun>) -> CycleSchool {
    let state = cycles::state_of(current.as_ref()).to_owned();
    CycleSchool {
        next: cycles::next(&state).map(str::to_owned),
        state,
        run_id: current.map(|run| run.id),
        quota: Money(fen_text(school.quota.into())),
        school_id: school.school_id,
        name: school.name,
        plan_id: school.plan_id,
        version: school.version,
        checked_plan_id: school.checked_plan_id,
        checked_version: school.checked_version,
    }
}

/// 办结周期。Close a cycle.
///
/// 各校的额度都已发放、两级核对分毫不差时才能办结；否则列出全部缺漏。Closes a cycle in which every quota is released and both tiers are proved to the fen;
/// otherwise it says all that is missing.
#[utoipa::path(
    operation_id = "closeCycle", tag = "cycles",
    params(("cycle_id" = String, Path, description = "周期的编号。The cycle's id.")),
    responses((status = 200, description = "办结后的周期。The cycle as it is now.", body = Cycle)),
)]
#[post("/v1/cycles/{cycle_id}/close")]
pub(super) async fn close_cycle(
    asked: Asked,
    cycle_id: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let id = asked.id(&cycle_id)?;
    let closed = asked.acts("closeCycle", About::Cycle(id.clone()), payload, false, move |acting, _| {
        acting.act(|act| {
            let cycle = cycles::close(act, &acting.caller, &id, acting.revisions.as_deref())?;
            answer(act.conn, cycle)
        })
    });
    closed.await
}
