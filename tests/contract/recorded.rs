//! The examples of the operations on record: a whole job done on a live server, every request and answer of which is
//! compared with what the document shows. What differs each time (ids, times, secrets) is first replaced.
//!
//! `UPDATE_OPENAPI=1 cargo test --test contract recorded` writes them anew; the documents are then to be written as well.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::Command;

use fenpei::rest::Limits;
use serde_json::{Map, Value, json};

use crate::document;
use crate::receiver::Receiver;
use crate::schema::{misfits, operations};
use crate::server::{Answer, ask_at, start_with};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/rest/examples/record.json");

/// A job under way: who acts, and what was asked and answered.
struct Job {
    server: SocketAddr,
    tokens: BTreeMap<&'static str, String>,
    recorded: Map<String, Value>,
    /// How many requests were sent.
    asked: usize,
    /// What takes the place of what differs each time.
    places: Vec<(String, String)>,
}

impl Job {
    fn new() -> Job {
        let (server, database, tokens) = start_with(Limits { rate: None, private_webhooks: true, ..Limits::default() });
        let mut tokens: BTreeMap<&'static str, String> = tokens.into_iter().collect();
        for role in ["operator", "auditor", "payroll"] {
            let made = Command::new(env!("CARGO_BIN_EXE_fenpei"))
                .args(["token", "create", "--role", role, "--subject", role, "--database", &database])
                .output()
                .expect("it runs");
            let text = String::from_utf8(made.stdout).expect("text");
            tokens.insert(role, text.lines().next().expect("a token").to_owned());
        }
        Job { server, tokens, recorded: Map::new(), asked: 0, places: Vec::new() }
    }

    /// Does an operation, and notes what was asked and answered.
    fn does(&mut self, operation: &str, role: &str, parameters: &[(&str, &str)], body: Option<Value>) -> Answer {
        let document = document();
        let (path, method, known) = operations(document)
            .into_iter()
            .find(|(_, _, known)| known["operationId"] == operation)
            .unwrap_or_else(|| panic!("no operation {operation}"));
        let (mut path, mut query, mut headers) = (path.to_owned(), Vec::new(), Vec::new());
        let bearer = format!("Bearer {}", self.tokens[role]);
        headers.push(("authorization", bearer.as_str()));
        let key = format!("example-{operation}-{}", self.asked);
        self.asked += 1;
        let wants_key = known["parameters"].as_array().unwrap().iter().any(|it| it["name"] == "Idempotency-Key");
        if wants_key {
            headers.push(("idempotency-key", &key));
        }
        for (name, value) in parameters {
            let parameter = known["parameters"].as_array().unwrap().iter().find(|known| known["name"] == *name);
            match parameter.unwrap_or_else(|| panic!("{operation} has no {name}"))["in"].as_str().unwrap() {
                "path" => path = path.replace(&format!("{{{name}}}"), value),
                "query" => query.push(format!("{name}={value}")),
                _ => headers.push(("if-match", value)),
            }
        }
        if !query.is_empty() {
            path = format!("{path}?{}", query.join("&"));
        }
        let is_form = !known["requestBody"]["content"]["multipart/form-data"].is_null();
        if is_form {
            headers.push(("content-type", "multipart/form-data; boundary=between-the-parts"));
        }
        let bytes = body.as_ref().map(|body| if is_form { form(body) } else { body.to_string() }.into_bytes());
        let answer = ask_at(self.server, &method.to_uppercase(), &path, &headers, bytes.as_deref());
        let text = String::from_utf8_lossy(&answer.bytes).into_owned();
        assert!(answer.status < 300, "{operation}: {} {text}", answer.status);
        assert!(!known["responses"][answer.status.to_string()].is_null(), "{operation}: {} is declared", answer.status);
        let (kind, media) = crate::rules::media(known);
        assert!(answer.header("content-type").starts_with(kind), "{operation}: {}", answer.header("content-type"));
        let shown = match kind {
            "application/json" => answer.json(),
            // Of the bytes of a workbook an example shows how they begin.
            crate::rules::WORKBOOK => json!(text[..4]),
            _ => Value::String(text),
        };
        let misfits = misfits(document, &media["schema"], &shown);
        assert!(misfits.is_empty(), "{operation}: {misfits:#?}");
        let mut entry = Map::new();
        let parameters: Map<String, Value> =
            parameters.iter().map(|(name, value)| ((*name).to_owned(), example_of(value))).collect();
        entry.insert("parameters".to_owned(), Value::Object(parameters));
        entry.extend(body.map(|body| ("request".to_owned(), body)));
        entry.insert("response".to_owned(), shown);
        self.recorded.entry(operation.to_owned()).or_insert(Value::Object(entry));
        answer
    }

