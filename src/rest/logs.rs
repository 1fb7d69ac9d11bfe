//! One line of JSON for every request: method, path template, status, duration, request id. Never a body, a query, an
//! address, or a path as it was asked for, which could hold the id of a person.

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage};
use tracing_subscriber::EnvFilter;

use super::service::Service;

/// The id of a request.
pub(super) struct RequestId(pub(super) String);

/// The filter where `RUST_LOG` says nothing. What is no HTTP at all is not worth a line.
const FILTER: &str = "warn,fenpei=info,actix_http=off";

/// The methods that a log names; any other word of a caller stays out of it.
const METHODS: [Method; 7] =
    [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::PATCH, Method::HEAD, Method::OPTIONS];

/// Starts the logs, on the standard error output, unless somebody has.
pub(super) fn start() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(FILTER));
    let logs = tracing_subscriber::fmt().json().flatten_event(true).with_env_filter(filter).with_writer(io::stderr);
    // Where logs have been started, those go on.
    logs.try_init().unwrap_or_default();
}

/// Answers a request and writes its line.
pub(super) async fn logged(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let (started, id) = (Instant::now(), request_id());
    let method = METHODS.iter().find(|method| *method == request.method()).map_or("other", Method::as_str);
    let metrics = request.app_data::<Data<Service>>().cloned();
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut answer = next.call(request).await?;
    let path = answer.request().match_pattern().unwrap_or_else(|| "none".to_owned());
    let microseconds = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    tracing::info!(request_id = %id, method, path, status = answer.status().as_u16(), microseconds, "request");
    if let Some(service) = metrics {
        service.metrics.count(method, &path, answer.status(), started.elapsed());
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        answer.headers_mut().insert(HeaderName::from_static("x-request-id"), id);
    }
    Ok(answer)
}

/// Answers HEAD as GET (RFC 9110 §9.3.2); the server then leaves the body out.
pub(super) async fn head_as_get(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    next.call(request).await
}

/// An id that no other request has: the number of the request, hashed with a seed of this process.
fn request_id() -> String {
    static SEED: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("{:016x}", SEED.hash_one(COUNT.fetch_add(1, Ordering::Relaxed)))
}
