//! Stage 4: what elements refer to outside formulas: payee, funds, pay, forfeits, the level of a rank, examples.

use std::collections::BTreeSet;

use super::document::{Action, Document, Expectation, Outcome, Step};
use super::{Code, Column, ColumnKind, ColumnRef, Fault, Faults, Fund, Level, Reach, Refusal, Used};

/// The funds of a plan.
pub(super) struct Funds {
    /// All of them, in the order of levels and columns.
    pub all: Vec<Fund>,
    /// The fund of each step.
    pub of_steps: Vec<Option<ColumnRef>>,
}

/// Resolves every reference outside formulas.
pub(super) fn resolve(document: &Document, levels: &[Level], used: &mut Used) -> Result<Funds, Refusal> {
    let mut judge = Judge { document, levels, used, faults: Faults::default() };
    let payee = judge.payee();
    let of_steps: Vec<Option<ColumnRef>> =
        document.steps.iter().enumerate().map(|(number, step)| judge.fund(number, step)).collect();
    judge.pays(payee, &of_steps);
    for (number, step) in document.steps.iter().enumerate() {
        match &step.action {
            Action::Veto(_) => judge.forfeits(number, step),
            Action::Rank(_) => judge.per(number, step),
            _ => {}
        }
    }
    judge.examples();
    let all = judge.sources(&of_steps);
    judge.faults.refuse()?;
    Ok(Funds { all, of_steps })
}

struct Judge<'a> {
    document: &'a Document,
    levels: &'a [Level],
    used: &'a mut Used,
    faults: Faults,
}

