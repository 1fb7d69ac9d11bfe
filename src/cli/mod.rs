//! Floor 7: the commands. Each reads its files, calls the floors below, and prints.
//!
//! Exit status: 0 done, 1 refused (the plan or the data are at fault), 2 wrong use (a file cannot be read, an option is wrong).

mod calculate;
mod check;
mod explain;
mod folder;
mod keeping;
mod serve;
mod sheets;
mod summary;
mod token;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::plan::Language;

/// Performance pay, exact to the fen: plans as data, an exact engine, HTTP and the command line.
#[derive(Parser)]
#[command(name = "fenpei", version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Calculate a plan on data (a JSON file, or a folder with one <level>.csv per level)
    Calculate(calculate::Calculate),
    /// Check a plan and run its examples
    Check(check::Check),
    /// Say why a value is what it is: the statement of a payee, or one step of a row
    Explain(explain::Explain),
    /// Write the workbook in which the data of a plan are filled in
    Template(sheets::Template),
    /// Write the workbook that recalculates a result with formulas of its own and compares
    Workbook(sheets::Workbook),
    /// Read the data of a plan from workbooks or CSV files, with every fault at its cell
    Import(sheets::Import),
    /// Serve HTTP (the default)
    Serve(serve::Serve),
    /// Make, list and revoke tokens
    #[command(subcommand)]
    Token(token::Token),
    /// Verify the audit trail
    #[command(subcommand)]
    Audit(keeping::Audit),
    /// Copy a SQLite database into a new file while it is in use
    Backup(keeping::Backup),
    /// Put a backup in the place of a SQLite database that is not there
    Restore(keeping::Restore),
    /// Print the OpenAPI document
    Openapi(Openapi),
}

#[derive(Args)]
struct Openapi {
    /// The version of OpenAPI
    #[arg(long, value_enum, default_value = "3.1")]
    spec: Spec,
    /// Print only the version of the contract
    #[arg(long)]
    version: bool,
}

/// A version of OpenAPI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Spec {
    /// 3.1
    #[value(name = "3.1")]
    V31,
    /// 3.0.3, for generators that read no later one
    #[value(name = "3.0")]
    V30,
}

/// The language of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Lang {
    /// 中文
    Zh,
    /// English
    En,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Language {
        match lang {
            Lang::Zh => Language::Chinese,
            Lang::En => Language::English,
        }
    }
}

/// What a command came to.
enum Done {
    /// It did what it was asked.
    Well,
    /// The plan or the data are at fault; that has been printed.
    Refused,
}

/// A wrong use: what a person must change about the call itself.
struct WrongUse(String);

/// Why a command stopped: a wrong use, or nobody reads what it prints any more, which is not its fault.
enum Stopped {
    Wrong(WrongUse),
    Unread,
}

impl From<WrongUse> for Stopped {
    fn from(wrong: WrongUse) -> Stopped {
        Stopped::Wrong(wrong)
    }
}

impl From<io::Error> for Stopped {
    fn from(error: io::Error) -> Stopped {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Stopped::Unread,
            _ => Stopped::Wrong(WrongUse(error.to_string())),
        }
    }
}

type Ended = Result<Done, Stopped>;

/// Runs the command line.
pub fn run() -> ExitCode {
    // `fenpei` alone serves as `fenpei serve` does.
    let command = Cli::parse().command.or_else(|| Cli::parse_from(["fenpei", "serve"]).command);
    let ended = match command {
        Some(Command::Calculate(calculate)) => calculate.run(),
        Some(Command::Check(check)) => check.run(),
        Some(Command::Explain(explain)) => explain.run(),
        Some(Command::Template(template)) => template.run(),
        Some(Command::Workbook(workbook)) => workbook.run(),
        Some(Command::Import(import)) => import.run(),
        Some(Command::Serve(serve)) => serve.run(),
        Some(Command::Token(token)) => token.run(),
        Some(Command::Audit(audit)) => audit.run(),
        Some(Command::Backup(backup)) => backup.run(),
        Some(Command::Restore(restore)) => restore.run(),
        Some(Command::Openapi(openapi)) => openapi.run(),
        None => Ok(Done::Well),
    };
    match ended {
        Ok(Done::Well) => ExitCode::SUCCESS,
        Ok(Done::Refused) => ExitCode::from(1),
        Err(Stopped::Unread) => ExitCode::SUCCESS,
        Err(Stopped::Wrong(WrongUse(message))) => {
            // Where even this cannot be printed, the exit status still says it.
            writeln!(io::stderr(), "fenpei: {message}").unwrap_or_default();
            ExitCode::from(2)
        }
    }
}

fn read(path: &PathBuf) -> Result<Vec<u8>, WrongUse> {
    std::fs::read(path).map_err(|error| WrongUse(format!("{}: {error}", path.display())))
}

impl Openapi {
    fn run(&self) -> Ended {
        let document = match self.spec {
            _ if self.version => concat!(env!("CARGO_PKG_VERSION"), "\n").to_owned(),
            Spec::V31 => crate::rest::openapi_json(),
            Spec::V30 => crate::rest::openapi_3_0_json(),
        };
        io::stdout().write_all(document.as_bytes())?;
        Ok(Done::Well)
    }
}
