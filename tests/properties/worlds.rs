//! What causes must come to, worked out on the JSON of both sides: every world in between is written down as data of its own
//! and calculated, whoever the payee is. For sides whose plans have the same levels.

use std::collections::BTreeMap;

use fenpei::engine::{Cause, Supposed, calculate_supposing};
use fenpei::wire::calculation::plan_text;
use fenpei::wire::data::read_data;
use serde_json::{Map, Value as Json, json};

/// A plan with data.
#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    pub plan: Json,
    pub data: Json,
}

/// What a payee's causes come to, in their order, those of nothing left out.
pub type Causes = Vec<(Cause, i128)>;

type Totals = BTreeMap<String, i128>;

fn list(json: &Json) -> &[Json] {
    json.as_array().map_or(&[], Vec::as_slice)
}

fn text(json: &Json) -> &str {
    json.as_str().expect("a text")
}

/// The totals of a world; none where it is refused.
fn totals(side: &Side, rounded_each: bool) -> Option<Totals> {
    let plan = plan_text(side.plan.to_string().as_bytes()).ok()?.plan;
    let data = read_data(&plan, side.data.to_string().as_bytes()).ok()?;
    let supposed = Supposed { checks_tell: true, rounded_each, ..Supposed::default() };
    let outcome = calculate_supposing(&plan, &data, &supposed).ok()?;
    let ids = data.levels[plan.payee?].ids.iter().cloned();
    Some(ids.zip(outcome.totals?.iter().copied()).collect())
}

/// Both sides with their levels.
struct Two<'s> {
    base: &'s Side,
    other: &'s Side,
}

impl Two<'_> {
    fn level(&self, name: &str) -> &Json {
        list(&self.other.plan["levels"]).iter().find(|level| level["name"] == name).expect("a level")
    }

    fn parent(&self, level: &str) -> Option<&str> {
        self.level(level)["parent"].as_str()
    }

    fn payee(&self) -> &str {
        text(&self.other.plan["payee"])
    }

    fn is_above(&self, level: &str, below: &str) -> bool {
        self.parent(below).is_some_and(|parent| parent == level || self.is_above(level, parent))
    }

    /// The other data with what facts were where `old` says so, and the row was there.
    fn mixed(&self, old: &dyn Fn(&str, &str, &str) -> bool) -> Json {
        let mut mixed = self.other.data.clone();
        for (level, rows) in mixed.as_object_mut().expect("levels") {
            for row in rows.as_array_mut().expect("rows") {
                let id = text(&row["id"]).to_owned();
                let Some(before) = found(&self.base.data, level, &id) else { continue };
                for fact in list(&self.level(level)["facts"]) {
                    let name = text(&fact["name"]);
                    if !old(level, &id, name) || !self.stands(level, &id, fact, &before["facts"][name]) {
                        continue;
                    }
                    let facts = row["facts"].as_object_mut().expect("facts");
                    match before["facts"].get(name) {
                        Some(value) => drop(facts.insert(name.to_owned(), value.clone())),
                        None => drop(facts.remove(name)),
                    }
                }
            }
        }
        mixed
    }

    /// A row that a fact referred to must be there under the same root.
    fn stands(&self, level: &str, id: &str, fact: &Json, value: &Json) -> bool {
        match (fact["level"].as_str(), value.as_str()) {
            (Some(target), Some(to)) => {
                found(&self.other.data, target, to).is_some() && self.root(target, to) == self.root(level, id)
            }
            _ => true,
        }
    }

    fn root(&self, level: &str, id: &str) -> String {
        match self.parent(level) {
            None => id.to_owned(),
            Some(parent) => self.root(parent, text(&found(&self.other.data, level, id).expect("a row")["parent"])),
        }
    }

    /// Whether a money fact above the payees is a fund: a step draws on it or collects it.
    fn is_fund(&self, level: &str, fact: &str) -> bool {
        let plan = plan_text(self.other.plan.to_string().as_bytes()).expect("a good plan").plan;
        let number = plan.level_named(level).expect("a level");
        let column = plan.levels[number].columns.iter().position(|column| column.name == fact).expect("a fact");
        self.is_above(level, self.payee()) && plan.is_fund(number, column)
    }

    /// Whether a row is a payee's own by what one of these data say.
    fn is_own(&self, data: &[&Json], level: &str, id: &str, payee: &str) -> bool {
        if level == self.payee() {
            return id == payee;
        }
        let parent =
            self.parent(level).map(|above| (above, text(&found(data[0], level, id).expect("a row")["parent"])));
        if self.is_above(self.payee(), level) {
            return parent.is_some_and(|(above, id)| self.is_own(data, above, id, payee));
        }
        if self.is_above(level, self.payee()) {
            return false;
        }
        let refers = data.iter().any(|data| {
            let facts = list(&self.level(level)["facts"]).iter().filter(|fact| fact["level"] == self.payee());
            let row = found(data, level, id).expect("a row");
            facts.into_iter().any(|fact| row["facts"][text(&fact["name"])] == payee)
        });
        refers || parent.is_some_and(|(above, id)| self.is_own(data, above, id, payee))
    }

    fn with(&self, data: Json) -> Side {
        Side { plan: self.other.plan.clone(), data }
    }
}

