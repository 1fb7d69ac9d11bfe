//! The plan as it is written: every element of the document with its words, decimals and lists already read
//! (`plan-language.md` §1-§7), names and formulas still as texts. [`crate::plan::check`] turns it into a [`crate::plan::Plan`].
//!
//! The order of lists is the order of the document, so an index here is an index of the JSON pointer.

mod steps;

pub use steps::*;

use crate::exact::{Date, Number};

/// A whole plan document.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Document {
    /// The plan's short code, such as `increment-2026`.
    pub code: String,
    /// The plan's title for people.
    pub title: String,
    /// The name of the level whose rows are paid, if anybody is.
    pub payee: Option<String>,
    /// Whether a payee's total may be negative (§6).
    pub allow_negative_total: bool,
    /// The articles that elements may cite.
    pub clauses: Vec<Clause>,
    /// Named decimals.
    pub constants: Vec<Constant>,
    /// Lookup and band tables (§1.2).
    pub tables: Vec<Table>,
    /// Levels with their facts (§1.1), the root first.
    pub levels: Vec<Level>,
    /// The steps in their order (§3).
    pub steps: Vec<Step>,
    /// The plan's own examples (§7), without their data.
    pub examples: Vec<Example>,
}

/// An article of the office's own rules.
#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    /// What other elements cite.
    pub id: String,
    /// The article's text.
    pub text: String,
}

/// What every named element carries: its name, an optional label for people, an optional clause it rests on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Heading {
    /// The name formulas use.
    pub name: String,
    /// The text for people; the name where absent.
    pub label: Option<String>,
    /// The `id` of a clause.
    pub clause: Option<String>,
}

impl Heading {
    /// The text for people: the label, or the name where there is none.
    pub fn label(&self) -> &str {
        self.label.as_deref().unwrap_or(&self.name)
    }
}

/// A named decimal.
#[derive(Debug, Clone, PartialEq)]
pub struct Constant {
    /// Name, label, clause.
    pub heading: Heading,
    /// The value.
    pub value: Number,
}

/// A lookup or band table (§1.2).
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Name, label, clause.
    pub heading: Heading,
    /// Lookup or band.
    pub kind: TableKind,
    /// Types of the keys; of a band table of its leading keys only.
    pub keys: Vec<KeyType>,
    /// At least one row.
    pub rows: Vec<TableRow>,
}

/// What decides in a table.
#[derive(Debug, Clone, PartialEq)]
pub enum TableKind {
    /// One to three keys; `otherwise` is the value of keys not listed.
    Lookup {
        /// The `else` value.
        otherwise: Option<Number>,
    },
    /// After the leading keys a number; under `min` there is no band.
    Band {
        /// The smallest number that lies in a band.
        min: Option<Number>,
    },
}

/// The type of one key of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyType {
    /// A text.
    Choice,
    /// A number, compared by value.
    Number,
    /// True or false.
    Flag,
}

/// One key of a table row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Key {
    /// A text.
    Choice(String),
    /// A number.
    Number(Number),
    /// True or false.
    Flag(bool),
}

/// One row of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct TableRow {
    /// As many keys as the table has.
    pub key: Vec<Key>,
    /// The upper limit of a band; none: no limit (always none in a lookup table).
    pub limit: Option<Limit>,
    /// What the row gives.
    pub value: Number,
}

/// The upper limit of a band.
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    /// The number.
    pub at: Number,
    /// `upto` (the number itself lies in the band) rather than `below`.
    pub inclusive: bool,
}

/// A level of rows with its facts.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// Name, label, clause.
    pub heading: Heading,
    /// The level above; none at the root.
    pub parent: Option<String>,
    /// The inputs.
    pub facts: Vec<Fact>,
}

/// An input of a level.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// Name, label, clause.
    pub heading: Heading,
    /// Its type with the keys that belong to it.
    pub kind: FactKind,
    /// What an absent value means.
    pub presence: Presence,
}

/// The type of a fact.
#[derive(Debug, Clone, PartialEq)]
pub enum FactKind {
    /// A decimal.
    Number {
        /// Smallest value allowed.
        min: Option<Number>,
        /// Largest value allowed.
        max: Option<Number>,
        /// Digits allowed after the point, as written.
        places: Option<u32>,
    },
    /// Yuan with at most two places.
    Money {
        /// Smallest value allowed.
        min: Option<Number>,
        /// Largest value allowed.
        max: Option<Number>,
    },
    /// True or false.
    Flag,
    /// One of the texts.
    Choice(Vec<String>),
    /// A day.
    Date,
    /// Any text; no formula can use it.
    Text,
    /// The id of a row of another level.
    Row(String),
}

/// What the absence of a fact means.
#[derive(Debug, Clone, PartialEq)]
pub enum Presence {
    /// It is an error.
    Required,
    /// The fact is blank.
    Optional,
    /// The fact has this value.
    Default(Value),
}

/// A value of a fact.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A number or money in yuan.
    Number(Number),
    /// True or false.
    Flag(bool),
    /// A choice, a text, or the id of a row.
    Text(String),
    /// A day.
    Date(Date),
}

/// §7 An example without its data, which only [`crate::wire`] can read.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// Its name.
    pub name: String,
    /// What must come out.
    pub outcome: Outcome,
}

/// What an example expects.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// A result in which all of these hold.
    Result(Vec<Expectation>),
    /// A refusal in which this code occurs.
    Error(String),
}

/// One expectation of an example.
#[derive(Debug, Clone, PartialEq)]
pub enum Expectation {
    /// The value of a step at a row.
    Value {
        /// The level's name.
        level: String,
        /// The row's id.
        row: String,
        /// The step's name.
        step: String,
        /// The value as shown.
        value: String,
    },
    /// The total of a payee.
    Total {
        /// The payee's id.
        row: String,
        /// The total as shown.
        total: String,
    },
    /// What is left in a fund.
    Left {
        /// `level.name`.
        fund: String,
        /// The fund row's id.
        row: String,
        /// What is left, as shown.
        left: String,
    },
    /// A warning that occurs.
    Warning(String),
}
