//! What a caller asks beyond the operation itself: the language, the media types, the body, the time there is.

use std::cell::RefCell;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::body::MessageBody;
use actix_web::dev::Payload;
use actix_web::http::header::{
    ACCEPT_LANGUAGE, AUTHORIZATION, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LENGTH,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName, LOCATION, VARY,
};
use actix_web::web::{self, Bytes, Data};
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, rt};

use tokio::sync::OwnedSemaphorePermit;

use super::accept;
use super::answer::Answer;
use super::caller::{Shown, shows_token};
use super::faults;
use super::gate::Gate;
use super::logs::RequestId;
use super::problem::{Kind, Problem};
use super::service::{PAGE, Service, Turn};
use crate::plan::{Code, Language};
use crate::wire::json::{object, text};

/// A request that accepts JSON. Every handler begins with it.
pub(super) struct Asked {
    /// The language of messages.
    pub(super) language: Language,
    /// The service that is asked.
    pub(super) service: Data<Service>,
    request: HttpRequest,
    deadline: Instant,
    /// The memory that its body takes.
    memory: RefCell<Option<OwnedSemaphorePermit>>,
}

impl FromRequest for Asked {
    type Error = Problem;
    type Future = Ready<Result<Asked, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(if accept::wanted(request, accept::JSON) > 0 {
            Asked::of(request)
        } else {
            Err(Problem::new(Kind::NotAcceptable, language(request)))
        })
    }
}

/// A request that accepts JSON or HTML, and whether it likes HTML better.
pub(super) struct AskedForPage(pub(super) Asked, pub(super) bool);

impl FromRequest for AskedForPage {
    type Error = Problem;
    type Future = Ready<Result<AskedForPage, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let (json, html) = (accept::wanted(request, accept::JSON), accept::wanted(request, accept::HTML));
        ready(if json.max(html) > 0 {
            Asked::of(request).map(|asked| AskedForPage(asked, html > json))
        } else {
            Err(Problem::new(Kind::NotAcceptable, language(request)))
        })
    }
}

/// A request for a file whose media type it accepts.
pub(super) struct AskedForFile(pub(super) Asked);

impl FromRequest for AskedForFile {
    type Error = Problem;
    type Future = Ready<Result<AskedForFile, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(if accept::wanted(request, accept::of_file(request.path())) > 0 {
            Asked::of(request).map(AskedForFile)
        } else {
            Err(Problem::new(Kind::NotAcceptable, language(request)))
        })
    }
}

impl Asked {
    /// A request, whatever media types it accepts.
    pub(super) fn of(request: &HttpRequest) -> Result<Asked, Problem> {
        let language = language(request);
        let service = request.app_data::<Data<Service>>().ok_or_else(|| Problem::new(Kind::Internal, language))?;
        let now = Instant::now();
        let deadline = now.checked_add(service.limits.time).unwrap_or(now);
        let (service, request, memory) = (service.clone(), request.clone(), RefCell::default());
        shows_token(Asked { language, service, request, deadline, memory })
    }

    /// A problem in the caller's language.
    pub(super) fn problem(&self, kind: Kind) -> Problem {
        Problem::new(kind, self.language)
    }

    /// A query parameter; none where it is absent.
    pub(super) fn parameter(&self, name: &str) -> Result<Option<String>, Problem> {
        let pairs = web::Query::<Vec<(String, String)>>::from_query(self.request.query_string());
        let pairs = pairs.map_err(|_| self.bad_parameter(name, "UTF-8, no control character"))?.into_inner();
        let mut values = pairs.into_iter().filter(|(key, _)| key == name).map(|(_, value)| value);
        match (values.next(), values.next()) {
            (Some(value), None) if value.chars().any(char::is_control) => {
                Err(self.bad_parameter(name, "UTF-8, no control character"))
            }
            (value, None) => Ok(value),
            _ => Err(self.bad_parameter(name, "1")),
        }
    }

    /// The problem of a query parameter.
    pub(super) fn bad_parameter(&self, name: &str, wanted: &str) -> Problem {
        bad_parameter(name, wanted, self.language)
    }

    /// A query parameter that is one of these words.
    pub(super) fn one_of(&self, name: &str, words: &[&str]) -> Result<Option<String>, Problem> {
        let value = self.parameter(name)?;
        let is_known = value.as_deref().is_none_or(|value| words.contains(&value));
        if is_known { Ok(value) } else { Err(self.bad_parameter(name, &words.join(" | "))) }
    }

