//! Lookup and band tables (`plan-language.md` §1.2).

use std::collections::{HashMap, HashSet};

use super::element::Element;
use crate::exact::Number;
use crate::plan::document::{Key, KeyType, Limit, Table, TableKind, TableRow};
use crate::plan::{Code, Fault, MOST_TABLE_ROWS};
use crate::wire::json::Json;

/// The most keys of a lookup table.
const MOST_KEYS: usize = 3;
/// The most leading keys of a band table.
const MOST_LEADING_KEYS: usize = 2;

const KEY_TYPES: [(&str, KeyType); 3] =
    [("choice", KeyType::Choice), ("number", KeyType::Number), ("flag", KeyType::Flag)];

/// The types of a table's keys: outer none where it is not known how many, inner none where one has no known type.
type Keys = Option<Vec<Option<KeyType>>>;

/// A row as far as it could be read.
struct ReadRow {
    index: usize,
    /// None where a key is faulty.
    key: Option<Vec<Key>>,
    bound: Bound,
    value: Number,
}

/// The upper limit of a row.
enum Bound {
    Limit(Limit),
    Open,
    Faulty,
}

/// Reads all tables of the plan and counts their rows.
pub(super) fn tables<'j>(plan: &mut Element<'_, 'j>, items: &'j [Json<'j>]) -> Vec<Table> {
    let mut count = 0;
    let tables = plan.elements("tables", items, |element, _| table(element, &mut count));
    if count > MOST_TABLE_ROWS {
        let fault = Fault::plan(Code::TooLarge, plan.pointer("tables"));
        plan.faults.add(fault.got(count.to_string()).wanted(format!("≤ {MOST_TABLE_ROWS}")));
    }
    tables.into_iter().flatten().collect()
}

/// Reads a table; none where its kind is faulty, for the kind decides about every other key.
fn table(table: &mut Element<'_, '_>, count: &mut usize) -> Option<Table> {
    let Some(band) = table.word("kind", &[("lookup", false), ("band", true)]) else {
        table.be_silent();
        return None;
    };
    let heading = table.heading();
    let kind = if band {
        TableKind::Band { min: table.maybe_number("min") }
    } else {
        TableKind::Lookup { otherwise: table.maybe_number("else") }
    };
    let keys = key_types(table, band);
    let rows = table.full_list("rows").unwrap_or_default();
    *count += rows.len();
    let rows = table.elements("rows", rows, |element, index| row(element, index, keys.as_ref(), band));
    if band {
        ascending(table, &rows)
    } else {
        unique(table, &rows)
    }
    let keys = keys.unwrap_or_default().into_iter().flatten().collect();
    Some(Table { heading, kind, keys, rows: rows.into_iter().map(finished).collect() })
}

/// The row of the document. A faulty one stands in a document that is refused.
fn finished(row: ReadRow) -> TableRow {
    let limit = match row.bound {
        Bound::Limit(limit) => Some(limit),
        Bound::Open | Bound::Faulty => None,
    };
    TableRow { key: row.key.unwrap_or_default(), limit, value: row.value }
}

fn key_types(table: &mut Element<'_, '_>, band: bool) -> Keys {
    let Some(json) = table.get("keys") else {
        return Some(if band { Vec::new() } else { vec![Some(KeyType::Choice)] });
    };
    let items = table.as_list("keys", json)?;
    let (least, most) = if band { (0, MOST_LEADING_KEYS) } else { (1, MOST_KEYS) };
    if items.len() < least || items.len() > most {
        let fault = Fault::plan(Code::BadValue, table.pointer("keys")).got(items.len().to_string());
        table.faults.add(fault.wanted(format!("{least}…{most}")));
        return None;
    }
    let types = items.iter().enumerate();
    Some(types.map(|(index, json)| table.as_word(&format!("keys/{index}"), json, &KEY_TYPES)).collect())
}

