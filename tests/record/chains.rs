//! Random schools of one cycle, each corrected again and again in mixed modes: what was paid and carried is what should have been,
//! and at every moment every fen is somewhere. The books are kept here by themselves, from lines and differences alone.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use serde_json::{Value, json};

use crate::adjustments::adjusted;
use crate::cycles;
use crate::papers::{bring, id, published, roster, run, staff, text};
use crate::site::{Bureau, Site, unlimited};

/// How many schools there are, and how many at once.
const SCHOOLS: u64 = 120;
const AT_ONCE: usize = 4;
/// The most corrections of a school before the last.
const CHAIN: usize = 3;
/// The step that draws from no fund.
const UNFUNDED: &str = "staff.meal";

/// By payee and step, in fen.
type Amounts = BTreeMap<(String, String), i64>;

/// Numbers that are the same each time.
struct Dice(u64);

impl Dice {
    fn pick(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }

    fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        let place = self.pick(u64::try_from(of.len()).expect("a length"));
        of[usize::try_from(place).expect("a place")]
    }
}

/// A band from the quota, shares of a part of the rest that two vetoes take, and an item from no fund.
fn plan() -> Value {
    json!({
        "language": 1, "code": crate::site::new_key(), "title": "随机", "payee": "staff",
        "levels": [
            {"name": "school", "facts": [{"name": "quota", "type": "money"}, {"name": "rate", "type": "number"}]},
            {"name": "staff", "parent": "school", "facts": [
                {"name": "points", "type": "number"}, {"name": "hours", "type": "number"}, {"name": "days", "type": "number"},
                {"name": "grade", "type": "choice", "choices": ["good", "fair", "poor"]},
                {"name": "vetoed", "type": "flag"}, {"name": "absent", "type": "flag"}
            ]}
        ],
        "tables": [
            {"name": "duty_rate", "kind": "band", "rows": [
                {"upto": "2", "value": "0"}, {"upto": "6", "value": "33.33"}, {"value": "61.07"}
            ]},
            {"name": "grade_rate", "kind": "lookup", "rows": [
                {"key": ["good"], "value": "1.2"}, {"key": ["fair"], "value": "1"}, {"key": ["poor"], "value": "0.7"}
            ]}
        ],
        "steps": [
            {"do": "veto", "level": "staff", "name": "ethics", "when": "vetoed", "forfeits": ["merit"], "then": "forgo"},
            {"do": "veto", "level": "staff", "name": "absence", "when": "absent", "forfeits": ["merit"],
             "then": "withhold", "to": "return_to_bureau"},
            {"do": "formula", "level": "staff", "name": "duty", "type": "money", "formula": "lookup(duty_rate, hours)",
             "from": "school.quota", "pay": {"item": "值班补贴"}},
            {"do": "share", "level": "staff", "name": "merit", "from": "school.quota", "amount": "left(quota) * rate",
             "weight": "points * lookup(grade_rate, grade)", "pay": {"item": "考核奖励"}},
            {"do": "formula", "level": "staff", "name": "meal", "type": "money", "formula": "7.5 * days",
             "pay": {"item": "伙食补贴"}}
        ]
    })
}

/// Somebody at random; the first of a school is never vetoed, so that there is a weight.
fn somebody(dice: &mut Dice, school: &str, number: u64) -> Value {
    let is_first = number == 0;
    let facts = json!({
        "points": (1 + dice.pick(30)).to_string(), "hours": dice.pick(10).to_string(), "days": dice.pick(4).to_string(),
        "grade": dice.one(&["good", "fair", "poor"]), "vetoed": !is_first && dice.pick(5) == 0, "absent": !is_first && dice.pick(5) == 0
    });
    staff(&format!("{school}-{number}"), school, &facts)
}

fn fen(yuan: &str) -> i64 {
    yuan.replace('.', "").parse().expect("an amount in yuan")
}

fn amount(value: &Value, key: &str) -> i64 {
    fen(text(value, key))
}

