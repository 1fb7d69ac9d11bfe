//! Objections (异议) to a run that is posted: `/v1/runs/{run_id}/objections`.

use actix_web::http::StatusCode;
use actix_web::web::{Path, Payload};
use actix_web::{HttpResponse, get, post};
use serde::Serialize;
use serde_with::skip_serializing_none;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use utoipa::{IntoParams, ToSchema};

use super::answer::Answer;
use super::asked::Asked;
use super::caller::About;
use super::faults::{self, Fields};
use super::paging::{PageParameters, Paging, next};
use super::problem::Problem;
use crate::plan::Code;
use crate::record::objections::{self, Brought, REJECTED, STATES, UPHELD};
use crate::store::objections as stored;
use crate::wire::schema::{RowId, open_word};

/// What may be decided.
const DECISIONS: [&str; 2] = [UPHELD, REJECTED];

/// 对公示中的核算的一份异议。An objection to a run that is posted.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct Objection {
    /// 编号。Its id.
    id: String,
    /// 核算的编号。The run's id.
    run_id: String,
    /// 状态。Its state.
    #[schema(schema_with = state)]
    state: String,
    /// 提出异议的人或单位。Who objects.
    objector: String,
    /// 异议的内容。What it says.
    text: String,
    /// 所涉领取人的编号。The id of the payee that it is about.
    payee_id: Option<RowId>,
    /// 所涉学校的编号。The id of the school that it is about.
    school_id: Option<RowId>,
    /// 登记时间。When it was entered.
    created_at: String,
    /// 登记人。By whom.
    created_by: String,
    /// 处理的理由；待处理时不写。Why it was decided so; absent while it is open.
    reason: Option<String>,
    /// 处理时间。When it was decided.
    decided_at: Option<String>,
    /// 处理人。By whom.
    decided_by: Option<String>,
}

/// 一页异议。A page of objections.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct ObjectionPage {
    /// 各份异议，先登记的在前。The objections in the order in which they were entered.
    items: Vec<Objection>,
    /// 下一页的 cursor；没有下一页时不写。The cursor of the next page; absent where there is none.
    next_cursor: Option<String>,
}

/// 登记异议的请求。A request to enter an objection.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ObjectionRequest {
    /// 提出异议的人或单位。Who objects.
    #[schema(min_length = 1, max_length = 200)]
    objector: String,
    /// 异议的内容。What it says.
    #[schema(min_length = 1, max_length = 2000)]
    text: String,
    /// 所涉领取人的编号，须是这次核算的领取人。The id of the payee that it is about, who must be one of this run.
    payee_id: Option<RowId>,
    /// 所涉学校的编号，须是这次核算的学校。The id of the school that it is about, which must be one of this run.
    school_id: Option<RowId>,
}

/// 处理异议的请求。A request to decide an objection.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DecisionRequest {
    /// 成立还是不成立。Whether it is upheld.
    #[schema(schema_with = decision)]
    decision: String,
    /// 理由；成立时也是撤回核算的原因。Why; where it is upheld this is also why the run is withdrawn.
    #[schema(min_length = 1, max_length = 1000)]
    reason: String,
}

/// The filter of the list of objections.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents a parameter that the handler reads")]
struct ObjectionParameters {
    /// 只列出处于这个状态的异议。Only objections in this state.
    #[param(example = "open")]
    state: Option<String>,
}

fn state() -> Object {
    open_word("异议的状态。The state of an objection.", STATES)
}

fn decision() -> Object {
    let description = "upheld：成立，核算随即撤回；rejected：不成立。upheld: the run is withdrawn with it; rejected.";
    ObjectBuilder::new().schema_type(Type::String).description(Some(description)).enum_values(Some(DECISIONS)).build()
}

fn record(objection: stored::Objection) -> Objection {
    Objection {
        id: objection.id,
        run_id: objection.run_id,
        state: objection.state,
        objector: objection.objector,
        text: objection.content,
        payee_id: objection.payee_id.map(RowId),
        school_id: objection.school_id.map(RowId),
        created_at: objection.created_at,
        created_by: objection.created_by,
        reason: objection.reason,
        decided_at: objection.decided_at,
        decided_by: objection.decided_by,
    }
}

/// 登记异议。Enter an objection.
///
/// 登记学校或个人对公示中的核算提出的异议。有异议待处理时，核算不能批准（409 objections_open）。所涉的领取人或学校不在核算中时拒绝，错误的代码为 not_a_payee、
/// not_a_school 或 other_school。Enters an objection that a school or somebody brings to a run while it is posted. While one is open the run cannot be approved
/// (409 objections_open). A payee or school that the run does not have is refused with the codes not_a_payee, not_a_school or other_school.
#[utoipa::path(
    operation_id = "createObjection", tag = "notices",
    params(("run_id" = String, Path, description = "核算的编号。The run's id.")),
    request_body(content = ObjectionRequest, description = "异议。The objection."),
    responses((status = 201, description = "登记的异议。The objection.", body = Objection)),
)]
#[post("/v1/runs/{run_id}/objections")]
pub(super) async fn create_objection(
    asked: Asked,
    run_id: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let id = asked.id(&run_id)?;
    let created = asked.acts("createObjection", About::Run(id.clone()), payload, true, move |acting, body| {
        let json = faults::read_body(body, &["objector", "text"], &["payee_id", "school_id"], acting.language)?;
        let mut fields = Fields::of(&json);
        let brought = Brought {
            objector: fields.text("objector", 200),
            content: fields.maybe_lines("text", 2_000).unwrap_or_default(),
            payee_id: fields.maybe_text("payee_id", 64),
            school_id: fields.maybe_text("school_id", 64),
        };
        fields.done(acting.language)?;
        acting.act(|act| {
            let objection = objections::create(act, &acting.caller, &id, brought)?;
            let location = format!("/v1/runs/{id}/objections/{}", objection.id);
            Ok(Answer::ok(&record(objection))?.at(StatusCode::CREATED, location))
        })
    });
    created.await
}

