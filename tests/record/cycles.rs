//! The two tiers of a period together.

use std::thread;

use serde_json::{Value, json};

use crate::papers::{all_of, bring, id, plan, published, roster, run, staff, text};
use crate::site::{Bureau, Person, hire, on_both};

/// A plan by which a bureau gives nine tenths of its pool to its schools by heads.
pub fn allocation(code: &str) -> Value {
    json!({
        "language": 1, "code": code, "title": "核拨办法",
        "levels": [
            {"name": "bureau", "facts": [{"name": "pool", "type": "money"}]},
            {"name": "school", "parent": "bureau", "facts": [{"name": "heads", "type": "number"}]}
        ],
        "steps": [{"do": "share", "level": "school", "name": "quota", "from": "bureau.pool", "amount": "pool * 90%",
                   "weight": "heads"}]
    })
}

/// A plan by which a school shares its whole quota by points.
pub fn by_points(code: &str) -> Value {
    json!({
        "language": 1, "code": code, "title": "按分分配", "payee": "staff",
        "levels": [
            {"name": "school", "facts": [{"name": "quota", "type": "money"}]},
            {"name": "staff", "parent": "school", "facts": [{"name": "points", "type": "number"}]}
        ],
        "steps": [{"do": "share", "level": "staff", "name": "merit", "from": "school.quota", "weight": "points",
                   "pay": {"item": "奖励"}}]
    })
}

/// An approved allocation of 3000.01. By hand, 90 % is 2700.009, rounded down 2700.00, for six heads: 450.00 each. S1 has
/// 900.00, S2 450.00, S3 1350.00, S4 nothing; 300.01 are left.
pub fn allocated(bureau: &Bureau<'_>) -> String {
    let plan = published(&bureau.officer, &allocation(&crate::site::new_key()));
    let school =
        |id: &str, heads: u8| json!({"id": id, "parent": "B", "name": format!("学校{id}"), "facts": {"heads": heads}});
    let data = json!({
        "bureau": [{"id": "B", "facts": {"pool": "3000.01"}}],
        "school": [school("S1", 2), school("S2", 1), school("S3", 3), school("S4", 0)]
    });
    let run = id(&run(&bureau.officer, &roster(&bureau.officer, &plan, &data)));
    bring(bureau, &run, "approved");
    run
}

/// A request to open a cycle.
pub fn request(allocation: &str, plan: &str) -> Value {
    json!({"title": "2026 年三季度", "allocation_run_id": allocation, "plan_id": plan, "version": 1})
}

/// A cycle on a new allocation.
pub fn opened(bureau: &Bureau<'_>, plan: &str) -> String {
    id(&bureau.officer.post("/v1/cycles", &request(&allocated(bureau), plan)).good(201))
}

/// Data of a school with these points of its staff, without its quota.
pub fn of_school(school: &str, points: [&str; 2]) -> Value {
    let row = |place: usize| staff(&format!("{school}-{place}"), school, &json!({"points": points[place]}));
    json!({"school": [{"id": school, "name": school}], "staff": [row(0), row(1)]})
}

/// Makes the run of a school and waits for it.
pub fn made(somebody: &Person<'_>, cycle: &str, school: &str, body: &Value) -> Value {
    let run = id(&somebody.post(&format!("/v1/cycles/{cycle}/schools/{school}/runs"), body).good(202));
    somebody.get(&format!("/v1/runs/{run}?wait=30")).good(200)
}

/// Distributes every quota of a cycle by points and releases it.
pub fn finished(bureau: &Bureau<'_>, plan: &str) -> String {
    let cycle = opened(bureau, plan);
    for school in ["S1", "S2", "S3"] {
        let run = made(&bureau.officer, &cycle, school, &json!({"data": of_school(school, ["1", "1"])}));
        bring(bureau, &id(&run), "released");
    }
    cycle
}

/// The proof, which must hold whenever it is asked.
#[track_caller]
fn proof(bureau: &Bureau<'_>, cycle: &str) -> Value {
    let proof = bureau.auditor.get(&format!("/v1/cycles/{cycle}/proof")).good(200);
    assert_eq!(proof["balanced"], true, "{proof}");
    let tier = json!({"sources": "3000.01", "quotas": "2700.00", "paid": "0.00", "assigned": "0.00", "withheld": "0.00",
                      "left": "300.01", "difference": "0.00"});
    assert_eq!(proof["bureau"], tier);
    proof
}

