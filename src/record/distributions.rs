//! The runs by which the schools of a cycle distribute their quotas: the quota, and what is carried over to
//! their people, are put into the data here, and nowhere else.

use std::collections::BTreeMap;

use super::carried::{self, CARRIED};
use super::cycles::{Obstacle, QUOTA, get};
use super::people::Caller;
use super::requirements::money_fact;
use super::rosters::{self, Prepared};
use super::states::ENDED;
use super::{Act, Refused, plans, runs};
use crate::exact::{Fen, fen_text};
use crate::plan::Plan;
use crate::plan::document::{Presence, Value};
use crate::store::cycles::{self, CLOSED, CycleRun, CycleSchool};
use crate::store::plans::PlanVersion;
use crate::store::rosters::{Roster, Scope};
use crate::store::runs::Run;
use crate::store::{self, Conn, Store};
use crate::wire::json::{self, Json, object, text};

/// Where the rows of a distribution come from.
pub enum Source<'j, 't> {
    /// They are written in the request.
    Written(&'j Json<'t>),
    /// A roster on record.
    Roster(String),
}

/// A school of a cycle that the caller may see.
///
/// # Errors
/// [`Refused::NotFound`], or the store's own.
pub fn school(conn: &mut Conn, caller: &Caller, cycle: &str, id: &str) -> Result<CycleSchool, Refused> {
    get(conn, caller, cycle)?;
    let own = [id.to_owned()];
    let seen = match caller.scope() {
        Scope::Schools(schools) if !schools.contains(&own[0]) => return Err(Refused::NotFound),
        _ => Scope::Schools(&own),
    };
    cycles::schools(conn, cycle, seen, "", 1)?.pop().ok_or(Refused::NotFound)
}

/// The data of a distribution, ready to be put on record, and what they give of what waits for their people.
pub struct Distribution {
    roster: Prepared,
    given: BTreeMap<String, Fen>,
}

/// Reads the data of a school's distribution, with its quota and what is carried over to its people.
///
/// # Errors
/// [`Refused::NotFound`], [`Refused::UnknownReference`], [`Refused::State`], [`Refused::Obstacles`], [`Refused::Data`], or
/// the store's own.
pub fn prepare(
    store: &Store,
    caller: &Caller,
    (cycle, school_id): (&str, &str),
    source: &Source<'_, '_>,
    title: Option<String>,
) -> Result<Distribution, Refused> {
    let school = store.read(|conn| school(conn, caller, cycle, school_id))?;
    let checked = (school.checked_plan_id.as_str(), school.checked_version);
    let version = store.read(|conn| plans::published(conn, &caller.token.bureau_id, checked.0, checked.1))?;
    let plan = rosters::plan_of(&version)?.plan;
    let waiting = match carried::level(&plan) {
        Some(_) => store.read(|conn| carried::waiting(conn, &caller.token.bureau_id))?,
        None => BTreeMap::new(),
    };
    let own = Own { plan: &plan, school: &school, carried: &waiting, before: &BTreeMap::new() };
    match source {
        Source::Written(rows) => {
            let (with_own, given) = own.put_into(rows, Some("/data"))?;
            Ok(Distribution { roster: rosters::prepare_for(&version, &plan, &with_own, title, None)?, given })
        }
        Source::Roster(id) => {
            let roster = store.read(|conn| {
                rosters::get(conn, caller, id).map_err(|refused| match refused {
                    Refused::NotFound => Refused::unknown("/roster_id"),
                    refused => refused,
                })
            })?;
            let of = (roster.plan_id.as_str(), roster.version);
            if of != checked && of != (school.plan_id.as_str(), school.version) {
                return Err(Refused::Obstacles(vec![Obstacle::OtherPlan]));
            }
            let rows = store.read(|conn| rosters::all_rows(conn, &plan, id))?;
            let rows = json::read(&rows).map_err(|stop| store::Error::Broken(stop.to_string()))?;
            let (with_own, given) = own.put_into(&rows, None)?;
            let title = title.or(roster.title);
            Ok(Distribution {
                roster: rosters::prepare_for(&version, &plan, &with_own, title, Some(roster.id))?,
                given,
            })
        }
    }
}

