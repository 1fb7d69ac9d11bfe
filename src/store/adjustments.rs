//! Adjustments: runs that correct a released one, with what they change for each payee and item.

use std::collections::HashMap;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

use super::results::Payee;
use super::runs::Run;
use super::schema::{run_adjustments, run_differences, runs};
use super::{Conn, Error};

/// The mode in which everybody's differences are paid.
pub const REOPEN: &str = "reopen";
/// The mode in which only the named payees' are, from a reserve.
pub const FREEZE_OTHERS: &str = "freeze_others";
/// The mode in which they are carried into the next period.
pub const NEXT_PERIOD: &str = "next_period";

/// An adjustment.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = run_adjustments, treat_none_as_default_value = false)]
pub struct Adjustment {
    /// The run that it is.
    pub run_id: String,
    /// The released run that it corrects.
    pub original_id: String,
    /// Its place among the original's, from 1.
    pub place: i64,
    /// The word of its mode.
    pub mode: String,
    /// The word of its reason.
    pub reason_code: String,
    /// Its reason.
    pub reason: String,
    /// The fund that the differences come from and go to, as level.name.
    pub reserve: Option<String>,
    /// Whose they are, as a JSON list.
    pub payee_ids: Option<String>,
    /// The sum of what is more, in fen; none until it is calculated.
    pub increase: Option<i64>,
    /// The sum of what is less, in fen, above zero.
    pub decrease: Option<i64>,
    /// How many payees it changes.
    pub payee_count: Option<i64>,
    /// How many others would have changed.
    pub others_count: Option<i64>,
    /// By how much in sum, in fen.
    pub others_net: Option<i64>,
}

/// What a payee gets otherwise of an item.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = run_differences, treat_none_as_default_value = false)]
pub struct Difference {
    /// The payee.
    pub payee_id: String,
    /// The step, which is one of the run's items.
    pub step: i64,
    /// The payee's school; empty where it belongs to none.
    pub school_id: String,
    /// The payee's name.
    pub name: Option<String>,
    /// What was settled before, in fen.
    pub was: i64,
    /// What it should be.
    pub now: i64,
    /// What settles it.
    pub difference: i64,
}

/// Puts an adjustment on record.
pub fn add(conn: &mut Conn, adjustment: &Adjustment) -> Result<(), Error> {
    diesel::insert_into(run_adjustments::table).values(adjustment).execute(conn)?;
    Ok(())
}

/// The adjustment that a run is.
pub fn get(conn: &mut Conn, run: &str) -> Result<Option<Adjustment>, Error> {
    Ok(run_adjustments::table.find(run).first(conn).optional()?)
}

/// The adjustments among these runs, by their ids.
pub fn among(conn: &mut Conn, runs: &[&str]) -> Result<HashMap<String, Adjustment>, Error> {
    let found = run_adjustments::table.filter(run_adjustments::run_id.eq_any(runs)).load::<Adjustment>(conn)?;
    Ok(found.into_iter().map(|adjustment| (adjustment.run_id.clone(), adjustment)).collect())
}

/// The adjustments of an original after a place with their runs, in order.
pub fn of(conn: &mut Conn, original: &str, after: i64, limit: i64) -> Result<Vec<(Adjustment, Run)>, Error> {
    let own = run_adjustments::table
        .inner_join(runs::table.on(runs::id.eq(run_adjustments::run_id)))
        .filter(run_adjustments::original_id.eq(original))
        .filter(run_adjustments::place.gt(after));
    let columns = (run_adjustments::all_columns, runs::all_columns);
    Ok(own.select(columns).order(run_adjustments::place).limit(limit).load(conn)?)
}

/// The same of many originals, by their ids.
pub fn of_all(conn: &mut Conn, originals: &[&str]) -> Result<HashMap<String, Vec<(Adjustment, Run)>>, Error> {
    let own = run_adjustments::table
        .inner_join(runs::table.on(runs::id.eq(run_adjustments::run_id)))
        .filter(run_adjustments::original_id.eq_any(originals));
    let columns = (run_adjustments::all_columns, runs::all_columns);
    let mut chains: HashMap<String, Vec<(Adjustment, Run)>> = HashMap::new();
    for (adjustment, run) in own.select(columns).order(run_adjustments::place).load::<(Adjustment, Run)>(conn)? {
        chains.entry(adjustment.original_id.clone()).or_default().push((adjustment, run));
    }
    Ok(chains)
}

