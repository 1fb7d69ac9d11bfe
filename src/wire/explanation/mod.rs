//! Explanations as JSON, as sentences and as a page. One recursive node type; every sentence is made in this folder.

mod adjusted;
mod capital;
mod facts;
mod html;
mod infix;
mod page;
mod sentence;
mod shares;
mod statement;
mod without;

pub use adjusted::{Change, Changes};
pub use capital::capital;
pub use html::{HTML_END, Source, escaped};
pub use page::{Page, Section};

use super::json::Json;
use super::json::{object, text};
use crate::engine::Outcome;
use crate::engine::explain::{Kind, Node, Role, Scalar};
use crate::exact::{Number, Row, at, fen_text};
use crate::plan::Language;
use crate::plan::document::Heading;

/// Tells explanations of one outcome in one language.
#[derive(Clone, Copy)]
pub struct Teller<'o, 'a> {
    outcome: &'o Outcome<'a>,
    language: Language,
}

/// The longest text of an exact fraction that a sentence bears.
const LONGEST_FRACTION: usize = 40;

impl<'o, 'a> Teller<'o, 'a> {
    /// Tells nothing yet.
    pub fn new(outcome: &'o Outcome<'a>, language: Language) -> Teller<'o, 'a> {
        Teller { outcome, language }
    }

