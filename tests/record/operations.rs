//! Every operation that wants a token: who may do it, as the design has it, and a request for it that is good.

use serde_json::{Value, json};

use crate::adjustments;
use crate::cycles;
use crate::forms::{Form, school_tables};
use crate::notices::{calendar, ready, settings};
use crate::objections;
use crate::papers::{bring, id, plan, published, roster, roster_of, run, school_data};
use crate::site::{Answer, Bureau, Person, hire, new_key};

/// An operation: its id, its method and path, and the status that each role gets: officer, approver, accountant of the
/// school, payroll, auditor, operator.
pub type Operation = (&'static str, &'static str, [u16; 6]);

/// What the office sees.
const OFFICE: [u16; 6] = [200, 200, 200, 404, 200, 404];
/// What payroll sees too.
const PAY: [u16; 6] = [200, 200, 200, 200, 200, 404];

/// What a token may not see answers 404; what it may see but not do, 403.
#[rustfmt::skip]
pub const OPERATIONS: [Operation; 83] = [
    ("getWhoami", "GET /v1/whoami", [200; 6]),
    ("listTokens", "GET /v1/tokens", [404, 404, 404, 404, 200, 200]),
    ("createToken", "POST /v1/tokens", [404, 404, 404, 404, 403, 201]),
    ("revokeToken", "DELETE /v1/tokens/{token}", [404, 404, 404, 404, 403, 200]),
    ("listAuditEntries", "GET /v1/audit-entries", [404, 404, 404, 404, 200, 404]),
    ("listPlans", "GET /v1/plans", OFFICE),
    ("createPlan", "POST /v1/plans", [201, 403, 403, 404, 403, 404]),
    ("getPlan", "GET /v1/plans/{plan}", OFFICE),
    ("putPlanDraft", "PUT /v1/plans/{draft}/draft", [200, 403, 403, 404, 403, 404]),
    ("listPlanVersions", "GET /v1/plans/{plan}/versions", OFFICE),
    ("getPlanVersion", "GET /v1/plans/{plan}/versions/1", OFFICE),
    ("getRosterTemplate", "GET /v1/plans/{plan}/versions/1/roster-template.xlsx", OFFICE),
    ("publishPlan", "POST /v1/plans/{draft}/publish", [200, 403, 403, 404, 403, 404]),
    ("archivePlan", "POST /v1/plans/{published}/archive", [200, 403, 403, 404, 403, 404]),
    ("listRosters", "GET /v1/rosters", OFFICE),
    ("createRoster", "POST /v1/rosters", [201, 403, 201, 404, 403, 404]),
    ("importRoster", "POST /v1/roster-imports", [200, 403, 200, 404, 403, 404]),
    ("annotateRosterImport", "POST /v1/roster-imports/annotated.xlsx", [200, 403, 200, 404, 403, 404]),
    ("getRoster", "GET /v1/rosters/{roster}", OFFICE),
    ("getRosterWorkbook", "GET /v1/rosters/{roster}/roster.xlsx", OFFICE),
    ("listRosterRows", "GET /v1/rosters/{roster}/rows?level=staff", OFFICE),
    ("reviseRoster", "POST /v1/rosters/{roster}/revisions", [201, 403, 201, 404, 403, 404]),
    ("listRuns", "GET /v1/runs", PAY),
    ("createRun", "POST /v1/runs", [202, 403, 202, 403, 403, 404]),
    ("getRun", "GET /v1/runs/{released}", PAY),
    ("listRunRows", "GET /v1/runs/{released}/rows?level=staff", PAY),
    ("listRunPayees", "GET /v1/runs/{released}/payees", PAY),
    ("listRunFunds", "GET /v1/runs/{released}/funds", PAY),
    ("listRunChecks", "GET /v1/runs/{released}/checks", PAY),
    ("listRunWarnings", "GET /v1/runs/{released}/warnings", PAY),
    ("getRunExplanation", "GET /v1/runs/{released}/explanations/T1?level=staff", PAY),
    ("getRunStatement", "GET /v1/runs/{released}/statements/T1", PAY),
    ("listRunStatements", "GET /v1/runs/{released}/statements", PAY),
    ("getRunStatementsXlsx", "GET /v1/runs/{released}/statements.xlsx", PAY),
    ("getRunComparison", "GET /v1/runs/{released}/comparison/{released}", PAY),
    ("getRunVerification", "GET /v1/runs/{released}/verification", PAY),
    ("getRunWorkbook", "GET /v1/runs/{released}/workbook.xlsx", [200, 200, 200, 403, 200, 404]),
    ("reconcileRun", "POST /v1/reconciliations", PAY),
    ("getRunPayrollCsv", "GET /v1/runs/{released}/payroll.csv", PAY),
    ("getRunPayrollXlsx", "GET /v1/runs/{released}/payroll.xlsx", PAY),
    ("getRunPayrollNdjson", "GET /v1/runs/{released}/payroll.ndjson", PAY),
    ("listPayrollProfiles", "GET /v1/payroll-profiles", PAY),
    ("getPayrollProfile", "GET /v1/payroll-profiles/{profile}", PAY),
    ("putPayrollProfile", "PUT /v1/payroll-profiles/{profile}", [200, 403, 403, 403, 403, 404]),
    ("deletePayrollProfile", "DELETE /v1/payroll-profiles/{profile}", [200, 403, 403, 403, 403, 404]),
    ("submitRun", "POST /v1/runs/{calculated}/submit", [200, 403, 200, 403, 403, 404]),
    ("publishRunNotice", "POST /v1/runs/{submitted}/notice", [200, 403, 200, 403, 403, 404]),
    ("getRunNotice", "GET /v1/runs/{released}/notice?draft=true", PAY),
    ("getRunNoticeXlsx", "GET /v1/runs/{released}/notice.xlsx?draft=true", PAY),
    ("getNoticeSettings", "GET /v1/notice-settings", PAY),
    ("putNoticeSettings", "PUT /v1/notice-settings", [200, 403, 403, 403, 403, 404]),
    ("getCalendar", "GET /v1/calendars/2020", PAY),
    ("putCalendar", "PUT /v1/calendars/2020", [200, 403, 403, 403, 403, 404]),
    ("createObjection", "POST /v1/runs/{noticed}/objections", [201, 403, 201, 404, 403, 404]),
    ("listObjections", "GET /v1/runs/{released}/objections", OFFICE),
    ("getObjection", "GET /v1/runs/{objected}", OFFICE),
    ("decideObjection", "POST /v1/runs/{objected}/decide", [200, 200, 403, 404, 403, 404]),
    ("approveRun", "POST /v1/runs/{submitted}/approve", [403, 200, 403, 403, 403, 404]),
    ("releaseRun", "POST /v1/runs/{approved}/release", [403, 200, 403, 403, 403, 404]),
    ("withdrawRun", "POST /v1/runs/{submitted}/withdraw", [200, 200, 200, 403, 403, 404]),
    ("createAdjustment", "POST /v1/runs/{adjustable}/adjustments", [202, 403, 202, 403, 403, 404]),
    ("listAdjustments", "GET /v1/runs/{released}/adjustments", PAY),
    ("listDifferences", "GET /v1/runs/{released}/differences", PAY),
    ("listCycles", "GET /v1/cycles", OFFICE),
    ("openCycle", "POST /v1/cycles", [201, 403, 403, 404, 403, 404]),
    ("getCycle", "GET /v1/cycles/{kept}", OFFICE),
    ("listCycleSchools", "GET /v1/cycles/{kept}/schools", OFFICE),
    ("listCyclePeople", "GET /v1/cycles/{kept}/people", OFFICE),
    ("createCycleRun", "POST /v1/cycles/{cycle}/schools/S1/runs", [202, 403, 202, 404, 403, 404]),
    ("getCycleProof", "GET /v1/cycles/{kept}/proof", [200, 200, 403, 404, 200, 404]),
    ("listCarryOvers", "GET /v1/carry-overs", [200, 200, 403, 404, 200, 404]),
    ("closeCycle", "POST /v1/cycles/{finished}/close", [200, 403, 403, 404, 403, 404]),
    ("listEvents", "GET /v1/events", PAY),
    ("listWebhookEndpoints", "GET /v1/webhook-endpoints", [404, 404, 404, 404, 200, 200]),
    ("createWebhookEndpoint", "POST /v1/webhook-endpoints", [404, 404, 404, 404, 403, 201]),
    ("getWebhookEndpoint", "GET /v1/webhook-endpoints/{endpoint}", [404, 404, 404, 404, 200, 200]),
    ("putWebhookEndpoint", "PUT /v1/webhook-endpoints/{endpoint}", [404, 404, 404, 404, 403, 200]),
    ("deleteWebhookEndpoint", "DELETE /v1/webhook-endpoints/{endpoint}", [404, 404, 404, 404, 403, 200]),
    ("rotateWebhookSecret", "POST /v1/webhook-endpoints/{endpoint}/rotate-secret", [404, 404, 404, 404, 403, 200]),
    ("listWebhookDeliveries", "GET /v1/webhook-endpoints/{endpoint}/deliveries", [404, 404, 404, 404, 200, 200]),
    ("redeliverWebhook", "POST /v1/webhook-endpoints/{delivery}/redeliver", [404, 404, 404, 404, 403, 200]),
    ("simulate", "POST /v1/simulations", OFFICE),
    ("seekGoal", "POST /v1/goal-seeks", OFFICE),
];