/// 列出异议。List the objections to a run.
///
/// 列出对一次核算的异议，先登记的在前。Lists the objections to a run in the order in which they were entered.
#[utoipa::path(
    operation_id = "listObjections", tag = "notices",
    params(("run_id" = String, Path, description = "核算的编号。The run's id."), ObjectionParameters, PageParameters),
    responses((status = 200, description = "一页异议。A page of objections.", body = ObjectionPage)),
)]
#[get("/v1/runs/{run_id}/objections")]
pub(super) async fn list_objections(asked: Asked, run_id: Path<String>) -> Result<HttpResponse, Problem> {
    let (id, paging, service) = (asked.id(&run_id)?, Paging::of(&asked)?, asked.service.clone());
    let state = asked.one_of("state", &STATES.map(|(state, _)| state))?;
    let page = asked.reads("listObjections", move |conn, caller| {
        let list = ["objections", id.as_str(), state.as_deref().unwrap_or_default()];
        let place = paging.place(&service, &list, 1)?.unwrap_or_default();
        let after = place.first().map(String::as_str).unwrap_or_default();
        let mut found = objections::list(conn, caller, &id, state.as_deref(), (after, paging.limit + 1))?;
        let next_cursor = paging.cut(&mut found).then(|| next(&service, &list, &[&found.last()?.id])).flatten();
        Answer::ok(&ObjectionPage { items: found.into_iter().map(record).collect(), next_cursor })
    });
    Ok(asked.answered(page.await?))
}

/// 取异议。Get an objection.
///
/// 取一份异议及其处理。An objection, and what was decided of it.
#[utoipa::path(
    operation_id = "getObjection", tag = "notices",
    params(
        ("run_id" = String, Path, description = "核算的编号。The run's id."),
        ("objection_id" = String, Path, description = "异议的编号。The objection's id."),
    ),
    responses((status = 200, description = "异议。The objection.", body = Objection)),
)]
#[get("/v1/runs/{run_id}/objections/{objection_id}")]
pub(super) async fn get_objection(asked: Asked, path: Path<(String, String)>) -> Result<HttpResponse, Problem> {
    let (run, id) = (asked.id(&path.0)?, asked.id(&path.1)?);
    let found = asked.reads("getObjection", move |conn, caller| {
        let objection = objections::get(conn, caller, &run, &id)?;
        Answer::ok(&record(objection))
    });
    Ok(asked.answered(found.await?))
}

/// 处理异议。Decide an objection.
///
/// 由登记人以外的人处理待处理的异议。成立的，核算以同一理由撤回，更正后另做的核算在 replaces 中写明它；不成立的，核算继续。Somebody else than entered it
/// decides an open objection. Where it is upheld the run is withdrawn for the same reason, and the run that is made instead names it in replaces; where it is
/// rejected the run goes on.
#[utoipa::path(
    operation_id = "decideObjection", tag = "notices",
    params(
        ("run_id" = String, Path, description = "核算的编号。The run's id."),
        ("objection_id" = String, Path, description = "异议的编号。The objection's id."),
    ),
    request_body(content = DecisionRequest, description = "处理及其理由。The decision with its reason."),
    responses((status = 200, description = "处理后的异议。The objection as it is now.", body = Objection)),
)]
#[post("/v1/runs/{run_id}/objections/{objection_id}/decide")]
pub(super) async fn decide_objection(
    asked: Asked,
    path: Path<(String, String)>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let (run, id) = (asked.id(&path.0)?, asked.id(&path.1)?);
    let decided = asked.acts("decideObjection", About::Run(run.clone()), payload, true, move |acting, body| {
        let json = faults::read_body(body, &["decision", "reason"], &[], acting.language)?;
        let mut fields = Fields::of(&json);
        let decision = fields.maybe_word("decision").unwrap_or_default();
        if json.get("decision").is_some_and(|word| word.text().is_some()) && !DECISIONS.contains(&decision.as_str()) {
            fields.fault("decision", Code::BadValue, &DECISIONS.join(" | "));
        }
        let reason = fields.maybe_lines("reason", 1_000).unwrap_or_default();
        fields.done(acting.language)?;
        acting.act(|act| {
            let objection = objections::decide(act, &acting.caller, (&run, &id), (&decision, &reason))?;
            Answer::ok(&record(objection))
        })
    });
    decided.await
}
