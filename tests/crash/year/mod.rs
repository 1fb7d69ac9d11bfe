//! A year of a bureau: twice it allocates, and seventy schools distribute. Everybody works at once, and the service is killed in
//! the middle. What the payroll system has been told at the end is what is worked out here, without the program, from the plans.

mod corrections;
mod desk;
mod district;
mod offices;
mod proof;
mod reckoning;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::server::{Place, Server, audit_is_whole, ended, postgres, sqlite, tell};
use corrections::Correction;
use desk::{Desk, Gate, fen, text};
use district::{PEOPLE, Person, SCHOOLS, Scheme, School, Story, TERMS, Term, district};
use offices::{Accountant, Approver, Book, Payroll, Released};
use proof::Stage;
use reckoning::{Allocated, Reckoned, add_all, allocated, distributed, sum};

/// How many accountants are at work at once.
const AT_WORK: usize = 8;
/// After how many more releases the service is killed while schools distribute: in the first term twice, in the second once.
const KILLS: [&[usize]; 2] = [&[20, 25], &[30]];

/// The half of a year, with what the bureau gives its schools.
struct Half {
    term: Term,
    schools: Vec<School>,
    allocated: Allocated,
    cycle: String,
    /// What is found late.
    corrections: Vec<Correction>,
}

impl Half {
    /// What the school at this place distributes.
    fn distributed(&self, place: usize) -> Reckoned {
        let school = &self.schools[place];
        distributed(school.scheme, self.allocated.quotas[place], &school.people)
    }

    /// What it has come to at the end.
    fn adjusted(&self, place: usize) -> Reckoned {
        let correction = self.corrections.iter().find(|correction| correction.place == place);
        let adjusted = |it: &Correction| it.adjusted(&self.schools[place], self.allocated.quotas[place]);
        correction.map_or_else(|| self.distributed(place), adjusted)
    }

    /// What it leaves to be settled in the next, by the person.
    fn carried(&self) -> BTreeMap<String, i128> {
        let next = self.corrections.iter().filter(|correction| correction.mode == "next_period");
        let differences = next.flat_map(|it| it.differences(&self.schools[it.place], self.allocated.quotas[it.place]));
        differences.map(|(person, items)| (person, items.values().sum())).collect()
    }
}

/// Everybody.
struct Year<'g> {
    officer: Desk<'g>,
    approver: Desk<'g>,
    payroll: Desk<'g>,
    auditor: Desk<'g>,
    /// Of each school.
    accountants: Vec<Desk<'g>>,
    /// The plans by which schools distribute.
    plans: BTreeMap<Scheme, String>,
    /// All releases so far.
    done: Mutex<Vec<Released>>,
}

