//! What people get over all schools of a cycle, what they may get at most, and the plans that a cycle makes.

use serde_json::{Value, json};

use crate::cycles::{allocated, by_points, errors, made, of_school, pairs, request};
use crate::papers::{all_of, bring, id, published, roster, run, text};
use crate::site::{Bureau, Person, hire, new_key, on_both};

/// A plan by which a school pays duties and shares the rest by points.
fn with_duties(code: &str) -> Value {
    json!({
        "language": 1, "code": code, "title": "值班和奖励", "payee": "staff",
        "levels": [
            {"name": "school", "facts": [{"name": "quota", "type": "money"}]},
            {"name": "staff", "parent": "school", "facts": [
                {"name": "duty", "type": "money", "default": "0.00"}, {"name": "points", "type": "number"}
            ]}
        ],
        "steps": [
            {"do": "formula", "level": "staff", "name": "duties", "type": "money", "formula": "duty", "from": "school.quota",
             "pay": {"item": "值班", "category": "duty"}},
            {"do": "share", "level": "staff", "name": "merit", "from": "school.quota", "weight": "points",
             "pay": {"item": "奖励", "category": "merit"}}
        ]
    })
}

/// The request for the run of a school with these people: number, name, points, duty.
fn paid(school: &str, people: [(&str, &str, u8, &str); 2]) -> Value {
    let row = |(id, name, points, duty): (&str, &str, u8, &str)| json!({"id": id, "parent": school, "name": name, "facts": {"points": points, "duty": duty}});
    json!({"data": {"school": [{"id": school}], "staff": people.map(row)}})
}

/// What a list says of each person: number, total, released, the titles of the limits that are passed.
fn told(people: &[Value]) -> Vec<(String, String, String, Vec<String>)> {
    let own = |person: &Value| {
        let part = |key: &str| text(person, key).to_owned();
        (part("id"), part("total"), part("released"), all_of(&person["over"], "title"))
    };
    people.iter().map(own).collect()
}

fn wanted(people: &[(&str, &str, &str, &[&str])]) -> Vec<(String, String, String, Vec<String>)> {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    people
        .iter()
        .map(|(id, total, released, over)| ((*id).into(), (*total).into(), (*released).into(), owned(over)))
        .collect()
}

/// A cycle under way.
struct Way<'s, 'b> {
    bureau: &'b Bureau<'s>,
    cycle: String,
}

impl Way<'_, '_> {
    /// The run of a school, calculated.
    fn run(&self, school: &str, people: [(&str, &str, u8, &str); 2]) -> String {
        let run = made(&self.bureau.officer, &self.cycle, school, &paid(school, people));
        assert_eq!(run["state"], "calculated", "{run}");
        id(&run)
    }

    /// The people that somebody sees.
    fn people(&self, somebody: &Person<'_>, query: &str, limit: usize) -> Vec<Value> {
        somebody.all(&format!("/v1/cycles/{}/people{query}", self.cycle), limit)
    }
}

/// By hand. S1 has 900.00: 100.00 of duty for A1, the other 800.00 in halves: A1 500.00, X 400.00. S2 has 450.00: 50.00 of duty
/// for X, 400.00 in halves: X 250.00, B1 200.00. S3 has 1350.00, 1 to 2: B1 450.00, C1 900.00. Over all: A1 500.00 (merit
/// 400.00), X 650.00 (merit 600.00, which is not above 600.00), B1 650.00 and C1 900.00 of merit alone.
#[test]
fn people_are_summed_over_schools_and_held_to_the_limits() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let plan = published(&bureau.officer, &with_duties(&new_key()));
        let mut body = request(&allocated(&bureau), &plan);
        body["person_limits"] = json!([{"title": "合计", "at_most": "640"},
                                       {"title": "奖励", "at_most": "600.00", "categories": ["merit"]}]);
        let opened = bureau.officer.post("/v1/cycles", &body).good(201);
        let limits = json!([{"title": "合计", "at_most": "640.00"},
                            {"title": "奖励", "at_most": "600.00", "categories": ["merit"]}]);
        assert_eq!(opened["person_limits"], limits);
        let way = Way { bureau: &bureau, cycle: id(&opened) };
        assert_eq!(way.people(&bureau.officer, "", 5), Vec::<Value>::new());
        let first = way.run("S1", [("A1", "甲", 1, "100"), ("X", "丁", 1, "0")]);
        let second = way.run("S2", [("X", "丁", 1, "50"), ("B1", "乙", 1, "0")]);
        let third = way.run("S3", [("B1", "丙", 1, "0"), ("C1", "戊", 2, "0")]);
        the_bureau_sees_everybody(&way, [&first, &second]);
        an_accountant_sees_the_own_schools(&way);
        approvals_hold_the_limits(&way, [&first, &second, &third]);
    });
}

