//! The columns of a level's sheet, before they are written.

use super::twin::{Part, Place, Shape, Spot, Twin, call};
use crate::engine::{FactColumn, Outcome, Values};
use crate::exact::{Date, Number, Row, at};

/// A column of a sheet.
pub(super) struct Column {
    /// What stands above its heading: the formula of the plan.
    pub(super) above: String,
    pub(super) heading: String,
    pub(super) content: Content,
    pub(super) look: Look,
}

/// What the cells of a column hold.
pub(super) enum Content {
    Id,
    Name,
    /// The id of the row above, as a formula that points there.
    Parent,
    /// Where a row stands among all rows of its level by id, from 1.
    Order,
    /// A fact that is typed in.
    Fact(usize),
    /// The id of the row that a row fact names, as a formula that points there.
    Named(usize),
    /// The line of that row.
    Link(usize),
    /// The service's value of a column.
    Ours(usize),
    /// The service's values that are no column.
    Given(Vec<Shown>),
    /// A formula; the column that says what it gave.
    Formula(Twin, Option<usize>),
}

/// How the cells of a column look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Look {
    Plain,
    Money,
    Date,
    /// The service's value beside a formula.
    Ours,
    OurMoney,
    OurDate,
    Difference,
}

/// A value as a cell shows it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shown {
    Number(Number),
    Text(String),
    Flag(bool),
    Date(Date),
    Blank,
}

/// The column that says where a row stands by its id.
pub(super) const ORDER: u16 = 2;

/// The columns of a level's sheet.
#[derive(Default)]
pub(super) struct Sheet {
    pub(super) columns: Vec<Column>,
}

impl Sheet {
    /// Adds a column of a level.
    pub(super) fn add(&mut self, level: usize, column: Column) -> Place {
        let number = u16::try_from(self.columns.len()).unwrap_or(u16::MAX);
        self.columns.push(column);
        Place { level, column: number }
    }
}

/// The value of a column at a row.
pub(super) fn shown(outcome: &Outcome<'_>, level: usize, column: usize, row: Row) -> Shown {
    let Some(vector) = outcome.columns.get(level).and_then(|columns| columns.get(column)) else {
        let facts = outcome.data.levels.get(level).and_then(|rows| rows.facts.get(column));
        return match facts {
            Some(FactColumn::Texts(texts)) => at(texts, row).clone().map_or(Shown::Blank, Shown::Text),
            _ => Shown::Blank,
        };
    };
    if vector.is_blank(row) {
        return Shown::Blank;
    }
    match &vector.values {
        Values::Numbers(numbers) => Shown::Number(numbers.get(row)),
        Values::Flags(flags) => Shown::Flag(*at(flags, row)),
        Values::Codes(codes) => Shown::Text(outcome.plan.texts.text(*at(codes, row)).to_owned()),
        Values::Dates(dates) => Shown::Date(*at(dates, row)),
    }
}

/// A formula that gives 0 where two columns hold the same, as far as a sheet can tell.
pub(super) fn difference(found: Place, ours: Place, kind: &crate::plan::ColumnKind) -> Twin {
    let (found, ours) = (Twin::cell(found, Spot::Up(found.level)), Twin::cell(ours, Spot::Up(ours.level)));
    match kind {
        crate::plan::ColumnKind::Money => call("IF(ROUND({}-{},2)=0,0,{}-{})", &[&found, &ours, &found, &ours]),
        crate::plan::ColumnKind::Number => {
            let near = "IF(ABS({}-{})<=MAX(0.000000001,0.00000000001*ABS({})),0,{}-{})";
            let near = call(near, &[&found, &ours, &ours, &found, &ours]);
            call("IF({}=\"\",IF({}=\"\",0,1),{})", &[&ours, &found, &near])
        }
        _ => call("IF(EXACT({},{}),0,1)", &[&found, &ours]),
    }
}

/// Two cells of one column are the same: the one of the asking row, and any of a block.
pub(super) fn same(block: &Twin, own: &Twin, exact: bool) -> Twin {
    if exact {
        return call("({}={})", &[block, own]);
    }
    call("({}-{}<0.00000005)*({}-{}<0.00000005)", &[block, own, own, block]).shaped(Shape::Product)
}

/// The cell of a block is larger than one's own.
pub(super) fn larger(block: &Twin, own: &Twin, exact: bool) -> Twin {
    if exact { call("({}>{})", &[block, own]) } else { call("({}-{}>0.00000005)", &[block, own]) }
}

/// Whether a pattern is nothing but a cell.
pub(super) fn is_cell(twin: &Twin) -> bool {
    matches!(twin.parts.as_slice(), [Part::Cell(..)])
}
