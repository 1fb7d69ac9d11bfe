//! The value of a fact (`plan-language.md` §1.1): one door for JSON, CSV and defaults.

use super::document::{FactKind, Value};
use super::{Code, Detail};
use crate::exact::{BadDecimal, Date, Decimal, Number, TOO_LARGE};

/// The most characters of an id.
const MOST_ID: usize = 64;

/// Whether a text can be the id of a row: 1 to 64 characters.
pub fn is_id(text: &str) -> bool {
    (1..=MOST_ID).contains(&text.chars().count())
}

/// A value as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written<'a> {
    /// A JSON number, in the characters of its source.
    Number(&'a str),
    /// A text.
    Text(&'a str),
    /// True or false.
    Flag(bool),
    /// Something else: the word for its kind.
    Other(&'static str),
}

/// Why a value is none of its fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAValue {
    /// The stable code.
    pub code: Code,
    /// What was found and what is wanted.
    pub details: Vec<Detail>,
}

impl FactKind {
    /// Reads a value. A row fact gives the id; whether there is such a row only all data can tell.
    ///
    /// # Errors
    /// `wrong_type`, `float_refused`, `bad_decimal`, `too_many_places`, `out_of_range`, `money_too_large`,
    /// `not_a_choice`, `bad_date`: the first of them that applies.
    pub fn read(&self, written: Written<'_>) -> Result<Value, NotAValue> {
        match (self, written) {
            (FactKind::Number { min, max, places }, Written::Number(text) | Written::Text(text)) => {
                let decimal = decimal(written, text)?;
                if places.is_some_and(|places| decimal.places() > places) {
                    return Err(refused(Code::TooManyPlaces, text, &format!("≤ {}", places.unwrap_or(0))));
                }
                in_range(decimal.number(), text, min.as_ref(), max.as_ref()).map(Value::Number)
            }
            (FactKind::Money { min, max }, Written::Number(text) | Written::Text(text)) => {
                let decimal = decimal(written, text)?;
                if decimal.places() > 2 {
                    return Err(refused(Code::TooManyPlaces, text, "≤ 2"));
                }
                let yuan = in_range(decimal.number(), text, min.as_ref(), max.as_ref())?;
                if yuan.magnitude() >= Number::ratio(TOO_LARGE, 100) {
                    return Err(refused(Code::MoneyTooLarge, text, "< 10¹⁵"));
                }
                Ok(Value::Number(yuan))
            }
            (FactKind::Flag, Written::Flag(flag)) => Ok(Value::Flag(flag)),
            (FactKind::Choice(choices), Written::Text(text)) => match choices.iter().any(|known| known == text) {
                true => Ok(Value::Text(text.to_owned())),
                false => Err(self.not_a_choice(text, choices)),
            },
            (FactKind::Date, Written::Text(text)) => {
                Date::parse(text).map(Value::Date).ok_or_else(|| refused(Code::BadDate, text, "YYYY-MM-DD"))
            }
            (FactKind::Text | FactKind::Row(_), Written::Text(text)) => Ok(Value::Text(text.to_owned())),
            (_, written) => Err(refused(Code::WrongType, written.kind(), self.json_kind())),
        }
    }

    fn not_a_choice(&self, text: &str, choices: &[String]) -> NotAValue {
        let mut fault = refused(Code::NotAChoice, text, &choices.join(" | "));
        let near = super::diagnostic::nearest(text, choices.iter().map(String::as_str));
        fault.details.extend(near.map(|near| Detail::Near(near.to_owned())));
        fault
    }

    /// The kind of JSON value that a fact wants.
    fn json_kind(&self) -> &'static str {
        match self {
            FactKind::Number { .. } | FactKind::Money { .. } => "decimal",
            FactKind::Flag => "flag",
            FactKind::Choice(_) | FactKind::Date | FactKind::Text | FactKind::Row(_) => "text",
        }
    }
}

impl Written<'_> {
    /// Whether it is a number with a fraction or exponent: as a binary float it has already lost its value.
    pub fn is_float(self) -> bool {
        matches!(self, Written::Number(text) if text.contains(['.', 'e', 'E']))
    }

    fn kind(self) -> &'static str {
        match self {
            Written::Number(_) => "number",
            Written::Text(_) => "text",
            Written::Flag(_) => "flag",
            Written::Other(kind) => kind,
        }
    }
}

fn decimal(written: Written<'_>, text: &str) -> Result<Decimal, NotAValue> {
    if written.is_float() {
        return Err(refused(Code::FloatRefused, text, &format!("\"{text}\"")));
    }
    Decimal::parse(text).map_err(|BadDecimal| refused(Code::BadDecimal, text, ""))
}

fn in_range(value: &Number, text: &str, min: Option<&Number>, max: Option<&Number>) -> Result<Number, NotAValue> {
    if let Some(min) = min.filter(|min| value < min) {
        return Err(refused(Code::OutOfRange, text, &format!("≥ {}", min.text())));
    }
    if let Some(max) = max.filter(|max| value > max) {
        return Err(refused(Code::OutOfRange, text, &format!("≤ {}", max.text())));
    }
    Ok(value.clone())
}

fn refused(code: Code, got: &str, wanted: &str) -> NotAValue {
    let mut details = vec![Detail::Got(got.to_owned())];
    if !wanted.is_empty() {
        details.push(Detail::Wanted(wanted.to_owned()));
    }
    NotAValue { code, details }
}
