//! What is carried over from adjustments into later periods: what runs were given of it, and how much of it is settled.

use std::collections::{BTreeMap, HashMap};

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::adjustments::NEXT_PERIOD;
use super::schema::{lines, run_adjustments, run_carried, run_differences, run_items, runs};
use super::{Conn, Error};

/// What a run was given for a payee.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = run_carried)]
pub struct Given<'g> {
    /// The run.
    pub run_id: &'g str,
    /// The payee.
    pub payee_id: &'g str,
    /// How much, in fen; below zero: what is taken back.
    pub amount: i64,
}

/// How what is carried over to a payee stands, each in fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// What released adjustments have carried over.
    pub carried: i64,
    /// What released runs have paid of it.
    pub settled: i64,
    /// What runs were given that are not released yet.
    pub given: i64,
}

impl Standing {
    /// What waits to be given to a run.
    pub fn waiting(&self) -> i128 {
        i128::from(self.carried) - i128::from(self.settled) - i128::from(self.given)
    }
}

/// Enters what runs are given.
pub fn give(conn: &mut Conn, given: &[Given<'_>]) -> Result<(), Error> {
    for given in given {
        diesel::insert_into(run_carried::table).values(given).execute(conn)?;
    }
    Ok(())
}

/// How it stands with each payee of a bureau to whom anything was carried over; `step` is the name of the step that settles,
/// `released` and `ended` are the words of the states in which a run has paid, or will never.
pub fn standings(
    conn: &mut Conn,
    bureau: &str,
    step: &str,
    released: &str,
    ended: &[&str],
) -> Result<BTreeMap<String, Standing>, Error> {
    // PostgreSQL sums 64 bits to a decimal.
    let sum = |column: &str| sql::<BigInt>(&format!("CAST(SUM({column}) AS BIGINT)"));
    let mut all: BTreeMap<String, Standing> = BTreeMap::new();
    let carried = run_differences::table
        .inner_join(run_adjustments::table.on(run_adjustments::run_id.eq(run_differences::run_id)))
        .inner_join(runs::table.on(runs::id.eq(run_differences::run_id)))
        .filter(runs::bureau_id.eq(bureau))
        .filter(runs::state.eq(released))
        .filter(run_adjustments::mode.eq(NEXT_PERIOD));
    let carried = carried.group_by(run_differences::payee_id).select((run_differences::payee_id, sum("difference")));
    for (payee, amount) in carried.load::<(String, i64)>(conn)? {
        all.entry(payee).or_default().carried = amount;
    }
    let given = run_carried::table
        .inner_join(runs::table.on(runs::id.eq(run_carried::run_id)))
        .filter(runs::bureau_id.eq(bureau))
        .filter(runs::state.ne(released))
        .filter(runs::state.ne_all(ended.to_vec()));
    let given = given.group_by(run_carried::payee_id).select((run_carried::payee_id, sum("amount")));
    for (payee, amount) in given.load::<(String, i64)>(conn)? {
        all.entry(payee).or_default().given = amount;
    }
    let settling = run_carried::table
        .inner_join(runs::table.on(runs::id.eq(run_carried::run_id)))
        .filter(runs::bureau_id.eq(bureau))
        .filter(runs::state.eq(released));
    let runs: Vec<String> = settling.select(run_carried::run_id).distinct().load(conn)?;
    for (payee, amount) in settled_by(conn, &runs, step, released)? {
        all.entry(payee).or_default().settled += amount;
    }
    Ok(all)
}

/// What a run was given, for each payee.
pub fn given(conn: &mut Conn, run: &str) -> Result<Vec<(String, i64)>, Error> {
    let own = run_carried::table.filter(run_carried::run_id.eq(run));
    Ok(own.select((run_carried::payee_id, run_carried::amount)).load(conn)?)
}

/// What some runs, and adjustments of them that are released, have paid by the step of this name to the payees for whom they were
/// given something; a payee may be named several times.
pub fn settled_by(
    conn: &mut Conn,
    given_to: &[String],
    step: &str,
    released: &str,
) -> Result<Vec<(String, i64)>, Error> {
    let adjusting = run_adjustments::table
        .inner_join(runs::table.on(runs::id.eq(run_adjustments::run_id)))
        .filter(run_adjustments::original_id.eq_any(given_to))
        .filter(runs::state.eq(released));
    let mut paying: Vec<String> = adjusting.select(run_adjustments::run_id).load(conn)?;
    paying.extend_from_slice(given_to);
    let given = run_carried::table.filter(run_carried::run_id.eq_any(given_to)).select(run_carried::payee_id);
    let own = lines::table
        .inner_join(run_items::table.on(run_items::run_id.eq(lines::run_id).and(run_items::step.eq(lines::step))))
        .filter(lines::run_id.eq_any(paying))
        .filter(lines::payee_id.eq_any(given))
        .filter(run_items::name.like(format!("%.{step}")));
    Ok(own.select((lines::payee_id, lines::amount)).load(conn)?)
}

/// The names of payees to whom something was carried over, by their ids.
pub fn names(conn: &mut Conn, bureau: &str, ids: &[&str]) -> Result<HashMap<String, Option<String>>, Error> {
    let own = run_differences::table
        .inner_join(runs::table.on(runs::id.eq(run_differences::run_id)))
        .filter(runs::bureau_id.eq(bureau))
        .filter(run_differences::payee_id.eq_any(ids));
    // The last one stays.
    let own = own.order(run_differences::run_id).select((run_differences::payee_id, run_differences::name));
    Ok(own.load::<(String, Option<String>)>(conn)?.into_iter().collect())
}
