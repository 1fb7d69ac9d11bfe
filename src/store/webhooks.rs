//! Where a bureau's events are sent: endpoints with the secrets that sign.

use std::time::Duration;

use diesel::prelude::*;

use super::deliveries;
use super::schema::{webhook_endpoints, webhook_secrets};
use super::{Conn, Error, after, now};

/// The word of the state of an endpoint to which is sent.
pub const ENABLED: &str = "enabled";
/// The word of the state of one to which is not.
pub const DISABLED: &str = "disabled";

/// The most secrets that sign at once.
const MOST_SECRETS: i64 = 10;

/// An endpoint.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = webhook_endpoints)]
pub struct Endpoint {
    /// Its id.
    pub id: String,
    /// The bureau whose events it gets.
    pub bureau_id: String,
    /// Where to send.
    pub url: String,
    /// A title for people.
    pub title: Option<String>,
    /// The words of the types that it wants, with commas between them; none: all.
    pub kinds: Option<String>,
    /// [`ENABLED`] or [`DISABLED`].
    pub state: String,
    /// The word of the reason, where the service has disabled it.
    pub disabled_because: Option<String>,
    /// Counts its changes.
    pub revision: i64,
    /// When it was made.
    pub created_at: String,
    /// By whom.
    pub created_by: String,
    /// When it was last changed.
    pub changed_at: String,
    /// Since when nothing has been delivered, though it was tried.
    pub failing_since: Option<String>,
    /// Who sends to it.
    pub claimed_by: Option<String>,
    /// Until when nobody else may.
    pub claimed_until: Option<String>,
    /// When somebody last began to.
    pub served_at: String,
}

impl Endpoint {
    /// Whether it wants events of a type.
    pub fn wants(&self, kind: &str) -> bool {
        self.kinds.as_ref().is_none_or(|kinds| kinds.split(',').any(|wanted| wanted == kind))
    }
}

/// Puts an endpoint on record.
pub fn add(conn: &mut Conn, endpoint: &Endpoint) -> Result<(), Error> {
    diesel::insert_into(webhook_endpoints::table).values(endpoint).execute(conn)?;
    Ok(())
}

/// An endpoint of a bureau.
pub fn get(conn: &mut Conn, bureau: &str, id: &str) -> Result<Option<Endpoint>, Error> {
    let own = webhook_endpoints::table.filter(webhook_endpoints::bureau_id.eq(bureau));
    Ok(own.filter(webhook_endpoints::id.eq(id)).first(conn).optional()?)
}

/// The endpoints of a bureau, the newest first, those after `before`.
pub fn list(conn: &mut Conn, bureau: &str, before: Option<&str>, limit: i64) -> Result<Vec<Endpoint>, Error> {
    let mut query = webhook_endpoints::table.filter(webhook_endpoints::bureau_id.eq(bureau)).into_boxed();
    if let Some(before) = before {
        query = query.filter(webhook_endpoints::id.lt(before.to_owned()));
    }
    Ok(query.order(webhook_endpoints::id.desc()).limit(limit).load(conn)?)
}

/// How many endpoints a bureau has.
pub fn count(conn: &mut Conn, bureau: &str) -> Result<i64, Error> {
    Ok(webhook_endpoints::table.filter(webhook_endpoints::bureau_id.eq(bureau)).count().get_result(conn)?)
}

/// Writes what an endpoint is, but for who sends to it.
pub fn change(conn: &mut Conn, endpoint: &Endpoint) -> Result<(), Error> {
    let set = (
        webhook_endpoints::url.eq(&endpoint.url),
        webhook_endpoints::title.eq(&endpoint.title),
        webhook_endpoints::kinds.eq(&endpoint.kinds),
        webhook_endpoints::state.eq(&endpoint.state),
        webhook_endpoints::disabled_because.eq(&endpoint.disabled_because),
        webhook_endpoints::revision.eq(webhook_endpoints::revision + 1),
        webhook_endpoints::changed_at.eq(now()),
        webhook_endpoints::failing_since.eq(&endpoint.failing_since),
    );
    diesel::update(webhook_endpoints::table.find(&endpoint.id)).set(set).execute(conn)?;
    Ok(())
}

/// Removes an endpoint with all that is kept of it.
pub fn remove(conn: &mut Conn, id: &str) -> Result<(), Error> {
    // Whoever sends holds the endpoint first and then its deliveries: in the same order nobody waits for the other.
    diesel::update(webhook_endpoints::table.find(id)).set(webhook_endpoints::state.eq(DISABLED)).execute(conn)?;
    deliveries::remove_all(conn, id)?;
    diesel::delete(webhook_secrets::table.filter(webhook_secrets::endpoint_id.eq(id))).execute(conn)?;
    diesel::delete(webhook_endpoints::table.find(id)).execute(conn)?;
    Ok(())
}

/// Gives an endpoint a new secret; those before it expire after so long.
pub fn add_secret(conn: &mut Conn, endpoint: &str, secret: &str, kept: Duration) -> Result<(), Error> {
    let own = webhook_secrets::table.filter(webhook_secrets::endpoint_id.eq(endpoint));
    let last = own.select(webhook_secrets::place).order(webhook_secrets::place.desc()).first::<i64>(conn).optional()?;
    diesel::update(own.filter(webhook_secrets::expires_at.is_null()))
        .set(webhook_secrets::expires_at.eq(Some(after(kept))))
        .execute(conn)?;
    let values = (
        webhook_secrets::endpoint_id.eq(endpoint),
        webhook_secrets::place.eq(last.unwrap_or_default() + 1),
        webhook_secrets::secret.eq(secret),
    );
    diesel::insert_into(webhook_secrets::table).values(values).execute(conn)?;
    Ok(())
}

/// The secrets of an endpoint that have not expired, the newest first.
pub fn secrets(conn: &mut Conn, endpoint: &str) -> Result<Vec<String>, Error> {
    let own = webhook_secrets::table.filter(webhook_secrets::endpoint_id.eq(endpoint));
    let expired = webhook_secrets::expires_at.le(now()).assume_not_null();
    let good = own.filter(webhook_secrets::expires_at.is_null().or(diesel::dsl::not(expired)));
    let newest = good.order(webhook_secrets::place.desc()).limit(MOST_SECRETS);
    Ok(newest.select(webhook_secrets::secret).load(conn)?)
}

/// Removes the secrets that have expired.
pub fn forget(conn: &mut Conn) -> Result<(), Error> {
    let expired = webhook_secrets::expires_at.le(now()).assume_not_null();
    diesel::delete(webhook_secrets::table.filter(webhook_secrets::expires_at.is_not_null().and(expired)))
        .execute(conn)?;
    Ok(())
}
