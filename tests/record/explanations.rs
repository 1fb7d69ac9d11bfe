//! Why an amount is what it is: statements and explanations of a run on record.

use std::fs;
use std::path::Path;

use fenpei::engine::calculate;
use fenpei::engine::explain::{Explainer, Limits};
use fenpei::plan::Language;
use fenpei::wire::calculation::plan_text;
use fenpei::wire::canonical;
use fenpei::wire::data::read_data;
use fenpei::wire::explanation::Teller;
use serde_json::{Value, json};

use crate::papers::{self, begun, id, published, roster, run};
use crate::site::{Bureau, on_both, on_own, unlimited};

/// All nodes of an explanation.
fn nodes<'e>(node: &'e Value, all: &mut Vec<&'e Value>) {
    all.push(node);
    node["operands"].as_array().expect("operands").iter().for_each(|operand| nodes(operand, all));
}

#[test]
fn a_statement_tells_the_total_and_how_each_line_came_about() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let run = begun(&bureau, "why").2;
        let of = |row: &str| format!("/v1/runs/{run}/statements/{row}");
        // By hand: S2 has 450.00 of 500.00 for T4 and T5, 2 to 1; and 10.00 for meals.
        let statement = bureau.officer.get(&of("T4")).good(200);
        assert_eq!((&statement["id"], &statement["total"]), (&"T4".into(), &"310.00".into()));
        assert_eq!(statement["total_capital"], "人民币叁佰壹拾元整");
        let lines = statement["explanation"]["operands"].as_array().expect("lines");
        let lines: Vec<(&str, &str)> = lines
            .iter()
            .map(|line| (line["name"].as_str().expect("a name"), line["value"].as_str().expect("a value")))
            .collect();
        assert_eq!(lines, [("merit", "300.00"), ("meal", "10.00")]);
        let share = &statement["explanation"]["operands"][0]["share"];
        assert_eq!(
            (&share["amount"], &share["weight"], &share["weights"]),
            (&"450.00".into(), &"2".into(), &"3".into())
        );
        let mut all = Vec::new();
        nodes(&statement["explanation"], &mut all);
        assert!(all.len() > 5 && all.iter().all(|node| !node["text"].as_str().unwrap_or_default().is_empty()));
        for nobody in ["T9", "S2", "%00", "T4%20"] {
            bureau.officer.get(&of(nobody)).problem(404, "not_found");
        }
    });
}

#[test]
fn an_explanation_says_what_a_statement_says_in_either_language() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let run = begun(&bureau, "why").2;
        let of = |query: &str| format!("/v1/runs/{run}/explanations/T4?{query}");
        let statement = bureau.officer.get(&format!("/v1/runs/{run}/statements/T4")).good(200);
        let merit = bureau.officer.get(&of("level=staff&step=merit")).good(200);
        let line = &statement["explanation"]["operands"][0];
        assert_eq!((&merit["value"], &merit["share"], &merit["text"]), (&line["value"], &line["share"], &line["text"]));
        let row = bureau.officer.get(&of("level=staff")).good(200);
        assert!(row["operands"].as_array().expect("steps").iter().any(|step| step["name"] == "head"));
        // The check of a school sums what each of its staff got, which is followed or not.
        let check = |depth: &str| {
            let path = format!("/v1/runs/{run}/explanations/S1?level=school&step=most&depth={depth}");
            bureau.officer.get(&path).good(200)
        };
        let (deep, shallow) = (check("10"), check("0"));
        let count = |node: &Value| {
            let mut all = Vec::new();
            nodes(node, &mut all);
            all.len()
        };
        assert!(count(&shallow) < count(&deep) && shallow["value"] == deep["value"]);
        for (query, parameter) in [
            ("level=stuff", "level"),
            ("", "level"),
            ("level=staff&step=quota", "step"),
            ("level=staff&depth=11", "depth"),
        ] {
            let problem = bureau.officer.get(&of(query)).problem(400, "bad_parameter");
            assert_eq!(problem["errors"][0]["parameter"], parameter, "{query}");
        }
    });
}

