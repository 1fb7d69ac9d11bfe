//! The workbook that checks itself (`sheets.md` §3): live formulas of the 2007 set that recompute a whole run, the service's
//! value beside each, and a verdict.
//!
//! Each step of the plan becomes a column of formulas; the parts of a formula that would stand in it twice, or be too long,
//! get columns of their own before it. What a sheet cannot compute is listed without a formula, with the reason.

mod aggregates;
mod columns;
mod comparisons;
mod divisions;
mod expression;
mod functions;
mod funds;
mod layout;
mod parameters;
mod ranks;
mod shares;
mod steps;
mod twin;
mod verdict;
mod write;

use std::collections::HashMap;

use columns::{Column, Content, Look, Sheet};
use layout::Layout;
use parameters::Parameters;
use twin::{Part, Place, Spot, Twin};

use crate::engine::Outcome;
use crate::plan::ColumnKind;
use crate::plan::document::FactKind;
use crate::sheet::Unwritten;
use crate::sheet::template::sheet_names;

/// Characters that a formula may have.
const MOST_CHARACTERS: usize = 8_000;
/// Cells that a workbook may have.
const MOST_CELLS: usize = 4_000_000;

/// Where the figures come from, as the first sheet says it.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// The run, where it is on record.
    pub run: Option<String>,
    /// SHA-256 of the plan.
    pub plan_sha256: String,
    /// SHA-256 of the data.
    pub data_sha256: String,
    /// SHA-256 of the result.
    pub result_sha256: String,
    /// Whether the run pays differences alone.
    pub is_adjustment: bool,
}

/// Why a step has no formula.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    Asker,
    Depends,
    EarlyDate,
    Digits,
    LongText,
    Alike,
    Weights,
    Long,
}

impl Why {
    fn text(self) -> &'static str {
        match self {
            Why::Asker => "汇总的条件或数值同时取被汇总行和本行的几个量，表格公式写不出",
            Why::Depends => "所依据的一票否决没有表格公式",
            Why::EarlyDate => "有 1901 年以前的日期，表格不能计算",
            Why::Digits => "有超过 15 位有效数字的数，表格存不下",
            Why::LongText => "有超过 255 个字符或含控制字符的文字，公式写不下",
            Why::Alike => "有只差大小写或全角半角的文字，表格区分不开",
            Why::Long => "公式超过 8,192 个字符，表格写不下",
            Why::Weights => "各行权数没有一百万以内的公分母，表格不能精确比较余数",
        }
    }
}

/// Where an expression is evaluated.
#[derive(Clone, Copy)]
struct Site<'t> {
    /// The level on whose sheet the formula stands.
    level: usize,
    /// The formula as the plan has it.
    text: &'t str,
    /// Whether it is evaluated at the aggregated rows of an aggregate.
    member: bool,
}

impl<'t> Site<'t> {
    fn new(level: usize, text: &'t str) -> Site<'t> {
        Site { level, text, member: false }
    }
}

/// A fund as the sheets have it.
struct Book {
    /// What it was opened with.
    value: Place,
    /// What is left after the steps so far.
    left: Place,
    /// What steps drew.
    drawn: Vec<Place>,
    /// What vetoes set aside, by destination.
    withheld: Vec<(String, Place)>,
}

/// A veto as the sheets have it.
struct Vetoed {
    level: usize,
    forfeits: Vec<usize>,
    to: Option<String>,
    /// How much it takes; none: without a formula.
    portion: Option<Place>,
}

/// What the verdict sums up: a column beside the service's, or why there is none.
struct Finding {
    level: usize,
    label: String,
    /// The formula's column.
    found: Option<Place>,
    /// Columns that hold 0 where all is as it should be.
    differences: Vec<Place>,
    why: Option<Why>,
    is_money: bool,
}

/// Makes the sheets of an outcome.
struct Maker<'w, 'a> {
    outcome: &'w Outcome<'a>,
    layout: Layout,
    sheets: Vec<Sheet>,
    parameters: Parameters,
    /// The column of each column of the plan, and of each row fact the column of lines.
    values: HashMap<(usize, usize), Place>,
    links: HashMap<(usize, usize), Place>,
    /// Digits after the point of columns, where they are known.
    places: HashMap<(usize, usize), usize>,
    /// Columns of parts of formulas, each once.
    parts: HashMap<(usize, Vec<Part>), Place>,
    books: HashMap<(usize, usize), Book>,
    vetoes: Vec<Vetoed>,
    findings: Vec<Finding>,
    /// The total of each payee.
    total: Option<Place>,
    /// Products of pools and weights, which must be exact, with what a sheet holds.
    products: Vec<(Place, &'static str)>,
    /// Whether a formula of the step is longer than a sheet takes.
    too_long: bool,
}

/// Writes the workbook of an outcome whose shares were kept.
///
/// # Errors
/// [`Unwritten`].
pub fn write_workbook(outcome: &Outcome<'_>, origin: &Origin) -> Result<Vec<u8>, Unwritten> {
    let mut maker = Maker::new(outcome);
    for number in 0..outcome.plan.steps.len() {
        maker.step(number);
    }
    maker.totals();
    let cells: usize =
        maker.sheets.iter().zip(&outcome.data.levels).map(|(sheet, rows)| sheet.columns.len() * rows.len()).sum();
    if cells > MOST_CELLS {
        return Err(Unwritten::TooLarge);
    }
    Ok(maker.written(origin)?)
}

impl<'w, 'a> Maker<'w, 'a> {
    fn new(outcome: &'w Outcome<'a>) -> Maker<'w, 'a> {
        let plan = outcome.plan;
        let mut maker = Maker {
            outcome,
            layout: Layout::new(outcome, sheet_names(plan)),
            sheets: plan.levels.iter().map(|_| Sheet::default()).collect(),
            parameters: Parameters::new(plan),
            values: HashMap::new(),
            links: HashMap::new(),
            places: HashMap::new(),
            parts: HashMap::new(),
            books: HashMap::new(),
            vetoes: Vec::new(),
            findings: Vec::new(),
            total: None,
            products: Vec::new(),
            too_long: false,
        };
        for level in 0..plan.levels.len() {
            maker.facts(level);
        }
        maker
    }

