//! What is handed over to a payroll system: who gets it, when, and that it is whole.

use std::io::Cursor;
use std::path::Path;

use calamine::{Data, Reader, Xlsx};
use fenpei::sheet::payroll::{Book, Cell, Payroll, Profile, Unwritten};
use serde_json::{Value, json};

use crate::office;
use crate::papers::{begun, bring, id, published, roster, run, staff, text};
use crate::payroll_profiles::put;
use crate::site::{Answer, Bureau, on_both};

const FILES: [(&str, &str); 3] = [
    ("csv", "text/csv; charset=utf-8; header=present"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("ndjson", "application/x-ndjson"),
];

/// The lines of `papers::data`, by hand: head 100.00 for T1; merit 270.00 of S1 each, T3's withheld, and 300.00 and 150.00 in
/// S2; meals 10.00 each. Ten lines of 1,140.00; a line of 0.00 is none.
const LINES: &str = "T1,姓名T1,S1,一小,班主任津贴,,A01,100.00\r\n\
    T1,姓名T1,S1,一小,考核奖励,merit,,270.00\r\n\
    T1,姓名T1,S1,一小,伙食补贴,,,10.00\r\n\
    T2,姓名T2,S1,一小,考核奖励,merit,,270.00\r\n\
    T2,姓名T2,S1,一小,伙食补贴,,,10.00\r\n\
    T3,姓名T3,S1,一小,伙食补贴,,,10.00\r\n\
    T4,姓名T4,S2,二小,考核奖励,merit,,300.00\r\n\
    T4,姓名T4,S2,二小,伙食补贴,,,10.00\r\n\
    T5,姓名T5,S2,二小,考核奖励,merit,,150.00\r\n\
    T5,姓名T5,S2,二小,伙食补贴,,,10.00\r\n";

/// A released run of `papers::data` under a plan of this code: its id and the fingerprint of its result.
fn released(bureau: &Bureau<'_>, code: &str) -> (String, String) {
    let (_, _, run) = begun(bureau, code);
    bring(bureau, &run, "released");
    let known = bureau.officer.get(&format!("/v1/runs/{run}")).good(200);
    assert_eq!(known["balance"]["payee_total"], "1140.00");
    let sha256 = text(&known, "result_sha256").to_owned();
    (run, sha256)
}

/// The body of a good file.
#[track_caller]
fn file(answer: &Answer) -> &str {
    assert_eq!(answer.status, 200, "{}", answer.text);
    &answer.text
}

#[test]
fn a_released_run_is_handed_over_whole() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let (run, sha256) = released(&bureau, "工资-2026");
        let path = format!("/v1/runs/{run}/payroll");
        for (end, media) in FILES {
            let answer = bureau.payroll.get(&format!("{path}.{end}"));
            assert_eq!((answer.status, answer.header("content-type")), (200, media));
            let rest = format!("-2026-{}-{}.{end}", &run[..8], &sha256[..8]);
            // In the second form every mark but the point may be a percent code (RFC 8187 §3.2.1).
            let coded = format!("payroll-%E5%B7%A5%E8%B5%84{rest}").replace('-', "%2D");
            let named = format!("attachment; filename=\"payroll-__{rest}\"; filename*=UTF-8''{coded}");
            assert_eq!(answer.header("content-disposition"), named);
            assert_eq!(answer.header("cache-control"), "no-store");
        }
        let csv = bureau.payroll.get(&format!("{path}.csv"));
        let head = "\u{feff}工号,姓名,单位编号,单位,项目,类别,发放代码,金额\r\n";
        let control = format!("合计,5 人；10 笔；结果 {sha256},,,,,,1140.00\r\n");
        assert_eq!(file(&csv), format!("{head}{LINES}{control}"));
        let lines = bureau.payroll.get(&format!("{path}.ndjson"));
        let lines: Vec<Value> = file(&lines).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert_eq!(lines.len(), 11);
        let first = json!({"工号": "T1", "姓名": "姓名T1", "单位编号": "S1", "单位": "一小", "项目": "班主任津贴",
                           "发放代码": "A01", "金额": "100.00"});
        assert_eq!(lines[0], first);
        let control = json!({"people": 5, "lines": 10, "total": "1140.00", "result_sha256": sha256});
        assert_eq!(lines[10], json!({"control": control}));
        // A flag changes nothing of what is released.
        assert_eq!(bureau.payroll.get(&format!("{path}.csv?draft=true")).text, csv.text);
    });
}

