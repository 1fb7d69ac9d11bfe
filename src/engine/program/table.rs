//! Tables laid out by entry: one for each key that could decide, so that a look is one step into a list.

use super::operation::Side;
use crate::engine::state::State;
use crate::exact::{Row, rows};

/// What an entry leads to.
#[derive(Clone, Copy)]
pub(super) enum Found {
    Row(Row),
    Otherwise,
    /// No row, and no `else`: a row that asks for it is refused.
    Nothing,
}

impl Found {
    pub(super) fn of(row: Option<Row>, has_else: bool) -> Found {
        match row {
            Some(row) => Found::Row(row),
            None if has_else => Found::Otherwise,
            None => Found::Nothing,
        }
    }
}

/// An entry while a program runs.
pub(super) struct Slot {
    value: i64,
    is_seen: bool,
}

/// A table by entry.
pub(super) struct Direct {
    /// Which table of the plan.
    pub table: usize,
    pub values: Vec<i64>,
    pub found: Vec<Found>,
}

impl Direct {
    pub(super) fn unseen(&self) -> Vec<Slot> {
        self.values.iter().map(|value| Slot { value: *value, is_seen: false }).collect()
    }

    /// Notes the rows that were matched; none where a key was asked for that the table does not have.
    pub(super) fn note(&self, state: &State<'_>, slots: &[Slot]) -> Option<()> {
        let asked = || self.found.iter().zip(slots).filter(|(_, slot)| slot.is_seen).map(|(found, _)| *found);
        if asked().any(|found| matches!(found, Found::Nothing)) {
            return None;
        }
        let lookup = state.tables.get(self.table)?;
        for found in asked() {
            if let Found::Row(row) = found {
                lookup.matches(row);
            }
        }
        Some(())
    }
}

/// Looks every entry up, the last key within its limits, and notes which were seen.
pub(super) fn values_at(
    base: Side<'_>,
    key: (Side<'_>, i64, i64),
    mask: Side<'_>,
    slots: &mut [Slot],
    out: &mut [i64],
) {
    let (key, low, high) = key;
    let mut one = |out: &mut i64, entry: i64, is_asked: bool| {
        if let Some(slot) = usize::try_from(entry).ok().and_then(|entry| slots.get_mut(entry)) {
            *out = slot.value;
            slot.is_seen |= is_asked;
        }
    };
    if let (Side::Same(base), Side::Each(keys), Side::Same(1)) = (base, key, mask) {
        let from = base - low;
        return out.iter_mut().zip(keys).for_each(|(out, key)| one(out, from + (*key).clamp(low, high), true));
    }
    for (position, out) in rows(out.len()).zip(out) {
        one(out, base.at(position) - low + key.at(position).clamp(low, high), mask.at(position) != 0);
    }
}

/// The keys between two, a place beyond each end included, as far as they are not too many.
pub(super) fn domain(low: i64, high: i64, most: i64) -> Option<Vec<i64>> {
    let (low, high) = (low.checked_sub(1)?, high.checked_add(1)?);
    (high.checked_sub(low)? < most).then(|| (low..=high).collect())
}

/// For each combination of keys (the last runs fastest) the key at one place of them.
pub(super) fn spread_out(domain: &[i64], before: usize, after: usize) -> Vec<i64> {
    let once = || domain.iter().flat_map(move |key| std::iter::repeat_n(*key, after));
    rows(before).flat_map(|_| once()).collect()
}