    /// The columns that are typed in: who a row is, what it belongs to, its facts.
    fn facts(&mut self, level: usize) {
        let plan = self.outcome.plan;
        let Some(words) = plan.document.levels.get(level) else { return };
        let label = words.heading.label();
        self.add(level, "", &format!("{label}编号"), Content::Id, Look::Plain);
        self.add(level, "", &format!("{label}名称"), Content::Name, Look::Plain);
        self.add(level, "", "编号次序", Content::Order, Look::Plain);
        if plan.levels.get(level).is_some_and(|level| level.parent.is_some()) {
            let named = self.add(level, "", "所属", Content::Parent, Look::Plain);
            if let Some(parent) = plan.levels.get(level).and_then(|level| level.parent) {
                self.unmoved(named, "所属", Twin::cell(Place { level: parent, column: 0 }, Spot::Up(parent)));
            }
        }
        for (column, fact) in words.facts.iter().enumerate() {
            let Some(known) = plan.column(level, column) else { continue };
            if known.kind == ColumnKind::Text || plan.unused_facts.contains(&(level, column)) {
                continue;
            }
            let heading = fact.heading.label();
            if let ColumnKind::Row(target) = known.kind {
                let named = self.add(level, "", heading, Content::Named(column), Look::Plain);
                self.unmoved(named, heading, Twin::cell(Place { level: target, column: 0 }, Spot::Via(column)));
                let link = self.add(level, "", &format!("{heading}（所在行）"), Content::Link(column), Look::Plain);
                self.links.insert((level, column), link);
                continue;
            }
            let place = self.add(level, "数据", heading, Content::Fact(column), look(&known.kind));
            self.values.insert((level, column), place);
            let places = match &fact.kind {
                FactKind::Money { .. } => Some(2),
                FactKind::Number { places, .. } => places.and_then(|places| usize::try_from(places).ok()),
                _ => None,
            };
            self.places.extend(places.map(|places| ((level, column), places)));
            self.open(level, column, place);
        }
    }

    /// A column that tells where another row is named than the one that the formulas read.
    fn unmoved(&mut self, named: Place, heading: &str, read: Twin) {
        let level = named.level;
        let moved = twin::call("IF(EXACT({},{}),0,1)", &[&Maker::own(named), &read]);
        let heading = format!("{heading}（未改动）");
        let proof = self.add(level, "0 为正确", &heading, Content::Formula(moved, None), Look::Difference);
        let (differences, found, why) = (vec![proof], None, None);
        self.findings.push(Finding { level, label: heading, found, differences, why, is_money: false });
    }

    fn add(&mut self, level: usize, above: &str, heading: &str, content: Content, look: Look) -> Place {
        if let Content::Formula(twin, _) = &content {
            self.too_long |= self.layout.length(twin, level) > MOST_CHARACTERS;
        }
        let column = Column { above: above.to_owned(), heading: heading.to_owned(), content, look };
        self.sheets.get_mut(level).map_or(Place { level, column: 0 }, |sheet| sheet.add(level, column))
    }

    /// A column for a part of a formula; the same part has one column.
    fn helper(&mut self, level: usize, heading: &str, twin: Twin) -> Place {
        let key = (level, twin.parts.clone());
        if let Some(place) = self.parts.get(&key) {
            return *place;
        }
        let place = self.add(level, "", heading, Content::Formula(twin, None), Look::Plain);
        self.parts.insert(key, place);
        place
    }

    /// A cell of one's own row.
    fn own(place: Place) -> Twin {
        Twin::cell(place, Spot::Up(place.level))
    }
}

fn look(kind: &ColumnKind) -> Look {
    match kind {
        ColumnKind::Money => Look::Money,
        ColumnKind::Date => Look::Date,
        _ => Look::Plain,
    }
}
