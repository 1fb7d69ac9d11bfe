//! How a bureau's payroll files are written, on record: written over as wholes.

use super::{Act, Refused, document_sha256, next_revision};
use crate::store::payroll_profiles::{self, PayrollProfile};
use crate::store::{Conn, now};

/// A profile of the bureau.
///
/// # Errors
/// [`Refused::NotFound`], or the store's own.
pub fn get(conn: &mut Conn, bureau: &str, name: &str) -> Result<PayrollProfile, Refused> {
    payroll_profiles::get(conn, bureau, name)?.ok_or(Refused::NotFound)
}

/// Writes a profile over; without revisions it is a new one.
///
/// # Errors
/// [`Refused::Taken`] where there is one and no revisions are named, [`Refused::NotFound`] where they are and there is none,
/// [`Refused::Stale`], or the store's own.
pub fn put(
    act: &mut Act<'_>,
    name: &str,
    revisions: Option<&[i64]>,
    document: String,
) -> Result<PayrollProfile, Refused> {
    let before = payroll_profiles::get(act.conn, &act.actor.bureau_id, name)?;
    let revision = next_revision(before.as_ref().map(|before| before.revision), revisions)?;
    let profile = PayrollProfile {
        bureau_id: act.actor.bureau_id.clone(),
        name: name.to_owned(),
        document,
        revision,
        changed_at: now(),
        changed_by: act.actor.subject.clone(),
    };
    if before.is_some() {
        payroll_profiles::change(act.conn, &profile)?;
    } else {
        payroll_profiles::add(act.conn, &profile)?;
    }
    let from = before.map(|before| document_sha256(&before.document));
    let object = ("payroll_profile", name);
    act.log("payroll_profile.written", object, None, from.as_deref(), Some(&document_sha256(&profile.document)))?;
    Ok(profile)
}

/// Removes a profile; gives what it was.
///
/// # Errors
/// [`Refused::NotFound`], [`Refused::Stale`], or the store's own.
pub fn delete(act: &mut Act<'_>, name: &str, revisions: Option<&[i64]>) -> Result<PayrollProfile, Refused> {
    let profile = get(act.conn, &act.actor.bureau_id, name)?;
    if revisions.is_some_and(|revisions| !revisions.contains(&profile.revision)) {
        return Err(Refused::Stale);
    }
    payroll_profiles::remove(act.conn, &act.actor.bureau_id, name)?;
    act.log(
        "payroll_profile.deleted",
        ("payroll_profile", name),
        None,
        Some(&document_sha256(&profile.document)),
        None,
    )?;
    Ok(profile)
}
