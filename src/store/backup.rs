//! A SQLite file, copied while it is in use, and put back.

use std::fs;
use std::io;
use std::path::Path;

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::{Error, Store};

fn wrong(path: &Path, error: io::Error) -> Error {
    Error::Unavailable(format!("{}: {error}", path.display()))
}

/// Writes one state of the database into a new file, whole or not at all, while others read and write.
///
/// # Errors
/// The database is PostgreSQL, the file is there already, or it cannot be written.
pub fn back_up(store: &Store, to: &Path) -> Result<(), Error> {
    if store.is_shared() {
        return Err(Error::Unavailable("use pg_dump to back up PostgreSQL".to_owned()));
    }
    if to.exists() {
        return Err(Error::Unavailable(format!("{}: is there already", to.display())));
    }
    let mut name = to.as_os_str().to_owned();
    name.push(".partial");
    let partial = Path::new(&name);
    match fs::remove_file(partial) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(wrong(partial, error)),
        _ => {}
    }
    // SQLite copies what one read transaction sees, and other connections go on.
    let mut conn = store.connection()?;
    diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(partial.to_string_lossy().into_owned()).execute(&mut *conn)?;
    fs::File::open(partial).and_then(|file| file.sync_all()).map_err(|error| wrong(partial, error))?;
    fs::rename(partial, to).map_err(|error| wrong(to, error))
}

/// Puts a backup in the place of a database that is not there.
///
/// # Errors
/// There is a database, or the backup is none, is broken, or is newer than this program.
pub fn restore(from: &Path, to: &Path) -> Result<Store, Error> {
    if to.exists() {
        let reason = format!("{}: is there already; move it away first", to.display());
        return Err(Error::Unavailable(reason));
    }
    let head = fs::read(from).map_err(|error| wrong(from, error))?;
    if !head.starts_with(b"SQLite format 3\0") {
        return Err(Error::Unavailable(format!("{}: is no backup", from.display())));
    }
    let mut name = to.as_os_str().to_owned();
    name.push(".partial");
    let partial = Path::new(&name);
    fs::copy(from, partial).map_err(|error| wrong(partial, error))?;
    let opened = Store::open(&partial.to_string_lossy()).and_then(|store| {
        let sound: Vec<Sound> = diesel::sql_query("PRAGMA integrity_check").load(&mut *store.connection()?)?;
        match sound.first() {
            Some(Sound { integrity_check }) if integrity_check == "ok" => Ok(()),
            _ => Err(Error::Broken(format!("{}: the file is damaged", from.display()))),
        }
    });
    if let Err(error) = opened {
        remove(partial);
        return Err(error);
    }
    remove_beside(partial);
    fs::rename(partial, to).map_err(|error| wrong(to, error))?;
    Store::open(&to.to_string_lossy())
}

#[derive(QueryableByName)]
struct Sound {
    #[diesel(sql_type = Text)]
    integrity_check: String,
}

/// Removes a file and what SQLite keeps beside it; where that fails, it is found by the next attempt.
fn remove(path: &Path) {
    fs::remove_file(path).unwrap_or_default();
    remove_beside(path);
}

fn remove_beside(path: &Path) {
    for end in ["-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        fs::remove_file(name).unwrap_or_default();
    }
}
