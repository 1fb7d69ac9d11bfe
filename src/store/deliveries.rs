//! Events for webhook endpoints: what waits, what came of it, and who sends. An endpoint is claimed as a run is: by one at a
//! time, for a while.

use std::time::Duration;

use diesel::dsl::{AsExprOf, sql};
use diesel::expression::{SqlLiteral, UncheckedBind};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use super::claims::clock;
use super::events::Event;
use super::schema::{events, webhook_attempts, webhook_deliveries, webhook_endpoints};
use super::webhooks::{ENABLED, Endpoint};
use super::{Conn, Error, before, later};

/// The words of a delivery's states.
pub const WAITING: &str = "waiting";
/// See [`WAITING`].
pub const DELIVERED: &str = "delivered";
/// See [`WAITING`].
pub const GIVEN_UP: &str = "given_up";
/// See [`WAITING`].
pub const CANCELLED: &str = "cancelled";

/// How long it is kept what came of a delivery.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// An event for an endpoint.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = webhook_deliveries)]
pub struct Delivery {
    /// The endpoint.
    pub endpoint_id: String,
    /// The event's place in the feed.
    pub place: i64,
    /// The event.
    pub event_id: String,
    /// What the event tells of.
    pub object_id: String,
    /// The word of its state.
    pub state: String,
    /// How often it was tried since it was added or wanted again.
    pub tries: i64,
    /// When that began.
    pub begun_at: Option<String>,
    /// When it is tried next.
    pub next_at: Option<String>,
    /// When it was delivered, given up or cancelled.
    pub ended_at: Option<String>,
}

/// What came of sending it once.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = webhook_attempts)]
pub struct Attempt {
    /// The endpoint.
    pub endpoint_id: String,
    /// The event's place in the feed.
    pub place: i64,
    /// Its number, from 1.
    pub number: i64,
    /// When.
    pub at: String,
    /// The status of the answer.
    pub status: Option<i64>,
    /// The word of the reason that there was none.
    pub error: Option<String>,
    /// How long it took.
    pub milliseconds: i64,
}

/// Adds an event for each endpoint of its bureau that wants it, in the transaction of the event itself.
pub(super) fn add(conn: &mut Conn, event: &Event) -> Result<(), Error> {
    let enabled = webhook_endpoints::table
        .filter(webhook_endpoints::bureau_id.eq(&event.bureau_id))
        .filter(webhook_endpoints::state.eq(ENABLED));
    let endpoints: Vec<Endpoint> = enabled.load(conn)?;
    for endpoint in endpoints.iter().filter(|endpoint| endpoint.wants(&event.kind)) {
        let delivery = Delivery {
            endpoint_id: endpoint.id.clone(),
            place: event.place,
            event_id: event.id.clone(),
            object_id: event.object_id.clone(),
            state: WAITING.to_owned(),
            tries: 0,
            begun_at: None,
            next_at: Some(clock(conn)?),
            ended_at: None,
        };
        diesel::insert_into(webhook_deliveries::table).values(&delivery).execute(conn)?;
    }
    Ok(())
}

/// What must hold of a delivery that may be sent: none of the same thing that came before it waits.
const FIRST: &str = "NOT EXISTS (SELECT 1 FROM webhook_deliveries AS earlier \
    WHERE earlier.endpoint_id = webhook_deliveries.endpoint_id AND earlier.object_id = webhook_deliveries.object_id \
    AND earlier.state = 'waiting' AND earlier.place < webhook_deliveries.place)";

/// Claims an endpoint to which something is to be sent and that nobody holds: the one that was served least recently. Each
/// claim has a claimant of its own.
pub fn claim(conn: &mut Conn, claimant: &str, lease: Duration) -> Result<Option<Endpoint>, Error> {
    let now = clock(conn)?;
    let free = webhook_endpoints::claimed_until
        .is_null()
        .or(webhook_endpoints::claimed_until.lt(now.clone()).assume_not_null());
    let wanted = webhook_endpoints::table.filter(webhook_endpoints::state.eq(ENABLED)).filter(free).filter(due(&now));
    let wanted = wanted.order(webhook_endpoints::served_at).limit(1);
    let found: Option<Endpoint> = match conn {
        Conn::Postgres(conn) => wanted.for_update().skip_locked().first(conn).optional()?,
        Conn::Sqlite(conn) => wanted.first(conn).optional()?,
    };
    let Some(endpoint) = found else { return Ok(None) };
    let set = (
        webhook_endpoints::claimed_by.eq(Some(claimant)),
        webhook_endpoints::claimed_until.eq(Some(later(&now, lease))),
        webhook_endpoints::served_at.eq(&now),
    );
    diesel::update(webhook_endpoints::table.find(&endpoint.id)).set(set).execute(conn)?;
    Ok(Some(Endpoint { claimed_by: Some(claimant.to_owned()), ..endpoint }))
}