#[test]
fn only_a_released_run_is_paid_by() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let (_, roster_id, first) = begun(&bureau, "draft");
        for state in ["calculated", "submitted", "approved", "withdrawn"] {
            let run = if state == "calculated" { first.clone() } else { id(&run(&bureau.officer, &roster_id)) };
            bring(&bureau, &run, state);
            for (end, _) in FILES {
                let path = format!("/v1/runs/{run}/payroll.{end}");
                let problem = bureau.officer.get(&path).problem(409, "not_in_state");
                assert_eq!(problem["state"], state);
                bureau.officer.get(&format!("{path}?draft=false")).problem(409, "not_in_state");
                bureau.payroll.get(&path).problem(404, "not_found");
                let drafted = format!("{path}?draft=true");
                bureau.payroll.get(&drafted).problem(404, "not_found");
                let draft = bureau.officer.get(&drafted);
                assert_eq!(draft.status, 200, "{}", draft.text);
                let name = draft.header("content-disposition");
                assert!(name.ends_with(&format!("-draft.{end}\"")), "{name}");
                match end {
                    "csv" => {
                        let last = draft.text.lines().last().expect("a last line");
                        assert!(last.starts_with("合计,草稿；5 人；10 笔；"), "{last}");
                        assert!(draft.text.starts_with("\u{feff}工号,"), "{}", draft.text);
                    }
                    "ndjson" => {
                        let last: Value = serde_json::from_str(draft.text.lines().last().expect("one")).expect("JSON");
                        assert_eq!(last["control"]["draft"], json!(true));
                    }
                    _ => assert_eq!(sheet(&draft).0, "工资（草稿）"),
                }
            }
        }
        bureau.officer.get(&format!("/v1/runs/{first}/payroll.csv?draft=yes")).problem(400, "bad_parameter");
    });
}

#[test]
fn a_profile_says_which_columns_and_which_items_there_are() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let (run, sha256) = released(&bureau, "profiles");
        let path = format!("/v1/runs/{run}/payroll");
        let column = |heading: &str, content: &str| json!({"heading": heading, "content": content});
        // A channel of its own: who has nothing of it is not in its file.
        let columns = [column("total", "total"), column("=金额", "amount"), column("代码", "payroll_code")];
        put(&bureau.officer, "heads", &json!({"items": ["班主任津贴"], "columns": columns})).good(200);
        let csv = bureau.payroll.get(&format!("{path}.csv?profile=heads"));
        let said = format!("1 人；1 笔；结果 {sha256}");
        let wanted = format!("\u{feff}total,'=金额,代码\r\n100.00,100.00,A01\r\n合计,100.00,{said}\r\n");
        assert_eq!(file(&csv), wanted);
        // A row a person; blank where there is nothing, and a sum below each item.
        let columns = [
            column("工号", "id"),
            column("单位", "school_name"),
            column("班主任", "item:班主任津贴"),
            column("考核", "item:考核奖励"),
            column("合计", "total"),
        ];
        let items = json!(["班主任津贴", "考核奖励"]);
        let profile = json!({"layout": "people", "items": items, "columns": columns, "title": "两项"});
        put(&bureau.officer, "people", &profile).good(200);
        let csv = bureau.payroll.get(&format!("{path}.csv?profile=people"));
        let wanted = format!(
            "\u{feff}工号,单位,班主任,考核,合计\r\nT1,一小,100.00,270.00,370.00\r\nT2,一小,,270.00,270.00\r\n\
             T4,二小,,300.00,300.00\r\nT5,二小,,150.00,150.00\r\n合计,4 人；5 笔；结果 {sha256},100.00,990.00,1090.00\r\n"
        );
        assert_eq!(file(&csv), wanted);
        let lines = bureau.payroll.get(&format!("{path}.ndjson?profile=people"));
        let second: Value = serde_json::from_str(file(&lines).lines().nth(1).expect("a line")).expect("JSON");
        assert_eq!(second, json!({"工号": "T2", "单位": "一小", "考核": "270.00", "合计": "270.00"}));
        // Without a column for the sum it stands after the last.
        let profile = json!({"layout": "people", "columns": [column("工号", "id"), column("姓名", "name")]});
        put(&bureau.officer, "names", &profile).good(200);
        let csv = bureau.payroll.get(&format!("{path}.csv?profile=names"));
        let last = format!("合计,5 人；10 笔；结果 {sha256},1140.00");
        assert_eq!(file(&csv).lines().last(), Some(last.as_str()));
    });
}

#[test]
fn what_a_run_does_not_have_is_no_silent_zero() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let (run, _) = released(&bureau, "unknown");
        let profile = json!({"layout": "people", "items": ["考核奖励", "农村补贴"],
                             "columns": [{"heading": "x", "content": "item:班主任津帖"}]});
        put(&bureau.officer, "other", &profile).good(200);
        for (end, _) in FILES {
            let path = format!("/v1/runs/{run}/payroll.{end}");
            let problem = bureau.payroll.get(&format!("{path}?profile=other")).problem(422, "payroll_refused");
            let said = problem["errors"].to_string();
            assert_eq!(problem["total"], json!(2), "{problem}");
            assert!(["农村补贴", "班主任津帖", "unknown_name"].iter().all(|word| said.contains(word)), "{said}");
            let problem = bureau.payroll.get(&format!("{path}?profile=none")).problem(400, "bad_parameter");
            assert_eq!(problem["errors"][0]["parameter"], "profile");
            assert!(problem.to_string().contains("other"), "{problem}");
        }
    });
}

