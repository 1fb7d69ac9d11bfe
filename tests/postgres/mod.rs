//! A PostgreSQL for this test process alone: started when a test first asks for a database, and gone with the process,
//! however that ends. A test binary takes it in with `#[path = "../postgres/mod.rs"] mod postgres;`.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};
use std::{env, fs, io, thread};

/// The keeper of a cluster: makes the folder `$2` with the programs of `$1`, and lets PostgreSQL listen on the port `$3`
/// for as long as its own input is open. Nobody writes there: the input ends when the test process does, in whatever way.
/// The signal is sent until it is heeded, for a PostgreSQL that has only just begun does not hear it. Where PostgreSQL
/// ends by itself, the keeper tells the last lines of the log.
const KEEPER: &str = r#"
exec 3<&0 </dev/null 2>&1
trap '' PIPE
mkdir -m 700 "$2" || exit
if "$1/initdb" -N -A trust -U postgres -E UTF8 --locale=C -D "$2/data" >"$2/log" 2>&1; then
    "$1/postgres" -D "$2/data" -p "$3" -k "$2" -c listen_addresses=127.0.0.1 -c max_connections=300 \
        -c fsync=off -c full_page_writes=off >>"$2/log" 2>&1 &
    postgres=$!
    { read -r _ <&3; while kill -QUIT "$postgres"; do sleep 0.1; done; } >/dev/null 2>&1 &
    wait "$postgres"
    kill "$!" 2>/dev/null
fi
tail -n 20 "$2/log"
rm -rf "$2"
"#;

/// How long a cluster may take until it answers, on a machine with much else to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often a port may turn out to be somebody else's.
const ATTEMPTS: usize = 5;

/// The folder of PostgreSQL's programs; none where it is not installed.
static PROGRAMS: LazyLock<Option<PathBuf>> = LazyLock::new(programs);

/// The cluster of this process; none where PostgreSQL is not installed.
static CLUSTER: LazyLock<Option<Cluster>> = LazyLock::new(cluster);

/// A PostgreSQL that runs.
struct Cluster {
    /// Its port on 127.0.0.1.
    port: u16,
    /// Its keeper, whose input must stay open.
    keeper: Child,
}

/// The URL of a new, empty database. None where PostgreSQL is not installed: that is told once, and where the variable
/// `CI` is `true` it is a failure, for there nobody reads what was skipped.
pub fn database() -> Option<String> {
    static NUMBER: AtomicUsize = AtomicUsize::new(1);
    let cluster = CLUSTER.as_ref()?;
    let name = format!("db{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let url = |name: &str| format!("postgres://postgres@127.0.0.1:{}/{name}", cluster.port);
    sql(&url("postgres"), &format!("CREATE DATABASE {name}"));
    Some(url(&name))
}

/// What a statement gives: a line for each row, with `|` between its columns. It must succeed.
pub fn sql(url: &str, statement: &str) -> String {
    let done = psql(url, statement);
    assert!(done.status.success(), "{statement}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).expect("PostgreSQL answers in UTF-8").trim().to_owned()
}

/// Runs a statement, whether or not it succeeds.
fn psql(url: &str, statement: &str) -> Output {
    let programs = PROGRAMS.as_deref().expect("PostgreSQL is installed");
    Command::new(programs.join("psql"))
        .args(["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", statement])
        .env("PGCLIENTENCODING", "UTF8")
        .env("PGCONNECT_TIMEOUT", "10")
        .stdin(Stdio::null())
        .output()
        .expect("psql runs")
}

/// The folder that `FENPEI_PG_BIN` names, or else that of the newest PostgreSQL which Debian's packages have installed.
fn programs() -> Option<PathBuf> {
    let whole = |folder: &PathBuf| ["initdb", "postgres", "psql"].iter().all(|program| folder.join(program).is_file());
    if let Some(named) = env::var_os("FENPEI_PG_BIN") {
        return Some(PathBuf::from(named)).filter(whole);
    }
    let version = |folder: &PathBuf| -> Vec<u32> {
        let name = folder.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
        name.split('.').map(|part| part.parse().unwrap_or_default()).collect()
    };
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    versions.map(|entry| entry.path().join("bin")).filter(whole).max_by_key(version)
}

/// Starts the cluster, at another port where the first was taken in the meantime.
fn cluster() -> Option<Cluster> {
    let Some(programs) = PROGRAMS.as_deref() else {
        let missing = "PostgreSQL is not installed (apt-get install postgresql)";
        assert!(env::var_os("CI").is_none_or(|ci| ci != "true"), "{missing}");
        // Written past the test harness, which would show it only where a test fails.
        writeln!(io::stderr(), "SKIPPED: {missing}").expect("a line is written");
        return None;
    };
    let account = account();
    let deadline = Instant::now() + PATIENCE;
    let mut told = String::new();
    for _ in 0..ATTEMPTS {
        match attempt(programs, account, deadline) {
            Ok(cluster) => return Some(cluster),
            Err(log) => told = log,
        }
    }
    panic!("PostgreSQL did not start in {ATTEMPTS} attempts:\n{told}");
}

/// A cluster that answers, or what is told of one that has ended.
fn attempt(programs: &Path, account: Option<(u32, u32)>, deadline: Instant) -> Result<Cluster, String> {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let port = free.expect("a free port").port();
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a time after 1970");
    // Short, for the path of a socket may have some hundred bytes only.
    let name = format!("fenpei-pg-{}-{}", std::process::id(), since.subsec_nanos());
    let folder = env::temp_dir().join(name);
    let mut command = Command::new("sh");
    command.args(["-c", KEEPER, "keeper"]).arg(programs).arg(&folder).arg(port.to_string());
    // In a group of its own, so that an interrupt from the keyboard does not end it before its work is done.
    command.current_dir(env::temp_dir()).process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped());
    if let Some((user, group)) = account {
        command.uid(user).gid(group);
    }
    let mut cluster = Cluster { port, keeper: command.spawn().expect("sh runs") };
    // Asked at the socket in its own folder: at the port, somebody else might answer.
    let socket = format!("host='{}' port={port} user=postgres dbname=postgres", folder.display());
    while !psql(&socket, "SELECT 1").status.success() {
        if cluster.keeper.try_wait().expect("the keeper is ours").is_some() {
            let mut told = String::new();
            cluster.keeper.stdout.take().expect("a pipe").read_to_string(&mut told).expect("a text");
            return Err(told);
        }
        assert!(Instant::now() < deadline, "PostgreSQL does not answer:\n{}", tail(&folder.join("log")));
        thread::sleep(Duration::from_millis(50));
    }
    Ok(cluster)
}

/// The last lines of a log.
fn tail(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines.iter().skip(lines.len().saturating_sub(20)).copied().collect::<Vec<&str>>().join("\n")
}

/// The user and the group that PostgreSQL shall run as where this process is root's, for it refuses to run as root.
fn account() -> Option<(u32, u32)> {
    let me = Command::new("id").arg("-u").output().expect("id runs");
    if me.stdout.trim_ascii() != b"0" {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").expect("the users can be read");
    let user = users.lines().find_map(|line| line.strip_prefix("postgres:"));
    let mut numbers = user.expect("there is a user postgres").split(':').skip(1).map(str::parse);
    let mut number = || numbers.next().expect("two numbers").expect("a number");
    Some((number(), number()))
}
