//! Cycles: opened on an allocation, by which each school gets its quota, and closed when every school has distributed it.

use std::collections::{BTreeMap, BTreeSet};

use super::cycle_people::Limit;
use super::people::Caller;
use super::rows::school_level;
use super::{Act, Refused, cycle_people, events, plans, proof, requirements, rosters, runs};
use crate::exact::{Fen, defect};
use crate::plan::{Fault, Plan};
use crate::store::adjustments;
use crate::store::cycles::{self, CLOSED, Cycle, CycleSchool, OPEN};
use crate::store::plans::PlanVersion;
use crate::store::runs::Run;
use crate::store::{self, Conn, Store, new_id, now};
use crate::wire::canonical;
use crate::wire::json::Json;

/// The fact of a school that is its quota.
pub const QUOTA: &str = "quota";

/// All states of a cycle with their names for people.
pub const STATES: [(&str, &str); 2] = [(OPEN, "进行中"), (CLOSED, "已办结")];
/// The state of a school that has no run.
pub const NOT_STARTED: &str = "not_started";

/// Why a cycle cannot be opened or a quota not be distributed, and where the request says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// The run has a cycle already.
    Opened,
    /// The run is an adjustment, or has been adjusted: its rows do not say by themselves what was paid.
    Adjusted,
    /// The allocation has no school.
    NoSchools,
    /// No column of the schools, or several, may be the quota; these may.
    Step(Vec<String>),
    /// The allocation has no school of this id, or it is named twice.
    School {
        /// Where.
        pointer: String,
        /// The id.
        id: String,
    },
    /// A plan is not for one school with its quota.
    Plan {
        /// Where.
        pointer: String,
        /// The code of the plan.
        code: String,
    },
    /// A plan takes in what is carried over and has no step that settles it.
    NotSettled {
        /// Where.
        pointer: String,
        /// The code of the plan.
        code: String,
    },
    /// A requirement is no check step.
    NoCheck {
        /// Where.
        pointer: String,
    },
    /// A requirement does not fit a plan.
    Requirement {
        /// Where.
        pointer: String,
        /// The code of the plan.
        code: String,
        /// What is wrong.
        fault: Fault,
    },
    /// A school would have to distribute less than nothing.
    NegativeQuota {
        /// The school.
        school: String,
        /// What the allocation gives it.
        quota: Fen,
    },
    /// No plan pays an item of this category.
    Category {
        /// Where.
        pointer: String,
        /// The category.
        category: String,
    },
    /// A roster is of another plan.
    OtherPlan,
    /// The data are not of this school alone.
    OtherSchool {
        /// Where.
        pointer: String,
    },
    /// The data state another quota.
    OtherQuota {
        /// Where.
        pointer: String,
        /// What they state.
        stated: String,
        /// What it is.
        quota: Fen,
    },
    /// The data state that something else is carried over.
    OtherCarried {
        /// Where.
        pointer: String,
        /// To whom.
        id: String,
        /// What they state.
        stated: String,
        /// What it is.
        carried: Fen,
    },
}

/// What a cycle is asked to be.
pub struct Asked<'j, 't> {
    /// A title for people.
    pub title: String,
    /// The run that allocates.
    pub allocation_run_id: String,
    /// The column that is the quota, where there are several.
    pub step: Option<String>,
    /// The plan by which schools distribute, with its version.
    pub plan: (String, i64),
    /// The schools that have plans of their own.
    pub own_plans: Vec<(String, (String, i64))>,
    /// The check steps that every distribution must satisfy.
    pub requirements: &'j [Json<'t>],
    /// What a person may get at most over all schools.
    pub person_limits: Vec<Limit>,
}

/// A cycle that may be opened.
pub struct Prepared {
    cycle: Cycle,
    schools: Vec<CycleSchool>,
    /// The plans with the requirements, ready to be put on record.
    checked: Vec<requirements::Derived>,
    limits: Vec<Limit>,
}

