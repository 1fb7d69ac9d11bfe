//! Bureaus and the tokens of those who act for them.

use diesel::prelude::*;

use super::schema::{bureaus, service_keys, tokens};
use super::{Conn, Error, now};

/// A bureau: everything belongs to one.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = bureaus)]
pub struct Bureau {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created_at: String,
    /// How many audit entries it has.
    pub audit_count: i64,
    /// The fingerprint of the last of them.
    pub audit_head: String,
}

/// A token, without its secret.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = tokens)]
pub struct Token {
    /// Its id.
    pub id: String,
    /// The bureau it acts for.
    pub bureau_id: String,
    /// Who acts with it.
    pub subject: String,
    /// The word of its role.
    pub role: String,
    /// The ids of the schools of an accountant, as a JSON list.
    pub schools: String,
    /// Its first characters, by which it is recognized and looked up.
    pub prefix: String,
    /// SHA-256 of the whole token.
    pub sha256: String,
    /// When it was made.
    pub created_at: String,
    /// By whom.
    pub created_by: String,
    /// From when on it is no longer good.
    pub expires_at: String,
    /// When it was revoked.
    pub revoked_at: Option<String>,
}

/// Makes the key that signs cursors, where there is none.
pub(super) fn make_service_key(conn: &mut Conn) -> Result<(), Error> {
    let known: i64 = service_keys::table.count().get_result(conn)?;
    if known > 0 {
        return Ok(());
    }
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|error| Error::Broken(error.to_string()))?;
    let key: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let made = diesel::insert_into(service_keys::table)
        .values((service_keys::id.eq(1_i64), service_keys::cursor_key.eq(key)))
        .execute(conn);
    match made.map_err(Error::from) {
        // Another process has just made it.
        Ok(_) | Err(Error::Taken) => Ok(()),
        Err(error) => Err(error),
    }
}

/// The key that signs cursors.
pub fn cursor_key(conn: &mut Conn) -> Result<String, Error> {
    Ok(service_keys::table.select(service_keys::cursor_key).first(conn)?)
}

/// Keeps others from making bureaus until the transaction ends.
pub fn lock(conn: &mut Conn) -> Result<(), Error> {
    let key = service_keys::table.select(service_keys::id);
    let _: i64 = match conn {
        Conn::Postgres(conn) => key.for_update().first(conn)?,
        Conn::Sqlite(conn) => key.first(conn)?,
    };
    Ok(())
}

/// All bureaus, the oldest first.
pub fn bureaus(conn: &mut Conn) -> Result<Vec<Bureau>, Error> {
    Ok(bureaus::table.order(bureaus::id).load(conn)?)
}

/// Puts a bureau on record.
pub fn add_bureau(conn: &mut Conn, bureau: &Bureau) -> Result<(), Error> {
    diesel::insert_into(bureaus::table).values(bureau).execute(conn)?;
    Ok(())
}

/// Puts a token on record.
pub fn add_token(conn: &mut Conn, token: &Token) -> Result<(), Error> {
    diesel::insert_into(tokens::table).values(token).execute(conn)?;
    Ok(())
}

/// The token that begins so, if it is good now.
pub fn good_token(conn: &mut Conn, prefix: &str) -> Result<Option<Token>, Error> {
    let found = tokens::table
        .filter(tokens::prefix.eq(prefix))
        .filter(tokens::revoked_at.is_null())
        .filter(tokens::expires_at.gt(now()));
    Ok(found.first(conn).optional()?)
}

/// Whether the token of an id is good now.
pub fn is_good_token(conn: &mut Conn, id: &str) -> Result<bool, Error> {
    let good = tokens::table
        .filter(tokens::id.eq(id))
        .filter(tokens::revoked_at.is_null())
        .filter(tokens::expires_at.gt(now()));
    Ok(good.count().get_result::<i64>(conn)? > 0)
}

/// The tokens of a bureau, the newest first, those after `before`.
pub fn tokens(conn: &mut Conn, bureau: &str, before: Option<&str>, limit: i64) -> Result<Vec<Token>, Error> {
    let mut query = tokens::table.filter(tokens::bureau_id.eq(bureau)).into_boxed();
    if let Some(before) = before {
        query = query.filter(tokens::id.lt(before.to_owned()));
    }
    Ok(query.order(tokens::id.desc()).limit(limit).load(conn)?)
}

/// A token of a bureau.
pub fn token(conn: &mut Conn, bureau: &str, id: &str) -> Result<Option<Token>, Error> {
    Ok(tokens::table.filter(tokens::bureau_id.eq(bureau)).filter(tokens::id.eq(id)).first(conn).optional()?)
}

/// Revokes a token that is not revoked yet, and gives it.
pub fn revoke_token(conn: &mut Conn, bureau: &str, id: &str) -> Result<Option<Token>, Error> {
    let good = tokens::table
        .filter(tokens::bureau_id.eq(bureau))
        .filter(tokens::id.eq(id))
        .filter(tokens::revoked_at.is_null());
    if diesel::update(good).set(tokens::revoked_at.eq(now())).execute(conn)? == 0 {
        return Ok(None);
    }
    Ok(tokens::table.find(id).first(conn).optional()?)
}

/// The name of a bureau.
pub fn bureau_name(conn: &mut Conn, id: &str) -> Result<String, Error> {
    Ok(bureaus::table.find(id).select(bureaus::name).first(conn)?)
}
