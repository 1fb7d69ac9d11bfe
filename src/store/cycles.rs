//! Cycles: what an allocation gives each school, and the runs by which the schools distribute it.

use std::collections::HashMap;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::rosters::Scope;
use super::runs::Run;
use super::schema::{cycle_runs, cycle_schools, cycles, lines, runs};
use super::{Conn, Error, now};

/// The words of a cycle's states.
pub const OPEN: &str = "open";
/// See [`OPEN`].
pub const CLOSED: &str = "closed";

/// A cycle.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = cycles)]
pub struct Cycle {
    /// Its id.
    pub id: String,
    /// The bureau whose it is.
    pub bureau_id: String,
    /// A title for people.
    pub title: String,
    /// The word of its state.
    pub state: String,
    /// The run that allocates.
    pub allocation_run_id: String,
    /// The column of it that is the quota of each school, as level.name.
    pub step: String,
    /// The check steps that every distribution must satisfy, as JSON.
    pub requirements: String,
    /// Counts its changes.
    pub revision: i64,
    /// When it was opened.
    pub created_at: String,
    /// By whom.
    pub created_by: String,
    /// When it was closed.
    pub closed_at: Option<String>,
    /// By whom.
    pub closed_by: Option<String>,
}

/// A school of a cycle.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = cycle_schools)]
pub struct CycleSchool {
    /// The cycle.
    pub cycle_id: String,
    /// The id of the school's row.
    pub school_id: String,
    /// Its name.
    pub name: Option<String>,
    /// What it distributes, in fen.
    pub quota: i64,
    /// The plan by which it does.
    pub plan_id: String,
    /// The version of the plan.
    pub version: i64,
    /// The same plan with the requirements.
    pub checked_plan_id: String,
    /// Its version.
    pub checked_version: i64,
}

/// A distribution run of a cycle.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = cycle_runs)]
pub struct CycleRun {
    /// The cycle.
    pub cycle_id: String,
    /// The school.
    pub school_id: String,
    /// Its place among the school's, from 1.
    pub place: i64,
    /// The run.
    pub run_id: String,
}

/// Puts a cycle on record.
pub fn add(conn: &mut Conn, cycle: &Cycle, schools: &[CycleSchool]) -> Result<(), Error> {
    diesel::insert_into(cycles::table).values(cycle).execute(conn)?;
    for school in schools {
        diesel::insert_into(cycle_schools::table).values(school).execute(conn)?;
    }
    Ok(())
}

/// A cycle of a bureau.
pub fn get(conn: &mut Conn, bureau: &str, id: &str) -> Result<Option<Cycle>, Error> {
    Ok(cycles::table.filter(cycles::bureau_id.eq(bureau)).filter(cycles::id.eq(id)).first(conn).optional()?)
}

/// Whether a cycle rests on this allocation.
pub fn rests_on(conn: &mut Conn, run: &str) -> Result<bool, Error> {
    let found: i64 = cycles::table.filter(cycles::allocation_run_id.eq(run)).count().get_result(conn)?;
    Ok(found > 0)
}

/// Whether a school of a cycle distributes by this version of a plan.
pub fn distribute_by(conn: &mut Conn, plan: &str, version: i64) -> Result<bool, Error> {
    let own = cycle_schools::table.filter(cycle_schools::plan_id.eq(plan)).filter(cycle_schools::version.eq(version));
    Ok(diesel::select(diesel::dsl::exists(own)).get_result(conn)?)
}

/// The cycles of a bureau that have a school of the scope, the newest first, those after `before`.
pub fn list(
    conn: &mut Conn,
    bureau: &str,
    scope: Scope<'_>,
    before: Option<&str>,
    limit: i64,
) -> Result<Vec<Cycle>, Error> {
    let mut query = cycles::table.filter(cycles::bureau_id.eq(bureau)).into_boxed();
    if let Scope::Schools(seen) = scope {
        let own = cycle_schools::table
            .filter(cycle_schools::cycle_id.eq(cycles::id))
            .filter(cycle_schools::school_id.eq_any(seen.to_vec()));
        query = query.filter(diesel::dsl::exists(own));
    }
    if let Some(before) = before {
        query = query.filter(cycles::id.lt(before.to_owned()));
    }
    Ok(query.order(cycles::id.desc()).limit(limit).load(conn)?)
}

