//! Floor 2: a plan and data give a result. Pure: the same input gives the same result, in any order of rows.
//!
//! Data and steps are columns; a step is computed for all rows of its level before the next begins.

mod aggregate;
mod calculated;
mod calculation;
mod comparison;
mod data;
mod edit;
mod evaluate;
pub mod explain;
mod formula;
mod frame;
mod funds;
mod numbers;
mod outcome;
mod plain_cells;
mod program;
mod rank;
pub mod reconciliation;
mod reduce;
mod references;
mod scaled;
pub mod seek;
mod share;
mod share_narrow;
pub mod simulation;
mod state;
mod supposed;
mod tables;
mod vector;

pub use calculated::Calculated;
pub use calculation::{CheckOutcome, VetoOutcome};
pub use comparison::{Amounts, Cause, Compared, Comparison, Counts, Moved, Page};
pub use data::{Data, DataBuilder, FactColumn, RowInput, Rows};
pub use funds::{Book, Funds};
pub use numbers::Numbers;
pub use outcome::{Balance, Line, Outcome, Warning, calculate, calculate_supposing, calculate_watched};
pub use plain_cells::Places;
pub use share::Shared;
pub use supposed::Supposed;
pub use vector::{Values, Vector};
