//! Rosters on record: `/v1/rosters`.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::web::{Path, Payload};
use actix_web::{HttpResponse, get, post};
use serde::Serialize;
use serde_with::skip_serializing_none;
use utoipa::{IntoParams, ToSchema};

use super::answer::{Answer, Stop};
use super::asked::{Asked, bad_parameter};
use super::caller::{About, Acting};
use super::faults::{self, Fields};
use super::paging::{PageParameters, Paging, next};
use super::problem::{Kind, Problem};
use crate::plan::Code;
use crate::record::{Refused, rosters, rows};
use crate::store::rosters as stored;
use crate::wire::json::{Json, object};
use crate::wire::schema::{DataRow, PlanData, RowId, Sha256};

/// 一份备案的数据：某一办法版本的数据，不再改变。A roster: data of a plan version on record, which never change.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct Roster {
    /// 编号。Its id.
    id: String,
    /// 办法的编号。The plan's id.
    plan_id: String,
    /// 办法的版本号。The number of the plan's version.
    version: i64,
    /// 标题。A title for people.
    title: Option<String>,
    /// 所更正的数据的编号。The id of the roster that it revises.
    revises: Option<String>,
    /// 数据规范化后的 SHA-256。SHA-256 of the data as read.
    #[schema(value_type = Sha256)]
    data_sha256: String,
    /// 各层的行数，按层的名称。How many rows each level has, by its name.
    counts: BTreeMap<String, i64>,
    /// 创建时间。When it was made.
    created_at: String,
    /// 创建人。By whom.
    created_by: String,
}

/// 一页数据。A page of rosters.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct RosterPage {
    /// 各份数据，新的在前。The rosters, the newest first.
    items: Vec<Roster>,
    /// 下一页的 cursor；没有下一页时不写。The cursor of the next page; absent where there is none.
    next_cursor: Option<String>,
}

/// 新建数据的请求。A request to make a roster.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RosterRequest {
    /// 办法的编号。The plan's id.
    plan_id: String,
    /// 办法的版本号，须已发布。The number of the plan's version, which must be published.
    #[schema(minimum = 1)]
    version: i64,
    /// 标题。A title for people.
    #[schema(min_length = 1, max_length = 200)]
    title: Option<String>,
    /// 数据。The data.
    data: PlanData,
}

/// 更正数据的请求：设定和删除的行。A request to revise a roster: rows to set and to remove.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RevisionRequest {
    /// 各层要设定的行，按层的名称：替换编号相同的行，或者新增。Rows to set, by level: they take the place of those with their ids, or are new.
    set: Option<PlanData>,
    /// 各层要删除的行的编号，按层的名称。The ids of rows to remove, by level.
    remove: Option<BTreeMap<String, Vec<RowId>>>,
}

/// 一页数据行。A page of rows of a roster.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the shape that `row_page` writes")]
pub(super) struct RosterRowPage {
    /// 各行，先按学校、再按编号排列。The rows, by school, then by id.
    items: Vec<DataRow>,
    /// 下一页的 cursor；没有下一页时不写。The cursor of the next page; absent where there is none.
    next_cursor: Option<String>,
}

/// The filter of the list of rosters.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents a parameter that the handler reads")]
struct RosterFilter {
    /// 只列出这个办法的数据。Only rosters of this plan.
    plan_id: Option<String>,
}

/// The level of a list of rows.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents a parameter that the handlers read")]
pub(super) struct LevelParameter {
    /// 层的名称。The name of a level.
    level: String,
}

pub(super) fn record(roster: stored::Roster) -> Roster {
    Roster {
        id: roster.id,
        plan_id: roster.plan_id,
        version: roster.version,
        title: roster.title,
        revises: roster.revises,
        data_sha256: roster.sha256,
        counts: serde_json::from_str(&roster.counts).unwrap_or_default(),
        created_at: roster.created_at,
        created_by: roster.created_by,
    }
}

fn created(roster: stored::Roster) -> Result<Answer, Stop> {
    let location = format!("/v1/rosters/{}", roster.id);
    Ok(Answer::ok(&record(roster))?.at(StatusCode::CREATED, location))
}

