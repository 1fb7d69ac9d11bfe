//! Random plans with random data. Every choice is read from a list of numbers, so that proptest can shrink it: a smaller
//! number is the simpler choice, and where the list ends every further choice is the simplest.

mod formulas;
mod steps;

use num_traits::Signed;
use proptest::prelude::*;

use crate::language::{CHOICES, Case, Fact, Kind, Level, Limit, Plan, Q, Row, Table, Value, q};

/// The numbers that decide.
pub struct Dice {
    words: Vec<u32>,
    next: usize,
}

impl Dice {
    pub fn new(words: Vec<u32>) -> Dice {
        Dice { words, next: 0 }
    }

    fn word(&mut self) -> u32 {
        self.next += 1;
        self.words.get(self.next - 1).copied().unwrap_or(0)
    }

    /// A number below `count`.
    pub fn pick(&mut self, count: usize) -> usize {
        usize::try_from(self.word()).expect("64 bits") % count
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.pick(100) >= 100 - percent
    }

    pub fn one<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.pick(items.len())].clone()
    }

    fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from_digit(self.word() % 10, 10).expect("a digit")).collect()
    }

    /// Any order of a list.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.pick(last + 1);
            items.swap(last, last - other);
        }
    }
}

/// A column as later formulas see it.
#[derive(Clone, Debug)]
pub struct Col {
    pub name: String,
    pub kind: Kind,
    pub may_be_blank: bool,
    pub never_negative: bool,
    pub fund: bool,
}

pub struct Gen {
    pub dice: Dice,
    pub plan: Plan,
    pub columns: Vec<Vec<Col>>,
    /// Whether every step pays that can.
    pub pays: bool,
}

/// How the numbers of a fact look.
#[derive(Clone, Copy)]
enum Look {
    Few,
    Count,
    Cents,
    Nine,
    Tiny,
    Signed,
    Long,
    Pool,
    Treasury,
    Debt,
}

/// Plans with data.
pub fn cases() -> impl Strategy<Value = Case> {
    proptest::collection::vec(any::<u32>(), 700..1000).prop_map(case)
}

/// Two plans with data: the same but for what some of the numbers decide, mostly of the data.
pub fn pairs() -> impl Strategy<Value = (Case, Case)> {
    let words = proptest::collection::vec(any::<u32>(), 1200..1500);
    let changes = proptest::collection::vec((any::<prop::sample::Index>(), any::<u32>()), 3..24);
    (words, changes, 0..8u32, any::<u32>()).prop_map(|(words, changes, what, constant)| {
        let (base, [plan_end, end]) = made(words.clone(), true);
        let first = if what == 0 { 0 } else { plan_end };
        let mut other = words;
        for (place, word) in changes {
            if let Some(known) = other.get_mut(first + place.index(end - first)) {
                *known = word;
            }
        }
        let (mut other, _) = made(other, true);
        match what {
            1 => other.rows.clone_from(&base.rows),
            2 => drop(other.plan.steps.pop()),
            3 => {
                let literals = ["10", "0.07", "-3", "2", "0"];
                let mut dice = Dice::new(vec![constant]);
                other.plan.constants.iter_mut().for_each(|known| dice.one(&literals).clone_into(&mut known.1));
            }
            _ => {}
        }
        (base, other)
    })
}

fn case(words: Vec<u32>) -> Case {
    made(words, false).0
}

/// A plan with data, and how many numbers decided the plan, and both.
fn made(words: Vec<u32>, pays: bool) -> (Case, [usize; 2]) {
    let plan = Plan {
        payee: None,
        constants: Vec::new(),
        tables: Vec::new(),
        levels: Vec::new(),
        steps: Vec::new(),
        allow_negative_total: false,
    };
    let mut gen_ = Gen { dice: Dice::new(words), plan, columns: Vec::new(), pays };
    let looks = gen_.levels();
    gen_.constants();
    gen_.tables();
    gen_.steps();
    let plan_end = gen_.dice.next;
    let rows = gen_.rows(&looks);
    let end = gen_.dice.next;
    (Case { plan: gen_.plan, rows }, [plan_end, end])
}

impl Gen {
    /// Two or three levels in a line, perhaps one beside them whose rows refer to another.
    fn levels(&mut self) -> Vec<Vec<Look>> {
        let depth = 2 + self.dice.pick(2);
        for (index, name) in ["局", "school", "staff"].iter().enumerate().take(depth) {
            self.level(name, index.checked_sub(1));
        }
        if self.dice.chance(45) {
            let parent = self.dice.pick(depth);
            self.level("lesson", Some(parent));
        }
        let last = self.plan.levels.len() - 1;
        self.plan.payee = Some(last)
            .filter(|_| self.pays || self.dice.chance(85))
            .map(|last| if self.dice.chance(30) { 1 } else { last });
        self.plan.allow_negative_total = self.dice.chance(60);
        (0..self.plan.levels.len()).map(|level| self.facts(level)).collect()
    }

