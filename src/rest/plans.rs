//! Plans on record: `/v1/plans`.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Path, Payload};
use actix_web::{HttpResponse, get, post, put};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_with::skip_serializing_none;
use utoipa::openapi::schema::Object;
use utoipa::{IntoParams, ToSchema};

use super::answer::{Answer, Stop};
use super::asked::Asked;
use super::caller::About;
use super::faults::{self, Fields};
use super::paging::{PageParameters, Paging, next};
use super::problem::{Kind, Problem};
use crate::plan::{Code, Language};
use crate::record::{Refused, plans};
use crate::store::plans as stored;
use crate::wire::canonical;
use crate::wire::json::{self, Json};
use crate::wire::schema::{Sha256, open_word};

/// 一个备案的办法：代码与编号的各版本。A plan on record: a code with numbered versions.
#[derive(Serialize, ToSchema)]
pub(super) struct PlanRecord {
    /// 编号。Its id.
    id: String,
    /// 代码，在本教育局内唯一。Its code, unique in the bureau.
    code: String,
    /// 最新版本的标题。The title of its newest version.
    title: String,
    /// 最新版本的版本号。The number of its newest version.
    newest_version: i64,
    /// 最新版本的状态。The state of its newest version.
    #[schema(schema_with = version_state)]
    newest_state: String,
    /// 修改次数，即 ETag。How often it has changed: its ETag.
    revision: i64,
    /// 创建时间。When it was made.
    created_at: String,
    /// 创建人。By whom.
    created_by: String,
}

/// 一页办法。A page of plans.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct PlanPage {
    /// 各办法，新的在前。The plans, the newest first.
    items: Vec<PlanRecord>,
    /// 下一页的 cursor；没有下一页时不写。The cursor of the next page; absent where there is none.
    next_cursor: Option<String>,
}

/// 办法的一个版本。A version of a plan.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct PlanVersion {
    /// 办法的编号。The plan's id.
    plan_id: String,
    /// 版本号，从 1 起。Its number, from 1.
    version: i64,
    /// 状态。Its state.
    #[schema(schema_with = version_state)]
    state: String,
    /// 标题。Its title.
    title: String,
    /// 办法规范化 JSON（RFC 8785）的 SHA-256。SHA-256 of its canonical JSON (RFC 8785).
    #[schema(value_type = Sha256)]
    sha256: String,
    /// 写入时间。When it was written.
    created_at: String,
    /// 写入人。By whom.
    created_by: String,
    /// 发布时间。When it was published.
    published_at: Option<String>,
    /// 发布人。By whom.
    published_by: Option<String>,
    /// 停用时间。When it was archived.
    archived_at: Option<String>,
    /// 停用人。By whom.
    archived_by: Option<String>,
    /// 办法的全文，如所写入；草案可以有错误，所以不限定其内容；列表中不写。The plan itself as it was written; a draft may have faults, so its
    /// shape is open; absent in lists.
    #[schema(value_type = Option<BTreeMap<String, serde_json::Value>>)]
    plan: Option<Box<RawValue>>,
}

/// 一页版本。A page of versions.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct PlanVersionPage {
    /// 各版本，新的在前。The versions, the newest first.
    items: Vec<PlanVersion>,
    /// 下一页的 cursor；没有下一页时不写。The cursor of the next page; absent where there is none.
    next_cursor: Option<String>,
}

/// 写入草案的请求。A request to write a draft.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DraftRequest {
    /// 分配办法，不超过 1 MiB；须有 code 和 title，其余发布时才检查。The plan, at most 1 MiB; it must have code and title, and the rest is
    /// checked when it is published.
    plan: BTreeMap<String, serde_json::Value>,
}

/// 停用一个版本的请求。A request to archive a version.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ArchiveRequest {
    /// 要停用的版本号。The number of the version.
    #[schema(minimum = 1)]
    version: i64,
}

/// Whether plans that the service has made are wanted.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents the parameter that `list_plans` reads")]
pub(super) struct DerivedParameter {
    /// 也列出系统为周期派生的办法。Whether plans that the service has made for cycles are listed too.
    #[param(example = false)]
    derived: Option<bool>,
}

