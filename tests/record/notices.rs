//! The public list of a run: from when to when, what it shows, and what it never does.

use std::io::{Cursor, Read};
use std::path::Path;

use calamine::{Data, Reader, Xlsx};
use serde_json::{Value, json};

use crate::office;
use crate::papers::{begun, bring, data, id, plan, published, roster, run, school_data, staff, text};
use crate::site::{Answer, Bureau, Person, on_both};

/// What a bureau sets for its notices.
pub fn settings() -> Value {
    json!({"telephone": "029-8765 4321", "contact": "区教育局人事科"})
}

/// A year of plain weeks but for a day.
pub fn calendar(year: i64) -> Value {
    json!({"source": "测试", "days": [{"date": format!("{year}-01-01"), "kind": "holiday"}]})
}

/// Sets what a notice of 2020 needs, unless it is set.
pub fn ready(officer: &Person<'_>) {
    for (path, body) in [("/v1/notice-settings", settings()), ("/v1/calendars/2020", calendar(2020))] {
        let set = officer.ask("PUT", path, &[], Some(&body.to_string()));
        assert!([200, 428].contains(&set.status), "{}", set.text);
    }
}

/// Writes something new.
fn set(somebody: &Person<'_>, path: &str, body: &Value) -> Answer {
    somebody.ask("PUT", path, &[], Some(&body.to_string()))
}

/// From when to when a run is posted.
fn dates(run: &Value) -> Value {
    let notice = &run["notice"];
    json!({"from": notice["from"], "to": notice["to"], "working_days": notice["working_days"]})
}

/// A submitted run of `papers::data`.
fn submitted(bureau: &Bureau<'_>, code: &str) -> String {
    let (_, _, run) = begun(bureau, code);
    bring(bureau, &run, "submitted");
    run
}

#[test]
fn a_notice_takes_working_days() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let officer = &bureau.officer;
        set(officer, "/v1/notice-settings", &settings()).good(200);
        // In 2031, 1 October is a Wednesday. The bureau is free until Tuesday the 7th, and works on Saturday the 11th for it.
        let holidays = (1..=7).map(|day| json!({"date": format!("2031-10-0{day}"), "kind": "holiday"}));
        let worked = json!({"date": "2031-10-11", "kind": "workday"});
        let days: Vec<Value> = holidays.chain([worked]).collect();
        set(officer, "/v1/calendars/2031", &json!({"source": "测试文件〔2030〕1 号", "days": days})).good(200);
        let cases = [
            // Monday 29 and 30 September, then Wednesday 8 to Friday 10 October.
            ("2031-09-29", None, "2031-10-10", 5),
            // Begun on a day that nobody works: 8, 9, 10, Saturday 11, Monday 13.
            ("2031-10-04", None, "2031-10-13", 5),
            // Both days are counted.
            ("2031-09-22", None, "2031-09-26", 5),
            ("2031-09-22", Some("2031-09-28"), "2031-09-28", 5),
            ("2031-09-22", Some("2031-10-11"), "2031-10-11", 11),
        ];
        for (place, (from, to, wanted, days)) in cases.into_iter().enumerate() {
            let run = submitted(&bureau, &format!("days-{place}"));
            let mut body = json!({"from": from});
            if let Some(to) = to {
                body["to"] = json!(to);
            }
            let posted = bureau.officer.post(&format!("/v1/runs/{run}/notice"), &body).good(200);
            assert_eq!(text(&posted, "state"), "noticed");
            assert_eq!(dates(&posted), json!({"from": from, "to": wanted, "working_days": days}), "{body}");
            assert_eq!(officer.get(&format!("/v1/runs/{run}")).good(200), posted);
        }
        let run = submitted(&bureau, "days-refused");
        let path = format!("/v1/runs/{run}/notice");
        let refused = |body: &Value| {
            let problem = bureau.officer.post(&path, body).problem(422, "notice_refused");
            assert_eq!(problem["total"], json!(1), "{problem}");
            (text(&problem["errors"][0], "code").to_owned(), text(&problem["errors"][0], "message").to_owned())
        };
        // Thursday 2 to Thursday 9 October: two working days.
        let (code, message) = refused(&json!({"from": "2031-10-02", "to": "2031-10-09"}));
        assert_eq!(code, "too_few_days");
        // The fifth is Monday 13.
        assert!(message.contains("只有 2 个工作日") && message.contains("2031-10-13"), "{message}");
        assert_eq!(refused(&json!({"from": "2031-10-09", "to": "2031-10-08"})).0, "dates_reversed");
        for body in [json!({"from": "2031-12-29"}), json!({"from": "2031-12-24", "to": "2032-01-09"})] {
            let (code, message) = refused(&body);
            assert_eq!(code, "calendar_missing");
            assert!(message.starts_with("2032 年节假日安排尚未录入"), "{message}");
        }
        assert_eq!(text(&officer.get(&format!("/v1/runs/{run}")).good(200), "state"), "submitted");
        // The year is entered: Monday 29 to Wednesday 31, then Friday 2 and Monday 5 January.
        set(officer, "/v1/calendars/2032", &calendar(2032)).good(200);
        let posted = officer.post(&path, &json!({"from": "2031-12-29"})).good(200);
        assert_eq!(posted["notice"]["to"], "2032-01-05");
    });
}