/// The facts that are the service's own.
struct Own<'o> {
    plan: &'o Plan,
    school: &'o CycleSchool,
    /// What is carried over, by the payee.
    carried: &'o BTreeMap<String, Fen>,
    /// What else the data may state of that: what it was before.
    before: &'o BTreeMap<String, Fen>,
}

impl Own<'_> {
    /// The rows with these facts, and who is given how much of what is carried over; `at` is where the request has the rows, or
    /// they are a roster's. What else is wrong with them is found when they are read as data.
    fn put_into<'t>(&self, rows: &Json<'t>, at: Option<&str>) -> Result<(Json<'t>, BTreeMap<String, Fen>), Refused> {
        let mut given = BTreeMap::new();
        let Some(entries) = rows.entries() else { return Ok((rows.clone(), given)) };
        let is_roster = at.is_none();
        let at = |rest: String| at.map_or_else(|| "/roster_id".to_owned(), |at| format!("{at}{rest}"));
        let root = self.plan.level_name(0);
        let other =
            |rest| Err(Refused::Obstacles(vec![Obstacle::OtherSchool { pointer: at(format!("/{root}{rest}")) }]));
        let Some([row]) = rows.get(root).and_then(Json::items) else { return other("") };
        if row.get("id").and_then(Json::text) != Some(&self.school.school_id) {
            return other("/0/id");
        }
        let mut obstacles = Vec::new();
        let quota = Fen::from(self.school.quota);
        let unstated = |level: usize, fact: &str| unstated(self.plan, level, fact).filter(|_| is_roster);
        let also: Vec<Fen> = unstated(0, QUOTA).into_iter().collect();
        let row = with_fact(row, QUOTA, (quota, &also), |stated| {
            let pointer = at(format!("/{root}/0/facts/{QUOTA}"));
            obstacles.push(Obstacle::OtherQuota { pointer, stated, quota });
        });
        let mut changed = BTreeMap::from([(root, Json::List(vec![row]))]);
        if let Some(payees) = carried::level(self.plan)
            && let level = self.plan.level_name(payees)
            && let Some(people) = rows.get(level).and_then(Json::items)
        {
            let unstated = unstated(payees, CARRIED);
            let person = |(place, row): (usize, &Json<'t>)| {
                let Some(id) = row.get("id").and_then(Json::text) else { return row.clone() };
                let amount = self.carried.get(id).copied().unwrap_or_default();
                if amount != 0 {
                    given.insert(id.to_owned(), amount);
                }
                let also: Vec<Fen> = self.before.get(id).copied().into_iter().chain(unstated).collect();
                with_fact(row, CARRIED, (amount, &also), |stated| {
                    let pointer = at(format!("/{level}/{place}/facts/{CARRIED}"));
                    obstacles.push(Obstacle::OtherCarried { pointer, id: id.to_owned(), stated, carried: amount });
                })
            };
            changed.insert(level, Json::List(people.iter().enumerate().map(person).collect()));
        }
        if !obstacles.is_empty() {
            return Err(Refused::Obstacles(obstacles));
        }
        let all = entries
            .iter()
            .map(|(name, rows)| (name.clone(), changed.remove(name.as_ref()).unwrap_or_else(|| rows.clone())));
        Ok((Json::Object(all.collect()), given))
    }
}

/// What a roster states of a fact where nobody has: its default.
fn unstated(plan: &Plan, level: usize, fact: &str) -> Option<Fen> {
    match &plan.fact(level, money_fact(plan, level, fact)?)?.presence {
        Presence::Default(Value::Number(default)) => default.fen(),
        _ => None,
    }
}

