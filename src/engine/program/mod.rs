//! Formulas as flat programs over batches of 64-bit integers.
//!
//! A program says only what cannot go wrong: it is made of columns of integers without blanks, and the first value that
//! does not fit 64 bits, or the first key that a table does not have, ends it without a result. Then the formula is
//! evaluated column by column ([`State::value`]), on rationals where it must be, which also knows what to refuse and why.
//! So there is one meaning and two speeds.

mod compile;
mod operation;
mod table;
mod term;

use super::frame::Frame;
use super::state::State;
use super::vector::Vector;
use crate::exact::{Row, defect, place};
use crate::plan::document::Rounding;
use crate::plan::{Expr, ExprKind};
use compile::Compiler;
use operation::{Batch, Operand, Operation};
use table::{Direct, Slot};
use term::Kind;

/// So many rows at a time: some registers of them fit the innermost cache.
const BATCH: usize = 1_024;

/// A formula made ready for the columns at hand.
struct Program<'s> {
    operations: Vec<Operation<'s>>,
    registers: usize,
    columns: Vec<&'s Vector>,
    tables: Vec<Direct>,
    result: Operand,
    kind: Kind,
}

impl<'a> State<'a> {
    /// The value of a formula, rounded where that is asked, by a program on integers. None where there is no program for
    /// it, or where it has no value that fits: then nothing has happened.
    pub fn by_program(&self, frame: &Frame<'_>, expr: &Expr, rounding: Option<&Rounding>) -> Option<Vector> {
        // A column or a constant as it stands needs none.
        let is_simple = rounding.is_none()
            && matches!(
                expr.kind,
                ExprKind::Number(_) | ExprKind::Flag(_) | ExprKind::Choice(_) | ExprKind::Column(_) | ExprKind::Left(_)
            );
        if self.plainly || is_simple {
            return None;
        }
        let program = Compiler::new(self, frame).program(expr, rounding)?;
        let (values, seen) = program.run(frame)?;
        for (table, seen) in program.tables.iter().zip(&seen) {
            table.note(self, seen)?;
        }
        self.note_program();
        Some(program.kind.vector(values))
    }
}

impl Program<'_> {
    /// The values position by position, and which entries of each table were seen.
    fn run(&self, frame: &Frame<'_>) -> Option<(Vec<i64>, Vec<Vec<Slot>>)> {
        let count = frame.len();
        let mut values = Vec::with_capacity(count);
        let mut registers = vec![vec![0_i64; BATCH.min(count)]; self.registers];
        let mut seen: Vec<Vec<Slot>> = self.tables.iter().map(Direct::unseen).collect();
        for start in (0..count).step_by(BATCH) {
            let batch = Batch { frame, columns: &self.columns, start, end: count.min(start + BATCH) };
            for operation in &self.operations {
                let mut out = std::mem::take(registers.get_mut(operation.to)?);
                let fits = batch.apply(operation, &registers, &mut seen, out.get_mut(..batch.len())?);
                *registers.get_mut(operation.to)? = out;
                if !fits {
                    return None;
                }
            }
            match batch.side(self.result, &registers) {
                operation::Side::Each(each) => values.extend_from_slice(each),
                operation::Side::Same(same) => values.extend(std::iter::repeat_n(same, batch.len())),
            }
        }
        Some((values, seen))
    }
}

/// Some rows of a column, or of the rows that lead to it.
fn piece<T>(column: &[T], start: usize, end: usize) -> &[T] {
    column.get(start..end).unwrap_or_else(|| defect("a column shorter than its level"))
}

/// The places that a list of rows names.
fn cell<T: Copy>(column: &[T], row: Row) -> T {
    column.get(place(row)).copied().unwrap_or_else(|| defect("a row that its level does not have"))
}
