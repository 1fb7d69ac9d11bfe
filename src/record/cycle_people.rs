//! What people get over all schools of a cycle, by the ids of their rows, which are their staff numbers; and the limits that a
//! cycle sets for it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::cycles::Obstacle;
use super::people::{Caller, Role};
use super::runs::RELEASED;
use super::{Refused, rosters};
use crate::exact::Fen;
use crate::store::adjustments;
use crate::store::cycle_people::{self, Part, Paying};
use crate::store::cycles::{self, Cycle};
use crate::store::plans::PlanVersion;
use crate::store::rosters::Scope;
use crate::store::runs::Run;
use crate::store::{self, Conn};
use crate::wire::canonical;
use crate::wire::json::{self, Json, text};

/// The states in which a run is settled: nobody decides any more whether it pays.
const SETTLED: [&str; 2] = ["approved", RELEASED];

/// How many people are looked at together for those who pass a limit.
const AT_ONCE: i64 = 10_000;

/// What a person may get at most over all schools of a cycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// A title for people.
    pub title: String,
    /// The most, in fen.
    pub at_most: i64,
    /// The categories of the items that count; none: all items.
    pub categories: Option<Vec<String>>,
}

/// A limit that somebody passes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Over {
    /// The limit.
    pub limit: Limit,
    /// What the person would get; none where the caller may not see all of it.
    pub sum: Option<Fen>,
}

/// A person who gets, or would get by a release, more than a cycle allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excess {
    /// The staff number.
    pub id: String,
    /// The limit.
    pub limit: Limit,
    /// What the person would get.
    pub sum: Fen,
}

/// What a person gets at a school.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtSchool {
    /// The school.
    pub school_id: String,
    /// The run.
    pub run_id: String,
    /// The word of its state.
    pub state: String,
    /// The name there.
    pub name: Option<String>,
    /// The total.
    pub total: Fen,
}

/// A person with what the schools give that the caller sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The staff number.
    pub id: String,
    /// The schools by their ids.
    pub schools: Vec<AtSchool>,
    /// The limits that are passed, counting every school.
    pub over: Vec<Over>,
}

impl Person {
    /// What is released, and what is not yet.
    pub fn totals(&self) -> (Fen, Fen) {
        let sum = |is_released: bool| {
            let own = self.schools.iter().filter(|school| (school.state == RELEASED) == is_released);
            own.map(|school| school.total).sum()
        };
        (sum(true), sum(false))
    }

    /// The names under which the schools know the number; more than one may be two people.
    pub fn names(&self) -> BTreeSet<&str> {
        self.schools.iter().filter_map(|school| school.name.as_deref()).collect()
    }
}

/// Which people are wanted.
#[derive(Debug, Clone, Copy)]
pub struct Filter {
    /// Only those of several schools.
    pub shared: bool,
    /// Only those above a limit.
    pub over: bool,
}

/// The people of a cycle whom the caller may see, after an id.
///
/// # Errors
/// The store's own.
pub fn list(
    conn: &mut Conn,
    caller: &Caller,
    cycle: &Cycle,
    filter: Filter,
    (after, limit): (&str, i64),
) -> Result<Vec<Person>, store::Error> {
    let paying = cycle_people::paying(conn, &cycle.id, RELEASED)?;
    let limits = limits(conn, &cycle.id)?;
    let is_seen = |school: &String| match caller.scope() {
        Scope::Bureau => true,
        Scope::Schools(seen) => seen.contains(school),
    };
    let all = ids(paying.iter());
    let seen = ids(paying.iter().filter(|run| is_seen(&run.school_id)));
    let least = if filter.shared { 2 } else { 1 };
    let (people, passed) = if filter.over {
        first_over(conn, (&all, &seen), &limits, least, (after, limit))?
    } else {
        let people = cycle_people::people(conn, &seen, least, after, limit)?;
        let passed = over(conn, &all, &limits, &people)?;
        (people, passed)
    };
    let parts = cycle_people::parts(conn, &seen, &people)?;
    Ok(put_together(people, parts, &paying, passed, caller.role == Role::Accountant))
}

/// The first people in so many of the runs that are seen who pass a limit by all runs, after an id, with the limits.
fn first_over(
    conn: &mut Conn,
    (all, seen): (&[String], &[String]),
    limits: &[Limit],
    least: i64,
    (after, limit): (&str, i64),
) -> Result<(Vec<String>, Vec<Excess>), store::Error> {
    let (mut people, mut passed, mut after) = (BTreeSet::new(), Vec::new(), after.to_owned());
    let wanted = usize::try_from(limit).unwrap_or_default();
    while !limits.is_empty() && people.len() < wanted {
        let some = cycle_people::people(conn, seen, least, &after, AT_ONCE)?;
        let Some(last) = some.last() else { break };
        after.clone_from(last);
        let found = over(conn, all, limits, &some)?;
        people.extend(found.iter().map(|passed| passed.id.clone()));
        passed.extend(found);
    }
    Ok((people.into_iter().take(wanted).collect(), passed))
}

/// The ids of runs.
fn ids<'p>(paying: impl Iterator<Item = &'p Paying>) -> Vec<String> {
    paying.map(|run| run.run_id.clone()).collect()
}