/// 列出数据。List the rosters.
///
/// 列出可以查看的数据，新的在前。Lists the rosters that the caller may see, the newest first.
#[utoipa::path(
    operation_id = "listRosters", tag = "rosters", params(RosterFilter, PageParameters),
    responses((status = 200, description = "一页数据。A page of rosters.", body = RosterPage)),
)]
#[get("/v1/rosters")]
pub(super) async fn list_rosters(asked: Asked) -> Result<HttpResponse, Problem> {
    let (paging, plan, service) = (Paging::of(&asked)?, asked.id_parameter("plan_id")?, asked.service.clone());
    let answer = asked.reads("listRosters", move |conn, caller| {
        let bureau = caller.token.bureau_id.as_str();
        let list = ["rosters", bureau, plan.as_deref().unwrap_or_default()];
        let place = paging.place(&service, &list, 1)?;
        let before = place.as_ref().and_then(|place| place.first()).map(String::as_str);
        let mut rosters = stored::list(conn, bureau, caller.scope(), plan.as_deref(), before, paging.limit + 1)?;
        let next_cursor = paging.cut(&mut rosters).then(|| next(&service, &list, &[&rosters.last()?.id])).flatten();
        Answer::ok(&RosterPage { items: rosters.into_iter().map(record).collect(), next_cursor })
    });
    Ok(asked.answered(answer.await?))
}

/// 新建数据。Make a roster.
///
/// 按已发布的办法版本检查数据并备案；有误时一次报告全部错误，不保存任何内容。会计的数据只能属于本人的学校。
/// Checks data by a published version of a plan and puts them on record; all faults are reported at once, and then nothing is
/// kept. An accountant's data belong to the own schools only.
#[utoipa::path(
    operation_id = "createRoster", tag = "rosters",
    request_body(content = RosterRequest, description = "办法的版本和数据。The plan's version and the data."),
    responses((status = 201, description = "备案的数据。The roster.", body = Roster)),
)]
#[post("/v1/rosters")]
pub(super) async fn create_roster(asked: Asked, payload: Payload) -> Result<HttpResponse, Problem> {
    let answer = asked.acts("createRoster", About::Nothing, payload, true, |acting, body| {
        let json = faults::read_body(body, &["plan_id", "version", "data"], &["title"], acting.language)?;
        let mut fields = Fields::of(&json);
        let plan_id = fields.text("plan_id", 64);
        let version = fields.maybe_whole("version", (1, i64::MAX)).unwrap_or_default();
        let title = fields.maybe_text("title", 200);
        fields.done(acting.language)?;
        let data = faults::data_of(&json);
        let bureau = &acting.caller.token.bureau_id;
        let prepared = rosters::prepare(&acting.service.store, bureau, (&plan_id, version), title, data);
        put(acting, &json, "data", prepared)
    });
    answer.await
}

/// Puts what has been read on record; faults of data are told with their places in the body.
fn put(
    acting: &Acting,
    body: &Json<'_>,
    key: &'static str,
    prepared: Result<rosters::Prepared, Refused>,
) -> Result<Answer, Stop> {
    let prepared = prepared.map_err(|refused| match refused {
        Refused::Data(refusal) => {
            Stop::from(faults::problem_at(key, Kind::DataRefused, &refusal, body, acting.language))
        }
        refused => refused.into(),
    })?;
    acting.act(|act| created(rosters::add(act, &acting.caller, prepared)?))
}

/// 取数据。Get a roster.
///
/// 取一份数据的概要；各行另行列出。What a roster is; its rows are listed by themselves.
#[utoipa::path(
    operation_id = "getRoster", tag = "rosters",
    params(("roster_id" = String, Path, description = "数据的编号。The roster's id.")),
    responses((status = 200, description = "数据。The roster.", body = Roster)),
)]
#[get("/v1/rosters/{roster_id}")]
pub(super) async fn get_roster(asked: Asked, roster_id: Path<String>) -> Result<HttpResponse, Problem> {
    let id = asked.id(&roster_id)?;
    let found = asked.reads("getRoster", move |conn, caller| Answer::ok(&record(rosters::get(conn, caller, &id)?)));
    Ok(asked.answered(found.await?))
}

