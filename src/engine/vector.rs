//! Values of one type for many rows, some of them blank.

use std::cmp::Ordering;

use super::numbers::Numbers;
use crate::exact::{Date, Number, Row, at, defect, put, rows};

/// Values with their blanks. A blank row holds some value that nobody reads.
#[derive(Debug, Clone, PartialEq)]
pub struct Vector {
    /// The values.
    pub values: Values,
    /// Which rows are blank; none: no row is.
    pub blank: Option<Vec<bool>>,
}

/// Values of one type.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Numbers and money in yuan.
    Numbers(Numbers),
    /// Flags.
    Flags(Vec<bool>),
    /// Texts of the plan's dictionary, or rows of a level.
    Codes(Vec<u32>),
    /// Days.
    Dates(Vec<Date>),
}

impl From<Numbers> for Vector {
    fn from(numbers: Numbers) -> Vector {
        Vector { values: Values::Numbers(numbers), blank: None }
    }
}

impl From<Vec<bool>> for Vector {
    fn from(flags: Vec<bool>) -> Vector {
        Vector { values: Values::Flags(flags), blank: None }
    }
}

impl From<Vec<u32>> for Vector {
    fn from(codes: Vec<u32>) -> Vector {
        Vector { values: Values::Codes(codes), blank: None }
    }
}

impl From<Vec<Date>> for Vector {
    fn from(dates: Vec<Date>) -> Vector {
        Vector { values: Values::Dates(dates), blank: None }
    }
}

impl Vector {
    /// How many rows.
    pub fn len(&self) -> usize {
        match &self.values {
            Values::Numbers(numbers) => numbers.len(),
            Values::Flags(flags) => flags.len(),
            Values::Codes(codes) => codes.len(),
            Values::Dates(dates) => dates.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a row is blank.
    pub fn is_blank(&self, row: Row) -> bool {
        self.blank.as_ref().is_some_and(|blank| *at(blank, row))
    }

    /// The rows that are blank.
    pub fn blanks(&self) -> impl Iterator<Item = Row> + '_ {
        let blank = self.blank.as_deref().unwrap_or(&[]);
        rows(blank.len()).filter(move |row| *at(blank, *row))
    }

    /// The values of the rows chosen, in their order.
    #[must_use]
    pub fn gather(&self, chosen: &[Row]) -> Vector {
        let values = match &self.values {
            Values::Numbers(numbers) => Values::Numbers(numbers.gather(chosen)),
            Values::Flags(flags) => Values::Flags(chosen.iter().map(|row| *at(flags, *row)).collect()),
            Values::Codes(codes) => Values::Codes(chosen.iter().map(|row| *at(codes, *row)).collect()),
            Values::Dates(dates) => Values::Dates(chosen.iter().map(|row| *at(dates, *row)).collect()),
        };
        let blank = self.blank.as_ref().map(|blank| chosen.iter().map(|row| *at(blank, *row)).collect());
        Vector { values, blank }
    }

    /// The values of the rows chosen; blank where none is.
    #[must_use]
    pub fn gather_some(&self, chosen: &[Option<Row>]) -> Vector {
        if self.is_empty() {
            return self.blanks_of_type(chosen.len());
        }
        let rows: Vec<Row> = chosen.iter().map(|row| row.unwrap_or(0)).collect();
        let mut vector = self.gather(&rows);
        if chosen.iter().any(Option::is_none) {
            let mut blank = vector.blank.take().unwrap_or_else(|| vec![false; chosen.len()]);
            blank.iter_mut().zip(chosen).for_each(|(blank, row)| *blank |= row.is_none());
            vector.blank = Some(blank);
        }
        vector
    }

    /// So many blanks of the same type.
    pub fn blanks_of_type(&self, count: usize) -> Vector {
        let values = match &self.values {
            Values::Numbers(_) => Values::Numbers(Numbers::Same(Number::ZERO, count)),
            Values::Flags(_) => Values::Flags(vec![false; count]),
            Values::Codes(_) => Values::Codes(vec![0; count]),
            Values::Dates(_) => Values::Dates(vec![Date::FIRST; count]),
        };
        Vector { values, blank: Some(vec![true; count]) }
    }

    /// The numbers; the plan's types say that they are.
    pub fn numbers(&self) -> &Numbers {
        match &self.values {
            Values::Numbers(numbers) => numbers,
            _ => defect("a column that is no number"),
        }
    }

    /// The flags; the plan's types say that they are.
    pub fn flags(&self) -> &[bool] {
        match &self.values {
            Values::Flags(flags) => flags,
            _ => defect("a column that is no flag"),
        }
    }

    /// The codes; the plan's types say that they are.
    pub fn codes(&self) -> &[u32] {
        match &self.values {
            Values::Codes(codes) => codes,
            _ => defect("a column that is no choice"),
        }
    }

    /// The dates; the plan's types say that they are.
    pub fn dates(&self) -> &[Date] {
        match &self.values {
            Values::Dates(dates) => dates,
            _ => defect("a column that is no date"),
        }
    }

    /// How the values of two rows compare.
    pub fn order(&self, a: Row, b: Row) -> Ordering {
        match &self.values {
            Values::Numbers(numbers) => numbers.order(a, b),
            Values::Flags(flags) => at(flags, a).cmp(at(flags, b)),
            Values::Codes(codes) => at(codes, a).cmp(at(codes, b)),
            Values::Dates(dates) => at(dates, a).cmp(at(dates, b)),
        }
    }

    /// Joins pieces that together cover `count` rows: each has its rows' numbers and their values.
    pub fn join(count: usize, pieces: Vec<(Vec<Row>, Vector)>) -> Vector {
        let mut source: Vec<Row> = vec![0; count];
        let mut offset: Row = 0;
        let mut vectors = Vec::with_capacity(pieces.len());
        for (chosen, vector) in pieces {
            for (index, row) in rows(chosen.len()).zip(&chosen) {
                *put(&mut source, *row) = offset + index;
            }
            offset += rows(chosen.len()).end;
            vectors.push(vector);
        }
        chain(&vectors).gather(&source)
    }
}

/// Vectors of one type one after the other.
fn chain(vectors: &[Vector]) -> Vector {
    let values = match vectors.first().map(|vector| &vector.values) {
        Some(Values::Flags(_)) => Values::Flags(vectors.iter().flat_map(|vector| vector.flags()).copied().collect()),
        Some(Values::Codes(_)) => Values::Codes(vectors.iter().flat_map(|vector| vector.codes()).copied().collect()),
        Some(Values::Dates(_)) => Values::Dates(vectors.iter().flat_map(|vector| vector.dates()).copied().collect()),
        _ => Values::Numbers(Numbers::chain(vectors.iter().map(Vector::numbers))),
    };
    let blank = vectors.iter().any(|vector| vector.blank.is_some()).then(|| {
        vectors.iter().flat_map(|vector| vector.blank.clone().unwrap_or_else(|| vec![false; vector.len()])).collect()
    });
    Vector { values, blank }
}
