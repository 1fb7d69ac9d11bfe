//! Objections (异议) to a run while it is posted: brought to the office and entered there, decided by somebody else. One that is
//! upheld withdraws the run.

use super::people::{Caller, same_person};
use super::unfit::Unfit;
use super::{Act, Refused, events, notices, payroll, runs, states};
use crate::plan::LISTED;
use crate::store::objections::{self as stored, OPEN, Objection};
use crate::store::runs::Run;
use crate::store::{self, Conn, new_id, now, results};

/// The state of an objection that withdrew its run.
pub const UPHELD: &str = "upheld";
/// The state of an objection that did not.
pub const REJECTED: &str = "rejected";
/// All states with their names for people.
pub const STATES: [(&str, &str); 3] = [(OPEN, "待处理"), (UPHELD, "成立"), (REJECTED, "不成立")];

/// An objection as it is brought.
pub struct Brought {
    /// The payee that it is about, where it says so.
    pub payee_id: Option<String>,
    /// The school that it is about, where it says so.
    pub school_id: Option<String>,
    /// Who objects.
    pub objector: String,
    /// What it says.
    pub content: String,
}

/// Enters an objection to a run that is posted.
///
/// # Errors
/// [`Refused::NotFound`], [`Refused::State`], [`Refused::Unfit`], or the store's own.
pub fn create(act: &mut Act<'_>, caller: &Caller, run_id: &str, brought: Brought) -> Result<Objection, Refused> {
    let run = noticed(act.conn, caller, run_id)?;
    let unfit = unfit(act.conn, &run, &brought)?;
    if !unfit.is_empty() {
        return Err(Refused::Unfit(unfit));
    }
    let Brought { payee_id, school_id, objector, content } = brought;
    let objection = Objection {
        id: new_id(),
        run_id: run.id.clone(),
        payee_id,
        school_id,
        objector,
        content,
        state: OPEN.to_owned(),
        created_at: now(),
        created_by: act.actor.subject.clone(),
        reason: None,
        decided_at: None,
        decided_by: None,
    };
    stored::add(act.conn, &objection)?;
    let result = run.result_sha256.as_deref();
    act.log("objection.opened", ("objection", &objection.id), Some(&run.id), result, result)?;
    events::of_objection(act, &run, &objection)?;
    Ok(objection)
}

/// What an objection names that its run does not have.
fn unfit(conn: &mut Conn, run: &Run, brought: &Brought) -> Result<Vec<Unfit>, Refused> {
    let mut unfit = Vec::new();
    let own = match &brought.payee_id {
        None => None,
        Some(payee) => {
            let own = results::school_of(conn, &run.id, payee)?;
            if own.is_none() {
                unfit.push(Unfit::NotPayee(payee.clone()));
            }
            own
        }
    };
    if let Some(school) = &brought.school_id {
        if !payroll::all_schools(conn, run)?.contains_key(school) {
            unfit.push(Unfit::NotSchool(school.clone()));
        } else if let Some(own) = own.filter(|own| own != school) {
            unfit.push(Unfit::OtherSchool(own));
        }
    }
    Ok(unfit)
}

/// A run that the caller may see and that is posted.
fn noticed(conn: &mut Conn, caller: &Caller, id: &str) -> Result<Run, Refused> {
    let run = runs::get(conn, caller, id)?;
    if run.state == notices::NOTICED {
        return Ok(run);
    }
    Err(Refused::State { allowed: states::allowed(&run.state), state: run.state })
}

/// An objection to a run that the caller may see.
///
/// # Errors
/// [`Refused::NotFound`], or the store's own.
pub fn get(conn: &mut Conn, caller: &Caller, run_id: &str, id: &str) -> Result<Objection, Refused> {
    let run = runs::get(conn, caller, run_id)?;
    stored::get(conn, &run.id, id)?.ok_or(Refused::NotFound)
}

/// The objections to a run that the caller may see after `after`, in the order in which they were entered; those in this state
/// where one is named.
///
/// # Errors
/// [`Refused::NotFound`], or the store's own.
pub fn list(
    conn: &mut Conn,
    caller: &Caller,
    run_id: &str,
    state: Option<&str>,
    (after, limit): (&str, i64),
) -> Result<Vec<Objection>, Refused> {
    let run = runs::get(conn, caller, run_id)?;
    Ok(stored::list(conn, &run.id, state, after, limit)?)
}

/// Decides an objection that is open. Where it is upheld the run is withdrawn for the same reason.
///
/// # Errors
/// [`Refused::NotFound`], [`Refused::State`], [`Refused::FourEyes`], or the store's own.
pub fn decide(
    act: &mut Act<'_>,
    caller: &Caller,
    (run_id, id): (&str, &str),
    (decision, reason): (&str, &str),
) -> Result<Objection, Refused> {
    let known = get(act.conn, caller, run_id, id)?;
    if known.state != OPEN {
        return Err(Refused::State { state: known.state, allowed: Vec::new() });
    }
    let run = noticed(act.conn, caller, run_id)?;
    if same_person(&known.created_by, &act.actor.subject) {
        return Err(Refused::FourEyes);
    }
    let decided = Objection {
        state: decision.to_owned(),
        reason: Some(reason.to_owned()),
        decided_at: Some(now()),
        decided_by: Some(act.actor.subject.clone()),
        ..known
    };
    stored::decide(act.conn, &decided)?;
    let (detail, result) = (format!("{decision}: {reason}"), run.result_sha256.as_deref());
    act.log("objection.decided", ("objection", id), Some(&detail), result, result)?;
    events::of_objection(act, &run, &decided)?;
    if decision == UPHELD {
        runs::do_to(act, caller, run_id, "withdraw", Some(reason), None)?;
    }
    Ok(decided)
}

/// Makes sure that no objection to a run is open.
pub(super) fn are_decided(conn: &mut Conn, run: &Run) -> Result<(), Refused> {
    let open = stored::list(conn, &run.id, Some(OPEN), "", i64::try_from(LISTED).unwrap_or(i64::MAX))?;
    if open.is_empty() {
        return Ok(());
    }
    Err(Refused::Objected(open.into_iter().map(|objection| objection.id).collect()))
}

/// How many objections to a run are open, upheld and rejected.
///
/// # Errors
/// The store's own.
pub fn counts(conn: &mut Conn, run: &Run) -> Result<[i64; 3], store::Error> {
    let counts = stored::counts(conn, &run.id)?;
    let count =
        |(state, _): (&str, &str)| counts.iter().find(|(known, _)| known == state).map_or(0, |(_, count)| *count);
    Ok(STATES.map(count))
}