/// Who of these people, who are in order, passes which limit by some runs.
fn over(conn: &mut Conn, runs: &[String], limits: &[Limit], people: &[String]) -> Result<Vec<Excess>, store::Error> {
    let mut found = Vec::new();
    let (Some(first), Some(last)) = (people.first(), people.last()) else { return Ok(found) };
    for limit in limits {
        let wanted = (limit.at_most, limit.categories.as_deref());
        let above = cycle_people::above(conn, runs, wanted, (first, last))?;
        let own = above.into_iter().filter(|(id, _)| people.binary_search(id).is_ok());
        found.extend(own.map(|(id, sum)| Excess { id, limit: limit.clone(), sum: sum.into() }));
    }
    Ok(found)
}

fn put_together(
    people: Vec<String>,
    parts: Vec<Part>,
    paying: &[Paying],
    passed: Vec<Excess>,
    hides_sums: bool,
) -> Vec<Person> {
    let known: HashMap<&str, &Paying> = paying.iter().map(|run| (run.run_id.as_str(), run)).collect();
    let empty = |id: String| (id.clone(), Person { id, schools: Vec::new(), over: Vec::new() });
    let mut people: BTreeMap<String, Person> = people.into_iter().map(empty).collect();
    for Part { row_id, run_id, name, total } in parts {
        if let (Some(person), Some(run)) = (people.get_mut(&row_id), known.get(run_id.as_str())) {
            let (school_id, state) = (run.school_id.clone(), run.state.clone());
            person.schools.push(AtSchool { school_id, run_id, state, name, total: total.into() });
        }
    }
    for Excess { id, limit, sum } in passed {
        if let Some(person) = people.get_mut(&id) {
            // What others pay is not for an accountant's eyes.
            person.over.push(Over { limit, sum: (!hides_sums).then_some(sum) });
        }
    }
    let mut people: Vec<Person> = people.into_values().collect();
    people.iter_mut().for_each(|person| person.schools.sort_by(|one, other| one.school_id.cmp(&other.school_id)));
    people
}

/// The limits of a cycle.
///
/// # Errors
/// The store's own.
pub fn limits(conn: &mut Conn, cycle: &str) -> Result<Vec<Limit>, store::Error> {
    let read = |limit: cycle_people::Limit| {
        let list = limit.categories.as_deref().map(|list| json::read(list.as_bytes())).transpose();
        let list = list.map_err(|stop| store::Error::Broken(stop.to_string()))?;
        let words = |list: &Json<'_>| {
            list.items().unwrap_or_default().iter().filter_map(Json::text).map(str::to_owned).collect()
        };
        Ok(Limit { title: limit.title, at_most: limit.at_most, categories: list.as_ref().map(words) })
    };
    cycle_people::limits(conn, cycle)?.into_iter().map(read).collect()
}

/// Sets the limits of a new cycle.
pub(super) fn set(conn: &mut Conn, cycle: &str, limits: Vec<Limit>) -> Result<(), store::Error> {
    for (place, Limit { title, at_most, categories }) in (1..).zip(limits) {
        let list = |words: Vec<String>| canonical::text(&Json::List(words.iter().map(|word| text(word)).collect()));
        let limit =
            cycle_people::Limit { cycle_id: cycle.to_owned(), place, title, at_most, categories: categories.map(list) };
        cycle_people::add_limit(conn, &limit)?;
    }
    Ok(())
}

/// Adds an obstacle for each category of a limit that no plan pays an item of: such a limit would never hold anybody.
pub(super) fn fit(
    limits: &[Limit],
    versions: &[(String, PlanVersion)],
    obstacles: &mut Vec<Obstacle>,
) -> Result<(), store::Error> {
    let mut known = BTreeSet::new();
    for (_, version) in versions {
        let steps = rosters::plan_of(version)?.plan.document.steps;
        known.extend(steps.iter().filter_map(|step| step.action.pay()?.category.clone()));
    }
    for (place, limit) in limits.iter().enumerate() {
        for (inside, category) in limit.categories.iter().flatten().enumerate() {
            if !known.contains(category) {
                let pointer = format!("/person_limits/{place}/categories/{inside}");
                obstacles.push(Obstacle::Category { pointer, category: category.clone() });
            }
        }
    }
    Ok(())
}

/// Makes sure that a distribution run, or an adjustment of one, takes nobody above a limit of its cycle, beside what the other schools have approved or
/// released.
pub(super) fn are_kept(conn: &mut Conn, run: &Run) -> Result<(), Refused> {
    let adjustment = adjustments::get(conn, &run.id)?;
    let original = adjustment.as_ref().map_or(&run.id, |adjustment| &adjustment.original_id);
    let Some((cycle, _)) = cycles::of_run(conn, original)? else { return Ok(()) };
    let limits = limits(conn, &cycle.id)?;
    if limits.is_empty() {
        return Ok(());
    }
    let own = [run.id.clone()];
    let paying = cycle_people::paying(conn, &cycle.id, RELEASED)?;
    let others = paying.iter().filter(|other| other.run_id != run.id && SETTLED.contains(&other.state.as_str()));
    let runs: Vec<String> = own.iter().cloned().chain(ids(others)).collect();
    let people = cycle_people::people(conn, &own, 1, "", i64::MAX)?;
    let found = over(conn, &runs, &limits, &people)?;
    if found.is_empty() { Ok(()) } else { Err(Refused::OverLimits(found)) }
}
