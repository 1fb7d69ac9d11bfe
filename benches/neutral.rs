//! `cargo bench --bench neutral [district|county|city|province …]`: what each stage of `fenpei calculate FOLDER --out`
//! costs, in nanoseconds of CPU time a person (all threads, medians), after the fen of every person are checked.

#![allow(clippy::panic, clippy::print_stdout, reason = "a bench tells, and stops where it is surprised")]

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use fenpei::engine::{Data, Outcome, calculate};
use fenpei::exact::{at, fen_text, rows};
use fenpei::plan::Plan;
use fenpei::sheet::{read_folder, write_tables};
use fenpei::wire::calculation::plan_text;
use fenpei::wire::canonical::fingerprint;
use fenpei::wire::result::Report;
use rustix::time::{ClockId, clock_gettime};

#[path = "neutral/mod.rs"]
mod neutral;

use neutral::{EXPECTED, PLAN, SIZES, Size};

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let plan = plan_text(PLAN.as_bytes()).unwrap_or_else(|_| std::process::abort()).plan;
    println!("{:>9} {:>9} {:>8} {:>8} {:>8} {:>8}", "", "people", "parse", "compute", "hash", "print");
    for size in SIZES.iter().filter(|size| wanted.is_empty() || wanted.iter().any(|name| name == size.name)) {
        let folder = size.folder().unwrap_or_else(|error| panic!("{}: {error}", size.name));
        measure(&plan, size, &folder);
    }
}

fn measure(plan: &Plan, size: &Size, folder: &Path) {
    let read =
        || read_folder(plan, folder).ok().and_then(Result::ok).unwrap_or_else(|| panic!("{} is read", size.name));
    let data = read();
    let outcome = calculate(plan, &data).unwrap_or_else(|_| panic!("{} is calculated", size.name));
    check(size, &outcome);
    let out = tempfile::tempdir_in(folder.parent().unwrap_or(folder)).unwrap_or_else(|error| panic!("{error}"));
    let report = Report::new(&outcome, String::new(), false);
    let shown = |out: &mut Vec<u8>, kind: &_, vector: &_, row| report.put(out, kind, vector, row);
    let stages = [
        median(size, || drop(read())),
        median(size, || drop(calculate(plan, &data))),
        median(size, || drop(Report::new(&outcome, String::new(), false))),
        median(size, || drop(write_tables(&outcome, &shown, out.path()))),
    ];
    let [parse, compute, hash, print] = stages.map(|time| time.as_nanos() / u128::from(size.people));
    println!("{:>9} {:>9} {parse:>8} {compute:>8} {hash:>8} {print:>8}", size.name, size.people);
}

/// The median of several times, each of enough work for a second of them all.
fn median(size: &Size, work: impl Fn()) -> Duration {
    let times = u32::try_from(100_000 / size.people + 1).unwrap_or(1);
    let time = || {
        let begun = cpu();
        (0..times).for_each(|_| work());
        (cpu() - begun) / times
    };
    let mut found: Vec<Duration> = (0..7).map(|_| time()).collect();
    found.sort();
    found.get(3).copied().unwrap_or_default()
}

fn cpu() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap_or_default()
}

/// Every person's fen are those of an exact reference.
fn check(size: &Size, outcome: &Outcome<'_>) {
    let (plan, data): (&Plan, &Data) = (outcome.plan, outcome.data);
    let staff = plan.payee.unwrap_or_default();
    let [allowances, merit] = ["allowances", "merit"].map(|name| {
        let known = plan.levels.get(staff).map_or(&[][..], |level| &level.columns);
        let column = known.iter().position(|column| column.name == name).unwrap_or_default();
        outcome.columns.get(staff).and_then(|columns| columns.get(column)).unwrap_or_else(|| panic!("{name}"))
    });
    let mut text = String::from("id,allowances,merit,total\n");
    for row in rows(outcome.all_totals().len()) {
        let fen = [allowances, merit].map(|column| fen_text(column.numbers().fen(row)));
        let total = fen_text(*at(outcome.all_totals(), row));
        let _ = writeln!(text, "{},{},{total}", data.id(staff, row), fen.join(","));
    }
    let found = fingerprint(|out| out.write_all(text.as_bytes()));
    let expected: serde_json::Value = serde_json::from_str(EXPECTED).unwrap_or_default();
    let expected = expected.pointer(&format!("/sizes/{}/sha256", size.name)).and_then(|sha256| sha256.as_str());
    assert_eq!(Some(found.as_str()), expected, "{}", size.name);
}
