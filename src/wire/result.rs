//! Results as JSON, in one shape for the command line and HTTP: all values strings, blanks absent, levels and steps as in
//! the plan, rows by id. What is large (rows, lines) is streamed; the same writer gives the canonical form that is hashed.

use std::io::{self, Write};

use super::canonical::{Order, fingerprint, write, write_text};
use super::json::Json;
use super::refusal::{number, object, text};
use crate::engine::{Book, Data, FactColumn, Notice, Outcome, Values, Vector};
use crate::exact::{Fen, Row, at, fen_text, place, rows};
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

    fn level_name(&self, level: usize) -> &str {
        self.plan().levels.get(level).map_or("", |level| &level.name)
    }

    fn step_name(&self, step: usize) -> &str {
        self.plan().document.steps.get(step).map_or("", |step| &step.heading.name)
    }

    fn id(&self, level: usize, row: Row) -> &str {
        self.outcome.data.levels.get(level).and_then(|rows| rows.ids.get(place(row))).map_or("", String::as_str)
    }

    fn ids(&self, level: usize, rows: impl IntoIterator<Item = Row>) -> Json<'static> {
        Json::List(rows.into_iter().map(|row| text(self.id(level, row))).collect())
    }

    fn write_rows(&self, out: &mut dyn Write, order: Order) -> io::Result<()> {
        let names: Vec<&str> = self.plan().levels.iter().map(|level| level.name.as_str()).collect();
        let mut before = "{";
        for level in ordered(&names, order) {
            out.write_all(before.as_bytes())?;
            write_text(out, names.get(level).copied().unwrap_or_default())?;
            out.write_all(b":[")?;
            self.write_level(out, level, order)?;
            out.write_all(b"]")?;
            before = ",";
        }
        out.write_all(if names.is_empty() { b"{}" } else { b"}" })
    }

    fn write_level(&self, out: &mut dyn Write, level: usize, order: Order) -> io::Result<()> {
        let (Some(known), Some(data)) = (self.plan().levels.get(level), self.outcome.data.levels.get(level)) else {
            return Ok(());
        };
        let vectors = self.outcome.columns.get(level).map_or(&[][..], Vec::as_slice);
        let steps: Vec<_> = known.columns.iter().zip(vectors).skip(known.facts).collect();
        let names: Vec<&str> = steps.iter().map(|(column, _)| column.name.as_str()).collect();
        let columns: Vec<_> = ordered(&names, order).into_iter().filter_map(|index| steps.get(index)).collect();
        let totals = self.outcome.totals.as_ref().filter(|_| self.plan().payee == Some(level));
        for row in rows(data.len()) {
            out.write_all(if row == 0 { b"{\"id\":" } else { b",{\"id\":" })?;
            write_text(out, at(&data.ids, row).as_str())?;
            if let Some(name) = at(&data.names, row) {
                out.write_all(b",\"name\":")?;
                write_text(out, name)?;
            }
            let total = totals.map(|totals| fen_text(*at(totals, row)));
            if let Some(total) = total.as_ref().filter(|_| order == Order::Canonical) {
                write!(out, ",\"total\":\"{total}\"")?;
            }
            out.write_all(b",\"values\":{")?;
            let mut before: &[u8] = b"";
            for (column, vector) in &columns {
                if let Some(value) = self.value(&column.kind, vector, row) {
                    out.write_all(before)?;
                    write_text(out, &column.name)?;
                    out.write_all(b":")?;
                    write_text(out, &value)?;
                    before = b",";
                }
            }
            out.write_all(b"}")?;
            if let Some(total) = total.filter(|_| order == Order::Given) {
                write!(out, ",\"total\":\"{total}\"")?;
            }
            out.write_all(b"}")?;
        }
        Ok(())
    }

    /// A value as shown; none where it is blank.
    pub fn value(&self, kind: &ColumnKind, vector: &Vector, row: Row) -> Option<String> {
        shown(self.plan(), kind, vector, row, self.exact)
    }

    fn write_lines(&self, out: &mut dyn Write, order: Order) -> io::Result<()> {
        out.write_all(b"[")?;
        for (index, line) in self.outcome.lines.iter().enumerate() {
            if index > 0 {
                out.write_all(b",")?;
            }
            let (Some(step), Some(payee)) = (self.plan().document.steps.get(line.step), self.plan().payee) else {
                continue;
            };
            let (Some(pay), Some(checked)) = (step.action.pay(), self.plan().steps.get(line.step)) else { continue };
            let mut entries = vec![
                ("payee", text(self.id(payee, line.payee))),
                ("step", text(&format!("{}.{}", step.level, step.heading.name))),
                ("row", text(self.id(checked.level, line.row))),
                ("item", text(&pay.item)),
            ];
            entries.extend(pay.category.as_ref().map(|category| ("category", text(category))));
            entries.extend(pay.payroll_code.as_ref().map(|code| ("payroll_code", text(code))));
            entries.push(("amount", text(&fen_text(line.amount))));
            write(out, &object(entries), order)?;
        }
        out.write_all(b"]")
    }

    fn funds(&self) -> Json<'static> {
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
            ("row", text(self.id(book.fund.level, row))),
            ("value", text(&fen_text(*at(&book.value, row)))),
            ("drawn", amounts(drawn.collect())),
            ("withheld", amounts(withheld.collect())),
            ("left", text(&fen_text(*at(&book.left, row)))),
        ])
    }

    fn balance(&self) -> Json<'static> {
        let balance = &self.outcome.balance;
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

    fn checks(&self) -> Json<'static> {
        let check = |check: &crate::engine::CheckRun| {
            object([
                ("level", text(self.level_name(check.level))),
                ("name", text(self.step_name(check.step))),
                ("severity", text(if check.warning { "warning" } else { "error" })),
                ("failed", self.ids(check.level, check.failed.iter().copied())),
            ])
        };
        Json::List(self.outcome.checks.iter().map(check).collect())
    }

    fn vetoes(&self) -> Json<'static> {
        let veto = |veto: &crate::engine::VetoRun| {
            let level = self.plan().steps.get(veto.step).map_or(0, |step| step.level);
            object([
                ("veto", text(self.step_name(veto.step))),
                ("level", text(self.level_name(level))),
                ("rows", self.ids(level, veto.acted.iter().copied())),
            ])
        };
        Json::List(self.outcome.vetoes.iter().map(veto).collect())
    }

    fn warnings(&self) -> Json<'static> {
        Json::List(self.outcome.warnings.iter().map(|notice| self.warning(notice)).collect())
    }

    /// A warning as JSON.
    fn warning(&self, notice: &Notice) -> Json<'static> {
        let level_of = |step: &usize| self.plan().steps.get(*step).map_or(0, |step| step.level);
        let code = ("code", text(warning_word(notice)));
        match notice {
            Notice::UnusedVeto { step } => object([
                code,
                ("level", text(self.level_name(level_of(step)))),
                ("veto", text(self.step_name(*step))),
            ]),
            Notice::ShareNotAbsorbed { step, level, row } => object([
                code,
                ("level", text(self.level_name(*level))),
                ("row", text(self.id(*level, *row))),
                ("step", text(self.step_name(*step))),
            ]),
            Notice::TieBrokenById { step, level, rows } => object([
                code,
                ("level", text(self.level_name(*level))),
                ("step", text(self.step_name(*step))),
                ("rows", self.ids(*level, rows.iter().copied())),
            ]),
            Notice::NoLine { row } => {
                let payee = self.plan().payee.unwrap_or_default();
                object([code, ("level", text(self.level_name(payee))), ("row", text(self.id(payee, *row)))])
            }
            Notice::UnusedFact { level, column } => {
                let fact = self.plan().column(*level, *column).map_or("", |column| &column.name);
                object([code, ("level", text(self.level_name(*level))), ("fact", text(fact))])
            }
            Notice::UnusedTableRow { table, row } => {
                let name = self.plan().document.tables.get(*table).map_or("", |table| &table.heading.name);
                object([code, ("table", text(name)), ("row", number(row + 1))])
            }
        }
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

