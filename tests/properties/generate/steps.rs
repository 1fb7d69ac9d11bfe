//! Random steps, each of what stands before it.

use super::formulas::{at, is_number, math, two};
use super::{Col, Gen};
use crate::language::{CHOICES, Do, Expr, Formula, From, Kind, Rank, Share, Step, Veto};

impl Gen {
    pub fn steps(&mut self) {
        let mut level = 0;
        let least = if self.pays { 5 } else { 1 };
        for index in 0..least + self.dice.pick(8) {
            // Steps of one level often follow each other, so that vetoes meet what they forfeit.
            if !self.dice.chance(45) {
                level = self.dice.pick(self.plan.levels.len());
            }
            let name = format!("s{index}");
            let act = match self.dice.pick(20) {
                0..=6 => Some(self.formula(level)),
                7..=11 => self.share(level),
                12..=14 if level > 0 => Some(self.rank(level)),
                15..=17 => Some(self.veto(level, index)),
                18 => self.collect(level),
                _ => Some(Do::Check { assert: self.check(level), warning: self.dice.chance(60) }),
            };
            if let Some(act) = act {
                self.remember(level, &name, &act);
                self.plan.steps.push(Step { level, name, act });
            }
        }
        self.forfeits();
    }

    fn check(&mut self, level: usize) -> Expr {
        let flag = self.flag(&at(level), 2);
        if self.dice.chance(60) { two("or", flag, Expr::Flag(true)) } else { flag }
    }

    /// Makes a step's column known to later formulas.
    fn remember(&mut self, level: usize, name: &str, act: &Do) {
        let (kind, may_be_blank, never_negative, fund) = match act {
            Do::Formula(formula) => {
                let money = formula.kind == Kind::Money;
                let fund = money && !formula.pay && (formula.from.is_some() || formula.source);
                let where_blank = formula.only.is_some() && matches!(formula.kind, Kind::Flag | Kind::Choice);
                (formula.kind, formula.optional || where_blank, false, fund)
            }
            Do::Share(share) => (Kind::Money, false, true, !share.pay),
            Do::Rank(rank) => {
                let kind = if rank.grades.is_empty() { Kind::Number } else { Kind::Choice };
                (kind, rank.otherwise.is_none(), true, false)
            }
            Do::Collect { pay, .. } => (Kind::Money, false, false, !pay),
            Do::Veto(_) | Do::Check { .. } => return,
        };
        self.columns[level].push(Col { name: name.to_owned(), kind, may_be_blank, never_negative, fund });
    }

    /// The step may pay: it stands on the payee level or below.
    fn can_pay(&self, level: usize) -> bool {
        let mut above = Some(level);
        while let Some(level) = above {
            if self.plan.payee == Some(level) {
                return true;
            }
            above = self.plan.levels[level].parent;
        }
        false
    }

    /// A fund that rows of a level reach.
    fn from(&mut self, level: usize) -> Option<From> {
        let names = self.names(&at(level), |column| column.fund);
        let named = |name| match name {
            Expr::Own(name) => Some(From::Own(name)),
            Expr::Level(up, _, name) if up != level => Some(From::Up(up, name)),
            Expr::Ref(fact, name) => Some(From::Ref(fact, name)),
            _ => None,
        };
        let mut funds: Vec<From> = names.into_iter().filter_map(|(name, _)| named(name)).collect();
        let above: Vec<From> = funds.iter().filter(|from| !matches!(from, From::Own(_))).cloned().collect();
        if !above.is_empty() && !self.dice.chance(10) {
            funds = above;
        }
        (!funds.is_empty()).then(|| self.dice.one(&funds))
    }

    fn formula(&mut self, level: usize) -> Do {
        let kind = self.dice.one(&[
            Kind::Number,
            Kind::Money,
            Kind::Money,
            Kind::Number,
            Kind::Money,
            Kind::Flag,
            Kind::Choice,
        ]);
        let spot = at(level);
        let only = self.dice.chance(20).then(|| self.flag(&spot, 1));
        let from = if kind == Kind::Money && self.dice.chance(60) { self.from(level) } else { None };
        let mut formula = match kind {
            Kind::Flag => self.flag(&spot, 2),
            Kind::Choice => self.choice(&spot, 2),
            Kind::Money if from.is_some() => self.draw(level),
            Kind::Money => {
                let number = self.number(&spot, 2);
                if self.dice.chance(70) {
                    two("max", Expr::num("0"), two("min", number, Expr::num("5000")))
                } else {
                    number
                }
            }
            _ => self.number(&spot, 3),
        };
        if kind == Kind::Number && self.dice.chance(25) {
            formula = self.power(level);
        }
        let rounding = match kind {
            Kind::Number => [("0.01", "half_up"), ("0.3", "half_even"), ("5", "up"), ("0.000001", "down")],
            _ => [("0.01", "half_even"), ("0.05", "half_up"), ("1", "up"), ("10", "down")],
        };
        let rounds = matches!(kind, Kind::Number | Kind::Money) && self.dice.chance(30);
        let round = rounds.then(|| self.dice.one(&rounding)).map(|(to, mode)| (to.to_owned(), mode));
        let source = kind == Kind::Money && from.is_none() && self.dice.chance(45);
        let pay = kind == Kind::Money && !source && self.can_pay(level) && (self.pays || self.dice.chance(50));
        let optional = kind != Kind::Money && self.dice.chance(30);
        Do::Formula(Formula { kind, only, formula, from, round, optional, source, pay })
    }