/// A good payroll profile.
fn profile() -> Value {
    json!({"columns": [{"heading": "工号", "content": "id"}, {"heading": "金额", "content": "amount"}]})
}

/// A good webhook endpoint, to which nothing comes: it is not public.
fn endpoint() -> Value {
    json!({"url": "https://localhost:1/"})
}

/// A request that is good for who may send it.
pub struct Request {
    method: &'static str,
    path: String,
    object_id: String,
    body: Option<Value>,
}

impl Request {
    /// Sends it.
    pub fn by(&self, somebody: &Person<'_>) -> Answer {
        self.bare(somebody, &[("authorization", &format!("Bearer {}", somebody.secret))])
    }

    /// The same about something else.
    pub fn about(&self, object_id: &str) -> Request {
        let path = self.path.replace(&self.object_id, object_id);
        Request { method: self.method, path, object_id: object_id.to_owned(), body: self.body.clone() }
    }

    /// Sends it with these headers but without a token of anybody's own.
    pub fn bare(&self, somebody: &Person<'_>, headers: &[(&str, &str)]) -> Answer {
        let (headers, body) = self.parts(headers);
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        somebody.site.ask(self.method, &self.path, &headers, body.as_deref())
    }

    fn parts(&self, headers: &[(&str, &str)]) -> (Vec<(String, String)>, Option<String>) {
        let mut all: Vec<(String, String)> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        if self.method == "POST" {
            all.push(("idempotency-key".to_owned(), new_key()));
        }
        let revision = [("/draft", "\"1\""), ("/publish", "\"1\""), ("/archive", "\"2\"")];
        let revision = revision.iter().find(|(end, _)| self.path.ends_with(end)).map(|(_, etag)| *etag);
        let settings = ["/v1/payroll-profiles/", "/v1/webhook-endpoints/", "/v1/notice-settings", "/v1/calendars/"];
        let is_setting = self.method == "PUT" && settings.iter().any(|path| self.path.starts_with(path));
        all.extend(revision.or(is_setting.then_some("\"1\"")).map(|etag| ("if-match".to_owned(), etag.to_owned())));
        if !self.path.starts_with("/v1/roster-imports") {
            return (all, self.body.as_ref().map(Value::to_string));
        }
        let form = Form::of(self.body.as_ref().and_then(Value::as_str).expect("a plan")).files(&school_tables());
        all.push(("content-type".to_owned(), form.kind()));
        (all, Some(String::from_utf8(form.bytes()).expect("text")))
    }
}