/// The school of a cycle.
fn school(bureau: &Bureau<'_>, cycle: &str, id: &str) -> Value {
    let schools = bureau.officer.all(&format!("/v1/cycles/{cycle}/schools"), 1);
    schools.into_iter().find(|school| school["school_id"] == id).expect("the school")
}

/// What the errors of a problem are: their codes with their pointers.
pub fn errors(problem: &Value) -> Vec<(String, String)> {
    let errors = problem["errors"].as_array().expect("errors").iter();
    errors
        .map(|error| (text(error, "code").to_owned(), error["pointer"].as_str().unwrap_or_default().to_owned()))
        .collect()
}

pub fn pairs(wanted: &[(&str, &str)]) -> Vec<(String, String)> {
    wanted.iter().map(|(code, pointer)| ((*code).to_owned(), (*pointer).to_owned())).collect()
}

/// A cycle under way: whose it is, and the plans by which its schools distribute.
struct Way<'s, 'b> {
    bureau: &'b Bureau<'s>,
    cycle: String,
    default: String,
    own: String,
}

impl Way<'_, '_> {
    fn runs_of(&self, school: &str) -> String {
        format!("/v1/cycles/{}/schools/{school}/runs", self.cycle)
    }
}

#[test]
fn a_cycle_runs_from_the_quotas_to_the_last_fen() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let way = begins(&bureau);
        the_quota_is_what_is_allocated(&way);
        a_requirement_refuses_a_distribution(&way);
        let run = a_run_is_sent_back_and_made_again(&way);
        a_school_distributes_by_its_own_plan(&way);
        the_last_school_completes_the_proof(&way);
        the_proof_looks_at_the_rows(&way, &run);
        it_is_closed_once(&way);
    });
}

fn begins<'s, 'b>(bureau: &'b Bureau<'s>) -> Way<'s, 'b> {
    let officer = &bureau.officer;
    let (default, own) = (published(officer, &by_points("default")), published(officer, &plan("own")));
    let allocation = allocated(bureau);
    let mut body = request(&allocation, &default);
    body["schools"] = json!([{"school_id": "S2", "plan_id": own, "version": 1}]);
    body["requirements"] = json!([{"do": "check", "level": "school", "name": "no_fat_cat",
                                   "assert": "largest(staff.merit) <= quota * 80%"}]);
    let opened = officer.post("/v1/cycles", &body).good(201);
    let cycle = id(&opened);
    assert_eq!((&opened["state"], &opened["step"]), (&json!("open"), &json!("school.quota")));
    assert_eq!(opened["requirements"], json!(["school.no_fat_cat"]));
    assert_eq!(opened["progress"], json!([{"state": "not_started", "count": 4}]));
    let schools = json!(officer.all(&format!("/v1/cycles/{cycle}/schools"), 3));
    assert_eq!(all_of(&schools, "school_id"), ["S1", "S2", "S3", "S4"]);
    assert_eq!(all_of(&schools, "quota"), ["900.00", "450.00", "1350.00", "0.00"]);
    assert_eq!(all_of(&schools, "plan_id"), [&default, &own, &default, &default].map(Clone::clone));
    assert_eq!(all_of(&schools, "next"), ["accountant"; 4]);
    let begun = proof(bureau, &cycle);
    assert_eq!((&begun["complete"], &begun["outstanding"]), (&json!(false), &json!("2700.00")));
    assert_eq!(begun["released"]["paid"], "0.00");
    // What schools distribute cannot be taken from under them.
    officer.post(&format!("/v1/runs/{allocation}/withdraw"), &json!({"reason": "重做"})).problem(409, "allocated");
    Way { bureau, cycle, default, own }
}