/// Writes what an adjustment came to.
pub fn finish(conn: &mut Conn, adjustment: &Adjustment) -> Result<(), Error> {
    let set = (
        run_adjustments::increase.eq(adjustment.increase),
        run_adjustments::decrease.eq(adjustment.decrease),
        run_adjustments::payee_count.eq(adjustment.payee_count),
        run_adjustments::others_count.eq(adjustment.others_count),
        run_adjustments::others_net.eq(adjustment.others_net),
    );
    diesel::update(run_adjustments::table.find(&adjustment.run_id)).set(set).execute(conn)?;
    Ok(())
}

/// The differences of a run after one (payee, step); of one school where one is named.
pub fn differences(
    conn: &mut Conn,
    run: &str,
    school: Option<&str>,
    (payee, step): (&str, i64),
    limit: i64,
) -> Result<Vec<Difference>, Error> {
    let later = sql::<Bool>("(payee_id, step) > (").bind::<Text, _>(payee.to_owned()).sql(", ");
    let later = later.bind::<BigInt, _>(step).sql(")");
    let mut own = run_differences::table.filter(run_differences::run_id.eq(run)).filter(later).into_boxed();
    if let Some(school) = school {
        own = own.filter(run_differences::school_id.eq(school.to_owned()));
    }
    let own = own.select(Difference::as_select());
    Ok(own.order((run_differences::payee_id, run_differences::step)).limit(limit).load(conn)?)
}

/// Those of these ids whom a run changes.
pub fn payees_among(conn: &mut Conn, run: &str, ids: &[String]) -> Result<Vec<String>, Error> {
    let own = run_differences::table.filter(run_differences::run_id.eq(run));
    Ok(own.filter(run_differences::payee_id.eq_any(ids)).select(run_differences::payee_id).distinct().load(conn)?)
}

/// Whom a run changes after `after`, of one school where one is named, each with the sum of the differences.
pub fn payees(conn: &mut Conn, run: &str, school: Option<&str>, after: &str, limit: i64) -> Result<Vec<Payee>, Error> {
    let sum = sql::<BigInt>("CAST(SUM(difference) AS BIGINT)");
    let columns = (run_differences::payee_id, run_differences::school_id, run_differences::name);
    let own = run_differences::table.filter(run_differences::run_id.eq(run.to_owned()));
    let own = own.filter(run_differences::payee_id.gt(after.to_owned())).group_by(columns);
    let own = own.select((columns.0, columns.1, columns.2, sum)).order(columns.0).limit(limit);
    match school {
        Some(school) => Ok(own.filter(run_differences::school_id.eq(school.to_owned())).load(conn)?),
        None => Ok(own.load(conn)?),
    }
}

/// The differences of these payees, by payee and step.
pub fn differences_of(conn: &mut Conn, run: &str, ids: &[&str]) -> Result<Vec<Difference>, Error> {
    let own = run_differences::table.filter(run_differences::run_id.eq(run));
    let own = own.filter(run_differences::payee_id.eq_any(ids)).select(Difference::as_select());
    Ok(own.order((run_differences::payee_id, run_differences::step)).load(conn)?)
}

/// What the differences of each step of a run come to, in fen.
pub fn sums(conn: &mut Conn, run: &str) -> Result<Vec<(i64, i64)>, Error> {
    // PostgreSQL sums 64 bits to a decimal.
    let sum = sql::<BigInt>("CAST(SUM(difference) AS BIGINT)");
    let own = run_differences::table.filter(run_differences::run_id.eq(run)).group_by(run_differences::step);
    Ok(own.select((run_differences::step, sum)).load(conn)?)
}

/// By how much in all the differences of a run are not what they should settle, in fen.
pub fn mistaken(conn: &mut Conn, run: &str) -> Result<i64, Error> {
    let sum = sql::<BigInt>("CAST(COALESCE(SUM(ABS(was + difference - now)), 0) AS BIGINT)");
    Ok(run_differences::table.filter(run_differences::run_id.eq(run)).select(sum).first(conn)?)
}