/// The schools of a cycle that are in the scope after `after`.
pub fn schools(
    conn: &mut Conn,
    cycle: &str,
    scope: Scope<'_>,
    after: &str,
    limit: i64,
) -> Result<Vec<CycleSchool>, Error> {
    let mut query = cycle_schools::table
        .filter(cycle_schools::cycle_id.eq(cycle))
        .filter(cycle_schools::school_id.gt(after))
        .into_boxed();
    if let Scope::Schools(seen) = scope {
        query = query.filter(cycle_schools::school_id.eq_any(seen.to_vec()));
    }
    Ok(query.order(cycle_schools::school_id).limit(limit).load(conn)?)
}

/// The runs of a school in a cycle, the first first.
pub fn runs_of(conn: &mut Conn, cycle: &str, school: &str) -> Result<Vec<Run>, Error> {
    let own = cycle_runs::table
        .inner_join(runs::table.on(runs::id.eq(cycle_runs::run_id)))
        .filter(cycle_runs::cycle_id.eq(cycle))
        .filter(cycle_runs::school_id.eq(school));
    Ok(own.select(runs::all_columns).order(cycle_runs::place).load(conn)?)
}

/// The last run of each school of a cycle that is in the scope and has any, by the school.
pub fn current_runs(conn: &mut Conn, cycle: &str, scope: Scope<'_>) -> Result<HashMap<String, Run>, Error> {
    let mut query = cycle_runs::table
        .inner_join(runs::table.on(runs::id.eq(cycle_runs::run_id)))
        .filter(cycle_runs::cycle_id.eq(cycle))
        .select((cycle_runs::school_id, runs::all_columns))
        .into_boxed();
    if let Scope::Schools(seen) = scope {
        query = query.filter(cycle_runs::school_id.eq_any(seen.to_vec()));
    }
    // Of the runs of a school the last one stays.
    Ok(query.order(cycle_runs::place).load::<(String, Run)>(conn)?.into_iter().collect())
}

/// Whether a run is a distribution of a cycle.
pub fn has_run(conn: &mut Conn, run: &str) -> Result<bool, Error> {
    let found: i64 = cycle_runs::table.filter(cycle_runs::run_id.eq(run)).count().get_result(conn)?;
    Ok(found > 0)
}

/// The cycle and the school whose distribution a run is.
pub fn of_run(conn: &mut Conn, run: &str) -> Result<Option<(Cycle, CycleSchool)>, Error> {
    let own = cycle_runs::table
        .inner_join(cycles::table.on(cycles::id.eq(cycle_runs::cycle_id)))
        .inner_join(cycle_schools::table.on(
            cycle_schools::cycle_id.eq(cycle_runs::cycle_id).and(cycle_schools::school_id.eq(cycle_runs::school_id)),
        ))
        .filter(cycle_runs::run_id.eq(run));
    Ok(own.select((cycles::all_columns, cycle_schools::all_columns)).first(conn).optional()?)
}

/// Enters a run among those of its school.
pub fn add_run(conn: &mut Conn, run: &CycleRun) -> Result<(), Error> {
    diesel::insert_into(cycle_runs::table).values(run).execute(conn)?;
    Ok(())
}

/// Closes a cycle.
pub fn close(conn: &mut Conn, id: &str, subject: &str) -> Result<(), Error> {
    let set = (
        cycles::state.eq(CLOSED),
        cycles::revision.eq(cycles::revision + 1),
        cycles::closed_at.eq(now()),
        cycles::closed_by.eq(subject),
    );
    diesel::update(cycles::table.find(id)).set(set).execute(conn)?;
    Ok(())
}

/// What the lines of each step of a run come to, in fen.
pub fn line_sums(conn: &mut Conn, run: &str) -> Result<Vec<(i64, i64)>, Error> {
    // PostgreSQL sums 64 bits to a decimal.
    let sum = sql::<BigInt>("CAST(SUM(amount) AS BIGINT)");
    Ok(lines::table.filter(lines::run_id.eq(run)).group_by(lines::step).select((lines::step, sum)).load(conn)?)
}
