//! Formulas (`plan-language.md` §4): text → tokens → syntax tree → typed expression.

mod ast;
mod functions;
mod lexer;
mod parser;
mod typed;
mod types;

pub use ast::Comparison;
pub use lexer::{is_name, name_at};
pub use parser::parse;
pub use typed::{Aggregate, AggregateFunction, ColumnRef, DatePart, Expr, ExprKind, Reach, RowsOf, Span};
pub use types::{FormulaError, Scope, Type, Typer};

/// The most code points of a formula.
pub const MOST_CHARACTERS: usize = 4_000;
/// The most open parentheses and unary minus signs.
pub const MOST_DEPTH: usize = 64;
