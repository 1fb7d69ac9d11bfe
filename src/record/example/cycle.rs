//! The cycle of the example: what its office has done by today, one school after another.

use std::thread;
use std::time::{Duration, Instant};

use super::{Office, read};
use crate::exact::Date;
use crate::record::cycle_people::Limit;
use crate::record::distributions::{self, Source};
use crate::record::objections::{self, Brought};
use crate::record::people::Caller;
use crate::record::{Refused, cycles, notices, plans, runs, settings};
use crate::store::claims::CALCULATING;
use crate::store::{self, today};
use crate::wire::canonical;
use crate::wire::json::{Json, object, text};

const DOCUMENTS: &str = include_str!("cycle.json");

/// The schools of the example.
pub(super) const SCHOOLS: [&str; 6] =
    ["1690101004", "2690101001", "2690101003", "3690101002", "4690101005", "9690101006"];
/// The school that distributes by a plan of its own, and is sent back.
const SENT_BACK: &str = "4690101005";
/// How far the other schools are; the last has not begun.
const WAYS: [(&str, &[&str]); 4] = [
    ("1690101004", &["submit", "approve", "release"]),
    ("2690101001", &["submit", "approve", "release"]),
    ("3690101002", &["submit", "notice"]),
    ("2690101003", &["submit"]),
];
/// The days that are no working days in any year.
const HOLIDAYS: [&str; 6] = ["01-01", "05-01", "05-02", "10-01", "10-02", "10-03"];
/// How long the calculation of a run is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Opens the cycle, and brings each school as far as it is; the id of the cycle.
pub(super) fn load(office: &Office<'_>) -> Result<String, Refused> {
    let documents = read(DOCUMENTS)?;
    let part = |key: &str| documents.get(key).unwrap_or(&Json::Null);
    let [allocation, distribution, own] =
        ["allocation", "distribution", "own"].map(|key| office.published(draft(part(key))));
    let run = office.calculated(&allocation?, part("bureau"), "示例：2026 年核拨")?;
    wait(office, &run)?;
    bring(office, &office.officer, &run, &["submit", "approve", "release"])?;
    let limit = |title: &str, at_most: i64, categories: Option<Vec<String>>| Limit {
        title: title.to_owned(),
        at_most,
        categories,
    };
    let asked = cycles::Asked {
        title: "示例：2026 年奖励性绩效工资".to_owned(),
        allocation_run_id: run,
        step: None,
        plan: (distribution?, 1),
        own_plans: vec![(SENT_BACK.to_owned(), (own?, 1))],
        requirements: part("requirements").items().unwrap_or_default(),
        // 40,000 yuan, and 35,000 of them as merit.
        person_limits: vec![
            limit("全年合计", 4_000_000, None),
            limit("考核奖励", 3_500_000, Some(vec!["奖励".to_owned()])),
        ],
    };
    let prepared = cycles::prepare(office.store, &office.officer, &asked)?;
    let cycle = office.act(&office.officer, |act, caller| cycles::open(act, caller, prepared))?.id;
    set(office, part("notice"))?;
    for data in part("schools").items().unwrap_or_default() {
        distribute(office, &cycle, data)?;
    }
    Ok(cycle)
}

/// A plan of the documents.
fn draft(plan: &Json<'_>) -> plans::Draft {
    let own = |key: &str| plan.get(key).and_then(Json::text).unwrap_or_default().to_owned();
    plans::Draft {
        code: own("code"),
        title: own("title"),
        document: canonical::text(plan),
        sha256: canonical::sha256(plan),
    }
}

/// The officer says how notices are written, and enters the working days of this year and the next.
fn set(office: &Office<'_>, notice: &Json<'_>) -> Result<(), Refused> {
    let year = Date::parse(&today()).map_or(0, Date::year);
    let calendar = |year: i64| {
        let day = |day: &str| object([("date", text(&format!("{year}-{day}"))), ("kind", text("holiday"))]);
        let source = text("示例：只有日期固定的法定节假日，请按国务院办公厅的通知录入");
        object([("source", source), ("days", Json::List(HOLIDAYS.map(day).to_vec()))])
    };
    office.act(&office.officer, |act, _| {
        settings::put(act, settings::NOTICE, None, canonical::text(notice))?;
        for year in [year, year + 1] {
            settings::put(act, &settings::calendar(year), None, canonical::text(&calendar(year)))?;
        }
        Ok(())
    })
}

/// A school's accountant makes its run; then it goes as far as it is.
fn distribute(office: &Office<'_>, cycle: &str, data: &Json<'_>) -> Result<(), Refused> {
    let row = data.get("school").and_then(Json::items).and_then(<[Json<'_>]>::first);
    let school = row.and_then(|row| row.get("id")).and_then(Json::text).unwrap_or_default();
    let accountant = office.accountants.iter().find(|(known, _)| known == school);
    let (_, accountant) = accountant.ok_or(Refused::NotFound)?;
    let source = Source::Written(data);
    let prepared = distributions::prepare(office.store, accountant, (cycle, school), &source, None)?;
    let run =
        office.act(accountant, |act, caller| distributions::create(act, caller, (cycle, school), prepared, None))?.id;
    wait(office, &run)?;
    if school == SENT_BACK {
        bring(office, accountant, &run, &["submit"])?;
        let reason = Some("超课时数与课表不符，请核对秦海涛的课时后重新提交");
        office.act(&office.approver, |act, caller| runs::do_to(act, caller, &run, "withdraw", reason, None))?;
        return Ok(());
    }
    let way = WAYS.iter().find(|(known, _)| *known == school).map_or(&[][..], |(_, way)| way);
    bring(office, accountant, &run, way)?;
    if way.contains(&"notice") {
        object_to(office, &run)?;
    }
    Ok(())
}

/// The officer enters the objection of one of the payees.
fn object_to(office: &Office<'_>, run: &str) -> Result<(), Refused> {
    let brought = Brought {
        payee_id: Some("XC0204".to_owned()),
        school_id: None,
        objector: "雷振宇".to_owned(),
        content: "本人二月返岗，实际工作十个月，名单按六个月计算，请核对".to_owned(),
    };
    office.act(&office.officer, |act, caller| objections::create(act, caller, run, brought))?;
    Ok(())
}

/// Does what a run's maker and the approver do to it.
fn bring(office: &Office<'_>, maker: &Caller, run: &str, way: &[&str]) -> Result<(), Refused> {
    for action in way {
        let somebody = if ["approve", "release"].contains(action) { &office.approver } else { maker };
        office.act(somebody, |act, caller| match (*action, Date::parse(&today())) {
            ("notice", Some(from)) => notices::post(act, caller, run, (from, None), None),
            _ => runs::do_to(act, caller, run, action, None, None),
        })?;
    }
    Ok(())
}

/// Waits until a run is calculated.
fn wait(office: &Office<'_>, run: &str) -> Result<(), Refused> {
    let begun = Instant::now();
    office.bell.ring();
    while begun.elapsed() < PATIENCE {
        let run = office.store.read(|conn| runs::get(conn, &office.officer, run))?;
        if run.state != CALCULATING {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(2));
    }
    Err(store::Error::Unavailable(format!("run {run} of the example was not calculated in time")).into())
}
