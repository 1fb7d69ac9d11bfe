//! Objections to runs that are posted.

use diesel::prelude::*;

use super::schema::objections;
use super::{Conn, Error};

/// The state of an objection that is not decided.
pub const OPEN: &str = "open";

/// An objection.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = objections)]
pub struct Objection {
    /// Its id.
    pub id: String,
    /// The run.
    pub run_id: String,
    /// The payee that it is about.
    pub payee_id: Option<String>,
    /// The school that it is about.
    pub school_id: Option<String>,
    /// Who objects.
    pub objector: String,
    /// What it says.
    pub content: String,
    /// The word of its state.
    pub state: String,
    /// When it was entered.
    pub created_at: String,
    /// By whom.
    pub created_by: String,
    /// Why it was decided so.
    pub reason: Option<String>,
    /// When.
    pub decided_at: Option<String>,
    /// By whom.
    pub decided_by: Option<String>,
}

/// Puts an objection on record.
pub fn add(conn: &mut Conn, objection: &Objection) -> Result<(), Error> {
    diesel::insert_into(objections::table).values(objection).execute(conn)?;
    Ok(())
}

/// An objection to a run.
pub fn get(conn: &mut Conn, run: &str, id: &str) -> Result<Option<Objection>, Error> {
    let own = objections::table.filter(objections::run_id.eq(run)).filter(objections::id.eq(id));
    Ok(own.first(conn).optional()?)
}

/// The objections to a run after `after`, in the order in which they were entered; those in this state where one is named.
pub fn list(conn: &mut Conn, run: &str, state: Option<&str>, after: &str, limit: i64) -> Result<Vec<Objection>, Error> {
    let mut query = objections::table.filter(objections::run_id.eq(run)).filter(objections::id.gt(after)).into_boxed();
    if let Some(state) = state {
        query = query.filter(objections::state.eq(state.to_owned()));
    }
    Ok(query.order(objections::id).limit(limit).load(conn)?)
}

/// How many objections to a run are in each state.
pub fn counts(conn: &mut Conn, run: &str) -> Result<Vec<(String, i64)>, Error> {
    let own = objections::table.filter(objections::run_id.eq(run)).group_by(objections::state);
    Ok(own.select((objections::state, diesel::dsl::count_star())).load(conn)?)
}

/// Writes what was decided of an objection.
pub fn decide(conn: &mut Conn, objection: &Objection) -> Result<(), Error> {
    let set = (
        objections::state.eq(&objection.state),
        objections::reason.eq(&objection.reason),
        objections::decided_at.eq(&objection.decided_at),
        objections::decided_by.eq(&objection.decided_by),
    );
    diesel::update(objections::table.find(&objection.id)).set(set).execute(conn)?;
    Ok(())
}
