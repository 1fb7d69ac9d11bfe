//! Stage 5: the formulas of every step, one fault each.

use super::document::{self, Document, FormulaKind, Otherwise};
use super::formula::{FormulaError, Scope, Type, Typer, parse};
use super::{
    Action, Code, ColumnRef, Expr, Fault, Faults, Formula, Level, Place, Rank, RankValue, Refusal, Share, Step, Veto,
};

/// Characters of a formula that a message shows.
const MOST_PIECE: usize = 24;

/// Types the formulas of all steps.
pub(super) fn typed(
    document: &Document,
    levels: &[Level],
    funds: &[Option<ColumnRef>],
    scope: &mut Scope<'_>,
) -> Result<Vec<Step>, Refusal> {
    let mut steps = Vec::new();
    let mut faults = Faults::default();
    for (number, (step, fund)) in document.steps.iter().zip(funds).enumerate() {
        let Some(level) = levels.iter().position(|level| level.name == step.level) else { continue };
        let mut reader = Reader { scope, faults: &mut faults, level, number };
        let column =
            levels.get(level).and_then(|own| own.columns.iter().position(|column| column.step == Some(number)));
        if let Some(action) = reader.action(&step.action, *fund, levels) {
            steps.push(Step { level, column, action });
        }
    }
    faults.refuse()?;
    Ok(steps)
}

struct Reader<'a, 'b> {
    scope: &'a mut Scope<'b>,
    faults: &'a mut Faults,
    level: usize,
    number: usize,
}

/// What a formula must give.
#[derive(Clone, Copy)]
enum Wanted {
    Number,
    Flag,
    Date,
    Ordered,
    Any,
}

impl Reader<'_, '_> {
    fn action(&mut self, action: &document::Action, fund: Option<ColumnRef>, levels: &[Level]) -> Option<Action> {
        match action {
            document::Action::Formula(step) => self.formula(step, fund).map(Action::Formula),
            document::Action::Share(step) => self.share(step, fund).map(Action::Share),
            document::Action::Rank(step) => self.rank(step, levels).map(Action::Rank),
            document::Action::Veto(step) => self.veto(step, levels).map(Action::Veto),
            document::Action::Collect(_) => {
                fund.map(|ColumnRef { level, column, .. }| Action::Collect { level, column })
            }
            document::Action::Check(step) => self
                .read("assert", &step.assert, Wanted::Flag)
                .map(|assert| Action::Check { assert, warning: step.warning }),
        }
    }

    /// Reads the formula under a key; a fault is kept, and none is returned.
    fn read(&mut self, key: &str, text: &str, wanted: Wanted) -> Option<Expr> {
        self.read_at(self.level, key, text, wanted).map(|(expr, _)| expr)
    }

    fn read_at(&mut self, level: usize, key: &str, text: &str, wanted: Wanted) -> Option<(Expr, Type)> {
        let typed = parse(text).and_then(|ast| {
            let mut typer = Typer::new(self.scope, level, self.number);
            match wanted {
                Wanted::Number => typer.number(&ast).map(|expr| (expr, Type::Number)),
                Wanted::Flag => typer.flag(&ast).map(|expr| (expr, Type::Flag)),
                Wanted::Date => typer.date(&ast).map(|expr| (expr, Type::Date)),
                Wanted::Ordered => typer.ordered(&ast),
                Wanted::Any => typer.any(&ast),
            }
        });
        typed.map_err(|error| self.fault(key, text, error)).ok()
    }

    fn fault(&mut self, key: &str, text: &str, error: FormulaError) {
        let place = Place::Plan { at: format!("/steps/{}/{key}", self.number), pos: Some(error.pos) };
        let mut fault = Fault::at(error.code, place);
        fault.details = error.details;
        let piece: String = text.chars().skip(error.pos).take(MOST_PIECE).collect();
        // Where a formula ends too early there is no piece to show.
        self.faults.add(if piece.is_empty() { fault } else { fault.with(super::Detail::Piece(piece)) });
    }

    /// An optional formula: outer none where it is there and faulty.
    fn maybe(&mut self, key: &str, text: Option<&String>, wanted: Wanted) -> Option<Option<Expr>> {
        match text {
            None => Some(None),
            Some(text) => self.read(key, text, wanted).map(Some),
        }
    }

    /// All formulas of a list; none where one is faulty.
    fn list(&mut self, key: &str, texts: &[String], wanted: Wanted) -> Option<Vec<Expr>> {
        let read: Vec<Option<Expr>> =
            texts.iter().enumerate().map(|(index, text)| self.read(&format!("{key}/{index}"), text, wanted)).collect();
        read.into_iter().collect()
    }

