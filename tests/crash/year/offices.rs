//! What the offices do at the same time: the schools' accountants, who approves, and the payroll system.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use serde_json::{Value, json};

use super::desk::{Answer, Desk, Follower, fen, text};
use super::district::{Person, School, Story};
use super::reckoning::{Items, add};

/// Why the approver sends a distribution back.
const MISSING: &str = "漏报一人";
/// Why a school takes its notice back.
const WRONG: &str = "公示后发现一人得分有误";

/// The accountant of a school in a cycle.
pub struct Accountant<'y, 'g> {
    /// With a token for this school alone.
    pub desk: &'y Desk<'g>,
    /// The school.
    pub school: &'y School,
    /// The cycle.
    pub cycle: &'y str,
}

impl Accountant<'_, '_> {
    /// Brings the quota of the school to its people, whatever happens on the way.
    pub fn distributes(&self) {
        let Accountant { desk, school, cycle } = self;
        let mut feed = Follower::new(desk, "run.released,run.withdrawn");
        let mut run = self.made(1, &school.first_written());
        let first = run.clone();
        match school.story {
            Story::Plain => {}
            Story::Noticed => self.posts(&run),
            Story::SentBack => {
                desk.act(&format!("/v1/runs/{run}/submit")).good(200);
                assert_eq!(self.becomes(&mut feed, &run), "withdrawn");
                let seen = desk.read(&format!("/v1/runs/{run}"));
                assert_eq!(
                    seen["history"].as_array().and_then(|steps| steps.last()).expect("a step")["reason"],
                    MISSING
                );
                run = self.revised(&seen, school.people.last().expect("somebody"));
            }
            Story::Mistyped => {
                let failed = desk.calculated(&run);
                assert_eq!(failed["state"], "failed", "{failed}");
                assert_eq!(failed["failure"]["errors"][0]["step"], "no_fat_cat", "{failed}");
                run = self.revised(&failed, &school.people[0]);
            }
            Story::Objected => {
                self.posts(&run);
                self.enters_an_objection(&run);
                assert_eq!(self.becomes(&mut feed, &run), "withdrawn");
                run = self.made(2, &school.people);
                self.posts(&run);
                self.enters_an_objection(&run);
            }
            Story::NoticeWithdrawn => {
                self.posts(&run);
                desk.post(&format!("/v1/runs/{run}/withdraw"), &json!({"reason": WRONG})).good(200);
                run = self.made(2, &school.people);
                self.posts(&run);
            }
        }
        if !school.story.is_posted() {
            desk.act(&format!("/v1/runs/{run}/submit")).good(200);
        }
        while self.becomes(&mut feed, &run) != "released" {}
        let replaced = desk.read(&format!("/v1/runs/{run}")).get("replaces").cloned();
        assert_eq!(replaced, (run != first).then(|| json!(first)));
        // Who is released has nothing more to do, and no other school is to be seen.
        let seen = desk.all(&format!("/v1/cycles/{cycle}/schools"));
        assert_eq!(seen.len(), 1);
        assert_eq!((text(&seen[0], "run_id"), text(&seen[0], "state")), (run, "released".to_owned()));
        assert!(seen[0].get("next").is_none(), "{seen:?}");
    }

    /// Makes a run of these people, in one of the three ways in which data come; its id.
    fn made(&self, attempt: usize, people: &[Person]) -> String {
        let Accountant { desk, school, cycle } = self;
        let own = desk.all(&format!("/v1/cycles/{cycle}/schools")).remove(0);
        let quota = text(&own, "quota");
        let rows = match (school.place + attempt) % 3 {
            0 => json!({"data": school.data(people)}),
            1 => {
                let mut data = school.data(people);
                data["school"][0]["facts"] = json!({"quota": quota});
                let roster = json!({"plan_id": own["plan_id"], "version": own["version"], "data": data});
                json!({"roster_id": desk.post("/v1/rosters", &roster).good(201)["id"]})
            }
            _ => {
                let (plan, version) = (text(&own, "checked_plan_id"), own["checked_version"].to_string());
                let fields = [("plan_id", plan.as_str()), ("version", &version)];
                let told = desk.post_form("/v1/roster-imports", &fields, &school.tables(people, &quota)).good(200);
                json!({"roster_id": told["roster"]["id"]})
            }
        };
        self.begun(attempt, rows)
    }

