//! The whole job (../README.md) with the client that progenitor generates.

#[allow(clippy::all, unused, reason = "generated")]
mod fenpei {
    include!(concat!(env!("OUT_DIR"), "/fenpei.rs"));
}

use std::collections::HashMap;

use fenpei::{ByteStream, Client, Error, ResponseValue, types};
use futures_util::StreamExt;
use serde_json::{Map, Value, json};

type Failed = Box<dyn std::error::Error>;

fn known(name: &str) -> String {
    std::env::var(name).expect(name)
}

fn client(token: Option<&str>) -> Result<Client, Failed> {
    let mut headers = reqwest::header::HeaderMap::new();
    if let Some(token) = token {
        headers.insert("authorization", format!("Bearer {}", known(token)).try_into()?);
    }
    let http = reqwest::Client::builder().default_headers(headers).build()?;
    Ok(Client::new_with_client(&known("FENPEI_URL"), http))
}

fn once() -> String {
    uuid::Uuid::new_v4().to_string()
}

fn refused<T: std::fmt::Debug>(answer: Result<ResponseValue<T>, Error<types::Problem>>) {
    let Err(Error::ErrorResponse(problem)) = answer else { panic!("not refused: {answer:?}") };
    let codes: Vec<&str> = problem.errors.iter().map(|error| error.code.as_str()).collect();
    println!("{}", [&[problem.status.to_string().as_str(), &problem.code], &codes[..]].concat().join(" "));
}

fn plan() -> Result<types::Plan, Failed> {
    let fact = |name: &str, kind| types::Fact::builder().name(name).type_(kind);
    let school =
        types::PlanLevel::builder().name("school").facts(vec![fact("quota", types::FactType::Money).try_into()?]);
    let points = fact("points", types::FactType::Number).try_into()?;
    let staff = types::PlanLevel::builder().name("staff").parent(Some("school".parse()?)).facts(vec![points]);
    let pay: types::Pay = types::Pay::builder().item("考核奖励").try_into()?;
    let merit: types::ShareStep = types::ShareStep::builder()
        .do_(types::ShareStepDo::Share)
        .level("staff")
        .name("merit")
        .from("school.quota")
        .weight("points")
        .pay(pay)
        .try_into()?;
    let plan = types::Plan::builder()
        .language(std::num::NonZeroU32::MIN)
        .code("client-job")
        .title("客户端示例")
        .payee(Some("staff".parse()?))
        .levels(vec![school.try_into()?, staff.try_into()?])
        .steps(vec![types::PlanStep::from(merit)]);
    Ok(plan.try_into()?)
}

type Data = HashMap<String, Vec<types::DataRow>>;

fn row(id: &str, parent: Option<&str>, fact: &str, value: Value) -> Result<types::DataRow, Failed> {
    let row = types::DataRow::builder().id(id).facts(Map::from_iter([(fact.to_owned(), value)]));
    let row = match parent {
        Some(parent) => row.parent(Some(parent.parse()?)),
        None => row,
    };
    Ok(row.try_into()?)
}

fn data(schools: &[(&str, &str)], staff: &[(&str, &str, Value)]) -> Result<Data, Failed> {
    let schools = schools.iter().map(|(id, quota)| row(id, None, "quota", json!(quota)));
    let staff = staff.iter().map(|(id, school, points)| row(id, Some(school), "points", points.clone()));
    let levels = [("school", schools.collect::<Result<_, _>>()?), ("staff", staff.collect::<Result<_, _>>()?)];
    Ok(levels.map(|(level, rows)| (level.to_owned(), rows)).into())
}

/// The data of the whole job, of which the last row says something else.
fn roster(plan_id: &str, last: Value) -> Result<types::RosterRequest, Failed> {
    let mut staff = vec![("T1", "S1", json!(1))];
    staff.extend(["T2", "T3", "T4", "T5"].map(|id| (id, "S2", json!(1))));
    staff.push(("T6", "S2", last));
    let data = data(&[("S1", "12345678901234.56"), ("S2", "1000.00")], &staff)?;
    Ok(types::RosterRequest::builder().plan_id(plan_id).version(std::num::NonZeroU64::MIN).data(data).try_into()?)
}

