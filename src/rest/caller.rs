//! Who asks, what they may do, and the two ways of asking: to read, and to act.

use actix_web::web::{Bytes, Data, Payload};
use actix_web::{HttpResponse, http::header::IF_MATCH};

use super::access;
use super::answer::{Answer, Stop};
use super::asked::Asked;
use super::contract;
use super::faults;
use super::parts::{Part, parts_sha256};
use super::problem::{Kind, Problem};
use super::service::Service;
use crate::plan::{Language, MOST_BYTES};
use crate::record::people::{self, Caller};
use crate::record::{Act, Actor, Refused, act, cycles, distributions, rosters, runs};
use crate::store::idempotency::{self, Replay};
use crate::store::people::{is_good_token, token};
use crate::store::{Conn, now, payroll_profiles, plans, webhooks};
use crate::wire::canonical;

/// Operations that take their time, whatever their bodies are: they wait for room as calculations do.
const HEAVY: [&str; 7] =
    ["publishPlan", "createRoster", "reviseRoster", "importRoster", "openCycle", "createCycleRun", "createAdjustment"];
/// The operations whose bodies hold data.
const DATA: [&str; 3] = ["createRoster", "reviseRoster", "createCycleRun"];
/// The operations whose bodies hold a plan.
const PLAN: [&str; 3] = ["createPlan", "putPlanDraft", "openCycle"];
/// The most bytes of a body with a plan: the plan's own limit, and as much again for how it may be written.
pub(super) const PLAN_BODY: usize = 2 * MOST_BYTES;
/// The most bytes of any other body.
const SMALL_BODY: usize = 64 << 10;

/// What an operation is about: somebody who may not see it is not told that it is there.
#[derive(Debug, Clone)]
pub(super) enum About {
    /// Nothing that is there already.
    Nothing,
    /// The plan of this id.
    Plan(String),
    /// The roster of this id.
    Roster(String),
    /// The run of this id.
    Run(String),
    /// The cycle of this id.
    Cycle(String),
    /// The school of a cycle, by both ids.
    CycleSchool(String, String),
    /// The token of this id.
    Token(String),
    /// The payroll profile of this name.
    PayrollProfile(String),
    /// The webhook endpoint of this id.
    WebhookEndpoint(String),
}

impl About {
    /// Whether the caller sees it.
    fn is_seen(&self, conn: &mut Conn, caller: &Caller) -> Result<(), Refused> {
        let bureau = &caller.token.bureau_id;
        let is_there = match self {
            About::Nothing => true,
            About::Plan(id) => plans::get(conn, bureau, id)?.is_some(),
            About::Token(id) => token(conn, bureau, id)?.is_some(),
            About::WebhookEndpoint(id) => webhooks::get(conn, bureau, id)?.is_some(),
            About::PayrollProfile(name) => payroll_profiles::get(conn, bureau, name)?.is_some(),
            About::Roster(id) => return rosters::get(conn, caller, id).map(drop),
            About::Cycle(id) => return cycles::get(conn, caller, id).map(drop),
            About::CycleSchool(id, school) => return distributions::school(conn, caller, id, school).map(drop),
            About::Run(id) => return runs::get(conn, caller, id).map(drop),
        };
        if is_there { Ok(()) } else { Err(Refused::NotFound) }
    }
}

/// What a caller shows of itself.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    pub(super) token: Option<String>,
    pub(super) address: String,
    pub(super) language: Language,
    /// Whether the request is counted: a request that looks again and again is one.
    pub(super) counts: bool,
}

impl Shown {
    /// Who it is, if it may do this operation on what it is about.
    fn known(&self, conn: &mut Conn, service: &Service, operation: &str, about: &About) -> Result<Caller, Stop> {
        let told = |kind| Problem::new(kind, self.language);
        let passes = |who: &str| {
            let passes = if self.counts { service.gate.passes(who) } else { Ok(()) };
            passes.map_err(|seconds| told(Kind::TooManyRequests).with_retry_after(seconds))
        };
        let caller = match &self.token {
            Some(token) => people::caller(conn, token)?,
            None => None,
        };
        let Some(caller) = caller else {
            passes(&self.address)?;
            return Err(told(Kind::Unauthorized).into());
        };
        passes(&caller.token.id)?;
        let access = access::of(operation).ok_or_else(|| told(Kind::Internal))?;
        if !access.sees.contains(&caller.role) {
            return Err(told(Kind::NotFound).into());
        }
        about.is_seen(conn, &caller)?;
        if access.does.contains(&caller.role) { Ok(caller) } else { Err(told(Kind::Forbidden).into()) }
    }
}

/// Who shows no token where one is needed is told so, before whatever else is wrong with the request.
pub(super) fn shows_token(asked: Asked) -> Result<Asked, Problem> {
    let is_closed = || asked.request().match_pattern().is_some_and(|path| contract::wants_token(&path));
    if asked.shown().token.is_none() && is_closed() {
        asked.passes()?;
        return Err(asked.problem(Kind::Unauthorized));
    }
    Ok(asked)
}

