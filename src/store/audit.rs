//! The audit trail: who did what to what, when. Each entry of a bureau holds the fingerprint of the one before it, and the
//! bureau the fingerprint of the last, so that none can be changed, left out or put in without being found.

use diesel::prelude::*;

use super::schema::{audit_entries, bureaus};
use super::{Conn, Error, now};
use crate::wire::canonical;
use crate::wire::json::{number, object, text};

/// What the first entry of a bureau follows.
pub const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = audit_entries)]
pub struct Entry {
    /// The bureau.
    pub bureau_id: String,
    /// Its number in the bureau's trail, from 1.
    pub place: i64,
    /// When.
    pub at: String,
    /// Who.
    pub subject: String,
    /// With which token; none: a command on the machine, or the service itself.
    pub token_id: Option<String>,
    /// What was done.
    pub action: String,
    /// To what kind of thing.
    pub object: String,
    /// To which.
    pub object_id: String,
    /// What else there is to say: what a token grants, why a run was withdrawn.
    pub detail: Option<String>,
    /// The fingerprint of it before.
    pub from_sha256: Option<String>,
    /// The fingerprint of it after.
    pub to_sha256: Option<String>,
    /// The request.
    pub request_id: Option<String>,
    /// The fingerprint of the entry before.
    pub previous: String,
    /// Its own fingerprint: SHA-256 of the canonical JSON of all that stands above.
    pub sha256: String,
}

impl Entry {
    /// The fingerprint that it must have.
    pub fn fingerprint(&self) -> String {
        let Ok(place) = usize::try_from(self.place) else { return String::new() };
        let mut entries = vec![
            ("bureau_id", text(&self.bureau_id)),
            ("place", number(place)),
            ("at", text(&self.at)),
            ("subject", text(&self.subject)),
            ("action", text(&self.action)),
            ("object", text(&self.object)),
            ("object_id", text(&self.object_id)),
            ("previous_sha256", text(&self.previous)),
        ];
        let maybe = [
            ("token_id", &self.token_id),
            ("detail", &self.detail),
            ("from_sha256", &self.from_sha256),
            ("to_sha256", &self.to_sha256),
            ("request_id", &self.request_id),
        ];
        entries.extend(maybe.into_iter().filter_map(|(key, value)| Some((key, text(value.as_ref()?)))));
        canonical::sha256(&object(entries))
    }
}

/// What is to be logged.
#[derive(Debug, Clone, Default)]
pub struct Logged<'l> {
    /// Who.
    pub subject: &'l str,
    /// With which token.
    pub token_id: Option<&'l str>,
    /// What is done.
    pub action: &'l str,
    /// To what kind of thing.
    pub object: &'l str,
    /// To which.
    pub object_id: &'l str,
    /// What else there is to say.
    pub detail: Option<&'l str>,
    /// The fingerprint of it before.
    pub from_sha256: Option<&'l str>,
    /// The fingerprint of it after.
    pub to_sha256: Option<&'l str>,
    /// The request.
    pub request_id: Option<&'l str>,
}

/// The end of a bureau's trail, held until the transaction ends: no other can add to it.
#[derive(Debug, Clone)]
pub struct Position {
    count: i64,
    head: String,
}

/// Takes the end of a bureau's trail; the first thing that a write of a bureau does, so that they come one after another.
pub fn take(conn: &mut Conn, bureau: &str) -> Result<Position, Error> {
    let row = bureaus::table.find(bureau).select((bureaus::audit_count, bureaus::audit_head));
    let (count, head) = match conn {
        Conn::Postgres(conn) => row.for_update().first(conn)?,
        Conn::Sqlite(conn) => row.first(conn)?,
    };
    Ok(Position { count, head })
}

/// Adds an entry at the end.
pub fn add(conn: &mut Conn, bureau: &str, end: &mut Position, logged: &Logged<'_>) -> Result<(), Error> {
    let mut entry = Entry {
        bureau_id: bureau.to_owned(),
        place: end.count + 1,
        at: now(),
        subject: logged.subject.to_owned(),
        token_id: logged.token_id.map(str::to_owned),
        action: logged.action.to_owned(),
        object: logged.object.to_owned(),
        object_id: logged.object_id.to_owned(),
        detail: logged.detail.map(str::to_owned),
        from_sha256: logged.from_sha256.map(str::to_owned),
        to_sha256: logged.to_sha256.map(str::to_owned),
        request_id: logged.request_id.map(str::to_owned),
        previous: end.head.clone(),
        sha256: String::new(),
    };
    entry.sha256 = entry.fingerprint();
    diesel::insert_into(audit_entries::table).values(&entry).execute(conn)?;
    *end = Position { count: entry.place, head: entry.sha256 };
    let set = (bureaus::audit_count.eq(end.count), bureaus::audit_head.eq(&end.head));
    diesel::update(bureaus::table.find(bureau)).set(set).execute(conn)?;
    Ok(())
}

/// The entries of a bureau after a place, the oldest first.
pub fn list(conn: &mut Conn, bureau: &str, after: i64, limit: i64) -> Result<Vec<Entry>, Error> {
    let own = audit_entries::table.filter(audit_entries::bureau_id.eq(bureau)).filter(audit_entries::place.gt(after));
    Ok(own.order(audit_entries::place).limit(limit).load(conn)?)
}

/// The first broken link of a trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Where.
    pub place: i64,
    /// What is wrong there.
    pub reason: &'static str,
}

/// How many entries are read at once.
const AT_ONCE: i64 = 1_000;

/// Walks a bureau's trail: how many entries it has and the fingerprint of the last, or the first broken link.
pub fn verify(conn: &mut Conn, bureau: &str) -> Result<Result<(i64, String), Broken>, Error> {
    let (count, head): (i64, String) =
        bureaus::table.find(bureau).select((bureaus::audit_count, bureaus::audit_head)).first(conn)?;
    let (mut place, mut previous) = (0, NOTHING.to_owned());
    loop {
        let entries = list(conn, bureau, place, AT_ONCE)?;
        if entries.is_empty() {
            break;
        }
        for entry in entries {
            place += 1;
            let reason = if entry.place != place {
                Some("an entry is missing")
            } else if entry.previous != previous {
                Some("it does not follow the entry before it")
            } else if entry.sha256 != entry.fingerprint() {
                Some("it has been changed")
            } else {
                None
            };
            if let Some(reason) = reason {
                return Ok(Err(Broken { place, reason }));
            }
            previous = entry.sha256;
        }
    }
    Ok(if (place, &previous) == (count, &head) {
        Ok((count, head))
    } else {
        Err(Broken { place: place + 1, reason: "entries are missing at the end" })
    })
}
