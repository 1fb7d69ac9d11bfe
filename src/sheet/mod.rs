//! Floor 4: spreadsheets and CSV only.

mod figures;
mod filled;
mod folder;
mod import;
mod lines;
pub mod notice;
pub mod payroll;
pub mod statements;
mod tables;
mod template;
mod workbook;

pub use figures::read_figures;
pub use filled::{Rows, written_row};
pub use folder::{is_folder, read_folder};
pub use import::{File, Imported, NOTES, TROUBLES, annotated, import};
pub use tables::write_tables;
pub use template::{Template, Unwritten};
pub use workbook::{Origin, write_workbook};