#[test]
fn what_a_notice_lacks_is_told_at_once() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let run = submitted(&bureau, "lacks");
        let path = format!("/v1/runs/{run}/notice");
        let problem = bureau.officer.post(&path, &json!({"from": "2027-03-01"})).problem(422, "notice_refused");
        let codes: Vec<&str> =
            problem["errors"].as_array().expect("a list").iter().map(|it| text(it, "code")).collect();
        assert_eq!(codes, ["no_notice_settings", "calendar_missing"]);
        assert!(text(&problem["errors"][1], "message").starts_with("2027 年节假日安排尚未录入"), "{problem}");
        let en = [("accept-language", "en"), ("idempotency-key", "lacks-in-english")];
        let english = bureau.officer.ask("POST", &path, &en, Some("{\"from\": \"2027-03-01\"}"));
        let messages = english.problem(422, "notice_refused")["errors"].clone();
        assert!(messages.as_array().expect("two").iter().all(|it| text(it, "message").is_ascii()), "{messages}");
        let bad = [
            json!({}),
            json!({"from": "2027-02-29"}),
            json!({"from": "1 March"}),
            json!({"from": 1}),
            json!({"from": "2027-03-01", "until": "2027-03-05"}),
        ];
        for body in bad {
            bureau.officer.post(&path, &body).problem(400, "bad_request_body");
        }
        // More days may be wanted than usual.
        let mut longer = settings();
        longer["working_days"] = json!(7);
        set(&bureau.officer, "/v1/notice-settings", &longer).good(200);
        set(&bureau.officer, "/v1/calendars/2027", &calendar(2027)).good(200);
        let few = json!({"from": "2027-03-01", "to": "2027-03-08"});
        bureau.officer.post(&path, &few).problem(422, "notice_refused");
        // 1 March 2027 is a Monday.
        let posted = bureau.officer.post(&path, &json!({"from": "2027-03-01"})).good(200);
        assert_eq!(dates(&posted), json!({"from": "2027-03-01", "to": "2027-03-09", "working_days": 7}));
    });
}

