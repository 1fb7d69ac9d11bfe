//! A payee's total beside those of the payees under the same row, in figures from which nobody's amount can be worked out.

use crate::engine::Outcome;
use crate::exact::{Fen, Mode, Number, Row, at};

/// There are figures only where so many payees stand together.
const LEAST: usize = 5;

/// The figures of the payees under one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peers {
    /// The row: level and row.
    pub under: (usize, Row),
    /// How many payees, this one included.
    pub count: usize,
    /// The mean of their totals, rounded half up to whole fen.
    pub mean: Fen,
    /// The median of their totals, rounded half up to whole fen.
    pub median: Fen,
    /// The place of this one's total, the highest first, from 1; equal totals share the best.
    pub position: usize,
}

impl Peers {
    /// The figures of the payees beside one; none where they are too few, or nobody is paid, or payees stand under no row.
    pub fn of(outcome: &Outcome<'_>, payee: Row) -> Option<Peers> {
        let level = outcome.plan.payee?;
        let above = outcome.plan.levels.get(level)?.parent?;
        let parents = outcome.data.levels.get(level)?.ancestors.get(1)?;
        let totals = outcome.totals.as_ref()?;
        let parent = *at(parents, payee);
        let own = *at(totals, payee);
        let beside = parents.iter().zip(totals.iter()).filter(|(known, _)| **known == parent);
        let mut beside: Vec<Fen> = beside.map(|(_, total)| *total).collect();
        let count = beside.len();
        if count < LEAST {
            return None;
        }
        beside.sort_unstable();
        let middle = beside.get((count - 1) / 2..=count / 2)?;
        Some(Peers {
            under: (above, parent),
            count,
            mean: average(&beside)?,
            median: average(middle)?,
            position: 1 + beside.iter().filter(|total| **total > own).count(),
        })
    }
}

/// The mean of amounts, rounded half up to whole fen.
fn average(amounts: &[Fen]) -> Option<Fen> {
    let count = i128::try_from(amounts.len()).ok()?;
    Number::ratio(amounts.iter().sum(), count).to_whole(Mode::HalfUp).to_i128()
}
