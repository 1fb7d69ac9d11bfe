//! Objections to a run that is posted, the run that is made instead, and the page that everybody may read meanwhile.

use std::thread;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::cycles::{self, errors, of_school, pairs};
use crate::notices::{calendar, settings};
use crate::papers::{all_of, begun, bring, id, plan, published, roster, roster_of, run, school_data, staff, text};
use crate::site::{Answer, Bureau, Person, Site, hire, new_key, on_both};

/// An objection about a payee.
pub fn brought(payee: &str) -> Value {
    json!({"objector": "李老师", "text": "课时少算两节。\n附课表。", "payee_id": payee})
}

/// A posted run of `papers::data`: its path.
fn noticed(bureau: &Bureau<'_>) -> String {
    let (_, _, run) = begun(bureau, &new_key());
    bring(bureau, &run, "noticed");
    format!("/v1/runs/{run}")
}

/// Enters an objection; its path.
fn entered(somebody: &Person<'_>, run: &str, body: &Value) -> String {
    let objection = somebody.post(&format!("{run}/objections"), body).good(201);
    format!("{run}/objections/{}", id(&objection))
}

fn decided(somebody: &Person<'_>, objection: &str, decision: &str) -> Answer {
    somebody.post(&format!("{objection}/decide"), &json!({"decision": decision, "reason": "经核对课表"}))
}

/// What a bureau is told of its objections and runs, after this many events: the types with their objects.
fn told(bureau: &Bureau<'_>, before: usize) -> Vec<(String, Value)> {
    let page = bureau.officer.get("/v1/events?limit=500").good(200);
    let events = page["items"].as_array().expect("a list")[before..].iter();
    events.map(|event| (text(event, "type").to_owned(), event["data"].clone())).collect()
}

#[test]
fn an_open_objection_keeps_a_run_from_being_approved() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let (officer, approver) = (&bureau.officer, &bureau.approver);
        let run = noticed(&bureau);
        let counts = |open: i64, rejected: i64| json!({"open": open, "upheld": 0, "rejected": rejected});
        assert_eq!(officer.get(&run).good(200)["objections"], counts(0, 0));
        let before = told(&bureau, 0).len();
        let mut body = brought("T4");
        body["school_id"] = json!("S2");
        let made = officer.post(&format!("{run}/objections"), &body);
        let first = made.good(201);
        let path = format!("{run}/objections/{}", id(&first));
        assert_eq!(made.header("location"), path);
        for (key, value) in body.as_object().expect("an object") {
            assert_eq!(first[key], *value);
        }
        assert_eq!((text(&first, "state"), text(&first, "created_by")), ("open", "officer"));
        assert!(["reason", "decided_at", "decided_by"].iter().all(|key| first.get(key).is_none()), "{first}");
        // One about the whole, by a school.
        let second = entered(officer, &run, &json!({"objector": "二小", "text": "额度有误", "school_id": "S2"}));
        let both = [id(&first), second.rsplit('/').next().expect("an id").to_owned()];
        for reader in [officer, approver, &bureau.auditor] {
            assert_eq!(all_of(&json!(reader.all(&format!("{run}/objections"), 1)), "id"), both);
            assert_eq!(reader.get(&path).good(200), first);
        }
        assert_eq!(officer.get(&run).good(200)["objections"], counts(2, 0));
        let approve = format!("{run}/approve");
        assert_eq!(approver.act(&approve).problem(409, "objections_open")["objections"], json!(both));
        // Who has entered it does not decide it, and nobody without a reason.
        decided(officer, &path, "rejected").problem(403, "four_eyes");
        for bad in [json!({"decision": "rejected"}), json!({"decision": "rejected", "reason": ""})] {
            let refused = approver.post(&format!("{path}/decide"), &bad).problem(400, "bad_request_body");
            assert_eq!(errors(&refused)[0].1, "/reason");
        }
        let rejected = decided(approver, &path, "rejected").good(200);
        assert_eq!((text(&rejected, "state"), text(&rejected, "decided_by")), ("rejected", "approver"));
        assert!(
            text(&rejected, "reason") == "经核对课表" && text(&rejected, "decided_at") >= text(&first, "created_at")
        );
        assert_eq!(officer.get(&path).good(200), rejected);
        for decision in ["rejected", "upheld"] {
            assert_eq!(decided(approver, &path, decision).problem(409, "not_in_state")["state"], "rejected");
        }
        assert_eq!(all_of(&json!(officer.all(&format!("{run}/objections?state=open"), 5)), "id"), both[1..]);
        assert_eq!(approver.act(&approve).problem(409, "objections_open")["objections"], json!(both[1..]));
        decided(approver, &second, "rejected").good(200);
        assert_eq!(officer.get(&run).good(200)["objections"], counts(0, 2));
        approver.act(&approve).good(200);
        let late = officer.post(&format!("{run}/objections"), &brought("T1")).problem(409, "not_in_state");
        assert_eq!(late["state"], "approved");
        is_told_and_logged(&bureau, &run, &both, before);
    });
}

