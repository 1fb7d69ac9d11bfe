//! What a bureau requires of every distribution: check steps that are appended to each plan by which schools distribute. The
//! plan with its requirements is on record as a plan of its own, so that a run is explained and verified as every other.

use std::collections::BTreeMap;

use super::cycles::{Obstacle, QUOTA};
use super::rows::school_level;
use super::{Refused, carried, plans, rosters};
use crate::plan::{ColumnKind, Fault, Place, Plan};
use crate::store::plans::PlanVersion;
use crate::store::{self, Store, new_id};
use crate::wire::calculation::plan_json;
use crate::wire::canonical;
use crate::wire::json::{self, Json};

/// A plan with the requirements, ready to be put on record.
pub(super) struct Derived {
    /// Its id.
    pub(super) id: String,
    /// The plan version that it is made of.
    pub(super) from: (String, i64),
    /// What it says.
    pub(super) draft: plans::Draft,
}

/// For each plan version the one by which runs are calculated: the same, or one with the requirements, which is made.
pub(super) type Checked = (BTreeMap<(String, i64), (String, i64)>, Vec<Derived>);

/// The plans with the requirements; what does not fit is added to the obstacles.
pub(super) fn checked_plans(
    store: &Store,
    bureau: &str,
    versions: &[(String, PlanVersion)],
    requirements: &[Json<'_>],
    obstacles: &mut Vec<Obstacle>,
) -> Result<Checked, Refused> {
    for (place, requirement) in requirements.iter().enumerate() {
        if requirement.get("do").and_then(Json::text) != Some("check") {
            obstacles.push(Obstacle::NoCheck { pointer: format!("/requirements/{place}/do") });
        }
    }
    let (mut known, mut drafts) = (BTreeMap::new(), Vec::new());
    for (pointer, version) in versions {
        let own = (version.plan_id.clone(), version.version);
        if known.contains_key(&own) {
            continue;
        }
        let read = rosters::plan_of(version)?;
        if !has_quota(&read.plan) {
            obstacles.push(Obstacle::Plan { pointer: pointer.clone(), code: read.plan.document.code.clone() });
        }
        let takes = carried::level(&read.plan);
        let settles = takes.filter(|level| carried::is_settled(&read.plan, *level));
        if takes != settles {
            obstacles.push(Obstacle::NotSettled { pointer: pointer.clone(), code: read.plan.document.code.clone() });
        }
        let own_check = settles.map(|level| carried::check(read.plan.level_name(level)));
        let requirements: Vec<_> = requirements.iter().cloned().chain(own_check).collect();
        let mut used = own.clone();
        if !requirements.is_empty()
            && let Some(draft) = with_requirements(&read.json, version, &requirements, obstacles)
        {
            used = (made_before(store, bureau, &draft)?.unwrap_or_else(new_id), 1);
            drafts.push(Derived { id: used.0.clone(), from: own.clone(), draft });
        }
        known.insert(own, used);
    }
    Ok((known, drafts))
}

/// The plan of another cycle that is this one.
fn made_before(store: &Store, bureau: &str, draft: &plans::Draft) -> Result<Option<String>, Refused> {
    store.read(|conn| {
        let Some(id) = store::plans::with_code(conn, bureau, &draft.code)? else { return Ok(None) };
        let version = plans::published(conn, bureau, &id, 1)?;
        let is_it = version.sha256 == draft.sha256 && store::plans::is_derived(conn, &id)?;
        if is_it { Ok(Some(id)) } else { Err(Refused::Taken) }
    })
}

/// Whether a plan distributes the quota of one school: its first level is the school's, with a money fact that is a fund.
fn has_quota(plan: &Plan) -> bool {
    school_level(plan) == Some(0) && money_fact(plan, 0, QUOTA).is_some_and(|column| plan.is_fund(0, column))
}

/// The column of the money fact of this name.
pub(super) fn money_fact(plan: &Plan, level: usize, name: &str) -> Option<usize> {
    let level = plan.levels.get(level)?;
    let facts = level.columns.iter().take(level.facts);
    facts.enumerate().find(|(_, fact)| fact.name == name && fact.kind == ColumnKind::Money).map(|(column, _)| column)
}

/// A plan with the requirements as its last steps, under a code of its own.
fn with_requirements(
    document: &Json<'_>,
    version: &PlanVersion,
    requirements: &[Json<'_>],
    obstacles: &mut Vec<Obstacle>,
) -> Option<plans::Draft> {
    let code = document.get("code").and_then(Json::text).unwrap_or_default();
    let own = document.get("steps").and_then(Json::items).unwrap_or_default();
    let steps = Json::List(own.iter().chain(requirements).cloned().collect());
    // The same plan with the same requirements has the same code, of at most 64 characters.
    let print: String =
        canonical::sha256(&Json::List(vec![json::text(code), steps.clone()])).chars().take(16).collect();
    let start: String = code.chars().take(40).collect();
    let new_code = format!("{start}+{}+{print}", version.version);
    let entries = document.entries().unwrap_or_default().iter().map(|(key, value)| {
        let value = match key.as_ref() {
            "code" => json::text(&new_code),
            "steps" => steps.clone(),
            _ => value.clone(),
        };
        (key.clone(), value)
    });
    let extended = Json::Object(entries.collect());
    if let Err(refusal) = plan_json(&extended) {
        let obstacle = |fault: Fault| {
            let pointer = match &fault.place {
                Place::Plan { at, .. } => in_requirements(at, own.len()),
                _ => "/requirements".to_owned(),
            };
            Obstacle::Requirement { pointer, code: code.to_owned(), fault }
        };
        obstacles.extend(refusal.faults.into_iter().map(obstacle));
        return None;
    }
    Some(plans::Draft {
        code: new_code,
        title: version.title.clone(),
        document: canonical::text(&extended),
        sha256: canonical::sha256(&extended),
    })
}

/// Where in the requirements a place of the plan is that ends with them.
fn in_requirements(at: &str, before: usize) -> String {
    let rest = at.strip_prefix("/steps/").unwrap_or_default();
    let (number, rest) = rest.find('/').map_or((rest, ""), |end| rest.split_at(end));
    let place = number.parse::<usize>().ok().and_then(|number| number.checked_sub(before));
    place.map_or_else(|| "/requirements".to_owned(), |place| format!("/requirements/{place}{rest}"))
}