fn version_state() -> Object {
    let states = [(plans::DRAFT, "草案"), (plans::PUBLISHED, "已发布"), (plans::ARCHIVED, "已停用")];
    open_word("版本的状态。The state of a version.", states)
}

fn record(plan: stored::Plan) -> PlanRecord {
    let stored::Plan { id, code, title, newest_version, newest_state, revision, created_at, created_by, .. } = plan;
    PlanRecord { id, code, title, newest_version, newest_state, revision, created_at, created_by }
}

fn version(version: stored::PlanVersion) -> PlanVersion {
    let plan = Some(version.document).filter(|document| !document.is_empty());
    PlanVersion {
        plan_id: version.plan_id,
        version: version.version,
        state: version.state,
        title: version.title,
        sha256: version.sha256,
        created_at: version.created_at,
        created_by: version.created_by,
        published_at: version.published_at,
        published_by: version.published_by,
        archived_at: version.archived_at,
        archived_by: version.archived_by,
        plan: plan.and_then(|document| RawValue::from_string(document).ok()),
    }
}

fn answer(plan: stored::Plan) -> Result<Answer, Stop> {
    let revision = plan.revision;
    Ok(Answer::ok(&record(plan))?.revision(revision))
}

/// The draft of a request's body: it may have faults, but it has a code and a title.
fn draft(body: &Bytes, language: Language) -> Result<plans::Draft, Problem> {
    let json = faults::read_body(body, &["plan"], &[], language)?;
    let document = json.get("plan").unwrap_or(&Json::Null);
    if let Err(refusal) = faults::fits(body) {
        return Err(faults::problem(Kind::PlanRefused, &refusal, &json, language));
    }
    let mut fields = Fields::of(document).inside("/plan");
    if document.entries().is_none() {
        let mut fields = Fields::of(&json);
        fields.fault("plan", Code::WrongType, "object");
        fields.done(language)?;
    }
    for key in ["code", "title"] {
        if document.get(key).is_none() {
            fields.fault(key, Code::MissingKey, "text");
        }
    }
    let (code, title) = (fields.text("code", 64), fields.text("title", 1_000));
    fields.done(language)?;
    let source = std::str::from_utf8(body).unwrap_or_default();
    let span = json::span(source, "/plan").and_then(|span| source.get(span)).unwrap_or_default();
    Ok(plans::Draft { code, title, document: span.to_owned(), sha256: canonical::sha256(document) })
}

/// 列出办法。List the plans.
///
/// 列出本教育局的办法，新的在前；系统为周期接上要求而成的办法，只在 derived=true 时列出。Lists the bureau's plans, the newest first; those that the service has
/// made of others for cycles with requirements only where derived is true.
#[utoipa::path(
    operation_id = "listPlans", tag = "plans", params(DerivedParameter, PageParameters),
    responses((status = 200, description = "一页办法。A page of plans.", body = PlanPage)),
)]
#[get("/v1/plans")]
pub(super) async fn list_plans(asked: Asked) -> Result<HttpResponse, Problem> {
    let (paging, service) = (Paging::of(&asked)?, asked.service.clone());
    let derived = asked.flag("derived")?;
    let answer = asked.reads("listPlans", move |conn, caller| {
        let bureau = caller.token.bureau_id.as_str();
        let list = [if derived { "plans-and-derived" } else { "plans" }, bureau];
        let place = paging.place(&service, &list, 1)?;
        let before = place.as_ref().and_then(|place| place.first()).map(String::as_str);
        let mut plans = stored::list(conn, bureau, derived, before, paging.limit + 1)?;
        let next_cursor = paging.cut(&mut plans).then(|| next(&service, &list, &[&plans.last()?.id])).flatten();
        Answer::ok(&PlanPage { items: plans.into_iter().map(record).collect(), next_cursor })
    });
    Ok(asked.answered(answer.await?))
}

