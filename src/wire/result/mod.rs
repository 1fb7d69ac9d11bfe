//! Results as JSON, in one shape for the command line and HTTP: all values strings, blanks absent, levels and steps as in
//! the plan, rows by id. What is large (rows, lines) is streamed; the same writer gives the canonical form that is hashed.

use std::io::{self, Write};

mod fingerprint;
mod rows;
mod warnings;

pub use fingerprint::{DataRows, data_sha256};
pub use rows::LevelRows;
pub use warnings::warning_word;

use super::canonical::{Order, fingerprint, write};
use super::json::Json;
use super::json::{object, text};
use crate::engine::{Balance, Book, Outcome, Values, Vector};
use crate::exact::{Fen, Row, at, fen_text, put_fen, rows};
use crate::plan::{ColumnKind, Plan};

/// The engine's name and version, as results name it.
pub const ENGINE: &str = concat!("fenpei/", env!("CARGO_PKG_VERSION"));

/// A result with its fingerprints.
pub struct Report<'o, 'a> {
    outcome: &'o Outcome<'a>,
    /// SHA-256 of the plan's canonical JSON.
    pub plan_sha256: String,
    /// SHA-256 of the data's canonical JSON: rows by id, facts as read, defaults filled in.
    pub data_sha256: String,
    /// SHA-256 of the result's canonical JSON without `engine` and `result_sha256`.
    pub result_sha256: String,
    exact: bool,
}

impl<'o, 'a> Report<'o, 'a> {
    /// Fingerprints a result. `exact`: numbers beyond 12 places are shown as `n/d`.
    pub fn new(outcome: &'o Outcome<'a>, plan_sha256: String, exact: bool) -> Report<'o, 'a> {
        let data_sha256 = data_sha256(outcome.plan, outcome.data);
        let result_sha256 = String::new();
        let mut report = Report { outcome, plan_sha256, data_sha256, result_sha256, exact: false };
        report.result_sha256 = fingerprint(|out| report.write_parts(out, Order::Canonical, None));
        Report { exact, ..report }
    }

    /// Writes the whole result.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        self.write_parts(out, Order::Given, Some(&self.result_sha256))
    }

    /// Everything but rows and lines: what `result.json` beside CSV files holds.
    pub fn summary(&self) -> Json<'static> {
        object([
            ("balance", self.balance()),
            ("checks", self.checks()),
            ("vetoes", self.vetoes()),
            ("warnings", self.warnings()),
            ("columns", self.columns()),
            ("plan_sha256", text(&self.plan_sha256)),
            ("data_sha256", text(&self.data_sha256)),
            ("result_sha256", text(&self.result_sha256)),
            ("engine", text(ENGINE)),
        ])
    }

    /// The parts of a result; without a fingerprint those that are hashed.
    fn write_parts(&self, out: &mut dyn Write, order: Order, sha256: Option<&str>) -> io::Result<()> {
        type Part<'p> = (&'static str, Box<dyn Fn(&mut dyn Write) -> io::Result<()> + 'p>);
        let json = |json: Json<'static>| move |out: &mut dyn Write| write(out, &json, order);
        let mut parts: Vec<Part<'_>> = vec![
            ("rows", Box::new(|out: &mut dyn Write| self.write_rows(out, order))),
            ("lines", Box::new(|out: &mut dyn Write| self.write_lines(out, order))),
            ("funds", Box::new(json(self.funds()))),
            ("balance", Box::new(json(self.balance()))),
            ("checks", Box::new(json(self.checks()))),
            ("vetoes", Box::new(json(self.vetoes()))),
            ("warnings", Box::new(json(self.warnings()))),
            ("columns", Box::new(json(self.columns()))),
            ("plan_sha256", Box::new(json(text(&self.plan_sha256)))),
            ("data_sha256", Box::new(json(text(&self.data_sha256)))),
        ];
        if let Some(sha256) = sha256 {
            parts.push(("result_sha256", Box::new(json(text(sha256)))));
            parts.push(("engine", Box::new(json(text(ENGINE)))));
        }
        if order == Order::Canonical {
            parts.sort_by_key(|(name, _)| *name);
        }
        let mut before = "{";
        for (name, part) in &parts {
            write!(out, "{before}\"{name}\":")?;
            part(out)?;
            before = ",";
        }
        out.write_all(b"}")
    }

    fn plan(&self) -> &Plan {
        self.outcome.plan
    }

    fn ids(&self, level: usize, rows: impl IntoIterator<Item = Row>) -> Json<'static> {
        Json::List(rows.into_iter().map(|row| text(self.outcome.data.id(level, row))).collect())
    }

    /// Appends a value as shown; nothing where it is blank.
    pub fn put(&self, out: &mut Vec<u8>, kind: &ColumnKind, vector: &Vector, row: Row) {
        put_shown(out, self.plan(), kind, vector, row, self.exact);
    }

    /// The rows of all funds.
    pub fn funds(&self) -> Json<'static> {
        let books = self.outcome.funds.books.iter();
        Json::List(books.flat_map(|book| rows(book.value.len()).map(|row| self.fund(book, row))).collect())
    }

    fn fund(&self, book: &Book, row: Row) -> Json<'static> {
        let amounts = |amounts: Vec<(String, Fen)>| {
            let listed = amounts.into_iter().filter(|(_, amount)| *amount != 0);
            Json::Object(listed.map(|(name, amount)| (name.into(), text(&fen_text(amount)))).collect())
        };
        let drawn = book.drawn.iter().filter_map(|(step, drawn)| {
            let step = self.plan().document.steps.get(*step)?;
            Some((format!("{}.{}", step.level, step.heading.name), *at(drawn, row)))
        });
        let withheld = book.withheld.iter().map(|(to, withheld)| (to.clone(), *at(withheld, row)));
        object([
            ("fund", text(&self.plan().column_name(book.fund.level, book.fund.column))),
            ("row", text(self.outcome.data.id(book.fund.level, row))),
            ("value", text(&fen_text(*at(&book.value, row)))),
            ("drawn", amounts(drawn.collect())),
            ("withheld", amounts(withheld.collect())),
            ("left", text(&fen_text(*at(&book.left, row)))),
        ])
    }

    fn balance(&self) -> Json<'static> {
        balance(&self.outcome.balance)
    }

    fn checks(&self) -> Json<'static> {
        let check = |check: &crate::engine::CheckOutcome| {
            object([
                ("level", text(self.plan().level_name(check.level))),
                ("name", text(self.plan().step_name(check.step))),
                ("severity", text(if check.warning { "warning" } else { "error" })),
                ("failed", self.ids(check.level, check.failed.iter().copied())),
            ])
        };
        Json::List(self.outcome.checks.iter().map(check).collect())
    }

    fn vetoes(&self) -> Json<'static> {
        let veto = |veto: &crate::engine::VetoOutcome| {
            let level = self.plan().steps.get(veto.step).map_or(0, |step| step.level);
            object([
                ("veto", text(self.plan().step_name(veto.step))),
                ("level", text(self.plan().level_name(level))),
                ("rows", self.ids(level, veto.acted.iter().copied())),
            ])
        };
        Json::List(self.outcome.vetoes.iter().map(veto).collect())
    }

    /// What the values of rows are: the steps' columns in their order.
    fn columns(&self) -> Json<'static> {
        let columns = self.plan().steps.iter().zip(&self.plan().document.steps).filter_map(|(step, written)| {
            let column = self.plan().column(step.level, step.column?)?;
            let mut entries = vec![
                ("level", text(&written.level)),
                ("name", text(&written.heading.name)),
                ("label", text(written.heading.label())),
                ("kind", text(written.action.word())),
                ("type", text(column.kind.word())),
            ];
            entries.extend(written.heading.clause.as_ref().map(|clause| ("clause", text(clause))));
            Some(object(entries))
        });
        Json::List(columns.collect())
    }
}

