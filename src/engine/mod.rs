//! Floor 2: a plan and data give a result. Pure: the same input gives the same result, in any order of rows.
//!
//! Data and steps are columns; a step is computed for all rows of its level before the next begins.

mod aggregate;
mod data;
mod evaluate;
pub mod explain;
mod formula;
mod frame;
mod funds;
mod numbers;
mod outcome;
mod rank;
mod reduce;
mod run;
mod scaled;
mod share;
mod state;
mod tables;
mod vector;

pub use data::{Data, DataBuilder, FactColumn, RowInput, Rows};
pub use funds::{Book, Funds};
pub use numbers::Numbers;
pub use outcome::{Balance, Line, Outcome, Warning, calculate, calculate_watched};
pub use run::{CheckRun, VetoRun};
pub use vector::{Values, Vector};
