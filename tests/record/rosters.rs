//! Rosters: what is refused, what is read back, and what a revision changes.

use serde_json::{Value, json};

use crate::papers::{all_of, data, id, plan, published, roster, roster_of, staff, text};
use crate::site::{Bureau, on_both};

#[test]
fn data_are_on_record_as_the_plan_reads_them() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let plan_id = published(&bureau.officer, &plan("rows"));
        let made = bureau.officer.post("/v1/rosters", &roster_of(&plan_id, &data()));
        let known = made.good(201);
        let path = format!("/v1/rosters/{}", text(&known, "id"));
        assert_eq!(made.header("location"), path);
        assert_eq!(known["counts"], json!({"school": 2, "staff": 5}));
        assert_eq!((text(&known, "created_by"), &known["version"]), ("officer", &json!(1)));
        assert_eq!(bureau.officer.get(&path).good(200), known);
        let pure =
            site.ask("POST", "/v1/calculations", &[], Some(&json!({"plan": plan("rows"), "data": data()}).to_string()));
        assert_eq!(text(&known, "data_sha256"), text(&pure.good(200), "data_sha256"));
        let whole = bureau.officer.get(&format!("{path}/rows?level=staff")).good(200);
        assert_eq!(all_of(&whole["items"], "id"), ["T1", "T2", "T3", "T4", "T5"]);
        let facts = json!({"points": "1", "months": "0", "absent": true});
        assert_eq!(whole["items"][2], staff("T3", "S1", &facts));
        for limit in 1..=6 {
            assert_eq!(json!(bureau.officer.all(&format!("{path}/rows?level=staff"), limit)), whole["items"]);
        }
        for unknown in ["rows", "rows?level=", "rows?level=bureau", "rows?level=staff&level=staff"] {
            bureau.officer.get(&format!("{path}/{unknown}")).problem(400, "bad_parameter");
        }
    });
}

#[test]
fn all_faults_of_data_are_told_at_once_with_their_places() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let plan_id = published(&bureau.officer, &plan("faults"));
        let mut wrong = data();
        wrong["school"][1]["facts"]["quota"] = json!("1.234");
        wrong["staff"][0]["facts"]["points"] = json!("-1");
        wrong["staff"][1]["parent"] = json!("S9");
        wrong["staff"][2]["facts"]["extra"] = json!(1);
        wrong["staff"][3]["facts"] = json!({});
        wrong["staff"][4]["id"] = json!("T1");
        let refused = bureau.officer.post("/v1/rosters", &roster_of(&plan_id, &wrong)).problem(422, "data_refused");
        let mut pointers = all_of(&refused["errors"], "pointer");
        pointers.sort();
        assert_eq!(refused["total"], 6, "{refused}");
        // An id that is there twice is told of the first row that has it.
        let staff =
            ["0", "0/facts/points", "1", "2/facts/extra", "3/facts/points"].map(|end| format!("/data/staff/{end}"));
        assert_eq!((pointers[0].as_str(), &pointers[1..]), ("/data/school/1/facts/quota", &staff[..]));
        assert!(bureau.officer.get("/v1/rosters").good(200)["items"].as_array().is_some_and(Vec::is_empty));
        for (key, value, status, code) in [
            ("plan_id", json!("nowhere"), 422, "unknown_reference"),
            ("version", json!(2), 422, "unknown_reference"),
            ("version", json!("1"), 400, "bad_request_body"),
            ("other", json!(1), 400, "bad_request_body"),
        ] {
            let mut body = roster_of(&plan_id, &data());
            body[key] = value;
            bureau.officer.post("/v1/rosters", &body).problem(status, code);
        }
    });
}

#[test]
fn a_revision_is_another_roster() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let plan_id = published(&bureau.officer, &plan("revised"));
        let base = roster(&bureau.officer, &plan_id, &data());
        let before = bureau.officer.all(&format!("/v1/rosters/{base}/rows?level=staff"), 500);
        let path = format!("/v1/rosters/{base}/revisions");
        let changes = json!({
            "set": {"staff": [staff("T2", "S1", &json!({"points": "7"})), staff("T6", "S2", &json!({"points": "3"}))]},
            "remove": {"staff": ["T4"]}
        });
        let made = bureau.officer.post(&path, &changes);
        let revised = made.good(201);
        assert_eq!((text(&revised, "revises"), &revised["counts"]["staff"]), (base.as_str(), &json!(5)));
        assert_eq!(made.header("location"), format!("/v1/rosters/{}", text(&revised, "id")));
        let rows = bureau.officer.get(&format!("/v1/rosters/{}/rows?level=staff", text(&revised, "id"))).good(200);
        assert_eq!(all_of(&rows["items"], "id"), ["T1", "T2", "T3", "T5", "T6"]);
        assert_eq!(rows["items"][1]["facts"]["points"], "7");
        assert_eq!(bureau.officer.all(&format!("/v1/rosters/{base}/rows?level=staff"), 500), before);
        // The same data made at once have the same fingerprint.
        let mut whole = data();
        let mut all: Vec<Value> = whole["staff"].as_array().expect("rows").clone();
        all[1]["facts"] = json!({"points": "7"});
        all[3] = staff("T6", "S2", &json!({"points": "3"}));
        whole["staff"] = json!(all);
        let at_once = id(&bureau.officer.post("/v1/rosters", &roster_of(&plan_id, &whole)).good(201));
        let at_once = bureau.officer.get(&format!("/v1/rosters/{at_once}")).good(200);
        assert_eq!(at_once["data_sha256"], revised["data_sha256"]);
        let wrong = json!({"set": {"staff": [staff("T7", "S9", &json!({"points": "1"}))]}});
        let refused = bureau.officer.post(&path, &wrong).problem(422, "data_refused");
        assert_eq!(all_of(&refused["errors"], "pointer"), ["/set/staff/0"]);
        let orphans = bureau.officer.post(&path, &json!({"remove": {"school": ["S2"]}})).problem(422, "data_refused");
        assert_eq!(orphans["total"], 2, "{orphans}");
        for wrong in
            [json!({"set": []}), json!({"set": {"staff": {}}}), json!({"remove": {"staff": [1]}}), json!({"x": {}})]
        {
            bureau.officer.post(&path, &wrong).problem(400, "bad_request_body");
        }
    });
}

#[test]
fn all_rows_that_cannot_be_removed_are_told_at_once() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let plan_id = published(&bureau.officer, &plan("removed"));
        let path = format!("/v1/rosters/{}/revisions", roster(&bureau.officer, &plan_id, &data()));
        let one = bureau.officer.post(&path, &json!({"remove": {"staff": ["T1", "T9"]}})).problem(422, "data_refused");
        assert_eq!(all_of(&one["errors"], "row"), ["T9"]);
        let two =
            bureau.officer.post(&path, &json!({"remove": {"staff": ["T8", "T1", "T9"]}})).problem(422, "data_refused");
        assert_eq!(all_of(&two["errors"], "row"), ["T8", "T9"], "{two}");
    });
}

#[test]
fn a_level_that_the_plan_has_not_is_refused_in_every_part_of_a_revision() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let plan_id = published(&bureau.officer, &plan("levels"));
        let path = format!("/v1/rosters/{}/revisions", roster(&bureau.officer, &plan_id, &data()));
        for part in ["set", "remove"] {
            let answer = bureau.officer.post(&path, &json!({part: {"stuff": []}}));
            assert_eq!(answer.status, 422, "{part}: {}", answer.text);
            answer.problem(422, "data_refused");
        }
    });
}