#[test]
fn a_statement_is_json_or_a_page_as_the_caller_accepts() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let run = begun(&bureau, "page").2;
        let path = format!("/v1/runs/{run}/statements/T3");
        let asked = |accept: &str, language: &str| {
            bureau.officer.ask("GET", &path, &[("accept", accept), ("accept-language", language)], None)
        };
        for accept in [
            "application/json",
            "*/*",
            "text/html, application/json",
            "text/html;q=0.5, application/json;q=0.8",
            "text/html;q=0.5, */*",
            "text/html;q=0, */*;q=0.1",
            "application/*, text/*;q=0.999",
        ] {
            let answer = asked(accept, "zh");
            assert_eq!(answer.good(200)["total"], "10.00", "{accept}");
            assert_eq!(answer.header("vary"), "Accept, Accept-Language, Authorization");
        }
        assert_eq!(bureau.officer.get(&path).good(200)["id"], "T3", "no Accept at all");
        for accept in [
            "text/html",
            "text/*",
            "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
            "TEXT/HTML;q=0.2, application/json;q=0.1",
            "application/json;q=0, text/html;q=0.001",
        ] {
            let page = asked(accept, "zh");
            assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"), "{accept}");
            assert_eq!(page.header("vary"), "Accept, Accept-Language, Authorization");
            assert_eq!(page.header("cache-control"), "no-store");
            assert_eq!(page.header("content-language"), "zh");
            assert_eq!(page.header("content-security-policy"), "default-src 'none'; style-src 'unsafe-inline'");
        }
        let page = asked("text/html", "zh").text;
        let sha256 = bureau.officer.get(&format!("/v1/runs/{run}")).good(200)["result_sha256"].clone();
        let needed = [
            "<html lang=\"zh-CN\">",
            "学校分配办法（page），第 1 版",
            &run,
            sha256.as_str().expect("a text"),
            "姓名T3（T3）",
            "大写 人民币壹拾元整",
            "假如本行没有“absence”，merit 为 270.00 元，合计为 280.00 元",
        ];
        needed.iter().for_each(|needed| assert!(page.contains(needed), "{needed} is not in\n{page}"));
        assert!(!page.contains("姓名T1") && !page.contains("姓名T2"), "it names nobody else:\n{page}");
        assert!(asked("text/html", "en").text.contains("<html lang=\"en\">"));
        for accept in ["image/png", "text/plain", "text/html;q=0", "application/json;q=0.0, text/html;q=0"] {
            asked(accept, "zh").problem(406, "not_acceptable");
        }
        let other = format!("/v1/runs/{run}/explanations/T3?level=staff");
        bureau.officer.ask("GET", &other, &[("accept", "text/html")], None).problem(406, "not_acceptable");
        let nobody = format!("/v1/runs/{run}/statements/T9");
        bureau.officer.ask("GET", &nobody, &[("accept", "text/html")], None).problem(404, "not_found");
    });
}

#[test]
fn what_is_expanded_is_named_by_the_plan() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let run = begun(&bureau, "expanded").2;
        let of = |query: &str| {
            let path = format!("/v1/runs/{run}/explanations/S1?level=school&step=most&depth=0{query}");
            bureau.officer.get(&path)
        };
        let shares = |query: &str| {
            let node = of(query).good(200);
            let mut all = Vec::new();
            nodes(&node, &mut all);
            all.iter().filter(|node| node["kind"] == "share" && node.get("truncated").is_none()).count()
        };
        assert_eq!((shares(""), shares("&expand=staff.head"), shares("&expand=rows,staff.merit")), (0, 0, 3));
        for words in ["staff.merits", "merit", "", "rows,", "staff.points"] {
            let problem = of(&format!("&expand={words}")).problem(400, "bad_parameter");
            assert_eq!(problem["errors"][0]["parameter"], "expand", "{words}");
            let message = problem["errors"][0]["message"].as_str().expect("a message");
            assert!(message.contains("staff.merit | staff.meal | school.most | rows"), "{message}");
        }
        let statement = format!("/v1/runs/{run}/statements/T1?expand=nothing.at_all");
        bureau.officer.get(&statement).problem(400, "bad_parameter");
    });
}

