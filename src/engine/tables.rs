//! Lookup and band tables (`plan-language.md` §1.2), by code and by position rather than by text.

use std::cell::Cell;

use rustc_hash::FxHashMap;

use super::frame::Frame;
use super::numbers::Numbers;
use super::state::State;
use super::vector::{Values, Vector};
use crate::exact::{Number, Row, at, place, rows};
use crate::plan::document::{Key, Limit, Table, TableKind};
use crate::plan::{Code, Detail, Expr, Texts};

/// A key that no row has.
const NO_CODE: u32 = u32::MAX;
/// As many keys as a table can have.
type Keys = [u32; 3];

/// A table made ready.
pub struct Lookup {
    /// The value of each row, and at the end that of `else`.
    values: Numbers,
    has_else: bool,
    /// Codes of number keys, by position of the key.
    numbers: Vec<FxHashMap<Number, u32>>,
    /// The rows of each combination of (leading) keys: one in a lookup table, the bands in a band table.
    by_key: FxHashMap<Keys, Vec<Row>>,
    /// For a single choice key: the row by the text's number.
    by_text: Vec<Row>,
    limits: Vec<Option<Limit>>,
    min: Option<Number>,
    is_band: bool,
    matched: Vec<Cell<bool>>,
}

impl Lookup {
    /// Makes a table ready.
    pub fn new(table: &Table, texts: &Texts) -> Lookup {
        let mut numbers: Vec<FxHashMap<Number, u32>> = vec![FxHashMap::default(); table.keys.len()];
        let mut by_key: FxHashMap<Keys, Vec<Row>> = FxHashMap::default();
        let mut by_text = Vec::new();
        for (row, written) in rows(table.rows.len()).zip(&table.rows) {
            let mut keys: Keys = [NO_CODE; 3];
            for ((slot, key), codes) in keys.iter_mut().zip(&written.key).zip(&mut numbers) {
                *slot = match key {
                    Key::Choice(text) => texts.number(text).unwrap_or(NO_CODE),
                    Key::Flag(flag) => u32::from(*flag),
                    Key::Number(number) => {
                        let next = rows(codes.len()).end;
                        *codes.entry(number.clone()).or_insert(next)
                    }
                };
            }
            if let ([Key::Choice(_)], [code, ..]) = (written.key.as_slice(), keys) {
                if by_text.len() <= place(code) {
                    by_text.resize(place(code) + 1, NO_CODE);
                }
                *crate::exact::put(&mut by_text, code) = row;
            }
            by_key.entry(keys).or_default().push(row);
        }
        let (min, otherwise) = match &table.kind {
            TableKind::Lookup { otherwise } => (None, otherwise.clone()),
            TableKind::Band { min } => (min.clone(), None),
        };
        let values = table.rows.iter().map(|row| row.value.clone()).chain(otherwise.clone());
        Lookup {
            values: Numbers::Exact(values.collect()).narrow(),
            has_else: otherwise.is_some(),
            numbers,
            by_key,
            by_text,
            limits: table.rows.iter().map(|row| row.limit.clone()).collect(),
            min,
            is_band: matches!(table.kind, TableKind::Band { .. }),
            matched: vec![Cell::new(false); table.rows.len()],
        }
    }