impl Judge<'_> {
    fn level(&self, name: &str) -> Option<(usize, &Level)> {
        self.levels.iter().enumerate().find(|(_, level)| level.name == name)
    }

    fn level_names(&self) -> impl Iterator<Item = &str> {
        self.levels.iter().map(|level| level.name.as_str())
    }

    fn payee(&mut self) -> Option<usize> {
        let name = self.document.payee.as_deref()?;
        let found = self.level(name).map(|(number, _)| number);
        if found.is_none() {
            let fault = Fault::plan(Code::UnknownName, "/payee").got(name).near(name, self.level_names());
            self.faults.add(fault);
        }
        found
    }

    /// The fund that a step names, judged.
    fn fund(&mut self, number: usize, step: &Step) -> Option<ColumnRef> {
        let from = step.action.from()?;
        let collects = matches!(step.action, Action::Collect(_));
        match self.named_fund(number, step, from, collects) {
            Ok(reference) => {
                if let Reach::Via(fact) = reference.reach {
                    let own = self.level(&step.level).map_or(0, |(own, _)| own);
                    self.used.insert((own, fact));
                }
                self.used.insert((reference.level, reference.column));
                Some(reference)
            }
            Err(fault) => {
                self.faults.add(fault);
                None
            }
        }
    }

    fn named_fund(&self, number: usize, step: &Step, from: &str, collects: bool) -> Result<ColumnRef, Fault> {
        let fault = |code| Fault::plan(code, format!("/steps/{number}/from")).got(from);
        let unknown = || fault(Code::UnknownName);
        let (own, own_level) = self.level(&step.level).ok_or_else(unknown)?;
        let (reach, level, name) = match from.split_once('.') {
            None => (Reach::This, own, from),
            Some((qualifier, name)) => match self.level(qualifier) {
                Some((level, _)) => (Reach::This, level, name),
                None => {
                    let fact = own_level.columns.iter().position(|column| column.name == qualifier);
                    let fact = fact.ok_or_else(|| unknown().near(qualifier, self.level_names()))?;
                    match own_level.columns.get(fact).map(|column| &column.kind) {
                        Some(ColumnKind::Row(level)) => (Reach::Via(fact), *level, name),
                        _ => return Err(unknown()),
                    }
                }
            },
        };
        let target = self.levels.get(level).ok_or_else(unknown)?;
        let above = own_level.ancestry.contains(&level) || reach != Reach::This;
        let below = level != own && target.ancestry.contains(&own) && reach == Reach::This;
        let reachable = if collects { below } else { above };
        let column = target.columns.iter().position(|column| column.name == name);
        let Some(column) = column else {
            let known = target.columns.iter().filter(|column| column.kind == ColumnKind::Money);
            return Err(unknown().near(name, known.map(|column| column.name.as_str())));
        };
        let Some(Column { kind, step: made_by, .. }) = target.columns.get(column) else { return Err(unknown()) };
        if made_by.is_some_and(|made_by| made_by >= number) {
            return Err(fault(Code::ForwardReference));
        }
        if !reachable {
            return Err(fault(Code::NotReachable));
        }
        if *kind != ColumnKind::Money {
            return Err(fault(Code::NotAFund));
        }
        Ok(ColumnRef { reach, level, column })
    }

    /// `pay` stands on the payee level or below it, and what is paid is no fund.
    fn pays(&mut self, payee: Option<usize>, of_steps: &[Option<ColumnRef>]) {
        let funds: BTreeSet<(usize, usize)> = of_steps.iter().flatten().map(|fund| (fund.level, fund.column)).collect();
        for (number, step) in self.document.steps.iter().enumerate() {
            if step.action.pay().is_none() {
                continue;
            }
            let at = format!("/steps/{number}/pay");
            let Some((own, level)) = self.level(&step.level) else { continue };
            let column = level.columns.iter().position(|column| column.step == Some(number));
            let below = payee.is_some_and(|payee| level.ancestry.contains(&payee));
            // Where the payee is unknown only that is said.
            if !below && (payee.is_some() || self.document.payee.is_none()) {
                let fault = Fault::plan(Code::BadPay, at);
                self.faults.add(match &self.document.payee {
                    Some(payee) => fault.wanted(payee),
                    None => fault,
                });
            } else if column.is_some_and(|column| funds.contains(&(own, column))) {
                self.faults.add(Fault::plan(Code::PaidFund, at));
            }
        }
    }

    /// The funds; a formula that draws from nothing must say that it is a source.
    fn sources(&mut self, of_steps: &[Option<ColumnRef>]) -> Vec<Fund> {
        let columns: BTreeSet<(usize, usize)> =
            of_steps.iter().flatten().map(|fund| (fund.level, fund.column)).collect();
        let mut funds = Vec::new();
        for (level, column) in columns {
            let made_by = self.levels.get(level).and_then(|known| known.columns.get(column)).and_then(|it| it.step);
            let source = match made_by.and_then(|step| Some((step, self.document.steps.get(step)?))) {
                None => true,
                Some((number, Step { action: Action::Formula(formula), .. })) if formula.from.is_none() => {
                    if !formula.source {
                        self.faults.add(Fault::plan(Code::UndeclaredSource, format!("/steps/{number}")));
                    }
                    true
                }
                Some(_) => false,
            };
            funds.push(Fund { level, column, source });
        }
        funds
    }

    fn forfeits(&mut self, number: usize, step: &Step) {
        let Action::Veto(veto) = &step.action else { return };
        let mut seen = BTreeSet::new();
        for (index, name) in veto.forfeits.iter().enumerate() {
            let fault = |code| Fault::plan(code, format!("/steps/{number}/forfeits/{index}")).got(name);
            let Some((_, level)) = self.level(&step.level) else { continue };
            let written = self.document.steps.iter().enumerate();
            let target =
                written.filter(|(_, other)| other.level == step.level).find(|(_, it)| it.heading.name == *name);
            let is_fact = level.columns.iter().take(level.facts).any(|fact| fact.name == *name);
            let fault = match target {
                Some(_) if !seen.insert(name) => fault(Code::BadForfeit),
                None if is_fact => fault(Code::BadForfeit),
                None => {
                    let names = level.columns.iter().skip(level.facts).map(|column| column.name.as_str());
                    fault(Code::UnknownName).near(name, names)
                }
                Some((later, target)) if later > number && forfeitable(target, veto.withhold_to.is_some()) => continue,
                Some(_) => fault(Code::BadForfeit),
            };
            self.faults.add(fault);
        }
    }

    fn per(&mut self, number: usize, step: &Step) {
        let Action::Rank(rank) = &step.action else { return };
        let Some((own, level)) = self.level(&step.level) else { return };
        if level.parent.is_none() {
            self.faults.add(Fault::plan(Code::BadPer, format!("/steps/{number}")));
            return;
        }
        let Some(per) = &rank.per else { return };
        let at = format!("/steps/{number}/per");
        let fault = match self.level(per) {
            None => Fault::plan(Code::UnknownName, at).got(per).near(per, self.level_names()),
            Some((above, _)) if above != own && level.ancestry.contains(&above) => return,
            Some(_) => Fault::plan(Code::BadPer, at).got(per),
        };
        self.faults.add(fault);
    }

    fn examples(&mut self) {
        for (number, example) in self.document.examples.iter().enumerate() {
            let Outcome::Result(expectations) = &example.outcome else { continue };
            for (index, expectation) in expectations.iter().enumerate() {
                let (known, name) = match expectation {
                    Expectation::Value { level, step, .. } => (
                        self.level(level).is_some_and(|(_, level)| {
                            level.columns.iter().skip(level.facts).any(|column| column.name == *step)
                        }),
                        format!("{level}.{step}"),
                    ),
                    Expectation::Left { fund, .. } => (
                        fund.split_once('.').and_then(|(level, name)| Some((self.level(level)?.1, name))).is_some_and(
                            |(level, name)| {
                                level.columns.iter().any(|it| it.name == name && it.kind == ColumnKind::Money)
                            },
                        ),
                        fund.clone(),
                    ),
                    Expectation::Total { .. } => (self.document.payee.is_some(), "payee".to_owned()),
                    Expectation::Warning(_) => continue,
                };
                if !known {
                    let at = format!("/examples/{number}/expect/{index}");
                    self.faults.add(Fault::plan(Code::UnknownName, at).got(name));
                }
            }
        }
    }
}

/// Whether a veto can take a step's column: a money formula, a share or (not withheld) a rank; withheld money draws.
fn forfeitable(target: &Step, withheld: bool) -> bool {
    match &target.action {
        Action::Formula(formula) => {
            matches!(formula.kind, super::document::FormulaKind::Money(_)) && (!withheld || formula.from.is_some())
        }
        Action::Share(_) => true,
        Action::Rank(_) => !withheld,
        Action::Veto(_) | Action::Collect(_) | Action::Check(_) => false,
    }
}
