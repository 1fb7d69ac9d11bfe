//! The statements of many: as a list, as a page to be printed, and as a workbook with slips.

use std::path::Path;

use serde_json::{Value, json};

use crate::notices::{sheets, unpacked};
use crate::office;
use crate::papers::{all_of, begun, bring, id, published, roster, run, staff, text};
use crate::site::{Bureau, on_both};

#[test]
fn the_statements_of_a_school_are_those_of_its_payees() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let run = begun(&bureau, "listed").2;
        let path = format!("/v1/runs/{run}/statements");
        let each = |row: &str| bureau.officer.get(&format!("{path}/{row}")).good(200);
        for limit in [1, 2, 5] {
            let listed = bureau.officer.all(&path, limit);
            assert_eq!(all_of(&json!(listed), "id"), ["T1", "T2", "T3", "T4", "T5"], "{limit}");
            for statement in &listed {
                assert_eq!(*statement, each(text(statement, "id")));
            }
        }
        let second = bureau.officer.all(&format!("{path}?school=S2"), 1);
        assert_eq!(all_of(&json!(second), "id"), ["T4", "T5"]);
        assert_eq!(bureau.officer.get(&format!("{path}?school=S9")).good(200), json!({"items": []}));
        // A cursor is of the list that it was given for.
        let first = bureau.officer.get(&format!("{path}?school=S2&limit=1")).good(200);
        let other = format!("{path}?limit=1&cursor={}", text(&first, "next_cursor"));
        bureau.officer.get(&other).problem(400, "bad_cursor");
        bureau.officer.get(&format!("{path}?limit=501")).problem(400, "bad_parameter");
    });
}

#[test]
fn the_page_of_a_school_has_everybody_on_paper_of_their_own() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let run = begun(&bureau, "printed").2;
        let path = format!("/v1/runs/{run}/statements");
        let html = |path: &str| bureau.officer.ask("GET", path, &[("accept", "text/html")], None);
        let article = |text: &str| {
            let (_, article) = text.split_once("<article>").expect("an article");
            article.split_once("</article>").expect("its end").0.to_owned()
        };
        let page = html(&format!("{path}?school=S1"));
        assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
        assert_eq!(page.header("link"), "");
        assert!(page.text.contains("article + article { break-before: page;"), "{}", page.text);
        let articles: Vec<&str> = page.text.split_inclusive("</article>").collect();
        assert_eq!(articles.len(), 4);
        for (own, row) in articles.iter().zip(["T1", "T2", "T3"]) {
            assert_eq!(article(own), article(&html(&format!("{path}/{row}")).text));
        }
        // Where there are more the next page is named.
        let first = html(&format!("{path}?school=S1&limit=2"));
        assert_eq!(first.text.matches("<article>").count(), 2);
        let link = first.header("link");
        let next = link.strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\"")).expect("a next page");
        let last = html(next);
        assert_eq!((last.text.matches("<article>").count(), last.header("link")), (1, ""));
        assert_eq!(article(&last.text), article(&html(&format!("{path}/T3")).text));
        // Where the run is posted it says where objections are raised.
        assert!(!page.text.contains("异议"));
        bring(&bureau, &run, "noticed");
        let said = "公示时间：2020-06-01 至 2020-06-05。其间如有异议，请向区教育局人事科反映；监督电话：029-8765 4321";
        assert_eq!(html(&format!("{path}?school=S1")).text.matches(said).count(), 3);
        assert_eq!(html(&format!("{path}/T1")).text.matches(said).count(), 1);
    });
}

/// What stands in the first five columns of the lines, and on the slips, by hand as `papers::data`.
const LINES: [[&str; 5]; 8] = [
    ["T1", "姓名T1", "一小", "班主任津贴", "100.00"],
    ["T1", "姓名T1", "一小", "考核奖励", "270.00"],
    ["T1", "姓名T1", "一小", "伙食补贴", "10.00"],
    ["T1", "姓名T1", "一小", "合计", "380.00"],
    ["", "", "", "", ""],
    ["T2", "姓名T2", "一小", "考核奖励", "270.00"],
    ["T2", "姓名T2", "一小", "伙食补贴", "10.00"],
    ["T2", "姓名T2", "一小", "合计", "280.00"],
];
const SLIPS: [[&str; 8]; 6] = [
    ["工号", "姓名", "学校", "班主任津贴", "考核奖励", "伙食补贴", "合计", "大写"],
    ["T1", "姓名T1", "一小", "100.00", "270.00", "10.00", "380.00", "人民币叁佰捌拾元整"],
    ["", "", "", "", "", "", "", ""],
    ["工号", "姓名", "学校", "班主任津贴", "考核奖励", "伙食补贴", "合计", "大写"],
    ["T2", "姓名T2", "一小", "", "270.00", "10.00", "280.00", "人民币贰佰捌拾元整"],
    ["", "", "", "", "", "", "", ""],
];

