//! Row numbers: the one place where a slice is indexed.
//!
//! A row number is made where rows are numbered and used only with columns of that level, so it is always in range;
//! were it not, a panic is right, for a silent zero would be money.

/// The number of a row within its level, in the order of ids.
pub type Row = u32;

/// The place of a row in a column.
#[expect(clippy::as_conversions, reason = "widening: a usize has at least 32 bits on every machine this runs on")]
pub fn place(row: Row) -> usize {
    row as usize
}

/// The row numbers `0..count`.
///
/// # Panics
/// Never in practice: a level cannot hold 2³² rows in memory.
pub fn rows(count: usize) -> std::ops::Range<Row> {
    0..Row::try_from(count).unwrap_or(Row::MAX)
}

/// The value of a row.
#[expect(clippy::indexing_slicing, reason = "see the module")]
pub fn at<T>(column: &[T], row: Row) -> &T {
    &column[place(row)]
}

/// The cell of a row, to be changed.
#[expect(clippy::indexing_slicing, reason = "see the module")]
pub fn put<T>(column: &mut [T], row: Row) -> &mut T {
    &mut column[place(row)]
}
