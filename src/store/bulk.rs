//! Rows by the thousand: one statement for many, which the enum of the two connections does not take by itself.

use diesel::prelude::*;

use super::adjustments::Difference;
use super::pieces::Piece;
use super::results::{Fund, Item, Line, Payee};
use super::schema::{funds, lines, payees, pieces, run_differences, run_items};
use super::{Conn, Error};

/// How many rows a statement takes; PostgreSQL and SQLite bind at most 65,535 and 32,766 values.
const ROWS: usize = 1_000;

/// Writes payees of a run.
pub fn payees(conn: &mut Conn, run: &str, rows: &[Payee]) -> Result<(), Error> {
    for rows in rows.chunks(ROWS) {
        let rows: Vec<_> = rows.iter().map(|payee| (payees::run_id.eq(run), payee)).collect();
        match conn {
            Conn::Postgres(conn) => diesel::insert_into(payees::table).values(rows).execute(conn)?,
            Conn::Sqlite(conn) => diesel::insert_into(payees::table).values(rows).execute(conn)?,
        };
    }
    Ok(())
}

/// Writes lines of a run.
pub fn lines(conn: &mut Conn, run: &str, rows: &[Line]) -> Result<(), Error> {
    for rows in rows.chunks(ROWS) {
        let rows: Vec<_> = rows.iter().map(|line| (lines::run_id.eq(run), line)).collect();
        match conn {
            Conn::Postgres(conn) => diesel::insert_into(lines::table).values(rows).execute(conn)?,
            Conn::Sqlite(conn) => diesel::insert_into(lines::table).values(rows).execute(conn)?,
        };
    }
    Ok(())
}

/// Writes funds of a run.
pub fn funds(conn: &mut Conn, run: &str, rows: &[Fund]) -> Result<(), Error> {
    for rows in rows.chunks(ROWS) {
        let rows: Vec<_> = rows.iter().map(|fund| (funds::run_id.eq(run), fund)).collect();
        match conn {
            Conn::Postgres(conn) => diesel::insert_into(funds::table).values(rows).execute(conn)?,
            Conn::Sqlite(conn) => diesel::insert_into(funds::table).values(rows).execute(conn)?,
        };
    }
    Ok(())
}

/// Writes differences of a run.
pub fn differences(conn: &mut Conn, run: &str, rows: &[Difference]) -> Result<(), Error> {
    for rows in rows.chunks(ROWS) {
        let rows: Vec<_> = rows.iter().map(|row| (run_differences::run_id.eq(run), row)).collect();
        match conn {
            Conn::Postgres(conn) => diesel::insert_into(run_differences::table).values(rows).execute(conn)?,
            Conn::Sqlite(conn) => diesel::insert_into(run_differences::table).values(rows).execute(conn)?,
        };
    }
    Ok(())
}

/// Writes the items of a run, which are few.
pub fn items(conn: &mut Conn, run: &str, rows: &[Item]) -> Result<(), Error> {
    for item in rows {
        diesel::insert_into(run_items::table).values((run_items::run_id.eq(run), item)).execute(conn)?;
    }
    Ok(())
}

/// Writes pieces of a roster or a run, which are large: one at a time.
pub fn pieces(conn: &mut Conn, owner: &str, pieces: &[Piece]) -> Result<(), Error> {
    for piece in pieces {
        diesel::insert_into(pieces::table).values((pieces::owner_id.eq(owner), piece)).execute(conn)?;
    }
    Ok(())
}