#[test]
fn the_workbook_has_each_line_and_slips_to_be_cut() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let run = begun(&bureau, "slips").2;
        let path = format!("/v1/runs/{run}/statements.xlsx");
        assert_eq!(bureau.officer.get(&path).problem(409, "not_in_state")["state"], "calculated");
        let draft = bureau.officer.get(&format!("{path}?draft=true"));
        assert!(draft.header("content-disposition").ends_with("-draft.xlsx\""));
        let names: Vec<String> = sheets(&draft).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["明细（草稿）", "工资条（草稿）"]);
        bring(&bureau, &run, "released");
        let book = bureau.payroll.get(&path);
        let sheets_of_all = sheets(&book);
        let known = bureau.officer.get(&format!("/v1/runs/{run}")).good(200);
        let (sha256, all) = (text(&known, "result_sha256"), &sheets_of_all);
        assert_eq!((all[0].0.as_str(), all[1].0.as_str()), ("明细", "工资条"));
        assert!(book.header("content-disposition").contains(&format!(
            "statements-slips-{}-{}.xlsx",
            &run[..8],
            &sha256[..8]
        )));
        let lines = &all[0].1;
        assert!(lines[1][0].contains(&run) && lines[1][0].contains(sha256), "{:?}", lines[1]);
        assert_eq!(lines[2], ["工号", "姓名", "学校", "项目", "金额", "由来", "依据"]);
        for (line, wanted) in lines[3..].iter().zip(LINES) {
            assert_eq!(line[..5], wanted);
        }
        assert_eq!(lines[6][5], "大写 人民币叁佰捌拾元整");
        // How it came about is what the statement says.
        let why = bureau.officer.get(&format!("/v1/runs/{run}/statements/T1")).good(200);
        for (line, node) in lines[3..6].iter().zip(why["explanation"]["operands"].as_array().expect("lines")) {
            assert!(line[5].starts_with(text(node, "text")), "{line:?}: {node}");
        }
        // What the veto took is told, with no amount.
        let taken = lines.iter().find(|line| line[3].starts_with("未发放：")).expect("a line");
        assert_eq!((taken[0].as_str(), taken[3].as_str(), taken[4].as_str()), ("T3", "未发放：考核奖励", ""));
        for (slip, wanted) in all[1].1.iter().zip(SLIPS) {
            assert_eq!(*slip, wanted);
        }
        // A heading, amounts and a blank row for each of five; nothing is cut off below the last.
        assert_eq!(all[1].1.len(), 14);
        assert!(unpacked(&book).contains(&format!("结果 SHA-256 {sha256}&amp;R第 &amp;P 页 共 &amp;N 页")));
        let second = sheets(&bureau.payroll.get(&format!("{path}?school=S2")));
        assert_eq!((second[1].1.len(), second[1].1[1][0].as_str()), (5, "T4"));
        let Some(office) = office::found() else { return };
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("statements-{run}"));
        std::fs::create_dir_all(&folder).expect("a folder");
        let file = folder.join("slips.xlsx");
        std::fs::write(&file, &book.bytes).expect("written");
        // The second sheet.
        let kind = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,2";
        office.converted(&[file], kind);
        let opened = std::fs::read_dir(folder.join(kind)).expect("converted").flatten().next().expect("a file");
        let opened = std::fs::read_to_string(opened.path()).expect("text");
        for (line, wanted) in opened.lines().zip(&SLIPS[..2]) {
            assert_eq!(line, wanted.join(","));
        }
    });
}

#[test]
fn a_workbook_has_so_many_statements_and_no_more() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let plan = json!({
            "language": 1, "code": "most", "title": "多人", "payee": "staff",
            "levels": [{"name": "school"}, {"name": "staff", "parent": "school"}],
            "steps": [{"do": "formula", "level": "staff", "name": "one", "type": "money", "formula": "1", "pay": {"item": "津贴"}}]
        });
        // One more than a file has, the last of them at another school.
        let person =
            |place: usize| staff(&format!("T{place:05}"), if place == 5_000 { "S2" } else { "S1" }, &json!({}));
        let rows: Vec<Value> = (0..5_001).map(person).collect();
        let data = json!({"school": [{"id": "S1"}, {"id": "S2"}], "staff": rows});
        let plan = published(&bureau.officer, &plan);
        let made = id(&run(&bureau.officer, &roster(&bureau.officer, &plan, &data)));
        let path = format!("/v1/runs/{made}/statements.xlsx?draft=true");
        let problem = bureau.officer.get(&path).problem(422, "statements_refused");
        assert!(problem["errors"][0].to_string().contains("5000"), "{problem}");
        let second = sheets(&bureau.officer.get(&format!("{path}&school=S2")));
        assert_eq!(second[1].1[1][0], "T05000");
        let book = bureau.officer.get(&format!("{path}&school=S1"));
        // Ten slips to a sheet of paper, so that none is torn apart.
        assert_eq!(unpacked(&book).matches("<brk ").count(), 499);
        let first = sheets(&book);
        assert_eq!((first[1].1.len(), first[1].1[14_998][0].as_str()), (14_999, "T04999"));
    });
}
