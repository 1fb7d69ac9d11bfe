//! The plans and data of the tests, with what they come to by hand, and the way of them through the service.

use serde_json::{Value, json};

use crate::site::{Bureau, Person};

/// A plan of a school with all that a balance can have: what is paid, withheld, left and unfunded; and a check and a
/// fact that are warned of.
pub fn plan(code: &str) -> Value {
    json!({
        "language": 1, "code": code, "title": "学校分配办法", "payee": "staff",
        "constants": [{"name": "head_rate", "value": "100"}],
        "levels": [
            {"name": "school", "facts": [
                {"name": "quota", "type": "money"}, {"name": "unused", "type": "number", "default": "0"}
            ]},
            {"name": "staff", "parent": "school", "facts": [
                {"name": "points", "type": "number", "min": "0"},
                {"name": "months", "type": "number", "default": "0"},
                {"name": "absent", "type": "flag", "default": false}
            ]}
        ],
        "steps": [
            {"do": "veto", "level": "staff", "name": "absence", "when": "absent", "forfeits": ["merit"],
             "then": "withhold", "to": "return_to_bureau"},
            {"do": "formula", "level": "staff", "name": "head", "type": "money", "formula": "head_rate * months",
             "from": "school.quota", "pay": {"item": "班主任津贴", "payroll_code": "A01"}},
            {"do": "share", "level": "staff", "name": "merit", "from": "school.quota", "amount": "left(quota) * 90%",
             "weight": "points", "pay": {"item": "考核奖励", "category": "merit"}},
            {"do": "formula", "level": "staff", "name": "meal", "type": "money", "formula": "10",
             "pay": {"item": "伙食补贴"}},
            {"do": "check", "level": "school", "name": "most", "assert": "sum(staff.merit) >= quota * 85%",
             "severity": "warning"}
        ]
    })
}

/// A row of the staff.
pub fn staff(id: &str, school: &str, facts: &Value) -> Value {
    json!({"id": id, "parent": school, "name": format!("姓名{id}"), "facts": facts})
}

/// Data of S1 alone. By hand: head T1 100.00; 90 % of the other 900.00 is 810.00, of which T1, T2 and T3 earn 270.00
/// each, T3's is withheld; 90.00 are left; everybody has 10.00 for meals from no fund. T1 380.00, T2 280.00, T3 10.00.
pub fn school_data() -> Value {
    json!({
        "school": [{"id": "S1", "name": "一小", "facts": {"quota": "1000.00"}}],
        "staff": [
            staff("T1", "S1", &json!({"points": "1", "months": "1"})),
            staff("T2", "S1", &json!({"points": 1})),
            staff("T3", "S1", &json!({"points": "1", "absent": true}))
        ]
    })
}

/// Data of S1 and S2. By hand, S2 has 450.00 for T4 and T5, 2 to 1: 300.00 and 150.00; with meals 310.00 and 160.00;
/// 50.00 are left.
pub fn data() -> Value {
    let mut data = school_data();
    let rows = |level: &Value| level.as_array().expect("rows").clone();
    let (mut schools, mut all) = (rows(&data["school"]), rows(&data["staff"]));
    schools.push(json!({"id": "S2", "name": "二小", "facts": {"quota": "500.00"}}));
    all.extend([staff("T4", "S2", &json!({"points": "2"})), staff("T5", "S2", &json!({"points": "1"}))]);
    data["school"] = json!(schools);
    data["staff"] = json!(all);
    data
}

/// The text at a key of an answer.
#[track_caller]
pub fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_else(|| panic!("no text {key} in {value}"))
}

/// The id of an answer.
#[track_caller]
pub fn id(value: &Value) -> String {
    text(value, "id").to_owned()
}

/// The texts at a key of a list of things.
#[track_caller]
pub fn all_of(list: &Value, key: &str) -> Vec<String> {
    list.as_array().expect("a list").iter().map(|item| text(item, key).to_owned()).collect()
}

/// Makes a plan and publishes it; its id.
pub fn published(officer: &Person<'_>, plan: &Value) -> String {
    let made = officer.post("/v1/plans", &json!({"plan": plan}));
    let id = id(&made.good(201));
    officer.act_on(&format!("/v1/plans/{id}/publish"), made.header("etag"), None).good(200);
    id
}

/// The body of a request for a roster.
pub fn roster_of(plan_id: &str, data: &Value) -> Value {
    json!({"plan_id": plan_id, "version": 1, "data": data})
}

/// Makes a roster of the first version of a plan; its id.
pub fn roster(somebody: &Person<'_>, plan_id: &str, data: &Value) -> String {
    id(&somebody.post("/v1/rosters", &roster_of(plan_id, data)).good(201))
}

/// Makes a run and waits until it is calculated or has failed.
pub fn run(somebody: &Person<'_>, roster_id: &str) -> Value {
    let id = id(&somebody.post("/v1/runs", &json!({"roster_id": roster_id})).good(202));
    somebody.get(&format!("/v1/runs/{id}?wait=30")).good(200)
}

/// A plan, a roster of both schools, and a calculated run of it: their ids.
pub fn begun(bureau: &Bureau<'_>, code: &str) -> (String, String, String) {
    let plan = published(&bureau.officer, &plan(code));
    let roster = roster(&bureau.officer, &plan, &data());
    let run = run(&bureau.officer, &roster);
    assert_eq!(run["state"], "calculated", "{run}");
    (plan, roster, id(&run))
}

/// Takes a calculated run through its life until it is in this state.
pub fn bring(bureau: &Bureau<'_>, run: &str, state: &str) {
    let steps = [
        ("submitted", &bureau.officer, "submit"),
        ("approved", &bureau.approver, "approve"),
        ("released", &bureau.approver, "release"),
    ];
    if state == "noticed" {
        crate::notices::ready(&bureau.officer);
        if bureau.officer.get(&format!("/v1/runs/{run}")).good(200)["state"] == "calculated" {
            bring(bureau, run, "submitted");
        }
        // Monday to Friday, and over.
        bureau.officer.post(&format!("/v1/runs/{run}/notice"), &json!({"from": "2020-06-01"})).good(200);
    } else if state == "withdrawn" {
        bureau.officer.post(&format!("/v1/runs/{run}/withdraw"), &json!({"reason": "有误"})).good(200);
    } else if state != "calculated" {
        for (reached, somebody, action) in steps {
            somebody.act(&format!("/v1/runs/{run}/{action}")).good(200);
            if reached == state {
                break;
            }
        }
    }
}

/// A plan that looks at all pairs of its staff, and so many of them.
pub fn heavy(code: &str, many: usize) -> (Value, Value) {
    let plan = json!({
        "language": 1, "code": code, "title": "慢", "payee": "staff",
        "levels": [
            {"name": "school"}, {"name": "staff", "parent": "school", "facts": [{"name": "w", "type": "number"}]}
        ],
        "steps": [
            {"do": "formula", "level": "staff", "name": "above", "formula": "count(staff, staff.w > w)"},
            {"do": "formula", "level": "staff", "name": "paid", "type": "money", "formula": "above",
             "pay": {"item": "x"}}
        ]
    });
    let rows: Vec<Value> = (0..many).map(|number| staff(&number.to_string(), "S1", &json!({"w": number}))).collect();
    (plan, json!({"school": [{"id": "S1"}], "staff": rows}))
}