/// A school with its books.
struct School {
    id: String,
    dice: Dice,
    /// How many corrections come before the last.
    chain: usize,
    original: String,
    roster: String,
    /// The plan, the school's own row, and who is in the roster; and how many ever were.
    plan: Value,
    row: Value,
    here: BTreeMap<u64, Value>,
    ever: u64,
    /// What is settled, paid or carried, and what of it is paid.
    settled: Amounts,
    paid: i64,
    paid_unfunded: i64,
    /// What the last whole calculation has withheld and left, what freezes have taken since, and what was carried before it
    /// and since.
    withheld: i64,
    left: i64,
    taken: i64,
    carried: [i64; 2],
    /// How many freezes the reserve could not bear.
    failed: usize,
}

/// The lines of a run.
fn lines(bureau: &Bureau<'_>, run: &str) -> Amounts {
    let mut amounts = Amounts::new();
    for payee in bureau.officer.all(&format!("/v1/runs/{run}/payees"), 100) {
        for line in payee["lines"].as_array().expect("lines") {
            *amounts.entry((id(&payee), text(line, "step").to_owned())).or_default() += amount(line, "amount");
        }
    }
    amounts
}

fn funded(amounts: &Amounts) -> i64 {
    amounts.iter().filter(|((_, step), _)| step != UNFUNDED).map(|(_, fen)| fen).sum()
}

/// What one is more than the other, without what is the same.
fn less(one: &Amounts, other: &Amounts) -> Amounts {
    let keys: BTreeSet<_> = one.keys().chain(other.keys()).cloned().collect();
    let of = |amounts: &Amounts, key: &(String, String)| amounts.get(key).copied().unwrap_or_default();
    keys.into_iter().map(|key| (key.clone(), of(one, &key) - of(other, &key))).filter(|(_, fen)| *fen != 0).collect()
}

impl School {
    /// The school's first run, released.
    fn begun(bureau: &Bureau<'_>, cycle: &str, plan: &Value, school: &Value) -> School {
        let own = text(school, "school_id").to_owned();
        let mut dice = Dice(own[1..].parse().expect("a number"));
        let ever = 2 + dice.pick(4);
        let here: BTreeMap<u64, Value> = (0..ever).map(|number| (number, somebody(&mut dice, &own, number))).collect();
        let all: Vec<&Value> = here.values().collect();
        let rate = dice.one(&["0.5", "0.8", "0.95", "1"]);
        let data = json!({"school": [{"id": own, "facts": {"rate": rate}}], "staff": all});
        let body = json!({"data": data});
        let made = bureau.officer.post(&format!("/v1/cycles/{cycle}/schools/{own}/runs"), &body).good(202);
        let original = id(&made);
        let told = bureau.officer.get(&format!("/v1/runs/{original}?wait=30")).good(200);
        assert_eq!(told["state"], "calculated", "{told}");
        bring(bureau, &original, "released");
        let roster = text(&made, "roster_id").to_owned();
        let chain = usize::try_from(dice.pick(4)).expect("small");
        let mut school = School {
            chain,
            dice,
            roster,
            ever,
            id: own.clone(),
            row: json!({"id": own, "facts": {"rate": rate, "quota": school["quota"]}}),
            plan: plan.clone(),
            here,
            settled: Amounts::new(),
            paid: 0,
            paid_unfunded: 0,
            withheld: 0,
            left: 0,
            taken: 0,
            carried: [0, 0],
            failed: 0,
            original: original.clone(),
        };
        school.settled = lines(bureau, &original);
        school.pays(&school.settled.clone());
        school.is_whole(&told);
        school
    }

    fn pays(&mut self, amounts: &Amounts) {
        let all: i64 = amounts.values().sum();
        self.paid += all;
        self.paid_unfunded += all - funded(amounts);
    }

    /// Everybody's share was calculated.
    fn is_whole(&mut self, run: &Value) {
        let balance = &run["balance"];
        (self.withheld, self.left, self.taken) = (amount(balance, "withheld"), amount(balance, "left"), 0);
        self.carried = [self.carried[0] + self.carried[1], 0];
    }

