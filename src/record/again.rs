//! A run calculated again from the plan and the roster that are kept.

use super::rosters;
use crate::engine::{Data, Outcome, Supposed, calculate_supposing};
use crate::plan::Plan;
use crate::store::runs::Run;
use crate::store::{self, Store, plans};
use crate::wire::data;

/// The plan of a run with its fingerprint, and the data of its roster, as they are kept; none where they cannot be read,
/// which only somebody who writes the database can have brought about.
///
/// # Errors
/// The store's own.
pub fn papers(store: &Store, run: &Run) -> Result<Option<(Plan, String, Data)>, store::Error> {
    let Some(version) = store.read(|conn| plans::version(conn, &run.plan_id, run.version))? else { return Ok(None) };
    let Ok(read) = rosters::plan_of(&version) else { return Ok(None) };
    let text = match store.read(|conn| rosters::all_rows(conn, &read.plan, &run.roster_id)) {
        Ok(text) => text,
        Err(store::Error::Broken(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let Ok(data) = data::read_data(&read.plan, &text) else { return Ok(None) };
    Ok(Some((read.plan, read.sha256, data)))
}

/// Calculates a run again, and gives what `work` makes of the result and the plan's fingerprint; none where the plan and the
/// roster as they are kept give no result.
///
/// # Errors
/// The store's own.
pub fn again<T>(
    store: &Store,
    run: &Run,
    work: impl FnOnce(&Outcome<'_>, String) -> T,
) -> Result<Option<T>, store::Error> {
    again_supposing(store, run, &Supposed::default(), work)
}

/// As [`again`], but for what is supposed otherwise, or kept.
///
/// # Errors
/// The store's own.
pub fn again_supposing<T>(
    store: &Store,
    run: &Run,
    supposed: &Supposed,
    work: impl FnOnce(&Outcome<'_>, String) -> T,
) -> Result<Option<T>, store::Error> {
    let Some((plan, sha256, data)) = papers(store, run)? else { return Ok(None) };
    let Ok(outcome) = calculate_supposing(&plan, &data, supposed) else { return Ok(None) };
    Ok(Some(work(&outcome, sha256)))
}