/// Whether something is to be sent to an endpoint: looking costs less than claiming.
pub fn is_any_due(conn: &mut Conn) -> Result<bool, Error> {
    let now = clock(conn)?;
    let enabled = webhook_endpoints::table.filter(webhook_endpoints::state.eq(ENABLED)).filter(due(&now));
    Ok(enabled.select(webhook_endpoints::id).first::<String>(conn).optional()?.is_some())
}

/// Whether something is to be sent by now to an endpoint of the query.
fn due(now: &str) -> SqlLiteral<Bool, UncheckedBind<SqlLiteral<Bool>, AsExprOf<String, Text>>> {
    let of_endpoint = "EXISTS (SELECT 1 FROM webhook_deliveries WHERE endpoint_id = webhook_endpoints.id \
        AND state = 'waiting' AND next_at <= ";
    sql::<Bool>(of_endpoint).bind::<Text, _>(now.to_owned()).sql(&format!(" AND {FIRST})"))
}

/// An endpoint as it is now, where the claim still holds and it is enabled. It is held until the transaction ends.
pub fn held(conn: &mut Conn, claimed: &Endpoint) -> Result<Option<Endpoint>, Error> {
    let own = webhook_endpoints::table.find(&claimed.id);
    let found: Option<Endpoint> = match conn {
        Conn::Postgres(conn) => own.for_update().first(conn).optional()?,
        Conn::Sqlite(conn) => own.first(conn).optional()?,
    };
    Ok(found.filter(|endpoint| endpoint.claimed_by == claimed.claimed_by && endpoint.state == ENABLED))
}

/// Prolongs a claim that is held.
pub fn prolong(conn: &mut Conn, endpoint: &Endpoint, lease: Duration) -> Result<(), Error> {
    let until = later(&clock(conn)?, lease);
    let set = webhook_endpoints::claimed_until.eq(Some(until));
    diesel::update(webhook_endpoints::table.find(&endpoint.id)).set(set).execute(conn)?;
    Ok(())
}

/// Gives a claim back, where it still holds.
pub fn give_back(conn: &mut Conn, endpoint: &Endpoint) -> Result<(), Error> {
    let own = webhook_endpoints::table
        .filter(webhook_endpoints::id.eq(&endpoint.id))
        .filter(webhook_endpoints::claimed_by.eq(&endpoint.claimed_by));
    let set = (webhook_endpoints::claimed_by.eq(None::<String>), webhook_endpoints::claimed_until.eq(None::<String>));
    diesel::update(own).set(set).execute(conn)?;
    Ok(())
}

/// Frees the endpoints that earlier processes held: no other process serves this database.
pub fn free_all(conn: &mut Conn) -> Result<(), Error> {
    let set = (webhook_endpoints::claimed_by.eq(None::<String>), webhook_endpoints::claimed_until.eq(None::<String>));
    diesel::update(webhook_endpoints::table).set(set).execute(conn)?;
    Ok(())
}

/// What is to be sent next to an endpoint, with its event.
pub fn next(conn: &mut Conn, endpoint: &Endpoint) -> Result<Option<(Delivery, Event)>, Error> {
    let now = clock(conn)?;
    let due = webhook_deliveries::table
        .filter(webhook_deliveries::endpoint_id.eq(&endpoint.id))
        .filter(webhook_deliveries::next_at.le(now))
        // As a literal, by which both databases know the index of what waits.
        .filter(sql::<Bool>("state = 'waiting'").and(sql::<Bool>(FIRST)));
    let found: Option<Delivery> = due.order(webhook_deliveries::place).first(conn).optional()?;
    let Some(delivery) = found else { return Ok(None) };
    let event = events::table.find((&endpoint.bureau_id, delivery.place)).first(conn)?;
    Ok(Some((delivery, event)))
}

/// Notes what came of sending it once, and how the delivery goes on: `pause` until the next try, or the word of the state
/// in which it ends. Where it has been cancelled meanwhile it stays so.
pub fn note(
    conn: &mut Conn,
    delivery: &Delivery,
    attempt: &Attempt,
    goes_on: Result<Duration, &str>,
) -> Result<(), Error> {
    let own = webhook_attempts::table
        .filter(webhook_attempts::endpoint_id.eq(&delivery.endpoint_id))
        .filter(webhook_attempts::place.eq(delivery.place));
    let last = own.select(webhook_attempts::number).order(webhook_attempts::number.desc());
    let number = last.first::<i64>(conn).optional()?.unwrap_or_default() + 1;
    diesel::insert_into(webhook_attempts::table).values(&Attempt { number, ..attempt.clone() }).execute(conn)?;
    let now = clock(conn)?;
    let (state, next_at, ended_at) = match goes_on {
        Ok(pause) => (WAITING, Some(later(&now, pause)), None),
        Err(state) => (state, None, Some(now)),
    };
    let begun_at = delivery.begun_at.clone().unwrap_or_else(|| attempt.at.clone());
    let set = (
        webhook_deliveries::state.eq(state),
        webhook_deliveries::tries.eq(delivery.tries + 1),
        webhook_deliveries::begun_at.eq(Some(begun_at)),
        webhook_deliveries::next_at.eq(next_at),
        webhook_deliveries::ended_at.eq(ended_at),
    );
    let waits = webhook_deliveries::table
        .filter(webhook_deliveries::endpoint_id.eq(&delivery.endpoint_id))
        .filter(webhook_deliveries::place.eq(delivery.place))
        .filter(webhook_deliveries::state.eq(WAITING));
    diesel::update(waits).set(set).execute(conn)?;
    Ok(())
}

