//! A result for people: funds with what was drawn and is left, payees by the level above, checks, warnings, balance.

use std::collections::BTreeMap;
use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use crate::engine::{Outcome, Warning};
use crate::exact::{Fen, Row, at, fen_text, rows};
use crate::plan::{Language, WARNINGS};
use crate::wire::result::{Report, warning_word};

/// Rows of one table that are printed; the rest are counted.
const MOST_ROWS: usize = 100;

/// Prints a result.
pub(super) fn print(
    out: &mut dyn Write,
    outcome: &Outcome<'_>,
    report: &Report<'_, '_>,
    language: Language,
) -> io::Result<()> {
    let say = |zh: &'static str, en: &'static str| if language == Language::Chinese { zh } else { en };
    writeln!(out, "{}（{}）", outcome.plan.document.title, outcome.plan.document.code)?;
    for book in &outcome.funds.books {
        let (level, column) = (book.fund.level, book.fund.column);
        let steps = book.drawn.keys().filter_map(|step| outcome.plan.document.steps.get(*step));
        let mut headings = vec![label(outcome, level), say("金额", "value").to_owned()];
        headings.extend(steps.map(|step| step.heading.label().to_owned()));
        headings.extend(book.withheld.keys().cloned());
        headings.push(say("结余", "left").to_owned());
        let mut table =
            Table::new(format!("{} · {}", label(outcome, level), column_label(outcome, level, column)), headings);
        for row in rows(book.value.len()) {
            let mut cells = vec![*at(&book.value, row)];
            cells.extend(book.drawn.values().chain(book.withheld.values()).map(|amounts| *at(amounts, row)));
            cells.push(*at(&book.left, row));
            table.row(named(outcome, level, row), cells);
        }
        table.print(out, say("合计", "total"), say("另有", "and more:"))?;
    }
    payees(out, outcome, &say)?;
    checks(out, outcome, &say)?;
    warnings(out, outcome, language)?;
    balance(out, outcome, &say)?;
    writeln!(out, "{} {}", say("结果指纹", "result"), report.result_sha256)
}

fn label(outcome: &Outcome<'_>, level: usize) -> String {
    outcome.plan.document.levels.get(level).map_or_else(String::new, |level| level.heading.label().to_owned())
}

fn column_label(outcome: &Outcome<'_>, level: usize, column: usize) -> String {
    let step = outcome.plan.column(level, column).and_then(|column| column.step);
    let heading = match step {
        Some(step) => outcome.plan.document.steps.get(step).map(|step| &step.heading),
        None => outcome.plan.fact(level, column).map(|fact| &fact.heading),
    };
    heading.map_or_else(String::new, |heading| heading.label().to_owned())
}

fn named(outcome: &Outcome<'_>, level: usize, row: Row) -> String {
    let Some(data) = outcome.data.levels.get(level) else { return String::new() };
    let id = outcome.data.id(level, row);
    match at(&data.names, row) {
        Some(name) => format!("{id} {name}"),
        None => id.to_owned(),
    }
}

/// Each row above the payees with how many are paid and their sum.
fn payees(
    out: &mut dyn Write,
    outcome: &Outcome<'_>,
    say: &dyn Fn(&'static str, &'static str) -> &'static str,
) -> io::Result<()> {
    let (Some(payee), Some(totals)) = (outcome.plan.payee, &outcome.totals) else { return Ok(()) };
    let Some(above) = outcome.plan.levels.get(payee).and_then(|level| level.parent) else { return Ok(()) };
    let Some(parents) = outcome.data.levels.get(payee).and_then(|rows| rows.ancestors.get(1)) else { return Ok(()) };
    let mut sums: BTreeMap<Row, (usize, Fen)> = BTreeMap::new();
    for (parent, total) in parents.iter().zip(totals.iter()) {
        let sum = sums.entry(*parent).or_default();
        sum.0 += 1;
        sum.1 += *total;
    }
    let headings = vec![label(outcome, above), say("发放合计", "paid").to_owned()];
    let mut table = Table::new(format!("{} · {}", label(outcome, payee), say("发放", "payees")), headings);
    for (row, (count, sum)) in sums {
        table.row(format!("{} ({count})", named(outcome, above, row)), vec![sum]);
    }
    table.print(out, say("合计", "total"), say("另有", "and more:"))
}