    /// The id of what was made, which another takes the place of in the examples.
    fn id(&mut self, answer: &Answer) -> String {
        self.known(&answer.json()["id"])
    }

    /// The same of an id that an answer names.
    fn known(&mut self, id: &Value) -> String {
        let id = id.as_str().expect("an id").to_owned();
        let place = format!("01a20340-0000-7000-8000-{:012}", self.places.len() + 1);
        self.places.push((id.clone(), place));
        id
    }

    /// What was recorded, with the same values each time.
    fn masked(&self) -> Value {
        let mut recorded = Value::Object(self.recorded.clone());
        masked("", &mut recorded, &self.places);
        recorded
    }
}

/// A form with these parts; a list is of files.
fn form(parts: &Value) -> String {
    let mut form = String::new();
    let mut part = |name: &str, file: &str, content: &str| {
        form += &format!(
            "--between-the-parts\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{content}\r\n"
        );
    };
    for (name, value) in parts.as_object().unwrap() {
        match value {
            Value::Array(files) => {
                for (place, file) in files.iter().enumerate() {
                    part(name, &format!("; filename=\"{place}.csv\""), file.as_str().unwrap());
                }
            }
            Value::String(text) => part(name, "", text),
            other => part(name, "", &other.to_string()),
        }
    }
    form + "--between-the-parts--\r\n"
}

/// A parameter as an example shows it: whole numbers as numbers, flags as flags.
fn example_of(value: &str) -> Value {
    let flag = value.parse::<bool>().map_or_else(|_| json!(value), |flag| json!(flag));
    value.parse::<u32>().map_or(flag, |number| json!(number))
}

/// Replaces what differs each time.
fn masked(key: &str, value: &mut Value, places: &[(String, String)]) {
    match value {
        Value::Object(entries) => entries.iter_mut().for_each(|(key, value)| masked(key, value, places)),
        Value::Array(items) => items.iter_mut().for_each(|item| masked(key, item, places)),
        Value::String(text) => {
            if let Some((_, place)) = places.iter().find(|(id, _)| id == text) {
                place.clone_into(text);
            }
            let fixed = match key {
                "at" | "created_at" | "published_at" | "archived_at" | "closed_at" | "revoked_at" | "changed_at"
                | "decided_at" | "timestamp" | "ended_at" | "next_attempt_at" => "2026-09-01T08:00:00.000Z",
                "expires_at" => "2027-09-01T08:00:00.000Z",
                "next_cursor" | "cursor" => "WyIyMDI2Il0",
                "token" => "fenpei_4k7m2pqt_Zm9yIGFuIGV4YW1wbGUgb25seSwgbm90IGEgdG9rZW4",
                "secret" => "whsec_Zm9yIGFuIGV4YW1wbGUgb25seSwgbm90IGEgc2VjcmV0",
                "url" => "https://payroll.example.org/hooks",
                "public_path" => "/notices/Zm9yIGFuIGV4YW1wbGUgb25seSE_0000",
                "prefix" => "fenpei_4k7m2pqt",
                "request_id" => "52b61e88ba5260fc",
                "bureau_id" => "01a20340-0000-7000-8000-0000000000b0",
                "token_id" => "01a20340-0000-7000-8000-0000000000c0",
                "previous_sha256" | "entry_sha256" | "kept" | "calculated" => {
                    "3b42ce4af15692d88be0e595f4ccccc8e51f8d32e9f81f5e24292c5e8b538d3f"
                }
                "id" | "object_id" | "delivery_id"
                    if !places.iter().any(|(_, place)| place == text) && text.len() == 36 =>
                {
                    "01a20340-0000-7000-8000-0000000000d0"
                }
                _ => return,
            };
            fixed.clone_into(text);
        }
        Value::Number(number) if key == "milliseconds" => *number = 42.into(),
        _ => {}
    }
}

