//! The runs by which the schools of a cycle distribute their quotas: the quota is put into the data here, and nowhere else.

use super::cycles::{Obstacle, QUOTA, get};
use super::people::Caller;
use super::rosters::{self, Prepared};
use super::unfit::ENDED;
use super::{Act, Refused, plans, runs};
use crate::exact::fen_text;
use crate::plan::Plan;
use crate::store::cycles::{self, CLOSED, CycleRun, CycleSchool};
use crate::store::rosters::Scope;
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

/// Reads the data of a school's distribution, with its quota.
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
) -> Result<Prepared, Refused> {
    let school = store.read(|conn| school(conn, caller, cycle, school_id))?;
    let checked = (school.checked_plan_id.as_str(), school.checked_version);
    let version = store.read(|conn| plans::published(conn, &caller.token.bureau_id, checked.0, checked.1))?;
    let plan = rosters::plan_of(&version)?.plan;
    let level = plan.level_name(0);
    match source {
        Source::Written(rows) => {
            let with_quota = with_quota(rows, level, &school, |rest| format!("/data/{level}{rest}"))?;
            rosters::prepare_for(&version, &plan, &with_quota, title, None)
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
            let with_quota = with_quota(&rows, level, &school, |_| "/roster_id".to_owned())?;
            rosters::prepare_for(&version, &plan, &with_quota, title.or(roster.title), Some(roster.id))
        }
    }
}

/// Whether a roster on record is of this school alone and states its quota.
///
/// # Errors
/// [`Refused::Obstacles`], or the store's own.
pub(super) fn states_quota(rows: &[u8], plan: &Plan, school: &CycleSchool) -> Result<(), Refused> {
    let rows = json::read(rows).map_err(|stop| store::Error::Broken(stop.to_string()))?;
    let (level, at) = (plan.level_name(0), "/roster_id");
    with_quota(&rows, level, school, |_| at.to_owned())?;
    let facts = rows.get(level).and_then(Json::items).and_then(<[_]>::first).and_then(|row| row.get("facts"));
    if facts.and_then(|facts| facts.get(QUOTA)).is_some() {
        return Ok(());
    }
    let (pointer, stated) = (at.to_owned(), "—".to_owned());
    Err(Refused::Obstacles(vec![Obstacle::OtherQuota { pointer, stated, quota: school.quota.into() }]))
}

/// The rows with the school's quota; what else is wrong with them is found when they are read as data.
fn with_quota<'t>(
    rows: &Json<'t>,
    level: &str,
    school: &CycleSchool,
    at: impl Fn(&str) -> String,
) -> Result<Json<'t>, Refused> {
    let Some(entries) = rows.entries() else { return Ok(rows.clone()) };
    let refused = |obstacle| Err(Refused::Obstacles(vec![obstacle]));
    let Some([row]) = rows.get(level).and_then(Json::items) else {
        return refused(Obstacle::OtherSchool { pointer: at("") });
    };
    if row.get("id").and_then(Json::text) != Some(&school.school_id) {
        return refused(Obstacle::OtherSchool { pointer: at("/0/id") });
    }
    let none = object([]);
    let facts = row.get("facts").unwrap_or(&none);
    let stated = facts.get(QUOTA).filter(|stated| **stated != Json::Null);
    if let Some(stated) = stated.and_then(|stated| stated.decimal().ok()) {
        let fen = stated.number().fen();
        if fen != Some(school.quota.into()) {
            let stated = fen.map_or_else(|| stated.number().text(), fen_text);
            let pointer = at(&format!("/0/facts/{QUOTA}"));
            return refused(Obstacle::OtherQuota { pointer, stated, quota: school.quota.into() });
        }
    }
    let (Some(keys), Some(facts)) = (row.entries(), facts.entries()) else { return Ok(rows.clone()) };
    // What is no decimal is left for the data to be refused.
    let is_wrong = stated.is_some_and(|stated| stated.decimal().is_err());
    let mut facts: Vec<_> = facts.iter().filter(|(name, _)| is_wrong || name != QUOTA).cloned().collect();
    if !is_wrong {
        facts.push((QUOTA.into(), text(&fen_text(school.quota.into()))));
    }
    let mut keys: Vec<_> = keys.iter().filter(|(key, _)| key != "facts").cloned().collect();
    keys.push(("facts".into(), Json::Object(facts)));
    let row = Json::List(vec![Json::Object(keys)]);
    let all = entries.iter().map(|(name, rows)| (name.clone(), if name == level { row.clone() } else { rows.clone() }));
    Ok(Json::Object(all.collect()))
}

/// Makes the run of a school, where it has none under way.
///
/// # Errors
/// [`Refused::NotFound`], [`Refused::State`], those of [`runs::create`], or the store's own.
pub fn create(
    act: &mut Act<'_>,
    caller: &Caller,
    (cycle_id, school_id): (&str, &str),
    prepared: Prepared,
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
    let roster = rosters::add(act, caller, prepared)?;
    let replaced = runs_so_far.last().map(|run| run.id.clone());
    let run = runs::create(act, caller, &roster.id, title, replaced)?;
    let place = i64::try_from(runs_so_far.len()).unwrap_or(i64::MAX).saturating_add(1);
    let entered = CycleRun { cycle_id: school.cycle_id, school_id: school.school_id, place, run_id: run.id.clone() };
    cycles::add_run(act.conn, &entered)?;
    act.log("cycle.run_created", ("cycle", cycle_id), Some(&run.id), None, Some(&run.data_sha256))?;
    Ok(run)
}
