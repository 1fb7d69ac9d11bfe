//! A connection to either database, and the pool of them.

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;
use diesel::r2d2::ManageConnection;

use super::{Error, is_postgres};

/// A connection to SQLite or to PostgreSQL; queries are written once for both.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// PostgreSQL.
    Postgres(diesel::PgConnection),
    /// SQLite.
    Sqlite(diesel::SqliteConnection),
}

/// What every SQLite connection is told: wait for other writers, keep what was acknowledged, keep references whole.
const SQLITE: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
    PRAGMA foreign_keys = ON; PRAGMA cache_size = -2000;";

/// What every PostgreSQL connection is told: no statement waits for others or works without end, and the server notices soon
/// when the process at the other end is gone, so that what it held is free.
const POSTGRES: &str = "SET lock_timeout = '5s'; SET statement_timeout = '60s'; \
    SET idle_in_transaction_session_timeout = '60s'; SET tcp_keepalives_idle = 20; \
    SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;";

/// How a transaction begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Begin {
    /// It sees one state of the database and writes nothing.
    Snapshot,
    /// It writes. On SQLite it is the only writer from its first statement on, so that it cannot fail half-way because
    /// another has written; on PostgreSQL it locks the rows that it builds on.
    Write,
}

impl Conn {
    /// Begins a transaction.
    pub(super) fn begin(&mut self, begin: Begin) -> QueryResult<()> {
        match (self, begin) {
            (Conn::Postgres(conn), Begin::Snapshot) => AnsiTransactionManager::begin_transaction_sql(
                conn,
                "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
            ),
            (Conn::Postgres(conn), Begin::Write) => {
                AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED")
            }
            (Conn::Sqlite(conn), Begin::Snapshot) => {
                AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN DEFERRED")
            }
            (Conn::Sqlite(conn), Begin::Write) => {
                AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN IMMEDIATE")
            }
        }
    }

    /// Ends the transaction: all of it is there from now on.
    pub(super) fn commit(&mut self) -> QueryResult<()> {
        match self {
            Conn::Postgres(conn) => AnsiTransactionManager::commit_transaction(conn),
            Conn::Sqlite(conn) => AnsiTransactionManager::commit_transaction(conn),
        }
    }

    /// Ends the transaction: nothing of it has happened.
    pub(super) fn roll_back(&mut self) {
        let done = match self {
            Conn::Postgres(conn) => AnsiTransactionManager::rollback_transaction(conn),
            Conn::Sqlite(conn) => AnsiTransactionManager::rollback_transaction(conn),
        };
        if let Err(error) = done {
            tracing::warn!(%error, "a transaction could not be rolled back; its connection is given up");
        }
    }

    fn is_broken(&mut self) -> bool {
        match self {
            Conn::Postgres(conn) => diesel::r2d2::R2D2Connection::is_broken(conn),
            Conn::Sqlite(conn) => diesel::r2d2::R2D2Connection::is_broken(conn),
        }
    }
}

/// Opens connections to one database.
#[derive(Debug, Clone)]
pub struct Manager {
    /// `postgres://…`, or the path of a SQLite file.
    pub(super) url: String,
}

impl ManageConnection for Manager {
    type Connection = Conn;
    type Error = Error;

    fn connect(&self) -> Result<Conn, Error> {
        if is_postgres(&self.url) {
            let mut conn = PgConnection::establish(&self.url).map_err(Error::unreachable)?;
            conn.batch_execute(POSTGRES)?;
            return Ok(Conn::Postgres(conn));
        }
        let mut conn = SqliteConnection::establish(&self.url).map_err(Error::unreachable)?;
        conn.batch_execute(SQLITE)?;
        Ok(Conn::Sqlite(conn))
    }

    /// Whether a server has gone is found when a transaction begins ([`super::Store`]), without asking each time.
    fn is_valid(&self, _: &mut Conn) -> Result<(), Error> {
        Ok(())
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        std::thread::panicking() || conn.is_broken()
    }
}
