//! Faults and warnings: a stable code, a place, and the details that make the message useful.
//!
//! The codes are `error-codes.md`, in its order: where several faults meet at one place the first of the table is
//! reported, so `Code` is ordered as declared.

use std::collections::BTreeMap;
use std::sync::Arc;

/// The most faults that are listed; the rest are counted.
pub const LISTED: usize = 1000;

/// The most rows that a tie names.
pub const TIED: usize = 100;

/// The stable code of a fault, in the order of the published table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "Code::meaning says each of them")]
pub enum Code {
    BadJson,
    DuplicateKey,
    TooLarge,
    WrongType,
    MissingKey,
    UnknownKey,
    FloatRefused,
    BadDecimal,
    BadValue,
    BadLanguage,
    BadChoices,
    BadDefault,
    BadKey,
    DuplicateTableKey,
    BadBand,
    BadRound,
    BadGrades,
    BadName,
    DuplicateName,
    DuplicateClause,
    UnknownClause,
    BadParent,
    UnknownName,
    ForwardReference,
    NotReachable,
    NotAFund,
    BadPay,
    PaidFund,
    UndeclaredSource,
    BadForfeit,
    BadPer,
    BadFormula,
    UnknownFunction,
    BadArguments,
    BadAggregate,
    TypeError,
    NotAChoice,
    BadDate,
    UnknownLevel,
    BadId,
    DuplicateId,
    UnknownParent,
    UnknownFact,
    MissingFact,
    TooManyPlaces,
    OutOfRange,
    MoneyTooLarge,
    UnknownRow,
    OtherRoot,
    BlankUsed,
    DivisionByZero,
    Overflow,
    NoKey,
    NoBand,
    BadStep,
    DatesReversed,
    NegativeWeight,
    BadLimit,
    FloorAboveCap,
    NegativeAmount,
    FundOverdrawn,
    FloorsExceedAmount,
    BadPortion,
    TieRefused,
    CheckFailed,
    NegativeTotal,
    NotBalanced,
    ExampleFailed,
}

/// Where a fault is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The plan document as a text: it could not be read at all.
    PlanText,
    /// An element of the plan: a JSON pointer (RFC 6901), and inside a formula a position in code points from 0.
    Plan {
        /// The pointer; empty for the whole document.
        at: String,
        /// The position inside a formula.
        pos: Option<usize>,
    },
    /// The data as a text: they could not be read at all.
    DataText,
    /// A row of the data, or one of its facts.
    Data {
        /// The level's name.
        level: Option<String>,
        /// The row's id.
        row: Option<String>,
        /// The fact's name.
        fact: Option<String>,
    },
    /// A row at which a step failed.
    Row {
        /// The level's name.
        level: String,
        /// The row's id.
        row: String,
        /// The step's name; none for a total.
        step: Option<String>,
    },
}

/// What a message says beyond the meaning of its code. Texts are data, so that every language can show them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// What was found.
    Got(String),
    /// What is wanted or allowed here.
    Wanted(String),
    /// The piece of a formula that is meant.
    Piece(String),
    /// A near name: "did you mean …".
    Near(String),
    /// The fund concerned, as `level.name`.
    Fund(String),
    /// The amount a fund is short of, in yuan.
    Short(String),
    /// The ids of rows that are tied, at most [`TIED`], and how many there are. All of them are told the same.
    Tied(Arc<[String]>, usize),
    /// The reader's own words on a text that is no JSON.
    Reader(String),
}

/// One fault of a plan, of data or of a calculation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The stable code.
    pub code: Code,
    /// Where.
    pub place: Place,
    /// What more there is to say.
    pub details: Vec<Detail>,
}

impl Fault {
    /// A fault at an element of the plan.
    pub fn plan(code: Code, at: impl Into<String>) -> Fault {
        Fault::at(code, Place::Plan { at: at.into(), pos: None })
    }

