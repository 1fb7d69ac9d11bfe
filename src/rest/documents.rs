//! What the service says of itself: that it lives, its contract, the page for people; and the answers to what is not there.

use std::collections::BTreeMap;

use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse, get};
use utoipa::ToSchema;
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::answer::Stop;
use super::asked::{Asked, language};
use super::problem::{Kind, Problem};
use super::service::Service;
use super::{contract, metrics};
use crate::store::claims;
use crate::wire::canonical;
use crate::wire::json::{object, text};
use crate::wire::result::ENGINE;
use crate::wire::schema::open_word;

/// 服务的状态。The state of the service.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the shape that `get_health` writes")]
pub(super) struct Health {
    /// 状态。The state.
    #[schema(schema_with = health_state)]
    status: String,
    /// 计算程序的名称和版本。The engine's name and version.
    engine: String,
}

fn health_state() -> utoipa::openapi::schema::Object {
    open_word("状态。The state.", [("ok", "正常")])
}

/// OpenAPI 文档。An OpenAPI document.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents that an OpenAPI document is any object")]
pub(super) struct OpenApiDocument(BTreeMap<String, serde_json::Value>);

/// 是否在运行。Whether the service lives.
///
/// 服务在运行时回答 200。Answers 200 while the service runs.
#[utoipa::path(
    operation_id = "getHealth",
    tag = "service",
    responses(
        (status = 200, description = "服务在运行。The service runs.", body = Health,
            example = json!({"status": "ok", "engine": ENGINE})),
        (status = 406), (status = 500),
    ),
)]
#[get("/healthz")]
pub(super) async fn get_health(asked: Asked) -> HttpResponse {
    asked.json(canonical::text(&object([("status", text("ok")), ("engine", text(ENGINE))])))
}

/// 是否可以工作。Whether the service can work.
///
/// 数据库可用时回答 200，否则 503。Answers 200 while the store can be used, else 503.
#[utoipa::path(
    operation_id = "getReadiness",
    tag = "service",
    responses(
        (status = 200, description = "可以工作。It can work.", body = Health,
            example = json!({"status": "ok", "engine": ENGINE})),
        (status = 406), (status = 500), (status = 503),
    ),
)]
#[get("/readyz")]
pub(super) async fn get_readiness(asked: Asked) -> Result<HttpResponse, Problem> {
    let (service, language) = (asked.service.clone(), asked.language);
    let ready = asked.quick(move || {
        let waiting = service.store.read(claims::waiting);
        waiting.map_err(|error| Stop::from(error).problem(language))
    });
    ready.await?;
    Ok(asked.json(canonical::text(&object([("status", text("ok")), ("engine", text(ENGINE))]))))
}

/// 运行指标。The service's figures.
///
/// 供 Prometheus 读取的运行指标。Figures for Prometheus, in its text format.
#[utoipa::path(
    operation_id = "getMetrics",
    tag = "service",
    responses(
        (status = 200, description = "运行指标。The figures.", body = String, content_type = "text/plain",
            example = "# TYPE fenpei_runs_waiting gauge\nfenpei_runs_waiting 0\n"),
        (status = 500), (status = 503),
    ),
)]
#[get("/metrics")]
pub(super) async fn get_metrics(request: HttpRequest, service: Data<Service>) -> Result<HttpResponse, Problem> {
    let (shared, language) = (service.clone(), language(&request));
    let waiting = web::block(move || shared.store.read(claims::waiting)).await;
    let waiting = waiting.map_err(|_| Problem::new(Kind::Internal, language))?;
    let waiting = waiting.map_err(|error| Stop::from(error).problem(language))?;
    Ok(HttpResponse::Ok().content_type(metrics::TEXT).body(service.metrics.text(waiting)))
}

/// 接口文档（OpenAPI 3.1）。The contract as OpenAPI 3.1.
///
/// 本文档，与仓库中 openapi/openapi.json 逐字节相同。This document, byte for byte as openapi/openapi.json of the repository.
#[utoipa::path(
    operation_id = "getOpenapi",
    tag = "service",
    responses(
        (status = 200, description = "OpenAPI 3.1 文档。The OpenAPI 3.1 document.", body = OpenApiDocument,
            example = json!({"openapi": "3.1.0"})),
        (status = 406), (status = 500),
    ),
)]
#[get("/openapi.json")]
pub(super) async fn get_openapi(asked: Asked) -> HttpResponse {
    asked.json(contract::openapi_json())
}

/// 接口文档（OpenAPI 3.0）。The contract as OpenAPI 3.0.
///
/// 供只认识 3.0 的生成器使用，与仓库中 openapi/openapi-3.0.json 逐字节相同。
/// For generators that know only 3.0, byte for byte as openapi/openapi-3.0.json of the repository.
#[utoipa::path(
    operation_id = "getOpenapi30",
    tag = "service",
    responses(
        (status = 200, description = "OpenAPI 3.0 文档。The OpenAPI 3.0 document.", body = OpenApiDocument,
            example = json!({"openapi": "3.0.3"})),
        (status = 406), (status = 500),
    ),
)]
#[get("/openapi-3.0.json")]
pub(super) async fn get_openapi_3_0(asked: Asked) -> HttpResponse {
    asked.json(contract::openapi_3_0_json())
}

/// The page for people: its files are in the program, and it asks no other host for anything.
pub(super) fn page() -> SwaggerUi {
    let config = Config::new(["/openapi.json"]).validator_url("none").display_operation_id(true);
    SwaggerUi::new("/docs/{_:.*}").config(config)
}

/// The answer where no route takes the request: 405 with the methods of a path that the contract has, else 404.
pub(super) async fn elsewhere(request: HttpRequest) -> Result<HttpResponse, Problem> {
    Err(match contract::methods(request.path()) {
        Some(methods) => Problem::new(Kind::MethodNotAllowed, language(&request)).with_allow(methods),
        None => Problem::new(Kind::NotFound, language(&request)),
    })
}