/// A plan is made, published and archived; gives its id.
fn plan(job: &mut Job, document: &Value) -> String {
    let draft = json!({"plan": document});
    let made = job.does("createPlan", "officer", &[], Some(draft.clone()));
    let plan = job.id(&made);
    job.does("putPlanDraft", "officer", &[("plan_id", &plan), ("If-Match", "\"1\"")], Some(draft));
    job.does("publishPlan", "officer", &[("plan_id", &plan), ("If-Match", "\"2\"")], None);
    job.does("getPlan", "officer", &[("plan_id", &plan)], None);
    job.does("listPlans", "officer", &[("limit", "1")], None);
    job.does("listPlanVersions", "officer", &[("plan_id", &plan), ("limit", "1")], None);
    job.does("getPlanVersion", "officer", &[("plan_id", &plan), ("version", "1")], None);
    plan
}

/// A roster is made and revised; gives the id of the revision.
fn roster(job: &mut Job, plan: &str, data: &Value) -> String {
    let title = "2026 年度";
    let body = json!({"plan_id": plan, "version": 1, "title": title, "data": data});
    let made = job.does("createRoster", "officer", &[], Some(body));
    let first = job.id(&made);
    let mut row = data["staff"][0].clone();
    row["name"] = json!("林知远");
    let revision = json!({"set": {"staff": [row]}, "remove": {}});
    let made = job.does("reviseRoster", "officer", &[("roster_id", &first)], Some(revision));
    let roster = job.id(&made);
    job.does("getRoster", "officer", &[("roster_id", &roster)], None);
    job.does("listRosters", "officer", &[("plan_id", plan), ("limit", "1")], None);
    job.does("listRosterRows", "officer", &[("roster_id", &roster), ("level", "staff"), ("limit", "2")], None);
    let template = [("plan_id", plan), ("version", "1"), ("prefill", roster.as_str())];
    job.does("getRosterTemplate", "officer", &template, None);
    job.does("getRosterWorkbook", "officer", &[("roster_id", &roster)], None);
    let files = [
        "教育局编号,教育局名称,总量（元）\n610102,示例区教育局,\"10,000.01\"\n",
        "学校编号,学校名称,教育局,rating\nS01,东街小学,610102,92.5\nS02,西街中学,610102,88\n",
        "工号,姓名,学校,score,class_size,misconduct\nT001,教师甲,S01,91,46,\nT002,教师乙,S01,91,,\nT003,教师丙,S02,85.5,,否\nT004,教师丁,西街中学,90,,是\n",
    ];
    let import = json!({"plan_id": plan, "version": 1, "title": title, "files": files});
    job.does("annotateRosterImport", "officer", &[], Some(import.clone()));
    let imported = job.does("importRoster", "officer", &[("dry_run", "false")], Some(import)).json();
    // The same data have the same fingerprint, however they are written.
    let first = job.recorded["createRoster"]["response"]["data_sha256"].clone();
    assert_eq!((&imported["accepted"], &imported["roster"]["data_sha256"]), (&json!(true), &first));
    roster
}

