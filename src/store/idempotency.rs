//! What requests with an idempotency key were answered, kept for 30 days with the change itself.

use std::time::Duration;

use diesel::prelude::*;

use super::schema::idempotency_records;
use super::{Conn, Error, before};

/// How long an answer is kept.
pub const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// An answer that is given again.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = idempotency_records, treat_none_as_default_value = false)]
pub struct Replay {
    /// The token with which it was asked.
    pub token_id: String,
    /// The key.
    pub key: String,
    /// The fingerprint of the request.
    pub request_sha256: String,
    /// The status.
    pub status: i64,
    /// The body.
    pub body: String,
    /// The `ETag`.
    pub etag: Option<String>,
    /// The `Location`.
    pub location: Option<String>,
    /// When it was answered.
    pub created_at: String,
}

/// The answer that was given under a key and is still kept.
pub fn find(conn: &mut Conn, token: &str, key: &str) -> Result<Option<Replay>, Error> {
    let found: Option<Replay> = idempotency_records::table.find((token, key)).first(conn).optional()?;
    Ok(found.filter(|replay| replay.created_at > before(KEPT)))
}

/// Keeps an answer. One under the same key is too old to count, or it would have been given.
pub fn keep(conn: &mut Conn, replay: &Replay) -> Result<(), Error> {
    diesel::delete(idempotency_records::table.find((&replay.token_id, &replay.key))).execute(conn)?;
    diesel::insert_into(idempotency_records::table).values(replay).execute(conn)?;
    Ok(())
}

/// Removes the answers that are no longer kept.
pub fn forget(conn: &mut Conn) -> Result<(), Error> {
    let old = idempotency_records::table.filter(idempotency_records::created_at.lt(before(KEPT)));
    diesel::delete(old).execute(conn)?;
    Ok(())
}
