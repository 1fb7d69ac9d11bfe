//! Runs: made on a roster, calculated by the [worker](super::worker), acted on by the [table of states](super::states).

use super::people::{Caller, Role, same_person};
use super::states::Move;
use super::{Act, Refused, cycle_people, events, notices, objections, plans, rosters, states};
use crate::store::rosters::Scope;
use crate::store::runs::{self, Run, RunFilter, Transition};
use crate::store::{self, Conn, claims, cycles, new_id, now, results};
use crate::wire::json::{self, Json};

/// The most runs of a bureau that wait for their results.
const MOST_WAITING: i64 = 100;

/// The state in which a payroll system sees a run.
pub(super) const RELEASED: &str = "released";

/// Makes a run, which waits for its result; in place of another where that is named.
///
/// # Errors
/// [`Refused::UnknownReference`], [`Refused::State`], [`Refused::TooMany`], or the store's own.
pub fn create(
    act: &mut Act<'_>,
    caller: &Caller,
    roster_id: &str,
    title: Option<String>,
    replaces: Option<String>,
) -> Result<Run, Refused> {
    let roster = rosters::get(act.conn, caller, roster_id).map_err(|refused| match refused {
        Refused::NotFound => Refused::unknown("/roster_id"),
        refused => refused,
    })?;
    let version = plans::published(act.conn, &act.actor.bureau_id, &roster.plan_id, roster.version)?;
    if claims::waiting_of(act.conn, &act.actor.bureau_id)? >= MOST_WAITING {
        return Err(Refused::TooMany);
    }
    let run = Run {
        id: new_id(),
        bureau_id: act.actor.bureau_id.clone(),
        plan_id: roster.plan_id,
        version: roster.version,
        roster_id: roster.id,
        title,
        state: claims::CALCULATING.to_owned(),
        revision: 0,
        created_at: now(),
        created_by: act.actor.subject.clone(),
        plan_sha256: version.sha256,
        data_sha256: roster.sha256,
        failure: None,
        result_sha256: None,
        engine: None,
        findings: None,
        payee_count: None,
        sources: None,
        paid: None,
        assigned: None,
        withheld: None,
        left_over: None,
        unfunded: None,
        payee_total: None,
        claimed_by: None,
        claimed_until: None,
        attempts: 0,
        replaces,
    };
    runs::add(act.conn, &run)?;
    transit(act, &run, ("create", claims::CALCULATING), None)?;
    act.log("run.created", ("run", &run.id), run.replaces.as_deref(), None, Some(&run.data_sha256))?;
    get(act.conn, caller, &run.id)
}

/// A run that the caller may see: with its roster, and as a payroll system only when it is released.
///
/// # Errors
/// [`Refused::NotFound`], or the store's own.
pub fn get(conn: &mut Conn, caller: &Caller, id: &str) -> Result<Run, Refused> {
    let run = runs::get(conn, &caller.token.bureau_id, id)?.ok_or(Refused::NotFound)?;
    if caller.role == Role::Payroll && run.state != RELEASED {
        return Err(Refused::NotFound);
    }
    if caller.role == Role::Accountant {
        rosters::get(conn, caller, &run.roster_id)?;
    }
    Ok(run)
}

/// The runs that the caller may see.
///
/// # Errors
/// The store's own.
pub fn list(
    conn: &mut Conn,
    caller: &Caller,
    filter: &RunFilter,
    before: Option<&str>,
    limit: i64,
) -> Result<Vec<Run>, store::Error> {
    let state = match (caller.role, filter.state.as_deref()) {
        (Role::Payroll, Some(state)) if state != RELEASED => return Ok(Vec::new()),
        (Role::Payroll, _) => Some(RELEASED.to_owned()),
        (_, state) => state.map(str::to_owned),
    };
    runs::list(conn, &caller.token.bureau_id, caller.scope(), &RunFilter { state, ..filter.clone() }, before, limit)
}

/// The names of the levels of a run.
///
/// # Errors
/// The store's own.
pub fn levels(conn: &mut Conn, run: &Run) -> Result<Vec<String>, Refused> {
    let roster = store::rosters::get(conn, &run.bureau_id, Scope::Bureau, &run.roster_id)?.ok_or(Refused::NotFound)?;
    let counts = json::read(roster.counts.as_bytes()).unwrap_or(Json::Null);
    Ok(counts.entries().unwrap_or_default().iter().map(|(level, _)| level.clone().into_owned()).collect())
}

