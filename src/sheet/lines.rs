//! The lines of a table on which its records begin. The reader's own count is that of the line end before a record, also
//! where blank lines follow it, and falls behind by one where lines end as Windows ends them.

use csv::StringRecord;

/// Counts lines as records are read.
pub(super) struct Lines<'t> {
    table: &'t [u8],
    /// Up to which byte lines are counted, and the line that stands there, from 1.
    at: usize,
    line: u64,
}

impl<'t> Lines<'t> {
    pub(super) fn of(table: &'t [u8]) -> Lines<'t> {
        Lines { table, at: 0, line: 1 }
    }

    /// The line on which a record begins, which comes after those that were asked for before.
    pub(super) fn line(&mut self, record: &StringRecord) -> u64 {
        let end_before = record.position().and_then(|position| usize::try_from(position.byte()).ok());
        let begins = end_before.unwrap_or(self.at).max(self.at);
        let rest = self.table.get(begins..).unwrap_or_default().iter();
        let begins = begins + rest.take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let passed = self.table.get(self.at..begins).unwrap_or_default().iter().filter(|byte| **byte == b'\n').count();
        self.at = begins;
        self.line = self.line.saturating_add(u64::try_from(passed).unwrap_or(u64::MAX));
        self.line
    }
}
