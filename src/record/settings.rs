//! What a bureau has set, on record: written over as a whole.

use super::{Act, Refused, document_sha256, next_revision};
use crate::store::settings::{self, Setting};
use crate::store::{Conn, now};

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
    let revision = next_revision(before.as_ref().map(|before| before.revision), revisions)?;
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
    let from = before.map(|before| document_sha256(&before.document));
    let to = document_sha256(&setting.document);
    act.log("setting.written", ("setting", name), None, from.as_deref(), Some(&to))?;
    Ok(setting)
}
