//! Floor 4: SQL. What is on record, in SQLite (a file) or PostgreSQL, through the same queries.
//!
//! Money is whole fen in 64 bits, documents are texts, and rows are added rather than changed wherever the domain allows it.
//! A write is one transaction with its audit entries; bulk rows of a run are written before it and seen only after it.

pub mod adjustments;
pub mod audit;
pub mod backup;
pub mod bulk;
pub mod carried;
pub mod claims;
mod connection;
pub mod cycle_people;
pub mod cycles;
pub mod deliveries;
pub mod events;
pub mod idempotency;
mod migrations;
pub mod notices;
pub mod objections;
pub mod payroll_profiles;
pub mod people;
pub mod pieces;
pub mod plans;
pub mod results;
pub mod rosters;
pub mod runs;
mod schema;
pub mod settings;
pub mod webhooks;

use std::path::Path;
use std::time::Duration;
use std::{fmt, fs, io};

use diesel::r2d2::{ManageConnection, Pool, PooledConnection};

pub use connection::Conn;
use connection::{Begin, Manager};

/// How long a request waits for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a database may refuse.
#[derive(Debug)]
pub enum Error {
    /// It cannot be used now: it is locked, full, or gone. Nothing has been written.
    Unavailable(String),
    /// A later version of the program has changed its schema (the migration is named).
    Newer(String),
    /// Its schema is that of an earlier version of the program.
    Older,
    /// A defect of the program or of the file.
    Broken(String),
    /// Something with this key is there already.
    Taken,
}

impl Error {
    /// The database cannot be reached.
    fn unreachable(error: impl fmt::Display) -> Error {
        Error::Unavailable(error.to_string())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Unavailable(reason) => write!(out, "the database cannot be used now: {reason}"),
            Error::Newer(migration) => {
                write!(out, "the database has been changed by a later version of fenpei ({migration}); use that one")
            }
            Error::Older => {
                write!(out, "the database is of an earlier version of fenpei; start `fenpei serve` on it first")
            }
            Error::Broken(reason) => write!(out, "the database gave what it should not: {reason}"),
            Error::Taken => write!(out, "there is one with this key already"),
        }
    }
}

impl std::error::Error for Error {}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Error {
        use diesel::result::{DatabaseErrorKind, Error as Diesel};
        match &error {
            Diesel::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => Error::Taken,
            Diesel::DatabaseError(
                DatabaseErrorKind::ForeignKeyViolation
                | DatabaseErrorKind::NotNullViolation
                | DatabaseErrorKind::CheckViolation,
                _,
            ) => Error::Broken(error.to_string()),
            // Our own SQL at fault.
            Diesel::DatabaseError(_, words)
                if ["syntax error", "no such", "does not exist"].iter().any(|word| words.message().contains(word)) =>
            {
                Error::Broken(error.to_string())
            }
            // What remains of a database's own words is its state: locked, full, no space, shutting down, gone.
            Diesel::DatabaseError(..) | Diesel::BrokenTransactionManager => Error::Unavailable(error.to_string()),
            _ => Error::Broken(error.to_string()),
        }
    }
}

/// A database with its schema up to date.
#[derive(Clone)]
pub struct Store {
    reading: Pool<Manager>,
    /// Writes may wait for each other; reads have connections of their own, so that they never do.
    writing: Pool<Manager>,
    manager: Manager,
    is_postgres: bool,
}

impl Store {
    /// Opens a database: `postgres://…`, or the path of a SQLite file, which is made where there is none.
    ///
    /// # Errors
    /// It cannot be opened, or its schema is newer than this program.
    pub fn open(url: &str) -> Result<Store, Error> {
        let store = Store::open_with(url, migrations::migrate)?;
        store.write(people::make_service_key)?;
        Ok(store)
    }

    /// Opens a database whose schema is the one that this program knows, and leaves that as it is.
    ///
    /// # Errors
    /// It cannot be opened, or its schema is another.
    pub fn open_as_it_is(url: &str) -> Result<Store, Error> {
        Store::open_with(url, migrations::check)
    }

