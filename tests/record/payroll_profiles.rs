//! How payroll files are written, on record: written, read, listed, written over, deleted.

use serde_json::{Value, json};

use crate::papers::{all_of, text};
use crate::site::{Answer, Bureau, Person, on_both};

/// A profile of so many columns.
fn profile(many: usize) -> Value {
    let columns: Vec<Value> =
        (0..many).map(|place| json!({"heading": format!("列{place}"), "content": "id"})).collect();
    json!({"columns": columns})
}

/// Writes a new profile.
pub fn put(somebody: &Person<'_>, name: &str, body: &Value) -> Answer {
    somebody.ask("PUT", &format!("/v1/payroll-profiles/{name}"), &[], Some(&body.to_string()))
}

#[test]
fn a_profile_is_written_over_only_by_who_has_read_it() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let officer = &bureau.officer;
        let path = "/v1/payroll-profiles/rural";
        bureau.payroll.get(path).problem(404, "not_found");
        officer.put(path, "\"1\"", &profile(1)).problem(404, "not_found");
        let made = put(officer, "rural", &profile(1));
        let known = made.good(200);
        assert_eq!((text(&known, "name"), &known["revision"], made.header("etag")), ("rural", &json!(1), "\"1\""));
        assert_eq!((&known["profile"], text(&known, "changed_by")), (&profile(1), "officer"));
        put(officer, "rural", &profile(2)).problem(428, "if_match_required");
        officer.put(path, "\"2\"", &profile(2)).problem(412, "stale");
        assert_eq!(officer.get(path).good(200)["profile"], profile(1));
        let over = officer.put(path, "\"1\"", &profile(2));
        assert_eq!((over.good(200)["profile"].clone(), over.header("etag")), (profile(2), "\"2\""));
        officer.put(path, "\"1\"", &profile(3)).problem(412, "stale");
        let (seen, headers) = (bureau.accountant.get(path), [("if-match", "\"1\"")]);
        assert_eq!((seen.good(200)["profile"].clone(), seen.header("etag")), (profile(2), "\"2\""));
        officer.ask("DELETE", path, &headers, None).problem(412, "stale");
        bureau.approver.ask("DELETE", path, &[], None).problem(403, "forbidden");
        assert_eq!(officer.ask("DELETE", path, &[], None).good(200)["profile"], profile(2));
        officer.get(path).problem(404, "not_found");
        officer.ask("DELETE", path, &[], None).problem(404, "not_found");
    });
}

#[test]
fn profiles_are_listed_by_name_page_by_page() {
    on_both(|site| {
        let (bureau, other) = (Bureau::new(site), Bureau::new(site));
        for name in ["b", "10", "a-z", "a_z"] {
            put(&bureau.officer, name, &profile(1)).good(200);
        }
        for limit in [1, 2, 4, 5] {
            let listed = json!(bureau.auditor.all("/v1/payroll-profiles", limit));
            assert_eq!(all_of(&listed, "name"), ["10", "a-z", "a_z", "b"], "{limit}");
        }
        assert_eq!(other.auditor.get("/v1/payroll-profiles").good(200), json!({"items": []}));
    });
}

#[test]
fn all_faults_of_a_profile_are_told_at_once() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let bad = json!({
            "tittle": "x", "encoding": "gbk", "layout": "lines", "items": [],
            "columns": [
                {"heading": "工号", "content": "id"},
                {"heading": "工号", "content": "name"},
                {"heading": "", "content": "item:考核奖励"},
                {"heading": "电话", "content": "phone", "width": 3},
                {"heading": 1}
            ]
        });
        let problem = put(&bureau.officer, "bad", &bad).problem(400, "bad_request_body");
        let mut pointers = all_of(&problem["errors"], "pointer");
        pointers.sort();
        let wanted = [
            "/columns/1/heading",
            "/columns/2/content",
            "/columns/2/heading",
            "/columns/3/content",
            "/columns/3/width",
            "/columns/4/content",
            "/columns/4/heading",
            "/encoding",
            "/items",
            "/tittle",
        ];
        assert_eq!(pointers, wanted, "{problem}");
        for (layout, content, status) in [
            ("people", "item:考核奖励", 200),
            ("people", "item:", 400),
            ("people", "amount", 400),
            ("people", "payroll_code", 400),
            ("people", "total", 200),
            ("lines", "item:考核奖励", 400),
            ("lines", "payroll_code", 200),
            ("lines", "total", 200),
        ] {
            let body = json!({"layout": layout, "columns": [{"heading": "x", "content": content}]});
            let name = format!("n{}", crate::site::new_key());
            let answer = put(&bureau.officer, &name, &body);
            assert_eq!(answer.status, status, "{layout} {content}: {}", answer.text);
        }
        put(&bureau.officer, "most", &profile(100)).good(200);
        for bad in [profile(101), profile(0), json!({}), json!([])] {
            put(&bureau.officer, "over", &bad).problem(400, "bad_request_body");
        }
        for name in ["A", "-a", "%E5%A7%93", &"a".repeat(65)] {
            put(&bureau.officer, name, &profile(1)).problem(400, "bad_parameter");
        }
    });
}