    /// A revision with one to three changes: other facts, somebody new, or somebody gone.
    fn revise(&mut self, bureau: &Bureau<'_>) {
        let (mut set, mut remove) = (BTreeMap::new(), BTreeSet::new());
        for _ in 0..=self.dice.pick(3) {
            let number = self.dice.pick(self.ever + 1);
            let is_here = self.here.contains_key(&number);
            if is_here && number > 0 && self.dice.pick(3) == 0 && !set.contains_key(&number) {
                self.here.remove(&number);
                remove.insert(format!("{}-{number}", self.id));
            } else if !remove.contains(&format!("{}-{number}", self.id)) {
                let row = somebody(&mut self.dice, &self.id, number);
                set.insert(number, row.clone());
                self.here.insert(number, row);
                self.ever = self.ever.max(number + 1);
            }
        }
        let set: Vec<Value> = set.into_values().collect();
        let body = json!({"set": {"staff": set}, "remove": {"staff": remove}});
        self.roster = id(&bureau.officer.post(&format!("/v1/rosters/{}/revisions", self.roster), &body).good(201));
    }

    /// What the roster comes to by itself, and who of it or of before is named.
    fn afresh(&mut self, bureau: &Bureau<'_>) -> (Amounts, Vec<String>) {
        let all: Vec<&Value> = self.here.values().collect();
        let data = json!({"school": [self.row], "staff": all});
        let calculated = bureau.officer.post("/v1/calculations", &json!({"plan": self.plan, "data": data})).good(200);
        let mut fresh = Amounts::new();
        for line in calculated["lines"].as_array().expect("lines") {
            let key = (text(line, "payee").to_owned(), text(line, "step").to_owned());
            *fresh.entry(key).or_default() += amount(line, "amount");
        }
        let known: BTreeSet<String> =
            self.settled.iter().filter(|(_, fen)| **fen != 0).chain(&fresh).map(|((id, _), _)| id.clone()).collect();
        let mut named: Vec<String> = known.iter().filter(|_| self.dice.pick(2) == 0).cloned().collect();
        if named.is_empty() {
            named.extend(known.into_iter().next());
        }
        (fresh, named)
    }

    /// The next adjustment, released where it can be.
    fn correct(&mut self, bureau: &Bureau<'_>, mode: &str) {
        self.revise(bureau);
        let (fresh, named) = self.afresh(bureau);
        let mut body = json!({"mode": mode, "roster_id": self.roster, "reason_code": "score", "reason": "更正"});
        let mut wanted = less(&fresh, &self.settled);
        if mode == "freeze_others" {
            wanted.retain(|(id, _), _| named.contains(id));
            body["payee_ids"] = json!(named);
            body["reserve"] = json!("school.quota");
        }
        let made = adjusted(&bureau.officer, &self.original, &body);
        let short = funded(&wanted) - (self.left - self.taken);
        if mode == "freeze_others" && short > 0 {
            let error = &made["failure"]["errors"][0];
            assert_eq!((&made["state"], &error["code"]), (&json!("failed"), &json!("fund_overdrawn")), "{made}");
            assert_eq!(amount(error, "short"), short, "{made}");
            self.failed += 1;
            return;
        }
        assert_eq!(made["state"], "calculated", "{mode} of {}: {made}", self.id);
        let run = id(&made);
        let found: Amounts = bureau
            .officer
            .all(&format!("/v1/runs/{run}/differences"), 100)
            .iter()
            .map(|row| ((text(row, "payee_id").to_owned(), text(row, "step").to_owned()), amount(row, "difference")))
            .collect();
        assert_eq!(found, wanted, "{mode} of {}", self.id);
        bring(bureau, &run, "released");
        for (key, fen) in &found {
            *self.settled.entry(key.clone()).or_default() += fen;
        }
        if mode == "next_period" {
            assert_eq!(lines(bureau, &run), Amounts::new());
            self.carried[1] += funded(&found);
        } else {
            self.pays(&lines(bureau, &run));
        }
        match mode {
            "reopen" => {
                assert_eq!(less(&fresh, &self.settled), Amounts::new(), "{}", self.id);
                self.is_whole(&made);
            }
            "freeze_others" => self.taken += funded(&found),
            _ => {}
        }
    }