    fn open_with(url: &str, schema: fn(&mut Conn) -> Result<(), Error>) -> Result<Store, Error> {
        let manager = Manager { url: url.to_owned() };
        let is_postgres = is_postgres(url);
        if let Some(folder) = Path::new(url).parent().filter(|_| !is_postgres)
            && !folder.as_os_str().is_empty()
            && !folder.is_dir()
        {
            return Err(Error::Unavailable(format!("{}: no such folder", folder.display())));
        }
        if !is_postgres {
            private(Path::new(url))?;
        }
        let mut first = manager.connect()?;
        schema(&mut first)?;
        drop(first);
        let pool =
            || Pool::builder().max_size(12).min_idle(Some(1)).connection_timeout(PATIENCE).build(manager.clone());
        let (reading, writing) = (pool().map_err(Error::unreachable)?, pool().map_err(Error::unreachable)?);
        Ok(Store { reading, writing, manager, is_postgres })
    }

    /// Whether many processes may serve this database: PostgreSQL.
    pub fn is_shared(&self) -> bool {
        self.is_postgres
    }

    fn connection(&self, begin: Begin) -> Result<PooledConnection<Manager>, Error> {
        let pool = if begin == Begin::Write { &self.writing } else { &self.reading };
        pool.get().map_err(Error::unreachable)
    }

    /// Reads one state of the database.
    ///
    /// # Errors
    /// Those of `work`, or the database's own.
    pub fn read<T, E: From<Error>>(&self, work: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E> {
        self.transaction(Begin::Snapshot, work)
    }

    /// Writes: all of it or, where `work` fails, nothing.
    ///
    /// # Errors
    /// Those of `work`, or the database's own.
    pub fn write<T, E: From<Error>>(&self, work: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E> {
        self.transaction(Begin::Write, work)
    }

    fn transaction<T, E: From<Error>>(
        &self,
        begin: Begin,
        work: impl FnOnce(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut conn = self.connection(begin)?;
        match conn.begin(begin) {
            Err(_) if self.is_postgres => {
                // Nothing has been done. The server may have been away: the place in the pool gets another connection.
                *conn = self.manager.connect()?;
                conn.begin(begin).map_err(Error::from)?;
            }
            begun => begun.map_err(Error::from)?,
        }
        let done = work(&mut conn);
        match done {
            Ok(done) => {
                if let Err(error) = conn.commit() {
                    conn.roll_back();
                    return Err(Error::from(error).into());
                }
                Ok(done)
            }
            Err(refused) => {
                conn.roll_back();
                Err(refused)
            }
        }
    }
}

/// Makes the file of a database where there is none, for nobody but its owner to read; what SQLite keeps beside it is then
/// the same.
fn private(file: &Path) -> Result<(), Error> {
    let mut options = fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(wrong(file, &error)),
        _ => Ok(()),
    }
}

/// A file that cannot be read or written.
fn wrong(path: &Path, error: &io::Error) -> Error {
    Error::Unavailable(format!("{}: {error}", path.display()))
}

/// Whether a database is PostgreSQL.
pub fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

/// A time in UTC with milliseconds: texts of one width, which order as the times do.
fn written(time: jiff::Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Now.
pub fn now() -> String {
    written(jiff::Timestamp::now())
}

/// The day that it is in China, eight hours ahead of UTC, as `YYYY-MM-DD`.
pub fn today() -> String {
    let ahead = jiff::tz::Offset::constant(8).to_datetime(jiff::Timestamp::now());
    ahead.strftime("%Y-%m-%d").to_string()
}

/// The time so long after now.
pub fn after(duration: Duration) -> String {
    later(&now(), duration)
}

/// The time so long after another.
fn later(time: &str, duration: Duration) -> String {
    let time = time.parse().unwrap_or_else(|_| jiff::Timestamp::now());
    written(time.checked_add(duration).unwrap_or(time))
}

/// The time so long before now.
pub fn before(duration: Duration) -> String {
    let now = jiff::Timestamp::now();
    written(now.checked_sub(duration).unwrap_or(now))
}

/// A new id: a UUID of version 7, so that later ones come after earlier ones.
pub fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}
