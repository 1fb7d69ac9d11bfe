//! Lists, page by page.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::{Value, json};

use crate::papers::{all_of, begun, data, id, plan, published, roster, staff, text};
use crate::site::{Bureau, Person, on_both};

/// The lists of a bureau that has begun a run, each with who reads it.
fn lists<'b, 's>(bureau: &'b Bureau<'s>, plan: &str, roster: &str, run: &str) -> Vec<(&'b Person<'s>, String)> {
    let (reader, run) = (&bureau.officer, format!("/v1/runs/{run}"));
    vec![
        (&bureau.auditor, "/v1/tokens".to_owned()),
        (&bureau.auditor, "/v1/audit-entries".to_owned()),
        (reader, "/v1/plans".to_owned()),
        (reader, format!("/v1/plans/{plan}/versions")),
        (reader, "/v1/rosters".to_owned()),
        (reader, format!("/v1/rosters?plan_id={plan}")),
        (reader, format!("/v1/rosters/{roster}/rows?level=staff")),
        (reader, format!("/v1/rosters/{roster}/rows?level=school")),
        (reader, "/v1/runs".to_owned()),
        (reader, "/v1/runs?state=calculated".to_owned()),
        (reader, format!("/v1/runs?roster_id={roster}")),
        (reader, format!("{run}/rows?level=staff")),
        (reader, format!("{run}/rows?level=school")),
        (reader, format!("{run}/payees")),
        (reader, format!("{run}/payees?school=S1")),
        (reader, format!("{run}/funds")),
        (reader, format!("{run}/warnings")),
    ]
}

/// A path with a further parameter.
fn with(path: &str, parameter: &str) -> String {
    format!("{path}{}{parameter}", if path.contains('?') { '&' } else { '?' })
}

/// A bureau of which every list has two items and more.
fn filled<'s>(bureau: &Bureau<'s>, code: &str) -> (String, String, String) {
    let officer = &bureau.officer;
    let mut with_warnings = plan(code);
    let facts = with_warnings["levels"][0]["facts"].as_array_mut().expect("facts");
    facts.push(json!({"name": "unused_too", "type": "number", "default": "0"}));
    let plan_id = published(officer, &with_warnings);
    let path = format!("/v1/plans/{plan_id}");
    officer.put(&format!("{path}/draft"), "\"2\"", &json!({"plan": plan(code)})).good(200);
    published(officer, &plan(&format!("{code}-other")));
    let rosters = [(); 2].map(|()| roster(officer, &plan_id, &data()));
    let runs = rosters.each_ref().map(|roster| {
        let first = crate::papers::run(officer, roster);
        crate::papers::run(officer, roster);
        id(&first)
    });
    (plan_id, rosters[1].clone(), runs[1].clone())
}

#[test]
fn a_page_has_one_to_five_hundred_items() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let (plan_id, roster_id, run_id) = begun(&bureau, "limits");
        for (reader, list) in lists(&bureau, &plan_id, &roster_id, &run_id) {
            for bad in [
                "0",
                "501",
                "-1",
                "",
                "x",
                "1.0",
                "1e1",
                "+1",
                "%201",
                "99999999999999999999",
                "1&limit=1",
                "%00",
                "%EF%BC%91",
            ] {
                let answer = reader.get(&with(&list, &format!("limit={bad}")));
                assert_eq!(answer.status, 400, "{list} with {bad}: {}", answer.text);
                answer.problem(400, "bad_parameter");
            }
            for good in ["1", "500"] {
                reader.get(&with(&list, &format!("limit={good}"))).good(200);
            }
        }
    });
}

#[test]
fn pages_together_are_the_whole() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let (plan_id, roster_id, run_id) = filled(&bureau, "pages");
        for (reader, list) in lists(&bureau, &plan_id, &roster_id, &run_id) {
            let whole = reader.all(&list, 500);
            assert!(whole.len() > 1, "{list} has {}", whole.len());
            for limit in 1..=3 {
                assert_eq!(reader.all(&list, limit), whole, "{list} by {limit}");
            }
            let exactly = reader.get(&with(&list, &format!("limit={}", whole.len()))).good(200);
            assert!(exactly.get("next_cursor").is_none(), "{list} ends");
        }
        for list in ["/v1/plans", "/v1/rosters", "/v1/runs", "/v1/tokens"] {
            let made = all_of(&json!(bureau.auditor.all(list, 500)), "created_at");
            assert!(made.is_sorted_by(|newer, older| newer >= older), "{list}: the newest first");
        }
    });
}

#[test]
fn a_cursor_is_good_only_for_its_own_list() {
    on_both(|site| {
        let (first, second) = (Bureau::new(site), Bureau::new(site));
        let ids = filled(&first, "cursors");
        let others = filled(&second, "cursors");
        let all = lists(&first, &ids.0, &ids.1, &ids.2);
        let cursors: Vec<String> = all
            .iter()
            .map(|(reader, list)| text(&reader.get(&with(list, "limit=1")).good(200), "next_cursor").to_owned())
            .collect();
        for (place, (reader, list)) in all.iter().enumerate() {
            for (other, cursor) in cursors.iter().enumerate() {
                let answer = reader.get(&with(list, &format!("limit=1&cursor={cursor}")));
                if place == other {
                    answer.good(200);
                } else {
                    assert_eq!(answer.status, 400, "{list} with the cursor of {}: {}", all[other].1, answer.text);
                    answer.problem(400, "bad_cursor");
                }
            }
        }
        for ((reader, list), cursor) in lists(&second, &others.0, &others.1, &others.2).iter().zip(&cursors) {
            reader.get(&with(list, &format!("cursor={cursor}"))).problem(400, "bad_cursor");
        }
        first.approver.get(&format!("/v1/plans?cursor={}", cursors[2])).good(200);
    });
}