/// The balance of the whole.
pub fn balance(balance: &Balance) -> Json<'static> {
    let fen = |fen: Fen| text(&fen_text(fen));
    object([
        ("sources", fen(balance.sources)),
        ("paid", fen(balance.paid)),
        ("assigned", fen(balance.assigned)),
        ("withheld", fen(balance.withheld)),
        ("left", fen(balance.left)),
        ("unfunded", fen(balance.unfunded)),
        ("payee_total", fen(balance.payee_total)),
        ("balanced", Json::Flag(balance.is_balanced())),
    ])
}

/// A value as shown (`plan-language.md` §8); none where it is blank.
pub fn shown(plan: &Plan, kind: &ColumnKind, vector: &Vector, row: Row, exact: bool) -> Option<String> {
    if vector.is_blank(row) {
        return None;
    }
    let mut text = Vec::new();
    put_shown(&mut text, plan, kind, vector, row, exact);
    String::from_utf8(text).ok()
}

/// Appends a value as shown; nothing where it is blank.
pub fn put_shown(out: &mut Vec<u8>, plan: &Plan, kind: &ColumnKind, vector: &Vector, row: Row, exact: bool) {
    if vector.is_blank(row) {
        return;
    }
    match (&vector.values, kind) {
        (Values::Numbers(numbers), ColumnKind::Money) => put_fen(out, numbers.fen(row)),
        (Values::Numbers(numbers), _) if exact => out.extend_from_slice(numbers.get(row).exact_text().as_bytes()),
        (Values::Numbers(numbers), _) => numbers.put(out, row),
        (Values::Flags(flags), _) => out.extend_from_slice(if *at(flags, row) { b"true" } else { b"false" }),
        (Values::Codes(codes), _) => out.extend_from_slice(plan.texts.text(*at(codes, row)).as_bytes()),
        (Values::Dates(dates), _) => out.extend_from_slice(at(dates, row).to_string().as_bytes()),
    }
}

/// The places of names in their order.
fn ordered(names: &[&str], order: Order) -> Vec<usize> {
    let mut places: Vec<usize> = (0..names.len()).collect();
    if order == Order::Canonical {
        places.sort_by_key(|place| names.get(*place).map(|name| name.encode_utf16().collect::<Vec<u16>>()));
    }
    places
}
