//! Plans on record: drafts that are written over as wholes, versions that never change once they are published.

use super::{Act, Refused, events};
use crate::plan::{Faults, Refusal};
use crate::store::plans::{self, Plan, PlanVersion};
use crate::store::{self, Conn, Store, new_id, now};
use crate::wire::calculation::{ReadPlan, plan_text};
use crate::wire::examples;

/// The words of a version's states.
pub const DRAFT: &str = "draft";
/// See [`DRAFT`].
pub const PUBLISHED: &str = "published";
/// See [`DRAFT`].
pub const ARCHIVED: &str = "archived";

/// A document that may become a draft: it may have faults, but it has a code and a title.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The code of the plan.
    pub code: String,
    /// Its title.
    pub title: String,
    /// The document as it was sent.
    pub document: String,
    /// SHA-256 of its canonical JSON.
    pub sha256: String,
}

/// Makes a plan with its first draft.
///
/// # Errors
/// [`Refused::Taken`], or the store's own.
pub fn create(act: &mut Act<'_>, draft: Draft) -> Result<Plan, Refused> {
    let plan = Plan {
        id: new_id(),
        bureau_id: act.actor.bureau_id.clone(),
        code: draft.code.clone(),
        title: draft.title.clone(),
        newest_version: 1,
        newest_state: DRAFT.to_owned(),
        revision: 1,
        created_at: now(),
        created_by: act.actor.subject.clone(),
    };
    add(act, &plan)?;
    let sha256 = draft.sha256.clone();
    plans::write_draft(act.conn, &version(act, &plan.id, 1, draft))?;
    act.log("plan.created", ("plan", &plan.id), None, None, Some(&sha256))?;
    Ok(plan)
}

/// Puts a plan on record that the service has made of a published version of another: it is published at once.
///
/// # Errors
/// [`Refused::Taken`], or the store's own.
pub(super) fn create_derived(act: &mut Act<'_>, id: &str, draft: Draft, from: (&str, i64)) -> Result<(), Refused> {
    let plan = Plan {
        id: id.to_owned(),
        bureau_id: act.actor.bureau_id.clone(),
        code: draft.code.clone(),
        title: draft.title.clone(),
        newest_version: 1,
        newest_state: PUBLISHED.to_owned(),
        revision: 1,
        created_at: now(),
        created_by: act.actor.subject.clone(),
    };
    add(act, &plan)?;
    plans::add_derived(act.conn, id, from)?;
    let sha256 = draft.sha256.clone();
    plans::write_draft(act.conn, &version(act, id, 1, draft))?;
    plans::publish(act.conn, id, 1, &act.actor.subject)?;
    act.log("plan.published", ("plan", id), None, None, Some(&sha256))?;
    Ok(events::of_version(act, id, 1, PUBLISHED)?)
}

fn add(act: &mut Act<'_>, plan: &Plan) -> Result<(), Refused> {
    plans::add(act.conn, plan).map_err(|error| match error {
        store::Error::Taken => Refused::Taken,
        error => error.into(),
    })
}

fn version(act: &Act<'_>, plan: &str, version: i64, draft: Draft) -> PlanVersion {
    PlanVersion {
        plan_id: plan.to_owned(),
        version,
        state: DRAFT.to_owned(),
        title: draft.title,
        document: draft.document,
        sha256: draft.sha256,
        created_at: now(),
        created_by: act.actor.subject.clone(),
        published_at: None,
        published_by: None,
        archived_at: None,
        archived_by: None,
    }
}

/// A plan of the bureau, as it is or, where revisions are wanted, only as one of those.
fn wanted(conn: &mut Conn, bureau: &str, id: &str, revisions: Option<&[i64]>) -> Result<Plan, Refused> {
    let plan = plans::get(conn, bureau, id)?.ok_or(Refused::NotFound)?;
    let is_stale = revisions.is_some_and(|revisions| !revisions.contains(&plan.revision));
    if is_stale { Err(Refused::Stale) } else { Ok(plan) }
}

/// Makes sure that a plan is the bureau's own, not one that the service has made of another for a cycle.
fn is_own(conn: &mut Conn, id: &str) -> Result<(), Refused> {
    if plans::is_derived(conn, id)? { Err(Refused::Derived) } else { Ok(()) }
}

fn newest(conn: &mut Conn, plan: &Plan) -> Result<PlanVersion, Refused> {
    plans::version(conn, &plan.id, plan.newest_version)?.ok_or(Refused::NotFound)
}

/// Writes the draft of a plan as a whole; where its newest version is no draft, that begins the next version.
///
/// # Errors
/// [`Refused::NotFound`], [`Refused::Stale`], [`Refused::Derived`], [`Refused::OtherCode`], or the store's own.
pub fn put_draft(act: &mut Act<'_>, id: &str, revisions: &[i64], draft: Draft) -> Result<Plan, Refused> {
    let plan = wanted(act.conn, &act.actor.bureau_id, id, Some(revisions))?;
    is_own(act.conn, id)?;
    if draft.code != plan.code {
        return Err(Refused::OtherCode);
    }
    let newest = newest(act.conn, &plan)?;
    let number = if newest.state == DRAFT { newest.version } else { newest.version + 1 };
    let (title, sha256) = (draft.title.clone(), draft.sha256.clone());
    plans::write_draft(act.conn, &version(act, id, number, draft))?;
    plans::changed(act.conn, id, &title, number, DRAFT)?;
    act.log("plan.draft_written", ("plan", id), None, Some(&newest.sha256), Some(&sha256))?;
    wanted(act.conn, &act.actor.bureau_id, id, None)
}