#[test]
fn a_run_is_approved_only_after_its_notice() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        ready(&bureau.officer);
        set(&bureau.officer, "/v1/calendars/2099", &calendar(2099)).good(200);
        let run = submitted(&bureau, "approved");
        let path = format!("/v1/runs/{run}");
        bureau.officer.post(&format!("{path}/notice"), &json!({"from": "2099-06-01"})).good(200);
        let problem = bureau.approver.act(&format!("{path}/approve")).problem(409, "still_posted");
        // Monday to Friday.
        assert_eq!(problem["posted_until"], "2099-06-05");
        let again = bureau.officer.post(&format!("{path}/notice"), &json!({"from": "2099-06-01"}));
        assert_eq!(again.problem(409, "not_in_state")["allowed"], json!(["approve", "withdraw"]));
        bureau.officer.post(&format!("{path}/withdraw"), &json!({"reason": "异议成立"})).good(200);
        let run = submitted(&bureau, "approved-after");
        let path = format!("/v1/runs/{run}");
        let posted = bureau.officer.post(&format!("{path}/notice"), &json!({"from": "2020-06-01"})).good(200);
        let entries = bureau.auditor.all("/v1/audit-entries", 500);
        let entry = entries.iter().find(|entry| entry["action"] == "run.noticed" && entry["object_id"] == run.as_str());
        assert_eq!(entry.expect("an entry")["detail"], "2020-06-01/2020-06-05");
        let history = posted["history"].as_array().expect("a list").last().expect("a step").clone();
        assert_eq!((text(&history, "action"), text(&history, "state")), ("notice", "noticed"));
        bureau.approver.act(&format!("{path}/approve")).good(200);
        bureau.approver.act(&format!("{path}/release")).good(200);
    });
}

#[test]
fn settings_and_calendars_are_written_over_only_by_who_has_read_them() {
    on_both(|site| {
        let (bureau, other) = (Bureau::new(site), Bureau::new(site));
        let officer = &bureau.officer;
        for (path, key, first, second) in [
            ("/v1/notice-settings", "settings", settings(), json!({"telephone": "1", "contact": "x", "mask": "given"})),
            (
                "/v1/calendars/2026",
                "calendar",
                calendar(2026),
                json!({"source": "y", "days": [
                {"date": "2026-10-01", "kind": "holiday"}, {"date": "2026-10-10", "kind": "workday"}]}),
            ),
        ] {
            officer.get(path).problem(404, "not_found");
            officer.put(path, "\"1\"", &first).problem(404, "not_found");
            let made = set(officer, path, &first);
            assert_eq!((made.header("etag"), &made.good(200)[key]), ("\"1\"", &first));
            set(officer, path, &second).problem(428, "if_match_required");
            officer.put(path, "\"2\"", &second).problem(412, "stale");
            let over = officer.put(path, "\"1\"", &second);
            assert_eq!((over.header("etag"), &over.good(200)[key]), ("\"2\"", &second));
            assert_eq!(bureau.accountant.get(path).good(200), over.good(200));
            other.officer.get(path).problem(404, "not_found");
        }
        let trail = bureau.auditor.all("/v1/audit-entries", 500);
        assert_eq!(trail.iter().filter(|entry| entry["action"] == "setting.written").count(), 4);
    });
}

#[test]
fn all_faults_of_settings_and_calendars_are_told_at_once() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let pointers = |path: &str, body: &Value| {
            let problem = set(&bureau.officer, path, body).problem(400, "bad_request_body");
            let mut found = crate::papers::all_of(&problem["errors"], "pointer");
            found.sort();
            found
        };
        let bad = json!({"telephone": "", "mask": "all", "working_days": 0, "phone": "1"});
        assert_eq!(
            pointers("/v1/notice-settings", &bad),
            ["/contact", "/mask", "/phone", "/telephone", "/working_days"]
        );
        let day = |date: &str, kind: &str| json!({"date": date, "kind": kind});
        let days = [
            day("2026-01-01", "holiday"),
            day("2027-01-01", "holiday"),
            day("2026-01-01", "holiday"),
            day("2026-02-30", "holiday"),
            day("2026-01-04", "rest"),
            // 5 January 2026 is a Monday, which is worked anyway.
            day("2026-01-05", "workday"),
        ];
        let wanted = ["/days/1/date", "/days/2/date", "/days/3/date", "/days/4/kind", "/days/5/date", "/source"];
        assert_eq!(pointers("/v1/calendars/2026", &json!({"source": "", "days": days})), wanted);
        // A year without a single day is one that somebody forgot.
        assert_eq!(pointers("/v1/calendars/2026", &json!({"source": "x", "days": []})), ["/days"]);
        for year in ["26", "1899", "9999", "2026a", "+2026"] {
            set(&bureau.officer, &format!("/v1/calendars/{year}"), &calendar(2026)).problem(400, "bad_parameter");
            bureau.officer.get(&format!("/v1/calendars/{year}")).problem(404, "not_found");
        }
    });
}