impl<'g> Year<'g> {
    fn begins(place: &Place, server: &Server, gate: &'g Gate) -> Year<'g> {
        let tokens = server.tokens();
        let made = ["token", "create", "--role", "operator", "--subject", "系统管理员"];
        let (code, out, error) = ended(&place.url, &made);
        assert_eq!(code, Some(0), "{error}");
        let operator = Desk::new(gate, out.lines().next().expect("a token"));
        let hired = |school: &School| operator.hire("accountant", &format!("会计{}", school.id), Some(&[&school.id]));
        let officer = Desk::new(gate, &tokens.officer);
        officer.put("/v1/notice-settings", &json!({"telephone": "029-8765 4321", "contact": "区教育局人事科"}));
        let holiday = json!({"date": "2020-01-01", "kind": "holiday"});
        officer.put("/v1/calendars/2020", &json!({"source": "测试", "days": [holiday]}));
        Year {
            plans: Scheme::ALL.map(|scheme| (scheme, officer.publish(&scheme.plan()))).into(),
            accountants: district(&TERMS[0]).iter().map(hired).collect(),
            payroll: operator.hire("payroll", "工资系统", None),
            auditor: operator.hire("auditor", "审计", None),
            approver: Desk::new(gate, &tokens.approver),
            done: Mutex::new(Vec::new()),
            officer,
        }
    }

    /// The bureau allocates by its plan, and opens the cycle after that of the half before.
    fn opens(&self, plan: &str, term: Term, before: Option<&Half>) -> Half {
        let (officer, mut schools) = (&self.officer, district(&term));
        let carried = before.map(Half::carried).unwrap_or_default();
        for person in schools.iter_mut().flat_map(|school| &mut school.people) {
            person.carried = carried.get(&person.id).copied().unwrap_or_default();
        }
        let data = district::allocated(&term, &schools);
        let roster = officer.post("/v1/rosters", &json!({"plan_id": plan, "version": 1, "data": data})).good(201);
        let run = text(&officer.post("/v1/runs", &json!({"roster_id": roster["id"]})).good(202), "id");
        assert_eq!(officer.calculated(&run)["state"], "calculated");
        officer.act(&format!("/v1/runs/{run}/submit")).good(200);
        self.approver.act(&format!("/v1/runs/{run}/approve")).good(200);
        let own = schools.iter().filter(|school| school.scheme != Scheme::ALL[0]);
        let own =
            own.map(|school| json!({"school_id": school.id, "plan_id": self.plans[&school.scheme], "version": 1}));
        let opened = json!({
            "title": term.title, "allocation_run_id": run, "plan_id": self.plans[&Scheme::ALL[0]], "version": 1,
            "schools": own.collect::<Vec<Value>>(), "requirements": district::requirements()
        });
        let cycle = text(&officer.post("/v1/cycles", &opened).good(201), "id");
        officer.act(&format!("/v1/cycles/{cycle}/close")).problem(409, "cycle_not_proved");
        let corrections = corrections::found(&schools);
        Half { term, allocated: allocated(&term, &schools), schools, cycle, corrections }
    }

    /// Everybody works at once, the accountants each for a school after another, until all that is to be released is paid;
    /// meanwhile `interrupts` happens.
    fn works(
        &self,
        (half, stage): (&Half, Stage),
        (approver, payroll): (&mut Approver<'_, '_>, &mut Payroll<'_, '_>),
        interrupts: impl FnOnce(),
    ) {
        let (next, over) = (AtomicUsize::new(0), AtomicBool::new(false));
        let places: Vec<usize> = match stage {
            Stage::Adjusting => half.corrections.iter().map(|correction| correction.place).collect(),
            _ => (0..SCHOOLS).collect(),
        };
        let work = || {
            while let Some(place) = places.get(next.fetch_add(1, Ordering::Relaxed)) {
                let (desk, school) = (&self.accountants[*place], &half.schools[*place]);
                let accountant = Accountant { desk, school, cycle: &half.cycle };
                match half.corrections.iter().find(|correction| correction.place == *place) {
                    Some(correction) if stage == Stage::Adjusting => {
                        accountant.adjusts(correction, half.allocated.quotas[*place]);
                    }
                    _ => accountant.distributes(),
                }
            }
        };
        let (gate, paid) = (self.officer.gate, payroll.book.runs.len() + places.len());
        thread::scope(|scope| {
            let proofs = scope.spawn(|| gate.does(|| proof::asked(&self.auditor, half, stage, &over)));
            let paid = scope.spawn(|| gate.does(|| payroll.follows(paid)));
            let decided = scope.spawn(|| gate.does(|| approver.decides(&half.schools, places.len())));
            let working: Vec<_> = (0..AT_WORK).map(|_| scope.spawn(|| gate.does(work))).collect();
            interrupts();
            for one in working.into_iter().chain([paid, decided]) {
                one.join().expect("the work is done");
            }
            over.store(true, Ordering::Relaxed);
            let proofs = proofs.join().expect("every proof holds");
            assert!(proofs > 0, "nobody asked for the proof");
            tell(&format!("{}, {stage:?}: the proof held {proofs} times", half.term.title));
        });
    }

    /// Kills the service as soon as so many more runs are released, and starts it again: what was answered before is answered
    /// again.
    fn is_interrupted(&self, after: usize, (server, place): (&mut Server, &Place), gate: &Gate) {
        let goal = self.released() + after;
        while self.released() < goal {
            gate.goes_on();
            thread::sleep(Duration::from_millis(5));
        }
        server.kill();
        *server = Server::start(&place.url);
        gate.moved(server);
        let done = self.done.lock().expect("nobody panicked");
        for (path, key, answer) in done.iter().take(3) {
            let again = self.approver.post_under(key, path, None);
            assert!(again.is_replay, "{path}");
            assert_eq!((again.status, &again.text, &again.etag), (answer.status, &answer.text, &answer.etag));
        }
    }

    fn released(&self) -> usize {
        self.done.lock().expect("nobody panicked").len()
    }

    /// The people of the cycle, over all their schools, have what is distributed.
    fn people_add_up(&self, half: &Half) {
        let mut wanted: BTreeMap<String, Vec<i128>> = BTreeMap::new();
        for school in &half.schools {
            let paid = half.distributed(school.place).paid;
            for Person { id, .. } in &school.people {
                // Who has a veto may have nothing, but is there.
                wanted.entry(id.clone()).or_default().push(paid.get(id).map_or(0, |items| items.values().sum()));
            }
        }
        let people = self.officer.all(&format!("/v1/cycles/{}/people", half.cycle));
        let amount = |of: &Value| fen(&text(of, "total"));
        for person in &people {
            let parts: Vec<i128> = person["schools"].as_array().expect("schools").iter().map(amount).collect();
            assert_eq!((amount(person), &person["released"]), (parts.iter().sum(), &person["total"]), "{person}");
            assert_eq!(Some(parts), wanted.remove(&text(person, "id")), "{person}");
        }
        assert!(wanted.is_empty(), "{wanted:?}");
        assert_eq!(people.len(), PEOPLE);
    }

    /// The cycle is closed, and what everybody was paid in the year so far is what is worked out here.
    fn closes(&self, half: &Half, wanted: &mut Book, told: &Book) {
        let closed = self.officer.act(&format!("/v1/cycles/{}/close", half.cycle)).good(200);
        assert_eq!(closed["state"], "closed");
        wanted.runs.extend(proof::holds(&self.auditor, half, Stage::Settled).into_values().flatten());
        assert_eq!(told.runs, wanted.runs);
        let (before, mut kept) = (sum(&wanted.paid), half.allocated.withheld + half.allocated.left);
        for place in 0..SCHOOLS {
            let adjusted = half.adjusted(place);
            kept += adjusted.withheld + adjusted.left;
            add_all(&mut wanted.paid, &adjusted.paid);
        }
        assert!(told.paid == wanted.paid, "{:?}", first_difference(&told.paid, &wanted.paid));
        assert_eq!(sum(&told.paid) - before, half.term.pool - kept);
    }

    /// What is carried over, and what of it is settled, is that of all halves so far; only what the last has left waits.
    fn carries_over(&self, halves: &[Half]) {
        let (mut wanted, mut waiting): (BTreeMap<String, i128>, _) = Default::default();
        for half in halves {
            waiting = half.carried();
            waiting.iter().for_each(|(person, fen)| *wanted.entry(person.clone()).or_default() += fen);
        }
        let told = self.officer.all("/v1/carry-overs");
        assert_eq!(told.len(), wanted.len());
        for one in &told {
            let [carried, settled, given, waits] =
                ["carried", "settled", "given", "waiting"].map(|key| fen(&text(one, key)));
            let person = text(one, "payee_id");
            let still = waiting.get(&person).copied().unwrap_or_default();
            assert_eq!((carried, waits), (wanted[&person], still), "{one}");
            assert_eq!((settled, given), (carried - still, 0), "{one}");
        }
    }

    /// Every run is there that was made, once, in the state that it came to; and every event, in its place.
    fn nothing_is_lost(&self, halves: &[Half]) {
        let runs = self.officer.all("/v1/runs");
        let title = |run: &Value| run["title"].as_str().unwrap_or_default().to_owned();
        let mut found: Vec<(String, String)> = runs.iter().map(|run| (title(run), text(run, "state"))).collect();
        let mut wanted: Vec<(String, String)> = halves.iter().flat_map(made).collect();
        found.sort();
        wanted.sort();
        assert_eq!(found, wanted);
        for run in runs.iter().filter(|run| run["state"] == "released").step_by(9) {
            let verified = self.auditor.read(&format!("/v1/runs/{}/verification", text(run, "id")));
            assert_eq!(verified["verified"], true, "{verified}");
        }
        let (mut last, mut cursor) = (0, String::new());
        loop {
            let page = self.officer.read(&format!("/v1/events?limit=500&after={cursor}"));
            let events = page["items"].as_array().expect("a list");
            if events.is_empty() {
                break;
            }
            for event in events {
                last += 1;
                assert_eq!(event["data"]["place"], last, "{event}");
            }
            cursor = text(&page, "cursor");
        }
        assert!(last > 5 * halves.len() * SCHOOLS, "{last} events");
    }
}

/// The runs of a half of the year: their titles, and the states that they must be in.
fn made(half: &Half) -> Vec<(String, String)> {
    let mut made = vec![(String::new(), "approved".to_owned())];
    for School { id, story, .. } in &half.schools {
        let states: &[&str] = match story {
            Story::Plain | Story::Noticed => &["released"],
            Story::Mistyped => &["failed", "released"],
            Story::SentBack | Story::NoticeWithdrawn | Story::Objected => &["withdrawn", "released"],
        };
        made.extend((1..).zip(states).map(|(attempt, state)| (format!("{id}/{attempt}"), (*state).to_owned())));
    }
    for correction in &half.corrections {
        made.push((format!("{}/调整", half.schools[correction.place].id), "released".to_owned()));
    }
    made
}

/// Somebody of whom two books do not say the same, with what they say.
type Difference<'b, V> = (&'b String, Option<&'b V>, Option<&'b V>);

