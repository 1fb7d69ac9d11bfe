//! How a bureau's payroll files are written.

use diesel::prelude::*;

use super::schema::payroll_profiles;
use super::{Conn, Error};

/// A profile.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = payroll_profiles)]
pub struct PayrollProfile {
    /// The bureau whose it is.
    pub bureau_id: String,
    /// Its name, unique in the bureau.
    pub name: String,
    /// What it says, as JSON without white space.
    pub document: String,
    /// Counts its changes.
    pub revision: i64,
    /// When it was last written.
    pub changed_at: String,
    /// By whom.
    pub changed_by: String,
}

/// A profile of a bureau.
pub fn get(conn: &mut Conn, bureau: &str, name: &str) -> Result<Option<PayrollProfile>, Error> {
    Ok(payroll_profiles::table.find((bureau, name)).first(conn).optional()?)
}

/// The profiles of a bureau by name, those after `after`.
pub fn list(conn: &mut Conn, bureau: &str, after: &str, limit: i64) -> Result<Vec<PayrollProfile>, Error> {
    let own = payroll_profiles::table.filter(payroll_profiles::bureau_id.eq(bureau));
    Ok(own.filter(payroll_profiles::name.gt(after)).order(payroll_profiles::name).limit(limit).load(conn)?)
}

/// Puts a new profile on record.
pub fn add(conn: &mut Conn, profile: &PayrollProfile) -> Result<(), Error> {
    diesel::insert_into(payroll_profiles::table).values(profile).execute(conn)?;
    Ok(())
}

/// Writes a profile that is there already.
pub fn change(conn: &mut Conn, profile: &PayrollProfile) -> Result<(), Error> {
    let own = payroll_profiles::table.find((&profile.bureau_id, &profile.name));
    diesel::update(own).set(profile).execute(conn)?;
    Ok(())
}

/// Removes a profile.
pub fn remove(conn: &mut Conn, bureau: &str, name: &str) -> Result<(), Error> {
    diesel::delete(payroll_profiles::table.find((bureau, name))).execute(conn)?;
    Ok(())
}
