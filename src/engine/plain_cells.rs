//! Cells as they nearly always are: present, of the right form, small. They go straight into their columns; every other row
//! is looked at cell by cell ([`super::data::DataBuilder::row`]), which also knows what to refuse and why.

use super::data::{DataBuilder, FactBuilder};
use crate::exact::{Number, defect};
use crate::plan::Texts;
use crate::plan::document::FactKind;

/// The most digits that surely fit.
const MOST_DIGITS: usize = 18;
/// Limits are kept over this denominator.
const LIMITS_PER: i128 = 1_000_000_000_000;
/// Below this money is not too large, in yuan.
const MOST_YUAN: i128 = 1_000_000_000_000_000;

/// A cell that has been read.
#[derive(Clone, Copy)]
pub(super) enum Cell {
    /// `value / 10^places`.
    Number(i64, u32),
    Flag(bool),
    Code(u32),
    /// The text as it stands.
    Text,
}

/// How the cells of a fact are read.
pub(super) enum Reader {
    /// Up to so many places, within limits where there are any.
    Number {
        places: u32,
        limits: Option<(i128, i128)>,
    },
    Flag,
    Choice(Vec<(String, u32)>),
    Text,
    /// Not here.
    None,
}

impl Reader {
    pub(super) fn new(kind: &FactKind, texts: &Texts) -> Reader {
        match kind {
            FactKind::Number { min: None, max: None, places } => {
                Reader::Number { places: places.unwrap_or(12), limits: None }
            }
            FactKind::Number { min, max, places } => {
                Reader::number(min.as_ref(), max.as_ref(), places.unwrap_or(12), i128::MAX)
            }
            FactKind::Money { min, max } => {
                Reader::number(min.as_ref(), max.as_ref(), 2, (MOST_YUAN - 1).saturating_mul(LIMITS_PER))
            }
            FactKind::Flag => Reader::Flag,
            FactKind::Choice(choices) => {
                let code = |choice: &String| Some((choice.clone(), texts.number(choice)?));
                choices.iter().map(code).collect::<Option<_>>().map_or(Reader::None, Reader::Choice)
            }
            FactKind::Text | FactKind::Row(_) => Reader::Text,
            FactKind::Date => Reader::None,
        }
    }

    fn number(min: Option<&Number>, max: Option<&Number>, places: u32, most: i128) -> Reader {
        let limit = |number: Option<&Number>, none: i128| match number.map(Number::small) {
            None => Some(none),
            Some(Some((top, bottom))) if LIMITS_PER % bottom == 0 => top.checked_mul(LIMITS_PER / bottom),
            Some(_) => None,
        };
        match (limit(min, -most), limit(max, most)) {
            (Some(low), Some(high)) => Reader::Number { places, limits: Some((low.max(-most), high.min(most))) },
            _ => Reader::None,
        }
    }

    /// The cell, where it is plain.
    pub(super) fn read(&self, cell: &str) -> Option<Cell> {
        match self {
            Reader::Number { places: most, limits } => {
                let (value, places) = decimal(cell.as_bytes())?;
                let is_within = limits.is_none_or(|(low, high)| {
                    let over = i128::from(value) * i128::from(10_i64.pow(12 - places));
                    (low..=high).contains(&over)
                });
                (places <= *most && is_within).then_some(Cell::Number(value, places))
            }
            Reader::Flag => match cell {
                "true" => Some(Cell::Flag(true)),
                "false" => Some(Cell::Flag(false)),
                _ => None,
            },
            Reader::Choice(choices) => {
                choices.iter().find(|(choice, _)| choice == cell).map(|(_, code)| Cell::Code(*code))
            }
            Reader::Text => (!cell.is_empty()).then_some(Cell::Text),
            Reader::None => None,
        }
    }
}

/// A decimal of the language with few digits, and its places.
fn decimal(text: &[u8]) -> Option<(i64, u32)> {
    let (negative, digits) = match text.split_first() {
        Some((b'-', digits)) => (true, digits),
        _ => (false, text),
    };
    let (mut value, mut point) = (0_i64, None);
    if digits.len() > MOST_DIGITS {
        return None;
    }
    for (index, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => value = value * 10 + i64::from(byte - b'0'),
            b'.' if point.is_none() => point = Some(index),
            _ => return None,
        }
    }
    let whole = point.unwrap_or(digits.len());
    let places = point.map_or(0, |point| digits.len() - point - 1);
    let is_padded = whole > 1 && digits.first() == Some(&b'0');
    let is_open = point.is_some() && places == 0;
    if whole == 0 || places > 12 || is_padded || is_open || (negative && value == 0) {
        return None;
    }
    Some((if negative { -value } else { value }, u32::try_from(places).ok()?))
}

/// Among the cells of a row, where what stands.
#[derive(Debug, Default)]
pub struct Places {
    /// The id.
    pub id: usize,
    /// The id of the row above.
    pub parent: Option<usize>,
    /// The name.
    pub name: Option<usize>,
    /// The facts by number, none twice.
    pub facts: Vec<(usize, usize)>,
}

impl DataBuilder<'_> {
    /// Adds a row all of whose facts are there and plain. False, and nothing is added, where it is no such row.
    pub fn plain_row(&mut self, level: usize, places: &Places, cells: &[&str]) -> bool {
        let Some(builder) = self.levels.get_mut(level) else { return false };
        let cell = |place: usize| cells.get(place).copied().unwrap_or_default();
        let id = cell(places.id);
        if places.facts.len() != builder.facts.len() || !crate::plan::is_id(id) {
            return false;
        }
        builder.read.clear();
        for (fact, place) in &places.facts {
            match builder.readers.get(*fact).and_then(|reader| reader.read(cell(*place))) {
                Some(cell) => builder.read.push(cell),
                None => return false,
            }
        }
        for (read, (fact, place)) in builder.read.iter().zip(&places.facts) {
            if let Some(column) = builder.facts.get_mut(*fact) {
                column.push_plain(*read, cell(*place));
            }
        }
        let text = |place: Option<usize>| place.map(cell).filter(|cell| !cell.is_empty()).map(str::to_owned);
        builder.ids.push(id.to_owned());
        builder.parents.push(text(places.parent));
        builder.names.push(text(places.name));
        true
    }
}

impl FactBuilder {
    fn push_plain(&mut self, cell: Cell, text: &str) {
        match (self, cell) {
            (FactBuilder::Numbers(numbers, blank), Cell::Number(value, places)) => {
                numbers.push_decimal(value, places);
                blank.push(false);
            }
            (FactBuilder::Flags(flags, blank), Cell::Flag(flag)) => {
                flags.push(flag);
                blank.push(false);
            }
            (FactBuilder::Codes(codes, blank), Cell::Code(code)) => {
                codes.push(code);
                blank.push(false);
            }
            (FactBuilder::Texts(texts) | FactBuilder::References(texts), Cell::Text) => {
                texts.push(Some(text.to_owned()))
            }
            _ => defect("a cell that its fact does not read"),
        }
    }
}
