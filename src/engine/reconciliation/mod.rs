//! Somebody else's figures beside a result: what differs, and which usual mistake would give theirs. Every guess is
//! checked by calculating what it supposes.

mod guesses;

use rustc_hash::FxHashMap;

pub use guesses::{Guess, World, world_of_one, worlds};

use super::outcome::Outcome;
use crate::exact::{Fen, Row, rows};
use crate::plan::Plan;

/// What each payee has of each item: the row of the payee level and the place of the item among [`items`].
pub type Amounts = FxHashMap<(Row, usize), Fen>;

/// What somebody else has for a payee and an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// The payee's id.
    pub id: String,
    /// The item, or one of [`TOTALS`].
    pub item: String,
    /// The amount.
    pub amount: Fen,
}

/// What a payee's total may be called, where the plan has no item of that name.
pub const TOTALS: [&str; 2] = ["合计", "total"];

/// How a figure stands to the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Both have it, with other amounts.
    Differs,
    /// The result has no line for it.
    MissingInRun,
    /// The figures do not have it.
    MissingInFigures,
    /// The result has no such payee.
    UnknownRow,
    /// The plan has no such item.
    UnknownItem,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What it is.
    pub standing: Standing,
    /// The payee's id.
    pub id: String,
    /// The payee, if the result has it.
    pub payee: Option<Row>,
    /// The item.
    pub item: String,
    /// What the result has.
    pub ours: Option<Fen>,
    /// What the figures have.
    pub theirs: Option<Fen>,
}

/// What the comparison of figures with a result found.
#[derive(Debug, Default)]
pub struct Reconciled {
    /// For each item that was compared, in the order of the plan, totals and unknown items last.
    pub items: Vec<ItemReconciled>,
    /// By payee, then in the order of the items.
    pub differences: Vec<Difference>,
}

/// What was found of one item.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct ItemReconciled {
    /// The item.
    pub item: String,
    /// How many amounts are the same.
    pub matching: usize,
    /// How many are not, or stand on one side only.
    pub different: usize,
    /// What the result has of it, of those compared.
    pub ours: Fen,
    /// What the figures have of it.
    pub theirs: Fen,
}

/// The items that a plan pays, in the order of its steps, each once.
pub fn items(plan: &Plan) -> Vec<&str> {
    let mut items: Vec<&str> = Vec::new();
    for pay in plan.document.steps.iter().filter_map(|step| step.action.pay()) {
        if !items.contains(&pay.item.as_str()) {
            items.push(&pay.item);
        }
    }
    items
}

/// What each payee has of each item, where that is not 0.00.
pub fn amounts(outcome: &Outcome<'_>) -> Amounts {
    let items = items(outcome.plan);
    let item_of: Vec<Option<usize>> = outcome
        .plan
        .document
        .steps
        .iter()
        .map(|step| {
            let pay = step.action.pay()?;
            items.iter().position(|item| *item == pay.item)
        })
        .collect();
    let mut amounts = Amounts::default();
    for line in outcome.lines.iter() {
        if let Some(Some(item)) = item_of.get(line.step) {
            *amounts.entry((line.payee, *item)).or_default() += line.amount;
        }
    }
    amounts.retain(|_, amount| *amount != 0);
    amounts
}

/// Compares figures, each payee and item once, with a result. `partial`: what the figures do not have is not missing.
/// An item of 0.00 has no line: both mean the same.
pub fn reconcile(outcome: &Outcome<'_>, figures: &[Figure], partial: bool) -> Reconciled {
    let Some(level) = outcome.plan.payee else { return Reconciled::default() };
    let names = Columns::new(outcome.plan, figures);
    let mut theirs: FxHashMap<(&str, usize), Fen> = FxHashMap::default();
    for figure in figures {
        theirs.insert((&figure.id, names.place(&figure.item)), figure.amount);
    }
    let ours = names.amounts(outcome);
    let mut found: Vec<(&str, usize)> = theirs.keys().copied().collect();
    if !partial {
        let own = ours.keys().filter(|(_, item)| !names.is_total(*item));
        found.extend(own.map(|(payee, item)| (outcome.data.id(level, *payee), *item)));
    }
    found.sort_unstable();
    found.dedup();
    let mut reconciled = Reconciled::default();
    let item = |name: &String| ItemReconciled { item: name.clone(), ..ItemReconciled::default() };
    reconciled.items = names.names.iter().map(item).collect();
    for (id, item) in found {
        let payee = outcome.data.find(level, id);
        let own = payee.and_then(|payee| ours.get(&(payee, item))).copied();
        let their = theirs.get(&(id, item)).copied();
        let Some(summed) = reconciled.items.get_mut(item) else { continue };
        summed.ours += own.unwrap_or(0);
        summed.theirs += their.unwrap_or(0);
        let standing = match (own, their) {
            (_, Some(_)) if payee.is_none() => Standing::UnknownRow,
            (_, Some(_)) if names.is_unknown(item) => Standing::UnknownItem,
            (own, Some(their)) if own.unwrap_or(0) == their => {
                summed.matching += 1;
                continue;
            }
            (Some(_), Some(_)) => Standing::Differs,
            (None, _) => Standing::MissingInRun,
            (Some(_), None) => Standing::MissingInFigures,
        };
        summed.different += 1;
        let (id, item) = (id.to_owned(), summed.item.clone());
        reconciled.differences.push(Difference { standing, id, payee, item, ours: own, theirs: their });
    }
    reconciled.items.retain(|item| item.matching + item.different > 0);
    reconciled
}

/// The items that are compared: the plan's, then what payees' totals are called, then those that the plan does not have.
struct Columns {
    names: Vec<String>,
    places: FxHashMap<String, usize>,
    paid: usize,
    totals: usize,
}

impl Columns {
    fn new(plan: &Plan, figures: &[Figure]) -> Columns {
        let mut names: Vec<String> = items(plan).into_iter().map(str::to_owned).collect();
        let paid = names.len();
        let totals = TOTALS.into_iter().filter(|total| figures.iter().any(|figure| figure.item == *total));
        let totals: Vec<String> = totals.map(str::to_owned).filter(|total| !names.contains(total)).collect();
        names.extend(totals);
        let totals = names.len();
        let mut places: FxHashMap<String, usize> = names.iter().cloned().zip(0..).collect();
        for figure in figures.iter() {
            if !places.contains_key(&figure.item) {
                places.insert(figure.item.clone(), names.len());
                names.push(figure.item.clone());
            }
        }
        Columns { names, places, paid, totals }
    }

    fn place(&self, item: &str) -> usize {
        self.places.get(item).copied().unwrap_or(self.names.len())
    }

    fn is_total(&self, item: usize) -> bool {
        (self.paid..self.totals).contains(&item)
    }

    fn is_unknown(&self, item: usize) -> bool {
        item >= self.totals
    }

    /// What the result has, payees' totals among it.
    fn amounts(&self, outcome: &Outcome<'_>) -> Amounts {
        let mut all = amounts(outcome);
        let totals = outcome.all_totals().iter().zip(rows(outcome.all_totals().len()));
        for (total, payee) in totals.filter(|(total, _)| **total != 0) {
            all.extend((self.paid..self.totals).map(|item| ((payee, item), *total)));
        }
        all
    }
}