/// A row with a money fact of the service's own; another that is stated, and is none of those which it may be also, is told. What
/// is no decimal is left for the data to be refused.
fn with_fact<'t>(
    row: &Json<'t>,
    fact: &'static str,
    (fen, also): (Fen, &[Fen]),
    other: impl FnOnce(String),
) -> Json<'t> {
    let none = object([]);
    let facts = row.get("facts").unwrap_or(&none);
    let (Some(keys), Some(entries)) = (row.entries(), facts.entries()) else { return row.clone() };
    match facts.get(fact).filter(|stated| **stated != Json::Null).map(Json::decimal) {
        Some(Err(_)) => return row.clone(),
        Some(Ok(stated)) if stated.number().fen().is_none_or(|stated| stated != fen && !also.contains(&stated)) => {
            other(stated.number().fen().map_or_else(|| stated.number().text(), fen_text));
        }
        _ => {}
    }
    let mut facts: Vec<_> = entries.iter().filter(|(name, _)| name != fact).cloned().collect();
    facts.push((fact.into(), text(&fen_text(fen))));
    let mut keys: Vec<_> = keys.iter().filter(|(key, _)| key != "facts").cloned().collect();
    keys.push(("facts".into(), Json::Object(facts)));
    Json::Object(keys)
}

/// The roster of a correction of a school's run: the quota is the same, and of what is carried over it may settle no more than the
/// run did, since the rest may be settled elsewhere by now.
///
/// # Errors
/// [`Refused::Obstacles`], [`Refused::Data`], or the store's own.
pub(super) fn corrected(
    act: &mut Act<'_>,
    caller: &Caller,
    (original, school): (&Run, &CycleSchool),
    (version, plan): (&PlanVersion, &Plan),
    roster: Roster,
) -> Result<Roster, Refused> {
    let [given, settled] = carried::of_run(act.conn, &original.id)?;
    let rows = rosters::all_rows(act.conn, plan, &roster.id)?;
    let rows = json::read(&rows).map_err(|stop| store::Error::Broken(stop.to_string()))?;
    let own = Own { plan, school, carried: &settled, before: &given };
    let (with_own, _) = own.put_into(&rows, None)?;
    let prepared = rosters::prepare_for(version, plan, &with_own, roster.title.clone(), Some(roster.id.clone()))?;
    if prepared.is(&roster) { Ok(roster) } else { rosters::add(act, caller, prepared) }
}

/// Makes the run of a school, where it has none under way.
///
/// # Errors
/// [`Refused::NotFound`], [`Refused::State`], those of [`runs::create`], or the store's own.
pub fn create(
    act: &mut Act<'_>,
    caller: &Caller,
    (cycle_id, school_id): (&str, &str),
    distribution: Distribution,
    title: Option<String>,
) -> Result<Run, Refused> {
    let cycle = get(act.conn, caller, cycle_id)?;
    let school = school(act.conn, caller, cycle_id, school_id)?;
    if cycle.state == CLOSED {
        return Err(Refused::State { state: cycle.state, allowed: Vec::new() });
    }
    let runs_so_far = cycles::runs_of(act.conn, cycle_id, school_id)?;
    if let Some(run) = runs_so_far.last().filter(|run| !ENDED.contains(&run.state.as_str())) {
        return Err(Refused::State { allowed: super::states::allowed(&run.state), state: run.state.clone() });
    }
    let Distribution { roster, given } = distribution;
    let roster = rosters::add(act, caller, roster)?;
    let replaced = runs_so_far.last().map(|run| run.id.clone());
    let run = runs::create(act, caller, &roster.id, title, replaced)?;
    carried::give(act, &run, &given)?;
    let place = i64::try_from(runs_so_far.len()).unwrap_or(i64::MAX).saturating_add(1);
    let entered = CycleRun { cycle_id: school.cycle_id, school_id: school.school_id, place, run_id: run.id.clone() };
    cycles::add_run(act.conn, &entered)?;
    act.log("cycle.run_created", ("cycle", cycle_id), Some(&run.id), None, Some(&run.data_sha256))?;
    Ok(run)
}