/// Checks the draft of a plan, which must have no fault and whose own examples must hold; gives its fingerprint. It may
/// take its time, so nobody else is held up meanwhile.
///
/// # Errors
/// [`Refused::NotFound`], [`Refused::Stale`], [`Refused::State`], [`Refused::Plan`], or the store's own.
pub fn check_draft(store: &Store, bureau: &str, id: &str, revisions: &[i64]) -> Result<String, Refused> {
    let draft = store.read(|conn| draft_of(conn, bureau, id, revisions))?;
    sound(draft.document.as_bytes()).map_err(Refused::Plan)?;
    Ok(draft.sha256)
}

fn draft_of(conn: &mut Conn, bureau: &str, id: &str, revisions: &[i64]) -> Result<PlanVersion, Refused> {
    let plan = wanted(conn, bureau, id, Some(revisions))?;
    let draft = newest(conn, &plan)?;
    if draft.state == DRAFT {
        return Ok(draft);
    }
    Err(in_state(draft.state))
}

/// What a version's state allows.
fn in_state(state: String) -> Refused {
    let allowed = match state.as_str() {
        DRAFT => vec!["publish"],
        PUBLISHED => vec!["archive"],
        _ => Vec::new(),
    };
    Refused::State { state, allowed }
}

/// Publishes the draft of a plan that has been [checked](check_draft).
///
/// # Errors
/// [`Refused::NotFound`], [`Refused::Stale`], [`Refused::State`], or the store's own.
pub fn publish(act: &mut Act<'_>, id: &str, revisions: &[i64], checked: &str) -> Result<Plan, Refused> {
    let draft = draft_of(act.conn, &act.actor.bureau_id, id, revisions)?;
    if draft.sha256 != checked {
        return Err(Refused::Stale);
    }
    plans::publish(act.conn, id, draft.version, &act.actor.subject)?;
    plans::changed(act.conn, id, &draft.title, draft.version, PUBLISHED)?;
    act.log("plan.published", ("plan", id), None, None, Some(&draft.sha256))?;
    events::of_version(act, id, draft.version, PUBLISHED)?;
    wanted(act.conn, &act.actor.bureau_id, id, None)
}

/// A plan without a fault whose examples hold.
fn sound(document: &[u8]) -> Result<ReadPlan<'_>, Refusal> {
    let read = plan_text(document)?;
    let mut faults = Faults::default();
    examples::run(&read.plan, &read.json).into_iter().for_each(|fault| faults.add(fault));
    faults.refuse()?;
    Ok(read)
}

/// Archives a published version: no new roster or run uses it, but those of the cycles that were opened on it before.
///
/// # Errors
/// [`Refused::NotFound`], [`Refused::Stale`], [`Refused::Derived`], [`Refused::UnknownReference`], [`Refused::State`], or
/// the store's own.
pub fn archive(act: &mut Act<'_>, id: &str, revisions: &[i64], number: i64) -> Result<Plan, Refused> {
    let plan = wanted(act.conn, &act.actor.bureau_id, id, Some(revisions))?;
    is_own(act.conn, id)?;
    let version = plans::version(act.conn, id, number)?.ok_or(Refused::unknown("/version"))?;
    if version.state != PUBLISHED {
        return Err(in_state(version.state));
    }
    plans::archive(act.conn, id, number, &act.actor.subject)?;
    let state = if number == plan.newest_version { ARCHIVED } else { &plan.newest_state };
    plans::changed(act.conn, id, &plan.title, plan.newest_version, state)?;
    act.log("plan.archived", ("plan", id), None, Some(&version.sha256), None)?;
    events::of_version(act, id, number, ARCHIVED)?;
    wanted(act.conn, &act.actor.bureau_id, id, None)
}

/// A version of a plan of the bureau, in whatever state.
///
/// # Errors
/// [`Refused::NotFound`], or the store's own.
pub fn get_version(conn: &mut Conn, bureau: &str, id: &str, number: i64) -> Result<PlanVersion, Refused> {
    plans::get(conn, bureau, id)?.ok_or(Refused::NotFound)?;
    plans::version(conn, id, number)?.ok_or(Refused::NotFound)
}

/// A published version of a plan of the bureau, for a new roster or run. By what its schools distribute was settled when a
/// cycle was opened: a version that is archived afterwards goes on serving the schools of that cycle, and later corrections
/// of what they have paid. No new cycle is opened on it.
///
/// # Errors
/// [`Refused::UnknownReference`], [`Refused::State`], or the store's own.
pub fn published(conn: &mut Conn, bureau: &str, id: &str, number: i64) -> Result<PlanVersion, Refused> {
    plans::get(conn, bureau, id)?.ok_or(Refused::unknown("/plan_id"))?;
    let version = plans::version(conn, id, number)?.ok_or(Refused::unknown("/version"))?;
    let serves = version.state == ARCHIVED && store::cycles::distribute_by(conn, id, number)?;
    if version.state == PUBLISHED || serves {
        return Ok(version);
    }
    Err(in_state(version.state))
}

/// The same for a new cycle, which no archived version serves.
///
/// # Errors
/// As [`published`].
pub(super) fn published_now(conn: &mut Conn, bureau: &str, id: &str, number: i64) -> Result<PlanVersion, Refused> {
    let version = published(conn, bureau, id, number)?;
    if version.state == PUBLISHED { Ok(version) } else { Err(in_state(version.state)) }
}
