//! What a veto changed: the whole is calculated again without it, and the two results are compared.
//!
//! Supposed is that the veto does not hold **at this row**, in none of the columns that it forfeits; at all other rows it
//! holds as before. What else follows from that (another veto that prevails in its place, other ranks, other averages) follows.

use std::rc::Rc;

use super::node::{Kind, Node, Role, Scalar, Unexplained};
use super::{Explainer, Site};
use crate::engine::{Outcome, Supposed, calculate_supposing};
use crate::exact::{Fen, Row, at};
use crate::plan::{Action, Code, ColumnRef};

/// The most vetoes and rows that are supposed otherwise for one explanation: each is a calculation of the whole.
const MOST: usize = 20;

/// What a veto changed at a row of a step.
#[derive(Debug, Clone)]
pub struct WithoutVeto {
    /// The veto's step.
    pub veto: usize,
    /// The step that it acted on.
    pub step: usize,
    /// What would be without it; the code of the refusal where nothing could be calculated then.
    pub otherwise: Result<Otherwise, Code>,
}

/// What would be without a veto.
#[derive(Debug, Clone)]
pub struct Otherwise {
    /// The value of the step; none: blank.
    pub value: Option<Scalar>,
    /// The payee's total; none: the row is no payee's.
    pub total: Option<Fen>,
    /// Where the money went; none: the step is no money.
    pub went: Option<Went>,
}

/// Where the money went that a row has less because of a veto. `took` is the sum of all the others.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Went {
    /// What the row has less.
    pub took: Fen,
    /// What is set aside by this step, by destination.
    pub aside: Vec<(String, Fen)>,
    /// How many other rows of the same fund row have more of this step, how many have less.
    pub others: (usize, usize),
    /// What the other rows have more, together.
    pub to_others: Fen,
    /// What stays in the fund.
    pub left: Fen,
    /// What there was less in the fund when the step began, because the veto acted on what came before.
    pub before: Fen,
    /// What is paid from no fund.
    pub unfunded: Fen,
}

/// The results without vetoes that were asked for, each once.
type Supposing<'a> = Vec<((usize, Row), Rc<Result<Outcome<'a>, Code>>)>;

