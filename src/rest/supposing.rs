//! What simulations and goal seeks share: they read what is on record, work something out of a body, and keep nothing.

use std::time::Instant;

use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data, Payload};

use super::answer::{Answer, Stop, listed};
use super::asked::Asked;
use super::caller::PLAN_BODY;
use super::faults::{Fields, with_pointer};
use super::problem::{Kind, Problem};
use super::service::Service;
use crate::engine::simulation::Misfit;
use crate::plan::{LISTED, Language, Refusal};
use crate::record::basis::{self, Basis, VersionName};
use crate::record::people::Caller;
use crate::wire::json::Json;
use crate::wire::refusal::error;

/// The most rows that one request calculates: those of the roster times how often it is calculated. At a microsecond a row
/// that is ten seconds.
const MOST_ROWS: usize = 10_000_000;

/// Who supposes something, and until when it may take.
pub(super) struct Supposing {
    pub(super) language: Language,
    service: Data<Service>,
    caller: Caller,
    deadline: Instant,
}

impl Asked {
    /// What an operation works out of a body and keeps nowhere.
    pub(super) async fn supposes(
        &self,
        operation: &'static str,
        payload: Payload,
        work: impl FnOnce(&Bytes, &Supposing) -> Result<Answer, Stop> + Send + 'static,
    ) -> Result<HttpResponse, Problem> {
        let caller = self.reads(operation, |_, caller| Ok(caller.clone())).await?;
        let body = self.body(payload, PLAN_BODY.min(self.service.limits.body)).await?;
        let (token, language) = (caller.token.id.clone(), self.language);
        let supposing = Supposing { language, service: self.service.clone(), caller, deadline: self.deadline() };
        let work = move || work(&body, &supposing).map_err(|stop| stop.problem(language));
        Ok(self.answered(self.worked(Some(&token), work).await?))
    }
}

impl Supposing {
    /// A roster that is calculated so often, and plan versions for it.
    pub(super) fn basis(
        &self,
        roster_id: &str,
        wanted: &[(String, VersionName)],
        calculations: usize,
    ) -> Result<Basis, Stop> {
        let most = MOST_ROWS / calculations.max(1);
        Ok(self.service.store.read(|conn| basis::read(conn, &self.caller, roster_id, wanted, most))?)
    }

    /// Stops what nobody waits for any more.
    pub(super) fn in_time(&self) -> Result<(), Problem> {
        if Instant::now() > self.deadline { Err(Problem::new(Kind::TimedOut, self.language)) } else { Ok(()) }
    }

    /// The problem of a base that gives no result.
    pub(super) fn refused(&self, refusal: &Refusal) -> Problem {
        listed(Problem::new(Kind::CalculationRefused, self.language), refusal, self.language)
    }
}

/// Suppositions that do not fit: those that are listed, and how many there are.
#[derive(Default)]
pub(super) struct Misfits {
    /// Each with the pointer of what it is in.
    listed: Vec<(String, Misfit)>,
    pub(super) total: usize,
}

impl Misfits {
    /// Adds misfits of what stands at a pointer.
    pub(super) fn add(&mut self, above: &str, misfits: impl IntoIterator<Item = Misfit>) {
        for misfit in misfits {
            self.total += 1;
            if self.listed.len() < LISTED {
                self.listed.push((above.to_owned(), misfit));
            }
        }
    }

    /// The problem that they are.
    pub(super) fn problem(&self, supposing: &Supposing) -> Problem {
        let told = |(above, misfit): &(String, Misfit)| {
            let told = with_pointer(error(&misfit.fault, supposing.language), &format!("{above}{}", misfit.at));
            // The place is one of the request, not of a plan.
            let Json::Object(mut entries) = told else { return told };
            entries.retain(|(key, _)| key != "at");
            Json::Object(entries)
        };
        let errors = self.listed.iter().map(told).collect();
        Problem::new(Kind::SuppositionRefused, supposing.language).with_errors(errors, self.total)
    }
}

/// A version of a plan under a key, if it is there.
pub(super) fn version(fields: &mut Fields<'_, '_>, key: &str) -> Option<VersionName> {
    fields.maybe_object(key, (&["plan_id", "version"], &[]), |fields| VersionName {
        plan_id: fields.text("plan_id", 64),
        version: fields.maybe_whole("version", (1, i64::MAX)).unwrap_or_default(),
    })
}
