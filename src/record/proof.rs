//! The proof across both tiers: what the bureau has allocated is paid, withheld or left at the schools, to the fen. It is added
//! up from the rows that are kept of each run (funds, lines, columns), never from the totals of runs.

use std::collections::{BTreeMap, BTreeSet};

use super::adjustments::is_under_way;
use super::differences::funded;
use super::rows::whole;
use super::runs::RELEASED;
use super::{cycles, rosters};
use crate::exact::Fen;
use crate::plan::Plan;
use crate::store::adjustments::{self, Adjustment, FREEZE_OTHERS, NEXT_PERIOD, REOPEN};
use crate::store::cycles::{Cycle, CycleSchool, current_runs, line_sums, schools};
use crate::store::results;
use crate::store::rosters::Scope;
use crate::store::runs::{self, Run};
use crate::store::{self, Conn, plans};
use crate::wire::json::{self, Json};

/// Where the money of a tier or of a school is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// What came from above: a school's quota. Of the bureau: its sources.
    pub came: Fen,
    /// What a school has added of its own: other sources, and what was paid from none.
    pub own: Fen,
    /// What was paid.
    pub paid: Fen,
    /// What was assigned and is neither paid nor a quota.
    pub assigned: Fen,
    /// What was withheld.
    pub withheld: Fen,
    /// What is left.
    pub left: Fen,
    /// What the lines of adjustments and their differences disagree by, never below zero.
    pub stray: Fen,
}

impl Figures {
    /// What is not accounted for: 0 where it is right.
    pub fn difference(&self) -> Fen {
        let missing = self.came + self.own - self.paid - self.assigned - self.withheld - self.left;
        // The one must not make up for the other.
        if missing < 0 { missing - self.stray } else { missing + self.stray }
    }

    fn add(&mut self, other: &Figures) {
        self.came += other.came;
        self.own += other.own;
        self.paid += other.paid;
        self.assigned += other.assigned;
        self.withheld += other.withheld;
        self.left += other.left;
        self.stray += other.stray;
    }
}

/// A school of a proof.
#[derive(Debug, Clone)]
pub struct Line {
    /// The school.
    pub school: CycleSchool,
    /// The word of its state.
    pub state: String,
    /// Its released run with its figures; none: its quota is outstanding.
    pub released: Option<(String, Figures)>,
    /// The released adjustments of that run, which the figures count.
    pub adjustments: Vec<String>,
    /// The adjustment that is not released yet.
    pub under_way: Option<String>,
}

impl Line {
    /// Whether a quota waits to be distributed.
    pub fn is_outstanding(&self) -> bool {
        self.released.is_none() && self.school.quota != 0
    }
}

/// A proof.
#[derive(Debug, Clone)]
pub struct Proof {
    /// The allocation, without the quotas.
    pub bureau: Figures,
    /// What the allocation gives the schools, by its rows.
    pub allocated: Fen,
    /// The schools.
    pub lines: Vec<Line>,
}

impl Proof {
    /// The sum of all quotas.
    pub fn quotas(&self) -> Fen {
        self.lines.iter().map(|line| Fen::from(line.school.quota)).sum()
    }

    /// The quotas that wait to be distributed.
    pub fn outstanding(&self) -> Fen {
        let waiting = self.lines.iter().filter(|line| line.is_outstanding());
        waiting.map(|line| Fen::from(line.school.quota)).sum()
    }

    /// What the schools have come to that have released.
    pub fn released(&self) -> Figures {
        let mut sum = Figures::default();
        self.lines.iter().filter_map(|line| line.released.as_ref()).for_each(|(_, figures)| sum.add(figures));
        sum
    }

    /// What is not accounted for at the bureau: sources less quotas and what is elsewhere.
    pub fn difference(&self) -> Fen {
        self.bureau.difference() - self.quotas()
    }

    /// Whether nothing is unaccounted for.
    pub fn is_balanced(&self) -> bool {
        let mut released = self.lines.iter().filter_map(|line| line.released.as_ref());
        self.difference() == 0
            && self.allocated == self.quotas()
            && released.all(|(_, figures)| figures.difference() == 0)
    }

