//! What a bureau has set, on record: written over as a whole.

use super::{Act, Refused};
use crate::store::settings::{self, Setting};
use crate::store::{Conn, now};
use crate::wire::canonical;

/// The name under which a bureau sets how its notices are written.
pub const NOTICE: &str = "notice";

/// The name under which a bureau sets the working days of a year.
pub fn calendar(year: i64) -> String {
    format!("calendar-{year:04}")
}

/// What the bureau has set under a name.
///
/// # Errors
/// [`Refused::NotFound`], or the store's own.
pub fn get(conn: &mut Conn, bureau: &str, name: &str) -> Result<Setting, Refused> {
    settings::get(conn, bureau, name)?.ok_or(Refused::NotFound)
}

/// Writes over what is set under a name; without revisions it is new.
///
/// # Errors
/// [`Refused::Taken`] where something is set and no revisions are named, [`Refused::NotFound`] where they are and nothing is,
/// [`Refused::Stale`], or the store's own.
pub fn put(act: &mut Act<'_>, name: &str, revisions: Option<&[i64]>, document: String) -> Result<Setting, Refused> {
    let before = settings::get(act.conn, &act.actor.bureau_id, name)?;
    let revision = match (&before, revisions) {
        (None, None) => 1,
        (None, Some(_)) => return Err(Refused::NotFound),
        (Some(_), None) => return Err(Refused::Taken),
        (Some(before), Some(revisions)) if !revisions.contains(&before.revision) => return Err(Refused::Stale),
        (Some(before), Some(_)) => before.revision + 1,
    };
    let setting = Setting {
        bureau_id: act.actor.bureau_id.clone(),
        name: name.to_owned(),
        document,
        revision,
        changed_at: now(),
        changed_by: act.actor.subject.clone(),
    };
    if before.is_some() {
        settings::change(act.conn, &setting)?;
    } else {
        settings::add(act.conn, &setting)?;
    }
    let sha256 = |setting: &Setting| canonical::fingerprint(|out| out.write_all(setting.document.as_bytes()));
    let from = before.as_ref().map(sha256);
    act.log("setting.written", ("setting", name), None, from.as_deref(), Some(&sha256(&setting)))?;
    Ok(setting)
}