    /// The node as JSON: `{kind, role?, name?, label?, clause?, level?, row?, text, value?, exact?, …, operands}`.
    pub fn json(&self, node: &Node) -> Json<'static> {
        let mut entries = vec![("kind", text(self.kind(node)))];
        if node.role != Role::Operand {
            entries.push(("role", text(role(node.role))));
        }
        if let Some(heading) = self.heading(node) {
            entries.push(("name", text(&heading.name)));
            entries.push(("label", text(heading.label())));
            entries.extend(heading.clause.as_ref().map(|clause| ("clause", text(clause))));
        }
        if let Some((level, row)) = node.at {
            entries.push(("level", text(self.outcome.plan.level_name(level))));
            entries.push(("row", text(self.outcome.data.id(level, row))));
            entries.extend(self.row_name(level, row).map(|name| ("row_name", text(name))));
        }
        entries.push(("text", text(&self.sentence(node))));
        if let Some(value) = &node.value {
            let shown = self.plain(value, node.money);
            if let Scalar::Number(number) = value {
                let exact = number.exact_text();
                entries.extend((!node.money && exact != shown).then(|| ("exact", text(&exact))));
            }
            entries.push(("value", text(&shown)));
        }
        if node.truncated {
            entries.push(("truncated", Json::Flag(true)));
        }
        entries.extend(self.facts(node));
        entries.extend(node.without.as_ref().map(|without| ("without_veto", self.without_veto(without))));
        entries.push(("operands", Json::List(node.operands.iter().map(|operand| self.json(operand)).collect())));
        object(entries)
    }

    fn say(&self, zh: &'static str, en: &'static str) -> &'static str {
        match self.language {
            Language::Chinese => zh,
            Language::English => en,
        }
    }

    fn step(&self, step: usize) -> Option<&'o Heading> {
        self.outcome.plan.document.steps.get(step).map(|step| &step.heading)
    }

    fn table(&self, table: usize) -> Option<&'o Heading> {
        self.outcome.plan.document.tables.get(table).map(|table| &table.heading)
    }

    /// The plan's element that a column is.
    fn column(&self, level: usize, column: usize) -> Option<&'o Heading> {
        match self.outcome.plan.column(level, column)?.step {
            Some(step) => self.step(step),
            None => self.outcome.plan.fact(level, column).map(|fact| &fact.heading),
        }
    }

    /// The plan's element that a node rests on.
    fn heading(&self, node: &Node) -> Option<&'o Heading> {
        match &node.kind {
            Kind::Fact(column) => self.column(node.at?.0, *column),
            Kind::Cut(step)
            | Kind::Formula(step)
            | Kind::Skipped(step)
            | Kind::Share(step, _)
            | Kind::Rank(step, _)
            | Kind::Collect(step)
            | Kind::Veto(step)
            | Kind::Check(step)
            | Kind::Forgo(step)
            | Kind::Withhold(step, _)
            | Kind::Drawn(step) => self.step(*step),
            Kind::Constant(constant) => {
                self.outcome.plan.document.constants.get(*constant).map(|constant| &constant.heading)
            }
            Kind::Draw(level, column, _)
            | Kind::NoRow(level, column)
            | Kind::Left(level, column)
            | Kind::Collected(level, column) => self.column(*level, *column),
            Kind::Lookup(matched) | Kind::Band(matched) => self.table(matched.table),
            Kind::Marginal(table) => self.table(*table),
            _ => None,
        }
    }

    fn label(&self, node: &Node) -> &'o str {
        self.heading(node).map_or("", Heading::label)
    }

    /// The label inside a formula, where remarks in parentheses would be in the way; in quotes where it holds signs that
    /// would be taken for the formula's.
    fn short(&self, node: &Node) -> String {
        let label = self.label(node);
        let short =
            label.split(['（', '(']).next().map(str::trim_end).filter(|short| !short.is_empty()).unwrap_or(label);
        if short.contains(['×', '÷', '+', '−', '=', '*', '/', '，', ',']) {
            format!("“{short}”")
        } else {
            short.to_owned()
        }
    }

    fn level_label(&self, level: usize) -> &'o str {
        self.outcome.plan.document.levels.get(level).map_or("", |level| level.heading.label())
    }

    fn row_name(&self, level: usize, row: Row) -> Option<&'o str> {
        self.outcome.data.levels.get(level).and_then(|rows| at(&rows.names, row).as_deref())
    }

    /// A row for people: its name, or its id where it has none.
    fn named(&self, level: usize, row: Row) -> &'o str {
        self.row_name(level, row).unwrap_or_else(|| self.outcome.data.id(level, row))
    }

    /// A value as results show it.
    fn plain(&self, value: &Scalar, money: bool) -> String {
        match value {
            Scalar::Number(number) if money => number.fen().map_or_else(|| number.exact_text(), fen_text),
            Scalar::Number(number) => number.text(),
            Scalar::Flag(flag) => if *flag { "true" } else { "false" }.to_owned(),
            Scalar::Text(code) => self.outcome.plan.texts.text(*code).to_owned(),
            Scalar::Date(date) => date.to_string(),
            Scalar::Row(level, row) => self.outcome.data.id(*level, *row).to_owned(),
        }
    }

    /// A value in a sentence.
    fn value(&self, value: Option<&Scalar>, money: bool) -> String {
        match value {
            None => self.say("空", "blank").to_owned(),
            Some(Scalar::Flag(flag)) => if *flag { self.say("是", "yes") } else { self.say("否", "no") }.to_owned(),
            Some(Scalar::Number(number)) if !money => exact(number),
            Some(Scalar::Row(level, row)) => self.named(*level, *row).to_owned(),
            Some(value) => self.plain(value, money),
        }
    }

    /// A value with 元 where it is money.
    fn amount(&self, node: &Node) -> String {
        let value = self.value(node.value.as_ref(), node.money);
        if node.money { self.yuan(&value) } else { value }
    }

    fn yuan(&self, amount: &str) -> String {
        format!("{amount}{}", self.say(" 元", " yuan"))
    }

    /// The word of a kind.
    fn kind(&self, node: &Node) -> &'static str {
        facts::word(&node.kind, |step| self.outcome.plan.document.steps.get(step).map_or("", |step| step.action.word()))
    }
}

/// A number exactly where that is short, else as results show it.
fn exact(number: &Number) -> String {
    let exact = number.exact_text();
    if exact.len() <= LONGEST_FRACTION { exact } else { number.text() }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Operand => "operand",
        Role::Value => "value",
        Role::Where => "where",
        Role::Amount => "amount",
        Role::Weight => "weight",
        Role::Floor => "floor",
        Role::Cap => "cap",
        Role::TieBy => "tie_by",
        Role::Score => "score",
        Role::Within => "within",
        Role::When => "when",
        Role::Portion => "portion",
        Role::Withheld => "withheld",
        Role::Draw => "draw",
        Role::Line => "line",
        Role::Taken => "taken",
    }
}