/// Two objections were entered, and rejected one after the other; then the run was approved.
fn is_told_and_logged(bureau: &Bureau<'_>, run: &str, objections: &[String], before: usize) {
    let run = run.rsplit('/').next().expect("an id");
    let told = told(bureau, before);
    let kinds: Vec<&str> = told.iter().map(|(kind, _)| kind.as_str()).collect();
    let [opened, decided] = ["objection.opened", "objection.decided"];
    assert_eq!(kinds, [opened, opened, decided, decided, "run.approved"]);
    for ((_, data), (objection, state)) in told.iter().zip([(0, "open"), (1, "open"), (0, "rejected"), (1, "rejected")])
    {
        let wanted = json!({"place": data["place"], "object": "objection", "object_id": objections[objection],
                            "run_id": run, "state": state});
        assert_eq!(*data, wanted);
    }
    let entries = bureau.auditor.all("/v1/audit-entries", 500);
    let own: Vec<&Value> = entries.iter().filter(|entry| entry["object"] == "objection").collect();
    let said =
        |entry: &&Value| [text(entry, "action"), text(entry, "subject"), text(entry, "detail")].map(str::to_owned);
    let wanted = [
        [opened, "officer", run],
        [opened, "officer", run],
        [decided, "approver", "rejected: 经核对课表"],
        [decided, "approver", "rejected: 经核对课表"],
    ];
    assert_eq!(own.iter().map(said).collect::<Vec<_>>(), wanted.map(|entry| entry.map(str::to_owned)));
    // Neither says who objects.
    assert!(!json!(entries).to_string().contains("李老师") && !json!(told).to_string().contains("李老师"));
}

