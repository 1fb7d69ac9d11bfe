//! Warnings as JSON.

use super::Report;
use crate::engine::Notice;
use crate::wire::json::Json;
use crate::wire::refusal::{number, object, text};

impl Report<'_, '_> {
    pub(super) fn warnings(&self) -> Json<'static> {
        Json::List(self.outcome.warnings.iter().map(|notice| self.warning(notice)).collect())
    }

    /// A warning as JSON.
    fn warning(&self, notice: &Notice) -> Json<'static> {
        let level_of = |step: &usize| self.plan().steps.get(*step).map_or(0, |step| step.level);
        let code = ("code", text(warning_word(notice)));
        match notice {
            Notice::UnusedVeto { step } => {
                object([code, ("level", text(self.level_name(level_of(step)))), ("veto", text(self.step_name(*step)))])
            }
            Notice::ShareNotAbsorbed { step, level, row } => object([
                code,
                ("level", text(self.level_name(*level))),
                ("row", text(self.id(*level, *row))),
                ("step", text(self.step_name(*step))),
            ]),
            Notice::TieBrokenById { step, level, rows } => object([
                code,
                ("level", text(self.level_name(*level))),
                ("step", text(self.step_name(*step))),
                ("rows", self.ids(*level, rows.iter().copied())),
            ]),
            Notice::NoLine { row } => {
                let payee = self.plan().payee.unwrap_or_default();
                object([code, ("level", text(self.level_name(payee))), ("row", text(self.id(payee, *row)))])
            }
            Notice::UnusedFact { level, column } => {
                let fact = self.plan().column(*level, *column).map_or("", |column| &column.name);
                object([code, ("level", text(self.level_name(*level))), ("fact", text(fact))])
            }
            Notice::UnusedTableRow { table, row } => {
                let name = self.plan().document.tables.get(*table).map_or("", |table| &table.heading.name);
                object([code, ("table", text(name)), ("row", number(row + 1))])
            }
        }
    }
}

/// The stable word of a warning.
pub fn warning_word(notice: &Notice) -> &'static str {
    match notice {
        Notice::UnusedVeto { .. } | Notice::UnusedTableRow { .. } => "unused_row",
        Notice::ShareNotAbsorbed { .. } => "share_not_absorbed",
        Notice::TieBrokenById { .. } => "tie_broken_by_id",
        Notice::NoLine { .. } => "no_line",
        Notice::UnusedFact { .. } => "unused_fact",
    }
}
