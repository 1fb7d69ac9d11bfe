//! What has happened, for those who follow it: `/v1/events`.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use actix_web::{HttpResponse, get, rt};
use utoipa::openapi::schema::Object;
use utoipa::{IntoParams, ToSchema};

use super::answer::Answer;
use super::asked::Asked;
use super::cursor::{opened, sealed};
use super::problem::{Kind, Problem};
use crate::record::people::Caller;
use crate::record::states::STATES;
use crate::record::{cycles, events, objections};
use crate::store::Conn;
use crate::store::objections::OPEN;
use crate::wire::json::{Json, object, text};
use crate::wire::schema::open_word;

/// After how long a request that waits first looks again; then after twice as long each time.
const LOOK: Duration = Duration::from_millis(5);
/// The longest that it looks away.
const LOOK_AWAY: Duration = Duration::from_millis(200);
/// How many events a page has where nobody says, and at most.
const USUAL: i64 = 100;
/// See [`USUAL`].
const MOST: i64 = 500;

/// 事件：发生了什么，不含任何人的金额和姓名；推送的正文与此相同。An event: what has happened, without anybody's pay or name. What
/// webhook endpoints are sent is the same.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the shape that `events::told` writes")]
pub(super) struct Event {
    /// 编号；同一事件再次送达时不变。Its id: the same each time that the event is sent.
    id: String,
    /// 类型。Its type.
    #[schema(rename = "type", schema_with = kind)]
    kind: String,
    /// 发生的时间。When it happened.
    timestamp: String,
    /// 对象。What it is about.
    data: EventData,
}

/// 事件的对象。What an event is about.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the shape that `events::told` writes")]
pub(super) struct EventData {
    /// 序号，从 1 起，逐一递增，后发生的较大。Its number in the bureau's feed, from 1, without gaps: what came later has a larger one.
    #[schema(minimum = 1)]
    place: i64,
    /// 对象的种类。What kind of thing.
    #[schema(schema_with = object_kind)]
    object: String,
    /// 对象的编号。The id of it.
    object_id: String,
    /// 异议所属的核算。The run that an objection is about.
    run_id: Option<String>,
    /// 办法的版本。The version of a plan.
    #[schema(minimum = 1)]
    version: Option<i64>,
    /// 对象当时的状态。The state that it then had.
    #[schema(schema_with = state)]
    state: Option<String>,
}

/// 一页事件。A page of events.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the shape that `list_events` writes")]
pub(super) struct EventPage {
    /// 各事件，旧的在前。The events, the oldest first.
    items: Vec<Event>,
    /// 下次读取的起点，写入 after；总是写出，没有事件时也是。Where to go on: the next after. It is always there, also where there is no
    /// event.
    cursor: String,
}

/// Where the feed is read, and how long to wait.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents the parameters that `list_events` reads")]
struct EventParameters {
    /// 上次回答的 cursor；从头读取时不写。The cursor of the answer before; absent to read from the beginning.
    #[param(example = json!(""))]
    after: Option<String>,
    /// 最多几个事件，1～500，默认 100。How many events at most, 1-500; 100 unless told.
    #[param(minimum = 1, maximum = 500, example = 100)]
    limit: Option<i32>,
    /// 没有新事件时最多等待几秒，0～30。For how many seconds to wait where there is no new event, 0-30.
    #[param(minimum = 0, maximum = 30, example = 30)]
    wait: Option<i32>,
    /// 只要这些类型，以逗号分隔。Only these types, with commas between them.
    #[param(example = "run.released,run.withdrawn")]
    types: Option<String>,
}

/// The words of the types.
pub(super) fn kind() -> Object {
    let kinds = events::KINDS.iter().map(|(kind, label)| (kind.as_str(), label.as_str()));
    open_word("类型。Its type.", kinds)
}

fn object_kind() -> Object {
    open_word(
        "对象的种类。What kind of thing.",
        [("plan", "办法"), ("roster", "数据"), ("run", "核算"), ("cycle", "周期"), ("objection", "异议")],
    )
}

fn state() -> Object {
    let of_plans = [("published", "已发布"), ("archived", "已归档")];
    // A word that two kinds of things have is said once.
    let both = [(OPEN, "周期进行中，异议待处理")];
    let others = cycles::STATES.into_iter().chain(objections::STATES).filter(|(state, _)| *state != OPEN);
    let states = of_plans.into_iter().chain(both).chain(others).chain(STATES);
    open_word("对象当时的状态。The state that it then had.", states)
}

/// The types that a request wants; none: all.
fn kinds(asked: &Asked) -> Result<Option<Vec<String>>, Problem> {
    let Some(words) = asked.parameter("types")? else { return Ok(None) };
    let words: Vec<String> = words.split(',').map(str::to_owned).collect();
    if words.iter().all(|word| events::is_kind(word)) {
        return Ok(Some(words));
    }
    let known: Vec<&str> = events::KINDS.iter().map(|(kind, _)| kind.as_str()).collect();
    Err(asked.bad_parameter("types", &known.join(",")))
}

/// 读取事件。Read the events.
///
/// 读取 after 之后的事件，旧的在前：已提交的每一变化都有事件，与变化在同一事务中写入，读者不会漏掉。wait 使没有新事件的请求等待。工资系统
/// 只看到发放，会计只看到本校数据和核算的事件。Reads the events after a cursor, the oldest first. Each change that is committed has its event,
/// written in the same transaction, and a reader misses none. With wait a request waits where there is no new one. A payroll system sees releases, an
/// accountant what becomes of the own schools' rosters and runs.
#[utoipa::path(
    operation_id = "listEvents", tag = "events", params(EventParameters),
    responses((status = 200, description = "一页事件。A page of events.", body = EventPage)),
)]
#[get("/v1/events")]
pub(super) async fn list_events(asked: Asked) -> Result<HttpResponse, Problem> {
    let (limit, kinds) = (asked.whole("limit", (1, MOST))?.unwrap_or(USUAL), kinds(&asked)?);
    let after = asked.parameter("after")?.filter(|after| !after.is_empty());
    let wait = asked.whole("wait", (0, 30))?.unwrap_or_default();
    let until = Instant::now().checked_add(Duration::from_secs(wait.unsigned_abs()));
    let mut look = LOOK;
    loop {
        let (service, language) = (asked.service.clone(), asked.language);
        let (kinds, after) = (kinds.clone(), after.clone());
        let read = move |conn: &mut Conn, caller: &Caller| {
            let (key, list) = (&service.cursor_key, ["events", &caller.token.bureau_id]);
            let place = match &after {
                None => Some(0),
                Some(after) => opened(key, &list, after).and_then(|place| place.first()?.parse().ok()),
            };
            let place = place.ok_or_else(|| Problem::new(Kind::BadCursor, language))?;
            let (events, reached) = events::page(conn, caller, kinds.as_deref(), place, limit)?;
            let cursor = sealed(key, &list, &[&reached.to_string()]).unwrap_or_default();
            let items = Json::List(events.iter().map(events::told).collect());
            let answer = Answer::json(&object([("items", items), ("cursor", text(&cursor))]));
            Ok((events.is_empty(), answer))
        };
        let (is_empty, answer) = if look == LOOK {
            asked.reads("listEvents", read).await?
        } else {
            asked.reads_again("listEvents", read).await?
        };
        let is_over = until.is_none_or(|until| Instant::now() >= until);
        if !is_empty || is_over || asked.service.ending.load(Ordering::SeqCst) {
            return Ok(asked.answered(answer));
        }
        rt::time::sleep(look).await;
        look = look.saturating_mul(2).min(LOOK_AWAY);
    }
}
