//! What a request refers to that is there but will not do.

use super::people::Caller;
use super::states::ENDED;
use super::{Refused, rosters, runs};
use crate::store::Conn;
use crate::store::{cycles, runs as stored};

/// Why what a request refers to will not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// The run has no payee of this id.
    NotPayee(String),
    /// The run has no school of this id.
    NotSchool(String),
    /// The payee is of another school, this one.
    OtherSchool(String),
    /// The run that is to be replaced is in this state, neither withdrawn nor failed.
    InForce(String),
    /// The run that is to be replaced is of another plan.
    OtherPlan,
    /// The run that is to be replaced has been, by this one.
    Replaced(String),
    /// The run that is to be replaced is of a cycle, which does so by itself.
    OfCycle,
}

/// Makes sure that a run of a roster may be made in place of another.
///
/// # Errors
/// [`Refused::UnknownReference`], [`Refused::Unfit`], or the store's own.
pub fn may_replace(conn: &mut Conn, caller: &Caller, roster_id: &str, replaced: &str) -> Result<(), Refused> {
    let mut unknown = Vec::new();
    let roster = found(rosters::get(conn, caller, roster_id), "/roster_id", &mut unknown)?;
    let run = found(runs::get(conn, caller, replaced), "/replaces", &mut unknown)?;
    let (Some(roster), Some(run)) = (roster, run) else { return Err(Refused::UnknownReference(unknown)) };
    let mut unfit = Vec::new();
    if !ENDED.contains(&run.state.as_str()) {
        unfit.push(Unfit::InForce(run.state));
    }
    if run.plan_id != roster.plan_id {
        unfit.push(Unfit::OtherPlan);
    }
    let other = stored::replaced_by(conn, &run.id)?;
    unfit.extend(other.filter(|(_, state)| !ENDED.contains(&state.as_str())).map(|(id, _)| Unfit::Replaced(id)));
    if cycles::has_run(conn, &run.id)? {
        unfit.push(Unfit::OfCycle);
    }
    if unfit.is_empty() { Ok(()) } else { Err(Refused::Unfit(unfit)) }
}

/// What the body refers to at this pointer; none where it is not there, which is noted.
fn found<T>(sought: Result<T, Refused>, pointer: &str, unknown: &mut Vec<String>) -> Result<Option<T>, Refused> {
    match sought {
        Err(Refused::NotFound) => {
            unknown.push(pointer.to_owned());
            Ok(None)
        }
        sought => sought.map(Some),
    }
}