    fn formula(&mut self, step: &document::Formula, fund: Option<ColumnRef>) -> Option<Formula> {
        let condition = self.maybe("where", step.condition.as_ref(), Wanted::Flag);
        let formula = match &step.kind {
            FormulaKind::Number(_) | FormulaKind::Money(_) => self.read("formula", &step.formula, Wanted::Number),
            FormulaKind::Flag => self.read("formula", &step.formula, Wanted::Flag),
            FormulaKind::Date => self.read("formula", &step.formula, Wanted::Date),
            FormulaKind::Choice(choices) => self.choice(&step.formula, choices),
        };
        Some(Formula {
            kind: step.kind.clone(),
            formula: formula?,
            condition: condition?,
            optional: step.optional,
            fund,
        })
    }

    /// A formula that gives a choice: every text it can give is listed.
    fn choice(&mut self, text: &str, choices: &[String]) -> Option<Expr> {
        let (expr, found) = self.read_at(self.level, "formula", text, Wanted::Any)?;
        let Type::Choice(given) = found else {
            let error = FormulaError { code: Code::TypeError, pos: expr.pos, details: Vec::new() };
            self.fault("formula", text, error);
            return None;
        };
        let listed: Vec<u32> = choices.iter().map(|choice| self.scope.texts.intern(choice)).collect();
        if let Some(other) = given.iter().find(|text| !listed.contains(text)) {
            let got = super::Detail::Got(self.scope.texts.text(*other).to_owned());
            self.fault("formula", text, FormulaError { code: Code::NotAChoice, pos: expr.pos, details: vec![got] });
            return None;
        }
        Some(expr)
    }

    fn share(&mut self, step: &document::Share, fund: Option<ColumnRef>) -> Option<Share> {
        let condition = self.maybe("where", step.condition.as_ref(), Wanted::Flag);
        let weight = self.read("weight", &step.weight, Wanted::Number);
        let floor = self.maybe("floor", step.floor.as_ref(), Wanted::Number);
        let cap = self.maybe("cap", step.cap.as_ref(), Wanted::Number);
        let tie_by = self.list("tie_by", &step.tie_by, Wanted::Ordered);
        let fund = fund?;
        let amount = match &step.amount {
            None => Some(None),
            Some(text) => self.read_at(fund.level, "amount", text, Wanted::Number).map(|(expr, _)| Some(expr)),
        };
        Some(Share {
            fund,
            amount: amount?,
            weight: weight?,
            condition: condition?,
            floor: floor?,
            cap: cap?,
            unit: step.unit,
            tie_by: tie_by?,
        })
    }

    fn rank(&mut self, step: &document::Rank, levels: &[Level]) -> Option<Rank> {
        let condition = self.maybe("where", step.condition.as_ref(), Wanted::Flag);
        let within = self.list("within", &step.within, Wanted::Any);
        let by = self.read("by", &step.by, Wanted::Ordered);
        let tie_by = self.list("tie_by", &step.tie_by, Wanted::Ordered);
        let per = match &step.per {
            Some(name) => levels.iter().position(|level| level.name == *name),
            None => levels.get(self.level).and_then(|level| level.parent),
        };
        let otherwise = step.otherwise.as_ref().map(|otherwise| match otherwise {
            Otherwise::Grade(text) => RankValue::Grade(self.scope.texts.intern(text)),
            Otherwise::Position(number) => RankValue::Position(number.clone()),
        });
        let grades =
            step.grades.iter().map(|grade| (self.scope.texts.intern(&grade.code), grade.quota.clone())).collect();
        Some(Rank {
            by: by?,
            ascending: step.ascending,
            per: per?,
            within: within?,
            condition: condition?,
            otherwise,
            grades,
            quota_of_all: step.quota_of_all,
            ties: step.ties,
            tie_by: tie_by?,
        })
    }

    fn veto(&mut self, step: &document::Veto, levels: &[Level]) -> Option<Veto> {
        let when = self.read("when", &step.when, Wanted::Flag);
        let portion = self.maybe("portion", step.portion.as_ref(), Wanted::Number);
        let own = levels.get(self.level)?;
        let forfeits: Vec<usize> = step
            .forfeits
            .iter()
            .filter_map(|name| own.columns.iter().position(|column| column.name == *name))
            .collect();
        let takes_rank = forfeits
            .iter()
            .any(|column| own.columns.get(*column).is_some_and(|column| column.kind != super::ColumnKind::Money));
        Some(Veto { when: when?, portion: portion?, forfeits, takes_rank, withhold_to: step.withhold_to.clone() })
    }
}
