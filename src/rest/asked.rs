//! What a caller asks beyond the operation itself: the language, the media types, the body, the time there is.

use std::future::{Ready, ready};
use std::time::{Duration, Instant};

use actix_web::dev::Payload;
use actix_web::http::header::{
    ACCEPT, ACCEPT_LANGUAGE, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, VARY,
};
use actix_web::web::{self, Bytes, Data};
use actix_web::{FromRequest, HttpRequest, HttpResponse, rt};

use super::faults;
use super::limits::Limits;
use super::problem::{Kind, Problem};
use crate::plan::{Code, Language};

/// A request that accepts JSON. Every handler begins with it.
pub(super) struct Asked {
    /// The language of messages.
    pub(super) language: Language,
    request: HttpRequest,
    limits: Data<Limits>,
    deadline: Instant,
}

impl FromRequest for Asked {
    type Error = Problem;
    type Future = Ready<Result<Asked, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let language = language(request);
        let limits = request.app_data::<Data<Limits>>().cloned().unwrap_or_else(|| Data::new(Limits::default()));
        ready(if accepts_json(request) {
            let now = Instant::now();
            let deadline = now.checked_add(limits.time).unwrap_or(now);
            Ok(Asked { language, request: request.clone(), limits, deadline })
        } else {
            Err(Problem::new(Kind::NotAcceptable, language))
        })
    }
}

impl Asked {
    /// A problem in the caller's language.
    pub(super) fn problem(&self, kind: Kind) -> Problem {
        Problem::new(kind, self.language)
    }

    /// A query parameter that is a flag; false where it is absent.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Problem> {
        let pairs = web::Query::<Vec<(String, String)>>::from_query(self.request.query_string());
        let pairs = pairs.map_err(|_| self.problem(Kind::BadParameter))?.into_inner();
        let mut values = pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        match (values.next(), values.next()) {
            (None | Some("false"), None) => Ok(false),
            (Some("true"), None) => Ok(true),
            _ => Err(self.problem(Kind::BadParameter)),
        }
    }

    /// The whole body, which must be JSON by its media type.
    pub(super) async fn body(&self, payload: web::Payload) -> Result<Bytes, Problem> {
        if !is_json(&self.request) {
            return Err(self.problem(Kind::UnsupportedMediaType));
        }
        let declared = header(&self.request, &CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
        if declared.is_some_and(|length| length > self.limits.body) {
            return Err(self.problem(Kind::BodyTooLarge));
        }
        match rt::time::timeout(self.left(), payload.to_bytes_limited(self.limits.body)).await {
            Ok(Ok(Ok(body))) => Ok(body),
            Ok(Ok(Err(broken))) => Err(faults::unread(Code::BadJson, &broken.to_string(), self.language)),
            Ok(Err(_)) => Err(self.problem(Kind::BodyTooLarge)),
            Err(_) => Err(self.problem(Kind::TimedOut)),
        }
    }

    /// The time that is left.
    fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// The outcome of work that takes its time, done apart from the threads that answer.
    pub(super) async fn worked<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let (deadline, language) = (self.deadline, self.language);
        let worked = web::block(move || {
            // Work that has waited too long is not begun: nobody waits for it any more.
            if Instant::now() > deadline { Err(Problem::new(Kind::TimedOut, language)) } else { work() }
        });
        match rt::time::timeout(self.left(), worked).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => {
                tracing::error!("work was broken off");
                Err(self.problem(Kind::Internal))
            }
            Err(_) => Err(self.problem(Kind::TimedOut)),
        }
    }

    /// An answer in JSON.
    pub(super) fn json(&self, body: impl Into<Bytes>) -> HttpResponse {
        HttpResponse::Ok()
            .content_type("application/json")
            .insert_header((CONTENT_LANGUAGE, tag(self.language)))
            .insert_header((VARY, "Accept, Accept-Language"))
            .body(body.into())
    }
}

/// The language that a request wants.
pub(super) fn language(request: &HttpRequest) -> Language {
    header(request, &ACCEPT_LANGUAGE).and_then(Language::parse).unwrap_or_default()
}

/// The tag of a language.
pub(super) fn tag(language: Language) -> &'static str {
    match language {
        Language::Chinese => "zh",
        Language::English => "en",
    }
}

fn header<'r>(request: &'r HttpRequest, name: &HeaderName) -> Option<&'r str> {
    request.headers().get(name)?.to_str().ok()
}

/// All lines of a header as one list (RFC 9110 §5.3), in lower case; none where there is no word in it.
fn list(request: &HttpRequest, name: &HeaderName) -> Option<String> {
    let lines = request.headers().get_all(name).filter_map(|line| line.to_str().ok());
    let list = lines.collect::<Vec<&str>>().join(",").to_ascii_lowercase();
    (!list.trim().is_empty()).then_some(list)
}

/// Whether one of the ranges of `Accept` admits JSON; the most specific range that does decides.
fn accepts_json(request: &HttpRequest) -> bool {
    let Some(accept) = list(request, &ACCEPT) else { return true };
    let ranges = accept.split(',').filter_map(|range| {
        let (range, parameters) = range.split_once(';').unwrap_or((range, ""));
        let specific = ["*/*", "application/*", "application/json"].iter().position(|json| range.trim() == *json)?;
        let quality = parameters.split(';').find_map(|parameter| parameter.trim().strip_prefix("q="));
        let refused = quality.is_some_and(|quality| quality.chars().all(|digit| matches!(digit, '0' | '.')));
        Some((specific, !refused))
    });
    ranges.max().is_some_and(|(_, accepted)| accepted)
}

/// Whether the body is JSON in UTF-8, not compressed. Parameters other than the character set mean nothing to us.
fn is_json(request: &HttpRequest) -> bool {
    let plain = list(request, &CONTENT_ENCODING).is_none_or(|encodings| encodings == "identity");
    let Some(kind) = list(request, &CONTENT_TYPE) else { return false };
    let (kind, parameters) = kind.split_once(';').unwrap_or((kind.as_str(), ""));
    let mut charsets = parameters.split(';').filter_map(|parameter| parameter.trim().strip_prefix("charset="));
    plain && kind.trim() == "application/json" && charsets.all(|charset| charset.trim_matches('"') == "utf-8")
}