    /// Whether every quota is distributed, and nothing is being adjusted.
    pub fn is_complete(&self) -> bool {
        !self.lines.iter().any(|line| line.is_outstanding() || line.under_way.is_some())
    }
}

/// The proof of a cycle as it is now.
///
/// # Errors
/// The store's own.
pub fn of(conn: &mut Conn, cycle: &Cycle) -> Result<Proof, store::Error> {
    let gone = || store::Error::Broken(format!("cycle {} without its allocation", cycle.id));
    let run = runs::get(conn, &cycle.bureau_id, &cycle.allocation_run_id)?.ok_or_else(gone)?;
    let allocated = column(conn, &run, &cycle.step)?.iter().map(|(_, _, fen)| fen).sum();
    let plan = plan_of(conn, &run)?;
    let (sources, mut bureau) = added_up(conn, &run, &plan, None)?;
    pay(conn, &run, &plan, &mut bureau)?;
    bureau.came = sources;
    bureau.assigned -= allocated;
    let mut lines = Vec::new();
    let mut current_runs = current_runs(conn, &cycle.id, Scope::Bureau)?;
    let ids: Vec<&str> = current_runs.values().map(|run| run.id.as_str()).collect();
    let mut chains = adjustments::of_all(conn, &ids)?;
    for school in schools(conn, &cycle.id, Scope::Bureau, "", i64::MAX)? {
        let current = current_runs.remove(&school.school_id);
        let state = cycles::state_of(current.as_ref()).to_owned();
        let mut line = Line { school, state, released: None, adjustments: Vec::new(), under_way: None };
        if let Some(run) = current.filter(|run| run.state == RELEASED) {
            let chain = chains.remove(&run.id).unwrap_or_default();
            line.under_way = chain.iter().find(|(_, run)| is_under_way(run)).map(|(_, run)| run.id.clone());
            let chain: Vec<_> = chain.into_iter().filter(|(_, run)| run.state == RELEASED).collect();
            let (other, mut figures) = adjusted(conn, &run, &chain)?;
            figures.came = line.school.quota.into();
            figures.own += other;
            line.adjustments = chain.into_iter().map(|(_, run)| run.id).collect();
            line.released = Some((run.id, figures));
        }
        lines.push(line);
    }
    Ok(Proof { bureau, allocated, lines })
}

/// What a distribution and its released adjustments come to. Where the money is, the last run in which everybody's share was
/// calculated says; what was paid, the lines of all.
fn adjusted(conn: &mut Conn, run: &Run, chain: &[(Adjustment, Run)]) -> Result<(Fen, Figures), store::Error> {
    let last = chain.iter().rposition(|(one, _)| one.mode == REOPEN);
    let state = last.and_then(|last| chain.get(last)).map_or(run, |(_, run)| run);
    let plan = plan_of(conn, run)?;
    let (other, mut figures) = added_up(conn, state, &plan, Some(cycles::QUOTA))?;
    pay(conn, run, &plan, &mut figures)?;
    for (place, (one, run)) in chain.iter().enumerate() {
        pay(conn, run, &plan, &mut figures)?;
        let sums = adjustments::sums(conn, &run.id)?;
        let drawn = funded(&plan, sums.iter().copied());
        let is_since = last.is_none_or(|last| place > last);
        match one.mode.as_str() {
            // Somebody else's share did not change: the reserve has it, or has given it.
            FREEZE_OTHERS if is_since => figures.left -= drawn,
            // What is settled in another period is not paid here.
            NEXT_PERIOD if !is_since => figures.left += drawn,
            _ => {}
        }
        figures.stray += stray(conn, one, sums)?;
    }
    Ok((other, figures))
}

/// What the differences of an adjustment disagree by with themselves, or with the lines that pay them.
fn stray(conn: &mut Conn, one: &Adjustment, differences: Vec<(i64, i64)>) -> Result<Fen, store::Error> {
    let lines: BTreeMap<i64, i64> = line_sums(conn, &one.run_id)?.into_iter().collect();
    let differences: BTreeMap<i64, i64> =
        if one.mode == NEXT_PERIOD { BTreeMap::new() } else { differences.into_iter().collect() };
    let steps: BTreeSet<&i64> = lines.keys().chain(differences.keys()).collect();
    let of = |sums: &BTreeMap<i64, i64>, step: &i64| Fen::from(sums.get(step).copied().unwrap_or_default());
    let unpaid: Fen = steps.into_iter().map(|step| (of(&lines, step) - of(&differences, step)).abs()).sum();
    Ok(unpaid + Fen::from(adjustments::mistaken(conn, &one.run_id)?))
}

