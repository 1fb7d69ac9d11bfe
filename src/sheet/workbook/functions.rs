//! Roundings and tables as a sheet of the year 2007 writes them.

use super::columns::is_cell;
use super::expression::{RATE_PLACES, digits};
use super::parameters::Of;
use super::twin::{Shape, Twin, call, grouped, joined};
use super::{Maker, Site, Why};
use crate::exact::{Mode, Number};
use crate::plan::Expr;
use crate::plan::document::{Key, KeyType, TableKind};

/// Numbers of a sheet hold fifteen digits; what is beyond the fourteenth is noise of its arithmetic.
const SETTLED: &str = "ROUND({},MAX(2,14-LEN(INT(ABS({})))))";

impl Maker<'_, '_> {
    /// A twin that may be written twice: itself if it is short, else a cell of its own.
    pub(super) fn short(&mut self, level: usize, twin: Twin, heading: &str) -> Twin {
        if twin.is_short() { twin } else { self.apart(level, twin, heading) }
    }

    /// A number without the noise of a sheet's arithmetic, which a cut would make a unit of.
    pub(super) fn settled(&mut self, level: usize, twin: Twin) -> Twin {
        if twin.exact {
            return twin;
        }
        let cell = self.short(level, twin, "精确值");
        call(SETTLED, &[&cell, &cell])
    }

    /// A number rounded to a multiple of a unit.
    pub(super) fn rounded(&mut self, level: usize, twin: Twin, unit: &Number, mode: Mode) -> Twin {
        let places = places_of(unit);
        let name = match mode {
            Mode::HalfUp => Some("ROUND"),
            Mode::Up => Some("ROUNDUP"),
            Mode::Down => Some("ROUNDDOWN"),
            Mode::HalfEven => None,
        };
        if let Some((name, digits)) = name.zip(power_of_ten(unit)) {
            // A sheet heeds its noise where it rounds to places after the point, not where it rounds to whole numbers.
            let settled = if mode == Mode::HalfUp && digits > 0 { twin } else { self.settled(level, twin) };
            return call(&format!("{name}({{}},{digits})"), &[&settled]).exact(true).placed(Some(places));
        }
        let unit = Twin::text(unit.text());
        let count = call("{}/{}", &[&twin.within(Shape::Product), &unit]).shaped(Shape::Product);
        let whole = match mode {
            Mode::HalfUp => call("ROUND({},0)", &[&self.settled(level, count)]),
            Mode::Up => call("ROUNDUP({},0)", &[&self.settled(level, count)]),
            Mode::Down => call("ROUNDDOWN({},0)", &[&self.settled(level, count)]),
            Mode::HalfEven => {
                let settled = self.settled(level, count);
                let cell = self.apart(level, settled, "倍数");
                let half = "(ROUND({},0)-IF(ABS({})-2*INT(ABS({})/2)=0.5,SIGN({}),0))";
                call(half, &[&cell, &cell, &cell, &cell])
            }
        };
        call(&format!("ROUND({{}}*{{}},{places})"), &[&whole, &unit]).exact(true).placed(Some(places))
    }

    pub(super) fn lookup(&mut self, site: Site<'_>, table: usize, keys: &[Expr]) -> Result<Twin, Why> {
        let places = self.table_places(table);
        self.looked_up(site, table, keys).map(|twin| twin.placed(places))
    }