    /// A query parameter that is the id of something on record.
    pub(super) fn id_parameter(&self, name: &str) -> Result<Option<String>, Problem> {
        let value = self.parameter(name)?;
        if value.as_deref().is_none_or(is_id) { Ok(value) } else { Err(self.bad_parameter(name, "UUID")) }
    }

    /// A query parameter that is a flag; false where it is absent.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Problem> {
        match self.parameter(name)?.as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(self.bad_parameter(name, "true | false")),
        }
    }

    /// A query parameter that is a whole number in these bounds.
    pub(super) fn whole(&self, name: &str, (least, most): (i64, i64)) -> Result<Option<i64>, Problem> {
        let Some(value) = self.parameter(name)? else { return Ok(None) };
        let digits = value.bytes().all(|byte| byte.is_ascii_digit());
        let number = value.parse().ok().filter(|number| digits && (least..=most).contains(number));
        number.map(Some).ok_or_else(|| self.bad_parameter(name, &format!("{least}–{most}")))
    }

    /// A header, if it is there and is text.
    pub(super) fn header(&self, name: &HeaderName) -> Option<&str> {
        header(&self.request, name)
    }

    /// All lines of a header as one list; where it cannot be read, a list of nothing. None where it is not there.
    pub(super) fn list(&self, name: &HeaderName) -> Option<String> {
        self.request.headers().contains_key(name).then(|| list(&self.request, name).unwrap_or_default())
    }

    /// The method and the path with its query, as they were sent.
    pub(super) fn line(&self) -> String {
        format!("{} {}", self.request.method(), self.request.uri())
    }

    /// The id of the request.
    pub(super) fn request_id(&self) -> Option<String> {
        self.request.extensions().get::<RequestId>().map(|id| id.0.clone())
    }

    /// What the caller shows: a token, and from where.
    pub(super) fn shown(&self) -> Shown {
        let bearer = self.header(&AUTHORIZATION).and_then(|value| value.split_once(' '));
        let bearer = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        Shown {
            token: bearer.map(|(_, token)| token.trim().to_owned()),
            counts: true,
            address: Gate::address(self.request.peer_addr().map(|address| address.ip())),
            language: self.language,
        }
    }

    /// Lets a request without a token pass, if its address has not sent too many.
    pub(super) fn passes(&self) -> Result<(), Problem> {
        let address = self.shown().address;
        let passes = self.service.gate.passes(&address);
        passes.map_err(|seconds| self.problem(Kind::TooManyRequests).with_retry_after(seconds))
    }

    /// The body of a request that needs none: nothing, or JSON.
    pub(super) async fn no_body(&self, payload: web::Payload, most: usize) -> Result<Bytes, Problem> {
        let body = self.read(payload, most).await?;
        if !body.is_empty() {
            self.is_json()?;
        }
        Ok(body)
    }

    /// The whole body, which must be JSON by its media type.
    pub(super) async fn body(&self, payload: web::Payload, most: usize) -> Result<Bytes, Problem> {
        self.is_json()?;
        self.read(payload, most).await
    }

    fn is_json(&self) -> Result<(), Problem> {
        if is_json(&self.request) { Ok(()) } else { Err(self.problem(Kind::UnsupportedMediaType)) }
    }

    /// The request itself.
    pub(super) fn request(&self) -> &HttpRequest {
        &self.request
    }

    /// Waits for the memory of a body of at most `most` bytes.
    pub(super) async fn room_for_body(&self, most: usize) -> Result<(), Problem> {
        let declared = self.header(&CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
        if declared.is_some_and(|length| length > most) {
            return Err(self.problem(Kind::BodyTooLarge));
        }
        // All bodies together have so much memory; it is free again when the request is answered.
        let size = declared.unwrap_or(most);
        let pages = u32::try_from(size.div_ceil(PAGE)).unwrap_or(u32::MAX);
        let memory = Arc::clone(&self.service.memory).acquire_many_owned(pages);
        match rt::time::timeout(self.left(), memory).await {
            Ok(Ok(memory)) => drop(self.memory.replace(Some(memory))),
            Ok(Err(_)) => return Err(self.problem(Kind::Internal)),
            Err(_) => return Err(self.problem(Kind::TimedOut)),
        }
        Ok(())
    }

    async fn read(&self, payload: web::Payload, most: usize) -> Result<Bytes, Problem> {
        self.room_for_body(most).await?;
        match rt::time::timeout(self.left(), payload.to_bytes_limited(most)).await {
            Ok(Ok(Ok(body))) => Ok(body),
            Ok(Ok(Err(broken))) => Err(faults::unread(Code::BadJson, &broken.to_string(), self.language)),
            Ok(Err(_)) => Err(self.problem(Kind::BodyTooLarge)),
            Err(_) => Err(self.problem(Kind::TimedOut)),
        }
    }

    /// Until when it may take.
    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// The time that is left.
    pub(super) fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// The outcome of work that takes its time, done apart from the threads that answer, so much of it at once, and for
    /// each token only a part of that.
    pub(super) async fn worked<T: Send + 'static>(
        &self,
        token: Option<&str>,
        work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let own = match token {
            Some(token) => {
                let own = Turn::take(&self.service, token);
                Some(own.ok_or_else(|| self.problem(Kind::TooManyRequests).with_retry_after(1))?)
            }
            None => None,
        };
        let room = Arc::clone(&self.service.heavy).acquire_owned();
        let room = match rt::time::timeout(self.left(), room).await {
            Ok(Ok(room)) => room,
            Ok(Err(_)) => return Err(self.problem(Kind::Internal)),
            Err(_) => return Err(self.problem(Kind::TimedOut)),
        };
        self.quick(move || {
            let done = work();
            // The room is free when the work is done, also where nobody waits for it any more.
            drop((room, own));
            done
        })
        .await
    }

    /// The outcome of work that is quickly done, apart from the threads that answer.
    pub(super) async fn quick<T: Send + 'static>(
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

    /// The id that a path names; what cannot be one is nothing's.
    pub(super) fn id(&self, id: &str) -> Result<String, Problem> {
        if is_id(id) { Ok(id.to_owned()) } else { Err(self.problem(Kind::NotFound)) }
    }

    /// An answer about what is on record: nobody on the way keeps it.
    pub(super) fn answered(&self, answer: Answer) -> HttpResponse {
        let mut response = HttpResponse::build(answer.status);
        response.content_type("application/json");
        response.insert_header((CONTENT_LANGUAGE, tag(self.language)));
        response.insert_header((VARY, "Accept, Accept-Language, Authorization"));
        response.insert_header((CACHE_CONTROL, "no-store"));
        if let Some(etag) = answer.etag {
            response.insert_header((ETAG, etag));
        }
        if let Some(location) = answer.location {
            response.insert_header((LOCATION, location));
        }
        if answer.is_replay {
            response.insert_header(("Idempotency-Replayed", "true"));
        }
        response.body(answer.body)
    }

    /// An answer about what is on record as an HTML page, which may fetch nothing and run nothing.
    pub(super) fn page(&self, html: impl MessageBody + 'static) -> HttpResponse {
        HttpResponse::Ok()
            .content_type("text/html; charset=utf-8")
            .insert_header((CONTENT_LANGUAGE, tag(self.language)))
            .insert_header((VARY, "Accept, Accept-Language, Authorization"))
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"))
            .body(html)
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

/// Whether a text can be the id of something on record.
fn is_id(id: &str) -> bool {
    id.len() == 36 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-'))
}

/// The problem of a query parameter.
pub(super) fn bad_parameter(name: &str, wanted: &str, language: Language) -> Problem {
    let message = match language {
        Language::Chinese => format!("参数 {name} 有误，应为：{wanted}。"),
        Language::English => format!("The parameter {name} is wrong; it should be: {wanted}."),
    };
    let error = object([("code", text("bad_value")), ("parameter", text(name)), ("message", text(&message))]);
    Problem::new(Kind::BadParameter, language).with_errors(vec![error], 1)
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
pub(super) fn list(request: &HttpRequest, name: &HeaderName) -> Option<String> {
    let lines = request.headers().get_all(name).filter_map(|line| line.to_str().ok());
    let list = lines.collect::<Vec<&str>>().join(",").to_ascii_lowercase();
    (!list.trim().is_empty()).then_some(list)
}

/// Whether the body is not compressed.
pub(super) fn is_plain(request: &HttpRequest) -> bool {
    list(request, &CONTENT_ENCODING).is_none_or(|encodings| encodings == "identity")
}

/// Whether the body is JSON in UTF-8, not compressed. Parameters other than the character set mean nothing to us.
fn is_json(request: &HttpRequest) -> bool {
    let Some(kind) = list(request, &CONTENT_TYPE) else { return false };
    let (kind, parameters) = kind.split_once(';').unwrap_or((kind.as_str(), ""));
    let mut charsets = parameters.split(';').filter_map(|parameter| parameter.trim().strip_prefix("charset="));
    is_plain(request)
        && kind.trim() == "application/json"
        && charsets.all(|charset| charset.trim_matches('"') == "utf-8")
}