/// A run is made, read, approved and released; another is withdrawn.
fn runs(job: &mut Job, plan: &str, roster: &str, data: &Value) {
    let made = job.does("createRun", "officer", &[], Some(json!({"roster_id": roster, "title": "2026 年度"})));
    let run = job.id(&made);
    let of = ("run_id", run.as_str());
    job.does("getRun", "officer", &[of, ("wait", "30")], None);
    let of_both = [("plan_id", plan), ("roster_id", roster), ("state", "calculated"), ("limit", "1")];
    job.does("listRuns", "officer", &of_both, None);
    job.does("listRunRows", "officer", &[of, ("level", "staff"), ("limit", "2")], None);
    let school = ("school", data["school"][0]["id"].as_str().unwrap());
    job.does("listRunPayees", "officer", &[of, school, ("limit", "2")], None);
    job.does("listRunFunds", "officer", &[of, school, ("limit", "2")], None);
    job.does("listRunChecks", "officer", &[of], None);
    job.does("listRunWarnings", "officer", &[of, ("limit", "2")], None);
    let why = [of, ("row_id", "T002"), ("level", "staff"), ("step", "merit"), ("depth", "1")];
    job.does("getRunExplanation", "officer", &why, None);
    job.does("getRunStatement", "officer", &[of, ("row_id", "T002"), ("depth", "1")], None);
    job.does("getRunWorkbook", "officer", &[of], None);
    let which = [of, ("school", "S02"), ("limit", "1")];
    job.does("listRunStatements", "officer", &which, None);
    job.does("getRunStatementsXlsx", "officer", &[of, ("school", "S02"), ("draft", "true")], None);
    let theirs = json!({"run_id": run, "csv": "工号,姓名,考核奖励\nT003,教师丙,2375.17\nT004,教师丁,2500.18\n", "partial": true});
    job.does("reconcileRun", "officer", &[("limit", "2")], Some(theirs));
    job.does("submitRun", "officer", &[of], None);
    notice(job, &run);
    job.does("approveRun", "approver", &[of], None);
    job.does("releaseRun", "approver", &[of], None);
    payroll(job, &run);
    job.does("getRunVerification", "auditor", &[of], None);
    let mut row = data["staff"][1].clone();
    row["facts"]["score"] = json!("95");
    let revision = json!({"set": {"staff": [row]}, "remove": {}});
    let made = job.does("reviseRoster", "officer", &[("roster_id", roster)], Some(revision));
    let revised = job.id(&made);
    let made = job.does("createRun", "officer", &[], Some(json!({"roster_id": revised})));
    let other = job.id(&made);
    job.does("getRun", "officer", &[("run_id", &other), ("wait", "30")], None);
    let both = [of, ("other_run_id", other.as_str()), ("limit", "2")];
    job.does("getRunComparison", "officer", &both, None);
    job.does(
        "withdrawRun",
        "officer",
        &[("run_id", &other)],
        Some(json!({"reason": "工作量数据有误，更正后重新核算"})),
    );
}

/// What notices need is set, and a submitted run is posted.
fn notice(job: &mut Job, run: &str) {
    let settings = json!({"mask": "middle", "telephone": "029-8765 4321", "contact": "区教育局人事科（文昌路 1 号 305 室）",
                          "working_days": 5});
    job.does("putNoticeSettings", "officer", &[], Some(settings.clone()));
    job.does("putNoticeSettings", "officer", &[("If-Match", "\"1\"")], Some(settings));
    job.does("getNoticeSettings", "accountant", &[], None);
    let day = |date: &str, kind: &str| json!({"date": date, "kind": kind});
    let days = [day("2025-10-01", "holiday"), day("2025-10-02", "holiday"), day("2025-10-11", "workday")];
    let calendar = json!({"source": "示例：请按国务院办公厅当年的通知逐日录入", "days": days});
    let year = ("year", "2025");
    job.does("putCalendar", "officer", &[year], Some(calendar.clone()));
    job.does("putCalendar", "officer", &[year, ("If-Match", "\"1\"")], Some(calendar));
    job.does("getCalendar", "officer", &[year], None);
    let of = ("run_id", run);
    // Monday to Friday.
    let dates = json!({"from": "2025-09-22", "to": "2025-09-26"});
    job.does("publishRunNotice", "officer", &[of], Some(dates));
    let which = [of, ("school", "S01"), ("draft", "false")];
    job.does("getRunNotice", "officer", &which, None);
    job.does("getRunNoticeXlsx", "officer", &which, None);
    objection(job, run);
}

/// An objection to a posted run is entered, and rejected by somebody else.
fn objection(job: &mut Job, run: &str) {
    let of = ("run_id", run);
    let body =
        json!({"objector": "教师乙", "text": "班主任月数少算一个月，附聘书。", "payee_id": "T002", "school_id": "S01"});
    let made = job.does("createObjection", "officer", &[of], Some(body));
    let objection = job.id(&made);
    job.does("listObjections", "auditor", &[of, ("state", "open"), ("limit", "1")], None);
    let which = [of, ("objection_id", objection.as_str())];
    let decision = json!({"decision": "rejected", "reason": "聘书自下一学期起，本期不计。"});
    job.does("decideObjection", "approver", &which, Some(decision));
    job.does("getObjection", "officer", &which, None);
}

