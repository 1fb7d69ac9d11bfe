//! What came of sending a bureau's events: `/v1/webhook-endpoints/{endpoint_id}/deliveries`.

use actix_web::web::{Path, Payload};
use actix_web::{HttpResponse, get, post};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_with::skip_serializing_none;
use utoipa::openapi::schema::Object;
use utoipa::{IntoParams, ToSchema};

use super::answer::{Answer, Stop};
use super::asked::Asked;
use super::caller::About;
use super::events::Event;
use super::paging::{PageParameters, Paging, next};
use super::problem::Problem;
use crate::record::{events, webhooks};
use crate::store::deliveries::{self as stored, CANCELLED, DELIVERED, GIVEN_UP, WAITING};
use crate::store::{self, Conn};
use crate::webhook::FAILURES;
use crate::wire::canonical;
use crate::wire::schema::open_word;

/// How many attempts of a delivery are told.
const TOLD: i64 = 20;

/// The states of a delivery with their names for people.
const STATES: [(&str, &str); 4] =
    [(WAITING, "等待投递"), (DELIVERED, "已送达"), (GIVEN_UP, "已放弃"), (CANCELLED, "已取消")];

/// 一次投递：一个事件推送到一个接收端。A delivery: an event for an endpoint.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct WebhookDelivery {
    /// 编号，即事件的编号，也就是请求头 webhook-id。Its id: that of its event, which is the header webhook-id.
    id: String,
    /// 状态。Its state.
    #[schema(schema_with = state)]
    state: String,
    /// 事件。The event.
    #[schema(value_type = Event)]
    event: Box<RawValue>,
    /// 各次推送，新的在前，最多 20 次。What came of sending it, the last first, at most 20 of them.
    attempts: Vec<WebhookAttempt>,
    /// 下次推送的时间；同一对象先发生的事件仍在等待时更晚。When it is sent next; later where an event of the same object that came before waits.
    next_attempt_at: Option<String>,
    /// 送达、放弃或取消的时间。When it was delivered, given up or cancelled.
    ended_at: Option<String>,
}

/// 一次推送。Sending it once.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct WebhookAttempt {
    /// 第几次，从 1 起。Its number, from 1.
    number: i64,
    /// 时间。When.
    at: String,
    /// 接收方回答的状态码；没有回答时不写。The status of the answer; absent where there was none.
    status: Option<i64>,
    /// 没有回答的原因。Why there was no answer.
    #[schema(schema_with = error)]
    error: Option<String>,
    /// 用时，毫秒。How long it took, in milliseconds.
    milliseconds: i64,
}

/// 一页投递。A page of deliveries.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct WebhookDeliveryPage {
    /// 各次投递，新的在前。The deliveries, the newest first.
    items: Vec<WebhookDelivery>,
    /// 下一页的 cursor；没有下一页时不写。The cursor of the next page; absent where there is none.
    next_cursor: Option<String>,
}

/// The filter of the list of deliveries.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents a parameter that the handler reads")]
struct DeliveryParameters {
    /// 只列出处于这个状态的投递。Only deliveries in this state.
    #[param(example = "given_up")]
    state: Option<String>,
}

fn state() -> Object {
    open_word("状态。Its state.", STATES)
}

fn error() -> Object {
    open_word("没有回答的原因。Why there was no answer.", FAILURES.map(|(_, word, label)| (word, label)))
}

fn record(conn: &mut Conn, delivery: stored::Delivery) -> Result<WebhookDelivery, Stop> {
    let event = canonical::text(&events::told(&stored::event(conn, &delivery)?));
    let attempts = stored::attempts(conn, &delivery, TOLD)?.into_iter().map(|attempt| WebhookAttempt {
        number: attempt.number,
        at: attempt.at,
        status: attempt.status,
        error: attempt.error,
        milliseconds: attempt.milliseconds,
    });
    Ok(WebhookDelivery {
        attempts: attempts.collect(),
        id: delivery.event_id,
        state: delivery.state,
        event: RawValue::from_string(event).map_err(|error| store::Error::Broken(error.to_string()))?,
        next_attempt_at: delivery.next_at,
        ended_at: delivery.ended_at,
    })
}

/// 列出投递。List the deliveries of a webhook endpoint.
///
/// 列出推送到一个接收端的事件和各次推送的结果，新的在前；已结束的保留 30 天。Lists the events for an endpoint and what came of sending them,
/// the newest first; those that have ended are kept for 30 days.
#[utoipa::path(
    operation_id = "listWebhookDeliveries", tag = "events",
    params(("endpoint_id" = String, Path, description = "接收端的编号。The endpoint's id."), DeliveryParameters, PageParameters),
    responses((status = 200, description = "一页投递。A page of deliveries.", body = WebhookDeliveryPage)),
)]
#[get("/v1/webhook-endpoints/{endpoint_id}/deliveries")]
pub(super) async fn list_webhook_deliveries(asked: Asked, endpoint_id: Path<String>) -> Result<HttpResponse, Problem> {
    let (id, paging, service) = (asked.id(&endpoint_id)?, Paging::of(&asked)?, asked.service.clone());
    let state = asked.one_of("state", &STATES.map(|(state, _)| state))?;
    let answer = asked.reads("listWebhookDeliveries", move |conn, caller| {
        webhooks::get(conn, &caller.token.bureau_id, &id)?;
        let list = ["webhook_deliveries", &id, state.as_deref().unwrap_or_default()];
        let place = paging.place(&service, &list, 1)?;
        let before = place.and_then(|place| place.first()?.parse().ok());
        let mut deliveries = stored::list(conn, &id, state.as_deref(), before, paging.limit + 1)?;
        let more = paging.cut(&mut deliveries);
        let last = deliveries.last().filter(|_| more).map(|last| last.place.to_string());
        let next_cursor = last.and_then(|last| next(&service, &list, &[&last]));
        let items = deliveries.into_iter().map(|delivery| record(conn, delivery)).collect::<Result<_, Stop>>()?;
        Answer::ok(&WebhookDeliveryPage { items, next_cursor })
    });
    Ok(asked.answered(answer.await?))
}

/// 重新投递。Deliver an event again.
///
/// 再次推送一个事件，webhook-id 不变，重试从头计；等待重试的立即推送。已停用的接收端拒绝。Sends an event again, with the same webhook-id and all its
/// tries; one that waits for its next try, now. Refused where the endpoint is disabled.
#[utoipa::path(
    operation_id = "redeliverWebhook", tag = "events",
    params(
        ("endpoint_id" = String, Path, description = "接收端的编号。The endpoint's id."),
        ("delivery_id" = String, Path, description = "投递的编号，即事件的编号。The delivery's id, which is its event's."),
    ),
    responses((status = 200, description = "等待投递的投递。The delivery, which waits.", body = WebhookDelivery)),
)]
#[post("/v1/webhook-endpoints/{endpoint_id}/deliveries/{delivery_id}/redeliver")]
pub(super) async fn redeliver_webhook(
    asked: Asked,
    path: Path<(String, String)>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let (endpoint, delivery) = (asked.id(&path.0)?, asked.id(&path.1)?);
    let about = About::WebhookEndpoint(endpoint.clone());
    let wanted = asked.acts("redeliverWebhook", about, payload, false, move |acting, _| {
        acting.act(|act| {
            let again = webhooks::redeliver(act, &endpoint, &delivery)?;
            Answer::ok(&record(act.conn, again)?)
        })
    });
    wanted.await
}
