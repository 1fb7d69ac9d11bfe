//! What the service says of itself: that it lives, its contract, the page for people; and the answers to what is not there.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, get};
use utoipa::ToSchema;
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::asked::{Asked, language};
use super::contract;
use super::problem::{Kind, Problem};
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

/// 接口文档（OpenAPI 3.1）。The contract as OpenAPI 3.1.
///
/// 本文档，与仓库中 openapi/openapi.json 逐字节相同。This document, byte for byte as openapi/openapi.json of the repository.
#[utoipa::path(
    operation_id = "getOpenapi",
    tag = "service",
    responses(
        (status = 200, description = "OpenAPI 3.1 文档。The OpenAPI 3.1 document.", body = OpenApiDocument,
            examples(("served" = (
                summary = "所提供的文档。The document as served.", external_value = "/openapi.json",
            )))),
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
            examples(("served" = (
                summary = "所提供的文档。The document as served.", external_value = "/openapi-3.0.json",
            )))),
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
