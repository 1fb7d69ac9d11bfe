//! `fenpei explain PLAN.json DATA LEVEL ROW [STEP]`.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::Args;

use super::{Done, Ended, Lang, WrongUse, calculate, read};
use crate::engine::calculate;
use crate::engine::explain::{Expand, Explainer, Kind, Limits, Node, Unexplained};
use crate::exact::Row;
use crate::plan::{Language, Plan, Refusal, nearest};
use crate::wire::calculation::plan_text;
use crate::wire::explanation::{Source, Teller};
use crate::wire::result::Report;
use crate::wire::{canonical, refusal};

#[derive(Args)]
pub(super) struct Explain {
    /// The plan document
    plan: PathBuf,
    /// The data: a JSON file, or a folder with one <level>.csv per level
    data: PathBuf,
    /// The name of a level
    level: String,
    /// The id of a row of it
    row: String,
    /// The name of a step of it; without one the statement of a payee, or all steps of any other row
    step: Option<String>,
    /// The language of the sentences
    #[arg(long, value_enum, default_value = "zh")]
    lang: Lang,
    /// Print the explanation as JSON
    #[arg(long)]
    json: bool,
    /// Print the statement of a payee as an HTML page
    #[arg(long, conflicts_with_all = ["json", "step"])]
    html: bool,
    /// Steps (level.step, comma-separated) that are followed whatever the depth; with `rows` aggregates list all their rows
    #[arg(long, value_name = "LIST")]
    expand: Option<String>,
    /// How many columns deep others are followed
    #[arg(long, value_name = "N", default_value_t = Limits::default().depth)]
    depth: usize,
    /// The most nodes
    #[arg(long, value_name = "N", default_value_t = Limits::default().nodes)]
    nodes: usize,
}

impl Explain {
    pub(super) fn run(&self) -> Ended {
        let text = read(&self.plan)?;
        let (plan, plan_sha256) = match plan_text(&text) {
            Ok(read) => (read.plan, read.sha256),
            Err(refusal) => return self.refuse(&refusal),
        };
        let (level, step) = self.named(&plan)?;
        let expand = self.expanded(&plan)?;
        let data = match calculate::data(&plan, &self.data)? {
            Ok(data) => data,
            Err(refusal) => return self.refuse(&refusal),
        };
        let row = data.find(level, &self.row).ok_or_else(|| {
            let ids = data.levels.get(level).map_or(&[][..], |rows| &rows.ids);
            unknown(&self.row, ids.iter().map(String::as_str))
        })?;
        let outcome = match calculate(&plan, &data) {
            Ok(outcome) => outcome,
            Err(refusal) => return self.refuse(&refusal),
        };
        let limits = Limits { depth: self.depth, nodes: self.nodes };
        let node = node(&Explainer::new(&outcome).expanding(expand), level, row, step, limits);
        let node = node.map_err(|error| WrongUse(format!("no explanation: {error:?}")))?;
        let teller = Teller::new(&outcome, self.lang.into());
        let mut stdout = BufWriter::new(io::stdout().lock());
        if self.html {
            let report = Report::new(&outcome, plan_sha256, false);
            let source = Source { result_sha256: Some(&report.result_sha256), ..Source::default() };
            let page = teller.statement_page(&node).map(|page| teller.html(&page, source));
            let page =
                page.ok_or_else(|| WrongUse(format!("--html: {} is no payee; only a statement is a page", self.row)))?;
            stdout.write_all(page.as_bytes())?;
        } else if self.json {
            let json = if matches!(node.kind, Kind::Statement) { teller.statement(&node) } else { teller.json(&node) };
            writeln!(stdout, "{}", canonical::text(&json))?;
        } else {
            stdout.write_all(teller.page(&node).as_bytes())?;
        }
        stdout.flush()?;
        Ok(Done::Well)
    }

    fn expanded(&self, plan: &Plan) -> Result<Expand, WrongUse> {
        let Some(words) = &self.expand else { return Ok(Expand::default()) };
        let expand = Expand::parse(plan, words, self.nodes);
        expand.map_err(|word| unknown(word, Expand::words(plan).iter().map(String::as_str)))
    }

    /// The level and the step that the call names.
    fn named(&self, plan: &Plan) -> Result<(usize, Option<usize>), WrongUse> {
        let names = plan.levels.iter().map(|level| level.name.as_str());
        let level = plan.level_named(&self.level).ok_or_else(|| unknown(&self.level, names))?;
        let Some(step) = &self.step else { return Ok((level, None)) };
        let steps =
            plan.steps.iter().zip(&plan.document.steps).enumerate().filter(|(_, (known, _))| known.level == level);
        let steps: Vec<(usize, &str)> = steps.map(|(at, (_, step))| (at, step.heading.name.as_str())).collect();
        let found = steps.iter().find(|(_, name)| name == step).map(|(at, _)| *at);
        let found = found.ok_or_else(|| unknown(step, steps.iter().map(|(_, name)| *name)))?;
        Ok((level, Some(found)))
    }

    fn refuse(&self, refusal: &Refusal) -> Ended {
        let text = canonical::text(&refusal::refusal(refusal, Language::from(self.lang)));
        writeln!(io::stdout().lock(), "{text}")?;
        Ok(Done::Refused)
    }
}

/// The statement of a payee, one step, or all steps of a row.
fn node(
    explainer: &Explainer<'_, '_>,
    level: usize,
    row: Row,
    step: Option<usize>,
    limits: Limits,
) -> Result<Node, Unexplained> {
    if let Some(step) = step {
        return explainer.step(step, row, limits);
    }
    if explainer.outcome().plan.payee == Some(level)
        && let Some(statement) = explainer.statement(row, limits)?
    {
        return Ok(statement);
    }
    explainer.row(level, row, limits)
}

/// A level, row or step that is not there, with what was probably meant.
fn unknown<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> WrongUse {
    WrongUse(match nearest(name, names) {
        Some(near) => format!("{name}: not found; did you mean {near}?"),
        None => format!("{name}: not found"),
    })
}
