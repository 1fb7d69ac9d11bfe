//! Whether a run is what its plan and roster give: all of it is calculated again and compared with what is kept.

use std::fmt::Debug;

use super::again::again;
use super::differences;
use super::result::{Kept, Unkept};
use crate::store::adjustments::{self, Adjustment, Difference};
use crate::store::runs::Run;
use crate::store::{self, Conn, Store, pieces, plans, results};
use crate::wire::canonical::{self, fingerprint};
use crate::wire::json;
use crate::wire::result::Report;

/// One thing that is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// What.
    pub name: &'static str,
    /// The fingerprint of what is kept.
    pub kept: String,
    /// The fingerprint of what is calculated now; none: the plan and the roster as they are kept give nothing.
    pub calculated: Option<String>,
}

/// How many rows are read at once.
const AT_ONCE: i64 = 5_000;

/// The parts of a result, as they are compared.
const PARTS: [&str; 8] = ["data_sha256", "result_sha256", "summary", "items", "payees", "lines", "funds", "rows"];
/// What an adjustment has besides.
const DIFFERENCES: &str = "differences";

/// Calculates a run again and compares every part of it.
///
/// # Errors
/// The store's own. A plan or a roster that no longer gives a result is a difference in all parts.
pub fn verify(store: &Store, run: &Run) -> Result<Vec<Comparison>, store::Error> {
    let kept = store.read(|conn| stored(conn, run))?;
    let version = store.read(|conn| plans::version(conn, &run.plan_id, run.version))?;
    let document = version.as_ref().and_then(|version| json::read(version.document.as_bytes()).ok());
    let plan_sha256 = document.as_ref().map(canonical::sha256);
    let calculated = again(store, run, |outcome, sha256| {
        let report = Report::new(outcome, sha256, false);
        let kept = Kept::new(outcome, &report);
        let differences = store.read(|conn| differences::of(conn, run, &kept))?;
        parts(run, &report, &kept.paying(differences))
    })?;
    let calculated: Vec<Option<String>> = match calculated {
        Some(Ok(parts)) => parts.into_iter().map(Some).collect(),
        Some(Err(Unkept::Store(error))) => return Err(error),
        Some(Err(Unkept::Refused(_) | Unkept::Lost)) | None => vec![None; kept.len()],
    };
    let plan = Comparison { name: "plan_sha256", kept: run.plan_sha256.clone(), calculated: plan_sha256 };
    let parts = PARTS.into_iter().chain([DIFFERENCES]).zip(kept).zip(calculated);
    let parts = parts.map(|((name, kept), calculated)| Comparison { name, kept, calculated });
    Ok(std::iter::once(plan).chain(parts).collect())
}

fn parts(run: &Run, report: &Report<'_, '_>, again: &Kept<'_, '_>) -> Result<Vec<String>, Unkept> {
    let mut rows = Vec::new();
    for level in again.pieces() {
        for piece in level? {
            rows.push(unpacked(&piece));
        }
    }
    rows.sort_unstable();
    let mut parts = vec![
        report.data_sha256.clone(),
        report.result_sha256.clone(),
        summary(&again.run(run.clone())?),
        printed(again.items()?),
        tried(again.payees())?,
        tried(again.lines())?,
        tried(again.funds())?,
        printed(rows),
    ];
    parts.extend(again.differences().map(|adjusted| changes(&adjusted.adjustment, &adjusted.rows)));
    Ok(parts)
}

/// The fingerprints of all parts as they are kept.
fn stored(conn: &mut Conn, run: &Run) -> Result<Vec<String>, store::Error> {
    let mut rows: Vec<String> = Vec::new();
    let mut after = (String::new(), String::new(), String::new());
    loop {
        let page = pieces::all_after(conn, &run.id, (&after.0, &after.1, &after.2), AT_ONCE)?;
        let Some(last) = page.last() else { break };
        after = (last.level.clone(), last.school_id.clone(), last.last_id.clone());
        rows.extend(page.iter().map(unpacked));
    }
    rows.sort_unstable();
    let mut payees = Vec::new();
    let mut after = String::new();
    loop {
        let page = results::payees(conn, &run.id, None, &after, AT_ONCE)?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.row_id);
        payees.extend(page);
    }
    let mut lines = Vec::new();
    let mut after = (String::new(), i64::MIN);
    loop {
        let page = results::lines_after(conn, &run.id, (&after.0, after.1), AT_ONCE)?;
        let Some(last) = page.last() else { break };
        after = (last.payee_id.clone(), last.place);
        lines.extend(page);
    }
    let mut funds = Vec::new();
    let mut after = i64::MIN;
    loop {
        let page = results::funds(conn, &run.id, None, after, AT_ONCE)?;
        let Some(last) = page.last() else { break };
        after = last.place;
        funds.extend(page);
    }
    let mut parts = vec![
        run.data_sha256.clone(),
        run.result_sha256.clone().unwrap_or_default(),
        summary(run),
        printed(results::items(conn, &run.id)?),
        printed(payees),
        printed(lines),
        printed(funds),
        printed(rows),
    ];
    if let Some(adjustment) = adjustments::get(conn, &run.id)? {
        let rows = adjustments::differences(conn, &run.id, None, ("", i64::MIN), i64::MAX)?;
        parts.push(changes(&adjustment, &rows));
    }
    Ok(parts)
}

/// What an adjustment changes, and its sums.
fn changes(adjustment: &Adjustment, rows: &[Difference]) -> String {
    let (own, others) = ([adjustment.increase, adjustment.decrease], [adjustment.others_count, adjustment.others_net]);
    printed([((own, adjustment.payee_count, others), rows)])
}

/// What a run says of itself.
fn summary(run: &Run) -> String {
    let balance = [run.sources, run.paid, run.assigned, run.withheld, run.left_over, run.unfunded, run.payee_total];
    printed([(balance, run.payee_count, &run.findings)])
}

/// The fingerprint of rows.
fn printed<R: Debug>(rows: impl IntoIterator<Item = R>) -> String {
    fingerprint(|out| rows.into_iter().try_for_each(|row| writeln!(out, "{row:?}")))
}

/// The fingerprint of rows that are made one after the other.
fn tried<R: Debug>(rows: impl Iterator<Item = Result<R, Unkept>>) -> Result<String, Unkept> {
    let mut refused = None;
    let rows = rows.map_while(|row| row.map_err(|unkept| refused = Some(unkept)).ok());
    let fingerprint = printed(rows);
    refused.map_or(Ok(fingerprint), Err)
}

/// A piece with its rows as text: how it is packed does not matter, and what cannot be unpacked is told as it is.
fn unpacked(piece: &pieces::Piece) -> String {
    let rows = piece.json().map(|json| String::from_utf8_lossy(&json).into_owned());
    format!(
        "{:?}",
        (&piece.level, &piece.school_id, &piece.last_id, piece.row_count, rows.map_err(|_| &piece.document))
    )
}