/// Reads what a cycle is asked to be.
///
/// # Errors
/// [`Refused::UnknownReference`], [`Refused::State`], [`Refused::Obstacles`], or the store's own.
pub fn prepare(store: &Store, caller: &Caller, asked: &Asked<'_, '_>) -> Result<Prepared, Refused> {
    let (run, allocation) = store.read(|conn| allocated(conn, caller, &asked.allocation_run_id))?;
    let versions = store.read(|conn| versions(conn, caller, asked))?;
    let plan = rosters::plan_of(&allocation)?.plan;
    let mut obstacles: Vec<Obstacle> = store.read(|conn| taken(conn, &run.id))?.into_iter().collect();
    let known = quota_steps(&plan);
    let step = match &asked.step {
        None if known.len() == 1 => known.first().cloned(),
        Some(step) => known.iter().find(|known| *known == step).cloned(),
        None => None,
    };
    let quotas = match &step {
        None => {
            obstacles.push(Obstacle::Step(known));
            Vec::new()
        }
        Some(step) => store.read(|conn| quotas(conn, &run, step))?,
    };
    if step.is_some() && quotas.is_empty() {
        obstacles.push(Obstacle::NoSchools);
    }
    obstacles.extend(wrong_schools(asked, step.as_ref().map(|_| quotas.as_slice())));
    cycle_people::fit(&asked.person_limits, &versions, &mut obstacles)?;
    let (plans, checked) =
        requirements::checked_plans(store, &run.bureau_id, &versions, asked.requirements, &mut obstacles)?;
    if !obstacles.is_empty() {
        return Err(Refused::Obstacles(obstacles));
    }
    let id = new_id();
    let school = |(school_id, name, quota): (String, Option<String>, i64)| {
        let own = asked.own_plans.iter().find(|(known, _)| *known == school_id);
        let (plan_id, version) = own.map_or_else(|| asked.plan.clone(), |(_, plan)| plan.clone());
        let (checked_plan_id, checked_version) =
            plans.get(&(plan_id.clone(), version)).cloned().unwrap_or_else(|| defect("a plan that was not looked at"));
        CycleSchool { cycle_id: id.clone(), school_id, name, quota, plan_id, version, checked_plan_id, checked_version }
    };
    let schools = quotas.into_iter().map(school).collect();
    let cycle = Cycle {
        id: id.clone(),
        bureau_id: run.bureau_id,
        title: asked.title.clone(),
        state: OPEN.to_owned(),
        allocation_run_id: run.id,
        step: step.unwrap_or_default(),
        requirements: canonical::text(&Json::List(asked.requirements.to_vec())),
        revision: 1,
        created_at: now(),
        created_by: caller.token.subject.clone(),
        closed_at: None,
        closed_by: None,
    };
    Ok(Prepared { cycle, schools, checked, limits: asked.person_limits.clone() })
}

/// Why no cycle can rest on a run, whatever its plan: one does already, or it is an adjustment or has been adjusted.
fn taken(conn: &mut Conn, run: &str) -> Result<Option<Obstacle>, store::Error> {
    if cycles::rests_on(conn, run)? {
        return Ok(Some(Obstacle::Opened));
    }
    let is_adjusted = adjustments::get(conn, run)?.is_some() || !adjustments::of(conn, run, 0, 1)?.is_empty();
    Ok(is_adjusted.then_some(Obstacle::Adjusted))
}

/// The quotas that are below zero, and the own plans of schools that are named twice or that the allocation, where its quotas are
/// known, does not have.
fn wrong_schools(asked: &Asked<'_, '_>, quotas: Option<&[(String, Option<String>, i64)]>) -> Vec<Obstacle> {
    let below = quotas.into_iter().flatten().filter(|(_, _, quota)| *quota < 0);
    let mut wrong: Vec<Obstacle> = below
        .map(|(school, _, quota)| Obstacle::NegativeQuota { school: school.clone(), quota: Fen::from(*quota) })
        .collect();
    let mut named = BTreeSet::new();
    for (place, (school, _)) in asked.own_plans.iter().enumerate() {
        let is_unknown = quotas.is_some_and(|quotas| !quotas.iter().any(|(known, _, _)| known == school));
        if !named.insert(school) || is_unknown {
            wrong.push(Obstacle::School { pointer: format!("/schools/{place}/school_id"), id: school.clone() });
        }
    }
    wrong
}

/// The run that allocates, approved or released, and its plan.
fn allocated(conn: &mut Conn, caller: &Caller, id: &str) -> Result<(Run, PlanVersion), Refused> {
    let run = runs::get(conn, caller, id).map_err(|refused| match refused {
        Refused::NotFound => Refused::unknown("/allocation_run_id"),
        refused => refused,
    })?;
    if !["approved", runs::RELEASED].contains(&run.state.as_str()) {
        return Err(Refused::State { allowed: super::states::allowed(&run.state), state: run.state });
    }
    let version = store::plans::version(conn, &run.plan_id, run.version)?.ok_or(Refused::NotFound)?;
    Ok((run, version))
}

/// The plans by which schools distribute, each with where the request names it.
fn versions(conn: &mut Conn, caller: &Caller, asked: &Asked<'_, '_>) -> Result<Vec<(String, PlanVersion)>, Refused> {
    let own = asked.own_plans.iter().enumerate().map(|(place, (_, plan))| (format!("/schools/{place}"), plan));
    let (mut found, mut unknown) = (Vec::new(), Vec::new());
    for (at, (plan, version)) in std::iter::once((String::new(), &asked.plan)).chain(own) {
        match plans::published_now(conn, &caller.token.bureau_id, plan, *version) {
            Ok(version) => found.push((format!("{at}/plan_id"), version)),
            Err(Refused::UnknownReference(pointers)) => {
                unknown.extend(pointers.into_iter().map(|pointer| format!("{at}{pointer}")));
            }
            Err(refused) => return Err(refused),
        }
    }
    if unknown.is_empty() { Ok(found) } else { Err(Refused::UnknownReference(unknown)) }
}

/// The money columns of the schools that are assigned from a fund, as level.name.
fn quota_steps(plan: &Plan) -> Vec<String> {
    let Some(school) = school_level(plan) else { return Vec::new() };
    assigned(plan).into_iter().filter(|(level, _)| *level == school).map(|(_, name)| name).collect()
}