fn the_bureau_sees_everybody(way: &Way<'_, '_>, [first, second]: [&str; 2]) {
    let (none, total, both): (&[&str], &[&str], &[&str]) = (&[], &["合计"], &["合计", "奖励"]);
    let (a, b) = (("A1", "500.00", "0.00", none), ("B1", "650.00", "0.00", both));
    let (c, x) = (("C1", "900.00", "0.00", both), ("X", "650.00", "0.00", total));
    for somebody in [&way.bureau.officer, &way.bureau.approver, &way.bureau.auditor] {
        for (query, people) in [
            ("", &[a, b, c, x][..]),
            ("?shared=true", &[b, x]),
            ("?over=true", &[b, c, x]),
            ("?over=true&shared=true", &[b, x]),
            ("?over=false&shared=false", &[a, b, c, x]),
        ] {
            for limit in [1, 2, 3, 500] {
                assert_eq!(told(&way.people(somebody, query, limit)), wanted(people), "{query} {limit}");
            }
        }
    }
    let people = way.people(&way.bureau.officer, "?shared=true", 500);
    assert_eq!((&people[0]["names_differ"], people[0].get("name")), (&json!(true), None));
    assert_eq!(all_of(&people[0]["schools"], "name"), ["乙", "丙"]);
    let over = json!([{"title": "合计", "at_most": "640.00", "sum": "650.00"}, {"title": "奖励", "at_most": "600.00", "sum": "650.00"}]);
    assert_eq!(people[0]["over"], over);
    let known = json!({
        "id": "X", "name": "丁", "names_differ": false, "total": "650.00", "released": "0.00", "pending": "650.00",
        "schools": [{"school_id": "S1", "run_id": first, "state": "calculated", "name": "丁", "total": "400.00"},
                    {"school_id": "S2", "run_id": second, "state": "calculated", "name": "丁", "total": "250.00"}],
        "over": [{"title": "合计", "at_most": "640.00", "sum": "650.00"}]
    });
    assert_eq!(people[1], known);
    let path = format!("/v1/cycles/{}/people", way.cycle);
    way.bureau.officer.get(&format!("{path}?shared=yes")).problem(400, "bad_parameter");
    let page = way.bureau.officer.get(&format!("{path}?limit=1")).good(200);
    let elsewhere = format!("{path}?over=true&cursor={}", text(&page, "next_cursor"));
    way.bureau.officer.get(&elsewhere).problem(400, "bad_cursor");
}

fn an_accountant_sees_the_own_schools(way: &Way<'_, '_>) {
    let first = &way.bureau.accountant;
    let a = ("A1", "500.00", "0.00", &[][..]);
    let x = ("X", "400.00", "0.00", &["合计"][..]);
    assert_eq!(told(&way.people(first, "", 1)), wanted(&[a, x]));
    assert_eq!(told(&way.people(first, "?over=true", 1)), wanted(&[x]));
    assert_eq!(told(&way.people(first, "?shared=true", 1)), wanted(&[]));
    let seen = way.people(first, "?over=true", 1);
    assert_eq!(all_of(&seen[0]["schools"], "school_id"), ["S1"]);
    assert_eq!(seen[0]["over"], json!([{"title": "合计", "at_most": "640.00"}]));
    let both = hire(&way.bureau.operator, "accountant", "both", &["S2", "S3"]);
    let b = ("B1", "650.00", "0.00", &["合计", "奖励"][..]);
    assert_eq!(told(&way.people(&both, "?shared=true", 1)), wanted(&[b]));
    assert_eq!(
        told(&way.people(&both, "", 2)).iter().map(|person| person.0.as_str()).collect::<Vec<_>>(),
        ["B1", "C1", "X"]
    );
    let stranger = hire(&way.bureau.operator, "accountant", "stranger", &["S9"]);
    stranger.get(&format!("/v1/cycles/{}/people", way.cycle)).problem(404, "not_found");
}

