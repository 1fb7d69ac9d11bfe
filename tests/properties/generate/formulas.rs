//! Random formulas of a wanted type.

use super::{Col, Gen};
use crate::language::{Aggregate, CHOICES, Expr, Kind};

/// Where a formula stands, and over which rows an aggregate around it goes.
#[derive(Clone)]
pub struct Spot {
    pub level: usize,
    pub item: Option<(usize, Option<String>)>,
}

pub fn at(level: usize) -> Spot {
    Spot { level, item: None }
}

pub fn two(name: &'static str, left: Expr, right: Expr) -> Expr {
    Expr::Call(name, vec![left, right])
}

pub fn math(sign: char, left: Expr, right: Expr) -> Expr {
    Expr::Math(sign, Box::new(left), Box::new(right))
}

pub fn compare(sign: &'static str, left: Expr, right: Expr) -> Expr {
    Expr::Compare(sign, Box::new(left), Box::new(right))
}

pub fn is_number(column: &Col) -> bool {
    matches!(column.kind, Kind::Number | Kind::Money)
}

const ORDERS: [&str; 6] = ["=", ">", "<", ">=", "<=", "<>"];

impl Gen {
    pub fn literal(&mut self) -> String {
        self.dice
            .one(&["1", "2", "0", "3", "0.5", "10", "0.01", "7", "100", "0.333333333333", "12.345", "1234567.89"])
            .to_owned()
    }

    fn names_of(
        &self,
        level: usize,
        wanted: &impl Fn(&Col) -> bool,
        make: impl Fn(String) -> Expr,
    ) -> Vec<(Expr, bool)> {
        let columns = self.columns[level].iter().filter(|column| wanted(column));
        columns.map(|column| (make(column.name.clone()), column.may_be_blank)).collect()
    }

    /// Every name that may stand here, and whether it may be blank.
    pub fn names(&self, spot: &Spot, wanted: impl Fn(&Col) -> bool) -> Vec<(Expr, bool)> {
        let mut names = self.names_of(spot.level, &wanted, Expr::Own);
        match &spot.item {
            None => {
                let mut above = Some(spot.level);
                while let Some(level) = above {
                    names.extend(self.names_of(level, &wanted, |name| Expr::Level(level, None, name)));
                    above = self.plan.levels[level].parent;
                }
            }
            Some((level, via)) => names.extend(self.item_names(spot.level, *level, via, &wanted)),
        }
        for host in self.columns[spot.level].iter() {
            if let Kind::Row(target) = host.kind {
                let found = self.names_of(target, &wanted, |name| Expr::Ref(host.name.clone(), name));
                names.extend(found.into_iter().map(|(name, blank)| (name, blank || host.may_be_blank)));
            }
        }
        names
    }

    /// Columns of the rows of an aggregate, and of what lies between them and this row.
    fn item_names(
        &self,
        own: usize,
        level: usize,
        via: &Option<String>,
        wanted: &impl Fn(&Col) -> bool,
    ) -> Vec<(Expr, bool)> {
        let mut names = self.names_of(level, wanted, |name| Expr::Level(level, via.clone(), name));
        let mut above = self.plan.levels[level].parent.filter(|_| via.is_none() && level != own);
        while let Some(between) = above.filter(|between| *between != own) {
            names.extend(self.names_of(between, wanted, |name| Expr::Level(between, None, name)));
            above = self.plan.levels[between].parent;
        }
        names
    }

    /// A column; where it may be blank mostly with a substitute.
    fn named(&mut self, spot: &Spot, wanted: impl Fn(&Col) -> bool, substitute: Expr) -> Expr {
        let names = self.names(spot, wanted);
        if names.is_empty() {
            return substitute;
        }
        let (name, may_be_blank) = self.dice.one(&names);
        if may_be_blank && !self.dice.chance(6) { two("coalesce", name, substitute) } else { name }
    }

