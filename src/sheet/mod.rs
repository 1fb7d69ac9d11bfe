//! Floor 4: spreadsheets and CSV only.

mod figures;
mod folder;
pub mod payroll;
mod tables;

pub use figures::read_figures;
pub use folder::{is_folder, read_folder};
pub use tables::write_tables;