    /// Makes the run of a roster in which the row of somebody is put right; its id.
    fn revised(&self, run: &Value, person: &Person) -> String {
        self.begun(2, json!({"roster_id": self.roster_with(run, person)}))
    }

    /// The roster of a run with the row of somebody put right; its id.
    pub fn roster_with(&self, run: &Value, person: &Person) -> String {
        let path = format!("/v1/rosters/{}/revisions", text(run, "roster_id"));
        let revised = self.desk.post(&path, &json!({"set": {"staff": [self.school.row(person)]}})).good(201);
        text(&revised, "id")
    }

    fn begun(&self, attempt: usize, mut rows: Value) -> String {
        rows["title"] = json!(format!("{}/{attempt}", self.school.id));
        let path = format!("/v1/cycles/{}/schools/{}/runs", self.cycle, self.school.id);
        let run = text(&self.desk.post(&path, &rows).good(202), "id");
        self.desk.calculated(&run);
        run
    }

    /// Submits a run and posts it, from a Monday long ago to the Friday after.
    fn posts(&self, run: &str) {
        self.desk.act(&format!("/v1/runs/{run}/submit")).good(200);
        let posted = self.desk.post(&format!("/v1/runs/{run}/notice"), &json!({"from": "2020-06-01"})).good(200);
        let notice = &posted["notice"];
        assert_eq!((text(notice, "to"), &notice["working_days"]), ("2020-06-05".to_owned(), &json!(5)));
        // Its page has gone with its last day.
        self.desk.get(&text(notice, "public_path")).problem(404, "not_found");
    }

    /// Somebody objects to a run that is posted.
    fn enters_an_objection(&self, run: &str) {
        let Person { id, name, .. } = &self.school.people[0];
        let objection = json!({"objector": name, "text": "本人得分有误", "payee_id": id, "school_id": self.school.id});
        let entered = self.desk.post(&format!("/v1/runs/{run}/objections"), &objection).good(201);
        assert_eq!(entered["state"], "open");
    }

    /// The next that becomes of a run.
    pub fn becomes(&self, feed: &mut Follower<'_, '_>, run: &str) -> String {
        loop {
            if let Some(event) = feed.next().into_iter().find(|event| event["data"]["object_id"] == run) {
                return text(&event["data"], "state");
            }
        }
    }
}

/// Who approves and releases, and sends back.
pub struct Approver<'y, 'g> {
    desk: &'y Desk<'g>,
    feed: Follower<'y, 'g>,
    done: &'y Mutex<Vec<Released>>,
}

/// A release: the path, the key, the answer.
pub type Released = (String, String, Answer);

impl<'y, 'g> Approver<'y, 'g> {
    /// One that has decided on nothing yet, and notes what it releases.
    pub fn new(desk: &'y Desk<'g>, done: &'y Mutex<Vec<Released>>) -> Approver<'y, 'g> {
        Approver { desk, feed: Follower::new(desk, "run.submitted,run.noticed,objection.opened"), done }
    }

    /// Decides on everything that is submitted or posted, until so many runs are released.
    pub fn decides(&mut self, schools: &[School], releases: usize) {
        let goal = self.released() + releases;
        while self.released() < goal {
            for event in self.feed.next() {
                let data = &event["data"];
                let run = text(data, if data["object"] == "objection" { "run_id" } else { "object_id" });
                let known = self.desk.read(&format!("/v1/runs/{run}"));
                // The allocation has no title.
                let Some(title) = known["title"].as_str() else { continue };
                let (school, attempt) = title.split_once('/').expect("a school and an attempt");
                let school = schools.iter().find(|known| known.id == school).expect("a school");
                self.decides_on(&run, (school.story, attempt), data);
            }
        }
    }