/// The stable word of a warning.
pub fn warning_word(notice: &Notice) -> &'static str {
    match notice {
        Notice::UnusedVeto { .. } | Notice::UnusedTableRow { .. } => "unused_row",
        Notice::ShareNotAbsorbed { .. } => "share_not_absorbed",
        Notice::TieBrokenById { .. } => "tie_broken_by_id",
        Notice::NoLine { .. } => "no_line",
        Notice::UnusedFact { .. } => "unused_fact",
    }
}

/// A value as shown (`plan-language.md` §8); none where it is blank.
pub fn shown(plan: &Plan, kind: &ColumnKind, vector: &Vector, row: Row, exact: bool) -> Option<String> {
    if vector.is_blank(row) {
        return None;
    }
    Some(match (&vector.values, kind) {
        (Values::Numbers(numbers), ColumnKind::Money) => fen_text(numbers.fen(row)),
        (Values::Numbers(numbers), _) if exact => numbers.get(row).exact_text(),
        (Values::Numbers(numbers), _) => numbers.get(row).text(),
        (Values::Flags(flags), _) => at(flags, row).to_string(),
        (Values::Codes(codes), _) => plan.texts.text(*at(codes, row)).to_owned(),
        (Values::Dates(dates), _) => at(dates, row).to_string(),
    })
}