/// Data of both schools whose ids, names and telephones are to be kept. By hand as `papers::data`: 380.00, 280.00, 10.00; and
/// 310.00 and 160.00.
fn people() -> Value {
    let person = |id: &str, school: &str, name: &str, facts: Value| {
        let mut row = staff(id, school, &facts);
        row["name"] = json!(name);
        row["facts"]["mobile"] = json!("13912345678");
        row
    };
    json!({
        "school": [{"id": "SCHOOL-610102-1", "name": "一小", "facts": {"quota": "1000.00"}},
                   {"id": "SCHOOL-610102-2", "name": "二小/分校", "facts": {"quota": "500.00"}}],
        "staff": [
            person("GH2026-7071", "SCHOOL-610102-1", "张三丰", json!({"points": 1, "months": 1})),
            person("GH2026-7171", "SCHOOL-610102-1", "张无丰", json!({"points": 1})),
            person("GH2026-7303", "SCHOOL-610102-1", "李四", json!({"points": 1, "absent": true})),
            person("GH2026-7404", "SCHOOL-610102-2", "王　五", json!({"points": 2})),
            person("GH2026-7505", "SCHOOL-610102-2", "李四", json!({"points": 1})),
        ]
    })
}

/// A run of these data that is posted from Monday 1 to Friday 5 June 2020.
fn posted(bureau: &Bureau<'_>, code: &str) -> String {
    let mut plan = plan(code);
    plan["levels"][1]["facts"].as_array_mut().expect("facts").push(json!({"name": "mobile", "type": "text"}));
    let roster = roster(&bureau.officer, &published(&bureau.officer, &plan), &people());
    let made = bureau.officer.post("/v1/runs", &json!({"roster_id": roster, "title": "2020 年上半年"})).good(202);
    let run = id(&made);
    bureau.officer.get(&format!("/v1/runs/{run}?wait=30")).good(200);
    bring(bureau, &run, "noticed");
    run
}

/// What is posted, by hand: the names as they are shown, the amounts, what they come to.
const FIRST: [[&str; 6]; 4] = [
    ["1", "张*丰（尾号 071）", "100.00", "270.00", "10.00", "380.00"],
    ["2", "张*丰（尾号 171）", "", "270.00", "10.00", "280.00"],
    ["3", "李*", "", "", "10.00", "10.00"],
    ["合计", "共 3", "100.00", "540.00", "30.00", "670.00"],
];
const SECOND: [[&str; 6]; 3] = [
    ["1", "王*", "", "300.00", "10.00", "310.00"],
    ["2", "李*", "", "150.00", "10.00", "160.00"],
    ["合计", "共 2", "0.00", "450.00", "20.00", "470.00"],
];
const HEADINGS: [&str; 6] = ["序号", "姓名", "班主任津贴", "考核奖励", "伙食补贴", "合计"];
const TITLE: &str = "学校分配办法（2020 年上半年）公示表";
const DATES: &str = "公示时间：2020-06-01 至 2020-06-05（5 个工作日）";

/// The lists that a notice must have.
fn wanted() -> Vec<Vec<Vec<String>>> {
    let list = |rows: &[[&str; 6]]| rows.iter().map(|row| row.map(str::to_owned).to_vec()).collect();
    vec![list(&FIRST), list(&SECOND)]
}

