//! Whether a run is what its plan and roster give: all of it is calculated again and compared with what is kept.

use std::fmt::Debug;

use super::result::{Kept, Unkept};
use super::rosters;
use crate::engine::calculate;
use crate::store::runs::Run;
use crate::store::{self, Store, pieces, plans, results};
use crate::wire::canonical::fingerprint;
use crate::wire::data;
use crate::wire::result::Report;

/// One thing that is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// What.
    pub name: &'static str,
    /// The fingerprint of what is kept.
    pub kept: String,
    /// The fingerprint of what is calculated now.
    pub calculated: String,
}

/// How many rows are read at once.
const AT_ONCE: i64 = 5_000;

/// Calculates a run again and compares every part of it.
///
/// # Errors
/// The store's own; a plan or roster that no longer gives a result at all is a difference in all parts.
pub fn verify(store: &Store, run: &Run) -> Result<Vec<Comparison>, store::Error> {
    let (version, text) = store.read(|conn| {
        let version = plans::version(conn, &run.plan_id, run.version)?;
        let version = version.ok_or_else(|| store::Error::Broken("a run without its plan".to_owned()))?;
        let text = rosters::all_rows(conn, &version, &run.roster_id)?;
        Ok::<_, store::Error>((version, text))
    })?;
    let broken = |reason: &str| store::Error::Broken(format!("run {}: {reason}", run.id));
    let read = rosters::plan_of(&version)?;
    let data = data::read_data(&read.plan, &text).map_err(|_| broken("its roster no longer fits its plan"))?;
    let outcome = calculate(&read.plan, &data).map_err(|_| broken("its roster no longer gives a result"))?;
    let report = Report::new(&outcome, read.sha256.clone(), false);
    let again = Kept::new(&outcome, &report);
    let mut compared = Vec::new();
    let mut compare = |name, kept: String, calculated: String| compared.push(Comparison { name, kept, calculated });
    compare("plan_sha256", run.plan_sha256.clone(), read.sha256.clone());
    compare("data_sha256", run.data_sha256.clone(), report.data_sha256.clone());
    compare("result_sha256", run.result_sha256.clone().unwrap_or_default(), report.result_sha256.clone());
    let sums = |run: &Run| {
        let balance = [run.sources, run.paid, run.assigned, run.withheld, run.left_over, run.unfunded, run.payee_total];
        printed([(balance, run.payee_count, &run.findings)])
    };
    let calculated = again.run(run.clone()).map_err(unkept)?;
    compare("summary", sums(run), sums(&calculated));
    let all = |rows: Vec<Result<String, Unkept>>| -> Result<Vec<String>, store::Error> {
        rows.into_iter().map(|row| row.map_err(unkept)).collect()
    };
    let text = |row: &dyn Debug| format!("{row:?}");
    let payees = all(again.payees().map(|row| row.map(|row| text(&row))).collect())?;
    let lines = all(again.lines().map(|row| row.map(|row| text(&row))).collect())?;
    let funds = all(again.funds().map(|row| row.map(|row| text(&row))).collect())?;
    let mut rows = Vec::new();
    for level in again.pieces() {
        for piece in level.map_err(unkept)? {
            rows.push(unpacked(&piece)?);
        }
    }
    let items = again.items().map_err(unkept)?;
    let kept = Stored::read(store, run, read.plan.levels.iter().map(|level| level.name.as_str()))?;
    compare("items", printed(&kept.items), printed(&items));
    compare("payees", printed(&kept.payees), printed(&payees));
    compare("lines", printed(&kept.lines), printed(&lines));
    compare("funds", printed(&kept.funds), printed(&funds));
    compare("rows", printed(&kept.rows), printed(&rows));
    Ok(compared)
}

fn unkept(unkept: Unkept) -> store::Error {
    match unkept {
        Unkept::Store(error) => error,
        Unkept::TooLarge(_) => store::Error::Broken("an amount that no record holds".to_owned()),
    }
}

/// The fingerprint of rows.
fn printed<R: Debug>(rows: impl IntoIterator<Item = R>) -> String {
    fingerprint(|out| rows.into_iter().try_for_each(|row| writeln!(out, "{row:?}")))
}

/// A piece with its rows as text: how it is packed does not matter.
fn unpacked(piece: &pieces::Piece) -> Result<String, store::Error> {
    let json = String::from_utf8_lossy(&piece.json()?).into_owned();
    Ok(format!("{:?}", (&piece.level, &piece.school_id, &piece.last_id, piece.row_count, json)))
}

/// What is kept of a run.
struct Stored {
    items: Vec<results::Item>,
    payees: Vec<String>,
    lines: Vec<String>,
    funds: Vec<String>,
    rows: Vec<String>,
}

impl Stored {
    fn read<'l>(store: &Store, run: &Run, levels: impl Iterator<Item = &'l str>) -> Result<Stored, store::Error> {
        store.read(|conn| {
            let items = results::items(conn, &run.id)?;
            let (mut payees, mut lines, mut funds, mut rows) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
            let mut after = String::new();
            loop {
                let page = results::payees(conn, &run.id, None, &after, AT_ONCE)?;
                let Some(last) = page.last() else { break };
                let own = results::lines(conn, &run.id, None, (&page.first().unwrap_or(last).row_id, &last.row_id))?;
                lines.extend(own.iter().map(|row| format!("{row:?}")));
                after.clone_from(&last.row_id);
                payees.extend(page.iter().map(|row| format!("{row:?}")));
            }
            let mut after = -1;
            loop {
                let page = results::funds(conn, &run.id, None, after, AT_ONCE)?;
                let Some(last) = page.last() else { break };
                after = last.place;
                funds.extend(page.iter().map(|row| format!("{row:?}")));
            }
            for level in levels {
                let mut after = (String::new(), String::new());
                loop {
                    let page = pieces::after(conn, &run.id, level, (&after.0, &after.1), AT_ONCE)?;
                    let Some(last) = page.last() else { break };
                    after = (last.school_id.clone(), last.last_id.clone());
                    for piece in &page {
                        rows.push(unpacked(piece)?);
                    }
                }
            }
            Ok(Stored { items, payees, lines, funds, rows })
        })
    }
}
