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
/// Where a level has 2³² rows, which no memory holds.
pub fn rows(count: usize) -> std::ops::Range<Row> {
    match Row::try_from(count) {
        Ok(count) => 0..count,
        Err(_) => defect("a level of 2³² rows"),
    }
}

/// Stops where the program itself is wrong: going on would pay wrong money.
///
/// # Panics
/// Always. Over HTTP the request ends with 500; nothing else is touched.
#[cold]
#[expect(clippy::panic, reason = "see the module")]
pub fn defect(what: &str) -> ! {
    panic!("defect of the program: {what}")
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
