//! What is supposed otherwise begins with what is on record: a roster, and the plan versions that it is calculated by. Nothing of
//! it is kept.

use std::collections::BTreeMap;

use super::people::Caller;
use super::{Refused, plans, rosters};
use crate::store::plans::{PlanVersion, version};
use crate::store::{self, Conn};
use crate::wire::json::{self, Json};

/// A version of a plan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct VersionName {
    /// The plan's id.
    pub plan_id: String,
    /// The number of the version.
    pub version: i64,
}

/// A roster with plan versions for it.
pub struct Basis {
    /// The version that the roster was made for.
    pub own: VersionName,
    /// That version, and those that were asked for.
    versions: BTreeMap<VersionName, PlanVersion>,
    /// The rows, as a plan's data are written.
    pub rows: Vec<u8>,
}

impl Basis {
    /// A version that was asked for.
    ///
    /// # Errors
    /// It was not.
    pub fn version(&self, name: &VersionName) -> Result<&PlanVersion, store::Error> {
        self.versions.get(name).ok_or_else(|| store::Error::Broken(format!("{name:?} was not read")))
    }
}

/// Reads a roster that the caller may see, and plan versions, each with the pointer under which the request names it.
/// The request names the roster under `/roster_id`. Rows are read only where there are at most `most`.
///
/// # Errors
/// [`Refused::UnknownReference`] with every version that is not there or not published, [`Refused::TooMuch`], or the
/// store's own.
pub fn read(
    conn: &mut Conn,
    caller: &Caller,
    roster_id: &str,
    wanted: &[(String, VersionName)],
    most: usize,
) -> Result<Basis, Refused> {
    let roster = rosters::get(conn, caller, roster_id).map_err(|refused| match refused {
        Refused::NotFound => Refused::unknown("/roster_id"),
        refused => refused,
    })?;
    let own = VersionName { plan_id: roster.plan_id.clone(), version: roster.version };
    let found = version(conn, &own.plan_id, own.version)?.ok_or(Refused::NotFound)?;
    let rows = all_rows(&roster.counts);
    if rows > most {
        return Err(Refused::TooMuch { parts: rows, most });
    }
    let mut versions = BTreeMap::new();
    let mut unknown = Vec::new();
    for (pointer, name) in wanted {
        if *name == own || versions.contains_key(name) {
            continue;
        }
        match plans::published(conn, &caller.token.bureau_id, &name.plan_id, name.version) {
            Ok(found) => drop(versions.insert(name.clone(), found)),
            Err(Refused::UnknownReference(keys)) => unknown.extend(keys.iter().map(|key| format!("{pointer}{key}"))),
            Err(Refused::State { .. }) => unknown.push(format!("{pointer}/version")),
            Err(refused) => return Err(refused),
        }
    }
    if !unknown.is_empty() {
        return Err(Refused::UnknownReference(unknown));
    }
    let rows = rosters::all_rows(conn, &rosters::plan_of(&found)?.plan, &roster.id)?;
    versions.insert(own.clone(), found);
    Ok(Basis { own, versions, rows })
}

/// How many rows the levels of a roster have together.
fn all_rows(counts: &str) -> usize {
    let counts = json::read(counts.as_bytes()).unwrap_or(Json::Null);
    let count = |count: &Json<'_>| match count {
        Json::Number(number) => number.parse().unwrap_or(usize::MAX),
        _ => usize::MAX,
    };
    counts.entries().unwrap_or_default().iter().fold(0, |sum: usize, (_, level)| sum.saturating_add(count(level)))
}
