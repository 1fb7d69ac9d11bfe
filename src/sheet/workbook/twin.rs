//! Formulas of a sheet as patterns: the same for every row of a level but for the cells that they name.

/// A column of a level's sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Place {
    /// The level.
    pub(super) level: usize,
    /// The column of its sheet, from 0.
    pub(super) column: u16,
}

/// The row that a pattern names, seen from the row that it is filled in for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Spot {
    /// The row of this level that it belongs to, or itself.
    Up(usize),
    /// The row that its row fact names.
    Via(usize),
}

/// A piece of a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Part {
    /// As it is.
    Text(String),
    /// One cell.
    Cell(Place, Spot),
    /// The cells of a column under a row; none: all.
    Block(Place, Option<Spot>),
    /// The number of a row in its sheet.
    Line(Spot),
}

/// How tightly a formula holds together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shape {
    /// A cell, a literal, a call.
    Atom,
    /// Factors.
    Product,
    /// Terms.
    Sum,
    /// A comparison.
    Comparison,
}

/// The sheet's twin of an expression.
#[derive(Debug, Clone)]
pub(super) struct Twin {
    pub(super) parts: Vec<Part>,
    pub(super) shape: Shape,
    /// Whether equal values of the plan are equal numbers of the sheet: nothing but what is typed in or rounded.
    pub(super) exact: bool,
    /// Digits after the point that no value exceeds, where that is known.
    pub(super) places: Option<usize>,
    depth: usize,
}

/// Characters of a formula that a cell takes is 8,192, and calls in calls 64: far below both a part gets its own cell.
const LONG: usize = 1_500;
const DEEP: usize = 24;
/// What one call is given at most.
const MANY: usize = 100;

impl Twin {
    pub(super) fn text(text: impl Into<String>) -> Twin {
        Twin { parts: vec![Part::Text(text.into())], shape: Shape::Atom, exact: true, places: None, depth: 0 }
    }

    pub(super) fn cell(place: Place, spot: Spot) -> Twin {
        Twin { parts: vec![Part::Cell(place, spot)], shape: Shape::Atom, exact: true, places: None, depth: 0 }
    }

    pub(super) fn block(place: Place, under: Option<Spot>) -> Twin {
        Twin { parts: vec![Part::Block(place, under)], shape: Shape::Atom, exact: true, places: None, depth: 0 }
    }

    pub(super) fn line(spot: Spot) -> Twin {
        Twin { parts: vec![Part::Line(spot)], shape: Shape::Atom, exact: true, places: None, depth: 0 }
    }

    /// Whether it is one cell or one literal, which may be written twice.
    pub(super) fn is_short(&self) -> bool {
        self.shape == Shape::Atom && self.depth == 0
    }

    /// Whether it had better stand in a cell of its own.
    pub(super) fn is_large(&self) -> bool {
        self.depth > DEEP || self.size() > LONG
    }

    /// About how many characters it has.
    fn size(&self) -> usize {
        let length = |part: &Part| match part {
            Part::Text(text) => text.chars().count(),
            Part::Cell(..) | Part::Line(_) => 16,
            Part::Block(..) => 24,
        };
        self.parts.iter().map(length).sum()
    }

    pub(super) fn exact(self, exact: bool) -> Twin {
        Twin { exact, ..self }
    }

    /// With so many digits after the point at most; more than twelve are as good as unknown.
    pub(super) fn placed(self, places: Option<usize>) -> Twin {
        Twin { places: places.filter(|places| *places <= 12), ..self }
    }

    /// The same in another form: as exact, with as many digits.
    pub(super) fn like(self, other: &Twin) -> Twin {
        Twin { exact: other.exact, places: other.places, ..self }
    }

    pub(super) fn shaped(self, shape: Shape) -> Twin {
        Twin { shape, ..self }
    }

    /// In parentheses where it holds together less tightly.
    pub(super) fn within(self, most: Shape) -> Twin {
        if self.shape <= most { self } else { call("({})", &[&self]).like(&self) }
    }
}

/// A pattern with its `{}` filled in: a call, which is exact only if it is said to be.
pub(super) fn call(pattern: &str, given: &[&Twin]) -> Twin {
    let mut parts: Vec<Part> = Vec::new();
    let mut given_left = given.iter();
    for (number, text) in pattern.split("{}").enumerate() {
        if number > 0
            && let Some(twin) = given_left.next()
        {
            twin.parts.iter().for_each(|part| add(&mut parts, part.clone()));
        }
        add(&mut parts, Part::Text(text.to_owned()));
    }
    let depth = given.iter().map(|twin| twin.depth).max().unwrap_or(0) + 1;
    Twin { parts, shape: Shape::Atom, exact: false, places: None, depth }
}

/// Twins in groups that one call holds: it takes 255 at most, and a formula so many characters.
pub(super) fn grouped(twins: &[Twin]) -> Vec<&[Twin]> {
    let mut groups = Vec::new();
    let mut rest = twins;
    while !rest.is_empty() {
        let mut size = 0;
        let fits = rest.iter().take(MANY).take_while(|twin| {
            size += twin.size();
            size <= LONG
        });
        let (group, others) = rest.split_at(fits.count().max(1));
        groups.push(group);
        rest = others;
    }
    groups
}

/// Twins one after the other, with a mark between them.
pub(super) fn joined(twins: &[Twin], mark: &str) -> Twin {
    let pattern = vec!["{}"; twins.len()].join(mark);
    let twin = call(&pattern, &twins.iter().collect::<Vec<&Twin>>());
    Twin { exact: twins.iter().all(|twin| twin.exact), ..twin }.placed(most_places(twins))
}

/// The digits after the point that no one of several twins exceeds.
pub(super) fn most_places(twins: &[Twin]) -> Option<usize> {
    twins.iter().try_fold(0, |most, twin| twin.places.map(|places| most.max(places)))
}

fn add(parts: &mut Vec<Part>, part: Part) {
    match (parts.last_mut(), part) {
        (Some(Part::Text(before)), Part::Text(text)) => before.push_str(&text),
        (_, Part::Text(text)) if text.is_empty() => {}
        (_, part) => parts.push(part),
    }
}

/// A text as a formula writes it.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}
