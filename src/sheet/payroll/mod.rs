//! What is handed over to a payroll system: the lines of a run in the columns of a [profile](Profile), and at the end what they
//! come to.

mod json_lines;
mod profile;
mod rows;
mod separated;
mod workbook;

pub use json_lines::{control_line, json_lines};
pub use profile::{Column, Content, ENCODINGS, Encoding, LAYOUTS, Layout, Profile};
pub use rows::{Cell, Control, Item, Line, Payroll, Person};
pub use separated::{Unencodable, csv, encodes};
pub use workbook::{Book, Unwritten};
pub(super) use workbook::{begun, saved, scale, write_money};