    fn looked_up(&mut self, site: Site<'_>, table: usize, keys: &[Expr]) -> Result<Twin, Why> {
        let known = self.outcome.plan.document.tables.get(table).ok_or(Why::Depends)?;
        match &known.kind {
            TableKind::Band { .. } => {
                let (matches, number) = self.keys(site, table, keys)?;
                let number = number.ok_or(Why::Depends)?;
                let band = self.band(site, table, &matches, &number)?;
                Ok(self.of_band(table, &matches, &number, &band)?)
            }
            TableKind::Lookup { otherwise } => {
                let otherwise = otherwise.as_ref().map(digits).transpose()?;
                let one_text = known.keys.as_slice() == [KeyType::Choice];
                // A sheet takes these for patterns and looks for no longer texts, in the key as in the table.
                let plain = |text: &String| !text.contains(['*', '?', '~']) && text.encode_utf16().count() <= 255;
                if one_text && self.outcome.plan.texts.all().iter().all(plain) {
                    return self.matched(site, table, keys, otherwise);
                }
                let (matches, _) = self.keys(site, table, keys)?;
                let value = Twin::text(self.parameters.range(table, Of::Value));
                let otherwise = otherwise.unwrap_or_else(|| Twin::text("NA()"));
                let found = "IF(SUMPRODUCT({}*1)=0,{},SUMPRODUCT({}*{}))";
                Ok(call(found, &[&matches, &otherwise, &matches, &value]).exact(true))
            }
        }
    }

    /// One text as a key: INDEX and MATCH, as everybody writes them.
    fn matched(&mut self, site: Site<'_>, table: usize, keys: &[Expr], otherwise: Option<Twin>) -> Result<Twin, Why> {
        self.told_apart(table)?;
        let key = joined(&self.each(site, keys)?, ",");
        let value = Twin::text(self.parameters.range(table, Of::Value));
        let range = Twin::text(self.parameters.range(table, Of::Key(0)));
        let found = call("INDEX({},MATCH({},{},0))", &[&value, &key, &range]).exact(true);
        Ok(match otherwise {
            Some(otherwise) => call("IFERROR({},{})", &[&found, &otherwise]).exact(true),
            None => found,
        })
    }

    /// Σ over bands of the part that lies in the band × its value.
    pub(super) fn marginal(&mut self, site: Site<'_>, table: usize, keys: &[Expr]) -> Result<Twin, Why> {
        let (matches, number) = self.keys(site, table, keys)?;
        let number = number.ok_or(Why::Depends)?;
        let band = self.band(site, table, &matches, &number)?;
        let found = self.of_band(table, &matches, &number, &band)?;
        let range = |of: Of| Twin::text(self.parameters.range(table, of));
        let (upper, lower, value) = (range(Of::Upper), range(Of::Lower), range(Of::Value));
        let part = "(({}>{})*({}-{})+({}<={})*({}>{})*({}-{}))";
        let given = [&number, &upper, &upper, &lower, &number, &upper, &number, &lower, &number, &lower];
        let part = call(part, &given);
        // Where `lookup` refuses the number, so does this.
        Ok(call("IF(ISNUMBER({}),SUMPRODUCT({}*{}*{}),NA())", &[&found, &matches, &value, &part]))
    }

    /// How many bands of its key a number has passed, as a cell.
    fn band(&mut self, site: Site<'_>, table: usize, matches: &Twin, number: &Twin) -> Result<Twin, Why> {
        let upper = Twin::text(self.parameters.range(table, Of::Upper));
        let margin = Twin::text(self.parameters.range(table, Of::Margin));
        let passed = match number.exact {
            true => {
                call("SUMPRODUCT({}*(({}>{})+({}={})*({}<0)))", &[matches, number, &upper, number, &upper, &margin])
            }
            false => call("SUMPRODUCT({}*({}-{}>{}))", &[matches, number, &upper, &margin]),
        };
        Ok(self.apart(site.level, passed.exact(true), "档次"))
    }

    fn of_band(&mut self, table: usize, matches: &Twin, number: &Twin, band: &Twin) -> Result<Twin, Why> {
        let value = Twin::text(self.parameters.range(table, Of::Value));
        let numbers = Twin::text(self.parameters.range(table, Of::Number));
        let here = call("{}*({}={}+1)", &[matches, &numbers, band]).shaped(Shape::Product);
        let found = call("IF(SUMPRODUCT({})=0,NA(),SUMPRODUCT({}*{}))", &[&here, &here, &value]).exact(true);
        let known = self.outcome.plan.document.tables.get(table).map(|table| &table.kind);
        Ok(match known {
            Some(TableKind::Band { min: Some(min) }) => {
                let min = digits(min)?.within(Shape::Atom);
                let under = if number.exact { "IF({}<{},NA(),{})" } else { "IF({}-{}<-0.00000005,NA(),{})" };
                call(under, &[number, &min, &found]).exact(true)
            }
            _ => found,
        })
    }