/// What operations are about: papers of the school S1.
pub struct Papers<'s, 'b> {
    bureau: &'b Bureau<'s>,
    plan: String,
    roster: String,
    released: String,
    cycle: String,
}

impl<'s, 'b> Papers<'s, 'b> {
    /// Papers of a bureau.
    pub fn new(bureau: &'b Bureau<'s>) -> Papers<'s, 'b> {
        ready(&bureau.officer);
        let plan_id = published(&bureau.officer, &plan(&new_key()));
        let roster = roster(&bureau.officer, &plan_id, &school_data());
        let released = id(&run(&bureau.officer, &roster));
        bring(bureau, &released, "released");
        let cycle = cycles::opened(bureau, &plan_id);
        Papers { bureau, plan: plan_id, roster, released, cycle }
    }

    /// The plan's id.
    pub fn plan(&self) -> &str {
        &self.plan
    }

    /// The id of the bureau's only webhook endpoint.
    fn endpoint(&self) -> String {
        let operator = &self.bureau.operator;
        for known in operator.all("/v1/webhook-endpoints", 500) {
            operator.ask("DELETE", &format!("/v1/webhook-endpoints/{}", id(&known)), &[], None).good(200);
        }
        id(&operator.post("/v1/webhook-endpoints", &endpoint()).good(201))
    }

