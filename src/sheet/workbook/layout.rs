//! Where each row stands: the rows of a level follow those above them, so that all rows under any row are one block.

use std::collections::HashMap;

use super::twin::{Part, Place, Spot, Twin};
use crate::engine::{Outcome, Values};
use crate::exact::{Row, at, place, put, rows};
use crate::sheet::import::column_name;

/// The line (from 1) that is empty, for blocks without rows.
const EMPTY: u32 = 4;
/// The line of the first row of data.
pub(super) const FIRST: u32 = 5;

/// The order of all rows in their sheets.
pub(super) struct Layout {
    names: Vec<String>,
    /// For each level its rows as they follow each other, and the line of each.
    order: Vec<Vec<Row>>,
    lines: Vec<Vec<u32>>,
    /// For each level and each level above it (or itself) the first and the last line under each row.
    blocks: HashMap<(usize, usize), Vec<(u32, u32)>>,
}

impl Layout {
    pub(super) fn new(outcome: &Outcome<'_>, names: Vec<String>) -> Layout {
        let mut order: Vec<Vec<Row>> = Vec::new();
        let mut lines: Vec<Vec<u32>> = Vec::new();
        let mut blocks = HashMap::new();
        for (level, known) in outcome.plan.levels.iter().enumerate() {
            let Some(data) = outcome.data.levels.get(level) else { continue };
            let mut own: Vec<Row> = rows(data.len()).collect();
            own.sort_by_key(|row| {
                let above = known.parent.and_then(|parent| lines.get(parent)).zip(data.ancestors.get(1));
                (above.map_or(0, |(lines, parents)| *at(lines, *at(parents, *row))), *row)
            });
            let mut line = vec![0; own.len()];
            (FIRST..).zip(&own).for_each(|(number, row)| *put(&mut line, *row) = number);
            for (distance, above) in known.ancestry.iter().enumerate() {
                let count = outcome.data.levels.get(*above).map_or(0, |rows| rows.len());
                let mut found = vec![(u32::MAX, 0); count];
                let Some(ancestors) = data.ancestors.get(distance) else { continue };
                for row in &own {
                    let (first, last) = put(&mut found, *at(ancestors, *row));
                    (*first, *last) = ((*first).min(*at(&line, *row)), (*last).max(*at(&line, *row)));
                }
                blocks.insert((level, *above), found);
            }
            order.push(own);
            lines.push(line);
        }
        Layout { names, order, lines, blocks }
    }

    /// The rows of a level as they follow each other.
    pub(super) fn order(&self, level: usize) -> &[Row] {
        self.order.get(level).map_or(&[], Vec::as_slice)
    }

    /// The name of a level's sheet.
    pub(super) fn name(&self, level: usize) -> &str {
        self.names.get(level).map_or("", String::as_str)
    }

    /// The line of a row.
    pub(super) fn line(&self, level: usize, row: Row) -> u32 {
        self.lines.get(level).map_or(0, |lines| *at(lines, row))
    }

    /// A pattern for one row of a level: the text of its formula, without the equals sign.
    pub(super) fn filled(&self, outcome: &Outcome<'_>, twin: &Twin, here: (usize, Row)) -> String {
        let mut text = String::new();
        for part in &twin.parts {
            match part {
                Part::Text(piece) => text.push_str(piece),
                Part::Cell(place, spot) => match seen(outcome, here, *spot) {
                    Some((level, row)) => text.push_str(&self.cell(here.0, *place, self.line(level, row))),
                    // Nobody is named: what it would read is blank.
                    None => text.push_str("\"\""),
                },
                Part::Block(place, under) => {
                    let lines = match under.map(|spot| seen(outcome, here, spot)) {
                        None => (FIRST, FIRST + self.count(place.level).saturating_sub(1)),
                        Some(Some((above, row))) => self.block(place.level, above, row),
                        Some(None) => (EMPTY, EMPTY),
                    };
                    text.push_str(&self.range(here.0, *place, lines));
                }
                Part::Line(spot) => {
                    let line = seen(outcome, here, *spot).map_or(0, |(level, row)| self.line(level, row));
                    text.push_str(&line.to_string());
                }
            }
        }
        text
    }

    /// How many characters a pattern has at most.
    pub(super) fn length(&self, twin: &Twin, here: usize) -> usize {
        let sheet = |level: usize| if here == level { 0 } else { self.name(level).encode_utf16().count() + 3 };
        let length = |part: &Part| match part {
            Part::Text(piece) => piece.encode_utf16().count(),
            Part::Cell(place, _) => sheet(place.level) + 10,
            Part::Block(place, _) => sheet(place.level) + 21,
            Part::Line(_) => 7,
        };
        twin.parts.iter().map(length).sum()
    }

    /// All cells of a column, named from another sheet.
    pub(super) fn whole(&self, place: Place) -> String {
        self.range(usize::MAX, place, (FIRST, FIRST + self.count(place.level).saturating_sub(1)))
    }

    /// A cell of a column, named from another sheet.
    pub(super) fn outside(&self, place: Place, row: Row) -> String {
        self.cell(usize::MAX, place, self.line(place.level, row))
    }

    fn count(&self, level: usize) -> u32 {
        self.order.get(level).map_or(0, |order| u32::try_from(order.len()).unwrap_or(u32::MAX))
    }

    fn block(&self, level: usize, above: usize, row: Row) -> (u32, u32) {
        let found = self.blocks.get(&(level, above)).and_then(|blocks| blocks.get(place(row))).copied();
        found.filter(|(first, last)| first <= last).unwrap_or((EMPTY, EMPTY))
    }

    fn cell(&self, here: usize, place: Place, line: u32) -> String {
        format!("{}{}{line}", self.sheet(here, place.level), column_name(usize::from(place.column)))
    }

    fn range(&self, here: usize, place: Place, (first, last): (u32, u32)) -> String {
        let column = column_name(usize::from(place.column));
        format!("{}{column}{first}:{column}{last}", self.sheet(here, place.level))
    }

    fn sheet(&self, here: usize, level: usize) -> String {
        if here == level { String::new() } else { format!("'{}'!", self.name(level)) }
    }
}

/// The row that a spot is; none: a blank row fact.
fn seen(outcome: &Outcome<'_>, (level, row): (usize, Row), spot: Spot) -> Option<(usize, Row)> {
    match spot {
        Spot::Up(above) => {
            let distance = outcome.plan.levels.get(level)?.ancestry.iter().position(|known| *known == above)?;
            Some((above, *at(outcome.data.levels.get(level)?.ancestors.get(distance)?, row)))
        }
        Spot::Via(fact) => {
            let crate::plan::ColumnKind::Row(target) = outcome.plan.column(level, fact)?.kind else { return None };
            let vector = outcome.columns.get(level)?.get(fact)?;
            let Values::Codes(named) = &vector.values else { return None };
            (!vector.is_blank(row)).then(|| (target, *at(named, row)))
        }
    }
}