/// 新建办法。Make a plan.
///
/// 新建一个办法，其第一个版本是草案；草案可以有错误，发布时才检查。Makes a plan whose first version is a draft; a draft may
/// have faults, which are found when it is published.
#[utoipa::path(
    operation_id = "createPlan", tag = "plans",
    request_body(content = DraftRequest, description = "办法。The plan."),
    responses((status = 201, description = "新建的办法。The plan on record.", body = PlanRecord)),
)]
#[post("/v1/plans")]
pub(super) async fn create_plan(asked: Asked, payload: Payload) -> Result<HttpResponse, Problem> {
    let created = asked.acts("createPlan", About::Nothing, payload, true, |acting, body| {
        let draft = draft(body, acting.language)?;
        acting.act(|act| {
            let plan = plans::create(act, draft)?;
            let location = format!("/v1/plans/{}", plan.id);
            Ok(answer(plan)?.at(StatusCode::CREATED, location))
        })
    });
    created.await
}

/// 取办法。Get a plan.
///
/// 取一个办法；ETag 用于修改草案、发布和停用。A plan; its ETag is for writing the draft, publishing and archiving.
#[utoipa::path(
    operation_id = "getPlan", tag = "plans",
    params(("plan_id" = String, Path, description = "办法的编号。The plan's id.")),
    responses((status = 200, description = "办法。The plan.", body = PlanRecord)),
)]
#[get("/v1/plans/{plan_id}")]
pub(super) async fn get_plan(asked: Asked, plan_id: Path<String>) -> Result<HttpResponse, Problem> {
    let id = asked.id(&plan_id)?;
    let found = asked.reads("getPlan", move |conn, caller| {
        answer(stored::get(conn, &caller.token.bureau_id, &id)?.ok_or(Refused::NotFound)?)
    });
    Ok(asked.answered(found.await?))
}

/// 改写草案。Write the draft.
///
/// 整体改写草案；最新版本已发布时，即开始下一个版本。If-Match 须为办法当前的 ETag。
/// Writes the draft as a whole; where the newest version is published, that begins the next one. If-Match must be the plan's
/// current ETag.
#[utoipa::path(
    operation_id = "putPlanDraft", tag = "plans",
    params(("plan_id" = String, Path, description = "办法的编号。The plan's id.")),
    request_body(content = DraftRequest, description = "办法。The plan."),
    responses((status = 200, description = "改写后的办法。The plan as it is now.", body = PlanRecord)),
)]
#[put("/v1/plans/{plan_id}/draft")]
pub(super) async fn put_plan_draft(
    asked: Asked,
    plan_id: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let id = asked.id(&plan_id)?;
    let written = asked.acts("putPlanDraft", About::Plan(id.clone()), payload, true, move |acting, body| {
        let revisions = acting.wanted_revisions()?;
        let draft = draft(body, acting.language)?;
        acting.act(|act| answer(plans::put_draft(act, &id, revisions, draft)?))
    });
    written.await
}

/// 列出版本。List the versions of a plan.
///
/// 列出一个办法的各版本，新的在前。Lists the versions of a plan, the newest first.
#[utoipa::path(
    operation_id = "listPlanVersions", tag = "plans",
    params(("plan_id" = String, Path, description = "办法的编号。The plan's id."), PageParameters),
    responses((status = 200, description = "一页版本。A page of versions.", body = PlanVersionPage)),
)]
#[get("/v1/plans/{plan_id}/versions")]
pub(super) async fn list_plan_versions(asked: Asked, plan_id: Path<String>) -> Result<HttpResponse, Problem> {
    let (id, paging, service) = (asked.id(&plan_id)?, Paging::of(&asked)?, asked.service.clone());
    let answer = asked.reads("listPlanVersions", move |conn, caller| {
        let bureau = caller.token.bureau_id.as_str();
        stored::get(conn, bureau, &id)?.ok_or(Refused::NotFound)?;
        let list = ["versions", bureau, id.as_str()];
        let place = paging.place(&service, &list, 1)?;
        let before = place.and_then(|place| place.first()?.parse().ok());
        let mut versions = stored::versions(conn, &id, before, paging.limit + 1)?;
        let more = paging.cut(&mut versions);
        let last = versions.last().filter(|_| more).map(|last| last.version.to_string());
        let next_cursor = last.and_then(|last| next(&service, &list, &[&last]));
        Answer::ok(&PlanVersionPage { items: versions.into_iter().map(version).collect(), next_cursor })
    });
    Ok(asked.answered(answer.await?))
}

