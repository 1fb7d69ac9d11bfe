//! Warnings as JSON.

use super::Report;
use crate::engine::Warning;
use crate::wire::json::Json;
use crate::wire::json::{number, object, text};

impl Report<'_, '_> {
    pub(super) fn warnings(&self) -> Json<'static> {
        Json::List(self.outcome.warnings.iter().map(|warning| self.warning(warning)).collect())
    }

    /// A warning as JSON.
    fn warning(&self, warning: &Warning) -> Json<'static> {
        let level_of = |step: &usize| self.plan().steps.get(*step).map_or(0, |step| step.level);
        let code = ("code", text(warning_word(warning)));
        match warning {
            Warning::UnusedVeto { step } => object([
                code,
                ("level", text(self.plan().level_name(level_of(step)))),
                ("veto", text(self.plan().step_name(*step))),
            ]),
            Warning::ShareNotAbsorbed { step, level, row } => object([
                code,
                ("level", text(self.plan().level_name(*level))),
                ("row", text(self.outcome.data.id(*level, *row))),
                ("step", text(self.plan().step_name(*step))),
            ]),
            Warning::TieBrokenById { step, level, rows } => object([
                code,
                ("level", text(self.plan().level_name(*level))),
                ("step", text(self.plan().step_name(*step))),
                ("rows", self.ids(*level, rows.iter().copied())),
            ]),
            Warning::NoLine { row } => {
                let payee = self.plan().payee.unwrap_or_default();
                object([
                    code,
                    ("level", text(self.plan().level_name(payee))),
                    ("row", text(self.outcome.data.id(payee, *row))),
                ])
            }
            Warning::UnusedFact { level, column } => {
                let fact = self.plan().column(*level, *column).map_or("", |column| &column.name);
                object([code, ("level", text(self.plan().level_name(*level))), ("fact", text(fact))])
            }
            Warning::UnusedTableRow { table, row } => {
                let name = self.plan().document.tables.get(*table).map_or("", |table| &table.heading.name);
                object([code, ("table", text(name)), ("row", number(row + 1))])
            }
        }
    }
}

/// The stable word of a warning.
pub fn warning_word(warning: &Warning) -> &'static str {
    match warning {
        Warning::UnusedVeto { .. } | Warning::UnusedTableRow { .. } => "unused_row",
        Warning::ShareNotAbsorbed { .. } => "share_not_absorbed",
        Warning::TieBrokenById { .. } => "tie_broken_by_id",
        Warning::NoLine { .. } => "no_line",
        Warning::UnusedFact { .. } => "unused_fact",
    }
}