/// An act that is under way.
pub(super) struct Acting {
    pub(super) service: Data<Service>,
    pub(super) caller: Caller,
    pub(super) language: Language,
    /// The revisions that `If-Match` names.
    pub(super) revisions: Option<Vec<i64>>,
    actor: Actor,
    /// The key under which the answer is kept, and the fingerprint of the request.
    kept_under: Option<(String, String)>,
}

impl Acting {
    /// A problem in the caller's language.
    pub(super) fn problem(&self, kind: Kind) -> Problem {
        Problem::new(kind, self.language)
    }

    /// The revisions of which the caller has read one.
    pub(super) fn wanted_revisions(&self) -> Result<&[i64], Problem> {
        self.revisions.as_deref().ok_or_else(|| self.problem(Kind::NoIfMatch))
    }

    /// Acts, and keeps the answer with what was done.
    pub(super) fn act(&self, work: impl FnOnce(&mut Act<'_>) -> Result<Answer, Stop>) -> Result<Answer, Stop> {
        self.act_and_show(|act| work(act).map(|answer| (answer, None)))
    }

    /// The same, with something shown this once that the kept answer does not hold.
    pub(super) fn act_and_show(
        &self,
        work: impl FnOnce(&mut Act<'_>) -> Result<(Answer, Option<String>), Stop>,
    ) -> Result<Answer, Stop> {
        act(&self.service.store, &self.actor, |act| {
            // The body may have taken its time: the token must be good now that it acts.
            if !is_good_token(act.conn, &self.caller.token.id)? {
                return Err(self.problem(Kind::Unauthorized).into());
            }
            if let Some(answer) = self.replayed(act.conn)? {
                return Ok(answer);
            }
            let (answer, shown) = work(act)?;
            if let Some((key, request_sha256)) = &self.kept_under {
                let replay = Replay {
                    token_id: self.caller.token.id.clone(),
                    key: key.clone(),
                    request_sha256: request_sha256.clone(),
                    status: i64::from(answer.status.as_u16()),
                    body: answer.body.clone(),
                    etag: answer.etag.clone(),
                    location: answer.location.clone(),
                    created_at: now(),
                };
                idempotency::keep(act.conn, &replay)?;
            }
            Ok(Answer { body: shown.unwrap_or(answer.body), ..answer })
        })
    }

    /// The answer that was given under this key.
    fn replayed(&self, conn: &mut Conn) -> Result<Option<Answer>, Stop> {
        let Some((key, request_sha256)) = &self.kept_under else { return Ok(None) };
        let Some(replay) = idempotency::find(conn, &self.caller.token.id, key)? else { return Ok(None) };
        if replay.request_sha256 != *request_sha256 {
            return Err(self.problem(Kind::KeyReused).into());
        }
        let status = u16::try_from(replay.status).ok().and_then(|status| status.try_into().ok());
        let status = status.ok_or_else(|| self.problem(Kind::Internal))?;
        let Replay { body, etag, location, .. } = replay;
        Ok(Some(Answer { status, body, etag, location, is_replay: true }))
    }
}

/// Notes, however it ends, that a request under a key is no longer being answered.
struct Landing {
    service: Data<Service>,
    token: String,
    key: String,
}

impl Drop for Landing {
    fn drop(&mut self) {
        self.service.lands(&self.token, &self.key);
    }
}

impl Asked {
    /// What an operation reads, in one state of the store.
    pub(super) async fn reads<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&mut Conn, &Caller) -> Result<T, Stop> + Send + 'static,
    ) -> Result<T, Problem> {
        self.reads_about(operation, About::Nothing, work).await
    }

