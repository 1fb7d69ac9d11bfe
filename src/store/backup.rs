//! A SQLite file, copied while it is in use, and put back.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::ManageConnection;
use diesel::sql_types::Text;

use super::connection::{Begin, Conn, Manager};
use super::{Error, Store, audit, migrations, people, private, wrong};
use crate::wire::canonical;

/// Writes one state of a SQLite database into a new file, whole or not at all, while others read and write; and its SHA-256
/// beside it.
///
/// # Errors
/// The file is there already, or it cannot be written.
pub fn back_up(store: &Store, to: &Path) -> Result<(), Error> {
    if to.exists() {
        return Err(Error::Unavailable(format!("{}: is there already", to.display())));
    }
    let partial = &beside(to, ".partial");
    match fs::remove_file(partial) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(wrong(partial, &error)),
        _ => {}
    }
    private(partial)?;
    // SQLite copies what one read transaction sees, and other connections go on.
    let mut conn = store.connection(Begin::Snapshot)?;
    diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(partial.to_string_lossy().into_owned()).execute(&mut *conn)?;
    fs::File::open(partial).and_then(|file| file.sync_all()).map_err(|error| wrong(partial, &error))?;
    let sha256 = sum(partial, to).map_err(|error| wrong(partial, &error))?;
    let sums = beside(to, ".sha256");
    fs::write(&sums, sha256).map_err(|error| wrong(&sums, &error))?;
    fs::rename(partial, to).map_err(|error| wrong(to, &error))
}

/// The file beside another whose name ends so.
fn beside(file: &Path, end: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// The SHA-256 of a file as `sha256sum` writes it.
fn sum(file: &Path, name: &Path) -> io::Result<String> {
    let mut from = fs::File::open(file)?;
    let mut read = Ok(0);
    let sha256 = canonical::fingerprint(|out| {
        read = io::copy(&mut from, &mut &mut *out);
        Ok(())
    });
    read?;
    Ok(format!("{sha256}  {}\n", name.file_name().unwrap_or_default().to_string_lossy()))
}

/// Puts a backup in the place of a database that is not there: the file must be what was written, whole, and its audit
/// trails must hold.
///
/// # Errors
/// There is a database or what is left of one, or the backup is none, is changed, or is newer than this program.
pub fn restore(from: &Path, to: &Path) -> Result<Store, Error> {
    for end in ["", "-wal", "-shm"] {
        let there = beside(to, end);
        if there.exists() {
            return Err(Error::Unavailable(format!("{}: is there already; move it away first", there.display())));
        }
    }
    let wanted =
        fs::read_to_string(beside(from, ".sha256")).map_err(|error| wrong(&beside(from, ".sha256"), &error))?;
    let found = sum(from, from).map_err(|error| wrong(from, &error))?;
    if wanted.split_whitespace().next() != found.split_whitespace().next() {
        return Err(Error::Unavailable(format!("{}: is not the file that was backed up", from.display())));
    }
    let partial = beside(to, ".partial");
    remove(&partial);
    private(&partial)?;
    io::copy(&mut fs::File::open(from).map_err(|error| wrong(from, &error))?, &mut reopened(&partial)?)
        .map_err(|error| wrong(&partial, &error))?;
    // One connection, no store: a pool opens others by itself, and one that came late would make the file anew.
    let manager = Manager { url: partial.to_string_lossy().into_owned() };
    let sound = manager.connect().and_then(|mut conn| {
        migrations::migrate(&mut conn)?;
        is_sound(&mut conn, from)
    });
    if let Err(error) = sound {
        remove(&partial);
        return Err(error);
    }
    remove_beside(&partial);
    fs::File::open(&partial).and_then(|file| file.sync_all()).map_err(|error| wrong(&partial, &error))?;
    fs::rename(&partial, to).map_err(|error| wrong(to, &error))?;
    Store::open(&to.to_string_lossy())
}

/// Whether a database is whole and its audit trails hold. Its log is written into the file.
fn is_sound(conn: &mut Conn, file: &Path) -> Result<(), Error> {
    let damaged = || Error::Broken(format!("{}: the file is damaged", file.display()));
    let sound: Vec<Sound> = diesel::sql_query("PRAGMA integrity_check").load(conn)?;
    if sound.first().is_none_or(|sound| sound.integrity_check != "ok") {
        return Err(damaged());
    }
    for bureau in people::bureaus(conn)? {
        audit::verify(conn, &bureau.id)?.map_err(|_| damaged())?;
    }
    Ok(SimpleConnection::batch_execute(conn, "PRAGMA wal_checkpoint(TRUNCATE)")?)
}

#[derive(QueryableByName)]
struct Sound {
    #[diesel(sql_type = Text)]
    integrity_check: String,
}

/// A file of ours, to be written.
fn reopened(file: &Path) -> Result<fs::File, Error> {
    fs::File::options().write(true).open(file).map_err(|error| wrong(file, &error))
}

/// Removes a file and what SQLite keeps beside it; where that fails, it is found by the next attempt.
fn remove(path: &Path) {
    fs::remove_file(path).unwrap_or_default();
    remove_beside(path);
}

fn remove_beside(path: &Path) {
    for end in ["-wal", "-shm"] {
        fs::remove_file(beside(path, end)).unwrap_or_default();
    }
}
