//! What a bureau has set, by name.

use diesel::prelude::*;

use super::schema::bureau_settings;
use super::{Conn, Error};

/// What is set under a name.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = bureau_settings)]
pub struct Setting {
    /// The bureau whose it is.
    pub bureau_id: String,
    /// Its name.
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

/// What a bureau has set under a name.
pub fn get(conn: &mut Conn, bureau: &str, name: &str) -> Result<Option<Setting>, Error> {
    Ok(bureau_settings::table.find((bureau, name)).first(conn).optional()?)
}

/// Puts what is set under a new name on record.
pub fn add(conn: &mut Conn, setting: &Setting) -> Result<(), Error> {
    diesel::insert_into(bureau_settings::table).values(setting).execute(conn)?;
    Ok(())
}

/// Writes over what is set already.
pub fn change(conn: &mut Conn, setting: &Setting) -> Result<(), Error> {
    let own = bureau_settings::table.find((&setting.bureau_id, &setting.name));
    diesel::update(own).set(setting).execute(conn)?;
    Ok(())
}