fn first_difference<'b, V: PartialEq>(
    one: &'b BTreeMap<String, V>,
    other: &'b BTreeMap<String, V>,
) -> Option<Difference<'b, V>> {
    let of = |person: &'b String| (person, one.get(person), other.get(person));
    one.keys().chain(other.keys()).map(of).find(|(_, one, other)| one != other)
}

fn goes_by(name: &str, place: &Place) {
    let mut server = Server::start(&place.url);
    let gate = Gate::of(&server);
    let year = Year::begins(place, &server, &gate);
    let plan = year.officer.publish(&district::allocation());
    let mut payroll = Payroll::new(&year.payroll);
    let mut approver = Approver::new(&year.approver, &year.done);
    let (mut halves, mut wanted) = (Vec::new(), Book::default());
    for term in TERMS {
        let half = year.opens(&plan, term, halves.last());
        let mut works = |stage: Stage, kills: &[usize]| {
            year.works((&half, stage), (&mut approver, &mut payroll), || {
                kills.iter().for_each(|after| year.is_interrupted(*after, (&mut server, place), &gate));
            });
        };
        works(Stage::Distributing, KILLS[term.number]);
        year.people_add_up(&half);
        works(Stage::Adjusting, &[1]);
        year.closes(&half, &mut wanted, &payroll.book);
        halves.push(half);
        year.carries_over(&halves);
    }
    year.nothing_is_lost(&halves);
    let lost = gate.lost.load(Ordering::Relaxed);
    assert!(lost > 0, "no request met a service that was gone");
    audit_is_whole(&place.url);
    tell(&format!("{name}: a year, with {lost} requests that were not answered at once"));
}

#[test]
fn a_year_goes_by_on_sqlite() {
    goes_by("sqlite", &sqlite());
}

#[test]
fn a_year_goes_by_on_postgresql() {
    if let Some(place) = postgres() {
        goes_by("postgresql", &place);
    }
}