/// The places of names in their order.
fn ordered(names: &[&str], order: Order) -> Vec<usize> {
    let mut places: Vec<usize> = (0..names.len()).collect();
    if order == Order::Canonical {
        places.sort_by_key(|place| names.get(*place).map(|name| name.encode_utf16().collect::<Vec<u16>>()));
    }
    places
}

/// The fingerprint of data as a plan reads them: levels with rows, rows by id, defaults filled in, blanks absent,
/// decimals without trailing zeros. So JSON and CSV, and rows in any order, of the same data have one fingerprint.
pub fn data_sha256(plan: &Plan, data: &Data) -> String {
    fingerprint(|out| {
        let names: Vec<&str> = plan.levels.iter().map(|level| level.name.as_str()).collect();
        let mut before = "{";
        for level in ordered(&names, Order::Canonical) {
            if data.levels.get(level).is_none_or(|rows| rows.is_empty()) {
                continue;
            }
            out.write_all(before.as_bytes())?;
            write_text(out, names.get(level).copied().unwrap_or_default())?;
            write_data_level(out, plan, data, level)?;
            before = ",";
        }
        out.write_all(if before == "{" { b"{}" } else { b"}" })
    })
}

fn write_data_level(out: &mut dyn Write, plan: &Plan, data: &Data, level: usize) -> io::Result<()> {
    let (Some(known), Some(own)) = (plan.levels.get(level), data.levels.get(level)) else { return Ok(()) };
    let above = known.parent.and_then(|parent| Some((data.levels.get(parent)?, own.ancestors.get(1)?)));
    let names: Vec<&str> = known.columns.iter().take(known.facts).map(|fact| fact.name.as_str()).collect();
    let order = ordered(&names, Order::Canonical);
    let mut before = ":[";
    for row in rows(own.len()) {
        out.write_all(before.as_bytes())?;
        out.write_all(b"{\"facts\":{")?;
        let mut comma: &[u8] = b"";
        for column in &order {
            let (Some(fact), Some(values)) = (known.columns.get(*column), own.facts.get(*column)) else { continue };
            if let Some(value) = fact_value(plan, data, &fact.kind, values, row) {
                out.write_all(comma)?;
                write_text(out, &fact.name)?;
                out.write_all(b":")?;
                write(out, &value, Order::Canonical)?;
                comma = b",";
            }
        }
        out.write_all(b"},\"id\":")?;
        write_text(out, at(&own.ids, row).as_str())?;
        if let Some(name) = at(&own.names, row) {
            out.write_all(b",\"name\":")?;
            write_text(out, name)?;
        }
        if let Some((above, parents)) = above {
            out.write_all(b",\"parent\":")?;
            write_text(out, at(&above.ids, *at(parents, row)).as_str())?;
        }
        out.write_all(b"}")?;
        before = ",";
    }
    out.write_all(b"]")
}

fn fact_value<'d>(plan: &Plan, data: &'d Data, kind: &ColumnKind, values: &'d FactColumn, row: Row) -> Option<Json<'d>> {
    match (values, kind) {
        (FactColumn::Texts(texts), _) => at(texts, row).as_ref().map(|text| Json::Text(text.as_str().into())),
        (FactColumn::Values(vector), _) if vector.is_blank(row) => None,
        (FactColumn::Values(vector), ColumnKind::Row(target)) => {
            let target = data.levels.get(*target)?;
            Some(Json::Text(at(&target.ids, *at(vector.codes(), row)).as_str().into()))
        }
        (FactColumn::Values(Vector { values: Values::Flags(flags), .. }), _) => Some(Json::Flag(*at(flags, row))),
        (FactColumn::Values(vector), kind) => shown(plan, kind, vector, row, false).map(|value| Json::Text(value.into())),
    }
}