#[test]
fn all_that_is_wrong_with_an_objection_is_told_at_once() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let officer = &bureau.officer;
        let run = noticed(&bureau);
        let path = format!("{run}/objections");
        let refused = |body: &Value| errors(&officer.post(&path, body).problem(400, "bad_request_body"));
        assert_eq!(
            refused(&json!({"by": "x"})),
            pairs(&[("missing_key", "/objector"), ("missing_key", "/text"), ("unknown_key", "/by")])
        );
        let mut wrong = refused(&json!({"objector": "", "text": "a\u{1}", "payee_id": 1, "school_id": "a\u{200b}"}));
        wrong.sort_by(|one, other| one.1.cmp(&other.1));
        let at: Vec<&str> = wrong.iter().map(|(_, pointer)| pointer.as_str()).collect();
        assert_eq!(at, ["/objector", "/payee_id", "/school_id", "/text"]);
        refused(&json!({"objector": "x", "text": "长".repeat(2_001)}));
        let unfit = |payee: &str, school: &str| {
            let body = json!({"objector": "x", "text": "y", "payee_id": payee, "school_id": school});
            errors(&officer.post(&path, &body).problem(422, "reference_refused"))
        };
        assert_eq!(unfit("T9", "S9"), pairs(&[("not_a_payee", "/payee_id"), ("not_a_school", "/school_id")]));
        assert_eq!(unfit("S1", "S1"), pairs(&[("not_a_payee", "/payee_id")]));
        assert_eq!(unfit("T1", "S2"), pairs(&[("other_school", "/school_id")]));
        let en = [("accept-language", "en"), ("idempotency-key", "in-english")];
        let english = officer.ask("POST", &path, &en, Some(&brought("T9").to_string()));
        assert!(text(&english.problem(422, "reference_refused")["errors"][0], "message").contains("no payee T9"));
        assert_eq!(officer.get(&path).good(200), json!({"items": []}));
        officer.get(&format!("{path}?state=closed")).problem(400, "bad_parameter");
        let objection = entered(officer, &run, &brought("T1"));
        let decide = |body: &Value| {
            let problem = bureau.approver.post(&format!("{objection}/decide"), body).problem(400, "bad_request_body");
            errors(&problem)
        };
        let both = [("bad_value", "/decision"), ("wrong_type", "/reason")];
        assert_eq!(decide(&json!({"decision": "open", "reason": 1})), pairs(&both));
        assert_eq!(decide(&json!({"decision": 1, "reason": "x"})), pairs(&[("wrong_type", "/decision")]));
        // An objection of another run is none of this one.
        let other = noticed(&bureau);
        let strange = format!("{other}/objections/{}", objection.rsplit('/').next().expect("an id"));
        officer.get(&strange).problem(404, "not_found");
        decided(&bureau.approver, &strange, "upheld").problem(404, "not_found");
        assert_eq!(text(&officer.get(&objection).good(200), "state"), "open");
        // Only what is posted is objected to.
        let (_, _, submitted) = begun(&bureau, "submitted");
        bring(&bureau, &submitted, "submitted");
        let early = officer.post(&format!("/v1/runs/{submitted}/objections"), &brought("T1"));
        assert_eq!(early.problem(409, "not_in_state")["allowed"], json!(["notice", "approve", "withdraw"]));
    });
}

#[test]
fn a_school_objects_to_an_allocation_that_pays_nobody() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let plan = published(&bureau.officer, &cycles::allocation("objected"));
        let school = |id: &str| json!({"id": id, "parent": "B", "facts": {"heads": 1}});
        let data = json!({"bureau": [{"id": "B", "facts": {"pool": "10.00"}}], "school": [school("S1"), school("S2")]});
        let made = id(&run(&bureau.officer, &roster(&bureau.officer, &plan, &data)));
        bring(&bureau, &made, "noticed");
        let path = format!("/v1/runs/{made}/objections");
        let about = |school: &str| json!({"objector": "一小", "text": "人数有误", "school_id": school});
        bureau.officer.post(&path, &about("S2")).good(201);
        let refused = bureau.officer.post(&path, &about("B")).problem(422, "reference_refused");
        assert_eq!(errors(&refused), pairs(&[("not_a_school", "/school_id")]));
    });
}

#[test]
fn an_accountant_enters_objections_of_the_own_school_only() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let plan = published(&bureau.officer, &plan("own-school"));
        let made = id(&run(&bureau.officer, &roster(&bureau.officer, &plan, &school_data())));
        bring(&bureau, &made, "noticed");
        let run = format!("/v1/runs/{made}");
        let objection = entered(&bureau.accountant, &run, &brought("T2"));
        decided(&bureau.accountant, &objection, "rejected").problem(403, "forbidden");
        let second = hire(&bureau.operator, "accountant", "second", &["S2"]);
        for somebody in [&second, &bureau.payroll, &Bureau::new(site).officer] {
            somebody.post(&format!("{run}/objections"), &brought("T2")).problem(404, "not_found");
            somebody.get(&format!("{run}/objections")).problem(404, "not_found");
            somebody.get(&objection).problem(404, "not_found");
            decided(somebody, &objection, "upheld").problem(404, "not_found");
        }
        let events = |somebody: &Person<'_>| {
            somebody.get("/v1/events?types=objection.opened").good(200)["items"].as_array().expect("a list").len()
        };
        assert_eq!((events(&bureau.accountant), events(&second), events(&bureau.payroll)), (1, 0, 0));
        // The same person under another token is the same person.
        let same = hire(&bureau.operator, "officer", "Accountant", &[]);
        decided(&same, &objection, "rejected").problem(403, "four_eyes");
        decided(&bureau.officer, &objection, "rejected").good(200);
    });
}

