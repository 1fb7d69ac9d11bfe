//! Rosters: immutable data of a plan version, in pieces of rows.

use diesel::prelude::*;

use super::pieces::Piece;
use super::schema::{roster_schools, rosters};
use super::{Conn, Error, bulk};

/// A roster.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = rosters)]
pub struct Roster {
    /// Its id.
    pub id: String,
    /// The bureau whose it is.
    pub bureau_id: String,
    /// The plan.
    pub plan_id: String,
    /// The version of the plan.
    pub version: i64,
    /// A title for people.
    pub title: Option<String>,
    /// The roster that this one revises.
    pub revises: Option<String>,
    /// SHA-256 of the data as the plan reads them.
    pub sha256: String,
    /// How many rows each level has, as a JSON object.
    pub counts: String,
    /// 1 where rows stand above or beside the schools, so that no school's accountant may see it.
    pub whole_bureau: i64,
    /// When it was made.
    pub created_at: String,
    /// By whom.
    pub created_by: String,
}

/// What of a bureau's rosters and runs somebody may see.
#[derive(Debug, Clone, Copy)]
pub enum Scope<'s> {
    /// All.
    Bureau,
    /// Those whose rows all belong to these schools.
    Schools(&'s [String]),
}

#[derive(Insertable)]
#[diesel(table_name = roster_schools)]
struct School<'s> {
    roster_id: &'s str,
    school_id: &'s str,
}

/// Puts a roster on record with its schools and its rows.
pub fn add(conn: &mut Conn, roster: &Roster, schools: &[String], pieces: &[Piece]) -> Result<(), Error> {
    diesel::insert_into(rosters::table).values(roster).execute(conn)?;
    for school in schools {
        let school = School { roster_id: &roster.id, school_id: school };
        diesel::insert_into(roster_schools::table).values(school).execute(conn)?;
    }
    bulk::pieces(conn, &roster.id, pieces)
}

/// A roster of a bureau, where it is in the scope.
pub fn get(conn: &mut Conn, bureau: &str, scope: Scope<'_>, id: &str) -> Result<Option<Roster>, Error> {
    let found: Option<Roster> =
        rosters::table.filter(rosters::bureau_id.eq(bureau)).filter(rosters::id.eq(id)).first(conn).optional()?;
    let Some(roster) = found else { return Ok(None) };
    let Scope::Schools(seen) = scope else { return Ok(Some(roster)) };
    let own = schools(conn, id)?;
    Ok((roster.whole_bureau == 0 && own.iter().all(|school| seen.contains(school))).then_some(roster))
}

/// The ids of the schools of a roster.
pub fn schools(conn: &mut Conn, id: &str) -> Result<Vec<String>, Error> {
    let own = roster_schools::table.filter(roster_schools::roster_id.eq(id));
    Ok(own.select(roster_schools::school_id).order(roster_schools::school_id).load(conn)?)
}

/// The rosters of a bureau in the scope, the newest first, those after `before`.
pub fn list(
    conn: &mut Conn,
    bureau: &str,
    scope: Scope<'_>,
    plan: Option<&str>,
    before: Option<&str>,
    limit: i64,
) -> Result<Vec<Roster>, Error> {
    let mut query = rosters::table.filter(rosters::bureau_id.eq(bureau)).into_boxed();
    if let Scope::Schools(seen) = scope {
        let other = roster_schools::table
            .filter(roster_schools::roster_id.eq(rosters::id))
            .filter(diesel::dsl::not(roster_schools::school_id.eq_any(seen.to_vec())));
        query = query.filter(rosters::whole_bureau.eq(0)).filter(diesel::dsl::not(diesel::dsl::exists(other)));
    }
    if let Some(plan) = plan {
        query = query.filter(rosters::plan_id.eq(plan.to_owned()));
    }
    if let Some(before) = before {
        query = query.filter(rosters::id.lt(before.to_owned()));
    }
    Ok(query.order(rosters::id.desc()).limit(limit).load(conn)?)
}
