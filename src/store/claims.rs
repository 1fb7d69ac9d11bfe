//! Who calculates which run. A claim ends by itself, so that a run whose process died is taken over by another; what is
//! written under a claim is written only while it lasts.

use std::time::Duration;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::runs::Run;
use super::schema::runs;
use super::{Conn, Error, later, now};

/// The state of a run that waits for its result.
pub const CALCULATING: &str = "calculating";

/// The time by which claims are compared: the database's, where processes of several machines share it.
pub(super) fn clock(conn: &mut Conn) -> Result<String, Error> {
    const UTC: &str = "to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')";
    match conn {
        Conn::Postgres(conn) => Ok(diesel::select(sql::<Text>(UTC)).get_result(conn)?),
        Conn::Sqlite(_) => Ok(now()),
    }
}

/// Claims a run that waits and that nobody holds: of the bureau that has fewest under way, the oldest. Each claim has a
/// claimant of its own.
pub fn claim(conn: &mut Conn, claimant: &str, lease: Duration) -> Result<Option<Run>, Error> {
    let now = clock(conn)?;
    let free = runs::claimed_until.is_null().or(runs::claimed_until.lt(now.clone()).assume_not_null());
    let under_way = "(SELECT COUNT(*) FROM runs AS other WHERE other.bureau_id = runs.bureau_id \
        AND other.state = 'calculating' AND other.claimed_until >= ";
    let under_way = sql::<BigInt>(under_way).bind::<Text, _>(now.clone()).sql(")");
    let waiting = runs::table.filter(runs::state.eq(CALCULATING)).filter(free).order((under_way, runs::id)).limit(1);
    let found: Option<Run> = match conn {
        Conn::Postgres(conn) => waiting.for_update().skip_locked().first(conn).optional()?,
        Conn::Sqlite(conn) => waiting.first(conn).optional()?,
    };
    let Some(run) = found else { return Ok(None) };
    let attempts = run.attempts + 1;
    let set = (
        runs::claimed_by.eq(Some(claimant)),
        runs::claimed_until.eq(Some(later(&now, lease))),
        runs::attempts.eq(attempts),
    );
    diesel::update(runs::table.find(&run.id)).set(set).execute(conn)?;
    Ok(Some(Run { claimed_by: Some(claimant.to_owned()), attempts, ..run }))
}

/// Prolongs the claim of a run, where it still holds.
pub fn prolong(conn: &mut Conn, run: &Run, lease: Duration) -> Result<(), Error> {
    let own = runs::table.filter(runs::id.eq(&run.id)).filter(runs::claimed_by.eq(&run.claimed_by));
    let until = later(&clock(conn)?, lease);
    diesel::update(own).set(runs::claimed_until.eq(Some(until))).execute(conn)?;
    Ok(())
}

/// Gives the claim of a run back, where it still holds: as if nobody had begun.
pub fn give_back(conn: &mut Conn, run: &Run) -> Result<(), Error> {
    let own = runs::table.filter(runs::id.eq(&run.id)).filter(runs::claimed_by.eq(&run.claimed_by));
    let set = (
        runs::claimed_by.eq(None::<String>),
        runs::claimed_until.eq(None::<String>),
        runs::attempts.eq(runs::attempts - 1),
    );
    diesel::update(own).set(set).execute(conn)?;
    Ok(())
}

/// Whether the claim of a run still holds; its row is held until the transaction ends, so that it goes on holding.
pub fn holds(conn: &mut Conn, run: &Run) -> Result<bool, Error> {
    let own = runs::table.find(&run.id).select((runs::claimed_by, runs::state));
    let found: Option<(Option<String>, String)> = match conn {
        Conn::Postgres(conn) => own.for_update().first(conn).optional()?,
        Conn::Sqlite(conn) => own.first(conn).optional()?,
    };
    Ok(found.is_some_and(|(holder, state)| holder == run.claimed_by && state == CALCULATING))
}

/// Frees the runs that earlier processes held: no other process serves this database.
pub fn free_all(conn: &mut Conn) -> Result<(), Error> {
    let held = runs::table.filter(runs::state.eq(CALCULATING)).filter(runs::claimed_by.is_not_null());
    let set = (runs::claimed_by.eq(None::<String>), runs::claimed_until.eq(None::<String>));
    diesel::update(held).set(set).execute(conn)?;
    Ok(())
}

/// How many runs of a bureau wait for their result.
pub fn waiting_of(conn: &mut Conn, bureau: &str) -> Result<i64, Error> {
    let own = runs::table.filter(runs::state.eq(CALCULATING)).filter(runs::bureau_id.eq(bureau));
    Ok(own.count().get_result(conn)?)
}

/// How many runs wait for their result.
pub fn waiting(conn: &mut Conn) -> Result<i64, Error> {
    Ok(runs::table.filter(runs::state.eq(CALCULATING)).count().get_result(conn)?)
}