#[test]
fn an_objection_that_is_upheld_withdraws_the_run_and_the_next_one_names_it() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let (officer, approver) = (&bureau.officer, &bureau.approver);
        let (plan_id, roster_id, first) = begun(&bureau, "upheld");
        bring(&bureau, &first, "noticed");
        let path = format!("/v1/runs/{first}");
        let objection = entered(officer, &path, &brought("T2"));
        let other = entered(officer, &path, &json!({"objector": "x", "text": "y"}));
        let before = told(&bureau, 0).len();
        let upheld = decided(approver, &objection, "upheld").good(200);
        assert_eq!((text(&upheld, "state"), text(&upheld, "reason")), ("upheld", "经核对课表"));
        let withdrawn = officer.get(&path).good(200);
        assert_eq!(text(&withdrawn, "state"), "withdrawn");
        assert_eq!(withdrawn["objections"], json!({"open": 1, "upheld": 1, "rejected": 0}));
        let step = withdrawn["history"].as_array().expect("a list").last().expect("a step");
        assert_eq!(
            ["action", "state", "subject", "reason"].map(|key| text(step, key)),
            ["withdraw", "withdrawn", "approver", "经核对课表"]
        );
        assert!(withdrawn.get("replaced_by").is_none() && withdrawn["notice"].get("public_path").is_none());
        let kinds: Vec<String> = told(&bureau, before).into_iter().map(|(kind, _)| kind).collect();
        assert_eq!(kinds, ["objection.decided", "run.withdrawn"]);
        let entries = bureau.auditor.all("/v1/audit-entries", 500);
        let last: Vec<&str> = entries[entries.len() - 2..].iter().map(|entry| text(entry, "action")).collect();
        assert_eq!(last, ["objection.decided", "run.withdrawn"]);
        assert_eq!(entries.last().expect("an entry")["detail"], "经核对课表");
        // What else was objected to is no more to be decided.
        assert_eq!(decided(approver, &other, "rejected").problem(409, "not_in_state")["state"], "withdrawn");
        // T2 has three points now. By hand: 810.00 in five parts, 162.00 and 486.00; T3's 162.00 are withheld.
        let revision = json!({"set": {"staff": [staff("T2", "S1", &json!({"points": 3}))]}});
        let revised = id(&officer.post(&format!("/v1/rosters/{roster_id}/revisions"), &revision).good(201));
        let body = json!({"roster_id": revised, "replaces": first});
        let next = officer.post("/v1/runs", &body).good(202);
        assert_eq!(next["replaces"], json!(first));
        let next_path = format!("/v1/runs/{}", id(&next));
        assert_eq!(officer.get(&format!("{next_path}?wait=30")).good(200)["replaces"], json!(first));
        let payees = officer.get(&format!("{next_path}/payees?school=S1")).good(200);
        assert_eq!(all_of(&payees["items"], "total"), ["272.00", "496.00", "10.00"]);
        assert_eq!(officer.get(&path).good(200)["replaced_by"], json!(id(&next)));
        let listed = officer.get("/v1/runs?limit=1").good(200);
        assert_eq!(listed["items"][0]["replaces"], json!(first));
        let entries = bureau.auditor.all("/v1/audit-entries", 500);
        let made = entries.iter().find(|entry| entry["action"] == "run.created" && entry["object_id"] == next["id"]);
        assert_eq!(made.expect("an entry")["detail"], json!(first));
        what_cannot_be_replaced_is_told(&bureau, (&plan_id, &revised), (&first, &id(&next)));
    });
}