impl<'a> Explainer<'_, 'a> {
    /// An explanation whose nodes say what the vetoes changed that acted on the row that is explained; in a statement also
    /// on the rows below the payee.
    pub(super) fn compared(&self, mut root: Node) -> Result<Node, Unexplained> {
        let Some(of) = root.at else { return Ok(root) };
        let below = matches!(root.kind, Kind::Statement);
        self.compare_without(&mut root, of, below, &mut Vec::new())?;
        Ok(root)
    }

    fn compare_without(
        &self,
        node: &mut Node,
        of: (usize, Row),
        below: bool,
        supposing: &mut Supposing<'a>,
    ) -> Result<(), Unexplained> {
        let step = match &node.kind {
            Kind::Formula(step) | Kind::Share(step, _) | Kind::Rank(step, None) => Some(*step),
            _ => None,
        };
        if let (Some(step), Some((level, row))) = (step, node.at)
            && (node.at == Some(of) || below && self.is_below((level, row), of))
            && let Some((veto, bearer)) = bearer(node)
        {
            let site = Site::new(level, row, step);
            let found =
                self.known.without((veto, row, step), || match &*self.supposed(veto, row, supposing).ok_or(None)? {
                    Ok(outcome) => self.otherwise(outcome, site).map(Ok).map_err(Some),
                    Err(code) => Ok(Err(*code)),
                });
            match found {
                Ok(otherwise) => {
                    let otherwise = otherwise.as_ref().clone();
                    bearer.without = Some(Box::new(WithoutVeto { veto, step, otherwise }));
                }
                Err(None) => {}
                Err(Some(error)) => return Err(error),
            }
        }
        node.operands.iter_mut().try_for_each(|operand| self.compare_without(operand, of, below, supposing))
    }

    fn is_below(&self, (level, row): (usize, Row), of: (usize, Row)) -> bool {
        let ancestry = self.outcome.plan.levels.get(level).map_or(&[][..], |level| &level.ancestry);
        ancestry.contains(&of.0) && self.ancestor(level, row, of.0) == of.1
    }

    /// The result without a veto at a row; none where too many were asked for.
    fn supposed(&self, veto: usize, row: Row, supposing: &mut Supposing<'a>) -> Option<Rc<Result<Outcome<'a>, Code>>> {
        if let Some((_, known)) = supposing.iter().find(|(key, _)| *key == (veto, row)) {
            return Some(Rc::clone(known));
        }
        if supposing.len() >= MOST {
            return None;
        }
        let supposed = Supposed { vetoes_off: vec![(veto, Some(row))], ..Supposed::default() };
        let outcome = calculate_supposing(self.outcome.plan, self.outcome.data, &supposed);
        let code = |refusal: crate::plan::Refusal| refusal.faults.first().map_or(Code::NotBalanced, |fault| fault.code);
        let outcome = Rc::new(outcome.map_err(code));
        supposing.push(((veto, row), Rc::clone(&outcome)));
        Some(outcome)
    }

    fn otherwise(&self, supposed: &Outcome<'a>, site: Site<'_>) -> Result<Otherwise, Unexplained> {
        let plan = self.outcome.plan;
        let step = plan.steps.get(site.step).ok_or(Unexplained::NoValue)?;
        let column = step.column.ok_or(Unexplained::NoValue)?;
        let other = Explainer::new(supposed);
        let fund = match &step.action {
            Action::Formula(formula) => Some(formula.fund),
            Action::Share(share) => Some(Some(share.fund)),
            _ => None,
        };
        let payee =
            plan.payee.filter(|payee| plan.levels.get(site.level).is_some_and(|it| it.ancestry.contains(payee)));
        let total = payee.zip(supposed.totals.as_ref());
        Ok(Otherwise {
            value: other.scalar(site.level, column, site.row),
            total: total.map(|(payee, totals)| *at(totals, self.ancestor(site.level, site.row, payee))),
            went: fund.map(|fund| self.went(&other, site, column, fund)),
        })
    }

    /// Where the money of a row went.
    fn went(&self, without: &Explainer<'_, 'a>, site: Site<'_>, column: usize, fund: Option<ColumnRef>) -> Went {
        let more = |row: Row| self.fen(site.level, column, row) - without.fen(site.level, column, row);
        let took = -more(site.row);
        let Some((fund, fund_row)) = fund.and_then(|fund| Some((fund, self.reached(site, fund)?))) else {
            return Went { took, unfunded: took, ..Went::default() };
        };
        let mut went = Went { took, ..Went::default() };
        for row in self.reaching(site.level, fund).of(fund_row).iter().filter(|row| **row != site.row) {
            let more = more(*row);
            went.to_others += more;
            went.others.0 += usize::from(more > 0);
            went.others.1 += usize::from(more < 0);
        }
        let (now, then) = (self.flow(site.step, fund, fund_row), without.flow(site.step, fund, fund_row));
        went.left = (now.before - now.drawn) - (then.before - then.drawn);
        went.before = then.before - now.before;
        for (to, amount) in &then.aside {
            add(&mut went.aside, to, -*amount);
        }
        for (to, amount) in &now.aside {
            add(&mut went.aside, to, *amount);
        }
        went.aside.retain(|(_, amount)| *amount != 0);
        went
    }

    /// What a step took from a fund row.
    fn flow(&self, step: usize, fund: ColumnRef, row: Row) -> Flow {
        let mut flow = Flow::default();
        let Some(book) = self.outcome.funds.book(fund.level, fund.column) else { return flow };
        flow.before = self.left_before((fund.level, fund.column), row, step).unwrap_or(0);
        flow.drawn = book.drawn.get(&step).map_or(0, |drawn| *at(drawn, row));
        let aside = book.aside.iter().filter(|((by, _), _)| *by == step);
        flow.aside = aside.map(|((_, to), amounts)| (to.clone(), *at(amounts, row))).collect();
        flow
    }

    /// The money of a row.
    fn fen(&self, level: usize, column: usize, row: Row) -> Fen {
        let vector = self.outcome.columns.get(level).and_then(|columns| columns.get(column));
        vector.map_or(0, |vector| vector.numbers().fen(row))
    }
}

/// What a step found in a fund row, drew from it, and set aside of that.
#[derive(Default)]
struct Flow {
    before: Fen,
    drawn: Fen,
    aside: Vec<(String, Fen)>,
}

fn add(aside: &mut Vec<(String, Fen)>, to: &str, amount: Fen) {
    match aside.iter_mut().find(|(known, _)| known == to) {
        Some((_, sum)) => *sum += amount,
        None => aside.push((to.to_owned(), amount)),
    }
}

/// The node of a step that says what a veto took, and the veto: of a share the weight's alone, where floor and cap are
/// forgone with it.
fn bearer(node: &mut Node) -> Option<(usize, &mut Node)> {
    if let (Kind::Rank(..), Some(Kind::Veto(veto))) = (&node.kind, node.operands.last().map(|last| &last.kind)) {
        return Some((*veto, node));
    }
    let operands = node.operands.iter_mut().filter(|part| !matches!(part.role, Role::Floor | Role::Cap));
    operands.map(within_rounding).find_map(|part| match part.kind {
        Kind::Forgo(veto) | Kind::Withhold(veto, _) => Some((veto, part)),
        _ => None,
    })
}

/// What is rounded, where it is.
fn within_rounding(node: &mut Node) -> &mut Node {
    if matches!(node.kind, Kind::Rounding(..)) && !node.operands.is_empty() {
        return node.operands.first_mut().unwrap_or_else(|| crate::exact::defect("a rounding of nothing"));
    }
    node
}