/// 列出数据的行。List the rows of a roster.
///
/// 列出一层的各行，按办法读取的样子：默认值已填入。Lists the rows of a level as the plan reads them: with defaults filled in.
#[utoipa::path(
    operation_id = "listRosterRows", tag = "rosters",
    params(("roster_id" = String, Path, description = "数据的编号。The roster's id."), LevelParameter, PageParameters),
    responses((status = 200, description = "一页行。A page of rows.", body = RosterRowPage)),
)]
#[get("/v1/rosters/{roster_id}/rows")]
pub(super) async fn list_roster_rows(asked: Asked, roster_id: Path<String>) -> Result<HttpResponse, Problem> {
    let (id, paging, service) = (asked.id(&roster_id)?, Paging::of(&asked)?, asked.service.clone());
    let (wanted, language) = (asked.parameter("level")?, asked.language);
    let page = asked.reads("listRosterRows", move |conn, caller| {
        let roster = record(rosters::get(conn, caller, &id)?);
        let level = wanted.filter(|level| roster.counts.contains_key(level)).ok_or_else(|| {
            let levels: Vec<&str> = roster.counts.keys().map(String::as_str).collect();
            bad_parameter("level", &levels.join(" | "), language)
        })?;
        let list = ["rows", caller.token.bureau_id.as_str(), id.as_str(), level.as_str()];
        let place = paging.place(&service, &list, 2)?.unwrap_or_default();
        let mut place = place.into_iter();
        let after = (place.next().unwrap_or_default(), place.next().unwrap_or_default());
        let limit = usize::try_from(paging.limit).unwrap_or_default();
        let page = rows::page(conn, &id, &level, after, limit, &["id", "parent", "name", "facts"])?;
        let cursor = page.next.as_ref().and_then(|(school, row)| next(&service, &list, &[school, row]));
        Ok(row_page(&page.rows, cursor))
    });
    Ok(asked.answered(page.await?))
}

/// A page of rows that are JSON already.
pub(super) fn row_page(rows: &[String], next_cursor: Option<String>) -> Answer {
    let cursor = next_cursor.map(|cursor| format!(",\"next_cursor\":\"{cursor}\"")).unwrap_or_default();
    let body = format!("{{\"items\":[{}]{cursor}}}", rows.join(","));
    Answer::of(body)
}

/// 更正数据。Revise a roster.
///
/// 在一份数据上设定和删除若干行，得到一份新的数据，原来的不变。Sets and removes rows of a roster, which gives a new one; the
/// old one stays as it is.
#[utoipa::path(
    operation_id = "reviseRoster", tag = "rosters",
    params(("roster_id" = String, Path, description = "数据的编号。The roster's id.")),
    request_body(content = RevisionRequest, description = "设定和删除的行。The rows to set and to remove."),
    responses((status = 201, description = "新的数据。The new roster.", body = Roster)),
)]
#[post("/v1/rosters/{roster_id}/revisions")]
pub(super) async fn revise_roster(
    asked: Asked,
    roster_id: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let id = asked.id(&roster_id)?;
    let answer = asked.acts("reviseRoster", About::Roster(id.clone()), payload, true, move |acting, body| {
        let json = faults::read_body(body, &[], &["set", "remove"], acting.language)?;
        let nothing = object([]);
        let changes = rosters::Changes {
            set: json.get("set").unwrap_or(&nothing),
            remove: json.get("remove").unwrap_or(&nothing),
        };
        let mut fields = Fields::of(&json);
        let lists_of_texts = |json: &Json<'_>| {
            let all_texts = |ids: &Json<'_>| ids.items().is_some_and(|ids| ids.iter().all(|id| id.text().is_some()));
            json.entries().is_some_and(|levels| levels.iter().all(|(_, ids)| all_texts(ids)))
        };
        let lists = |json: &Json<'_>| {
            json.entries().is_some_and(|levels| levels.iter().all(|(_, rows)| rows.items().is_some()))
        };
        if !lists(changes.set) {
            fields.fault("set", Code::WrongType, "{level: [row]}");
        }
        if !lists_of_texts(changes.remove) {
            fields.fault("remove", Code::WrongType, "{level: [id]}");
        }
        fields.done(acting.language)?;
        let store = &acting.service.store;
        let roster = store.read(|conn| rosters::get(conn, &acting.caller, &id))?;
        put(acting, &json, "set", rosters::prepare_revision(store, &roster, &changes))
    });
    answer.await
}