#[test]
fn each_file_has_its_own_media_type() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let (run, _) = released(&bureau, "accept");
        for (end, media) in FILES {
            let path = format!("/v1/runs/{run}/payroll.{end}");
            let (media, _) = media.split_once(';').unwrap_or((media, ""));
            for (accept, status) in [(media, 200), ("*/*", 200), ("application/json", 406), ("image/png", 406)] {
                let answer = bureau.payroll.ask("GET", &path, &[("accept", accept)], None);
                assert_eq!(answer.status, status, "{end} {accept}: {}", answer.text);
            }
        }
    });
}

/// A plan in which everybody has 1.00, and some a prize; and data of so many, of whom only the last has the prize.
fn many(code: &str, names: &[String]) -> (Value, Value) {
    let plan = json!({
        "language": 1, "code": code, "title": "多人", "payee": "staff",
        "levels": [{"name": "school"}, {"name": "staff", "parent": "school", "facts": [
            {"name": "prize", "type": "money", "default": "0.00"}]}],
        "steps": [
            {"do": "formula", "level": "staff", "name": "one", "type": "money", "formula": "1", "pay": {"item": "津贴"}},
            {"do": "formula", "level": "staff", "name": "won", "type": "money", "formula": "prize", "pay": {"item": "奖"}}
        ]
    });
    let last = names.len() - 1;
    let row = |(place, name): (usize, &String)| {
        let facts = if place == last { json!({"prize": "0.05"}) } else { json!({}) };
        let mut row = staff(&format!("T{place:05}"), "S1", &facts);
        row["name"] = json!(name);
        row
    };
    let rows: Vec<Value> = names.iter().enumerate().map(row).collect();
    (plan, json!({"school": [{"id": "S1"}], "staff": rows}))
}

#[test]
fn files_of_many_pages_are_whole() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let names: Vec<String> = (0..1_100).map(|place| format!("姓名{place}")).collect();
        let (plan, data) = many("pages", &names);
        let roster_id = roster(&bureau.officer, &published(&bureau.officer, &plan), &data);
        let run = id(&run(&bureau.officer, &roster_id));
        bring(&bureau, &run, "released");
        let path = format!("/v1/runs/{run}/payroll");
        let csv = bureau.payroll.get(&format!("{path}.csv"));
        assert_eq!(file(&csv).lines().count(), 1 + 1_101 + 1);
        let ids: Vec<&str> = csv.text.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
        assert!(ids.is_sorted() && ids[1_099] == "T01099" && ids[1_100] == "T01099", "{:?}", &ids[1_095..]);
        assert!(csv.text.lines().last().expect("one").ends_with(",1100.05"));
        // Nobody of the first pages is in this channel.
        let profile = json!({"items": ["奖"], "columns": [{"heading": "a", "content": "amount"}]});
        put(&bureau.officer, "prize", &profile).good(200);
        let lines = bureau.payroll.get(&format!("{path}.ndjson?profile=prize"));
        let lines: Vec<&str> = file(&lines).lines().collect();
        assert_eq!((lines.len(), lines[0]), (2, "{\"a\":\"0.05\"}"));
        assert!(lines[1].contains("\"total\":\"0.05\""), "{}", lines[1]);
        let (_, rows) = sheet(&bureau.payroll.get(&format!("{path}.xlsx")));
        assert_eq!((rows.len(), rows[1_102][7].to_string().as_str()), (1_103, "1100.05"));
    });
}

