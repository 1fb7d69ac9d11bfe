//! Runs: a plan version and a roster with what they came to.

use diesel::prelude::*;

use super::rosters::Scope;
use super::schema::{roster_schools, rosters, run_progress, run_transitions, runs};
use super::{Conn, Error};

/// A run.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = runs)]
pub struct Run {
    /// Its id.
    pub id: String,
    /// The bureau whose it is.
    pub bureau_id: String,
    /// The plan.
    pub plan_id: String,
    /// The version of the plan.
    pub version: i64,
    /// The roster.
    pub roster_id: String,
    /// A title for people.
    pub title: Option<String>,
    /// The word of its state.
    pub state: String,
    /// Counts its changes.
    pub revision: i64,
    /// When it was made.
    pub created_at: String,
    /// By whom.
    pub created_by: String,
    /// The fingerprint of the plan.
    pub plan_sha256: String,
    /// The fingerprint of the roster's data.
    pub data_sha256: String,
    /// Why it could not be calculated, as JSON in both languages.
    pub failure: Option<String>,
    /// The fingerprint of the result.
    pub result_sha256: Option<String>,
    /// The program that calculated it.
    pub engine: Option<String>,
    /// Columns, checks, vetoes and warnings, as JSON.
    pub findings: Option<String>,
    /// How many payees it has.
    pub payee_count: Option<i64>,
    /// The balance, each in fen.
    pub sources: Option<i64>,
    /// See `sources`.
    pub paid: Option<i64>,
    /// See `sources`.
    pub assigned: Option<i64>,
    /// See `sources`.
    pub withheld: Option<i64>,
    /// See `sources`.
    pub left_over: Option<i64>,
    /// See `sources`.
    pub unfunded: Option<i64>,
    /// See `sources`.
    pub payee_total: Option<i64>,
    /// Who calculates it.
    pub claimed_by: Option<String>,
    /// Until when nobody else may.
    pub claimed_until: Option<String>,
    /// How often somebody has begun to.
    pub attempts: i64,
    /// The run that was withdrawn or failed, and is made again by this one.
    pub replaces: Option<String>,
}

/// A step of a run's life.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = run_transitions)]
pub struct Transition {
    /// The run.
    pub run_id: String,
    /// Its place among the run's, from 1.
    pub place: i64,
    /// What was done.
    pub action: String,
    /// The state that the run then had.
    pub state: String,
    /// When.
    pub at: String,
    /// By whom.
    pub subject: String,
    /// Why.
    pub reason: Option<String>,
}

/// Which runs are wanted.
#[derive(Debug, Clone, Default)]
pub struct RunFilter {
    /// Those in this state.
    pub state: Option<String>,
    /// Those of this plan.
    pub plan_id: Option<String>,
    /// Those of this roster.
    pub roster_id: Option<String>,
}

/// Puts a run on record.
pub fn add(conn: &mut Conn, run: &Run) -> Result<(), Error> {
    diesel::insert_into(runs::table).values(run).execute(conn)?;
    Ok(())
}

/// A run of a bureau.
pub fn get(conn: &mut Conn, bureau: &str, id: &str) -> Result<Option<Run>, Error> {
    Ok(runs::table.filter(runs::bureau_id.eq(bureau)).filter(runs::id.eq(id)).first(conn).optional()?)
}

/// The last run that replaces another, and its state.
pub fn replaced_by(conn: &mut Conn, run: &str) -> Result<Option<(String, String)>, Error> {
    let others = runs::table.filter(runs::replaces.eq(run)).order(runs::id.desc());
    Ok(others.select((runs::id, runs::state)).first(conn).optional()?)
}