/// The columns that draw from a fund and are neither paid nor funds themselves, with their levels.
pub(super) fn assigned(plan: &Plan) -> Vec<(usize, String)> {
    let steps = plan.steps.iter().zip(&plan.document.steps);
    steps
        .filter(|(_, written)| written.action.from().is_some() && written.action.pay().is_none())
        .filter_map(|(step, _)| Some((step.level, step.column?)))
        .filter(|(level, column)| !plan.is_fund(*level, *column))
        .map(|(level, column)| (level, plan.column_name(level, column)))
        .collect()
}

/// The schools of an allocation with their names and quotas, from the rows that are kept of it.
fn quotas(conn: &mut Conn, run: &Run, step: &str) -> Result<Vec<(String, Option<String>, i64)>, store::Error> {
    let found = proof::column(conn, run, step)?;
    let wide = |fen: Fen| i64::try_from(fen).map_err(|_| store::Error::Broken("a quota that is too large".to_owned()));
    found.into_iter().map(|(id, name, fen)| Ok((id, name, wide(fen)?))).collect()
}

/// Opens a cycle.
///
/// # Errors
/// [`Refused::State`] or [`Refused::Obstacles`] where the allocation has changed meanwhile, or the store's own.
pub fn open(act: &mut Act<'_>, caller: &Caller, prepared: Prepared) -> Result<Cycle, Refused> {
    let Prepared { cycle, schools, checked, limits } = prepared;
    let (run, _) = allocated(act.conn, caller, &cycle.allocation_run_id)?;
    if let Some(obstacle) = taken(act.conn, &run.id)? {
        return Err(Refused::Obstacles(vec![obstacle]));
    }
    for requirements::Derived { id, from, draft } in checked {
        if store::plans::get(act.conn, &act.actor.bureau_id, &id)?.is_none() {
            plans::create_derived(act, &id, draft, (&from.0, from.1))?;
        }
    }
    cycles::add(act.conn, &cycle, &schools)?;
    cycle_people::set(act.conn, &cycle.id, limits)?;
    act.log("cycle.opened", ("cycle", &cycle.id), None, None, run.result_sha256.as_deref())?;
    events::of_cycle(act, &cycle.id, OPEN)?;
    Ok(cycle)
}

/// A cycle that the caller may see: an accountant, one with an own school.
///
/// # Errors
/// [`Refused::NotFound`], or the store's own.
pub fn get(conn: &mut Conn, caller: &Caller, id: &str) -> Result<Cycle, Refused> {
    let cycle = cycles::get(conn, &caller.token.bureau_id, id)?.ok_or(Refused::NotFound)?;
    let own = cycles::schools(conn, id, caller.scope(), "", 1)?;
    if own.is_empty() { Err(Refused::NotFound) } else { Ok(cycle) }
}

/// The state of a school by its current run.
pub fn state_of(run: Option<&Run>) -> &str {
    run.map_or(NOT_STARTED, |run| &run.state)
}

/// Who acts next on a school in this state; none: nobody, or the service itself.
pub fn next(state: &str) -> Option<&'static str> {
    match state {
        NOT_STARTED | "calculated" | "failed" | "withdrawn" => Some("accountant"),
        "submitted" | "noticed" | "approved" => Some("approver"),
        _ => None,
    }
}

/// How many schools of a cycle are in each state, by its word.
///
/// # Errors
/// The store's own.
pub fn progress(conn: &mut Conn, cycle: &Cycle) -> Result<BTreeMap<String, i64>, store::Error> {
    let mut counts = BTreeMap::new();
    let current = cycles::current_runs(conn, &cycle.id, store::rosters::Scope::Bureau)?;
    for school in cycles::schools(conn, &cycle.id, store::rosters::Scope::Bureau, "", i64::MAX)? {
        *counts.entry(state_of(current.get(&school.school_id)).to_owned()).or_insert(0) += 1;
    }
    Ok(counts)
}

/// Closes a cycle in which every school has distributed its quota and every figure is proved.
///
/// # Errors
/// [`Refused::NotFound`], [`Refused::Stale`], [`Refused::State`], [`Refused::Unproved`], or the store's own.
pub fn close(act: &mut Act<'_>, caller: &Caller, id: &str, revisions: Option<&[i64]>) -> Result<Cycle, Refused> {
    let cycle = get(act.conn, caller, id)?;
    if revisions.is_some_and(|revisions| !revisions.contains(&cycle.revision)) {
        return Err(Refused::Stale);
    }
    if cycle.state == CLOSED {
        return Err(Refused::State { state: cycle.state, allowed: Vec::new() });
    }
    let proof = proof::of(act.conn, &cycle)?;
    if !proof.is_complete() || !proof.is_balanced() {
        return Err(Refused::Unproved(Box::new(proof)));
    }
    cycles::close(act.conn, id, &act.actor.subject)?;
    act.log("cycle.closed", ("cycle", id), None, None, None)?;
    events::of_cycle(act, id, CLOSED)?;
    get(act.conn, caller, id)
}
