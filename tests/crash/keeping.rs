//! Backups of a SQLite file that is in use, and what is made of them.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::{fs, thread};

use crate::client::Client;
use crate::random::Random;
use crate::server::{Place, Server, Tokens, audit_is_whole, ended, fenpei, postgres, sqlite};
use crate::start::sqlite3;

/// What is in use: a server, the tokens, a roster with several runs.
fn in_use(place: &Place) -> (Server, Tokens, String) {
    let server = Server::start(&place.url);
    let tokens = server.tokens();
    let client = Client::new(&server, &tokens);
    let roster = client.roster(&client.plan("small", None), 300);
    for number in 0..3 {
        let id = client.run(&roster, &format!("before-{number}")).expect("it answers").id();
        client.calculated(&id);
    }
    (server, tokens, roster)
}

#[test]
fn a_backup_while_others_write_is_one_state() {
    let place = sqlite();
    let (server, tokens, roster) = in_use(&place);
    let client = Client::new(&server, &tokens);
    let ended_writing = AtomicBool::new(false);
    let backups: Vec<String> = (0..3).map(|number| place.beside(&format!("backup-{number}"))).collect();
    let written = thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut number = 0;
            while !ended_writing.load(Ordering::Relaxed) {
                client.run(&roster, &format!("while-{number}")).expect("it answers").id();
                number += 1;
            }
            number
        });
        for backup in &backups {
            let (code, out, error) = ended(&place.url, &["backup", backup]);
            assert_eq!(code, Some(0), "{out}{error}");
        }
        ended_writing.store(true, Ordering::Relaxed);
        writer.join().expect("it writes")
    });
    assert!(written > 0, "nothing was written meanwhile");
    drop(server);
    for backup in &backups {
        let restored = format!("{backup}.db");
        let (code, out, error) = ended(&restored, &["restore", backup]);
        assert_eq!(code, Some(0), "{out}{error}");
        assert!(out.contains(" entries, the last is "), "{out}");
        let server = Server::start(&restored);
        let client = Client::new(&server, &tokens);
        client.drain();
        let runs = client.runs();
        assert!((3..=3 + written).contains(&runs.len()), "{} runs", runs.len());
        for run in runs.values() {
            assert_eq!(run["state"], "calculated", "{run}");
            client.is_whole(run["id"].as_str().expect("an id"));
        }
        client.run(&roster, "afterwards").expect("it answers").id();
        drop(server);
        audit_is_whole(&restored);
    }
}

/// A backup of a database that is no longer served.
fn backed_up(place: &Place) -> String {
    drop(in_use(place));
    let backup = place.beside("backup");
    let (code, out, error) = ended(&place.url, &["backup", &backup]);
    assert_eq!(code, Some(0), "{out}{error}");
    backup
}

#[test]
fn a_backup_takes_nothing_away() {
    let place = sqlite();
    let backup = backed_up(&place);
    let before = (fs::read(&backup).expect("a file"), fs::read(&place.url).expect("a file"));
    let (code, _, error) = ended(&place.url, &["backup", &backup]);
    assert_eq!(code, Some(2), "{error}");
    assert!(error.contains(&backup) && error.contains("there already"), "{error}");
    let (code, _, error) = ended(&place.url, &["restore", &backup]);
    assert_eq!(code, Some(2), "{error}");
    assert!(error.contains(&place.url) && error.contains("there already"), "{error}");
    // Not even where the folder of the backup is missing is anything left behind.
    let (code, _, error) = ended(&place.url, &["backup", &place.beside("nowhere/backup")]);
    assert_eq!(code, Some(2), "{error}");
    assert_eq!((fs::read(&backup).expect("a file"), fs::read(&place.url).expect("a file")), before);
    audit_is_whole(&place.url);
}

/// A restore of these bytes must be refused and leave nothing.
fn is_refused(place: &Place, what: &str, bytes: &[u8]) {
    let (from, to) = (place.beside("damaged"), place.beside("restored.db"));
    fs::write(&from, bytes).expect("a file is written");
    let (code, out, error) = ended(&to, &["restore", &from]);
    assert!(matches!(code, Some(1 | 2)) && !(out + &error).is_empty(), "{what}: {code:?}");
    assert!(!Path::new(&to).exists(), "{what}: it is there all the same");
    let left = fs::read_dir(place.folder.path()).expect("a folder").flatten();
    let left: Vec<String> = left.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    assert!(!left.iter().any(|name| name.contains("partial")), "{what}: {left:?}");
}

/// How many bytes SQLite reads at once.
const PAGE: usize = 4096;