    /// The rows of a table that keys match, as a product of conditions, and the number that decides in a band table.
    fn keys(&mut self, site: Site<'_>, table: usize, keys: &[Expr]) -> Result<(Twin, Option<Twin>), Why> {
        self.told_apart(table)?;
        let types = self.outcome.plan.document.tables.get(table).map_or(&[][..], |table| &table.keys);
        let mut found: Vec<Twin> = Vec::new();
        let mut number = None;
        for (place, key) in keys.iter().enumerate() {
            let twin = self.value(site, key)?;
            let twin = self.short(site.level, twin, "键");
            let Some(kind) = types.get(place) else {
                number = Some(twin);
                continue;
            };
            let range = Twin::text(self.parameters.range(table, Of::Key(place)));
            let exact = twin.exact || *kind != KeyType::Number;
            found.push(super::columns::same(&range, &twin, exact));
        }
        if found.is_empty() {
            // No key: every row of the table, as an array of the right length.
            let range = Twin::text(self.parameters.range(table, Of::Number));
            found.push(call("({}>0)", &[&range]));
        }
        Ok((joined(&found, "*").shaped(Shape::Product), number))
    }

    /// The digits after the point of what a table gives.
    fn table_places(&self, table: usize) -> Option<usize> {
        let known = self.outcome.plan.document.tables.get(table)?;
        let otherwise = match &known.kind {
            TableKind::Lookup { otherwise } => otherwise.as_ref(),
            TableKind::Band { .. } => None,
        };
        known.rows.iter().map(|row| &row.value).chain(otherwise).map(places_of).chain([RATE_PLACES]).max()
    }

    /// Whether a sheet tells the texts of a table's keys apart.
    fn told_apart(&self, table: usize) -> Result<(), Why> {
        let known = self.outcome.plan.document.tables.get(table).ok_or(Why::Depends)?;
        let alike = |key: &Key| matches!(key, Key::Choice(text) if self.parameters.alike.contains(text));
        if known.rows.iter().flat_map(|row| &row.key).any(alike) { Err(Why::Alike) } else { Ok(()) }
    }

    /// A call that is given any number of twins and may be made of groups of them: MIN, MAX, AND, OR.
    pub(super) fn among(&mut self, level: usize, name: &str, twins: &[Twin]) -> Twin {
        let groups = grouped(twins);
        let one = |group: &[Twin]| {
            let list = joined(group, ",");
            call(&format!("{name}({{}})"), &[&list]).like(&list)
        };
        if groups.len() <= 1 {
            return one(twins);
        }
        let found: Vec<Twin> = groups.into_iter().map(|group| self.apart(level, one(group), "中间值")).collect();
        self.among(level, name, &found)
    }

    /// A column of its own for a part of a formula; the cell of it.
    pub(super) fn apart(&mut self, level: usize, twin: Twin, heading: &str) -> Twin {
        if is_cell(&twin) {
            return twin;
        }
        let place = self.helper(level, heading, twin.clone());
        Twin::cell(place, super::Spot::Up(level)).like(&twin)
    }
}

/// Digits after the point of a unit that is a power of ten.
fn power_of_ten(unit: &Number) -> Option<i32> {
    (-12..=12).find(|digits| super::expression::power(-digits) == *unit)
}

/// Digits after the point that a unit has.
pub(super) fn places_of(unit: &Number) -> usize {
    unit.text().split_once('.').map_or(0, |(_, places)| places.len())
}
