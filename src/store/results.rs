//! The result of a run: payees, lines, funds and items as thin rows, the values of all rows in [pieces](super::pieces).

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

use super::schema::{funds, lines, payees, pieces, run_differences, run_items};
use super::{Conn, Error};

/// A payee with the sum of the lines.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = payees, treat_none_as_default_value = false)]
pub struct Payee {
    /// The id of the row.
    pub row_id: String,
    /// The school; empty where the row belongs to none.
    pub school_id: String,
    /// The name.
    pub name: Option<String>,
    /// The total in fen.
    pub total: i64,
}

/// A line of a payee.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = lines)]
pub struct Line {
    /// The payee.
    pub payee_id: String,
    /// Its place among the payee's lines.
    pub place: i64,
    /// The step, which is one of the run's items.
    pub step: i64,
    /// The row of the step.
    pub row_id: String,
    /// The amount in fen.
    pub amount: i64,
}

/// A row of a fund.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = funds)]
pub struct Fund {
    /// Its place in the result.
    pub place: i64,
    /// The school; empty where the row belongs to none.
    pub school_id: String,
    /// The fund as level.name.
    pub fund: String,
    /// The id of the row.
    pub row_id: String,
    /// What came in, in fen.
    pub value: i64,
    /// What is left, in fen.
    pub left_over: i64,
    /// What steps drew, as a JSON object of yuan.
    pub drawn: String,
    /// What was withheld, as a JSON object of yuan.
    pub withheld: String,
}

/// An item: a step that pays.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = run_items, treat_none_as_default_value = false)]
pub struct Item {
    /// The number of the step.
    pub step: i64,
    /// The step as level.name.
    pub name: String,
    /// What the payee reads.
    pub item: String,
    /// The group of items.
    pub category: Option<String>,
    /// The payroll system's own code.
    pub payroll_code: Option<String>,
    /// How many lines it has.
    pub line_count: i64,
    /// Their sum in fen.
    pub amount: i64,
}

/// The payees of a run after `after`, of one school where one is named.
pub fn payees(conn: &mut Conn, run: &str, school: Option<&str>, after: &str, limit: i64) -> Result<Vec<Payee>, Error> {
    let mut query = payees::table.filter(payees::run_id.eq(run)).into_boxed();
    if let Some(school) = school {
        // The ids first: left to itself SQLite looks through the payees of all schools for those of one.
        let own = payees::table.filter(payees::run_id.eq(run)).filter(payees::school_id.eq(school));
        let own = own.filter(payees::row_id.gt(after)).select(payees::row_id);
        let ids: Vec<String> = own.order(payees::row_id).limit(limit).load(conn)?;
        query = query.filter(payees::row_id.eq_any(ids));
    } else {
        query = query.filter(payees::row_id.gt(after));
    }
    let columns = (payees::row_id, payees::school_id, payees::name, payees::total);
    Ok(query.select(columns).order(payees::row_id).limit(limit).load(conn)?)
}

/// The school of a payee of a run, which is empty where the row belongs to none; nothing where the run has no such payee.
pub fn school_of(conn: &mut Conn, run: &str, payee: &str) -> Result<Option<String>, Error> {
    Ok(payees::table.find((run, payee)).select(payees::school_id).first(conn).optional()?)
}

/// Those of these ids who are payees of a run.
pub fn payees_among(conn: &mut Conn, run: &str, ids: &[String]) -> Result<Vec<String>, Error> {
    let own = payees::table.filter(payees::run_id.eq(run)).filter(payees::row_id.eq_any(ids));
    Ok(own.select(payees::row_id).load(conn)?)
}

/// The ids of the schools that payees of a run belong to, in order; an empty one where some belong to none.
pub fn schools(conn: &mut Conn, run: &str) -> Result<Vec<String>, Error> {
    let own = payees::table.filter(payees::run_id.eq(run)).select(payees::school_id);
    Ok(own.distinct().order(payees::school_id).load(conn)?)
}

