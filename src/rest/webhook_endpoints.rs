//! Where a bureau's events are sent: `/v1/webhook-endpoints`.

use actix_web::http::StatusCode;
use actix_web::web::{Path, Payload};
use actix_web::{HttpResponse, delete, get, post, put};
use serde::Serialize;
use serde_with::skip_serializing_none;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Array, ArrayBuilder, Object, ObjectBuilder, Type};

use super::answer::{Answer, Stop};
use super::asked::Asked;
use super::caller::{About, Acting};
use super::events::kind;
use super::faults::{self, Fields};
use super::paging::{PageParameters, Paging, next};
use super::problem::Problem;
use crate::plan::Code;
use crate::record::deliverer::REASONS;
use crate::record::events::{KINDS, is_kind};
use crate::record::webhooks::{self, Wanted};
use crate::store::webhooks::{self as stored, DISABLED, ENABLED};
use crate::webhook::{MOST_URL, may_be_sent_to};
use crate::wire::json::Json;
use crate::wire::schema::open_word;

/// The most types that an endpoint names.
const MOST_TYPES: usize = 100;

/// 接收端：事件推送到哪里。A webhook endpoint: where events are sent.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct WebhookEndpoint {
    /// 编号。Its id.
    id: String,
    /// 推送的地址。Where events are sent.
    url: String,
    /// 标题。A title for people.
    title: Option<String>,
    /// 要哪些类型；不写则全部。Which types it wants; all where it is absent.
    #[schema(schema_with = kinds)]
    types: Option<Vec<String>>,
    /// 状态。Its state.
    #[schema(schema_with = state)]
    state: String,
    /// 服务将其停用的原因。Why the service has disabled it.
    #[schema(schema_with = reason)]
    disabled_because: Option<String>,
    /// 从何时起没有一次送达。Since when nothing has been delivered, though it was tried.
    failing_since: Option<String>,
    /// 修改次数，即 ETag。How often it was changed: its ETag.
    revision: i64,
    /// 创建时间。When it was made.
    created_at: String,
    /// 创建人。By whom.
    created_by: String,
    /// 最近一次修改的时间。When it was last changed.
    changed_at: String,
    /// 签名密钥，只在新建和更换时写出这一次，重试时也不再写出。The secret that signs: shown this once, when it is made, and not when the
    /// request is sent again.
    secret: Option<String>,
}

/// 一页接收端。A page of webhook endpoints.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct WebhookEndpointPage {
    /// 各接收端，新的在前。The endpoints, the newest first.
    items: Vec<WebhookEndpoint>,
    /// 下一页的 cursor；没有下一页时不写。The cursor of the next page; absent where there is none.
    next_cursor: Option<String>,
}

/// 接收端的内容。What an endpoint is to be.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhookEndpointRequest {
    /// 推送的地址：https，不含用户名和密码，不是内网地址；本服务允许内网时也可以是 http 和内网地址。Where to send: https, without a name and
    /// password, no private address; http and private addresses where the service allows them.
    #[schema(min_length = 1, max_length = 1000)]
    url: String,
    /// 标题。A title for people.
    #[schema(min_length = 1, max_length = 200)]
    title: Option<String>,
    /// 要哪些类型；不写则全部。Which types; all where it is absent.
    #[schema(schema_with = kinds_wanted)]
    types: Option<Vec<String>>,
    /// 状态：enabled（默认）推送，disabled 不推送。Its state: enabled (the default), or disabled: nothing is sent.
    #[schema(schema_with = state_wanted)]
    state: Option<String>,
}

fn kinds() -> Array {
    ArrayBuilder::new().items(kind()).description(Some("类型。The types.")).build()
}

fn kinds_wanted() -> Array {
    let words: Vec<&str> = KINDS.iter().map(|(kind, _)| kind.as_str()).collect();
    let one = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words));
    let list = ArrayBuilder::new().items(one).min_items(Some(1)).max_items(Some(MOST_TYPES));
    list.description(Some("类型。The types.")).build()
}

fn state() -> Object {
    open_word("状态。Its state.", [(ENABLED, "推送"), (DISABLED, "停用")])
}

fn state_wanted() -> Object {
    let words = Some([ENABLED, DISABLED]);
    ObjectBuilder::new().schema_type(Type::String).description(Some("状态。Its state.")).enum_values(words).build()
}

fn reason() -> Object {
    open_word("停用的原因。Why it was disabled.", REASONS)
}

fn record(endpoint: stored::Endpoint, secret: Option<String>) -> WebhookEndpoint {
    WebhookEndpoint {
        types: endpoint.kinds.map(|kinds| kinds.split(',').map(str::to_owned).collect()),
        id: endpoint.id,
        url: endpoint.url,
        title: endpoint.title,
        state: endpoint.state,
        disabled_because: endpoint.disabled_because,
        failing_since: endpoint.failing_since,
        revision: endpoint.revision,
        created_at: endpoint.created_at,
        created_by: endpoint.created_by,
        changed_at: endpoint.changed_at,
        secret,
    }
}

