//! What people get over all schools of a cycle: sums over payees and lines, and what a cycle allows at most.

use std::collections::BTreeMap;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

use super::runs::Run;
use super::schema::{cycle_limits, cycle_runs, lines, payees, run_items, runs};
use super::{Conn, Error, adjustments};

/// What a person may get at most over all schools of a cycle.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = cycle_limits, treat_none_as_default_value = false)]
pub struct Limit {
    /// The cycle.
    pub cycle_id: String,
    /// Its place among the cycle's.
    pub place: i64,
    /// A title for people.
    pub title: String,
    /// The most, in fen.
    pub at_most: i64,
    /// The categories of the items that count, as a JSON list; none: all items.
    pub categories: Option<String>,
}

/// Puts a limit on record.
pub fn add_limit(conn: &mut Conn, limit: &Limit) -> Result<(), Error> {
    diesel::insert_into(cycle_limits::table).values(limit).execute(conn)?;
    Ok(())
}

/// The limits of a cycle in their order.
pub fn limits(conn: &mut Conn, cycle: &str) -> Result<Vec<Limit>, Error> {
    let own = cycle_limits::table.filter(cycle_limits::cycle_id.eq(cycle));
    Ok(own.order(cycle_limits::place).load(conn)?)
}

/// A run by which people of a cycle are or would be paid.
#[derive(Debug, Clone)]
pub struct Paying {
    /// The school.
    pub school_id: String,
    /// The run.
    pub run_id: String,
    /// The word of its state.
    pub state: String,
}

/// The current runs of the schools of a cycle, where they have results and are not withdrawn, each followed by its adjustments that
/// are released.
pub fn paying(conn: &mut Conn, cycle: &str, released: &str) -> Result<Vec<Paying>, Error> {
    let all = cycle_runs::table
        .inner_join(runs::table.on(runs::id.eq(cycle_runs::run_id)))
        .filter(cycle_runs::cycle_id.eq(cycle))
        .select((cycle_runs::school_id, runs::id, runs::state, runs::result_sha256.is_not_null()))
        .order(cycle_runs::place);
    let all: Vec<(String, String, String, bool)> = all.load(conn)?;
    // Of the runs of a school the last one stays.
    let current: BTreeMap<String, (String, String, bool)> =
        all.into_iter().map(|(school, run, state, has_result)| (school, (run, state, has_result))).collect();
    let paying = current.into_iter().filter(|(_, (_, state, has_result))| *has_result && state != "withdrawn");
    let originals: Vec<Paying> =
        paying.map(|(school_id, (run_id, state, _))| Paying { school_id, run_id, state }).collect();
    let ids: Vec<&str> = originals.iter().map(|run| run.run_id.as_str()).collect();
    let mut adjusting = adjustments::of_all(conn, &ids)?;
    let mut all = Vec::new();
    for original in originals {
        let own = adjusting.remove(&original.run_id).unwrap_or_default();
        let own = own.into_iter().filter(|(_, run)| run.state == released);
        let adjustment =
            |(_, run): (_, Run)| Paying { school_id: original.school_id.clone(), run_id: run.id, state: run.state };
        all.extend(std::iter::once(original.clone()).chain(own.map(adjustment)));
    }
    Ok(all)
}

/// The ids of people after an id whom so many schools pay by some runs at least, each once.
pub fn people(conn: &mut Conn, runs: &[String], least: i64, after: &str, limit: i64) -> Result<Vec<String>, Error> {
    let all = payees::table
        .filter(payees::run_id.eq_any(runs))
        .filter(payees::row_id.gt(after))
        .group_by(payees::row_id)
        .having(sql::<Bool>("COUNT(DISTINCT school_id) >= ").bind::<BigInt, _>(least));
    Ok(all.select(payees::row_id).order(payees::row_id).limit(limit).load(conn)?)
}

/// What a person gets by a run.
#[derive(Debug, Clone, Queryable)]
pub struct Part {
    /// The person.
    pub row_id: String,
    /// The run.
    pub run_id: String,
    /// The name there.
    pub name: Option<String>,
    /// The total in fen.
    pub total: i64,
}

/// What these people, who are in order, get by each of the runs.
pub fn parts(conn: &mut Conn, runs: &[String], people: &[String]) -> Result<Vec<Part>, Error> {
    let (Some(first), Some(last)) = (people.first(), people.last()) else { return Ok(Vec::new()) };
    // By their bounds: left to itself SQLite looks in each run for each of the ids.
    let row_id = sql::<Text>("COALESCE(row_id, '')");
    let own = payees::table
        .filter(payees::run_id.eq_any(runs))
        .filter(payees::row_id.between(first, last))
        .filter(row_id.eq_any(people));
    let columns = (payees::row_id, payees::run_id, payees::name, payees::total);
    Ok(own.select(columns).order((payees::row_id, payees::run_id)).load(conn)?)
}

/// The people from an id to another whom some runs together give more than `at_most` fen, in items of these categories or in all,
/// with what they give.
pub fn above(
    conn: &mut Conn,
    runs: &[String],
    (at_most, categories): (i64, Option<&[String]>),
    (first, last): (&str, &str),
) -> Result<Vec<(String, i64)>, Error> {
    // PostgreSQL sums 64 bits to a decimal.
    if let Some(categories) = categories {
        let of_item = run_items::run_id.eq(lines::run_id).and(run_items::step.eq(lines::step));
        let sums = lines::table
            .inner_join(run_items::table.on(of_item))
            .filter(lines::run_id.eq_any(runs))
            .filter(lines::payee_id.between(first, last))
            .filter(run_items::category.assume_not_null().eq_any(categories))
            .group_by(lines::payee_id)
            .having(sql::<Bool>("SUM(lines.amount) > ").bind::<BigInt, _>(at_most))
            .select((lines::payee_id, sql::<BigInt>("CAST(SUM(lines.amount) AS BIGINT)")));
        return Ok(sums.order(lines::payee_id).load(conn)?);
    }
    let sums = payees::table
        .filter(payees::run_id.eq_any(runs))
        .filter(payees::row_id.between(first, last))
        .group_by(payees::row_id)
        .having(sql::<Bool>("SUM(total) > ").bind::<BigInt, _>(at_most))
        .select((payees::row_id, sql::<BigInt>("CAST(SUM(total) AS BIGINT)")));
    Ok(sums.order(payees::row_id).load(conn)?)
}