fn the_quota_is_what_is_allocated(way: &Way<'_, '_>) {
    let (first, path) = (&way.bureau.accountant, way.runs_of("S1"));
    let mut other = of_school("S1", ["1", "2"]);
    other["school"][0]["facts"] = json!({"quota": "900.01"});
    let refused = first.post(&path, &json!({"data": other})).problem(422, "cycle_refused");
    assert_eq!(errors(&refused), pairs(&[("quota_fixed", "/data/school/0/facts/quota")]));
    let elsewhere = json!({"data": of_school("S2", ["1", "2"])});
    let refused = first.post(&path, &elsewhere).problem(422, "cycle_refused");
    assert_eq!(errors(&refused), pairs(&[("other_school", "/data/school/0/id")]));
    let mut wrong = of_school("S1", ["1", "2"]);
    wrong["staff"][1]["facts"]["points"] = json!("x");
    let refused = first.post(&path, &json!({"data": wrong})).problem(422, "data_refused");
    assert_eq!(refused["errors"][0]["pointer"], "/data/staff/1/facts/points");
    for nothing in [json!({}), json!({"data": wrong, "roster_id": way.default})] {
        first.post(&path, &nothing).problem(400, "bad_request_body");
    }
    for hidden in [way.runs_of("S2"), way.runs_of("S9")] {
        first.post(&hidden, &elsewhere).problem(404, "not_found");
    }
    let seen = first.all(&format!("/v1/cycles/{}/schools", way.cycle), 5);
    assert_eq!(all_of(&json!(seen), "school_id"), ["S1"]);
}

/// All to one is more than the bureau allows: 900.00 are more than 80 % of it.
fn a_requirement_refuses_a_distribution(way: &Way<'_, '_>) {
    let data = json!({"data": of_school("S1", ["0", "1"])});
    let failed = made(&way.bureau.accountant, &way.cycle, "S1", &data);
    assert_eq!((&failed["state"], &failed["failure"]["errors"][0]["code"]), (&json!("failed"), &json!("check_failed")));
    assert_eq!(school(way.bureau, &way.cycle, "S1")["state"], "failed");
}

/// 1 to 2: 300.00 and 600.00. It is sent back, and made again as 2 to 1; the run that is released.
fn a_run_is_sent_back_and_made_again(way: &Way<'_, '_>) -> String {
    let Way { bureau, cycle, .. } = way;
    let first = &bureau.accountant;
    let sent = made(first, cycle, "S1", &json!({"data": of_school("S1", ["1", "2"])}));
    assert_eq!(sent["state"], "calculated", "{sent}");
    let rows = first.get(&format!("/v1/rosters/{}/rows?level=school", text(&sent, "roster_id"))).good(200);
    assert_eq!(rows["items"][0]["facts"]["quota"], "900.00");
    let again = json!({"data": of_school("S1", ["2", "1"])});
    assert_eq!(first.post(&way.runs_of("S1"), &again).problem(409, "not_in_state")["state"], "calculated");
    first.act(&format!("/v1/runs/{}/submit", id(&sent))).good(200);
    assert_eq!(school(bureau, cycle, "S1")["next"], "approver");
    proof(bureau, cycle);
    bureau.approver.post(&format!("/v1/runs/{}/withdraw", id(&sent)), &json!({"reason": "漏算一人"})).good(200);
    assert_eq!(school(bureau, cycle, "S1")["state"], "withdrawn");
    let done = id(&made(first, cycle, "S1", &again));
    bring(bureau, &done, "released");
    let released = school(bureau, cycle, "S1");
    assert_eq!((&released["run_id"], &released["state"]), (&json!(done), &json!("released")));
    assert!(released.get("next").is_none());
    assert_eq!(proof(bureau, cycle)["outstanding"], "1800.00");
    let missing = bureau.officer.act(&format!("/v1/cycles/{cycle}/close")).problem(409, "cycle_not_proved");
    assert_eq!(all_of(&missing["errors"], "row"), ["S2", "S3"]);
    done
}