#[test]
fn a_cursor_that_is_changed_is_refused() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let (_, roster_id, _) = begun(&bureau, "changed-cursor");
        for list in ["/v1/audit-entries".to_owned(), format!("/v1/rosters/{roster_id}/rows?level=staff")] {
            let cursor = text(&bureau.auditor.get(&with(&list, "limit=2")).good(200), "next_cursor").to_owned();
            let refused = |cursor: &str| {
                bureau.auditor.get(&with(&list, &format!("cursor={cursor}"))).problem(400, "bad_cursor");
            };
            for place in 0..cursor.len() {
                let (before, rest) = cursor.split_at(place);
                let (one, after) = rest.split_at(1);
                for other in ["A", "z", "_"] {
                    if one != other {
                        refused(&format!("{before}{other}{after}"));
                    }
                }
                refused(&format!("{before}{after}"));
            }
            for made_up in ["x", "WyIxIl0", "null", "%E7%94%B2", &cursor.repeat(2), &"A".repeat(4_000)] {
                refused(made_up);
            }
        }
    });
}

/// Reads a list by threes while somebody adds to it: whatever was there is there once.
fn reads_while(reader: &Person<'_>, list: &str, key: &str, add: impl Fn(usize) + Sync) {
    let before = reader.all(list, 500);
    let key_of = |item: &Value| item[key].to_string();
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        let (ended, add) = (&ended, &add);
        scope.spawn(move || {
            (0..).take_while(|_| !ended.load(Ordering::SeqCst)).for_each(add);
        });
        for _ in 0..2 {
            let read: Vec<String> = reader.all(list, 3).iter().map(key_of).collect();
            let once: BTreeSet<&String> = read.iter().collect();
            assert_eq!(once.len(), read.len(), "{list}: none twice");
            for item in &before {
                assert!(once.contains(&key_of(item)), "{list}: {item} is missing");
            }
        }
        ended.store(true, Ordering::SeqCst);
    });
    assert!(reader.all(list, 500).len() > before.len(), "{list}: something was added");
}

#[test]
fn lists_are_whole_while_others_add_to_them() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let officer = &bureau.officer;
        let plan_id = published(officer, &plan("adding"));
        let small = json!({"school": [{"id": "S1", "facts": {"quota": "1.00"}}]});
        let roster_id = roster(officer, &plan_id, &small);
        let add_plan = |name: String| drop(officer.post("/v1/plans", &json!({"plan": plan(&name)})).good(201));
        let add_roster = || drop(roster(officer, &plan_id, &small));
        let add_run = || drop(officer.post("/v1/runs", &json!({"roster_id": roster_id})).good(202));
        for number in 0..13 {
            add_plan(format!("before-{number}"));
            add_roster();
            add_run();
        }
        reads_while(officer, "/v1/plans", "id", |number| add_plan(format!("new-{number}")));
        reads_while(officer, "/v1/rosters", "id", |_| add_roster());
        reads_while(officer, "/v1/runs", "id", |_| add_run());
        // Who reads the audit trail to its end while it grows faster than it is read would never be done.
        let entries: Vec<Value> = bureau.auditor.all("/v1/audit-entries", 3);
        let places: Vec<i64> = entries.iter().map(|entry| entry["place"].as_i64().expect("a number")).collect();
        assert!(places.iter().copied().eq(1..=i64::try_from(places.len()).expect("few")), "{places:?}");
    });
}

#[test]
fn the_audit_trail_is_read_whole_while_it_grows() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let add = |number: usize| {
            bureau.officer.post("/v1/plans", &json!({"plan": plan(&format!("grows-{number}"))})).good(201);
        };
        (100..115).for_each(add);
        thread::scope(|scope| {
            let writer = scope.spawn(|| (0..15).for_each(add));
            while !writer.is_finished() {
                let entries = bureau.auditor.all("/v1/audit-entries", 3);
                let places = entries.iter().map(|entry| entry["place"].as_u64().expect("a number"));
                assert!(places.eq((1..).take(entries.len())), "every place once, in order");
            }
        });
    });
}

#[test]
fn ids_are_in_the_order_of_code_points() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let plan_id = published(&bureau.officer, &plan("order"));
        // By code points; by UTF-16 units U+20BB7 would come before U+F900 and U+FFE5, by most locales a before B.
        let ids = ["-", "1", "10", "2", "B", "a", "b", "\u{e9}", "\u{4e2d}", "\u{ff5e}", "\u{20bb7}"];
        let rows: Vec<Value> = ids.iter().rev().map(|id| staff(id, "S1", &json!({"points": "1"}))).collect();
        let data = json!({"school": [{"id": "S1", "facts": {"quota": "11.00"}}], "staff": rows});
        let roster_id = roster(&bureau.officer, &plan_id, &data);
        let run = crate::papers::run(&bureau.officer, &roster_id);
        let run = format!("/v1/runs/{}", text(&run, "id"));
        for list in [
            format!("/v1/rosters/{roster_id}/rows?level=staff"),
            format!("{run}/rows?level=staff"),
            format!("{run}/payees"),
        ] {
            for limit in [1, 4, 500] {
                assert_eq!(all_of(&json!(bureau.officer.all(&list, limit)), "id"), ids, "{list} by {limit}");
            }
        }
    });
}
