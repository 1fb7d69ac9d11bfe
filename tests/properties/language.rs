//! Plans and data of the tests: plain structures, and their text as the language writes it. The model reads the structures,
//! the engine only the text.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

pub type Q = BigRational;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    Blank,
    Num(Q),
    Flag(bool),
    Text(String),
    /// The place of a row in its level, rows by id.
    Row(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Number,
    Money,
    Flag,
    Choice,
    Row(usize),
}

/// Every choice column has these choices, so that any two can be compared.
pub const CHOICES: [&str; 3] = ["a", "b", "c"];

#[derive(Clone, Debug)]
pub enum Expr {
    Num(String),
    Text(String),
    Flag(bool),
    /// A bare name.
    Own(String),
    Constant(usize),
    /// `level.name`; inside an aggregate perhaps `level@fact.name`.
    Level(usize, Option<String>, String),
    /// `fact.name`.
    Ref(String, String),
    Neg(Box<Expr>),
    Percent(Box<Expr>),
    Math(char, Box<Expr>, Box<Expr>),
    Compare(&'static str, Box<Expr>, Box<Expr>),
    Call(&'static str, Vec<Expr>),
    Round(&'static str, Box<Expr>, i32),
    /// `lookup` or `marginal` of a table.
    Table(&'static str, usize, Vec<Expr>),
    Aggregate(Box<Aggregate>),
    Left(Box<Expr>),
}

#[derive(Clone, Debug)]
pub struct Aggregate {
    pub what: &'static str,
    pub level: usize,
    pub via: Option<String>,
    /// Absent for `count`.
    pub of: Option<Expr>,
    pub only: Option<Expr>,
}

#[derive(Clone, Debug)]
pub struct Fact {
    pub name: String,
    pub kind: Kind,
    pub optional: bool,
}

#[derive(Clone, Debug)]
pub struct Level {
    pub name: String,
    pub parent: Option<usize>,
    pub facts: Vec<Fact>,
}

#[derive(Clone, Debug)]
pub struct Limit {
    pub key: Vec<Value>,
    /// The limit and whether it belongs to the band (`upto`).
    pub limit: Option<(String, bool)>,
    pub value: String,
}

#[derive(Clone, Debug)]
pub struct Table {
    pub name: String,
    pub band: bool,
    pub keys: Vec<Kind>,
    pub min: Option<String>,
    pub otherwise: Option<String>,
    pub rows: Vec<Limit>,
}

#[derive(Clone, Debug)]
pub enum From {
    Own(String),
    Up(usize, String),
    Ref(String, String),
}

#[derive(Clone, Debug)]
pub struct Formula {
    pub kind: Kind,
    pub only: Option<Expr>,
    pub formula: Expr,
    pub from: Option<From>,
    pub round: Option<(String, &'static str)>,
    pub optional: bool,
    pub source: bool,
    pub pay: bool,
}

#[derive(Clone, Debug)]
pub struct Share {
    pub from: From,
    pub amount: Option<Expr>,
    pub weight: Expr,
    pub only: Option<Expr>,
    pub floor: Option<Expr>,
    pub cap: Option<Expr>,
    pub to: Option<String>,
    pub tie_by: Vec<Expr>,
    pub pay: bool,
}

#[derive(Clone, Debug)]
pub struct Rank {
    pub by: Expr,
    pub ascending: bool,
    pub per: Option<usize>,
    pub within: Vec<Expr>,
    pub only: Option<Expr>,
    pub otherwise: Option<String>,
    /// Grade codes with their quotas; empty: positions.
    pub grades: Vec<(String, Option<String>)>,
    pub quota_round: &'static str,
    pub of_all: bool,
    pub ties: &'static str,
    pub tie_by: Vec<Expr>,
}

#[derive(Clone, Debug)]
pub struct Veto {
    pub when: Expr,
    pub forfeits: Vec<String>,
    pub portion: Option<Expr>,
    /// The destination, where the veto withholds.
    pub to: Option<String>,
}

#[derive(Clone, Debug)]
pub enum Do {
    Formula(Formula),
    Share(Share),
    Rank(Rank),
    Veto(Veto),
    Collect { level: usize, name: String, pay: bool },
    Check { assert: Expr, warning: bool },
}

#[derive(Clone, Debug)]
pub struct Step {
    pub level: usize,
    pub name: String,
    pub act: Do,
}

#[derive(Clone, Debug)]
pub struct Plan {
    pub payee: Option<usize>,
    pub constants: Vec<(String, String)>,
    pub tables: Vec<Table>,
    pub levels: Vec<Level>,
    pub steps: Vec<Step>,
    pub allow_negative_total: bool,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub id: String,
    pub parent: usize,
    pub facts: Vec<(String, Value)>,
}

/// A plan and data, the rows of each level by id.
#[derive(Clone)]
pub struct Case {
    pub plan: Plan,
    pub rows: Vec<Vec<Row>>,
}

pub fn q(text: &str) -> Q {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, places) = digits.split_once('.').unwrap_or((digits, ""));
    let number: BigInt = format!("{whole}{places}").parse().expect("digits");
    Q::new(number * sign, num_traits::pow(BigInt::from(10), places.len()))
}

pub fn int(number: i64) -> Q {
    Q::from_integer(number.into())
}

/// A number as results show it: its decimal within 12 places, else `n/d`.
pub fn exact_text(number: &Q) -> String {
    let scaled = number * Q::from_integer(num_traits::pow(BigInt::from(10), 12));
    if !scaled.is_integer() {
        return format!("{}/{}", number.numer(), number.denom());
    }
    let digits = format!("{:0>13}", scaled.abs().to_integer().to_string());
    let (whole, places) = digits.split_at(digits.len() - 12);
    let text = format!("{whole}.{places}");
    let sign = if number.is_negative() { "-" } else { "" };
    format!("{sign}{}", text.trim_end_matches('0').trim_end_matches('.'))
}

/// Yuan with two places.
pub fn money_text(money: &Q) -> String {
    let fen = money * int(100);
    assert!(fen.is_integer(), "{money} is no whole number of fen");
    let digits = format!("{:0>3}", fen.abs().to_integer().to_string());
    let (whole, places) = digits.split_at(digits.len() - 2);
    format!("{}{whole}.{places}", if fen.is_negative() { "-" } else { "" })
}

/// The value rounded to a multiple of `to`.
pub fn rounded(value: &Q, to: &Q, mode: &str) -> Q {
    let units = value / to;
    let (below, rest) = (units.abs().floor(), units.abs() - units.abs().floor());
    let half = Q::new(1.into(), 2.into());
    let even = (below.to_integer() % BigInt::from(2)).is_zero();
    let away = match mode {
        "half_up" => rest >= half,
        "half_even" => rest > half || (rest == half && !even),
        "up" => !rest.is_zero(),
        "down" => false,
        other => unreachable!("{other}"),
    };
    let size = if away { below + Q::one() } else { below };
    (if units.is_negative() { -size } else { size }) * to
}