    /// The same again: looking once more is no further request.
    pub(super) async fn reads_again<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&mut Conn, &Caller) -> Result<T, Stop> + Send + 'static,
    ) -> Result<T, Problem> {
        self.read_as(Shown { counts: false, ..self.shown() }, operation, About::Nothing, work).await
    }

    async fn reads_about<T: Send + 'static>(
        &self,
        operation: &'static str,
        about: About,
        work: impl FnOnce(&mut Conn, &Caller) -> Result<T, Stop> + Send + 'static,
    ) -> Result<T, Problem> {
        let shown = self.shown();
        if !shown.token.as_deref().is_some_and(people::is_token) {
            // What is no token at all does not reach the store.
            self.passes()?;
            return Err(self.problem(Kind::Unauthorized));
        }
        self.read_as(shown, operation, about, work).await
    }

    async fn read_as<T: Send + 'static>(
        &self,
        shown: Shown,
        operation: &'static str,
        about: About,
        work: impl FnOnce(&mut Conn, &Caller) -> Result<T, Stop> + Send + 'static,
    ) -> Result<T, Problem> {
        let (service, language) = (self.service.clone(), self.language);
        self.quick(move || {
            let read = service.store.read(|conn| {
                let caller = shown.known(conn, &service, operation, &about)?;
                work(conn, &caller)
            });
            read.map_err(|stop: Stop| stop.problem(language))
        })
        .await
    }

    /// What an operation does. A POST has an `Idempotency-Key`; the answer is kept under it with what was done.
    pub(super) async fn acts(
        &self,
        operation: &'static str,
        about: About,
        payload: Payload,
        has_body: bool,
        work: impl FnOnce(&Acting, &Bytes) -> Result<Answer, Stop> + Send + 'static,
    ) -> Result<HttpResponse, Problem> {
        let begun = self.begins(operation, about).await?;
        let most = match operation {
            data if DATA.contains(&data) => self.service.limits.body,
            plan if PLAN.contains(&plan) => PLAN_BODY.min(self.service.limits.body),
            _ => SMALL_BODY.min(self.service.limits.body),
        };
        let body = if has_body { self.body(payload, most).await? } else { self.no_body(payload, most).await? };
        let sha256 = request_sha256(&self.line(), &body);
        self.does(operation, begun, sha256, move |acting| {
            if !has_body && !body.is_empty() {
                faults::read_body(&body, &[], &[], acting.language)?;
            }
            work(acting, &body)
        })
        .await
    }

    /// The same, where the body is a form of parts.
    pub(super) async fn acts_on_parts(
        &self,
        operation: &'static str,
        payload: Payload,
        work: impl FnOnce(&Acting, &[Part]) -> Result<Answer, Stop> + Send + 'static,
    ) -> Result<HttpResponse, Problem> {
        let begun = self.begins(operation, About::Nothing).await?;
        let parts = self.parts(payload).await?;
        let sha256 = parts_sha256(&self.line(), &parts);
        self.does(operation, begun, sha256, move |acting| work(acting, &parts)).await
    }

    /// Who acts, and under which key, before the body is read.
    async fn begins(&self, operation: &'static str, about: About) -> Result<(Caller, Option<String>), Problem> {
        let caller = self.reads_about(operation, about, |_, caller| Ok(caller.clone())).await?;
        let key = if self.line().starts_with("POST ") { Some(self.idempotency_key()?) } else { None };
        Ok((caller, key))
    }

    /// Acts when the body is there, whose fingerprint this is; once under one key.
    async fn does(
        &self,
        operation: &'static str,
        (caller, key): (Caller, Option<String>),
        request_sha256: String,
        work: impl FnOnce(&Acting) -> Result<Answer, Stop> + Send + 'static,
    ) -> Result<HttpResponse, Problem> {
        let landing = match &key {
            None => None,
            Some(key) => {
                let token = caller.token.id.clone();
                if !self.service.takes_off(&token, key) {
                    return Err(self.problem(Kind::InFlight).with_retry_after(1));
                }
                Some(Landing { service: self.service.clone(), token, key: key.clone() })
            }
        };
        let acting = Acting {
            service: self.service.clone(),
            language: self.language,
            revisions: self.if_match(),
            actor: caller.actor(self.request_id()),
            kept_under: key.map(|key| (key, request_sha256)),
            caller,
        };
        let (token, language) = (acting.caller.token.id.clone(), self.language);
        let work = move || {
            let replayed = acting.service.store.read(|conn| acting.replayed(conn));
            let done = match replayed {
                Ok(Some(answer)) => Ok(answer),
                Ok(None) => work(&acting),
                Err(stop) => Err(stop),
            };
            drop(landing);
            done.map_err(|stop| stop.problem(language))
        };
        let answer =
            if HEAVY.contains(&operation) { self.worked(Some(&token), work).await? } else { self.quick(work).await? };
        Ok(self.answered(answer))
    }

    fn idempotency_key(&self) -> Result<String, Problem> {
        let key = self.header(&super::IDEMPOTENCY_KEY).unwrap_or_default();
        let is_good = (1..=255).contains(&key.len()) && key.bytes().all(|byte| (0x21..0x7f).contains(&byte));
        if is_good { Ok(key.to_owned()) } else { Err(self.problem(Kind::NoIdempotencyKey)) }
    }

    /// The revisions that `If-Match` names; what is no `ETag` of ours names none.
    fn if_match(&self) -> Option<Vec<i64>> {
        let list = self.list(&IF_MATCH)?;
        if list.trim() == "*" {
            return None;
        }
        let tag = |tag: &str| {
            let revision: i64 = tag.trim().strip_prefix('"')?.strip_suffix('"')?.parse().ok()?;
            // Tags are compared as they are written.
            (format!("\"{revision}\"") == tag.trim()).then_some(revision)
        };
        Some(list.split(',').filter_map(tag).collect())
    }
}

/// The fingerprint of a request: the same request has the same.
fn request_sha256(line: &str, body: &[u8]) -> String {
    canonical::fingerprint(|out| {
        out.write_all(line.as_bytes())?;
        out.write_all(b"\n")?;
        out.write_all(body)
    })
}
