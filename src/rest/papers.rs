//! The statement of somebody: how everything came about or, of an adjustment, what that changes.

use std::collections::{BTreeMap, HashMap};

use crate::engine::explain::{Explainer, Limits, Node, Unexplained};
use crate::exact::at;
use crate::record::adjustments::{MODES, REASONS};
use crate::store::adjustments::{self, Adjustment, Difference, FREEZE_OTHERS, NEXT_PERIOD};
use crate::store::{self, Conn, results};
use crate::wire::explanation::{Change, Changes, Page, Teller};
use crate::wire::json::Json;

/// What an adjustment changes for some.
pub(super) struct Adjusting {
    adjustment: Adjustment,
    /// What the items are called, by their steps.
    items: BTreeMap<i64, String>,
    /// By payee.
    rows: HashMap<String, Vec<Difference>>,
}

impl Adjusting {
    /// What a run changes for these; none where it is no adjustment.
    pub(super) fn of(conn: &mut Conn, run: &str, ids: &[&str]) -> Result<Option<Adjusting>, store::Error> {
        let Some(adjustment) = adjustments::get(conn, run)? else { return Ok(None) };
        let items = results::items(conn, run)?.into_iter().map(|item| (item.step, item.item)).collect();
        let mut rows: HashMap<String, Vec<Difference>> = HashMap::new();
        for row in adjustments::differences_of(conn, run, ids)? {
            rows.entry(row.payee_id.clone()).or_default().push(row);
        }
        Ok(Some(Adjusting { adjustment, items, rows }))
    }

    /// What each step of somebody pays now, in fen.
    pub(super) fn paid(&self, id: &str) -> Vec<(i64, i128)> {
        let rows = self.rows.get(id).filter(|_| self.adjustment.mode != NEXT_PERIOD);
        rows.into_iter().flatten().map(|row| (row.step, row.difference.into())).collect()
    }

    fn changes(&self, id: &str, name: Option<String>) -> Changes {
        let Adjustment { original_id, mode, reason_code, reason, .. } = &self.adjustment;
        let known = |words: &[(&str, &'static str)], word: &str| {
            words.iter().find(|(known, _)| *known == word).map_or("", |(_, label)| *label)
        };
        let rows = self.rows.get(id).map_or(&[][..], Vec::as_slice);
        let change = |row: &Difference| Change {
            item: self.items.get(&row.step).cloned().unwrap_or_default(),
            was: row.was.into(),
            now: row.now.into(),
        };
        Changes {
            id: id.to_owned(),
            name,
            adjusts: original_id.clone(),
            mode: (mode.clone(), known(&MODES, mode)),
            reason_code: (reason_code.clone(), known(&REASONS, reason_code)),
            reason: reason.clone(),
            is_paid: mode != NEXT_PERIOD,
            items: rows.iter().map(change).collect(),
        }
    }
}

/// A statement.
pub(super) enum Paper {
    /// Of a run that pays everything.
    Whole(Node),
    /// Of an adjustment, with the statement of the calculation anew where that is theirs.
    Adjusted(Box<Changes>, Option<Node>),
}

impl Paper {
    /// The statement of somebody; none where neither the result nor the adjustment has them.
    pub(super) fn of(
        explainer: &Explainer<'_, '_>,
        id: &str,
        adjusting: Option<&Adjusting>,
        limits: Limits,
    ) -> Result<Option<Paper>, Unexplained> {
        let outcome = explainer.outcome();
        let row = outcome.plan.payee.and_then(|level| Some((level, outcome.data.find(level, id)?)));
        let node = || row.map_or(Ok(None), |(_, row)| explainer.statement(row, limits));
        let Some(adjusting) = adjusting else { return Ok(node()?.map(Paper::Whole)) };
        let rows = adjusting.rows.get(id);
        let name = match (rows.and_then(|rows| rows.first()), row) {
            (Some(changed), _) => changed.name.clone(),
            (None, Some((level, row))) => outcome.data.levels.get(level).and_then(|rows| at(&rows.names, row).clone()),
            (None, None) => return Ok(None),
        };
        // Who keeps what they have would be told of amounts that they do not get.
        let is_frozen = rows.is_none() && adjusting.adjustment.mode == FREEZE_OTHERS;
        let node = if is_frozen { None } else { node()? };
        Ok(Some(Paper::Adjusted(Box::new(adjusting.changes(id, name)), node)))
    }

    /// As a document.
    pub(super) fn json(&self, teller: &Teller<'_, '_>) -> Json<'static> {
        match self {
            Paper::Whole(node) => teller.statement(node),
            Paper::Adjusted(changes, node) => teller.adjusted(node.as_ref(), changes),
        }
    }

    /// As a page.
    pub(super) fn page(&self, teller: &Teller<'_, '_>) -> Page {
        match self {
            Paper::Whole(node) => teller.statement_page(node).unwrap_or_default(),
            Paper::Adjusted(changes, node) => teller.adjusted_page(node.as_ref(), changes),
        }
    }
}