/// A profile is written, and the files of a released run are handed over.
fn payroll(job: &mut Job, run: &str) {
    let column = |heading: &str, content: &str| json!({"heading": heading, "content": content});
    let columns = [column("工号", "id"), column("姓名", "name"), column("项目", "item"), column("金额", "amount")];
    let body = json!({"title": "考核奖励发放表", "items": ["考核奖励"], "columns": columns});
    let name = ("name", "merit");
    job.does("putPayrollProfile", "officer", &[name], Some(body.clone()));
    job.does("putPayrollProfile", "officer", &[name, ("If-Match", "\"1\"")], Some(body.clone()));
    job.does("getPayrollProfile", "payroll", &[name], None);
    job.does("listPayrollProfiles", "officer", &[("limit", "1")], None);
    let which = [("run_id", run), ("profile", "merit"), ("draft", "false")];
    for file in ["getRunPayrollCsv", "getRunPayrollXlsx", "getRunPayrollNdjson"] {
        job.does(file, "payroll", &which, None);
    }
    job.does("deletePayrollProfile", "officer", &[name, ("If-Match", "\"2\"")], None);
}

/// A roster is simulated; on another, whose plan has a constant, a goal is sought.
fn suppositions(job: &mut Job, roster: &str) {
    let pool = |formula: &str| json!([{"level": "bureau", "fact": "pool", "formula": formula}]);
    let body = json!({"roster_id": roster, "variants": [
        {"name": "总量增加一成，超过 55 人的班主任津贴 800 元", "facts": pool("pool × 1.1"),
         "tables": [{"table": "class_rate", "row": 2, "value": "800"}]},
        {"name": "总量只有 100 元", "facts": pool("100")},
    ]});
    job.does("simulate", "officer", &[], Some(body));
    let draft = json!({"plan": {
        "language": 1, "code": "lessons-2026", "title": "超课时津贴办法", "payee": "staff",
        "constants": [{"name": "rate", "value": "20.00", "label": "每课时单价"}],
        "levels": [
            {"name": "school", "facts": [{"name": "fund", "type": "money"}]},
            {"name": "staff", "parent": "school", "facts": [{"name": "lessons", "type": "number"}]}],
        "steps": [{"do": "formula", "level": "staff", "name": "extra", "type": "money", "formula": "rate × lessons",
                   "from": "school.fund", "pay": {"item": "超课时津贴"}}]
    }});
    let made = job.does("createPlan", "officer", &[], Some(draft));
    let plan = job.id(&made);
    job.does("publishPlan", "officer", &[("plan_id", &plan), ("If-Match", "\"1\"")], None);
    let data = json!({
        "school": [{"id": "S01", "name": "东街小学", "facts": {"fund": "50000.00"}},
                   {"id": "S02", "name": "西街中学", "facts": {"fund": "62000.00"}}],
        "staff": [{"id": "T001", "parent": "S01", "facts": {"lessons": "1210.5"}},
                  {"id": "T003", "parent": "S02", "facts": {"lessons": 1660}}]
    });
    let body = json!({"plan_id": plan, "version": 1, "data": data});
    let made = job.does("createRoster", "officer", &[], Some(body));
    let roster = job.id(&made);
    let body = json!({"roster_id": roster, "constant": "rate", "from": "0", "to": "1000", "step": "0.01",
                      "fund": "school.fund", "keep": "500.00"});
    let found = job.does("seekGoal", "officer", &[], Some(body)).json();
    // By hand: S02 keeps 500.00 of 62,000.00 up to 61,500 ÷ 1,660 = 37.04…, S01 up to 49,500 ÷ 1,210.5 = 40.89….
    assert_eq!(found["value"], "37.04");
    assert_eq!((&found["next"], &found["binding"]["row"]), (&json!("37.05"), &json!("S02")));
}