    /// Where every fen is, by the books.
    fn figures(&self, quota: i64) -> [i64; 4] {
        let left = self.left - self.taken + self.carried[0];
        assert!(self.left >= self.taken, "the reserve of {} is below zero", self.id);
        assert_eq!(quota + self.paid_unfunded, self.paid + self.withheld + left, "{}", self.id);
        [self.paid_unfunded, self.paid, self.withheld, left]
    }
}

/// A cycle of so many schools, which have this plan.
fn opened(bureau: &Bureau<'_>, plan: &Value) -> String {
    let school =
        |number: u64| json!({"id": format!("S{number:03}"), "parent": "B", "facts": {"heads": 3 + number % 7}});
    let schools: Vec<Value> = (0..SCHOOLS).map(school).collect();
    let data = json!({"bureau": [{"id": "B", "facts": {"pool": "204321.37"}}], "school": schools});
    let allocation = published(&bureau.officer, &cycles::allocation(&crate::site::new_key()));
    let allocated = id(&run(&bureau.officer, &roster(&bureau.officer, &allocation, &data)));
    bring(bureau, &allocated, "approved");
    let plan = published(&bureau.officer, plan);
    id(&bureau.officer.post("/v1/cycles", &cycles::request(&allocated, &plan)).good(201))
}

/// The proof says what the books say.
fn is_proved(bureau: &Bureau<'_>, cycle: &str, schools: &[School]) {
    let proof = bureau.auditor.get(&format!("/v1/cycles/{cycle}/proof")).good(200);
    assert_eq!(proof["balanced"], true, "{proof}");
    let found = proof["schools"].as_array().expect("schools");
    assert_eq!(found.len(), schools.len());
    for (found, school) in found.iter().zip(schools) {
        assert_eq!(text(found, "school_id"), school.id);
        let told = ["own", "paid", "withheld", "left"].map(|key| amount(&found["figures"], key));
        assert_eq!(told, school.figures(amount(&found["figures"], "quota")), "{}", school.id);
    }
}

/// The same of each school, some at once.
fn each(schools: &mut [School], work: impl Fn(&mut School) + Sync) {
    let many = schools.len().div_ceil(AT_ONCE);
    thread::scope(|scope| {
        for part in schools.chunks_mut(many) {
            scope.spawn(|| part.iter_mut().for_each(&work));
        }
    });
}

#[test]
fn a_chain_of_corrections_comes_to_what_its_last_roster_gives_and_loses_no_fen() {
    let site = Site::alone(unlimited());
    let bureau = Bureau::new(&site);
    let plan = plan();
    let cycle = opened(&bureau, &plan);
    let rows = bureau.officer.all(&format!("/v1/cycles/{cycle}/schools"), 500);
    let mut schools: Vec<School> = thread::scope(|scope| {
        let begun = |row| School::begun(&bureau, &cycle, &plan, row);
        let parts = rows.chunks(rows.len().div_ceil(AT_ONCE));
        let parts: Vec<_> = parts.map(|part| scope.spawn(move || part.iter().map(begun).collect::<Vec<_>>())).collect();
        parts.into_iter().flat_map(|part| part.join().expect("a part")).collect()
    });
    is_proved(&bureau, &cycle, &schools);
    for round in 0..CHAIN {
        each(&mut schools, |school| {
            if round < school.chain {
                let mode = school.dice.one(&["reopen", "freeze_others", "freeze_others", "next_period"]);
                school.correct(&bureau, mode);
            }
        });
        is_proved(&bureau, &cycle, &schools);
    }
    each(&mut schools, |school| school.correct(&bureau, "reopen"));
    is_proved(&bureau, &cycle, &schools);
    // Every kind of thing has happened.
    assert!(schools.iter().any(|school| school.failed > 0) && schools.iter().any(|school| school.carried[0] != 0));
}
