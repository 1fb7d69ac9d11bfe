//! Rows that only explain, or are read as a whole: JSON in zstd, a piece for each level and school of a roster or a run.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use super::schema::pieces;
use super::{Conn, Error};

/// The most rows of a piece.
pub const MOST_ROWS: usize = 1_000;

/// How hard zstd tries: little, for the rows of a school are alike.
const EFFORT: i32 = 1;

/// The most bytes of a piece, so that a broken one cannot ask for all the memory there is.
const MOST_BYTES: usize = 1 << 30;

/// Rows of one level and one school in the order of their ids, as a JSON list in zstd.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = pieces)]
pub struct Piece {
    /// The level.
    pub level: String,
    /// The school; empty where the rows belong to none.
    pub school_id: String,
    /// The id of its last row.
    pub last_id: String,
    /// How many rows it has.
    pub row_count: i64,
    /// The rows.
    pub document: Vec<u8>,
}

/// Packs lists of rows one after the other; what it needs for that it makes once.
pub struct Packer(zstd::bulk::Compressor<'static>);

impl Packer {
    /// Ready to pack.
    ///
    /// # Errors
    /// zstd cannot: a defect.
    pub fn new() -> Result<Packer, Error> {
        Ok(Packer(zstd::bulk::Compressor::new(EFFORT).map_err(|error| Error::Broken(error.to_string()))?))
    }

    /// Packs the JSON list of rows.
    ///
    /// # Errors
    /// zstd cannot: a defect.
    pub fn packed(&mut self, json: &[u8]) -> Result<Vec<u8>, Error> {
        self.0.compress(json).map_err(|error| Error::Broken(error.to_string()))
    }
}

impl Piece {
    /// The JSON list of rows.
    ///
    /// # Errors
    /// The document is not what was written.
    pub fn json(&self) -> Result<Vec<u8>, Error> {
        let broken = |error: std::io::Error| Error::Broken(format!("rows of {}: {error}", self.level));
        let size = zstd::bulk::Decompressor::upper_bound(&self.document).unwrap_or(MOST_BYTES).min(MOST_BYTES);
        zstd::bulk::decompress(&self.document, size).map_err(broken)
    }
}

/// The pieces of an owner's level from the one that holds what comes after (`school`, `row`) on.
pub fn after(
    conn: &mut Conn,
    owner: &str,
    level: &str,
    (school, row): (&str, &str),
    limit: i64,
) -> Result<Vec<Piece>, Error> {
    // A row value, not `school > ? OR …`: the one is a place in the index, the other reads it all.
    let later = sql::<Bool>("(school_id, last_id) > (").bind::<Text, _>(school.to_owned()).sql(", ");
    let later = later.bind::<Text, _>(row.to_owned()).sql(")");
    let own = pieces::table.filter(pieces::owner_id.eq(owner)).filter(pieces::level.eq(level)).filter(later);
    let columns = (pieces::level, pieces::school_id, pieces::last_id, pieces::row_count, pieces::document);
    Ok(own.select(columns).order((pieces::school_id, pieces::last_id)).limit(limit).load(conn)?)
}

/// All pieces of an owner after one (level, school, last row).
pub fn all_after(
    conn: &mut Conn,
    owner: &str,
    (level, school, row): (&str, &str, &str),
    limit: i64,
) -> Result<Vec<Piece>, Error> {
    let later = sql::<Bool>("(level, school_id, last_id) > (").bind::<Text, _>(level.to_owned()).sql(", ");
    let later = later.bind::<Text, _>(school.to_owned()).sql(", ").bind::<Text, _>(row.to_owned()).sql(")");
    let own = pieces::table.filter(pieces::owner_id.eq(owner)).filter(later);
    let columns = (pieces::level, pieces::school_id, pieces::last_id, pieces::row_count, pieces::document);
    Ok(own.select(columns).order((pieces::level, pieces::school_id, pieces::last_id)).limit(limit).load(conn)?)
}
