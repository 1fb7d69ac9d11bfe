//! How many requests somebody may send.

use std::num::NonZeroU32;
use std::thread;
use std::time::Duration;

use fenpei::rest::Limits;
use serde_json::json;

use crate::papers::{heavy, published, roster, text};
use crate::site::{Bureau, on_own, unlimited};

#[test]
fn who_asks_too_often_waits_and_nobody_else() {
    let limits = Limits { rate: NonZeroU32::new(5), ..unlimited() };
    on_own(&limits, |site| {
        let bureau = Bureau::new(site);
        let mut passed = 0;
        let refused = loop {
            let answer = bureau.officer.get("/v1/plans");
            if answer.status != 200 || passed > 1_000 {
                break answer;
            }
            passed += 1;
        };
        assert!(passed >= 5, "{passed} passed");
        refused.problem(429, "too_many_requests");
        let seconds: u64 = refused.header("retry-after").parse().expect("seconds");
        assert!((1..=60).contains(&seconds), "{seconds}");
        bureau.approver.get("/v1/plans").good(200);
        // An address without a good token is counted by itself, for all the tokens that it makes up.
        let made_up = (0..200).map(|number| {
            let bearer = format!("Bearer fenpei_{number:08}_x");
            site.ask("GET", "/v1/plans", &[("authorization", &bearer)], None).status
        });
        let statuses: Vec<u16> = made_up.collect();
        assert!(statuses.contains(&401) && statuses.contains(&429), "{statuses:?}");
        assert!(statuses.iter().all(|status| [401, 429].contains(status)), "{statuses:?}");
        bureau.auditor.get("/v1/plans").good(200);
        thread::sleep(Duration::from_secs(seconds));
        bureau.officer.get("/v1/plans").good(200);
    });
}

#[test]
fn who_waits_for_a_run_has_asked_once() {
    let limits = Limits { rate: NonZeroU32::new(10), ..unlimited() };
    on_own(&limits, |site| {
        let bureau = Bureau::new(site);
        // Pairs of some thousand people take long enough for many looks.
        let (plan, data) = heavy("slow", 3_000);
        let plan_id = published(&bureau.officer, &plan);
        let roster_id = roster(&bureau.officer, &plan_id, &data);
        let made = bureau.officer.post("/v1/runs", &json!({"roster_id": roster_id})).good(202);
        let run = bureau.officer.get(&format!("/v1/runs/{}?wait=30", text(&made, "id"))).good(200);
        assert_eq!(text(&run, "state"), "calculated");
    });
}