/// The lists of a notice in JSON.
fn of_json(notice: &Value) -> Vec<Vec<Vec<String>>> {
    let cells = |first: String, second: String, row: &Value| {
        let amount = |item: &&str| {
            let items = row["items"].as_array().expect("items").iter();
            items.filter(|known| known["item"] == **item).map(|known| text(known, "amount").to_owned()).collect()
        };
        let amounts: Vec<String> = HEADINGS[2..5].iter().map(amount).collect();
        [vec![first, second], amounts, vec![text(row, "total").to_owned()]].concat()
    };
    let list = |list: &Value| {
        let payees = list["payees"].as_array().expect("payees").iter();
        let rows = payees.map(|row| cells(row["number"].to_string(), text(row, "name").to_owned(), row));
        rows.chain([cells("合计".to_owned(), format!("共 {}", list["payee_count"]), list)]).collect()
    };
    notice["lists"].as_array().expect("lists").iter().map(list).collect()
}

/// The lists of a notice in HTML, without their headings.
fn of_html(html: &str) -> Vec<Vec<Vec<String>>> {
    let cells = |row: &str| {
        let cells = row.split("<td>").skip(1).map(|cell| cell.split("</td>").next().unwrap_or_default());
        cells.map(|cell| cell.replace(',', "")).collect::<Vec<String>>()
    };
    let list = |list: &str| list.split("<tr").map(cells).filter(|row| !row.is_empty()).collect();
    html.split("<tbody>").skip(1).map(list).collect()
}

/// The sheets of a workbook as texts, numbers with two decimals.
pub fn sheets(book: &Answer) -> Vec<(String, Vec<Vec<String>>)> {
    assert_eq!(book.status, 200, "{}", book.text);
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(&book.bytes)).expect("a workbook");
    let cell = |(place, cell): (usize, &Data)| match cell {
        Data::Float(number) if place > 1 => format!("{number:.2}"),
        other => other.to_string(),
    };
    let rows = |cells: calamine::Range<Data>| {
        cells.rows().map(|row| row.iter().enumerate().map(cell).collect()).collect::<Vec<Vec<String>>>()
    };
    book.worksheets().into_iter().map(|(name, cells)| (name, rows(cells))).collect()
}

/// Every byte of a workbook, unpacked.
pub fn unpacked(book: &Answer) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(&book.bytes)).expect("a workbook");
    let mut all = String::new();
    for place in 0..archive.len() {
        let mut part = archive.by_index(place).expect("a part");
        all.push_str(&format!("\n{:?}\n", part.name()));
        part.read_to_string(&mut all).expect("text");
    }
    all
}

#[test]
fn a_notice_says_the_same_in_every_form() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let run = posted(&bureau, "forms");
        let path = format!("/v1/runs/{run}/notice");
        let notice = bureau.officer.get(&path).good(200);
        assert_eq!(of_json(&notice), wanted());
        let said = ["title", "run_title", "from", "to", "telephone", "contact"].map(|key| text(&notice, key));
        let known = ["学校分配办法", "2020 年上半年", "2020-06-01", "2020-06-05", "029-8765 4321", "区教育局人事科"];
        assert_eq!(said, known);
        assert_eq!((&notice["draft"], &notice["working_days"]), (&json!(false), &json!(5)));
        assert_eq!(crate::papers::all_of(&notice["lists"], "school"), ["一小", "二小/分校"]);
        let page = bureau.officer.ask("GET", &path, &[("accept", "text/html")], None);
        assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
        assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
        assert_eq!(of_html(&page.text), wanted());
        for word in ["thead { display: table-header-group; }", "counter(pages)", "break-before: page", "</html>"] {
            assert!(page.text.contains(word), "{word}");
        }
        let book = bureau.officer.get(&format!("{path}.xlsx"));
        let name = book.header("content-disposition").to_owned();
        assert!(name.contains(&format!("notice-forms-{}-", &run[..8])) && !name.contains("draft"), "{name}");
        let sheets = sheets(&book);
        let names: Vec<&str> = sheets.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["一小", "二小分校"]);
        for (((_, rows), wanted), school) in sheets.iter().zip(wanted()).zip(["一小", "二小/分校"]) {
            assert_eq!(rows[0][0], TITLE);
            let below = [format!("学校：{school}"), DATES.to_owned(), "金额单位：元".to_owned()];
            assert_eq!(rows[1][0], below.join("　　"));
            assert_eq!(rows[2], HEADINGS);
            assert_eq!(rows[3..3 + wanted.len()], wanted);
            let end: Vec<&str> = rows[3 + wanted.len()..].iter().map(|row| row[0].as_str()).collect();
            assert_eq!(end, ["公示期间如有异议，请向区教育局人事科反映。", "监督电话：029-8765 4321"]);
            for said in below.iter().map(String::as_str).chain(end).chain([TITLE]).chain(HEADINGS) {
                assert!(page.text.contains(said), "{said}");
            }
        }
        // On every printed page the headings and its number, across A4, as wide as the paper.
        let parts = unpacked(&book);
        for word in ["_xlnm.Print_Titles", "$3:$3", "第 &amp;P 页 共 &amp;N 页", "landscape", "#,##0.00"] {
            assert!(parts.contains(word), "{word}");
        }
        let one = bureau.officer.get(&format!("{path}?school=SCHOOL-610102-2")).good(200);
        assert_eq!(of_json(&one), wanted()[1..]);
        bureau.officer.get(&format!("{path}?school=S9")).problem(404, "not_found");
    });
}

