//! Operations that will go. Their answers say since when nobody should begin to use them (`Deprecation`, RFC 9745) and from when
//! on they may be gone (`Sunset`, RFC 8594); the contract marks them.

use std::time::{Duration, UNIX_EPOCH};

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue, HttpDate, TryIntoHeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use serde_json::{Value, json};

use super::service::Service;

/// An operation that will go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deprecated {
    /// Its method, in capital letters.
    pub method: &'static str,
    /// Its path as the contract writes it.
    pub path: &'static str,
    /// Since when, in seconds since 1970.
    pub since: u64,
    /// From when on it may be gone, in seconds since 1970.
    pub sunset: u64,
}

/// The operations that will go: none now.
pub(super) const NOW: [Deprecated; 0] = [];

const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
const SUNSET: HeaderName = HeaderName::from_static("sunset");

/// Notes on each answer of an operation that it will go.
pub(super) async fn noted(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let service = request.app_data::<Data<Service>>().cloned();
    let mut answer = next.call(request).await?;
    let known = service.as_ref().map_or(&[][..], |service| &service.limits.deprecated);
    let (method, path) = (answer.request().method().as_str(), answer.request().match_pattern());
    let goes = |one: &&Deprecated| one.method == method && path.as_deref() == Some(one.path);
    if let Some(one) = known.iter().find(goes).copied() {
        let sunset = HttpDate::from(UNIX_EPOCH + Duration::from_secs(one.sunset)).try_into_value();
        let values = [(DEPRECATION, HeaderValue::from_str(&format!("@{}", one.since)).ok()), (SUNSET, sunset.ok())];
        for (name, value) in values.into_iter().filter_map(|(name, value)| Some((name, value?))) {
            answer.headers_mut().insert(name, value);
        }
    }
    Ok(answer)
}

/// The document with these operations marked; one that it does not have is left out.
pub fn deprecating(mut document: Value, known: &[Deprecated]) -> Value {
    for one in known {
        let operation = document.pointer_mut(&format!(
            "/paths/{}/{}",
            one.path.replace('~', "~0").replace('/', "~1"),
            one.method.to_lowercase()
        ));
        if let Some(Value::Object(operation)) = operation {
            operation.insert("deprecated".to_owned(), json!(true));
        }
    }
    document
}