    pub fn number(&mut self, spot: &Spot, depth: usize) -> Expr {
        let literal = Expr::Num(self.literal());
        if depth == 0 || self.dice.chance(15) {
            return match self.dice.pick(4) {
                0 => literal,
                3 if !self.plan.constants.is_empty() => Expr::Constant(self.dice.pick(self.plan.constants.len())),
                _ => self.named(spot, is_number, literal),
            };
        }
        let depth = depth - 1;
        match self.dice.pick(15) {
            0 => self.named(spot, is_number, literal),
            1 | 2 => {
                let sign = self.dice.one(&['+', '-', '*']);
                math(sign, self.number(spot, depth), self.number(spot, depth))
            }
            3 => {
                let over = if self.dice.chance(15) {
                    self.number(spot, depth)
                } else {
                    Expr::num(self.dice.one(&["7", "3", "12", "0.3"]))
                };
                math('/', self.number(spot, depth), over)
            }
            4 => Expr::Neg(Box::new(self.number(spot, depth))),
            5 => Expr::Percent(Box::new(self.number(spot, depth))),
            6 => Expr::Call("if", vec![self.flag(spot, depth), self.number(spot, depth), self.number(spot, depth)]),
            7 => {
                let (first, second) = (self.flag(spot, depth), self.flag(spot, 0));
                Expr::Call(
                    "ifs",
                    vec![first, self.number(spot, depth), second, self.number(spot, 0), self.number(spot, depth)],
                )
            }
            8 => {
                let name = self.dice.one(&["min", "max"]);
                two(name, self.number(spot, depth), self.number(spot, depth))
            }
            9 => {
                let name = self.dice.one(&["abs", "int"]);
                Expr::Call(name, vec![self.number(spot, depth)])
            }
            10 => self.roundings(spot, depth),
            11 => self.table(spot, depth),
            12 => two("coalesce", self.number(spot, 0), self.number(spot, depth)),
            _ => match (&spot.item, self.dice.pick(5)) {
                (_, 4) => self.left(spot).unwrap_or(literal),
                (None, _) => self.aggregate(spot, depth),
                _ => self.number(spot, depth),
            },
        }
    }

    fn roundings(&mut self, spot: &Spot, depth: usize) -> Expr {
        let value = self.number(spot, depth);
        match self.dice.pick(5) {
            4 => {
                let step = if self.dice.chance(10) {
                    self.number(spot, 0)
                } else {
                    Expr::num(self.dice.one(&["0.06", "5", "0.7"]))
                };
                two("mround", value, step)
            }
            index => {
                let name = ["round", "roundup", "rounddown", "roundeven"][index];
                Expr::Round(name, Box::new(value), self.dice.one(&[0, 1, 2, -1, 5, -3]))
            }
        }
    }

    pub fn left(&mut self, spot: &Spot) -> Option<Expr> {
        // What a reference reaches may be nothing; `left` has no blank.
        let funds = self.names(spot, |column| column.kind == Kind::Money);
        let sure: Vec<Expr> = funds.into_iter().filter(|(_, blank)| !blank).map(|(name, _)| name).collect();
        (!sure.is_empty()).then(|| Expr::Left(Box::new(self.dice.one(&sure))))
    }

    fn table(&mut self, spot: &Spot, depth: usize) -> Expr {
        if self.plan.tables.is_empty() {
            return self.number(spot, 0);
        }
        let index = self.dice.pick(self.plan.tables.len());
        let table = self.plan.tables[index].clone();
        let mut keys: Vec<Expr> = table
            .keys
            .iter()
            .map(|kind| match kind {
                Kind::Choice => self.choice(spot, 1),
                Kind::Flag => self.flag(spot, 0),
                _ => self.number(spot, depth),
            })
            .collect();
        if table.band {
            let key = self.number(spot, depth);
            let low = table.min.as_deref().unwrap_or("0");
            let low = low.strip_prefix('-').map_or(Expr::num(low), |size| Expr::Neg(Box::new(Expr::num(size))));
            keys.push(if self.dice.chance(25) { key } else { two("max", low, two("min", key, Expr::num("3"))) });
        }
        let name = if table.band && table.min.is_some() && self.dice.chance(40) { "marginal" } else { "lookup" };
        Expr::Table(name, index, keys)
    }

    pub fn flag(&mut self, spot: &Spot, depth: usize) -> Expr {
        let literal = Expr::Flag(self.dice.chance(70));
        if depth == 0 {
            return self.named(spot, |column| column.kind == Kind::Flag, literal);
        }
        let depth = depth - 1;
        match self.dice.pick(9) {
            0 => self.named(spot, |column| column.kind == Kind::Flag, literal),
            1 | 2 => {
                let sign = self.dice.one(&ORDERS);
                compare(sign, self.number(spot, depth), self.number(spot, depth))
            }
            3 => {
                let sign = self.dice.one(&["=", "<>"]);
                compare(sign, self.any_choice(spot), self.choice(spot, depth))
            }
            4 => two("and", self.flag(spot, depth), self.flag(spot, depth)),
            5 => two("or", self.flag(spot, depth), self.flag(spot, depth)),
            6 => Expr::Call("not", vec![self.flag(spot, depth)]),
            7 => Expr::Call("in", vec![self.any_choice(spot), Expr::Text("a".into()), self.choice(spot, depth)]),
            _ => {
                let names = self.names(spot, |_| true);
                if names.is_empty() { literal } else { Expr::Call("isblank", vec![self.dice.one(&names).0]) }
            }
        }
    }

