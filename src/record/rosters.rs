//! Rosters: immutable data of a plan version. A correction is a new roster that names the one it revises.

use std::collections::HashSet;
use std::fs;

use super::people::{Caller, Role};
use super::rows::{AT_ONCE, Schools, whole};
use super::{Act, Refused, events, plans};
use crate::engine::{Data, RowInput};
use crate::plan::{Code, Language, Plan};
use crate::sheet::{self, File, Imported, Unwritten, written_row};
use crate::store::pieces::{self, Piece};
use crate::store::plans::PlanVersion;
use crate::store::rosters::{self, Roster};
use crate::store::{self, Conn, Store, new_id, now};
use crate::wire::calculation::{ReadPlan, plan_text};
use crate::wire::json::number;
use crate::wire::json::{self, Json};
use crate::wire::result::{DataRows, data_sha256};
use crate::wire::{canonical, data};

/// Data that have been read and packed, ready to be put on record.
pub struct Prepared {
    plan_id: String,
    version: i64,
    title: Option<String>,
    revises: Option<String>,
    /// The fingerprints of the files that they are from.
    files: Option<String>,
    sha256: String,
    counts: String,
    /// The schools; none where rows stand above or beside them.
    schools: Option<Vec<String>>,
    pieces: Vec<Piece>,
}

impl Prepared {
    /// Whether they are the data of a roster on record.
    pub(super) fn is(&self, roster: &Roster) -> bool {
        self.sha256 == roster.sha256
    }
}

/// The published plan that a version is.
///
/// # Errors
/// It has faults, which no published plan has.
pub fn plan_of(version: &PlanVersion) -> Result<ReadPlan<'_>, store::Error> {
    plan_text(version.document.as_bytes()).map_err(|refusal| {
        let code = refusal.faults.first().map_or("", |fault| fault.code.word());
        store::Error::Broken(format!("version {} of plan {} has faults: {code}", version.version, version.plan_id))
    })
}

/// Reads data for a published plan version of the bureau.
///
/// # Errors
/// [`Refused::UnknownReference`], [`Refused::State`], [`Refused::Data`], or the store's own.
pub fn prepare(
    store: &Store,
    bureau: &str,
    (plan_id, number): (&str, i64),
    title: Option<String>,
    written: &Json<'_>,
) -> Result<Prepared, Refused> {
    let version = store.read(|conn| plans::published(conn, bureau, plan_id, number))?;
    let plan = plan_of(&version)?.plan;
    prepare_for(&version, &plan, written, title, None)
}

/// Reads data for a version of a plan that is at hand, which revise another roster where one is named.
///
/// # Errors
/// [`Refused::Data`], or the store's own.
pub(super) fn prepare_for(
    version: &PlanVersion,
    plan: &Plan,
    written: &Json<'_>,
    title: Option<String>,
    revises: Option<String>,
) -> Result<Prepared, Refused> {
    let data = data::data(plan, written).map_err(Refused::Data)?;
    Ok(Prepared { revises, ..packed(version, plan, &data, title)? })
}