    /// A power of a column, perhaps of a power: beyond 2^63, 2^127 and at last 16,384 bits.
    fn power(&mut self, level: usize) -> Expr {
        let numbers: Vec<String> = self.columns[level]
            .iter()
            .filter(|it| it.kind == Kind::Number && !it.may_be_blank)
            .map(|it| it.name.clone())
            .collect();
        let mut power = if numbers.is_empty() { Expr::num("3") } else { Expr::own(&self.dice.one(&numbers)) };
        for _ in 0..self.dice.one(&[1, 8, 7, 8, 2]) {
            power = math('*', power.clone(), power);
        }
        power
    }

    /// What a money formula takes from a fund: mostly not much.
    fn draw(&mut self, level: usize) -> Expr {
        let spot = at(level);
        match self.dice.pick(8) {
            0..=2 => Expr::Num(self.literal()),
            3 => math('*', Expr::num("0.5"), two("min", self.number(&spot, 1), Expr::num("30"))),
            4 => Expr::Neg(Box::new(Expr::Num(self.literal()))),
            5 | 6 => match self.left(&spot) {
                Some(left) => math('/', math('*', left, Expr::num("0.1")), Expr::num("7")),
                None => Expr::num("0.005"),
            },
            _ => self.number(&spot, 2),
        }
    }

    /// A number that is not negative, as far as one can see.
    fn weight(&mut self, level: usize) -> Expr {
        let spot = at(level);
        let names = self.names(&spot, |column| is_number(column) && column.never_negative);
        match self.dice.pick(8) {
            0..=4 if !names.is_empty() => {
                let (name, may_be_blank) = self.dice.one(&names);
                if may_be_blank { two("coalesce", name, Expr::num("1")) } else { name }
            }
            7 => self.number(&spot, 1),
            5 => Expr::num("1"),
            _ => Expr::Call("abs", vec![self.number(&spot, 2)]),
        }
    }

    fn share(&mut self, level: usize) -> Option<Do> {
        let from = self.from(level)?;
        let fund_level = match &from {
            From::Own(_) => level,
            From::Up(up, _) => *up,
            From::Ref(fact, _) => match self.columns[level].iter().find(|column| column.name == *fact)?.kind {
                Kind::Row(target) => target,
                _ => return None,
            },
        };
        let (From::Own(fund) | From::Up(_, fund) | From::Ref(_, fund)) = &from;
        let left = Expr::Left(Box::new(Expr::own(fund)));
        let amount = match self.dice.pick(8) {
            0..=2 => None,
            3 | 4 => Some(math('*', left, Expr::Percent(Box::new(Expr::num("60"))))),
            5 => Some(math('/', left, Expr::num("3"))),
            6 => Some(two("min", left, Expr::num("100.005"))),
            _ => Some(self.number(&at(fund_level), 2)),
        };
        let only = self.dice.chance(25).then(|| self.flag(&at(level), 1));
        let floor = self.dice.chance(35).then(|| match self.dice.pick(4) {
            3 => self.weight(level),
            index => Expr::num(["0.01", "1.005", "10"][index]),
        });
        let cap = self.dice.chance(45).then(|| match self.dice.pick(5) {
            0 => Expr::num("1000"),
            1 => math('+', floor.clone().unwrap_or(Expr::num("0")), Expr::num("33.333")),
            2 => math('+', floor.clone().unwrap_or(Expr::num("0")), self.weight(level)),
            3 => self
                .names(&at(level), is_number)
                .into_iter()
                .find(|(_, blank)| *blank)
                .map_or(Expr::num("500"), |(name, _)| name),
            _ => self.number(&at(level), 1),
        });
        let to = self.dice.chance(40).then(|| self.dice.one(&["0.06", "1", "10", "0.05", "100"]).to_owned());
        let tie_by = (0..self.dice.pick(3)).map(|_| self.number(&at(level), 1)).collect();
        let pay = self.can_pay(level) && (self.pays || self.dice.chance(40));
        let weight = match &cap {
            Some(cap) if self.dice.chance(15) => cap.clone(),
            _ => self.weight(level),
        };
        Some(Do::Share(Share { from, amount, weight, only, floor, cap, to, tie_by, pay }))
    }