fn found<'d>(data: &'d Json, level: &str, id: &str) -> Option<&'d Json> {
    list(&data[level]).iter().find(|row| row["id"] == id)
}

/// The causes of every payee of both sides. None where the plans have other levels.
pub fn causes(base: &Side, other: &Side) -> Option<BTreeMap<String, Causes>> {
    let two = Two { base, other };
    if base.plan["levels"] != other.plan["levels"] || base.plan["payee"] != other.plan["payee"] {
        return None;
    }
    let rounds = totals(base, true).is_some() && totals(other, true).is_some();
    let is_fund: BTreeMap<(String, String), bool> = list(&other.plan["levels"])
        .iter()
        .flat_map(|level| list(&level["facts"]).iter().map(move |fact| (text(&level["name"]), text(&fact["name"]))))
        .map(|(level, fact)| ((level.to_owned(), fact.to_owned()), two.is_fund(level, fact)))
        .collect();
    let fund = |level: &str, fact: &str| is_fund[&(level.to_owned(), fact.to_owned())];
    let funded = two.mixed(&|level, _, fact| !fund(level, fact));
    let fixed = [
        base.clone(),
        two.with(base.data.clone()),
        two.with(two.mixed(&|_, _, _| true)),
        two.with(funded.clone()),
        other.clone(),
    ];
    let known: Vec<Option<Totals>> = fixed.iter().map(|world| totals(world, rounds)).collect();
    let (before, after) = (totals(base, false).expect("a result"), totals(other, false).expect("a result"));
    let mut all = BTreeMap::new();
    for payee in before.keys().chain(after.keys()) {
        let of = |totals: &Totals| totals.get(payee).copied().unwrap_or(0);
        let old = |level: &str, id: &str, fact: &str| {
            !fund(level, fact) && two.is_own(&[&other.data, &funded], level, id, payee)
        };
        let between = totals(&two.with(two.mixed(&old)), rounds);
        let points = [
            (Cause::Plan, &known[1]),
            (Cause::Headcount, &known[2]),
            (Cause::Funds, &known[3]),
            (Cause::OtherFacts, &between),
            (Cause::OwnFacts, &known[4]),
        ];
        let start = of(known[0].as_ref().expect("the start"));
        let (mut at, mut causes) = (start, Causes::new());
        for (cause, reached) in points {
            let Some(reached) = reached else { continue };
            causes.push((cause, of(reached) - at));
            at = of(reached);
        }
        causes.push((Cause::Rounding, of(&after) - of(&before) - (at - start)));
        causes.retain(|(_, amount)| *amount != 0);
        all.insert(payee.clone(), causes);
    }
    Some(all)
}

/// A side of texts. Numbers are texts where the program reads them as such.
pub fn side(plan: &str, data: &str) -> Side {
    Side {
        plan: serde_json::from_str(plan).expect("JSON"),
        data: serde_json::from_str(data).unwrap_or(json!(Map::new())),
    }
}