/// Reads files for a published plan version of the bureau: what they came to, and, where there is no trouble, the roster that
/// they give.
///
/// # Errors
/// [`Refused::UnknownReference`], [`Refused::State`], or the store's own.
pub fn prepare_import(
    store: &Store,
    bureau: &str,
    (plan_id, number): (&str, i64),
    title: Option<String>,
    files: &[File<'_>],
) -> Result<(Imported, Option<Prepared>), Refused> {
    let version = store.read(|conn| plans::published(conn, bureau, plan_id, number))?;
    let plan = plan_of(&version)?.plan;
    let mut imported = sheet::import(&plan, files);
    // What is written is the larger half, and of no more use.
    imported.written = None;
    let Some(data) = &imported.data else { return Ok((imported, None)) };
    let fingerprint = |file: &File<'_>| canonical::fingerprint(|out| out.write_all(file.bytes));
    let files: Vec<String> = files.iter().map(fingerprint).collect();
    let prepared = Prepared { files: Some(files.join(" ")), ..packed(&version, &plan, data, title)? };
    Ok((imported, Some(prepared)))
}

/// The same files as one workbook, with what is wrong with them for a published plan version of the bureau.
///
/// # Errors
/// [`Refused::UnknownReference`], [`Refused::State`], or the store's own; inside, why there is no workbook.
pub fn annotated_import(
    store: &Store,
    bureau: &str,
    (plan_id, number): (&str, i64),
    files: &[File<'_>],
    language: Language,
) -> Result<Result<fs::File, Unwritten>, Refused> {
    let version = store.read(|conn| plans::published(conn, bureau, plan_id, number))?;
    let plan = plan_of(&version)?.plan;
    let imported = sheet::import(&plan, files).findings();
    Ok(sheet::annotated(files, &imported, language))
}

fn packed(version: &PlanVersion, plan: &Plan, data: &Data, title: Option<String>) -> Result<Prepared, store::Error> {
    let schools = Schools::new(plan, data);
    let mut pieces = Vec::new();
    for level in 0..plan.levels.len() {
        let Some(level_rows) = DataRows::new(plan, data, level) else { continue };
        pieces.extend(schools.packed(level, |out, row| level_rows.write(out, row))?);
    }
    Ok(Prepared {
        plan_id: version.plan_id.clone(),
        version: version.version,
        sha256: data_sha256(plan, data),
        counts: counts(plan, data),
        schools: schools.all(),
        title,
        revises: None,
        files: None,
        pieces,
    })
}

/// How many rows each level has.
fn counts(plan: &Plan, data: &Data) -> String {
    let counts =
        plan.levels.iter().zip(&data.levels).map(|(level, rows)| (level.name.clone().into(), number(rows.len())));
    canonical::text(&Json::Object(counts.collect()))
}

/// A roster that the caller may see.
///
/// # Errors
/// [`Refused::NotFound`], or the store's own.
pub fn get(conn: &mut Conn, caller: &Caller, id: &str) -> Result<Roster, Refused> {
    rosters::get(conn, &caller.token.bureau_id, caller.scope(), id)?.ok_or(Refused::NotFound)
}

/// Rows to set and to remove.
pub struct Changes<'j, 't> {
    /// For each level rows, which take the place of those with their ids or are new.
    pub set: &'j Json<'t>,
    /// For each level the ids of rows.
    pub remove: &'j Json<'t>,
}

/// Reads a revision of a roster.
///
/// # Errors
/// [`Refused::Unremovable`], [`Refused::Data`], or the store's own.
pub fn prepare_revision(store: &Store, roster: &Roster, changes: &Changes<'_, '_>) -> Result<Prepared, Refused> {
    let version = store.read(|conn| plans::published(conn, &roster.bureau_id, &roster.plan_id, roster.version))?;
    let plan = plan_of(&version)?.plan;
    let text = store.read(|conn| all_rows(conn, &plan, &roster.id))?;
    let base = json::read(&text).map_err(|stop| store::Error::Broken(stop.to_string()))?;
    let revised = revised(&base, changes)?;
    let data = data::data(&plan, &revised).map_err(Refused::Data)?;
    Ok(Prepared { revises: Some(roster.id.clone()), ..packed(&version, &plan, &data, roster.title.clone())? })
}

/// The rows of a roster as a plan's data are written.
///
/// # Errors
/// The store's own.
pub fn all_rows(conn: &mut Conn, plan: &Plan, roster: &str) -> Result<Vec<u8>, store::Error> {
    let levels: Vec<&str> = plan.levels.iter().map(|level| level.name.as_str()).collect();
    whole(conn, roster, &levels)
}

/// The rows of a roster on record, read piece by piece; they fit the plan that is asked for.
pub struct StoredRows<'s> {
    /// Where they are.
    pub store: &'s Store,
    /// The roster's id.
    pub roster: &'s str,
}

impl sheet::Rows for StoredRows<'_> {
    fn each(
        &self,
        plan: &Plan,
        level: usize,
        take: &mut dyn FnMut(&RowInput) -> Result<(), Unwritten>,
    ) -> Result<(), Unwritten> {
        let broken = |error: &dyn std::fmt::Display| Unwritten::Other(error.to_string());
        let (name, mut place) = (plan.level_name(level), (String::new(), String::new()));
        loop {
            let after = |conn: &mut Conn| pieces::after(conn, self.roster, name, (&place.0, &place.1), AT_ONCE);
            let found: Vec<Piece> = self.store.read(after).map_err(|error: store::Error| broken(&error))?;
            let Some(last) = found.last() else { return Ok(()) };
            place = (last.school_id.clone(), last.last_id.clone());
            for piece in &found {
                let text = piece.json().map_err(|error| broken(&error))?;
                let rows = json::read(&text).map_err(|stop| broken(&stop))?;
                rows.items().unwrap_or_default().iter().try_for_each(|row| take(&written_row(plan, level, row)))?;
            }
        }
    }
}