#[test]
fn cells_are_no_formulas_and_letters_are_never_lost() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let names = ["=1+1", "+a", "-b", "@c", "甲,乙\"丙\"", "𠮷野家😀", "普通"].map(str::to_owned);
        let (plan, data) = many("letters", &names);
        let plan_id = published(&bureau.officer, &plan);
        let made = id(&run(&bureau.officer, &roster(&bureau.officer, &plan_id, &data)));
        bring(&bureau, &made, "released");
        let columns = json!([{"heading": "姓名", "content": "name"}, {"heading": "金额", "content": "total"}]);
        let profile = json!({"layout": "people", "columns": columns, "encoding": "gb18030"});
        put(&bureau.officer, "old", &profile).good(200);
        let csv = bureau.payroll.get(&format!("/v1/runs/{made}/payroll.csv?profile=old"));
        assert_eq!((csv.status, csv.header("content-type")), (200, "text/csv; charset=gb18030; header=present"));
        let (decoded, _, lost) = encoding_rs::GB18030.decode(&csv.bytes);
        assert!(!lost);
        let names = ["'=1+1", "'+a", "'-b", "'@c", "\"甲,乙\"\"丙\"\"\"", "𠮷野家😀"];
        let mut wanted = "姓名,金额\r\n".to_owned();
        names.iter().for_each(|name| wanted.push_str(&format!("{name},1.00\r\n")));
        wanted.push_str("普通,1.05\r\n");
        assert!(decoded.starts_with(&wanted), "{decoded}");
        // 姓 is D0 D5, 名 is C3 FB in every Chinese encoding; there is no byte order mark.
        assert_eq!(&csv.bytes[..4], [0xd0, 0xd5, 0xc3, 0xfb]);
        // What is no formula in JSON needs no guard.
        let lines = bureau.payroll.get(&format!("/v1/runs/{made}/payroll.ndjson?profile=old"));
        assert!(file(&lines).starts_with("{\"姓名\":\"=1+1\",\"金额\":\"1.00\"}\n"), "{}", lines.text);
        // The one letter that the encoding as browsers know it does not have (WHATWG, gb18030 encoder, step 3).
        let (_, data) = many("letters", &["甲".to_owned(), "\u{e5e5}".to_owned()]);
        let made = id(&run(&bureau.officer, &roster(&bureau.officer, &plan_id, &data)));
        bring(&bureau, &made, "released");
        let path = format!("/v1/runs/{made}/payroll.csv");
        let problem = bureau.payroll.get(&format!("{path}?profile=old")).problem(422, "payroll_refused");
        assert!(problem["errors"][0].to_string().contains("GB18030"), "{problem}");
        assert!(file(&bureau.payroll.get(&path)).contains('\u{e5e5}'));
    });
}

/// The name of the only sheet of a workbook, and its cells.
#[track_caller]
fn sheet(answer: &Answer) -> (String, Vec<Vec<Data>>) {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(&answer.bytes)).expect("a workbook");
    let (name, cells) = book.worksheets().into_iter().next().expect("a sheet");
    (name, cells.rows().map(<[Data]>::to_vec).collect())
}

#[test]
fn a_workbook_has_the_same_as_numbers() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let (run, sha256) = released(&bureau, "book");
        let path = format!("/v1/runs/{run}/payroll");
        let book = bureau.payroll.get(&format!("{path}.xlsx"));
        let (name, rows) = sheet(&book);
        assert_eq!((name.as_str(), rows.len()), ("工资", 12));
        let words: Vec<String> = rows[1].iter().map(Data::to_string).collect();
        assert_eq!(words, ["T1", "姓名T1", "S1", "一小", "班主任津贴", "", "A01", "100"]);
        let amounts: Vec<String> = rows.iter().skip(1).map(|row| row[7].to_string()).collect();
        assert_eq!(amounts, ["100", "270", "10", "270", "10", "10", "300", "10", "150", "10", "1140"]);
        assert!(rows.iter().skip(1).all(|row| matches!(row[7], Data::Float(_))), "{rows:?}");
        assert_eq!(rows[11][1].to_string(), format!("5 人；10 笔；结果 {sha256}"));
        let Some(office) = office::found() else { return };
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("payroll-{run}"));
        std::fs::create_dir_all(&folder).expect("a folder");
        let file = folder.join("payroll.xlsx");
        std::fs::write(&file, &book.bytes).expect("written");
        // In UTF-8, with cells as they are shown.
        let kind = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true";
        office.converted(&[file], kind);
        let opened = std::fs::read_to_string(folder.join(kind).join("payroll.csv")).expect("converted");
        let shown: Vec<&str> = opened.lines().skip(1).filter_map(|line| line.rsplit(',').next()).collect();
        // What a reader sees: two decimals, and thousands apart.
        let wanted = ["100.00", "270.00", "10.00", "270.00", "10.00", "10.00", "300.00", "10.00", "150.00", "10.00"];
        assert_eq!(shown[..10], wanted, "{opened}");
        assert!(opened.trim_end().ends_with(",\"1,140.00\""), "{opened}");
    });
}

#[test]
fn a_sheet_that_is_full_takes_no_more() {
    let nothing = (Default::default(), Default::default(), (String::new(), false));
    let payroll = Payroll::new(Profile::default(), nothing.0, nothing.1, nothing.2).expect("no item is wanted");
    let mut book = Book::new(&payroll).expect("a workbook");
    // A sheet has 2²⁰ rows, of which the headings are one.
    let rows = vec![vec![Cell::Text("x".to_owned())]; 1 << 16];
    for _ in 1..16 {
        book.add(&rows).expect("there is room");
    }
    book.add(&rows[1..]).expect("there is room for all but one");
    assert!(matches!(book.add(&rows[..1]), Err(Unwritten::TooLarge)));
}