    /// A delivery that was cancelled, with its endpoint: their part of a path.
    fn delivery(&self) -> String {
        let (operator, endpoint_id) = (&self.bureau.operator, self.endpoint());
        published(&self.bureau.officer, &plan(&new_key()));
        let path = format!("/v1/webhook-endpoints/{endpoint_id}");
        for (etag, state) in [("\"1\"", "disabled"), ("\"2\"", "enabled")] {
            let mut body = endpoint();
            body["state"] = json!(state);
            operator.put(&path, etag, &body).good(200);
        }
        let delivery = operator.get(&format!("{path}/deliveries?state=cancelled")).good(200);
        format!("{endpoint_id}/deliveries/{}", id(&delivery["items"][0]))
    }

    /// An objection that the accountant has entered, with its run: their part of a path.
    fn objected(&self) -> String {
        let run = id(&run(&self.bureau.officer, &self.roster));
        bring(self.bureau, &run, "noticed");
        let path = format!("/v1/runs/{run}/objections");
        format!("{run}/objections/{}", id(&self.bureau.accountant.post(&path, &objections::brought("T1")).good(201)))
    }

    /// A good request for an operation. Payroll asks about a released run: it sees no other.
    pub fn request(&self, (name, line, _): &Operation, role: &str) -> Request {
        let (method, path) = line.split_once(' ').expect("a method and a path");
        let draft = json!({"plan": plan(&new_key())});
        let body = match *name {
            "createToken" => Some(json!({"subject": "新", "role": "payroll"})),
            "createPlan" => Some(draft.clone()),
            "putPlanDraft" => Some(draft.clone()),
            "archivePlan" => Some(json!({"version": 1})),
            "createRoster" => Some(roster_of(&self.plan, &school_data())),
            "importRoster" | "annotateRosterImport" => Some(json!(self.plan)),
            "reviseRoster" => Some(json!({"remove": {"staff": ["T2"]}})),
            "createRun" => Some(json!({"roster_id": self.roster})),
            "reconcileRun" => {
                let figure = json!({"row": "T1", "item": "班主任津贴", "amount": "100.00"});
                Some(json!({"run_id": self.released, "figures": [figure], "partial": true}))
            }
            "openCycle" => Some(cycles::request(&cycles::allocated(self.bureau), &self.plan)),
            "createCycleRun" => Some(json!({"data": cycles::of_school("S1", ["1", "1"])})),
            "createAdjustment" => Some(adjustments::reopen(&self.roster)),
            "withdrawRun" => Some(json!({"reason": "重复"})),
            "putPayrollProfile" => Some(profile()),
            "createWebhookEndpoint" | "putWebhookEndpoint" => Some(endpoint()),
            "createObjection" => Some(objections::brought("T1")),
            "decideObjection" => Some(json!({"decision": "rejected", "reason": "不属实"})),
            "publishRunNotice" => Some(json!({"from": "2020-06-01"})),
            "putNoticeSettings" => Some(settings()),
            "putCalendar" => Some(calendar(2020)),
            "simulate" => Some(json!({"roster_id": self.roster, "variants": [{"name": "原样"}]})),
            "seekGoal" => Some(json!({"roster_id": self.roster, "constant": "head_rate", "from": "0", "to": "10",
                                      "step": "1", "fund": "school.quota"})),
            _ => None,
        };
        let object = path.split(['{', '}']).nth(1).unwrap_or_default();
        let object_id = self.object_id(object, role, &draft);
        Request { method, path: path.replace(&format!("{{{object}}}"), &object_id), object_id, body }
    }

    /// The id of what an operation is about, which is made for it; of a plan, from this draft.
    fn object_id(&self, object: &str, role: &str, draft: &Value) -> String {
        let officer = &self.bureau.officer;
        match object {
            "" => String::new(),
            "plan" => self.plan.clone(),
            "roster" => self.roster.clone(),
            "draft" => id(&officer.post("/v1/plans", draft).good(201)),
            "published" => published(officer, &plan(&new_key())),
            "profile" => {
                let name = new_key();
                officer
                    .ask("PUT", &format!("/v1/payroll-profiles/{name}"), &[], Some(&profile().to_string()))
                    .good(200);
                name
            }
            "endpoint" => self.endpoint(),
            "kept" => self.cycle.clone(),
            "cycle" => cycles::opened(self.bureau, &self.plan),
            "finished" => cycles::finished(self.bureau, &self.plan),
            "delivery" => self.delivery(),
            "objected" => self.objected(),
            "token" => hire(&self.bureau.operator, "payroll", "旧", &[]).id,
            _ if object == "released" || role == "payroll" => self.released.clone(),
            state => {
                let run = id(&run(officer, &self.roster));
                bring(self.bureau, &run, if state == "adjustable" { "released" } else { state });
                run
            }
        }
    }
}