fn approvals_hold_the_limits(way: &Way<'_, '_>, [first, second, third]: [&str; 3]) {
    let Bureau { officer, approver, .. } = way.bureau;
    let refused = |run: &str| {
        officer.act(&format!("/v1/runs/{run}/submit")).good(200);
        let refused = approver.act(&format!("/v1/runs/{run}/approve")).problem(409, "over_limit");
        approver.post(&format!("/v1/runs/{run}/withdraw"), &json!({"reason": "超过限额"})).good(200);
        refused
    };
    bring(way.bureau, first, "approved");
    // X has 400.00 in S1 already; what S3 has not had approved does not count for B1.
    let over = refused(second);
    assert_eq!((&over["total"], all_of(&over["errors"], "row")), (&json!(1), vec!["X".to_owned()]));
    let message = text(&over["errors"][0], "message");
    assert!(["X", "650.00", "合计", "640.00"].iter().all(|part| message.contains(part)), "{message}");
    // 450.00, 1 to 2: X has 150.00, so 550.00 in all.
    let again = way.run("S2", [("X", "丁", 1, "0"), ("B1", "乙", 2, "0")]);
    bring(way.bureau, &again, "released");
    // B1 would have 300.00 and 450.00, C1 900.00, in both limits.
    let over = refused(third);
    assert_eq!(all_of(&over["errors"], "row"), ["B1", "C1", "B1", "C1"]);
    // What was withdrawn pays nobody.
    let (a, b) = (("A1", "500.00", "0.00", &[][..]), ("B1", "300.00", "300.00", &[][..]));
    let people = way.people(officer, "", 2);
    assert_eq!(told(&people), wanted(&[a, b, ("X", "550.00", "150.00", &[])]));
    assert_eq!((&people[2]["pending"], &people[1]["names_differ"]), (&json!("400.00"), &json!(false)));
    // Exactly the limit is not above it: 640.00 for C1, of which 600.00 are merit, and 710.00 for somebody else are.
    let last = way.run("S3", [("C1", "戊", 60, "40"), ("D1", "己", 71, "0")]);
    let over = refused(&last);
    assert_eq!(all_of(&over["errors"], "row"), ["D1", "D1"]);
}

#[test]
fn limits_of_people_that_cannot_hold_are_refused_all_at_once() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let officer = &bureau.officer;
        let plan = published(officer, &with_duties(&new_key()));
        let mut body = request(&allocated(&bureau), &plan);
        body["person_limits"] = json!([
            {"title": "一", "at_most": "1.00"}, {"title": "一", "at_most": "-0.01"}, {"title": "", "at_most": "1.001"},
            {"title": "四", "at_most": 1.5}, {"title": "五"}, {"title": "六", "at_most": "100000000000000000.00"},
            {"title": "七", "at_most": "1", "categories": []}
        ]);
        let refused = officer.post("/v1/cycles", &body).problem(400, "bad_request_body");
        let found = [
            ("missing_key", "/person_limits/4/at_most"),
            ("duplicate_key", "/person_limits/1/title"),
            ("bad_value", "/person_limits/1/at_most"),
            ("bad_value", "/person_limits/2/title"),
            ("bad_value", "/person_limits/2/at_most"),
            ("float_refused", "/person_limits/3/at_most"),
            ("bad_value", "/person_limits/5/at_most"),
            ("bad_value", "/person_limits/6/categories"),
        ];
        let (mut told, mut wanted) = (errors(&refused), pairs(&found));
        told.sort();
        wanted.sort();
        assert_eq!(told, wanted);
        body["person_limits"] =
            json!((0..11).map(|place| json!({"title": place.to_string(), "at_most": "1"})).collect::<Vec<_>>());
        let refused = officer.post("/v1/cycles", &body).problem(400, "bad_request_body");
        assert_eq!(errors(&refused), pairs(&[("bad_value", "/person_limits")]));
        body["person_limits"] = json!([{"title": "一", "at_most": "0", "categories": ["merit", "merits"]}]);
        let refused = officer.post("/v1/cycles", &body).problem(422, "cycle_refused");
        assert_eq!(errors(&refused), pairs(&[("unknown_category", "/person_limits/0/categories/1")]));
    });
}

