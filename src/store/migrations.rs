//! The schema: made and brought up to date at start; one that is newer than this program is left alone.

use std::collections::BTreeSet;

use diesel::backend::Backend;
use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationConnection, MigrationSource, MigrationVersion};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::Error;
use super::connection::Conn;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// The number under which PostgreSQL lets one process at a time change the schema.
const LOCK: i64 = 0x6665_6e70_6569;

/// Brings the schema up to date.
///
/// # Errors
/// [`Error::Newer`] where a later version of the program has changed it; else those of the database.
pub(super) fn migrate(conn: &mut Conn) -> Result<(), Error> {
    match conn {
        Conn::Sqlite(conn) => up_to_date(conn, SQLITE),
        Conn::Postgres(conn) => {
            conn.batch_execute(&format!("SELECT pg_advisory_lock({LOCK})"))?;
            let done = up_to_date(conn, POSTGRES);
            conn.batch_execute(&format!("SELECT pg_advisory_unlock({LOCK})"))?;
            done
        }
    }
}

/// Whether the schema is the one that this program knows, which is left as it is.
///
/// # Errors
/// [`Error::Newer`] or [`Error::Older`]; else those of the database.
pub(super) fn check(conn: &mut Conn) -> Result<(), Error> {
    match conn {
        Conn::Sqlite(conn) => known(conn, SQLITE),
        Conn::Postgres(conn) => known(conn, POSTGRES),
    }
}

fn known<C, B>(conn: &mut C, ours: EmbeddedMigrations) -> Result<(), Error>
where
    B: Backend,
    C: MigrationHarness<B> + MigrationConnection<Backend = B>,
{
    is_not_newer(conn, &ours)?;
    let is_older = conn.has_pending_migration(ours).map_err(|error| Error::Unavailable(error.to_string()))?;
    if is_older { Err(Error::Older) } else { Ok(()) }
}

fn up_to_date<C, B>(conn: &mut C, known: EmbeddedMigrations) -> Result<(), Error>
where
    B: Backend,
    C: MigrationHarness<B> + MigrationConnection<Backend = B>,
{
    is_not_newer(conn, &known)?;
    conn.run_pending_migrations(known).map_err(|error| Error::Unavailable(error.to_string()))?;
    Ok(())
}

fn is_not_newer<C, B>(conn: &mut C, known: &EmbeddedMigrations) -> Result<(), Error>
where
    B: Backend,
    C: MigrationHarness<B> + MigrationConnection<Backend = B>,
{
    let ours: Vec<Box<dyn Migration<B>>> = known.migrations().map_err(|error| Error::Broken(error.to_string()))?;
    let ours: BTreeSet<MigrationVersion<'_>> = ours.iter().map(|migration| migration.name().version()).collect();
    let applied = conn.applied_migrations().map_err(|error| Error::Unavailable(error.to_string()))?;
    if let Some(newer) = applied.iter().find(|applied| !ours.contains(applied)) {
        return Err(Error::Newer(newer.to_string()));
    }
    Ok(())
}