/// Notes since when nothing has been delivered to an endpoint; none: something just was.
pub fn note_failing(conn: &mut Conn, endpoint: &Endpoint, since: Option<&str>) -> Result<(), Error> {
    let set = webhook_endpoints::failing_since.eq(since);
    diesel::update(webhook_endpoints::table.find(&endpoint.id)).set(set).execute(conn)?;
    Ok(())
}

/// Cancels what waits for an endpoint.
pub fn cancel(conn: &mut Conn, endpoint: &str) -> Result<(), Error> {
    let waits = webhook_deliveries::table
        .filter(webhook_deliveries::endpoint_id.eq(endpoint))
        .filter(webhook_deliveries::state.eq(WAITING));
    let set = (
        webhook_deliveries::state.eq(CANCELLED),
        webhook_deliveries::next_at.eq(None::<String>),
        webhook_deliveries::ended_at.eq(Some(clock(conn)?)),
    );
    diesel::update(waits).set(set).execute(conn)?;
    Ok(())
}

/// Puts a delivery at the beginning again.
pub fn begin_again(conn: &mut Conn, delivery: &Delivery) -> Result<Delivery, Error> {
    let own = webhook_deliveries::table.find((&delivery.endpoint_id, delivery.place));
    let set = (
        webhook_deliveries::state.eq(WAITING),
        webhook_deliveries::tries.eq(0),
        webhook_deliveries::begun_at.eq(None::<String>),
        webhook_deliveries::next_at.eq(Some(clock(conn)?)),
        webhook_deliveries::ended_at.eq(None::<String>),
    );
    diesel::update(own).set(set).execute(conn)?;
    Ok(own.first(conn)?)
}

/// The delivery of an event to an endpoint.
pub fn get(conn: &mut Conn, endpoint: &str, event: &str) -> Result<Option<Delivery>, Error> {
    let own = webhook_deliveries::table.filter(webhook_deliveries::endpoint_id.eq(endpoint));
    Ok(own.filter(webhook_deliveries::event_id.eq(event)).first(conn).optional()?)
}

/// The deliveries to an endpoint that are in a state or in any, the newest first, those of events before `before`.
pub fn list(
    conn: &mut Conn,
    endpoint: &str,
    state: Option<&str>,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Delivery>, Error> {
    let mut query = webhook_deliveries::table.filter(webhook_deliveries::endpoint_id.eq(endpoint)).into_boxed();
    if let Some(state) = state {
        query = query.filter(webhook_deliveries::state.eq(state.to_owned()));
    }
    if let Some(before) = before {
        query = query.filter(webhook_deliveries::place.lt(before));
    }
    Ok(query.order(webhook_deliveries::place.desc()).limit(limit).load(conn)?)
}

/// The event of a delivery.
pub fn event(conn: &mut Conn, delivery: &Delivery) -> Result<Event, Error> {
    Ok(events::table.filter(events::id.eq(&delivery.event_id)).first(conn)?)
}

/// What came of sending it, the last ones first.
pub fn attempts(conn: &mut Conn, delivery: &Delivery, limit: i64) -> Result<Vec<Attempt>, Error> {
    let own = webhook_attempts::table
        .filter(webhook_attempts::endpoint_id.eq(&delivery.endpoint_id))
        .filter(webhook_attempts::place.eq(delivery.place));
    Ok(own.order(webhook_attempts::number.desc()).limit(limit).load(conn)?)
}

/// Removes all deliveries to an endpoint.
pub(super) fn remove_all(conn: &mut Conn, endpoint: &str) -> Result<(), Error> {
    diesel::delete(webhook_attempts::table.filter(webhook_attempts::endpoint_id.eq(endpoint))).execute(conn)?;
    diesel::delete(webhook_deliveries::table.filter(webhook_deliveries::endpoint_id.eq(endpoint))).execute(conn)?;
    Ok(())
}

/// Removes what is no longer kept.
pub fn forget(conn: &mut Conn) -> Result<(), Error> {
    let old = "EXISTS (SELECT 1 FROM webhook_deliveries AS d WHERE d.endpoint_id = webhook_attempts.endpoint_id \
        AND d.place = webhook_attempts.place AND d.ended_at < ";
    let of_old = sql::<Bool>(old).bind::<Text, _>(before(KEPT)).sql(")");
    diesel::delete(webhook_attempts::table.filter(of_old)).execute(conn)?;
    let old = webhook_deliveries::ended_at.lt(before(KEPT)).assume_not_null();
    diesel::delete(webhook_deliveries::table.filter(webhook_deliveries::ended_at.is_not_null().and(old)))
        .execute(conn)?;
    Ok(())
}