    fn released(&self) -> usize {
        self.done.lock().expect("nobody panicked").len()
    }

    /// Decides on an event of a run.
    fn decides_on(&self, run: &str, (story, attempt): (Story, &str), event: &Value) {
        match (story, attempt, text(event, "state").as_str()) {
            (Story::SentBack, "1", _) => {
                self.desk.post(&format!("/v1/runs/{run}/withdraw"), &json!({"reason": MISSING})).good(200);
            }
            (Story::Objected, _, "open") => {
                self.desk.act(&format!("/v1/runs/{run}/approve")).problem(409, "objections_open");
                let path = format!("/v1/runs/{run}/objections/{}/decide", text(event, "object_id"));
                let (decision, reason) = if attempt == "1" { ("upheld", WRONG) } else { ("rejected", "核对无误") };
                let decided = self.desk.post(&path, &json!({"decision": decision, "reason": reason})).good(200);
                assert_eq!(decided["state"], decision);
                if decision == "rejected" {
                    self.releases(run);
                }
            }
            // One is taken back, and of others something comes when they are posted, or when the objection is there.
            (Story::Objected, ..) | (Story::NoticeWithdrawn, "1", _) => {}
            (story, _, "submitted") if story.is_posted() => {}
            _ => self.releases(run),
        }
    }

    /// Approves a run and releases it.
    fn releases(&self, run: &str) {
        self.desk.act(&format!("/v1/runs/{run}/approve")).good(200);
        let (key, path) = (self.desk.new_key(), format!("/v1/runs/{run}/release"));
        let answer = self.desk.post_under(&key, &path, None);
        answer.good(200);
        self.done.lock().expect("nobody panicked").push((path, key, answer));
    }
}

/// A payroll system, which knows what it is told of releases, and their files.
pub struct Payroll<'y, 'g> {
    desk: &'y Desk<'g>,
    feed: Follower<'y, 'g>,
    /// What it has been told.
    pub book: Book,
}

/// What is paid.
#[derive(Default)]
pub struct Book {
    /// What everybody is paid.
    pub paid: BTreeMap<String, Items>,
    /// The runs by which they are.
    pub runs: BTreeSet<String>,
}

impl<'y, 'g> Payroll<'y, 'g> {
    /// One that has been told nothing yet.
    pub fn new(desk: &'y Desk<'g>) -> Payroll<'y, 'g> {
        let feed = Follower::new(desk, "run.released");
        Payroll { desk, feed, book: Book::default() }
    }

    /// Follows the feed until so many runs are paid in all.
    pub fn follows(&mut self, runs: usize) {
        while self.book.runs.len() < runs {
            for event in self.feed.next() {
                let run = text(&event["data"], "object_id");
                self.pays(&run);
                assert!(self.book.runs.insert(run), "told twice: {event}");
            }
        }
    }

    /// Books the file of a run, which must be whole.
    fn pays(&mut self, run: &str) {
        let file = self.desk.get(&format!("/v1/runs/{run}/payroll.csv"));
        assert_eq!(file.status, 200, "{}", file.text);
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file.text.as_bytes());
        let mut rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
        let control = rows.pop().expect("a control line");
        assert_eq!(&control[0], "合计", "{run}");
        let amounts: Vec<i128> = rows.iter().map(|row| fen(&row[7])).collect();
        let people: BTreeSet<&str> = rows.iter().map(|row| &row[0]).collect();
        let said = format!("{} 人；{} 笔；", people.len(), rows.len());
        assert!(control[1].starts_with(&said), "{run}: {said} {control:?}");
        assert_eq!(amounts.iter().sum::<i128>(), fen(&control[7]), "{run}");
        for (row, amount) in rows.iter().zip(amounts) {
            add(&mut self.book.paid, &row[0], &row[4], amount);
        }
    }
}