/// The first run was withdrawn, and the next replaces it.
fn what_cannot_be_replaced_is_told(
    bureau: &Bureau<'_>,
    (plan_id, roster_id): (&str, &str),
    (first, next): (&str, &str),
) {
    let officer = &bureau.officer;
    let refused = |roster: &str, replaces: &str| {
        let body = json!({"roster_id": roster, "replaces": replaces});
        errors(&officer.post("/v1/runs", &body).problem(422, "reference_refused"))
    };
    assert_eq!(refused(roster_id, first), pairs(&[("replaced_already", "/replaces")]));
    assert_eq!(refused(roster_id, next), pairs(&[("in_force", "/replaces")]));
    let (_, other_roster, other_run) = begun(bureau, "upheld-other");
    assert_eq!(refused(&other_roster, first), pairs(&[("other_plan", "/replaces"), ("replaced_already", "/replaces")]));
    assert_eq!(refused(roster_id, &other_run), pairs(&[("in_force", "/replaces"), ("other_plan", "/replaces")]));
    let nowhere = json!({"roster_id": first, "replaces": plan_id});
    let unknown = officer.post("/v1/runs", &nowhere).problem(422, "unknown_reference");
    assert_eq!(all_of(&unknown["errors"], "pointer"), ["/roster_id", "/replaces"]);
    // An accountant names no run of another school's.
    let own = id(&bureau.accountant.post("/v1/rosters", &roster_of(plan_id, &school_data())).good(201));
    let hidden = json!({"roster_id": own, "replaces": first});
    let unknown = bureau.accountant.post("/v1/runs", &hidden).problem(422, "unknown_reference");
    assert_eq!(all_of(&unknown["errors"], "pointer"), ["/replaces"]);
    // When that which replaces it is withdrawn too, another may.
    bring(bureau, next, "withdrawn");
    for replaced in [first, next] {
        let body = json!({"roster_id": roster_id, "replaces": replaced});
        let made = id(&officer.post("/v1/runs", &body).good(202));
        assert_eq!(officer.get(&format!("/v1/runs/{replaced}")).good(200)["replaced_by"], json!(made));
        officer.get(&format!("/v1/runs/{made}?wait=30")).good(200);
        assert_eq!(refused(roster_id, replaced), pairs(&[("replaced_already", "/replaces")]));
    }
}

#[test]
fn in_a_cycle_the_next_run_of_a_school_names_the_one_before_by_itself() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let plan = published(&bureau.officer, &plan("cycle"));
        let cycle = cycles::opened(&bureau, &plan);
        let begin = || {
            let body = json!({"data": of_school("S1", ["1", "1"])});
            let made = bureau.accountant.post(&format!("/v1/cycles/{cycle}/schools/S1/runs"), &body).good(202);
            bureau.officer.get(&format!("/v1/runs/{}?wait=30", id(&made))).good(200);
            made
        };
        let first = begin();
        assert!(first.get("replaces").is_none(), "{first}");
        bring(&bureau, &id(&first), "noticed");
        let objection = entered(&bureau.accountant, &format!("/v1/runs/{}", id(&first)), &brought("S1-0"));
        decided(&bureau.officer, &objection, "upheld").good(200);
        let school = bureau.officer.get(&format!("/v1/cycles/{cycle}/schools?limit=1")).good(200)["items"][0].clone();
        assert_eq!((text(&school, "state"), text(&school, "next")), ("withdrawn", "accountant"));
        let body = json!({"roster_id": first["roster_id"], "replaces": first["id"]});
        let refused = bureau.officer.post("/v1/runs", &body).problem(422, "reference_refused");
        assert_eq!(errors(&refused), pairs(&[("of_a_cycle", "/replaces")]));
        let second = begin();
        assert_eq!(second["replaces"], first["id"]);
        bring(&bureau, &id(&second), "withdrawn");
        assert_eq!(begin()["replaces"], second["id"]);
    });
}

/// Does two things at once; what each was answered.
fn at_once(one: impl FnOnce() -> Answer + Send, other: impl FnOnce() -> Answer + Send) -> [Answer; 2] {
    thread::scope(|scope| {
        let [one, other] = [scope.spawn(one), scope.spawn(other)].map(|it| it.join().expect("an answer"));
        [one, other]
    })
}

