//! What is found when everything is released: one thing for each mode in which a released run is adjusted.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::desk::{fen, text};
use super::district::{Person, Scheme, School, Story};
use super::offices::Accountant;
use super::reckoning::{Items, Reckoned, distributed, less, sum};

/// Something that is found late.
pub struct Correction {
    /// The school.
    pub place: usize,
    /// How the run of it is adjusted.
    pub mode: &'static str,
    code: &'static str,
    reason: &'static str,
    /// Whose row was wrong, as it should have been.
    person: Person,
}

/// What is found of these schools: a veto, a score, and somebody who left.
pub fn found(schools: &[School]) -> Vec<Correction> {
    let of = |scheme: Scheme| {
        // Nobody of whom teaches elsewhere, where what is carried over might be settled too.
        let elsewhere = |school: &School, person: &Person| {
            let others = schools.iter().filter(|other| other.place != school.place);
            others.flat_map(|other| &other.people).any(|other| other.id == person.id)
        };
        let found = |school: &&School| {
            let is_apart = !school.people.iter().any(|person| elsewhere(school, person));
            school.scheme == scheme && school.story == Story::Plain && is_apart
        };
        let school = schools.iter().find(found).expect("a school without a story");
        let good = |person: &&Person| !person.ethics && person.months == 12 && person.points > 7_000;
        (school.place, school.people.iter().find(good).expect("somebody").clone())
    };
    let (vetoed, scored, moved) = (of(Scheme::Points), of(Scheme::Lessons), of(Scheme::Halves));
    vec![
        Correction {
            place: vetoed.0,
            mode: "reopen",
            code: "veto",
            reason: "师德问题查实",
            person: Person { ethics: true, ..vetoed.1 },
        },
        Correction {
            place: scored.0,
            mode: "freeze_others",
            code: "score",
            reason: "漏记得分",
            person: Person { points: scored.1.points + 450, ..scored.1 },
        },
        Correction {
            place: moved.0,
            mode: "next_period",
            code: "mover",
            reason: "九月已调出",
            person: Person { months: 8, points: moved.1.points * 2 / 3, ..moved.1 },
        },
    ]
}

impl Correction {
    /// What everybody's amounts change by, by the plan.
    pub fn differences(&self, school: &School, quota: i128) -> BTreeMap<String, Items> {
        let mut differences =
            less(self.all_anew(school, quota).paid, &distributed(school.scheme, quota, &school.people).paid);
        if self.mode == "freeze_others" {
            differences.retain(|person, _| *person == self.person.id);
        }
        differences
    }

    /// What the distribution would have come to.
    fn all_anew(&self, school: &School, quota: i128) -> Reckoned {
        let right = |person: &Person| if person.id == self.person.id { &self.person } else { person }.clone();
        let people: Vec<Person> = school.people.iter().map(right).collect();
        distributed(school.scheme, quota, &people)
    }

    /// What the school has come to when it is adjusted.
    pub fn adjusted(&self, school: &School, quota: i128) -> Reckoned {
        let before = distributed(school.scheme, quota, &school.people);
        match self.mode {
            "reopen" => self.all_anew(school, quota),
            "freeze_others" => {
                let differences = self.differences(school, quota);
                let left = before.left - sum(&differences);
                let mut paid = before.paid;
                super::reckoning::add_all(&mut paid, &differences);
                Reckoned { paid, left, ..before }
            }
            // It is settled in the next term.
            _ => before,
        }
    }
}

impl Accountant<'_, '_> {
    /// Adjusts what the school has released, which stays as it is; the adjustment's run.
    pub fn adjusts(&self, correction: &Correction, quota: i128) -> String {
        let Accountant { desk, school, cycle } = self;
        let own = desk.all(&format!("/v1/cycles/{cycle}/schools")).remove(0);
        let original = desk.read(&format!("/v1/runs/{}", text(&own, "run_id")));
        let path = format!("/v1/runs/{}", text(&original, "id"));
        let files = ["payroll.csv", "payroll.ndjson", "payees?limit=500", "funds?limit=500"];
        let kept = || files.map(|file| desk.get(&format!("{path}/{file}")).text);
        let before = kept();
        let mut asked = json!({
            "mode": correction.mode, "reason_code": correction.code, "reason": correction.reason,
            "roster_id": self.roster_with(&original, &correction.person), "title": format!("{}/调整", school.id)
        });
        if correction.mode == "freeze_others" {
            asked["payee_ids"] = json!([correction.person.id]);
            asked["reserve"] = json!("school.quota");
        }
        let run = text(&desk.post(&format!("{path}/adjustments"), &asked).good(202), "id");
        let made = desk.calculated(&run);
        assert_eq!((&made["state"], &made["adjusts"]), (&json!("calculated"), &original["id"]), "{made}");
        assert_eq!(made["adjustment"]["mode"], correction.mode);
        assert_eq!(made["adjustment"]["reason"], correction.reason);
        let told = desk.all(&format!("/v1/runs/{run}/differences"));
        assert_eq!(booked(&told), correction.differences(school, quota));
        desk.act(&format!("/v1/runs/{run}/submit")).good(200);
        let mut feed = super::desk::Follower::new(desk, "run.released,run.withdrawn");
        assert_eq!(self.becomes(&mut feed, &run), "released");
        assert!(kept() == before, "what was released has changed");
        let adjustments = desk.all(&format!("{path}/adjustments"));
        assert_eq!(adjustments.iter().map(|one| text(one, "id")).collect::<Vec<String>>(), [run.as_str()]);
        run
    }
}

/// The differences of a list by payee and item.
fn booked(told: &[Value]) -> BTreeMap<String, Items> {
    let mut booked: BTreeMap<String, Items> = BTreeMap::new();
    for one in told {
        let [was, now, difference] = ["was", "now", "difference"].map(|key| fen(&text(one, key)));
        assert_eq!(now - was, difference, "{one}");
        let twice = booked.entry(text(one, "payee_id")).or_default().insert(text(one, "item"), difference);
        assert_eq!(twice, None, "{one}");
    }
    booked
}
