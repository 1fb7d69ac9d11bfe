//! Money of the model: formulas, vetoes, draws, collected balances and both identities (§3.1, §3.4, §3.5, §5, §6).

use std::collections::{BTreeMap, BTreeSet};

use num_traits::{One, Signed, Zero};

use super::{Fault, FundRow, Gross, Hit, Met, World};
use crate::language::money_text;
use crate::language::{Do, Formula, From, Kind, Q, Step, Value, Veto, int, q, rounded};
use crate::outcome::FundAnswer;

impl Step {
    pub fn is_money(&self) -> bool {
        match &self.act {
            Do::Formula(formula) => formula.kind == Kind::Money,
            Do::Share(_) | Do::Collect { .. } => true,
            _ => false,
        }
    }

    /// Draws from a fund, or collects.
    fn draws(&self) -> bool {
        match &self.act {
            Do::Formula(formula) => formula.from.is_some(),
            Do::Share(_) | Do::Collect { .. } => true,
            _ => false,
        }
    }

    fn pays(&self) -> bool {
        match &self.act {
            Do::Formula(formula) => formula.pay,
            Do::Share(share) => share.pay,
            Do::Collect { pay, .. } => *pay,
            _ => false,
        }
    }
}

impl World<'_> {
    pub fn formula(&mut self, step: &Step, formula: &Formula) -> Vec<Fault> {
        let rows = 0..self.rows[step.level].len();
        if formula.kind == Kind::Money {
            let gross: Vec<Met<Gross>> = rows.map(|row| self.money(step, formula, row)).collect();
            return self.settle(step, gross);
        }
        let found: Vec<Met<Value>> = rows.map(|row| self.plain(step, formula, row)).collect();
        self.put(step, found)
    }

    /// The values of a column that is not money.
    pub fn put(&mut self, step: &Step, found: Vec<Met<Value>>) -> Vec<Fault> {
        let fault = |(row, found): (usize, &Met<Value>)| {
            found.as_ref().err().map(|code| Fault { level: step.level, row, code })
        };
        let faults: Vec<Fault> = found.iter().enumerate().filter_map(fault).collect();
        self.values[step.level].insert(step.name.clone(), found.into_iter().flatten().collect());
        faults
    }

    fn plain(&self, step: &Step, formula: &Formula, row: usize) -> Met<Value> {
        let at = self.at(step.level, row);
        if !at.holds(&formula.only)? {
            return Ok(if formula.kind == Kind::Number { Value::Num(Q::zero()) } else { Value::Blank });
        }
        match (at.eval(&formula.formula)?, &formula.round) {
            (Value::Blank, _) if !formula.optional => Err("blank_used"),
            (Value::Num(number), Some((to, mode))) => Ok(Value::Num(rounded(&number, &q(to), mode))),
            (value, _) => Ok(value),
        }
    }

    /// Order inside a money step: the value, `forgo`, rounding, draw.
    fn money(&self, step: &Step, formula: &Formula, row: usize) -> Met<Gross> {
        let at = self.at(step.level, row);
        if !at.holds(&formula.only)? {
            return Ok(Gross { value: Q::zero(), fund: None, takes_part: false });
        }
        let mut value = at.number(&formula.formula)?;
        if let Some(Hit { portion, to: None, .. }) = self.hit(step.level, &step.name, row) {
            value *= Q::one() - portion;
        }
        let cent = ("0.01".to_owned(), "half_up");
        let (to, mode) = formula.round.as_ref().unwrap_or(&cent);
        let value = rounded(&value, &q(to), mode);
        if value.abs() >= q("1000000000000000") {
            return Err("money_too_large");
        }
        let fund = formula.from.as_ref().and_then(|from| self.fund(step.level, row, from));
        if formula.from.is_some() && fund.is_none() && !value.is_zero() {
            return Err("blank_used");
        }
        Ok(Gross { value, fund, takes_part: true })
    }

    pub fn veto(&mut self, step: &Step, veto: &Veto) -> Vec<Fault> {
        let ranks = self
            .plan
            .steps
            .iter()
            .any(|it| it.level == step.level && veto.forfeits.contains(&it.name) && matches!(it.act, Do::Rank(_)));
        let mut faults = Vec::new();
        let rows = self.rows[step.level].len();
        for row in 0..rows {
            let portion = self.portion(step, veto, row, ranks).unwrap_or_else(|code| {
                faults.push(Fault { level: step.level, row, code });
                Q::zero()
            });
            for name in &veto.forfeits {
                let hits = self.hits.entry((step.level, name.clone())).or_insert_with(|| vec![Vec::new(); rows]);
                hits[row].push(Hit { veto: step.name.clone(), portion: portion.clone(), to: veto.to.clone() });
            }
        }
        faults
    }

    fn portion(&self, step: &Step, veto: &Veto, row: usize, ranks: bool) -> Met<Q> {
        let at = self.at(step.level, row);
        if !at.flag(&veto.when)? {
            return Ok(Q::zero());
        }
        let portion = veto.portion.as_ref().map_or(Ok(Q::one()), |portion| at.number(portion))?;
        let lies_well = !portion.is_negative() && portion <= Q::one() && (!ranks || portion.is_integer());
        if lies_well { Ok(portion) } else { Err("bad_portion") }
    }

    pub fn collect(&mut self, step: &Step, level: usize, name: &str, _pay: bool) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut values = vec![Q::zero(); self.rows[step.level].len()];
        let left: Vec<Q> = (0..self.rows[level].len()).map(|row| self.left(level, name, row)).collect();
        for (row, left) in left.iter().enumerate() {
            values[self.ancestor(level, row, step.level)] += left;
        }
        for (row, value) in values.iter().enumerate() {
            if value.abs() >= q("1000000000000000") {
                faults.push(Fault { level: step.level, row, code: "money_too_large" });
            }
        }
        self.record(level, name, step, left);
        self.keep(step, values);
        faults
    }

    /// Draws a money step together, and withholds; its values are what remains.
    pub fn settle(&mut self, step: &Step, gross: Vec<Met<Gross>>) -> Vec<Fault> {
        let fault = |(row, found): (usize, &Met<Gross>)| {
            found.as_ref().err().map(|code| Fault { level: step.level, row, code })
        };
        let faults: Vec<Fault> = gross.iter().enumerate().filter_map(fault).collect();
        if !faults.is_empty() {
            return faults;
        }
        let gross: Vec<Gross> = gross.into_iter().flatten().collect();
        let mut draws: BTreeMap<FundRow, Q> = BTreeMap::new();
        for row in &gross {
            if let Some(fund) = &row.fund {
                *draws.entry(fund.clone()).or_insert_with(Q::zero) += &row.value;
            }
        }
        let overdrawn = draws
            .iter()
            .filter(|((level, name, row), net)| net.is_positive() && self.left(*level, name, *row) - *net < Q::zero());
        let faults: Vec<Fault> =
            overdrawn.map(|((level, _, row), _)| Fault { level: *level, row: *row, code: "fund_overdrawn" }).collect();
        if !faults.is_empty() {
            return faults;
        }
        for ((level, name, row), net) in draws {
            let mut drawn = vec![Q::zero(); self.rows[level].len()];
            drawn[row] = net;
            self.record(level, &name, step, drawn);
        }
        let kept = gross.into_iter().enumerate().map(|(row, gross)| self.kept(step, row, gross)).collect();
        self.keep(step, kept);
        Vec::new()
    }

    fn kept(&mut self, step: &Step, row: usize, gross: Gross) -> Q {
        let Some(hit) = self.hit(step.level, &step.name, row).filter(|_| gross.takes_part) else { return gross.value };
        self.act(&hit.veto, step.level, row);
        let (Some(to), Some((level, name, fund_row))) = (&hit.to, &gross.fund) else { return gross.value };
        let taken = rounded(&(&hit.portion * gross.value.clone().max(Q::zero())), &q("0.01"), "half_up");
        let rows = self.rows[*level].len();
        let book = self.books.entry((*level, name.clone())).or_default();
        book.withheld.entry(to.clone()).or_insert_with(|| vec![Q::zero(); rows])[*fund_row] += &taken;
        gross.value - taken
    }

    fn record(&mut self, level: usize, name: &str, step: &Step, amounts: Vec<Q>) {
        let by = format!("{}.{}", self.plan.levels[step.level].name, step.name);
        let book = self.books.entry((level, name.to_owned())).or_default();
        let drawn = book.drawn.entry(by).or_insert_with(|| vec![Q::zero(); amounts.len()]);
        for (drawn, amount) in drawn.iter_mut().zip(amounts) {
            *drawn += amount;
        }
    }

    /// The values of a money step, and its lines.
    fn keep(&mut self, step: &Step, values: Vec<Q>) {
        if let (true, Some(payee)) = (step.pays(), self.plan.payee) {
            let name = format!("{}.{}", self.plan.levels[step.level].name, step.name);
            for (row, value) in values.iter().enumerate() {
                let id = self.rows[step.level][row].id.clone();
                self.lines.push((self.ancestor(step.level, row, payee), name.clone(), id, value.clone()));
            }
        }
        self.values[step.level].insert(step.name.clone(), values.into_iter().map(Value::Num).collect());
    }

    /// The columns that steps name in `from`.
    fn fund_columns(&self) -> BTreeSet<(usize, String)> {
        let column = |step: &Step, from: &From| match from {
            From::Own(name) => (step.level, name.clone()),
            From::Up(level, name) => (*level, name.clone()),
            From::Ref(fact, name) => (self.target(step.level, fact), name.clone()),
        };
        let named = self.plan.steps.iter().filter_map(|step| match &step.act {
            Do::Formula(formula) => formula.from.as_ref().map(|from| column(step, from)),
            Do::Share(share) => Some(column(step, &share.from)),
            Do::Collect { level, name, .. } => Some((*level, name.clone())),
            _ => None,
        });
        named.collect()
    }

    pub fn funds(&self) -> BTreeMap<(String, String), FundAnswer> {
        let mut funds = BTreeMap::new();
        for (level, name) in self.fund_columns() {
            let book = self.books.get(&(level, name.clone())).cloned().unwrap_or_default();
            for (row, known) in self.rows[level].iter().enumerate() {
                let amounts = |amounts: &BTreeMap<String, Vec<Q>>| {
                    let listed = amounts.iter().filter(|(_, amounts)| !amounts[row].is_zero());
                    listed.map(|(name, amounts)| (name.clone(), money_text(&amounts[row]))).collect()
                };
                let Value::Num(value) = self.value(level, row, &name) else { unreachable!("a fund is money") };
                let answer = FundAnswer {
                    value: money_text(&value),
                    drawn: amounts(&book.drawn),
                    withheld: amounts(&book.withheld),
                    left: money_text(&self.left(level, &name, row)),
                };
                funds.insert((format!("{}.{name}", self.plan.levels[level].name), known.id.clone()), answer);
            }
        }
        funds
    }

    pub fn balance<'q>(&self, totals: impl Iterator<Item = &'q Q>) -> BTreeMap<String, String> {
        let funds = self.fund_columns();
        let sum = |level: usize, name: &str| {
            self.values[level][name].iter().fold(int(0), |sum, value| match value {
                Value::Num(number) => sum + number,
                _ => sum,
            })
        };
        let mut balance: BTreeMap<&str, Q> =
            ["sources", "paid", "assigned", "withheld", "left", "unfunded"].map(|name| (name, Q::zero())).into();
        for (level, name) in &funds {
            let step = self.plan.steps.iter().find(|step| step.level == *level && step.name == *name);
            if !step.is_some_and(Step::draws) {
                *balance.entry("sources").or_default() += sum(*level, name);
            }
            for row in 0..self.rows[*level].len() {
                *balance.entry("left").or_default() += self.left(*level, name, row);
            }
        }
        for withheld in self.books.values().flat_map(|book| book.withheld.values()).flatten() {
            *balance.entry("withheld").or_default() += withheld;
        }
        for step in self.plan.steps.iter().filter(|step| step.is_money()) {
            let place = match (step.pays(), step.draws()) {
                (true, true) => "paid",
                (true, false) => "unfunded",
                (false, true) if !funds.contains(&(step.level, step.name.clone())) => "assigned",
                _ => continue,
            };
            *balance.entry(place).or_default() += sum(step.level, &step.name);
        }
        balance.insert("payee_total", totals.fold(int(0), |sum, total| sum + total));
        balance.into_iter().map(|(name, amount)| (name.to_owned(), money_text(&amount))).collect()
    }
}
