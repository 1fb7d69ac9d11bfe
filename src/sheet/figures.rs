//! Somebody else's figures as CSV: one line for each amount (id, item, amount), or one for each payee with a column for each
//! item, as offices keep them.

use std::borrow::Cow;

use super::lines::Lines;
use crate::plan::{Code, Detail, Written};
use crate::wire::json::normal;
use crate::wire::reconciliation::{Figures, Stands};

const ID: [&str; 7] = ["id", "row", "编号", "工号", "职工号", "人员编号", "教职工编号"];
const NAME: [&str; 2] = ["name", "姓名"];
const ITEM: [&str; 3] = ["item", "项目", "项目名称"];
const AMOUNT: [&str; 3] = ["amount", "金额", "金额（元）"];

/// Reads the text of a CSV file whose place in the request is `pointer`. A cell that is blank is no figure.
pub fn read_figures(figures: &mut Figures, pointer: &str, csv: &str) {
    let stands = |line: u64| Stands { pointer: pointer.to_owned(), line: Some(line) };
    let csv = csv.strip_prefix('\u{feff}').unwrap_or(csv);
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(csv.as_bytes());
    let headings: Vec<String> = match reader.headers() {
        Ok(headings) => headings.iter().map(|heading| normal(Cow::Borrowed(heading)).into_owned()).collect(),
        Err(_) => {
            return figures.fault(&stands(1), Code::WrongType, None, None, vec![Detail::Wanted("CSV".to_owned())]);
        }
    };
    let column = |words: &[&str]| headings.iter().position(|heading| words.contains(&heading.as_str()));
    let Some(id) = column(&ID) else {
        return figures.fault(&stands(1), Code::BadId, None, None, vec![Detail::Wanted(ID.join(" | "))]);
    };
    let long = column(&ITEM).zip(column(&AMOUNT));
    for (place, heading) in headings.iter().enumerate() {
        if headings.iter().take(place).any(|known| known == heading) {
            figures.fault(&stands(1), Code::DuplicateKey, None, Some(heading), Vec::new());
        }
    }
    let mut lines = Lines::of(csv.as_bytes());
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(1, csv::Position::line);
                figures.fault(&stands(line), Code::WrongType, None, None, vec![Detail::Wanted("CSV".to_owned())]);
                return;
            }
        };
        if record.iter().all(str::is_empty) {
            continue;
        }
        let stands = stands(lines.line(&record));
        let cell = |place: usize| normal(Cow::Borrowed(record.get(place).unwrap_or_default()));
        if record.len() != headings.len() {
            let details = vec![Detail::Got(record.len().to_string()), Detail::Wanted(headings.len().to_string())];
            figures.fault(&stands, Code::WrongType, Some(&cell(id)), None, details);
            continue;
        }
        if let Some((item, amount)) = long {
            figures.figure(&stands, &cell(id), &cell(item), Written::Text(&cell(amount)));
            continue;
        }
        for (place, heading) in headings.iter().enumerate() {
            let amount = cell(place);
            if place != id && !NAME.contains(&heading.as_str()) && !amount.is_empty() {
                figures.figure(&stands, &cell(id), heading, Written::Text(&amount));
            }
        }
    }
}