    /// The rows that no evaluation has matched, from 0.
    pub fn unmatched(&self) -> impl Iterator<Item = usize> + '_ {
        self.matched.iter().enumerate().filter(|(_, matched)| !matched.get()).map(|(row, _)| row)
    }

    /// The value of each row, and at the end that of `else`.
    pub fn values(&self) -> &Numbers {
        &self.values
    }

    /// Notes that a row was matched.
    pub fn matches(&self, row: Row) {
        if let Some(matched) = self.matched.get(place(row)) {
            matched.set(true);
        }
    }

    /// The codes of a key column.
    fn codes(&self, key: usize, vector: &Vector) -> Vec<u32> {
        match &vector.values {
            Values::Codes(codes) => codes.clone(),
            Values::Flags(flags) => flags.iter().map(|flag| u32::from(*flag)).collect(),
            Values::Numbers(numbers) => {
                let Some(known) = self.numbers.get(key) else { return vec![NO_CODE; numbers.len()] };
                let code = |row| known.get(&numbers.get(row)).copied().unwrap_or(NO_CODE);
                rows(numbers.len()).map(code).collect()
            }
            Values::Dates(dates) => vec![NO_CODE; dates.len()],
        }
    }

    /// The largest code of a choice that stands at a place among the keys.
    pub fn largest_code(&self, key: usize) -> i64 {
        let codes = self.by_key.keys().filter_map(|keys| keys.get(key)).filter(|code| **code != NO_CODE);
        codes.max().map_or(0, |code| i64::from(*code))
    }

    /// Between which numerators over `per` the numbers lie that decide at a place among the keys.
    pub fn bounds(&self, key: usize, per: i64) -> Option<(i64, i64)> {
        let is_limited = self.is_band && self.numbers.len() == key;
        let limits = self.limits.iter().flatten().map(|limit| &limit.at).chain(&self.min);
        let numbers: Vec<&Number> = match self.numbers.get(key) {
            Some(known) if !is_limited => known.keys().collect(),
            _ => limits.collect(),
        };
        let (mut low, mut high) = (i64::MAX, i64::MIN);
        for number in numbers {
            let (top, bottom) = number.small()?;
            let floor = i64::try_from(top.checked_mul(i128::from(per))?.div_euclid(bottom)).ok()?;
            low = low.min(floor);
            high = high.max(floor.checked_add(1)?);
        }
        Some(if low <= high { (low, high) } else { (0, 0) })
    }

    /// For each position the rows of its (leading) keys.
    fn rows_of(&self, count: usize, keys: &[Vector]) -> Vec<&[Row]> {
        let codes: Vec<Vec<u32>> = keys.iter().enumerate().map(|(key, vector)| self.codes(key, vector)).collect();
        if codes.is_empty() {
            let only = self.by_key.get(&[NO_CODE; 3]).map_or(&[][..], Vec::as_slice);
            return vec![only; count];
        }
        rows(count)
            .map(|position| {
                let mut keys: Keys = [NO_CODE; 3];
                keys.iter_mut().zip(&codes).for_each(|(slot, codes)| *slot = *at(codes, position));
                self.by_key.get(&keys).map_or(&[][..], Vec::as_slice)
            })
            .collect()
    }

    /// The row of a lookup table for each position.
    fn listed(&self, count: usize, keys: &[Vector]) -> Vec<Option<Row>> {
        if let ([key], false) = (keys, self.by_text.is_empty()) {
            let found = |code: &u32| self.by_text.get(place(*code)).copied().filter(|row| *row != NO_CODE);
            return key.codes().iter().map(found).collect();
        }
        self.rows_of(count, keys).into_iter().map(|rows| rows.first().copied()).collect()
    }

    /// The first band of `bands` that takes a number, by its place among them.
    fn band(&self, bands: &[Row], number: &Number) -> Option<usize> {
        if self.min.as_ref().is_some_and(|min| number < min) {
            return None;
        }
        let below = bands.partition_point(|band| match at(&self.limits, *band) {
            None => false,
            Some(limit) if limit.inclusive => limit.at < *number,
            Some(limit) => limit.at <= *number,
        });
        (below < bands.len()).then_some(below)
    }

    /// For bands without leading keys: each limit as the largest numerator over `per` that the band takes.
    fn thresholds(&self, bands: &[Row], per: i64) -> Option<Vec<i128>> {
        bands
            .iter()
            .map(|band| {
                let Some(limit) = at(&self.limits, *band) else { return Some(i128::MAX) };
                let (top, bottom) = limit.at.small()?;
                let scaled = top.checked_mul(i128::from(per))?;
                let floor = scaled.div_euclid(bottom);
                let whole = scaled.rem_euclid(bottom) == 0;
                Some(if whole && !limit.inclusive { floor - 1 } else { floor })
            })
            .collect()
    }

    /// The band of each number of one list of bands, on integers.
    fn bands_scaled(&self, bands: &[Row], values: &[i64], per: i64) -> Option<Vec<Option<Row>>> {
        let thresholds = self.thresholds(bands, per)?;
        let min = match &self.min {
            None => i128::MIN,
            Some(min) => {
                let (top, bottom) = min.small()?;
                let scaled = top.checked_mul(i128::from(per))?;
                scaled.div_euclid(bottom) + i128::from(scaled.rem_euclid(bottom) != 0)
            }
        };
        let band = |value: &i64| {
            let value = i128::from(*value);
            let below = thresholds.partition_point(|threshold| *threshold < value);
            bands.get(below).copied().filter(|_| value >= min)
        };
        Some(values.iter().map(band).collect())
    }

    /// The band of each position.
    fn banded(&self, keys: &[Vector], number: &Vector) -> Vec<Option<Row>> {
        let numbers = number.numbers();
        if let (true, Numbers::Scaled { values, per }) = (keys.is_empty(), numbers) {
            let bands = self.by_key.get(&[NO_CODE; 3]).map_or(&[][..], Vec::as_slice);
            if let Some(found) = self.bands_scaled(bands, values, *per) {
                return found;
            }
        }
        let lists = self.rows_of(numbers.len(), keys);
        let band = |(position, bands): (Row, &[Row])| {
            self.band(bands, &numbers.get(position)).and_then(|found| bands.get(found).copied())
        };
        rows(numbers.len()).zip(lists).map(band).collect()
    }

    /// The row of each position.
    pub fn found(&self, count: usize, keys: &[Vector]) -> Vec<Option<Row>> {
        match (self.is_band, keys.split_last()) {
            (true, Some((number, leading))) => self.banded(leading, number),
            _ => self.listed(count, keys),
        }
    }

    /// Whether `else` is given.
    pub fn has_else(&self) -> bool {
        self.has_else
    }

    /// Σ over the bands up to the number's own of the part of [min, number] that lies in the band × its value.
    fn marginal(&self, bands: &[Row], number: &Number) -> Option<Result<Number, crate::exact::NotExact>> {
        let own = self.band(bands, number)?;
        let min = self.min.clone()?;
        let mut lower = min.clone();
        let mut parts = Vec::new();
        for (place, band) in bands.iter().take(own + 1).enumerate() {
            let limit = at(&self.limits, *band).as_ref().map_or(number, |limit| &limit.at);
            // A band that ends under `min` is never reached.
            if place == own || *limit >= min {
                self.matches(*band);
            }
            let upper = limit.min(number);
            if *upper > lower {
                parts.push(upper.product_of_difference(&lower, &self.values.get(*band)));
                lower = upper.clone();
            }
        }
        Some(crate::exact::sum(&parts))
    }
}