fn checks(
    out: &mut dyn Write,
    outcome: &Outcome<'_>,
    say: &dyn Fn(&'static str, &'static str) -> &'static str,
) -> io::Result<()> {
    for check in outcome.checks.iter() {
        let name = outcome.plan.document.steps.get(check.step).map_or("", |step| step.heading.label());
        if check.failed.is_empty() {
            writeln!(out, "✓ {name}")?;
        } else {
            let mut ids: Vec<String> =
                check.failed.iter().take(5).map(|row| named(outcome, check.level, *row)).collect();
            if check.failed.len() > ids.len() {
                ids.push("…".to_owned());
            }
            writeln!(out, "! {name}: {} {} ({})", check.failed.len(), say("处不满足", "failed"), ids.join(", "))?;
        }
    }
    Ok(())
}

fn warnings(out: &mut dyn Write, outcome: &Outcome<'_>, language: Language) -> io::Result<()> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    outcome.warnings.iter().for_each(|warning: &Warning| *counts.entry(warning_word(warning)).or_default() += 1);
    for (word, count) in counts {
        let meaning = WARNINGS.iter().find(|(known, _, _)| *known == word).map_or("", |(_, zh, en)| match language {
            Language::Chinese => zh,
            Language::English => en,
        });
        writeln!(out, "! {word} × {count}: {meaning}")?;
    }
    Ok(())
}

fn balance(
    out: &mut dyn Write,
    outcome: &Outcome<'_>,
    say: &dyn Fn(&'static str, &'static str) -> &'static str,
) -> io::Result<()> {
    let balance = &outcome.balance;
    writeln!(
        out,
        "{} {} = {} {} + {} {} + {} {} + {} {}",
        say("来源", "sources"),
        fen_text(balance.sources),
        say("发放", "paid"),
        fen_text(balance.paid),
        say("核拨", "assigned"),
        fen_text(balance.assigned),
        say("扣留", "withheld"),
        fen_text(balance.withheld),
        say("结余", "left"),
        fen_text(balance.left),
    )?;
    writeln!(
        out,
        "{} {} = {} {} + {} {} · {}",
        say("领取人合计", "payees"),
        fen_text(balance.payee_total),
        say("发放", "paid"),
        fen_text(balance.paid),
        say("无资金来源的发放", "unfunded"),
        fen_text(balance.unfunded),
        // A result that is not balanced is refused before it can be printed.
        if balance.is_balanced() { say("平衡", "balanced") } else { say("不平衡", "NOT BALANCED") },
    )
}

/// A table of amounts, its columns as wide as their widest cell.
struct Table {
    title: String,
    headings: Vec<String>,
    rows: Vec<(String, Vec<Fen>)>,
}

impl Table {
    fn new(title: String, headings: Vec<String>) -> Table {
        Table { title, headings, rows: Vec::new() }
    }

    fn row(&mut self, name: String, amounts: Vec<Fen>) {
        self.rows.push((name, amounts));
    }

    fn print(self, out: &mut dyn Write, total: &str, more: &str) -> io::Result<()> {
        let mut sums: Vec<Fen> = vec![0; self.headings.len().saturating_sub(1)];
        for (_, amounts) in &self.rows {
            sums.iter_mut().zip(amounts).for_each(|(sum, amount)| *sum += amount);
        }
        let text = |name: &str, amounts: &[Fen]| {
            std::iter::once(name.to_owned()).chain(amounts.iter().map(|amount| fen_text(*amount))).collect::<Vec<_>>()
        };
        let mut lines = vec![self.headings.clone()];
        lines.extend(self.rows.iter().take(MOST_ROWS).map(|(name, amounts)| text(name, amounts)));
        lines.push(text(total, &sums));
        let mut widths = vec![0; self.headings.len()];
        for line in &lines {
            widths.iter_mut().zip(line).for_each(|(width, cell)| *width = (*width).max(cell.width()));
        }
        writeln!(out, "\n{}", self.title)?;
        let last = lines.len() - 1;
        for (index, line) in lines.iter().enumerate() {
            if index == last && self.rows.len() > MOST_ROWS {
                writeln!(out, "  … {more} {}", self.rows.len() - MOST_ROWS)?;
            }
            for (column, (cell, width)) in line.iter().zip(&widths).enumerate() {
                let space = " ".repeat(width.saturating_sub(cell.width()));
                match column {
                    0 => write!(out, "  {cell}{space}")?,
                    _ => write!(out, "  {space}{cell}")?,
                }
            }
            writeln!(out)?;
        }
        writeln!(out)
    }
}
