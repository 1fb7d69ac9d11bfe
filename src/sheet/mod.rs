//! Floor 4: spreadsheets and CSV only.

mod folder;
mod tables;

pub use folder::{is_folder, read_folder};
pub use tables::write_tables;