#[test]
fn a_school_is_not_made_to_distribute_less_than_nothing() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let officer = &bureau.officer;
        let mut plan = json!({
            "language": 1, "code": new_key(), "title": "核拨办法",
            "levels": [{"name": "bureau", "facts": [{"name": "pool", "type": "money"}]},
                       {"name": "school", "parent": "bureau", "facts": [{"name": "heads", "type": "number"}]}],
            "steps": [{"do": "formula", "level": "school", "name": "quota", "type": "money", "formula": "heads * 10", "from": "bureau.pool"}]
        });
        let school = |id: &str, heads: i8| json!({"id": id, "parent": "B", "facts": {"heads": heads}});
        let data = json!({"bureau": [{"id": "B", "facts": {"pool": "100.00"}}],
                          "school": [school("S1", 1), school("S2", -2), school("S3", 0)]});
        let allocation = id(&run(officer, &roster(officer, &published(officer, &plan), &data)));
        bring(&bureau, &allocation, "approved");
        plan = by_points(&new_key());
        let refused = officer.post("/v1/cycles", &request(&allocation, &published(officer, &plan)));
        let refused = refused.problem(422, "cycle_refused");
        assert_eq!(errors(&refused), pairs(&[("negative_quota", "/allocation_run_id")]));
        assert_eq!(refused["errors"][0]["row"], "S2");
        assert!(text(&refused["errors"][0], "message").contains("-20.00"), "{refused}");
    });
}

#[test]
fn plans_of_a_cycle_stay_with_it() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let officer = &bureau.officer;
        let plan = published(officer, &by_points("stays"));
        let mut body = request(&allocated(&bureau), &plan);
        body["requirements"] = json!([{"do": "check", "level": "school", "name": "known", "assert": "quota >= 0"}]);
        let with = id(&officer.post("/v1/cycles", &body).good(201));
        let without = id(&officer.post("/v1/cycles", &request(&allocated(&bureau), &plan)).good(201));
        let schools = officer.all(&format!("/v1/cycles/{with}/schools"), 5);
        let derived = text(&schools[0], "checked_plan_id").to_owned();
        assert_ne!(derived, plan);
        let listed = |query: &str| all_of(&json!(officer.all(&format!("/v1/plans{query}"), 1)), "id");
        assert!(listed("").contains(&plan) && !listed("").contains(&derived));
        assert!(listed("?derived=true").contains(&plan) && listed("?derived=true").contains(&derived));
        let path = format!("/v1/plans/{derived}");
        officer.act_on(&format!("{path}/archive"), "\"1\"", Some(&json!({"version": 1}))).problem(409, "derived_plan");
        let draft = json!({"plan": by_points(text(&officer.get(&path).good(200), "code"))});
        officer.put(&format!("{path}/draft"), "\"1\"", &draft).problem(409, "derived_plan");
        let archived = officer.act_on(&format!("/v1/plans/{plan}/archive"), "\"2\"", Some(&json!({"version": 1})));
        assert_eq!(archived.good(200)["newest_state"], "archived");
        // What was opened goes on, from rows and from rosters, and nothing else is begun.
        for cycle in [&with, &without] {
            let run = made(officer, cycle, "S1", &json!({"data": of_school("S1", ["1", "1"])}));
            bring(&bureau, &id(&run), "released");
            let mut data = of_school("S2", ["1", "1"]);
            data["school"][0]["facts"] = json!({"quota": "450.00"});
            let roster = roster(officer, &plan, &data);
            let run = made(officer, cycle, "S2", &json!({"roster_id": roster}));
            assert_eq!(run["state"], "calculated");
        }
        let late = officer.post("/v1/cycles", &request(&allocated(&bureau), &plan)).problem(409, "not_in_state");
        assert_eq!(late["state"], "archived");
        let apart = published(officer, &by_points("apart"));
        officer.act_on(&format!("/v1/plans/{apart}/archive"), "\"2\"", Some(&json!({"version": 1}))).good(200);
        let refused = officer.post("/v1/rosters", &crate::papers::roster_of(&apart, &of_school("S1", ["1", "1"])));
        refused.problem(409, "not_in_state");
    });
}