/// Events are read; an endpoint is made, a plan is published, and it is told.
fn events(job: &mut Job, plan: &str) {
    let which = [("after", ""), ("types", "run.released"), ("limit", "1"), ("wait", "0")];
    job.does("listEvents", "payroll", &which, None);
    let receiver = Receiver::good();
    let body = json!({"url": receiver.url(), "title": "工资系统", "types": ["plan.archived", "run.released"]});
    let made = job.does("createWebhookEndpoint", "operator", &[], Some(body.clone()));
    let endpoint = job.id(&made);
    let of = ("endpoint_id", endpoint.as_str());
    job.does("getWebhookEndpoint", "operator", &[of], None);
    job.does("listWebhookEndpoints", "operator", &[("limit", "1")], None);
    job.does("putWebhookEndpoint", "operator", &[of, ("If-Match", "\"1\"")], Some(body));
    job.does("rotateWebhookSecret", "operator", &[of], None);
    job.does("archivePlan", "officer", &[("plan_id", plan), ("If-Match", "\"3\"")], Some(json!({"version": 1})));
    let got = receiver.when(|got| !got.is_empty()).swap_remove(0);
    let webhook = &document()["webhooks"]["event"]["post"];
    let schema = &webhook["requestBody"]["content"]["application/json"]["schema"];
    assert_eq!(misfits(document(), schema, &got.event()), Vec::<String>::new());
    for parameter in webhook["parameters"].as_array().unwrap() {
        assert!(!got.header(parameter["name"].as_str().unwrap()).is_empty(), "{parameter}");
    }
    let event = got.header("webhook-id").to_owned();
    // The answer has come; it is noted a moment later.
    let list = [of, ("state", "delivered"), ("limit", "1")];
    let path = format!("/v1/webhook-endpoints/{endpoint}/deliveries?state=delivered");
    let bearer = format!("Bearer {}", job.tokens["operator"]);
    let noted = || ask_at(job.server, "GET", &path, &[("authorization", &bearer)], None).json();
    for _ in 0..500 {
        if noted()["items"] != json!([]) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    job.does("listWebhookDeliveries", "operator", &list, None);
    job.does("redeliverWebhook", "operator", &[of, ("delivery_id", &event)], None);
    job.does("deleteWebhookEndpoint", "operator", &[of, ("If-Match", "\"3\"")], None);
}

/// A run is calculated, approved and released.
fn released(job: &mut Job, run: &str) {
    let of = ("run_id", run);
    job.does("getRun", "officer", &[of, ("wait", "30")], None);
    job.does("submitRun", "officer", &[of], None);
    job.does("approveRun", "approver", &[of], None);
    job.does("releaseRun", "approver", &[of], None);
}

/// A score of a released run is corrected.
fn adjustment(job: &mut Job, run: &str, roster: &str) {
    let staff = json!({"id": "S01-乙", "parent": "S01", "name": "乙", "facts": {"points": "92.5"}});
    let revision = json!({"set": {"staff": [staff]}, "remove": {}});
    let made = job.does("reviseRoster", "officer", &[("roster_id", roster)], Some(revision));
    let revised = job.id(&made);
    let body = json!({"mode": "reopen", "roster_id": revised, "reason_code": "score", "reason": "乙的考核分误录为 88，更正为 92.5",
                      "title": "2026 年三季度更正"});
    let of = ("run_id", run);
    let made = job.does("createAdjustment", "officer", &[of], Some(body));
    let adjustment = job.id(&made);
    released(job, &adjustment);
    job.does("listAdjustments", "officer", &[of, ("limit", "1")], None);
    job.does("listDifferences", "officer", &[("run_id", &adjustment), ("school", "S01"), ("limit", "2")], None);
}

/// A bureau allocates to two schools, which distribute; the cycle is proved and closed.
fn cycle(job: &mut Job) {
    let [allocation, distribution, data]: [Value; 3] =
        serde_json::from_str(include_str!("cycle.json")).expect("two plans and the data of the first");
    let [allocation, distribution] = [allocation, distribution].map(|document| {
        let made = job.does("createPlan", "officer", &[], Some(json!({"plan": document})));
        let plan = job.id(&made);
        job.does("publishPlan", "officer", &[("plan_id", &plan), ("If-Match", "\"1\"")], None);
        plan
    });
    let body = json!({"plan_id": allocation, "version": 1, "data": data});
    let made = job.does("createRoster", "officer", &[], Some(body));
    let roster = job.id(&made);
    let made = job.does("createRun", "officer", &[], Some(json!({"roster_id": roster})));
    let run = job.id(&made);
    released(job, &run);
    let requirement = json!({"do": "check", "level": "school", "name": "merit_share", "label": "奖励不少于七成",
                             "assert": "sum(staff.merit) >= quota * 70%"});
    let own = json!({"school_id": "S02", "plan_id": distribution, "version": 1});
    let body = json!({"title": "2026 年三季度", "allocation_run_id": run, "step": "school.quota", "plan_id": distribution,
                      "version": 1, "schools": [own], "requirements": [requirement],
                      "person_limits": [{"title": "考核奖励", "at_most": "6000.00"}]});
    let made = job.does("openCycle", "officer", &[], Some(body));
    let cycle = job.id(&made);
    let of = ("cycle_id", cycle.as_str());
    let mut first = None;
    for (place, school) in ["S01", "S02"].into_iter().enumerate() {
        let staff = |name: &str, points: &str| json!({"id": format!("{school}-{name}"), "parent": school, "name": name, "facts": {"points": points}});
        let data = json!({"school": [{"id": school}], "staff": [staff("甲", "92.5"), staff("乙", "88")]});
        let made = job.does("createCycleRun", "officer", &[of, ("school_id", school)], Some(json!({"data": data})));
        let roster = job.known(&made.json()["roster_id"]);
        if place == 0 {
            job.known(&made.json()["plan_id"]);
        }
        let run = job.id(&made);
        released(job, &run);
        if place == 0 {
            job.does("listCycles", "officer", &[("limit", "1")], None);
            job.does("getCycle", "officer", &[of], None);
            job.does("listCycleSchools", "officer", &[of, ("limit", "1")], None);
            job.does("listCyclePeople", "officer", &[of, ("limit", "1")], None);
            job.does("getCycleProof", "auditor", &[of], None);
            first = Some((run, roster));
        }
    }
    let (run, roster) = first.expect("the run of the first school");
    adjustment(job, &run, &roster);
    job.does("closeCycle", "officer", &[of], None);
    carried_over(job, &run, &roster);
}

/// What is found when the books are closed is for the next period.
fn carried_over(job: &mut Job, run: &str, roster: &str) {
    let body =
        json!({"mode": "next_period", "roster_id": roster, "reason_code": "error", "reason": "乙的考核分 88 是对的"});
    let made = job.does("createAdjustment", "officer", &[("run_id", run)], Some(body));
    let adjustment = job.id(&made);
    released(job, &adjustment);
    job.does("listCarryOvers", "officer", &[("limit", "2")], None);
}

/// Tokens are made, listed and revoked; the trail is read.
fn access(job: &mut Job) {
    job.does("getWhoami", "officer", &[], None);
    let new = json!({"subject": "东仓门小学会计", "role": "accountant", "schools": ["2690101001"], "days": 365});
    let made = job.does("createToken", "operator", &[], Some(new));
    let token = job.id(&made);
    job.does("listTokens", "operator", &[("limit", "1")], None);
    job.does("revokeToken", "operator", &[("token_id", &token)], None);
    job.does("listAuditEntries", "auditor", &[("limit", "2")], None);
}

#[test]
fn every_recorded_example_is_what_a_server_takes_and_gives() {
    let mut job = Job::new();
    let calculation = include_str!("../../src/rest/examples/calculation.json");
    let calculation: Value = serde_json::from_str(calculation).unwrap();
    let plan = plan(&mut job, &calculation["plan"]);
    let roster = roster(&mut job, &plan, &calculation["data"]);
    runs(&mut job, &plan, &roster, &calculation["data"]);
    suppositions(&mut job, &roster);
    access(&mut job);
    events(&mut job, &plan);
    cycle(&mut job);
    let wanted: Vec<&str> = operations(document())
        .into_iter()
        .filter(|(_, _, operation)| crate::rules::wants_token(operation))
        .map(|(_, _, operation)| operation["operationId"].as_str().unwrap())
        .collect();
    let missing: Vec<&&str> = wanted.iter().filter(|id| !job.recorded.contains_key(**id)).collect();
    assert!(missing.is_empty() && !wanted.is_empty(), "not recorded: {missing:?}");
    let recorded = job.masked();
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        let text = serde_json::to_string_pretty(&recorded).unwrap();
        std::fs::write(FILE, format!("{text}\n")).expect("the examples are written");
    }
    let committed: Value = serde_json::from_str(&std::fs::read_to_string(FILE).unwrap()).unwrap();
    for (operation, example) in recorded.as_object().unwrap() {
        assert_eq!(example, &committed[operation], "{operation}");
        let (_, _, known) =
            operations(document()).into_iter().find(|(_, _, known)| known["operationId"] == *operation).unwrap();
        let shown = &crate::rules::media(known).1["example"];
        assert_eq!(shown, &example["response"], "{operation} in the document");
    }
}