fn row(row: &mut Element<'_, '_>, index: usize, keys: Option<&Vec<Option<KeyType>>>, band: bool) -> ReadRow {
    let key = match keys {
        None => {
            row.pass(&["key"]);
            None
        }
        Some(keys) if keys.is_empty() => Some(Vec::new()),
        Some(keys) => key(row, keys),
    };
    let bound = if band { bound(row) } else { Bound::Open };
    ReadRow { index, key, bound, value: row.number("value").unwrap_or(Number::ZERO) }
}

/// The keys of a row; none where one is faulty.
fn key(row: &mut Element<'_, '_>, types: &[Option<KeyType>]) -> Option<Vec<Key>> {
    let items = row.list("key")?;
    if items.len() != types.len() {
        let fault = Fault::plan(Code::BadKey, row.pointer("key")).got(items.len().to_string());
        row.faults.add(fault.wanted(types.len().to_string()));
        return None;
    }
    let parts = items.iter().zip(types).enumerate();
    // All parts are read before one that is faulty makes the key none: each has its own fault.
    let parts: Vec<Option<Key>> = parts
        .map(|(index, (json, kind))| kind.and_then(|kind| key_part(row, &format!("key/{index}"), json, kind)))
        .collect();
    parts.into_iter().collect()
}

fn key_part<'j>(row: &mut Element<'_, 'j>, at: &str, json: &'j Json<'j>, kind: KeyType) -> Option<Key> {
    match kind {
        KeyType::Choice => row.as_text(at, json).map(|text| Key::Choice(text.to_owned())),
        KeyType::Number => row.as_decimal(at, json).map(|decimal| Key::Number(decimal.number().clone())),
        KeyType::Flag => {
            if json.flag().is_none() {
                row.wrong(Code::WrongType, at, json, "flag");
            }
            json.flag().map(Key::Flag)
        }
    }
}

/// The limit of a row of a band table.
fn bound(row: &mut Element<'_, '_>) -> Bound {
    let (upto, below) = (row.has("upto"), row.has("below"));
    let (at, inclusive) = (row.maybe_number("upto"), upto);
    let other = row.maybe_number("below");
    if upto && below {
        row.faults.add(Fault::plan(Code::BadBand, row.at.clone()).got("upto, below"));
        return Bound::Faulty;
    }
    match at.or(other) {
        Some(at) => Bound::Limit(Limit { at, inclusive }),
        None if upto || below => Bound::Faulty,
        None => Bound::Open,
    }
}

/// Reports rows of a lookup table whose key another row before them has.
fn unique(table: &mut Element<'_, '_>, rows: &[ReadRow]) {
    let mut seen = HashSet::new();
    for row in rows {
        if row.key.as_deref().is_some_and(|key| !seen.insert(identity(key))) {
            table.fault(Code::DuplicateTableKey, &format!("rows/{}/key", row.index));
        }
    }
}

/// Reports rows of a band table that do not ascend from the row of the same leading key before them, and those without
/// a limit that another row of their key follows.
fn ascending(table: &mut Element<'_, '_>, rows: &[ReadRow]) {
    let mut before: HashMap<String, &ReadRow> = HashMap::new();
    for row in rows {
        let Some(key) = row.key.as_deref() else { continue };
        let Some(known) = before.insert(identity(key), row) else { continue };
        match (&known.bound, &row.bound) {
            (Bound::Open, _) => table.fault(Code::BadBand, &format!("rows/{}", known.index)),
            // `below` n may be followed by `upto` n, which adds n itself.
            (Bound::Limit(lower), Bound::Limit(upper))
                if (&lower.at, lower.inclusive) >= (&upper.at, upper.inclusive) =>
            {
                table.fault(Code::BadBand, &format!("rows/{}", row.index));
            }
            _ => {}
        }
    }
}

/// A text that is equal for equal keys only: no text of a plan holds U+0000.
fn identity(key: &[Key]) -> String {
    let parts = key.iter().map(|part| match part {
        Key::Choice(text) => format!("{text}\0"),
        Key::Number(number) => format!("{}\0", number.exact_text()),
        Key::Flag(flag) => format!("{flag}\0"),
    });
    parts.collect()
}
