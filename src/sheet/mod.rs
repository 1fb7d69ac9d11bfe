//! Floor 4: spreadsheets and CSV only.

mod figures;
mod folder;
mod import;
mod lines;
pub mod notice;
pub mod payroll;
pub mod statements;
mod tables;
mod template;

pub use figures::read_figures;
pub use folder::{is_folder, read_folder};
pub use import::{FINDINGS, File, Imported, import};
pub use tables::write_tables;
pub use template::{Template, Unwritten};