    fn level(&mut self, name: &str, parent: Option<usize>) {
        self.plan.levels.push(Level { name: name.to_owned(), parent, facts: Vec::new() });
        self.columns.push(Vec::new());
    }

    fn facts(&mut self, level: usize) -> Vec<Look> {
        let mut looks = Vec::new();
        for index in 0..1 + self.dice.pick(3) {
            let look = self.dice.one(&[
                Look::Few,
                Look::Count,
                Look::Cents,
                Look::Nine,
                Look::Few,
                Look::Tiny,
                Look::Signed,
                Look::Long,
                Look::Count,
            ]);
            let optional = self.dice.chance(20);
            self.fact(level, &format!("n{index}"), Kind::Number, optional, !matches!(look, Look::Signed));
            looks.push(look);
        }
        if level == 0 || self.dice.chance(50) {
            let look = self.dice.one(&[
                Look::Pool,
                Look::Cents,
                Look::Pool,
                Look::Pool,
                Look::Treasury,
                Look::Pool,
                Look::Pool,
                Look::Debt,
            ]);
            self.fact(level, "money", Kind::Money, false, !matches!(look, Look::Debt));
            looks.push(look);
        }
        for (name, kind) in [("yes", Kind::Flag), ("sort", Kind::Choice), ("积分", Kind::Number)] {
            if self.dice.chance(50) {
                let optional = self.dice.chance(25);
                self.fact(level, name, kind, optional, true);
                looks.push(Look::Nine);
            }
        }
        let others: Vec<usize> = (1..self.plan.levels.len()).filter(|other| *other != level).collect();
        if level > 0
            && !others.is_empty()
            && self.dice.chance(if self.plan.levels[level].name == "lesson" { 80 } else { 15 })
        {
            let target = self.dice.one(&others);
            let optional = self.dice.chance(40);
            self.fact(level, "host", Kind::Row(target), optional, true);
            looks.push(Look::Few);
        }
        looks
    }

    fn fact(&mut self, level: usize, name: &str, kind: Kind, optional: bool, never_negative: bool) {
        self.plan.levels[level].facts.push(Fact { name: name.to_owned(), kind, optional });
        let column =
            Col { name: name.to_owned(), kind, may_be_blank: optional, never_negative, fund: kind == Kind::Money };
        self.columns[level].push(column);
    }

    fn constants(&mut self) {
        for index in 0..self.dice.pick(3) {
            let value = self.dice.one(&["10", "0.07", "-3", "123456789.000000000001", "0"]);
            self.plan.constants.push((format!("k{index}"), value.to_owned()));
        }
    }

    fn tables(&mut self) {
        if self.dice.chance(60) {
            let mut rows: Vec<Limit> = CHOICES
                .iter()
                .map(|choice| Limit {
                    key: vec![Value::Text((*choice).to_owned())],
                    limit: None,
                    value: self.literal(),
                })
                .collect();
            rows.truncate(3 - self.dice.pick(2));
            let otherwise = self.dice.chance(50).then(|| "0.5".to_owned());
            self.plan.tables.push(Table {
                name: "by_sort".into(),
                band: false,
                keys: vec![Kind::Choice],
                min: None,
                otherwise,
                rows,
            });
        }
        if self.dice.chance(40) {
            let rows = (0..7).flat_map(|number| [(number, true), (number, false)]).filter_map(|(number, flag)| {
                let value = self.literal();
                let key = vec![Value::Num(Q::from_integer(number.into())), Value::Flag(flag)];
                (!self.dice.chance(10)).then_some(Limit { key, limit: None, value })
            });
            let rows = rows.collect();
            let keys = vec![Kind::Number, Kind::Flag];
            self.plan.tables.push(Table {
                name: "by_two".into(),
                band: false,
                keys,
                min: None,
                otherwise: Some("7".into()),
                rows,
            });
        }
        for (name, keys) in [("band", vec![]), ("keyed_band", vec![Kind::Choice])] {
            if self.dice.chance(50) {
                self.band(name, keys);
            }
        }
    }