    fn rank(&mut self, level: usize) -> Do {
        let spot = at(level);
        let graded = self.dice.chance(60);
        let mut grades = Vec::new();
        if graded {
            for code in CHOICES.iter().take(1 + self.dice.pick(2)) {
                let quota = self.dice.one(&["50%", "1", "20%", "2", "33.3%", "0", "100%", "0%"]);
                grades.push(((*code).to_owned(), Some(quota.to_owned())));
            }
            grades.push(("c".to_owned(), None));
        }
        let percent = grades.iter().any(|(_, quota)| quota.as_ref().is_some_and(|quota| quota.ends_with('%')));
        let mut above = Vec::new();
        let mut next = self.plan.levels[level].parent;
        while let Some(level) = next {
            above.push(level);
            next = self.plan.levels[level].parent;
        }
        let ties = self.dice.one(&[
            "split",
            "better",
            "worse",
            "split",
            if graded { "refuse" } else { "dense" },
            "split",
            "refuse",
        ]);
        let split = ties == "split";
        // Every choice column can be "b": a comparison with what it can never be would be a plan error.
        let otherwise =
            (grades.len() == 2 || self.dice.chance(50)).then(|| if graded { "b".to_owned() } else { "0".to_owned() });
        Do::Rank(Rank {
            by: self.number(&spot, 1),
            ascending: self.dice.chance(40),
            per: self.dice.chance(40).then(|| self.dice.one(&above)),
            within: if self.dice.chance(35) { vec![self.within(level)] } else { Vec::new() },
            only: self.dice.chance(35).then(|| self.flag(&spot, 1)),
            otherwise,
            grades,
            quota_round: self.dice.one(&["half_up", "down", "up"]),
            of_all: percent && self.dice.chance(40),
            ties,
            tie_by: if split && self.dice.chance(60) { vec![self.number(&spot, 1)] } else { Vec::new() },
        })
    }

    fn within(&mut self, level: usize) -> Expr {
        match self.dice.pick(3) {
            0 => self.choice(&at(level), 1),
            1 => self.flag(&at(level), 1),
            _ => self.number(&at(level), 1),
        }
    }

    fn veto(&mut self, level: usize, index: usize) -> Do {
        let spot = at(level);
        let portion = self.dice.chance(60).then(|| match self.dice.pick(7) {
            0 => Expr::num("0.5"),
            1 => math('/', Expr::num("1"), Expr::num("3")),
            2 => Expr::Percent(Box::new(Expr::num("33.333"))),
            3 => Expr::Call("if", vec![self.flag(&spot, 1), Expr::num("1"), Expr::num("0")]),
            4 => Expr::num("1"),
            5 => Expr::num("0"),
            _ => self.number(&spot, 1),
        });
        let to = self.dice.chance(50).then(|| format!("to {}", index % 2));
        Do::Veto(Veto { when: self.flag(&spot, 1), forfeits: Vec::new(), portion, to })
    }

    fn collect(&mut self, level: usize) -> Option<Do> {
        let mut found = Vec::new();
        for (below, columns) in self.columns.iter().enumerate() {
            let mut above = self.plan.levels[below].parent;
            while let Some(parent) = above {
                if parent == level {
                    found
                        .extend(columns.iter().filter(|column| column.fund).map(|column| (below, column.name.clone())));
                }
                above = self.plan.levels[parent].parent;
            }
        }
        let pay = self.can_pay(level) && (self.pays || self.dice.chance(30));
        (!found.is_empty()).then(|| self.dice.one(&found)).map(|(level, name)| Do::Collect { level, name, pay })
    }

    /// Gives every veto some of the later steps; a veto of nothing goes.
    fn forfeits(&mut self) {
        let steps = self.plan.steps.clone();
        for (index, step) in steps.iter().enumerate() {
            let Do::Veto(veto) = &step.act else { continue };
            let may = |later: &&Step| {
                later.level == step.level
                    && match &later.act {
                        Do::Formula(formula) => {
                            formula.kind == Kind::Money && (veto.to.is_none() || formula.from.is_some())
                        }
                        Do::Share(_) => true,
                        Do::Rank(_) => veto.to.is_none(),
                        _ => false,
                    }
            };
            let later: Vec<String> = steps[index..].iter().filter(may).map(|later| later.name.clone()).collect();
            let chosen: Vec<String> = later.into_iter().filter(|_| !self.dice.chance(20)).collect();
            if let Do::Veto(veto) = &mut self.plan.steps[index].act {
                veto.forfeits = chosen;
            }
        }
        self.plan.steps.retain(|step| !matches!(&step.act, Do::Veto(veto) if veto.forfeits.is_empty()));
    }
}
