//! What has happened, for those who follow it: an append-only feed for each bureau.

use diesel::prelude::*;

use super::rosters::Scope;
use super::schema::{events, roster_schools, rosters};
use super::{Conn, Error, deliveries, new_id, now};

/// An event.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = events)]
pub struct Event {
    /// The bureau whose it is.
    pub bureau_id: String,
    /// Its number in the bureau's feed, from 1.
    pub place: i64,
    /// Its id.
    pub id: String,
    /// The word of its type.
    pub kind: String,
    /// When.
    pub at: String,
    /// What kind of thing it tells of.
    pub object: String,
    /// Which.
    pub object_id: String,
    /// Which version of it.
    pub version: Option<i64>,
    /// The state that it then had.
    pub state: Option<String>,
    /// Whoever may see this roster may see the event.
    pub roster_id: Option<String>,
    /// The run that the object belongs to.
    pub run_id: Option<String>,
}

/// What is to be told.
#[derive(Debug, Clone, Copy, Default)]
pub struct Told<'t> {
    /// The word of the type.
    pub kind: &'t str,
    /// What kind of thing.
    pub object: &'t str,
    /// Which.
    pub object_id: &'t str,
    /// Which version of it.
    pub version: Option<i64>,
    /// The state that it has now.
    pub state: Option<&'t str>,
    /// The roster that it belongs to.
    pub roster_id: Option<&'t str>,
    /// The run that it belongs to.
    pub run_id: Option<&'t str>,
}

/// The number of a bureau's last event; 0 where there is none.
pub fn last(conn: &mut Conn, bureau: &str) -> Result<i64, Error> {
    let own = events::table.filter(events::bureau_id.eq(bureau)).select(events::place);
    Ok(own.order(events::place.desc()).first(conn).optional()?.unwrap_or_default())
}

/// Adds an event at the end of a bureau's feed, and for those to whom it is sent. The caller holds the bureau's trail: events are committed in their order, so
/// that a reader who has seen one has seen all before it.
pub fn add(conn: &mut Conn, bureau: &str, told: &Told<'_>) -> Result<(), Error> {
    let event = Event {
        bureau_id: bureau.to_owned(),
        place: last(conn, bureau)? + 1,
        id: new_id(),
        kind: told.kind.to_owned(),
        at: now(),
        object: told.object.to_owned(),
        object_id: told.object_id.to_owned(),
        version: told.version,
        state: told.state.map(str::to_owned),
        roster_id: told.roster_id.map(str::to_owned),
        run_id: told.run_id.map(str::to_owned),
    };
    diesel::insert_into(events::table).values(&event).execute(conn)?;
    deliveries::add(conn, &event)
}

/// The events of a bureau after a place that are in the scope and of one of these types, the oldest first; without types, all.
pub fn list(
    conn: &mut Conn,
    bureau: &str,
    scope: Scope<'_>,
    kinds: Option<&[String]>,
    after: i64,
    limit: i64,
) -> Result<Vec<Event>, Error> {
    let mut query = events::table.filter(events::bureau_id.eq(bureau)).filter(events::place.gt(after)).into_boxed();
    if let Scope::Schools(seen) = scope {
        let whole =
            rosters::table.filter(rosters::id.nullable().eq(events::roster_id)).filter(rosters::whole_bureau.eq(1));
        let other = roster_schools::table
            .filter(roster_schools::roster_id.nullable().eq(events::roster_id))
            .filter(diesel::dsl::not(roster_schools::school_id.eq_any(seen.to_vec())));
        query = query
            .filter(events::roster_id.is_not_null())
            .filter(diesel::dsl::not(diesel::dsl::exists(whole)))
            .filter(diesel::dsl::not(diesel::dsl::exists(other)));
    }
    if let Some(kinds) = kinds {
        query = query.filter(events::kind.eq_any(kinds.to_vec()));
    }
    Ok(query.order(events::place).limit(limit).load(conn)?)
}