    fn band(&mut self, name: &str, keys: Vec<Kind>) {
        let mut rows = Vec::new();
        let leading = if keys.is_empty() {
            vec![vec![]]
        } else {
            CHOICES.iter().map(|it| vec![Value::Text((*it).to_owned())]).collect()
        };
        for key in leading {
            for limit in ["0.5", "2", "3", "100"] {
                let upto = self.dice.chance(50);
                if self.dice.chance(70) {
                    rows.push(Limit { key: key.clone(), limit: Some((limit.to_owned(), upto)), value: self.literal() });
                }
            }
            if self.dice.chance(75) || rows.is_empty() {
                rows.push(Limit { key, limit: None, value: self.literal() });
            }
        }
        let min = self.dice.chance(70).then(|| self.dice.one(&["0", "-100", "1"]).to_owned());
        self.plan.tables.push(Table { name: name.to_owned(), band: true, keys, min, otherwise: None, rows });
    }

    fn rows(&mut self, looks: &[Vec<Look>]) -> Vec<Vec<Row>> {
        let mut rows: Vec<Vec<Row>> = Vec::new();
        for level in 0..self.plan.levels.len() {
            let count = match level {
                0 => 1 + self.dice.pick(3),
                1 => 1 + self.dice.pick(5),
                2 => self.dice.pick(16),
                _ => self.dice.pick(8),
            };
            let mut ids: Vec<String> = (0..count)
                .map(|index| format!("{}{index}", self.dice.one(&["", "b", "A", "学", "\u{ff21}", "😀", "é"])))
                .collect();
            ids.sort();
            let parents = self.plan.levels[level].parent.map_or(1, |parent| rows[parent].len());
            let list = if parents == 0 {
                Vec::new()
            } else {
                ids.into_iter().map(|id| Row { id, parent: self.dice.pick(parents), facts: Vec::new() }).collect()
            };
            rows.push(list);
        }
        for (level, looks) in looks.iter().enumerate() {
            for place in 0..rows[level].len() {
                rows[level][place].facts = self.row_facts(level, place, looks, &rows);
            }
        }
        // A required reference that nothing can satisfy becomes optional.
        for (level, rows) in rows.iter().enumerate() {
            for (index, fact) in self.plan.levels[level].facts.iter_mut().enumerate() {
                fact.optional |= rows.iter().any(|row| row.facts[index].1 == Value::Blank);
            }
        }
        rows
    }

    fn row_facts(&mut self, level: usize, place: usize, looks: &[Look], rows: &[Vec<Row>]) -> Vec<(String, Value)> {
        let facts = self.plan.levels[level].facts.clone();
        facts
            .iter()
            .zip(looks)
            .map(|(fact, look)| {
                let blank = fact.optional && self.dice.chance(35);
                let value = match fact.kind {
                    _ if blank => Value::Blank,
                    Kind::Number | Kind::Money => Value::Num(q(&self.decimal(*look))),
                    Kind::Flag => Value::Flag(self.dice.chance(40)),
                    Kind::Choice => Value::Text(self.dice.one(&CHOICES).to_owned()),
                    Kind::Row(target) => {
                        let root = self.root(rows, level, place);
                        let near: Vec<usize> =
                            (0..rows[target].len()).filter(|row| self.root(rows, target, *row) == root).collect();
                        if near.is_empty() { Value::Blank } else { Value::Row(self.dice.one(&near)) }
                    }
                };
                (fact.name.clone(), value)
            })
            .collect()
    }

    fn root(&self, rows: &[Vec<Row>], mut level: usize, mut row: usize) -> usize {
        while let Some(parent) = self.plan.levels[level].parent {
            row = rows[level][row].parent;
            level = parent;
        }
        row
    }

    fn decimal(&mut self, look: Look) -> String {
        let text = match look {
            Look::Few => self.dice.one(&["1", "2", "0", "3"]).to_owned(),
            Look::Count => self.dice.pick(7).to_string(),
            Look::Cents => format!("{}.{}", self.dice.pick(500), self.dice.digits(2)),
            Look::Nine => format!("1{}", self.dice.digits(8)),
            Look::Tiny => format!("{}.{}", self.dice.pick(2), self.dice.digits(12)),
            Look::Signed => format!("{}{}.{}", self.dice.one(&["", "-"]), self.dice.pick(60), self.dice.digits(1)),
            Look::Long => match self.dice.pick(3) {
                0 => format!("9{}", self.dice.digits(27)),
                1 => format!("3{}.{}", self.dice.digits(15), self.dice.digits(12)),
                _ => format!("1{}", self.dice.digits(18)),
            },
            Look::Pool => format!("{}.{}", self.dice.pick(20_000), self.dice.digits(2)),
            Look::Treasury => self.dice.one(&["999999999999.99", "123456789012.34", "1000000.01"]).to_owned(),
            Look::Debt => format!("{}{}.{}", self.dice.one(&["", "-"]), self.dice.pick(900), self.dice.digits(2)),
        };
        let number = q(&text);
        if number.is_negative() || !text.starts_with('-') { text } else { "0".to_owned() }
    }
}