fn answer(endpoint: stored::Endpoint) -> Result<Answer, Stop> {
    let revision = endpoint.revision;
    Ok(Answer::ok(&record(endpoint, None))?.revision(revision))
}

/// The same with a secret that is shown this once: what is kept, and what is shown.
fn answer_and_secret((endpoint, secret): (stored::Endpoint, String)) -> Result<(Answer, Option<String>), Stop> {
    let shown = Answer::ok(&record(endpoint.clone(), Some(secret)))?.body;
    Ok((answer(endpoint)?, Some(shown)))
}

/// What an endpoint is to be, with all faults at once.
fn read(acting: &Acting, body: &Json<'_>) -> Result<Wanted, Problem> {
    let mut fields = Fields::of(body);
    let (url, title) = (fields.text("url", MOST_URL), fields.maybe_text("title", 200));
    let private = acting.service.limits.private_webhooks;
    if !url.is_empty() && !may_be_sent_to(&url, private) {
        fields.fault("url", Code::BadValue, if private { "https://… | http://…" } else { "https://…, 公网 public" });
    }
    let kinds = fields.words("types", MOST_TYPES);
    let is_empty = body.get("types").and_then(Json::items).is_some_and(<[Json<'_>]>::is_empty);
    if is_empty || !kinds.iter().all(|word| is_kind(word)) {
        let known: Vec<&str> = KINDS.iter().map(|(kind, _)| kind.as_str()).collect();
        fields.fault("types", Code::BadValue, &known.join(" | "));
    }
    let state = fields.maybe_word("state");
    if state.as_deref().is_some_and(|state| state != ENABLED && state != DISABLED) {
        fields.fault("state", Code::BadValue, &format!("{ENABLED} | {DISABLED}"));
    }
    fields.done(acting.language)?;
    let kinds = Some(kinds.join(",")).filter(|kinds| !kinds.is_empty());
    Ok(Wanted { url, title, kinds, enabled: state.as_deref() != Some(DISABLED) })
}

/// The keys of a body that need not be there.
const OPTIONAL: [&str; 3] = ["title", "types", "state"];

/// 列出接收端。List the webhook endpoints.
///
/// 列出本教育局的接收端，新的在前，不含密钥。Lists the bureau's webhook endpoints without their secrets, the newest first.
#[utoipa::path(
    operation_id = "listWebhookEndpoints", tag = "events", params(PageParameters),
    responses((status = 200, description = "一页接收端。A page of webhook endpoints.", body = WebhookEndpointPage)),
)]
#[get("/v1/webhook-endpoints")]
pub(super) async fn list_webhook_endpoints(asked: Asked) -> Result<HttpResponse, Problem> {
    let (paging, service) = (Paging::of(&asked)?, asked.service.clone());
    let answer = asked.reads("listWebhookEndpoints", move |conn, caller| {
        let bureau = caller.token.bureau_id.as_str();
        let list = ["webhook_endpoints", bureau];
        let place = paging.place(&service, &list, 1)?;
        let before = place.as_ref().and_then(|place| place.first()).map(String::as_str);
        let mut endpoints = stored::list(conn, bureau, before, paging.limit + 1)?;
        let next_cursor = paging.cut(&mut endpoints).then(|| next(&service, &list, &[&endpoints.last()?.id])).flatten();
        let items = endpoints.into_iter().map(|endpoint| record(endpoint, None)).collect();
        Answer::ok(&WebhookEndpointPage { items, next_cursor })
    });
    Ok(asked.answered(answer.await?))
}

/// 新建接收端。Make a webhook endpoint.
///
/// 此后的事件以 POST 推送到这个地址，按 Standard Webhooks 签名（webhook-id、webhook-timestamp、webhook-signature），正文是一个 Event。
/// 回答 2xx 即为送达；否则间隔逐次加长地重试，共 10 次，约 3 天；同一对象的事件按先后送达。送达至少一次，请以 webhook-id 去重。
/// Events from now on are sent there by POST, each an Event, signed as Standard Webhooks says (webhook-id, webhook-timestamp,
/// webhook-signature). An answer of 2xx takes it; else it is sent again after longer and longer pauses, 10 times in about three days. Events of
/// one object come in their order. Each comes at least once: tell them apart by webhook-id.
#[utoipa::path(
    operation_id = "createWebhookEndpoint", tag = "events",
    request_body(content = WebhookEndpointRequest, description = "接收端的内容。What it is to be."),
    responses((status = 201, description = "新建的接收端，含密钥。The endpoint with its secret.", body = WebhookEndpoint)),
)]
#[post("/v1/webhook-endpoints")]
pub(super) async fn create_webhook_endpoint(asked: Asked, payload: Payload) -> Result<HttpResponse, Problem> {
    let created = asked.acts("createWebhookEndpoint", About::Nothing, payload, true, |acting, body| {
        let json = faults::read_body(body, &["url"], &OPTIONAL, acting.language)?;
        let wanted = read(acting, &json)?;
        acting.act_and_show(|act| {
            let made = webhooks::create(act, wanted)?;
            let location = format!("/v1/webhook-endpoints/{}", made.0.id);
            let (kept, shown) = answer_and_secret(made)?;
            Ok((kept.at(StatusCode::CREATED, location), shown))
        })
    });
    created.await
}