/// The rows of a roster after its changes.
fn revised<'t>(base: &Json<'t>, changes: &Changes<'_, 't>) -> Result<Json<'t>, Refused> {
    let mut levels: Vec<(std::borrow::Cow<'t, str>, Json<'t>)> = Vec::new();
    let wrong = unremovable(base, changes);
    if !wrong.is_empty() {
        return Err(Refused::Unremovable(wrong));
    }
    for (level, rows) in base.entries().unwrap_or_default() {
        let set = changes.set.get(level).and_then(Json::items).unwrap_or_default();
        let removed = changes.remove.get(level).and_then(Json::items).unwrap_or_default();
        let gone: HashSet<&str> = removed.iter().filter_map(Json::text).chain(set.iter().filter_map(id)).collect();
        let kept = rows.items().unwrap_or_default().iter();
        let kept = kept.filter(|row| id(row).is_none_or(|id| !gone.contains(id)));
        levels.push((level.clone(), Json::List(kept.chain(set).cloned().collect())));
    }
    // A level that the plan does not have is said to be unknown with the other faults.
    let unknown = changes.set.entries().unwrap_or_default().iter().filter(|(level, _)| base.get(level).is_none());
    levels.extend(unknown.cloned());
    Ok(Json::Object(levels))
}

/// A row that cannot be removed, or a level that is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unremovable {
    /// `unknown_level`, `unknown_row`, or `duplicate_id` where it is set or removed besides.
    pub code: Code,
    /// The level.
    pub level: String,
    /// The place among the level's ids; none: the level itself.
    pub place: Option<usize>,
    /// The id.
    pub id: String,
}

/// Everything that a revision cannot remove.
fn unremovable(base: &Json<'_>, changes: &Changes<'_, '_>) -> Vec<Unremovable> {
    let mut wrong = Vec::new();
    for (level, removed) in changes.remove.entries().unwrap_or_default() {
        let level = level.clone().into_owned();
        let Some(known) = base.get(&level).and_then(Json::items) else {
            wrong.push(Unremovable { code: Code::UnknownLevel, level, place: None, id: String::new() });
            continue;
        };
        let known: HashSet<&str> = known.iter().filter_map(id).collect();
        let set = changes.set.get(&level).and_then(Json::items).unwrap_or_default();
        let mut taken: HashSet<&str> = set.iter().filter_map(id).collect();
        let removed = removed.items().unwrap_or_default().iter().filter_map(Json::text);
        for (place, id) in removed.enumerate() {
            let code = match (known.contains(id), taken.insert(id)) {
                (false, _) => Code::UnknownRow,
                (true, false) => Code::DuplicateId,
                (true, true) => continue,
            };
            wrong.push(Unremovable { code, level: level.clone(), place: Some(place), id: id.to_owned() });
        }
    }
    wrong
}

fn id<'j>(row: &'j Json<'_>) -> Option<&'j str> {
    row.get("id").and_then(Json::text)
}

impl Prepared {
    /// Whether the caller may put it on record.
    ///
    /// # Errors
    /// [`Refused::Forbidden`] where an accountant's data reach beyond the own schools.
    pub fn is_allowed(&self, caller: &Caller) -> Result<(), Refused> {
        let is_own = |schools: &Vec<String>| schools.iter().all(|school| caller.schools.contains(school));
        match caller.role {
            Role::Accountant if !self.schools.as_ref().is_some_and(is_own) => Err(Refused::Forbidden),
            _ => Ok(()),
        }
    }
}

/// Puts a roster on record.
///
/// # Errors
/// [`Refused::Forbidden`] where an accountant's data reach beyond the own schools; [`Refused::State`] where the version
/// has been archived meanwhile; or the store's own.
pub fn add(act: &mut Act<'_>, caller: &Caller, prepared: Prepared) -> Result<Roster, Refused> {
    prepared.is_allowed(caller)?;
    let Prepared { plan_id, version, title, revises, files, sha256, counts, schools, pieces } = prepared;
    plans::published(act.conn, &act.actor.bureau_id, &plan_id, version)?;
    let roster = Roster {
        id: new_id(),
        bureau_id: act.actor.bureau_id.clone(),
        plan_id,
        version,
        title,
        revises,
        sha256,
        counts,
        whole_bureau: i64::from(schools.is_none()),
        created_at: now(),
        created_by: act.actor.subject.clone(),
    };
    rosters::add(act.conn, &roster, schools.as_deref().unwrap_or_default(), &pieces)?;
    let action = match (&roster.revises, &files) {
        (Some(_), _) => "roster.revised",
        (None, Some(_)) => "roster.imported",
        (None, None) => "roster.created",
    };
    act.log(action, ("roster", &roster.id), files.as_deref(), None, Some(&roster.sha256))?;
    events::of_roster(act, &roster.id)?;
    Ok(roster)
}