impl State<'_> {
    fn keys(&self, frame: &Frame<'_>, keys: &[Expr]) -> Vec<Vector> {
        keys.iter().map(|key| self.needed(frame, key).into_owned()).collect()
    }

    /// `lookup(table, key, …)`
    pub fn lookup(&self, frame: &Frame<'_>, table: usize, keys: &[Expr]) -> Vector {
        let keys = self.keys(frame, keys);
        let Some(lookup) = self.tables.get(table) else { return Numbers::empty().into() };
        let found = lookup.found(frame.len(), &keys);
        let code = if lookup.is_band { Code::NoBand } else { Code::NoKey };
        let missing = rows(lookup.matched.len()).end;
        let mut chosen = Vec::with_capacity(found.len());
        for (position, row) in rows(found.len()).zip(found) {
            match row {
                Some(row) => lookup.matches(row),
                None if lookup.has_else => {}
                None => frame.fail_with(position, self.missing_code(code, table, &keys, position), || {
                    self.key_details(table, &keys, position)
                }),
            }
            // Without `else` a row that failed takes any value.
            chosen.push(row.unwrap_or(if lookup.has_else { missing } else { 0 }));
        }
        lookup.values.gather(&chosen).into()
    }

    /// `marginal(table, key, …, x)`
    pub fn marginal(&self, frame: &Frame<'_>, table: usize, keys: &[Expr]) -> Vector {
        let keys = self.keys(frame, keys);
        let (Some(lookup), Some((number, leading))) = (self.tables.get(table), keys.split_last()) else {
            return Numbers::empty().into();
        };
        let lists = lookup.rows_of(frame.len(), leading);
        let mut values = Vec::with_capacity(frame.len());
        for (position, bands) in rows(frame.len()).zip(lists) {
            values.push(match lookup.marginal(bands, &number.numbers().get(position)) {
                Some(Ok(value)) => value,
                Some(Err(error)) => {
                    frame.fail_exact(position, error);
                    Number::ZERO
                }
                None => {
                    let code = self.missing_code(Code::NoBand, table, &keys, position);
                    frame.fail_with(position, code, || self.key_details(table, &keys, position));
                    Number::ZERO
                }
            });
        }
        Numbers::Exact(values).narrow().into()
    }

    /// A band table whose leading keys have no band at all lacks the key, not the band.
    fn missing_code(&self, code: Code, table: usize, keys: &[Vector], position: Row) -> Code {
        let (Code::NoBand, Some(lookup), Some((_, leading))) = (code, self.tables.get(table), keys.split_last()) else {
            return code;
        };
        let leading: Vec<Vector> = leading.iter().map(|key| key.gather(&[position])).collect();
        let unlisted = lookup.rows_of(1, &leading).first().is_none_or(|rows| rows.is_empty());
        if unlisted { Code::NoKey } else { Code::NoBand }
    }

    fn key_details(&self, table: usize, keys: &[Vector], position: Row) -> Vec<Detail> {
        let name = self.plan.document.tables.get(table).map_or("", |table| table.heading.name.as_str());
        let shown: Vec<String> = keys
            .iter()
            .map(|key| match &key.values {
                Values::Numbers(numbers) => numbers.get(position).text(),
                Values::Flags(flags) => at(flags, position).to_string(),
                Values::Codes(codes) => self.plan.texts.text(*at(codes, position)).to_owned(),
                Values::Dates(dates) => at(dates, position).to_string(),
            })
            .collect();
        vec![Detail::Got(format!("{name}({})", shown.join(", ")))]
    }
}