#[test]
fn of_two_at_once_one_wins() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        for _ in 0..5 {
            let run = noticed(&bureau);
            let objection = entered(&bureau.officer, &run, &brought("T1"));
            let second = hire(&bureau.operator, "approver", "second", &[]);
            let [upheld, rejected] = at_once(
                || decided(&bureau.approver, &objection, "upheld"),
                || decided(&second, &objection, "rejected"),
            );
            let (state, of_run) = if upheld.status == 200 { ("upheld", "withdrawn") } else { ("rejected", "noticed") };
            let late = if upheld.status == 200 { rejected } else { upheld };
            assert_eq!(late.problem(409, "not_in_state")["state"], state);
            assert_eq!(text(&bureau.officer.get(&objection).good(200), "state"), state);
            assert_eq!(text(&bureau.officer.get(&run).good(200), "state"), of_run);
            let run = noticed(&bureau);
            let [approved, made] = at_once(
                || bureau.approver.act(&format!("{run}/approve")),
                || bureau.officer.post(&format!("{run}/objections"), &brought("T1")),
            );
            if approved.status == 200 {
                assert_eq!(made.problem(409, "not_in_state")["state"], "approved");
            } else {
                assert_eq!(approved.problem(409, "objections_open")["objections"], json!([id(&made.good(201))]));
            }
        }
    });
}

#[test]
fn an_objection_is_entered_and_decided_once_however_often_it_is_sent() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let run = noticed(&bureau);
        let send = |somebody: &Person<'_>, key: &str, path: &str, body: &Value| {
            somebody.ask("POST", path, &[("idempotency-key", key)], Some(&body.to_string()))
        };
        let (path, keys) = (format!("{run}/objections"), [new_key(), new_key()]);
        let [made, again] = [(); 2].map(|()| send(&bureau.officer, &keys[0], &path, &brought("T1")));
        assert_eq!((made.good(201), made.header("location")), (again.good(201), again.header("location")));
        assert_eq!(bureau.officer.all(&path, 5).len(), 1);
        send(&bureau.officer, &keys[0], &path, &brought("T2")).problem(422, "idempotency_key_reused");
        let decide = format!("{path}/{}/decide", id(&made.json()));
        let body = json!({"decision": "upheld", "reason": "属实"});
        let [done, again] = [(); 2].map(|()| send(&bureau.approver, &keys[1], &decide, &body));
        assert_eq!(done.good(200), again.good(200));
    });
}

/// The day so many days from now in China.
fn day(from_now: i64) -> String {
    let then = Timestamp::now() + SignedDuration::from_hours(8 + 24 * from_now);
    then.to_string()[..10].to_owned()
}

/// Runs a test in one day of China: not over its midnight.
fn within_a_day(test: impl FnOnce()) {
    let soon = Timestamp::now() + SignedDuration::from_secs(8 * 60 * 60 + 60);
    if soon.to_string()[..10] != *day(0) {
        thread::sleep(std::time::Duration::from_secs(61));
    }
    test();
}

/// A bureau that may post in these years.
fn posting(site: &Site) -> Bureau<'_> {
    let bureau = Bureau::new(site);
    let put = |path: &str, body: &Value| bureau.officer.ask("PUT", path, &[], Some(&body.to_string())).good(200);
    put("/v1/notice-settings", &settings());
    let year: i64 = day(0)[..4].parse().expect("a year");
    for year in year - 1..=year + 2 {
        put(&format!("/v1/calendars/{year}"), &calendar(year));
    }
    bureau
}

/// A run that is posted from one day to another, both so many days from now: its path and the public one.
fn posted(bureau: &Bureau<'_>, from: i64, to: i64) -> (String, String) {
    let (_, _, run) = begun(bureau, &new_key());
    bring(bureau, &run, "submitted");
    let body = json!({"from": day(from), "to": day(to)});
    let posted = bureau.officer.post(&format!("/v1/runs/{run}/notice"), &body).good(200);
    (format!("/v1/runs/{run}"), text(&posted["notice"], "public_path").to_owned())
}