/// The runs of a bureau in the scope, the newest first, those after `before`.
pub fn list(
    conn: &mut Conn,
    bureau: &str,
    scope: Scope<'_>,
    filter: &RunFilter,
    before: Option<&str>,
    limit: i64,
) -> Result<Vec<Run>, Error> {
    let mut query = runs::table.filter(runs::bureau_id.eq(bureau)).into_boxed();
    if let Scope::Schools(seen) = scope {
        let other = roster_schools::table
            .filter(roster_schools::roster_id.eq(runs::roster_id))
            .filter(diesel::dsl::not(roster_schools::school_id.eq_any(seen.to_vec())));
        let whole = rosters::table.filter(rosters::id.eq(runs::roster_id)).filter(rosters::whole_bureau.eq(1));
        query = query
            .filter(diesel::dsl::not(diesel::dsl::exists(whole)))
            .filter(diesel::dsl::not(diesel::dsl::exists(other)));
    }
    for (column, value) in [(0, &filter.state), (1, &filter.plan_id), (2, &filter.roster_id)] {
        let Some(value) = value.clone() else { continue };
        query = match column {
            0 => query.filter(runs::state.eq(value)),
            1 => query.filter(runs::plan_id.eq(value)),
            _ => query.filter(runs::roster_id.eq(value)),
        };
    }
    if let Some(before) = before {
        query = query.filter(runs::id.lt(before.to_owned()));
    }
    Ok(query.order(runs::id.desc()).limit(limit).load(conn)?)
}

/// What has been done to a run, in order.
pub fn transitions(conn: &mut Conn, run: &str) -> Result<Vec<Transition>, Error> {
    let own = run_transitions::table.filter(run_transitions::run_id.eq(run));
    Ok(own.order(run_transitions::place).load(conn)?)
}

/// Notes a step of a run's life and the state that it leads to. The caller holds the bureau's trail, so no other does.
pub fn transit(conn: &mut Conn, transition: &Transition) -> Result<(), Error> {
    forget_progress(conn, &transition.run_id)?;
    diesel::insert_into(run_transitions::table).values(transition).execute(conn)?;
    let set = (runs::state.eq(&transition.state), runs::revision.eq(runs::revision + 1));
    diesel::update(runs::table.find(&transition.run_id)).set(set).execute(conn)?;
    Ok(())
}

/// How many rows of a run's result are written, of how many; none where nobody writes.
pub fn progress(conn: &mut Conn, run: &str) -> Result<Option<(i64, i64)>, Error> {
    Ok(run_progress::table.find(run).select((run_progress::written, run_progress::total)).first(conn).optional()?)
}

/// Notes how many rows of a run's result are written, of how many.
pub fn note_progress(conn: &mut Conn, run: &str, (written, total): (i64, i64)) -> Result<(), Error> {
    forget_progress(conn, run)?;
    let row = (run_progress::run_id.eq(run), run_progress::written.eq(written), run_progress::total.eq(total));
    diesel::insert_into(run_progress::table).values(row).execute(conn)?;
    Ok(())
}

fn forget_progress(conn: &mut Conn, run: &str) -> Result<(), Error> {
    diesel::delete(run_progress::table.find(run)).execute(conn)?;
    Ok(())
}

/// Writes what a run's calculation came to.
pub fn finish(conn: &mut Conn, run: &Run) -> Result<(), Error> {
    let set = (
        runs::failure.eq(&run.failure),
        runs::result_sha256.eq(&run.result_sha256),
        runs::engine.eq(&run.engine),
        runs::findings.eq(&run.findings),
        runs::payee_count.eq(run.payee_count),
        (runs::sources.eq(run.sources), runs::paid.eq(run.paid), runs::assigned.eq(run.assigned)),
        (runs::withheld.eq(run.withheld), runs::left_over.eq(run.left_over)),
        (runs::unfunded.eq(run.unfunded), runs::payee_total.eq(run.payee_total)),
        (runs::claimed_by.eq(None::<String>), runs::claimed_until.eq(None::<String>)),
    );
    diesel::update(runs::table.find(&run.id)).set(set).execute(conn)?;
    Ok(())
}
