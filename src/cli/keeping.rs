//! `fenpei audit verify`, `fenpei backup`, `fenpei restore`: what keeps a record trustworthy.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::serve::Database;
use super::{Done, Ended, WrongUse};
use crate::store::{Store, audit, backup, people};

#[derive(Subcommand)]
pub(super) enum Audit {
    /// Walk the audit trail of every bureau and name the first broken link
    Verify(Database),
}

#[derive(Args)]
pub(super) struct Backup {
    /// The file to write, which must not be there
    file: PathBuf,
    #[command(flatten)]
    database: Database,
}

#[derive(Args)]
pub(super) struct Restore {
    /// The backup
    file: PathBuf,
    #[command(flatten)]
    database: Database,
}

impl Audit {
    pub(super) fn run(&self) -> Ended {
        let Audit::Verify(database) = self;
        verify(&database.open_existing()?)
    }
}

/// Prints what each bureau's trail is, or where it is broken.
fn verify(store: &Store) -> Ended {
    let mut done = Done::Well;
    let mut out = io::stdout().lock();
    for bureau in store.read(people::bureaus).map_err(WrongUse::from)? {
        let found = store.read(|conn| audit::verify(conn, &bureau.id)).map_err(WrongUse::from)?;
        match found {
            Ok((count, head)) => writeln!(out, "{} {}: {count} entries, the last is {head}", bureau.id, bureau.name)?,
            Err(broken) => {
                writeln!(out, "{} {}: broken at entry {}: {}", bureau.id, bureau.name, broken.place, broken.reason)?;
                done = Done::Refused;
            }
        }
    }
    Ok(done)
}

impl Backup {
    pub(super) fn run(&self) -> Ended {
        if self.database.file().is_none() {
            return Err(WrongUse("use pg_dump to back up PostgreSQL".to_owned()).into());
        }
        backup::back_up(&self.database.open_existing()?, &self.file).map_err(WrongUse::from)?;
        Ok(Done::Well)
    }
}

impl Restore {
    pub(super) fn run(&self) -> Ended {
        let Some(to) = self.database.file() else {
            return Err(WrongUse("use pg_restore to restore PostgreSQL".to_owned()).into());
        };
        verify(&backup::restore(&self.file, Path::new(to)).map_err(WrongUse::from)?)
    }
}
