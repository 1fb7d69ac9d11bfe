//! `fenpei calculate PLAN.json DATA`.

use std::cell::RefCell;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget};

use super::{Done, Ended, Lang, WrongUse, folder, read, summary};
use crate::engine::{Data, calculate_watched};
use crate::exact;
use crate::plan::{Plan, Refusal};
use crate::sheet;
use crate::wire::calculation::plan_text;
use crate::wire::result::Report;
use crate::wire::{self, canonical, refusal};

/// Work of more than this shows a progress bar.
const PATIENCE: Duration = Duration::from_secs(1);

#[derive(Args)]
pub(super) struct Calculate {
    /// The plan document
    plan: PathBuf,
    /// The data: a JSON file, or a folder with one <level>.csv per level
    data: PathBuf,
    /// Write <level>.csv, lines.csv, funds.csv and result.json into this folder, whole or not at all
    #[arg(long, value_name = "DIR", conflicts_with_all = ["pretty", "summary"])]
    out: Option<PathBuf>,
    /// The language of messages
    #[arg(long, value_enum, default_value = "zh")]
    lang: Lang,
    /// Indent the JSON
    #[arg(long)]
    pretty: bool,
    /// Print funds, totals and the balance for people instead of JSON
    #[arg(long, conflicts_with = "pretty")]
    summary: bool,
    /// Print numbers that 12 places do not hold exactly as n/d
    #[arg(long)]
    exact: bool,
}

impl Calculate {
    pub(super) fn run(&self) -> Ended {
        let text = read(&self.plan)?;
        let plan = match plan_text(&text) {
            Ok(plan) => plan,
            Err(refusal) => return self.refuse(&refusal),
        };
        let data = match data(&plan.plan, &self.data)? {
            Ok(data) => data,
            Err(refusal) => return self.refuse(&refusal),
        };
        let progress = Progress::new(plan.plan.steps.len());
        let outcome = calculate_watched(&plan.plan, &data, &|done| progress.step(done));
        progress.end();
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(refusal) => return self.refuse(&refusal),
        };
        let report = Report::new(&outcome, plan.sha256, self.exact);
        if let Some(out) = &self.out {
            folder::write_whole(out, &plan.plan, |folder| {
                let shown =
                    |out: &mut Vec<u8>, kind: &_, vector: &_, row: exact::Row| report.put(out, kind, vector, row);
                sheet::write_tables(&outcome, &shown, folder)?;
                let mut text = canonical::text(&report.summary());
                text.push('\n');
                std::fs::write(folder.join("result.json"), text)
            })?;
            return Ok(Done::Well);
        }
        let mut stdout = BufWriter::new(io::stdout().lock());
        if self.summary {
            summary::print(&mut stdout, &outcome, &report, self.lang.into())?;
        } else if self.pretty {
            let mut bytes = Vec::new();
            report.write(&mut bytes)?;
            pretty(&mut stdout, &bytes)?;
        } else {
            report.write(&mut stdout)?;
            stdout.write_all(b"\n")?;
        }
        stdout.flush()?;
        Ok(Done::Well)
    }

    fn refuse(&self, refusal: &Refusal) -> Ended {
        let text = canonical::text(&refusal::refusal(refusal, self.lang.into()));
        let mut stdout = io::stdout().lock();
        if self.pretty || self.summary {
            pretty(&mut stdout, text.as_bytes())?;
        } else {
            writeln!(stdout, "{text}")?;
        }
        Ok(Done::Refused)
    }
}

/// Data from a JSON file or a folder.
pub(super) fn data(plan: &Plan, path: &PathBuf) -> Result<Result<Data, Refusal>, WrongUse> {
    if sheet::is_folder(path) {
        let read = sheet::read_folder(plan, path);
        return read.map_err(|error| WrongUse(error.to_string()));
    }
    Ok(wire::data::read_data(plan, &read(path)?))
}

/// Indents JSON. Values are texts, flags and small counts, so nothing is lost on the way.
fn pretty(out: &mut dyn Write, json: &[u8]) -> io::Result<()> {
    let value: serde_json::Value = serde_json::from_slice(json)?;
    serde_json::to_writer_pretty(&mut *out, &value)?;
    out.write_all(b"\n")
}

/// A progress bar on a terminal for work that takes long.
struct Progress {
    started: Instant,
    steps: usize,
    bar: RefCell<Option<ProgressBar>>,
}

impl Progress {
    fn new(steps: usize) -> Progress {
        Progress { started: Instant::now(), steps, bar: RefCell::new(None) }
    }

    fn step(&self, done: usize) {
        if !io::stderr().is_terminal() || self.started.elapsed() < PATIENCE {
            return;
        }
        let count = |steps: usize| u64::try_from(steps).unwrap_or(u64::MAX);
        let mut bar = self.bar.borrow_mut();
        let bar = bar.get_or_insert_with(|| {
            ProgressBar::with_draw_target(Some(count(self.steps)), ProgressDrawTarget::stderr())
        });
        bar.set_position(count(done));
    }

    fn end(&self) {
        if let Some(bar) = self.bar.borrow_mut().take() {
            bar.finish_and_clear();
        }
    }
}