/// A run that the caller may see and that has a result.
///
/// # Errors
/// [`Refused::NotFound`], [`Refused::State`], or the store's own.
pub fn calculated(conn: &mut Conn, caller: &Caller, id: &str) -> Result<Run, Refused> {
    let run = get(conn, caller, id)?;
    if run.result_sha256.is_some() {
        return Ok(run);
    }
    Err(Refused::State { allowed: states::allowed(&run.state), state: run.state })
}

/// Notes what is done to a run and the state that it leads to, and tells of it.
pub(super) fn transit(
    act: &mut Act<'_>,
    run: &Run,
    (action, state): (&str, &str),
    reason: Option<&str>,
) -> Result<(), store::Error> {
    let transition = Transition {
        run_id: run.id.clone(),
        place: run.revision + 1,
        action: action.to_owned(),
        state: state.to_owned(),
        at: now(),
        subject: act.actor.subject.clone(),
        reason: reason.map(str::to_owned),
    };
    runs::transit(act.conn, &transition)?;
    events::of_run(act, run, state)
}

/// A run to which the table of states allows this to be done, with its row.
///
/// # Errors
/// [`Refused::NotFound`], [`Refused::Stale`], [`Refused::Forbidden`], [`Refused::State`], [`Refused::FourEyes`],
/// [`Refused::Posted`], [`Refused::Objected`], [`Refused::OverLimits`], [`Refused::Allocated`], or the store's own.
pub(super) fn may(
    act: &mut Act<'_>,
    caller: &Caller,
    id: &str,
    action: &str,
    revisions: Option<&[i64]>,
) -> Result<(Run, &'static Move), Refused> {
    let run = get(act.conn, caller, id)?;
    let known = states::known(action).filter(|known| known.roles.contains(&caller.role)).ok_or(Refused::Forbidden)?;
    if revisions.is_some_and(|revisions| !revisions.contains(&run.revision)) {
        return Err(Refused::Stale);
    }
    if !known.from.contains(&run.state.as_str()) {
        return Err(Refused::State { allowed: states::allowed(&run.state), state: run.state });
    }
    let own = |maker: &String| same_person(maker, &act.actor.subject);
    if known.four_eyes && made_by(act.conn, &run)?.iter().any(own) {
        return Err(Refused::FourEyes);
    }
    if known.action == "withdraw" && cycles::rests_on(act.conn, &run.id)? {
        return Err(Refused::Allocated);
    }
    if known.action == "approve" {
        objections::are_decided(act.conn, &run)?;
        notices::is_over(act.conn, &run)?;
        cycle_people::are_kept(act.conn, &run)?;
    }
    Ok((run, known))
}

/// Does to a run what [`may`] be done to it; `detail` is for the audit trail.
///
/// # Errors
/// The store's own.
pub(super) fn done(
    act: &mut Act<'_>,
    run: Run,
    known: &Move,
    (reason, detail): (Option<&str>, Option<&str>),
) -> Result<Run, store::Error> {
    transit(act, &run, (known.action, known.to), reason)?;
    if run.state == claims::CALCULATING {
        // What has been written of its result is nobody's now.
        results::clear(act.conn, &run.id)?;
    }
    let fingerprint = run.result_sha256.as_deref();
    act.log(&format!("run.{}", known.to), ("run", &run.id), detail, fingerprint, fingerprint)?;
    let mut changed = run;
    known.to.clone_into(&mut changed.state);
    changed.revision += 1;
    Ok(changed)
}

/// Does to a run what the table of states allows.
///
/// # Errors
/// As [`may`].
pub fn do_to(
    act: &mut Act<'_>,
    caller: &Caller,
    id: &str,
    action: &str,
    reason: Option<&str>,
    revisions: Option<&[i64]>,
) -> Result<Run, Refused> {
    let (run, known) = may(act, caller, id, action, revisions)?;
    Ok(done(act, run, known, (reason, reason))?)
}

/// Who has made a run: the run itself, its roster and those that it revises, or the submission.
fn made_by(conn: &mut Conn, run: &Run) -> Result<Vec<String>, Refused> {
    let mut makers = vec![run.created_by.clone()];
    let history = runs::transitions(conn, &run.id)?;
    makers.extend(history.into_iter().filter(|step| step.action == "submit").map(|step| step.subject));
    let mut next = Some(run.roster_id.clone());
    while let Some(id) = next {
        let roster = store::rosters::get(conn, &run.bureau_id, Scope::Bureau, &id)?.ok_or(Refused::NotFound)?;
        makers.push(roster.created_by);
        next = roster.revises;
    }
    Ok(makers)
}