#[test]
fn nothing_of_anybody_but_names_and_amounts_is_in_a_notice() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let run = posted(&bureau, "whitelist");
        let path = format!("/v1/runs/{run}/notice");
        let forms = [
            unpacked(&bureau.officer.get(&format!("{path}.xlsx"))),
            bureau.officer.get(&path).text.clone(),
            bureau.officer.ask("GET", &path, &[("accept", "text/html")], None).text.clone(),
        ];
        let never = [
            "GH2026",
            "7071",
            "7171",
            "7303",
            "7404",
            "7505",
            "13912345678",
            "SCHOOL-610102",
            "张三",
            "张无",
            "李四",
            "王五",
            "王　五",
            "三丰",
            "无丰",
            "mobile",
            "points",
            "absent",
        ];
        for form in &forms {
            assert!(form.contains("张*丰（尾号 071）"), "{form}");
            for word in never {
                assert!(!form.contains(word), "{word} in {form}");
            }
        }
    });
}

#[test]
fn names_are_shown_as_the_bureau_wants() {
    on_both(|site| {
        let names = [
            ("张某某", "张*某", "张**"),
            ("张某", "张*", "张*"),
            ("欧阳修文", "欧**文", "欧***"),
            ("阿依古丽·买买提", "阿******提", "阿*******"),
            ("𠮷野家", "𠮷*家", "𠮷**"),
            ("王　五", "王*", "王*"),
            ("李\u{200b}四 ", "李*", "李*"),
            ("赵", "*", "*"),
        ];
        for (mask, which) in [("none", 0), ("middle", 1), ("given", 2)] {
            let bureau = Bureau::new(site);
            let mut own = settings();
            own["mask"] = json!(mask);
            set(&bureau.officer, "/v1/notice-settings", &own).good(200);
            let mut data = school_data();
            // Each at a school of its own: nobody is to be told apart.
            let many = names.len() + 1;
            let schools: Vec<Value> =
                (0..many).map(|place| json!({"id": format!("S{place}"), "facts": {"quota": "10.00"}})).collect();
            let person = |place: usize| {
                let mut row = staff(&format!("T{place}"), &format!("S{place}"), &json!({"points": 1}));
                match names.get(place) {
                    Some((name, _, _)) => row["name"] = json!(name),
                    None => drop(row.as_object_mut().expect("a row").remove("name")),
                }
                row
            };
            (data["school"], data["staff"]) = (json!(schools), json!((0..many).map(person).collect::<Vec<_>>()));
            let plan = published(&bureau.officer, &plan("masks"));
            let made = id(&run(&bureau.officer, &roster(&bureau.officer, &plan, &data)));
            let notice = bureau.officer.get(&format!("/v1/runs/{made}/notice?draft=true")).good(200);
            let lists = notice["lists"].as_array().expect("lists");
            let shown: Vec<&str> = lists.iter().map(|list| text(&list["payees"][0], "name")).collect();
            let wanted = names.iter().map(|(name, middle, given)| match which {
                0 => name.trim().to_owned(),
                1 => (*middle).to_owned(),
                _ => (*given).to_owned(),
            });
            assert_eq!(shown, wanted.chain(["（未填姓名）".to_owned()]).collect::<Vec<String>>(), "{mask}");
        }
    });
}

