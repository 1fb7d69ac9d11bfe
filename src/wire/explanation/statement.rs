//! A statement as a document: the total, its explanation, and the figures of those beside.

use super::super::json::{Json, number, object, text};
use super::{Teller, capital};
use crate::engine::explain::{Node, Peers};
use crate::exact::{Row, at, fen_text};
use crate::plan::Language;

impl Teller<'_, '_> {
    /// A statement as JSON: `{id, name?, total, total_capital, peers?, explanation}`.
    pub fn statement(&self, node: &Node) -> Json<'static> {
        let Some((level, row)) = node.at else { return Json::Null };
        let total = self.outcome.totals.as_ref().map_or(0, |totals| *at(totals, row));
        let mut entries = vec![("id", text(self.outcome.data.id(level, row)))];
        entries.extend(self.row_name(level, row).map(|name| ("name", text(name))));
        entries.push(("total", text(&fen_text(total))));
        entries.push(("total_capital", text(&capital(total))));
        entries.extend(self.peers(row));
        entries.push(("explanation", self.json(node)));
        object(entries)
    }

    fn peers(&self, payee: Row) -> Option<(&'static str, Json<'static>)> {
        let peers = Peers::of(self.outcome, payee)?;
        let (level, row) = peers.under;
        let facts = object([
            ("level", text(self.outcome.plan.level_name(level))),
            ("row", text(self.outcome.data.id(level, row))),
            ("count", number(peers.count)),
            ("mean", text(&fen_text(peers.mean))),
            ("median", text(&fen_text(peers.median))),
            ("position", number(peers.position)),
        ]);
        Some(("peers", facts))
    }

    /// The figures as a sentence.
    pub(super) fn said_peers(&self, payee: Row) -> Option<String> {
        let Peers { under: (level, row), count, mean, median, position } = Peers::of(self.outcome, payee)?;
        let (above, of) = (self.named(level, row), self.level_label(self.outcome.plan.payee?));
        let (mean, median) = (self.yuan(&fen_text(mean)), self.yuan(&fen_text(median)));
        Some(match self.language {
            Language::Chinese => format!(
                "同在{above}的{of}（共 {count}，含本份）：合计的平均数 {mean}，中位数 {median}；本份由高到低列第 {position}（相同的并列）"
            ),
            Language::English => format!(
                "All {count} ({of}) of {above}: mean total {mean}, median {median}; this one is number {position} from the highest (equal ones share it)"
            ),
        })
    }
}