    /// A fault of the data.
    pub fn data(code: Code, level: Option<&str>, row: Option<&str>, fact: Option<&str>) -> Fault {
        let own = |text: Option<&str>| text.map(str::to_owned);
        Fault::at(code, Place::Data { level: own(level), row: own(row), fact: own(fact) })
    }

    /// A fault of a row at a step.
    pub fn row(code: Code, level: &str, row: &str, step: Option<&str>) -> Fault {
        Fault::at(code, Place::Row { level: level.to_owned(), row: row.to_owned(), step: step.map(str::to_owned) })
    }

    /// A fault at any place.
    pub fn at(code: Code, place: Place) -> Fault {
        Fault { code, place, details: Vec::new() }
    }

    /// The same fault with one more detail.
    #[must_use]
    pub fn with(mut self, detail: Detail) -> Fault {
        self.details.push(detail);
        self
    }

    /// The same fault with what was found.
    #[must_use]
    pub fn got(self, text: impl Into<String>) -> Fault {
        self.with(Detail::Got(text.into()))
    }

    /// The same fault with what is wanted.
    #[must_use]
    pub fn wanted(self, text: impl Into<String>) -> Fault {
        self.with(Detail::Wanted(text.into()))
    }

    /// The same fault with the nearest of `names` to `name`, where one is near enough to be meant.
    #[must_use]
    pub fn near<'a>(self, name: &str, names: impl IntoIterator<Item = &'a str>) -> Fault {
        match nearest(name, names) {
            Some(near) => self.with(Detail::Near(near.to_owned())),
            None => self,
        }
    }
}

/// Longer names and later candidates are not compared: a suggestion is a courtesy, and comparing is quadratic.
const MOST_COMPARED: usize = 64;
/// Names that are compared.
const MOST_CANDIDATES: usize = 500;

/// The name that was probably meant: at most a third of the characters differ (at least one may).
pub(crate) fn nearest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A character has at most four bytes, so what is longer than this is longer in characters too.
    let comparable = |name: &str| name.len() <= 4 * MOST_COMPARED;
    if !comparable(name) {
        return None;
    }
    let length = name.chars().count();
    let allowed = (length / 3).max(1);
    names
        .into_iter()
        .take(MOST_CANDIDATES)
        .filter(|known| comparable(known) && known.chars().count().abs_diff(length) <= allowed)
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .filter(|(distance, known)| *distance <= allowed && *distance < length && *known != name)
        .min()
        .map(|(_, known)| known)
}

/// All faults of one stage. One place has one fault: the first of the table of codes.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    by_place: BTreeMap<Place, Fault>,
}

impl Faults {
    /// Adds a fault, unless its place already has one that stands before it in the table.
    pub fn add(&mut self, fault: Fault) {
        // A formula has one fault however many positions: its pointer is its place.
        let key = match &fault.place {
            Place::Plan { at, .. } => Place::Plan { at: at.clone(), pos: None },
            place => place.clone(),
        };
        match self.by_place.get_mut(&key) {
            Some(known) if known.code <= fault.code => {}
            Some(known) => *known = fault,
            None => {
                self.by_place.insert(key, fault);
            }
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_place.is_empty()
    }

    /// All of them, by place; a refusal has the first.
    pub fn all(self) -> impl Iterator<Item = Fault> {
        self.by_place.into_values()
    }

    /// `Ok` where there is none, else the refusal.
    pub fn refuse(self) -> Result<(), Refusal> {
        if self.is_empty() { Ok(()) } else { Err(self.into()) }
    }
}

/// Why nothing was calculated: all faults of the first stage that has any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// At most [`LISTED`] of them, by place.
    pub faults: Vec<Fault>,
    /// How many there are in all.
    pub total: usize,
}

impl From<Faults> for Refusal {
    fn from(faults: Faults) -> Refusal {
        let total = faults.by_place.len();
        Refusal { faults: faults.by_place.into_values().take(LISTED).collect(), total }
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Refusal {
        Refusal { faults: vec![fault], total: 1 }
    }
}