#[test]
fn a_notice_of_a_run_that_is_not_posted_is_a_draft() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let (_, _, run) = begun(&bureau, "drafts");
        let path = format!("/v1/runs/{run}/notice");
        for form in ["", ".xlsx"] {
            bureau.officer.get(&format!("{path}{form}")).problem(409, "not_in_state");
            bureau.payroll.get(&format!("{path}{form}?draft=true")).problem(404, "not_found");
            bureau.accountant.get(&format!("{path}{form}?draft=true")).problem(404, "not_found");
        }
        let draft = bureau.officer.get(&format!("{path}?draft=true")).good(200);
        assert_eq!(draft["draft"], json!(true));
        assert!(["from", "to", "telephone", "contact"].iter().all(|key| draft.get(key).is_none()), "{draft}");
        let book = bureau.officer.get(&format!("{path}.xlsx?draft=true"));
        assert!(book.header("content-disposition").contains("-draft.xlsx"), "{}", book.header("content-disposition"));
        let (name, rows) = &sheets(&book)[0];
        assert_eq!((name.as_str(), rows[0][0].as_str()), ("一小（草稿）", "学校分配办法公示表（草稿，不得张贴）"));
        assert!(rows[1][0].contains("公示时间：待定"), "{rows:?}");
        assert_eq!(rows.last().expect("a row")[0], "异议受理单位和监督电话尚未设置，公示前须先设置。");
        // What was posted stays what it was: the bureau has another telephone now.
        bring(&bureau, &run, "noticed");
        let before = bureau.officer.get(&path).text.clone();
        let other = json!({"telephone": "12345", "contact": "x", "mask": "none"});
        bureau.officer.put("/v1/notice-settings", "\"1\"", &other).good(200);
        assert_eq!(bureau.officer.get(&path).text, before);
        assert_eq!(bureau.officer.get(&format!("{path}?draft=true")).text, before);
        // A run that is withdrawn is posted no more.
        bureau.officer.post(&format!("/v1/runs/{run}/withdraw"), &json!({"reason": "异议成立"})).good(200);
        bureau.officer.get(&path).problem(409, "not_in_state");
        assert_eq!(bureau.officer.get(&format!("{path}?draft=true")).good(200)["draft"], json!(true));
    });
}

#[test]
fn an_allocation_is_posted_as_one_list_of_schools() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let plan = json!({
            "language": 1, "code": "allocation", "title": "区级核拨办法", "payee": "学校",
            "levels": [{"name": "教育局", "facts": [{"name": "总额", "type": "money"}]},
                       {"name": "学校", "parent": "教育局", "facts": [{"name": "人数", "type": "number"}]}],
            "steps": [{"do": "share", "level": "学校", "name": "核拨额", "from": "教育局.总额", "weight": "人数",
                       "pay": {"item": "绩效总量"}}]
        });
        let data = json!({
            "教育局": [{"id": "B", "facts": {"总额": "1234567.80"}}],
            "学校": [{"id": "S1", "parent": "B", "name": "东街小学", "facts": {"人数": 1}},
                     {"id": "S2", "parent": "B", "name": "西街中学", "facts": {"人数": 2}}]
        });
        let roster = roster(&bureau.officer, &published(&bureau.officer, &plan), &data);
        let made = id(&run(&bureau.officer, &roster));
        bring(&bureau, &made, "noticed");
        let path = format!("/v1/runs/{made}/notice");
        let sheets = sheets(&bureau.officer.get(&format!("{path}.xlsx")));
        assert_eq!((sheets.len(), sheets[0].0.as_str()), (1, "公示表"));
        // 1,234,567.80 ÷ 3 = 411,522.60.
        let rows = [
            ["序号", "学校", "绩效总量", "合计"],
            ["1", "东街小学", "411522.60", "411522.60"],
            ["2", "西街中学", "823045.20", "823045.20"],
            ["合计", "共 2", "1234567.80", "1234567.80"],
        ];
        assert_eq!(sheets[0].1[2..6], rows);
        let page = bureau.officer.ask("GET", &path, &[("accept", "text/html")], None);
        assert!(page.text.contains("<td>1,234,567.80</td>"), "{}", page.text);
    });
}