/// The lines of the payees of a run from one to another, by payee and place; of one school where one is named.
pub fn lines(
    conn: &mut Conn,
    run: &str,
    school: Option<&str>,
    (first, last): (&str, &str),
) -> Result<Vec<Line>, Error> {
    let mut query = lines::table
        .filter(lines::run_id.eq(run))
        .filter(lines::payee_id.between(first.to_owned(), last.to_owned()))
        .into_boxed();
    if let Some(school) = school {
        let own =
            payees::table.filter(payees::run_id.eq(run.to_owned())).filter(payees::school_id.eq(school.to_owned()));
        query = query.filter(lines::payee_id.eq_any(own.select(payees::row_id)));
    }
    let columns = (lines::payee_id, lines::place, lines::step, lines::row_id, lines::amount);
    Ok(query.select(columns).order((lines::payee_id, lines::place)).load(conn)?)
}

/// The lines of these payees of a run, by payee and place.
pub fn lines_of(conn: &mut Conn, run: &str, payees: &[Payee]) -> Result<Vec<Line>, Error> {
    let ids: Vec<&str> = payees.iter().map(|payee| payee.row_id.as_str()).collect();
    let own = lines::table.filter(lines::run_id.eq(run)).filter(lines::payee_id.eq_any(ids));
    let columns = (lines::payee_id, lines::place, lines::step, lines::row_id, lines::amount);
    Ok(own.select(columns).order((lines::payee_id, lines::place)).load(conn)?)
}

/// All lines of a run after one (payee, place), whoever's they are.
pub fn lines_after(conn: &mut Conn, run: &str, (payee, place): (&str, i64), limit: i64) -> Result<Vec<Line>, Error> {
    let later = sql::<Bool>("(payee_id, place) > (").bind::<Text, _>(payee.to_owned()).sql(", ");
    let later = later.bind::<BigInt, _>(place).sql(")");
    let own = lines::table.filter(lines::run_id.eq(run)).filter(later);
    let columns = (lines::payee_id, lines::place, lines::step, lines::row_id, lines::amount);
    Ok(own.select(columns).order((lines::payee_id, lines::place)).limit(limit).load(conn)?)
}

/// The funds of a run after the place `after`, of one school where one is named.
pub fn funds(conn: &mut Conn, run: &str, school: Option<&str>, after: i64, limit: i64) -> Result<Vec<Fund>, Error> {
    let mut query = funds::table.filter(funds::run_id.eq(run)).filter(funds::place.gt(after)).into_boxed();
    if let Some(school) = school {
        query = query.filter(funds::school_id.eq(school.to_owned()));
    }
    let columns = (
        funds::place,
        funds::school_id,
        funds::fund,
        funds::row_id,
        funds::value,
        funds::left_over,
        funds::drawn,
        funds::withheld,
    );
    Ok(query.select(columns).order(funds::place).limit(limit).load(conn)?)
}

/// The items of a run in the order of the plan.
pub fn items(conn: &mut Conn, run: &str) -> Result<Vec<Item>, Error> {
    let columns = (
        run_items::step,
        run_items::name,
        run_items::item,
        run_items::category,
        run_items::payroll_code,
        run_items::line_count,
        run_items::amount,
    );
    Ok(run_items::table.filter(run_items::run_id.eq(run)).select(columns).order(run_items::step).load(conn)?)
}

/// Removes what an earlier attempt has written.
pub fn clear(conn: &mut Conn, run: &str) -> Result<(), Error> {
    diesel::delete(payees::table.filter(payees::run_id.eq(run))).execute(conn)?;
    diesel::delete(lines::table.filter(lines::run_id.eq(run))).execute(conn)?;
    diesel::delete(funds::table.filter(funds::run_id.eq(run))).execute(conn)?;
    diesel::delete(run_differences::table.filter(run_differences::run_id.eq(run))).execute(conn)?;
    diesel::delete(run_items::table.filter(run_items::run_id.eq(run))).execute(conn)?;
    diesel::delete(pieces::table.filter(pieces::owner_id.eq(run))).execute(conn)?;
    Ok(())
}