#[test]
fn a_restore_refuses_what_is_no_backup_or_is_damaged() {
    let place = sqlite();
    let good = fs::read(backed_up(&place)).expect("a file");
    assert!(good.len() > 10 * PAGE && good.len().is_multiple_of(PAGE), "{} bytes", good.len());
    is_refused(&place, "a text", "这不是备份".as_bytes());
    is_refused(&place, "nothing", b"");
    is_refused(&place, "a head alone", b"SQLite format 3\0");
    is_refused(&place, "half of it", &good[..good.len() / 2]);
    is_refused(&place, "half of it, in whole pages", &good[..good.len() / 2 / PAGE * PAGE]);
    is_refused(&place, "without its last page", &good[..good.len() - PAGE]);
    let middle = good.len() / 2 / PAGE * PAGE;
    let with = |from: usize, length: usize| {
        let mut damaged = good.clone();
        damaged[from..from + length].iter_mut().for_each(|byte| *byte = !*byte);
        damaged
    };
    is_refused(&place, "with another page in the middle", &with(middle, PAGE));
    is_refused(&place, "with another head of a page", &with(middle, 8));
    is_refused(&place, "without its last byte", &good[..good.len() - 1]);
    let missing = place.beside("nothing there");
    let (code, _, error) = ended(&place.beside("restored.db"), &["restore", &missing]);
    assert_eq!(code, Some(2), "{error}");
    assert!(error.contains(&missing), "{error}");
}

/// What a database says, as statements; none where there is no program to ask with.
fn dump(database: &str) -> Option<Vec<u8>> {
    let asked = Command::new(sqlite3()?).args([database, ".dump"]).output().expect("sqlite3 runs");
    Some(asked.stdout)
}

/// A byte that changes what is on record must be found, also where SQLite itself sees nothing wrong with it.
#[test]
fn a_changed_byte_of_a_backup_is_found() {
    let place = sqlite();
    let backup = backed_up(&place);
    let good = fs::read(&backup).expect("a file");
    let to = place.beside("good.db");
    assert_eq!(ended(&to, &["restore", &backup]).0, Some(0));
    let Some(whole) = dump(&to) else { return };
    let mut unseen = Vec::new();
    for part in 1..24 {
        let at = good.len() / 24 * part + 1_000;
        let mut damaged = good.clone();
        damaged[at] ^= 0x01;
        let (from, to) = (place.beside("damaged"), place.beside(&format!("restored-{part}.db")));
        fs::write(&from, &damaged).expect("a file is written");
        if ended(&to, &["restore", &from]).0 == Some(0) && dump(&to).is_some_and(|told| told != whole) {
            unseen.push(at);
        }
    }
    assert!(unseen.is_empty(), "restored with another byte at {unseen:?} of {}", good.len());
}

/// The files beside a database that a killed process has left must not be taken for those of the backup: an operator moves
/// the database away, as he is told, and nothing else.
#[test]
fn a_restore_where_a_process_was_killed_is_what_the_backup_was() {
    let place = sqlite();
    let (mut server, tokens, roster) = in_use(&place);
    let backup = place.beside("backup");
    assert_eq!(ended(&place.url, &["backup", &backup]).0, Some(0));
    let client = Client::new(&server, &tokens);
    for number in 0..20 {
        let id = client.run(&roster, &format!("after-{number}")).expect("it answers").id();
        client.calculated(&id);
    }
    server.kill();
    fs::rename(&place.url, place.beside("moved.db")).expect("a file is moved");
    let (code, out, error) = ended(&place.url, &["restore", &backup]);
    if code != Some(0) {
        assert!(error.contains("-wal"), "refused, but not for what is left: {out}{error}");
        return;
    }
    audit_is_whole(&place.url);
    let server = Server::start(&place.url);
    let client = Client::new(&server, &tokens);
    let runs = client.runs();
    assert_eq!(runs.len(), 3, "runs that the backup does not have");
    runs.values().for_each(|run| client.is_whole(run["id"].as_str().expect("an id")));
}

/// A backup or a restore that was killed is begun again.
#[test]
fn a_backup_that_was_killed_can_be_begun_again() {
    let mut random = Random::new("killed backup");
    let place = sqlite();
    drop(in_use(&place));
    let (backup, to) = (place.beside("backup"), place.beside("restored.db"));
    for arguments in [["backup", &backup], ["restore", &backup]] {
        let database = if arguments[0] == "backup" { &place.url } else { &to };
        for _ in 0..10 {
            let mut child =
                fenpei(database, &arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it");
            thread::sleep(random.pause(0, 60));
            child.kill().expect("it is ours");
            child.wait().expect("it ends");
        }
        let (code, out, error) = ended(database, &arguments);
        let is_there = error.contains("is there already");
        assert!(code == Some(0) || (code == Some(2) && is_there), "{arguments:?}: {out}{error}");
    }
    audit_is_whole(&to);
    assert!(!Path::new(&format!("{backup}.partial")).exists() && !Path::new(&format!("{to}.partial")).exists());
}

/// PostgreSQL has its own programs for this, which are named.
#[test]
fn postgresql_is_backed_up_by_its_own_programs() {
    let Some(on_postgres) = postgres() else { return };
    let place = sqlite();
    let backup = backed_up(&place);
    let (code, _, error) = ended(&on_postgres.url, &["backup", &place.beside("another")]);
    assert!(code == Some(2) && error.contains("pg_dump"), "{error}");
    assert!(!Path::new(&place.beside("another")).exists());
    let (code, _, error) = ended(&on_postgres.url, &["restore", &backup]);
    assert!(code == Some(2) && error.contains("pg_restore"), "{error}");
}