/// 取一个版本。Get a version of a plan.
///
/// 取办法的一个版本及其全文。A version of a plan with the plan itself.
#[utoipa::path(
    operation_id = "getPlanVersion", tag = "plans",
    params(
        ("plan_id" = String, Path, description = "办法的编号。The plan's id."),
        ("version" = i64, Path, description = "版本号。The number of the version."),
    ),
    responses((status = 200, description = "版本。The version.", body = PlanVersion)),
)]
#[get("/v1/plans/{plan_id}/versions/{version}")]
pub(super) async fn get_plan_version(asked: Asked, path: Path<(String, String)>) -> Result<HttpResponse, Problem> {
    let (id, number) = version_of(&asked, path)?;
    let found = asked.reads("getPlanVersion", move |conn, caller| {
        Answer::ok(&version(plans::get_version(conn, &caller.token.bureau_id, &id, number)?))
    });
    Ok(asked.answered(found.await?))
}

/// The plan and the version that a path names; what cannot be one is nothing's.
pub(super) fn version_of(asked: &Asked, path: Path<(String, String)>) -> Result<(String, i64), Problem> {
    let (plan_id, number) = path.into_inner();
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit()) && !number.starts_with('0');
    let number: Option<i64> = number.parse().ok().filter(|_| is_number);
    Ok((asked.id(&plan_id)?, number.ok_or_else(|| asked.problem(Kind::NotFound))?))
}

/// 发布草案。Publish the draft.
///
/// 检查草案并运行它自带的算例，全部通过才发布；发布后的版本不再改变。If-Match 须为办法当前的 ETag。
/// Checks the draft and runs its own examples; only where all hold it is published, and then never changes. If-Match must be
/// the plan's current ETag.
#[utoipa::path(
    operation_id = "publishPlan", tag = "plans",
    params(("plan_id" = String, Path, description = "办法的编号。The plan's id.")),
    responses((status = 200, description = "发布后的办法。The plan as it is now.", body = PlanRecord)),
)]
#[post("/v1/plans/{plan_id}/publish")]
pub(super) async fn publish_plan(
    asked: Asked,
    plan_id: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let id = asked.id(&plan_id)?;
    let published = asked.acts("publishPlan", About::Plan(id.clone()), payload, false, move |acting, _| {
        let revisions = acting.wanted_revisions()?;
        let (store, bureau) = (&acting.service.store, &acting.caller.token.bureau_id);
        let checked = plans::check_draft(store, bureau, &id, revisions)?;
        acting.act(|act| answer(plans::publish(act, &id, revisions, &checked)?))
    });
    published.await
}

/// 停用一个版本。Archive a version.
///
/// 停用一个已发布的版本：新的数据、核算和周期不能再用它，已有的不受影响；已按它开启的周期照常进行。If-Match 须为办法当前的 ETag。
/// Archives a published version: no new roster, run or cycle may use it, those that do stay as they are; cycles that were opened on it go on. If-Match must be the plan's
/// current ETag.
#[utoipa::path(
    operation_id = "archivePlan", tag = "plans",
    params(("plan_id" = String, Path, description = "办法的编号。The plan's id.")),
    request_body(content = ArchiveRequest, description = "要停用的版本。The version."),
    responses((status = 200, description = "停用后的办法。The plan as it is now.", body = PlanRecord)),
)]
#[post("/v1/plans/{plan_id}/archive")]
pub(super) async fn archive_plan(
    asked: Asked,
    plan_id: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let id = asked.id(&plan_id)?;
    let archived = asked.acts("archivePlan", About::Plan(id.clone()), payload, true, move |acting, body| {
        let revisions = acting.wanted_revisions()?;
        let json = faults::read_body(body, &["version"], &[], acting.language)?;
        let mut fields = Fields::of(&json);
        let number = fields.maybe_whole("version", (1, i64::MAX)).unwrap_or_default();
        fields.done(acting.language)?;
        acting.act(|act| answer(plans::archive(act, &id, revisions, number)?))
    });
    archived.await
}