/// From a roster that states the quota. By hand: head 100.00; 90 % of the other 350.00 is 315.00, half of it withheld;
/// 35.00 are left; 10.00 each for meals come from no fund.
fn a_school_distributes_by_its_own_plan(way: &Way<'_, '_>) {
    let Way { bureau, cycle, default, own } = way;
    let second = hire(&bureau.operator, "accountant", "second", &["S2"]);
    let data = |quota: &str| {
        json!({
            "school": [{"id": "S2", "facts": {"quota": quota}}],
            "staff": [staff("S2-0", "S2", &json!({"points": "1", "months": "1"})),
                      staff("S2-1", "S2", &json!({"points": "1", "absent": true}))]
        })
    };
    let path = way.runs_of("S2");
    let refused = second.post(&path, &json!({"roster_id": roster(&second, own, &data("449.99"))}));
    assert_eq!(errors(&refused.problem(422, "cycle_refused")), pairs(&[("quota_fixed", "/roster_id")]));
    let strange = roster(&second, default, &json!({"school": [{"id": "S2", "facts": {"quota": "450.00"}}]}));
    let refused = second.post(&path, &json!({"roster_id": strange})).problem(422, "cycle_refused");
    assert_eq!(errors(&refused), pairs(&[("other_plan", "/roster_id")]));
    let run = made(&second, cycle, "S2", &json!({"roster_id": roster(&second, own, &data("450.00"))}));
    bring(bureau, &id(&run), "released");
    let figures = json!({"quota": "450.00", "own": "20.00", "paid": "277.50", "assigned": "0.00", "withheld": "157.50",
                         "left": "35.00", "difference": "0.00"});
    assert_eq!(proof(bureau, cycle)["schools"][1]["figures"], figures);
}

fn the_last_school_completes_the_proof(way: &Way<'_, '_>) {
    let Way { bureau, cycle, .. } = way;
    // Of two who begin at once one does.
    let (path, body) = (way.runs_of("S3"), json!({"data": of_school("S3", ["1", "1"])}));
    let answers = thread::scope(|scope| {
        let begin = || bureau.officer.post(&path, &body);
        [scope.spawn(begin), scope.spawn(begin)].map(|one| one.join().expect("an answer"))
    });
    let [run, late] = if answers[0].status == 202 { [&answers[0], &answers[1]] } else { [&answers[1], &answers[0]] };
    late.problem(409, "not_in_state");
    let run = run.good(202);
    bureau.officer.get(&format!("/v1/runs/{}?wait=30", id(&run))).good(200);
    bring(bureau, &id(&run), "approved");
    assert_eq!(proof(bureau, cycle)["outstanding"], "1350.00");
    bureau.approver.act(&format!("/v1/runs/{}/release", id(&run))).good(200);
    let whole = proof(bureau, cycle);
    assert_eq!((&whole["complete"], &whole["outstanding"]), (&json!(true), &json!("0.00")));
    let figures = json!({"quota": "2700.00", "own": "20.00", "paid": "2527.50", "assigned": "0.00",
                         "withheld": "157.50", "left": "35.00", "difference": "0.00"});
    assert_eq!(whole["released"], figures);
    for school in [0, 1, 2] {
        let run = text(&whole["schools"][school], "run_id").to_owned();
        let verified = bureau.auditor.get(&format!("/v1/runs/{run}/verification")).good(200);
        assert_eq!(verified["verified"], true, "{verified}");
    }
}

/// A fen more on one line is found, and the cycle stays open.
fn the_proof_looks_at_the_rows(way: &Way<'_, '_>, run: &str) {
    let Way { bureau, cycle, .. } = way;
    let site = bureau.officer.site;
    let line = format!("WHERE run_id = '{run}' AND payee_id = 'S1-0'");
    site.sql(&format!("UPDATE lines SET amount = amount + 1 {line}")).expect("done");
    let broken = bureau.auditor.get(&format!("/v1/cycles/{cycle}/proof")).good(200);
    assert_eq!((&broken["balanced"], &broken["schools"][0]["figures"]["difference"]), (&json!(false), &json!("-0.01")));
    let refused = bureau.officer.act(&format!("/v1/cycles/{cycle}/close")).problem(409, "cycle_not_proved");
    assert_eq!((&refused["errors"][0]["code"], &refused["errors"][0]["row"]), (&json!("not_balanced"), &json!("S1")));
    site.sql(&format!("UPDATE lines SET amount = amount - 1 {line}")).expect("done");
}