/// The plan of a run.
fn plan_of(conn: &mut Conn, run: &Run) -> Result<Plan, store::Error> {
    let gone = || store::Error::Broken(format!("run {} without its plan", run.id));
    let version = plans::version(conn, &run.plan_id, run.version)?.ok_or_else(gone)?;
    Ok(rosters::plan_of(&version)?.plan)
}

/// Where a run's money is by its rows: its sources but for the fact of this name, and what is assigned, withheld and left.
fn added_up(conn: &mut Conn, run: &Run, plan: &Plan, but: Option<&str>) -> Result<(Fen, Figures), store::Error> {
    let (mut sources, mut figures) = (0, Figures::default());
    let but = but.map(|fact| format!("{}.{fact}", plan.level_name(0)));
    let named = |fund: &str| plan.funds.iter().find(|known| plan.column_name(known.level, known.column) == fund);
    for fund in results::funds(conn, &run.id, None, i64::MIN, i64::MAX)? {
        if named(&fund.fund).is_some_and(|known| known.source) && but.as_ref() != Some(&fund.fund) {
            sources += Fen::from(fund.value);
        }
        figures.left += Fen::from(fund.left_over);
        let withheld = json::read(fund.withheld.as_bytes()).map_err(|stop| store::Error::Broken(stop.to_string()))?;
        for (_, yuan) in withheld.entries().unwrap_or_default() {
            figures.withheld += fen(yuan)?;
        }
    }
    figures.assigned = assigned(conn, run, plan)?;
    Ok((sources, figures))
}

/// Adds what a run has paid, by its lines; what comes from no fund is own money.
fn pay(conn: &mut Conn, run: &Run, plan: &Plan, figures: &mut Figures) -> Result<(), store::Error> {
    let sums = line_sums(conn, &run.id)?;
    let paid: Fen = sums.iter().map(|(_, sum)| Fen::from(*sum)).sum();
    figures.paid += paid;
    figures.own += paid - funded(plan, sums);
    Ok(())
}

/// What a run has assigned, by the rows that are kept of it.
fn assigned(conn: &mut Conn, run: &Run, plan: &Plan) -> Result<Fen, store::Error> {
    let mut sum = 0;
    for (_, name) in cycles::assigned(plan) {
        sum += column(conn, run, &name)?.iter().map(|(_, _, fen)| fen).sum::<Fen>();
    }
    Ok(sum)
}

/// The rows of a level (id, name) with the fen of one of its columns, written level.name.
///
/// # Errors
/// The store's own.
pub(super) fn column(
    conn: &mut Conn,
    run: &Run,
    column: &str,
) -> Result<Vec<(String, Option<String>, Fen)>, store::Error> {
    let (level, name) = column.split_once('.').unwrap_or_default();
    let rows = whole(conn, &run.id, &[level])?;
    let rows = json::read(&rows).map_err(|stop| store::Error::Broken(stop.to_string()))?;
    let rows = rows.get(level).and_then(Json::items).unwrap_or_default().iter();
    let row = |row: &Json<'_>| {
        let id = row.get("id").and_then(Json::text).unwrap_or_default().to_owned();
        let called = row.get("name").and_then(Json::text).map(str::to_owned);
        let yuan = row.get("values").and_then(|values| values.get(name));
        // Money is never blank: a row without it was not kept whole.
        let yuan = yuan.ok_or_else(|| store::Error::Broken(format!("{column} of {id} is not kept")))?;
        Ok((id, called, fen(yuan)?))
    };
    rows.map(row).collect()
}

/// The fen of an amount that is kept in yuan.
fn fen(yuan: &Json<'_>) -> Result<Fen, store::Error> {
    let fen = yuan.decimal().ok().and_then(|decimal| decimal.number().fen());
    fen.ok_or_else(|| store::Error::Broken("an amount that is no money is kept".to_owned()))
}