    pub fn choice(&mut self, spot: &Spot, depth: usize) -> Expr {
        let literal = Expr::Text(self.dice.one(&CHOICES).to_owned());
        match self.dice.pick(if depth == 0 { 4 } else { 6 }) {
            0..=2 => self.named(spot, |column| column.kind == Kind::Choice, literal),
            3 => literal,
            _ => Expr::Call("if", vec![self.flag(spot, depth - 1), self.choice(spot, depth - 1), literal]),
        }
    }

    /// A choice that can be any: comparing others would be a plan error.
    fn any_choice(&mut self, spot: &Spot) -> Expr {
        let text = |text: &str| Expr::Text(text.to_owned());
        let inner = Expr::Call("if", vec![self.flag(spot, 0), text("b"), text("c")]);
        let any = Expr::Call("if", vec![self.flag(spot, 0), text("a"), inner]);
        self.named(spot, |column| column.kind == Kind::Choice, any)
    }

    /// The levels over which an aggregate of this level may go.
    fn aggregable(&self, own: usize) -> Vec<(usize, Option<String>)> {
        let mut found = vec![(own, None)];
        for (level, columns) in self.columns.iter().enumerate() {
            let mut above = self.plan.levels[level].parent;
            while let Some(parent) = above {
                found.extend((parent == own).then_some((level, None)));
                above = self.plan.levels[parent].parent;
            }
            let hosts = columns.iter().filter(|column| column.kind == Kind::Row(own));
            found.extend(hosts.map(|host| (level, Some(host.name.clone()))));
        }
        found
    }

    pub fn aggregate(&mut self, spot: &Spot, depth: usize) -> Expr {
        let (level, via) = self.dice.one(&self.aggregable(spot.level));
        let inside = Spot { level: spot.level, item: Some((level, via.clone())) };
        let numbers = self.names_of(level, &is_number, |name| Expr::Level(level, via.clone(), name));
        let only = self.dice.chance(60).then(|| self.condition(&inside, level, &via, depth));
        let mut what = self.dice.one(&["sum", "count", "avg", "largest", "smallest", "sum"]);
        let mut of = None;
        if numbers.is_empty() {
            what = "count";
        }
        if what != "count" {
            let (name, may_be_blank) = self.dice.one(&numbers);
            let name = if may_be_blank && !self.dice.chance(10) { two("coalesce", name, Expr::num("0")) } else { name };
            of = Some(if self.dice.chance(40) { math('*', name, self.number(&inside, depth)) } else { name });
        }
        let aggregate = Expr::Aggregate(Box::new(Aggregate { what, level, via, of, only }));
        let may_be_blank = !matches!(what, "sum" | "count");
        if may_be_blank && !self.dice.chance(8) { two("coalesce", aggregate, Expr::num("0")) } else { aggregate }
    }

    /// A condition of an aggregate: this row's value beside the other row's, as equality, as order, or anything.
    fn condition(&mut self, inside: &Spot, level: usize, via: &Option<String>, depth: usize) -> Expr {
        let spread = self.dice.pick(4);
        if spread == 3 {
            let (left, right) = (self.condition(inside, level, via, depth), self.flag(inside, depth));
            return two("and", left, right);
        }
        if spread == 2 {
            return self.flag(inside, depth);
        }
        let wanted = |column: &Col| {
            if spread == 0 {
                matches!(column.kind, Kind::Choice | Kind::Flag | Kind::Row(_) | Kind::Number)
            } else {
                is_number(column)
            }
        };
        let theirs: Vec<Col> = self.columns[level].iter().filter(|column| wanted(column)).cloned().collect();
        if theirs.is_empty() {
            return self.flag(inside, depth);
        }
        let column = self.dice.one(&theirs);
        let same = |other: &Col| other.kind == column.kind || (is_number(other) && is_number(&column));
        let mine: Vec<Col> = self.columns[inside.level].iter().filter(|other| same(other)).cloned().collect();
        if mine.is_empty() {
            return self.flag(inside, depth);
        }
        let own = self.dice.one(&mine);
        let their = Expr::Level(level, via.clone(), column.name.clone());
        let sign = if spread == 0 { "=" } else { self.dice.one(&ORDERS) };
        let test = compare(sign, their.clone(), Expr::own(&own.name));
        if (column.may_be_blank || own.may_be_blank) && !self.dice.chance(8) {
            let blank = |name: Expr| Expr::Call("isblank", vec![name]);
            return Expr::Call(
                "if",
                vec![two("or", blank(their), blank(Expr::own(&own.name))), Expr::Flag(false), test],
            );
        }
        test
    }
}
