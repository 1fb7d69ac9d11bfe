//! A notice as a page to be printed on A4, across: no script, nothing from elsewhere. Each list begins a new sheet of paper, and
//! its headings are on every sheet.

use super::{Listed, Notice, Part};
use crate::exact::{Fen, fen_text};
use crate::wire::explanation::escaped;

/// How a notice looks on the screen and on paper.
const STYLE: &str = "\
@page { size: A4 landscape; margin: 14mm 12mm 16mm; @bottom-center { content: \"第 \" counter(page) \" 页 共 \" counter(pages) \" 页\"; font-size: 9pt; } }
body { font: 10.5pt/1.5 \"Songti SC\", SimSun, \"Noto Serif CJK SC\", serif; max-width: 273mm; margin: 1em auto; padding: 0 1em; color: #000; }
section + section { break-before: page; margin-top: 2em; }
h1 { font-size: 15pt; text-align: center; margin: 0 0 .4em; }
.below { display: flex; justify-content: space-between; gap: 2em; flex-wrap: wrap; margin: .2em 0; }
table { border-collapse: collapse; width: 100%; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
th, td { border: 1px solid #000; padding: .1em .4em; }
td { text-align: right; font-variant-numeric: tabular-nums; }
td:nth-child(-n+2) { text-align: center; }
.sum td { font-weight: bold; }
p { margin: .3em 0; }
@media print { body { margin: 0; padding: 0; max-width: none; } section + section { margin-top: 0; } }
";

impl Notice {
    /// How it begins as HTML.
    pub fn html_head(&self) -> String {
        let title = escaped(&self.heading());
        format!(
            "<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
        )
    }

    /// How it ends as HTML.
    pub fn html_end(&self) -> &'static str {
        "</body>\n</html>\n"
    }

    /// A part as HTML.
    pub fn html_part(&self, part: &Part) -> String {
        match part {
            Part::List(school) => {
                let below = self.below(school.as_deref());
                let below: Vec<String> = below.iter().map(|text| format!("<span>{}</span>", escaped(text))).collect();
                let headings: Vec<String> =
                    self.headings().iter().map(|heading| format!("<th>{}</th>", escaped(heading))).collect();
                format!(
                    "<section>\n<h1>{}</h1>\n<div class=\"below\">{}</div>\n<table>\n<thead><tr>{}</tr></thead>\n<tbody>\n",
                    escaped(&self.heading()),
                    below.concat(),
                    headings.concat()
                )
            }
            Part::Rows(rows) => rows.iter().map(row).collect(),
            Part::Sum(sum) => {
                let amounts: Vec<Option<Fen>> = sum.amounts.iter().map(|amount| Some(*amount)).collect();
                let sum = cells("合计", &sum.count(), &amounts, sum.total);
                let end: Vec<String> = self.end().iter().map(|text| format!("<p>{}</p>\n", escaped(text))).collect();
                format!("<tr class=\"sum\">{sum}</tr>\n</tbody>\n</table>\n{}</section>\n", end.concat())
            }
        }
    }
}

fn row(Listed { number, name, amounts, total }: &Listed) -> String {
    format!("<tr>{}</tr>\n", cells(&number.to_string(), name, amounts, *total))
}

fn cells(first: &str, second: &str, amounts: &[Option<Fen>], total: Fen) -> String {
    let mut cells = format!("<td>{}</td><td>{}</td>", escaped(first), escaped(second));
    for amount in amounts.iter().copied().chain([Some(total)]) {
        cells.push_str(&format!("<td>{}</td>", amount.map(grouped).unwrap_or_default()));
    }
    cells
}

/// An amount with its thousands apart: 1,234.50.
fn grouped(fen: Fen) -> String {
    let text = fen_text(fen);
    let (sign, text) = text.strip_prefix('-').map_or(("", text.as_str()), |text| ("-", text));
    let (yuan, rest) = text.split_once('.').unwrap_or((text, ""));
    let mut grouped = String::from(sign);
    for (place, digit) in yuan.chars().enumerate() {
        if place > 0 && (yuan.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped}.{rest}")
}