/// 取接收端。Get a webhook endpoint.
///
/// 取一个接收端，不含密钥；ETag 用于修改。A webhook endpoint without its secret; its ETag is for changing it.
#[utoipa::path(
    operation_id = "getWebhookEndpoint", tag = "events",
    params(("endpoint_id" = String, Path, description = "接收端的编号。The endpoint's id.")),
    responses((status = 200, description = "接收端。The endpoint.", body = WebhookEndpoint)),
)]
#[get("/v1/webhook-endpoints/{endpoint_id}")]
pub(super) async fn get_webhook_endpoint(asked: Asked, endpoint_id: Path<String>) -> Result<HttpResponse, Problem> {
    let id = asked.id(&endpoint_id)?;
    let found = asked
        .reads("getWebhookEndpoint", move |conn, caller| answer(webhooks::get(conn, &caller.token.bureau_id, &id)?));
    Ok(asked.answered(found.await?))
}

/// 修改接收端。Change a webhook endpoint.
///
/// 整体改写接收端；停用时取消等待推送的事件，启用后只推送此后的事件，错过的可从 /v1/events 读取。Writes an endpoint over as a whole. Where it is
/// disabled, what waits is cancelled; enabled again, it gets what happens from then on. What it missed is in /v1/events.
#[utoipa::path(
    operation_id = "putWebhookEndpoint", tag = "events",
    params(("endpoint_id" = String, Path, description = "接收端的编号。The endpoint's id.")),
    request_body(content = WebhookEndpointRequest, description = "接收端的内容。What it is to be."),
    responses((status = 200, description = "修改后的接收端。The endpoint as it is now.", body = WebhookEndpoint)),
)]
#[put("/v1/webhook-endpoints/{endpoint_id}")]
pub(super) async fn put_webhook_endpoint(
    asked: Asked,
    endpoint_id: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let id = asked.id(&endpoint_id)?;
    let about = About::WebhookEndpoint(id.clone());
    let written = asked.acts("putWebhookEndpoint", about, payload, true, move |acting, body| {
        let revisions = acting.wanted_revisions()?;
        let json = faults::read_body(body, &["url"], &OPTIONAL, acting.language)?;
        let wanted = read(acting, &json)?;
        acting.act(|act| answer(webhooks::put(act, &id, revisions, wanted)?))
    });
    written.await
}

/// 删除接收端。Delete a webhook endpoint.
///
/// 删除一个接收端，连同密钥和投递记录；不再推送。Deletes an endpoint with its secrets and deliveries; nothing more is sent to it.
#[utoipa::path(
    operation_id = "deleteWebhookEndpoint", tag = "events",
    params(("endpoint_id" = String, Path, description = "接收端的编号。The endpoint's id.")),
    responses((status = 200, description = "删除的接收端。The endpoint as it was.", body = WebhookEndpoint)),
)]
#[delete("/v1/webhook-endpoints/{endpoint_id}")]
pub(super) async fn delete_webhook_endpoint(
    asked: Asked,
    endpoint_id: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let id = asked.id(&endpoint_id)?;
    let about = About::WebhookEndpoint(id.clone());
    let deleted = asked.acts("deleteWebhookEndpoint", about, payload, false, move |acting, _| {
        acting.act(|act| answer(webhooks::delete(act, &id, acting.revisions.as_deref())?))
    });
    deleted.await
}

/// 更换签名密钥。Rotate the secret of a webhook endpoint.
///
/// 生成新的密钥；此后 24 小时内，原来的密钥也一同签名，接收方可在此期间更换。Makes a new secret; for 24 hours the one before signs beside it, so
/// that the receiver can change over meanwhile.
#[utoipa::path(
    operation_id = "rotateWebhookSecret", tag = "events",
    params(("endpoint_id" = String, Path, description = "接收端的编号。The endpoint's id.")),
    responses((status = 200, description = "接收端，含新密钥。The endpoint with its new secret.", body = WebhookEndpoint)),
)]
#[post("/v1/webhook-endpoints/{endpoint_id}/rotate-secret")]
pub(super) async fn rotate_webhook_secret(
    asked: Asked,
    endpoint_id: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let id = asked.id(&endpoint_id)?;
    let about = About::WebhookEndpoint(id.clone());
    let rotated = asked.acts("rotateWebhookSecret", about, payload, false, move |acting, _| {
        acting.act_and_show(|act| answer_and_secret(webhooks::rotate(act, &id)?))
    });
    rotated.await
}
