//! `fenpei serve`.

use std::io::{self, Write};
use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

use clap::Args;

use super::{Done, Ended, WrongUse};
use crate::record::example::{Example, SCHOOL};
use crate::rest::{Limits, Settings, Started, run};
use crate::store::{Store, is_postgres};

/// Where the record is.
#[derive(Args)]
pub(super) struct Database {
    /// The database: postgres://…, or the path of a SQLite file, which is made where there is none
    #[arg(long, value_name = "URL", env = "DATABASE_URL", default_value = "fenpei.db", hide_env_values = true)]
    database: String,
}

impl Database {
    /// Opens it.
    pub(super) fn open(&self) -> Result<Store, WrongUse> {
        Ok(Store::open(&self.database)?)
    }

    /// Opens it where it is there, as it is: a command that looks or copies makes no new one and changes no schema.
    pub(super) fn open_existing(&self) -> Result<Store, WrongUse> {
        match self.file() {
            Some(file) if !Path::new(file).is_file() => Err(WrongUse(format!("{file}: there is no such database"))),
            _ => Ok(Store::open_as_it_is(&self.database)?),
        }
    }

    /// The path of the SQLite file; none where it is PostgreSQL.
    pub(super) fn file(&self) -> Option<&str> {
        Some(self.database.as_str()).filter(|_| !is_postgres(&self.database))
    }
}

#[derive(Args)]
pub(super) struct Serve {
    /// Where to listen; port 0 picks a free one
    #[arg(long, value_name = "ADDR:PORT", env = "FENPEI_LISTEN", default_value = "127.0.0.1:8080")]
    listen: String,
    #[command(flatten)]
    database: Database,
    /// Begin a new database with an example: a district with a calculated run, and a cycle of six schools in mid-course
    #[arg(long)]
    example: bool,
    /// How many requests a second each token may send; 0: any number
    #[arg(long, value_name = "N", env = "FENPEI_RATE", default_value = "100")]
    rate: u32,
    /// For how many seconds a process that calculates a run keeps others from it without saying that it still lives
    #[arg(long, value_name = "SECONDS", env = "FENPEI_LEASE", default_value = "30", value_parser = clap::value_parser!(u64).range(1..))]
    lease: u64,
    /// Whether webhooks may be sent to private addresses and without TLS: inside an office's own network
    #[arg(long, value_name = "allow|refuse", env = "FENPEI_WEBHOOKS_PRIVATE", default_value = "refuse", value_parser = ["allow", "refuse"])]
    webhooks_private: String,
    /// After how many seconds a webhook that failed is sent again; then after four times as long each time
    #[arg(long, value_name = "SECONDS", env = "FENPEI_WEBHOOK_PAUSE", default_value = "10", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    webhook_pause: u64,
}

impl Serve {
    pub(super) fn run(&self) -> Ended {
        let limits = Limits {
            rate: NonZeroU32::new(self.rate),
            lease: Duration::from_secs(self.lease),
            private_webhooks: self.webhooks_private == "allow",
            webhook_pause: Duration::from_secs(self.webhook_pause),
            ..Limits::default()
        };
        let settings = Settings {
            listen: self.listen.clone(),
            database: self.database.database.clone(),
            example: self.example,
            limits,
        };
        // What is told is for whoever started the program; where nobody reads it, it serves all the same.
        let served = run(&settings, |started| announce(started, self.example).unwrap_or_default());
        served.map_err(|error| WrongUse(error.to_string()))?;
        Ok(Done::Well)
    }
}

/// The address, alone on the first line, and the first tokens of a new database.
fn announce(started: &Started, example: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "http://{}", started.address)?;
    if started.tokens.is_empty() && example {
        writeln!(out, "the database is not new: no example was loaded, and no tokens were made")?;
    }
    if !started.tokens.is_empty() {
        writeln!(out, "tokens of the first bureau, shown this once:")?;
    }
    for (role, token) in &started.tokens {
        writeln!(out, "  {role:<10} {token}")?;
    }
    if let Some(example) = &started.example {
        tell(&mut out, started, example)?;
    }
    out.flush()
}

/// Where to look at the example.
fn tell(out: &mut impl Write, started: &Started, example: &Example) -> io::Result<()> {
    let Example { cycle_id, tokens } = example;
    writeln!(out, "more of them for the example (the accountant above is of the school {SCHOOL}):")?;
    for (whose, token) in tokens {
        writeln!(out, "  {whose:<21} {token}")?;
    }
    let officer = started.tokens.first().map_or("", |(_, token)| token);
    writeln!(out, "its cycle of six schools is in mid-course; look at it:")?;
    let address = started.address;
    writeln!(out, "  api() {{ curl -s -H \"Authorization: Bearer {officer}\" \"http://{address}$1\"; }}")?;
    for path in ["", "/schools", "/proof", "/people?shared=true"] {
        writeln!(out, "  api \"/v1/cycles/{cycle_id}{path}\"")?;
    }
    writeln!(out, "  api /v1/events")?;
    writeln!(out, "the page of all operations: http://{address}/docs/")
}
