//! What is supposed otherwise than the plan says: for counterfactuals, comparisons, simulations, reconciliations. Never for a
//! result that is paid.

use crate::exact::Row;

/// Departures from the plan; none by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Supposed {
    /// Checks that fail are told and do not refuse.
    pub checks_tell: bool,
    /// Every part of a share that is paid is rounded half up by itself, though the parts may then miss the amount. What is
    /// drawn from the fund stays as it is, so that nothing else moves.
    pub rounded_each: bool,
    /// Vetoes that do not hold: the step, and the row (none: all rows).
    pub vetoes_off: Vec<(usize, Option<Row>)>,
    /// Steps whose aggregates take every row, whatever their conditions say.
    pub everybody_in: Vec<usize>,
    /// Formulas are evaluated column by column, shares group by group, as if there were no faster way. It changes nothing:
    /// that it does not is what is tested.
    pub plainly: bool,
    /// What every share divided, and how, is kept with the outcome.
    pub shares_kept: bool,
}

impl Supposed {
    /// Whether a veto is off at a row.
    pub fn is_off(&self, step: usize, row: Row) -> bool {
        self.vetoes_off.iter().any(|(off, at)| *off == step && at.is_none_or(|at| at == row))
    }
}
