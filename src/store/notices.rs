//! From when to when runs are posted.

use diesel::prelude::*;

use super::runs::Run;
use super::schema::{run_notices, runs};
use super::{Conn, Error};

/// The notice of a run.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = run_notices)]
pub struct RunNotice {
    /// The run.
    pub run_id: String,
    /// The first day.
    pub begins_on: String,
    /// The last day.
    pub ends_on: String,
    /// How many of the days are working days.
    pub working_days: i64,
    /// What the bureau had set for its notices then, as JSON.
    pub settings: String,
    /// The end of the path at which everybody may read it; none where it was posted before there were any.
    pub link: Option<String>,
}

/// The notice of a run, if it has one.
pub fn get(conn: &mut Conn, run: &str) -> Result<Option<RunNotice>, Error> {
    Ok(run_notices::table.find(run).first(conn).optional()?)
}

/// The run whose notice has this link.
pub fn linked(conn: &mut Conn, link: &str) -> Result<Option<Run>, Error> {
    let own = run_notices::table.filter(run_notices::link.eq(link)).select(run_notices::run_id);
    Ok(runs::table.filter(runs::id.eq_any(own)).first(conn).optional()?)
}

/// Puts the notice of a run on record.
pub fn add(conn: &mut Conn, notice: &RunNotice) -> Result<(), Error> {
    diesel::insert_into(run_notices::table).values(notice).execute(conn)?;
    Ok(())
}