async fn content(mut bytes: ByteStream) -> Result<Vec<u8>, Failed> {
    let mut all = Vec::new();
    while let Some(some) = bytes.next().await {
        all.extend_from_slice(&some?);
    }
    Ok(all)
}

/// Makes the run of a roster that is brought, and waits for it.
async fn calculated(officer: &Client, plan_id: &str) -> Result<String, Failed> {
    refused(officer.create_roster().idempotency_key(once()).body(roster(plan_id, json!("1.2万"))?).send().await);
    let roster = officer.create_roster().idempotency_key(once()).body(roster(plan_id, json!(1))?).send().await?;
    println!("roster {} {}", roster.counts["school"], roster.counts["staff"]);
    let request = types::RunRequest::builder().roster_id(&roster.id);
    let mut run = officer.create_run().idempotency_key(once()).body(request).send().await?.into_inner();
    // A state that nobody has told us of is one more to wait in.
    while !["calculated", "failed"].contains(&run.state.as_str()) {
        run = officer.get_run().run_id(&run.id).wait(5).send().await?.into_inner();
    }
    println!("run {}", run.state);
    Ok(run.id)
}

async fn paged(officer: &Client, id: &str) -> Result<(), Failed> {
    let (mut cursor, mut pages) = (None, 0);
    while pages == 0 || cursor.is_some() {
        let mut page = officer.list_run_payees().run_id(id).limit(std::num::NonZeroU32::MIN.saturating_add(1));
        if let Some(cursor) = cursor {
            page = page.cursor::<String>(cursor);
        }
        let page = page.send().await?.into_inner();
        for payee in page.items {
            println!("payee {} {}", *payee.id, *payee.total);
        }
        (cursor, pages) = (page.next_cursor, pages + 1);
    }
    println!("pages {pages}");
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failed> {
    let open = client(None)?;
    let (officer, approver) = (client(Some("FENPEI_OFFICER"))?, client(Some("FENPEI_APPROVER"))?);
    let request = types::CalculationRequest::builder()
        .plan(plan()?)
        .data(data(&[("S1", "12345678901234.56")], &[("T1", "S1", json!(1))])?);
    let result = open.calculate().body(request).send().await?;
    println!("calculated {}", **result.rows["staff"][0].total.as_ref().expect("a payee has a total"));

    let Value::Object(draft) = serde_json::to_value(plan()?)? else { panic!("a plan is an object") };
    let draft = types::DraftRequest::builder().plan(draft);
    let created = officer.create_plan().idempotency_key(once()).body(draft).send().await?;
    let publish = || officer.publish_plan().plan_id(&created.id).idempotency_key(once());
    refused(publish().if_match("\"7\"").send().await);
    let revision = created.headers()["etag"].to_str()?;
    println!("plan {}", publish().if_match(revision).send().await?.newest_state);

    let id = calculated(&officer, &created.id).await?;
    refused(approver.approve_run().run_id(&id).idempotency_key(once()).send().await);
    paged(&officer, &id).await?;
    let statement = officer.get_run_statement().run_id(&id).row_id("T2").send().await?;
    println!("statement {} {}", *statement.total, !statement.explanation.operands.is_empty());

    officer.submit_run().run_id(&id).idempotency_key(once()).send().await?;
    approver.approve_run().run_id(&id).idempotency_key(once()).send().await?;
    println!("run {}", approver.release_run().run_id(&id).idempotency_key(once()).send().await?.state);

    let csv = content(officer.get_run_payroll_csv().run_id(&id).send().await?.into_inner()).await?;
    let csv = String::from_utf8(csv)?;
    println!("payroll.csv {} {}", csv.trim().lines().count(), csv.contains("12345678901234.56"));
    let workbook = content(officer.get_run_workbook().run_id(&id).send().await?.into_inner()).await?;
    println!("workbook.xlsx {}", String::from_utf8_lossy(&workbook[..2]));
    Ok(())
}