/// The page as somebody without a token sees it.
fn page(site: &Site, path: &str) -> Answer {
    site.ask("GET", path, &[("accept", "text/html")], None)
}

#[test]
fn while_a_run_is_posted_everybody_may_read_its_page() {
    within_a_day(|| {
        on_both(|site| {
            let bureau = posting(site);
            let (run, path) = posted(&bureau, -1, 14);
            let seen = page(site, &path);
            assert_eq!((seen.status, seen.header("content-type")), (200, "text/html; charset=utf-8"));
            let office = bureau.officer.ask("GET", &format!("{run}/notice"), &[("accept", "text/html")], None);
            assert_eq!(seen.text, office.text);
            assert!(seen.text.ends_with("</html>\n") && seen.text.contains("380.00"), "{}", seen.text);
            for (header, value) in [
                ("cache-control", "no-store"),
                ("x-robots-tag", "noindex"),
                ("referrer-policy", "no-referrer"),
                ("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'"),
            ] {
                assert_eq!(seen.header(header), value, "{header}");
            }
            // Those of the office know where it is, and nobody else is told.
            for somebody in [&bureau.officer, &bureau.approver, &bureau.auditor] {
                assert_eq!(text(&somebody.get(&run).good(200)["notice"], "public_path"), path);
                assert_eq!(text(&somebody.get(&format!("{run}/notice")).good(200), "public_path"), path);
            }
            let link = path.strip_prefix("/notices/").expect("a link");
            assert_eq!(link.len(), 32);
            for list in ["/v1/audit-entries", "/v1/events"] {
                let told = bureau.auditor.get(&format!("{list}?limit=500")).good(200).to_string();
                assert!(!told.contains(link) && told.contains("run.noticed"), "{told}");
            }
            assert!(!seen.text.contains(link));
            // Each run has its own, which nobody guesses.
            let (_, other) = posted(&bureau, -1, 14);
            assert_ne!(other, path);
            let last = if path.ends_with('A') { "B" } else { "A" };
            let near = format!("{}{last}", &path[..path.len() - 1]);
            let others = [near, "/notices/x".to_owned(), format!("{path}A"), format!("/notices/{}", "%00".repeat(32))];
            for wrong in others {
                page(site, &wrong).problem(404, "not_found");
            }
            site.ask("GET", &path, &[("accept", "application/json")], None).problem(406, "not_acceptable");
            site.ask("POST", &path, &[], None).problem(405, "method_not_allowed");
        });
    });
}

#[test]
fn the_page_dies_with_the_notice() {
    within_a_day(|| {
        on_both(|site| {
            let bureau = posting(site);
            let is_there = |path: &str| {
                let seen = page(site, path);
                if seen.status == 404 {
                    seen.problem(404, "not_found");
                }
                seen.status == 200
            };
            // Both days count.
            for (from, to, wanted) in [(1, 20, false), (0, 20, true), (-20, 0, true), (-20, -1, false)] {
                let (_, path) = posted(&bureau, from, to);
                assert_eq!(is_there(&path), wanted, "from {from} to {to}");
            }
            let (run, path) = posted(&bureau, -1, 14);
            assert!(is_there(&path));
            bureau.officer.post(&format!("{run}/withdraw"), &json!({"reason": "有误"})).good(200);
            assert!(!is_there(&path));
            let (run, path) = posted(&bureau, -1, 14);
            let objection = entered(&bureau.officer, &run, &brought("T1"));
            assert!(is_there(&path));
            decided(&bureau.approver, &objection, "upheld").good(200);
            assert!(!is_there(&path));
            // Over and approved, it is told to nobody.
            let (run, path) = posted(&bureau, -20, -1);
            for act in ["approve", "release"] {
                let done = bureau.approver.act(&format!("{run}/{act}")).good(200);
                assert!(done["notice"].get("public_path").is_none() && !is_there(&path), "{act}");
            }
            let told = bureau.payroll.get(&format!("{run}/notice")).good(200);
            assert!(told.get("public_path").is_none(), "{told}");
        });
    });
}