fn it_is_closed_once(way: &Way<'_, '_>) {
    let Way { bureau, cycle, .. } = way;
    let (officer, close) = (&bureau.officer, format!("/v1/cycles/{cycle}/close"));
    officer.act_on(&close, "\"7\"", None).problem(412, "stale");
    let closed = officer.act_on(&close, "\"1\"", None).good(200);
    assert_eq!(closed["state"], "closed");
    assert_eq!(closed["progress"], json!([{"state": "not_started", "count": 1}, {"state": "released", "count": 3}]));
    officer.act(&close).problem(409, "not_in_state");
    let late = json!({"data": of_school("S4", ["1", "1"])});
    officer.post(&way.runs_of("S4"), &late).problem(409, "not_in_state");
    proof(bureau, cycle);
    let events = officer.get("/v1/events?types=cycle.opened,cycle.closed").good(200);
    assert_eq!(all_of(&events["items"], "type"), ["cycle.opened", "cycle.closed"]);
    assert_eq!(events["items"][1]["data"]["object_id"], json!(cycle));
    assert_eq!(all_of(&json!(bureau.accountant.all("/v1/cycles", 1)), "id"), [cycle.as_str()]);
}

#[test]
fn a_cycle_is_opened_only_on_what_fits_and_says_all_that_does_not() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let officer = &bureau.officer;
        let default = published(officer, &by_points("fits"));
        let unfit = published(officer, &allocation("unfit"));
        let allocation_run = allocated(&bureau);
        let mut body = request(&allocation_run, &default);
        body["schools"] = json!([{"school_id": "S9", "plan_id": unfit, "version": 1}]);
        let check = |level: &str, name: &str, assert: &str| json!({"do": "check", "level": level, "name": name, "assert": assert});
        body["requirements"] = json!([
            check("school", "known", "quota >= 0"),
            check("school", "unknown", "sum(staff.merits) <= quota"),
            {"do": "formula", "level": "school", "name": "more", "formula": "1"}
        ]);
        let refused = officer.post("/v1/cycles", &body).problem(422, "cycle_refused");
        let found = errors(&refused);
        assert!(refused["errors"].to_string().contains("办法 fits："), "{refused}");
        for wanted in [
            ("unknown_school", "/schools/0/school_id"),
            ("no_quota_fact", "/schools/0/plan_id"),
            ("unknown_name", "/requirements/1/assert"),
            ("no_check", "/requirements/2/do"),
        ] {
            assert!(found.contains(&pairs(&[wanted])[0]), "{wanted:?} in {found:?}");
        }
        let mut gone = request(&allocation_run, &default);
        gone["schools"] = json!([{"school_id": "S1", "plan_id": default, "version": 9}]);
        let refused = officer.post("/v1/cycles", &gone).problem(422, "unknown_reference");
        assert_eq!(refused["errors"][0]["pointer"], "/schools/0/version");
        let run = id(&run(
            officer,
            &roster(officer, &default, &json!({"school": [{"id": "S1", "facts": {"quota": "1.00"}}]})),
        ));
        officer.post("/v1/cycles", &request(&run, &default)).problem(409, "not_in_state");
        bring(&bureau, &run, "approved");
        let refused = officer.post("/v1/cycles", &request(&run, &default)).problem(422, "cycle_refused");
        assert_eq!(errors(&refused), pairs(&[("no_quota_step", "/allocation_run_id")]));
        assert_eq!(officer.get("/v1/cycles").good(200), json!({"items": []}));
        let empty = roster(officer, &unfit, &json!({"bureau": [{"id": "B", "facts": {"pool": "1.00"}}]}));
        let empty = id(&crate::papers::run(officer, &empty));
        bring(&bureau, &empty, "approved");
        let refused = officer.post("/v1/cycles", &request(&empty, &default)).problem(422, "cycle_refused");
        assert_eq!(errors(&refused), pairs(&[("no_schools", "/allocation_run_id")]));
        officer.post("/v1/cycles", &request(&allocation_run, &default)).good(201);
        let twice = officer.post("/v1/cycles", &request(&allocation_run, &default)).problem(422, "cycle_refused");
        assert_eq!(errors(&twice), pairs(&[("already_opened", "/allocation_run_id")]));
        // The accountant of a school that the cycle does not have sees nothing of it.
        let stranger = hire(&bureau.operator, "accountant", "stranger", &["S9"]);
        assert_eq!(stranger.get("/v1/cycles").good(200), json!({"items": []}));
        let cycle = officer.get("/v1/cycles").good(200)["items"][0]["id"].as_str().expect("an id").to_owned();
        stranger.get(&format!("/v1/cycles/{cycle}")).problem(404, "not_found");
    });
}