#[test]
fn a_notice_of_many_pages_and_schools_is_whole() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        ready(&bureau.officer);
        let mut data = data();
        // Sixty schools of one, then one of 1,100: more than there are sheets for, and than is read at once.
        let school = |place: usize| json!({"id": format!("S{place:02}"), "name": "同名", "facts": {"quota": "0.00"}});
        data["school"] = json!((0..61).map(school).collect::<Vec<_>>());
        let person = |place: usize| {
            let mut row = staff(&format!("T{place:05}"), &format!("S{:02}", place.min(60)), &json!({"points": 1}));
            row["name"] = json!(format!("甲{place:05}乙"));
            row
        };
        data["staff"] = json!((0..1_160).map(person).collect::<Vec<_>>());
        let plan = published(&bureau.officer, &plan("many"));
        let made = id(&run(&bureau.officer, &roster(&bureau.officer, &plan, &data)));
        bring(&bureau, &made, "noticed");
        let path = format!("/v1/runs/{made}/notice");
        let notice = bureau.officer.get(&path).good(200);
        let lists = notice["lists"].as_array().expect("lists");
        let counts: Vec<i64> = lists.iter().map(|list| list["payee_count"].as_i64().expect("a number")).collect();
        assert_eq!((counts.len(), &counts[..60], counts[60]), (61, &[1; 60][..], 1_100));
        let last = &lists[60]["payees"];
        assert_eq!(
            (text(&last[0], "name"), text(&last[1_099], "name")),
            ("甲*****乙（尾号 0060）", "甲*****乙（尾号 1159）")
        );
        assert_eq!((&last[1_099]["number"], text(&lists[60], "total")), (&json!(1_100), "11000.00"));
        let page = bureau.officer.ask("GET", &path, &[("accept", "text/html")], None);
        assert_eq!(of_html(&page.text), of_json(&notice));
        let book = bureau.officer.get(&format!("{path}.xlsx"));
        let sheets_of_many = sheets(&book);
        assert_eq!(sheets_of_many.len(), 1);
        // Of each list: title, dates, headings, payees, total, two lines.
        assert_eq!(sheets_of_many[0].1.len(), 61 * 6 + 1_160);
        let breaks = unpacked(&book).matches("<brk ").count();
        assert_eq!(breaks, 60);
        // As many as there are sheets for, each called otherwise.
        let first = bureau.officer.get(&format!("{path}.xlsx?school=S60"));
        assert_eq!(sheets(&first)[0].0, "同名");
    });
}

#[test]
fn an_office_opens_a_notice() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let run = posted(&bureau, "office");
        let book = bureau.officer.get(&format!("/v1/runs/{run}/notice.xlsx"));
        let Some(office) = office::found() else { return };
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("notice-{run}"));
        std::fs::create_dir_all(&folder).expect("a folder");
        let file = folder.join("notice.xlsx");
        std::fs::write(&file, &book.bytes).expect("written");
        let kind = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true";
        office.converted(&[file], kind);
        let opened = std::fs::read_to_string(folder.join(kind).join("notice.csv")).expect("converted");
        let lines: Vec<&str> = opened.lines().collect();
        assert_eq!(lines[2], HEADINGS.join(","));
        for (line, wanted) in lines[3..].iter().zip(FIRST) {
            assert_eq!(*line, wanted.join(","));
        }
    });
}