/// A run is calculated for the first explanation and kept for the next; who may not see it does not see what is kept.
#[test]
fn what_is_kept_of_a_run_is_told_to_nobody_else_and_verifies_nothing() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let (_, roster, run) = begun(&bureau, "kept");
        let path = format!("/v1/runs/{run}/statements/T4");
        let first = std::thread::scope(|scope| {
            let asked = || loop {
                let answer = bureau.officer.get(&path);
                // One token does only so much at once.
                if answer.status != 429 {
                    break answer.good(200);
                }
            };
            let all: Vec<_> = (0..6).map(|_| scope.spawn(asked)).collect();
            let mut all: Vec<Value> = all.into_iter().map(|one| one.join().expect("an answer")).collect();
            all.dedup();
            assert_eq!(all.len(), 1, "all are told the same");
            all.remove(0)
        });
        assert_eq!(first["total"], "310.00");
        // The accountant is of S1 alone, the payroll system sees what is released; neither sees it for its being kept.
        bureau.accountant.get(&path).problem(404, "not_found");
        bureau.payroll.get(&path).problem(404, "not_found");
        bureau.operator.get(&path).problem(404, "not_found");
        Bureau::new(site).officer.get(&path).problem(404, "not_found");
        let verified = || bureau.officer.get(&format!("/v1/runs/{run}/verification")).good(200)["verified"].clone();
        assert_eq!(verified(), true);
        site.sql(&format!("DELETE FROM pieces WHERE owner_id = '{roster}' AND level = 'staff'")).expect("done");
        assert_eq!(bureau.officer.get(&path).good(200), first, "it is kept");
        assert_eq!(verified(), false, "and verified from what is on record");
    });
}

#[test]
fn as_many_runs_are_kept_as_there_is_room_for() {
    on_own(&unlimited(), |site| {
        let bureau = Bureau::new(site);
        let (_, roster, first) = begun(&bureau, "many");
        let told = |run: &str| {
            let path = format!("/v1/runs/{run}/statements/T4");
            loop {
                let answer = bureau.officer.get(&path);
                if answer.status != 429 {
                    break answer;
                }
            }
        };
        told(&first).good(200);
        let again = id(&run(&bureau.officer, &roster));
        told(&again).good(200);
        let others: Vec<String> = (0..63).map(|_| id(&run(&bureau.officer, &roster))).collect();
        for (place, other) in others.iter().enumerate() {
            told(other).good(200);
            if place % 8 == 0 {
                told(&first).good(200);
            }
        }
        // The first was used all the time; of 65 runs the one that was not is forgotten, and what it came from is gone.
        site.sql(&format!("DELETE FROM pieces WHERE owner_id = '{roster}' AND level = 'staff'")).expect("done");
        told(&first).good(200);
        told(&again).problem(404, "not_found");
    });
}

/// What is kept by either database gives the statements that the calculator gives without one.
#[test]
fn every_statement_of_the_ready_plans_is_the_calculators_own() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        for name in ["groups-and-shared-staff", "principal-ranks", "seven-allowances", "star-teachers", "xincheng"] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("plans").join(name);
            let read = |file: &str| fs::read(folder.join(file)).expect("readable");
            let (plan, data) = (read("plan.json"), read("data.json"));
            let parsed = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).expect("JSON");
            let plan_id = published(&bureau.officer, &parsed(&plan));
            let roster = roster(&bureau.officer, &plan_id, &parsed(&data));
            let run = id(&run(&bureau.officer, &roster));
            let plan = plan_text(&plan).unwrap_or_else(|refusal| panic!("{refusal:?}")).plan;
            let data = read_data(&plan, &data).expect("good data");
            let outcome = calculate(&plan, &data).expect("a result");
            let explainer = Explainer::new(&outcome);
            let teller = Teller::new(&outcome, Language::Chinese);
            let payees = plan.payee.map(|level| &data.levels[level].ids).expect("payees");
            assert!(payees.len() > 30, "{name}");
            for (row, payee) in (0..).zip(payees) {
                let node = explainer.statement(row, Limits::default()).expect("explained").expect("a payee");
                let wanted = parsed(canonical::text(&teller.statement(&node)).as_bytes());
                let told = bureau.officer.get(&format!("/v1/runs/{run}/statements/{payee}")).good(200);
                assert_eq!(told, wanted, "{name}: {payee}");
            }
        }
    });
}

#[test]
fn a_row_is_found_in_whatever_form_its_id_is_written() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let plan_id = papers::published(&bureau.officer, &papers::plan("forms"));
        let mut data = papers::school_data();
        data["staff"][0]["id"] = json!("T\u{e9}");
        let roster_id = papers::roster(&bureau.officer, &plan_id, &data);
        let run = papers::id(&papers::run(&bureau.officer, &roster_id));
        // As one character, and as a letter with its accent after it.
        for id in ["T%C3%A9", "Te%CC%81"] {
            let statement = bureau.officer.get(&format!("/v1/runs/{run}/statements/{id}")).good(200);
            assert_eq!(statement["id"], "T\u{e9}");
            bureau.officer.get(&format!("/v1/runs/{run}/explanations/{id}?level=staff")).good(200);
        }
    });
}
