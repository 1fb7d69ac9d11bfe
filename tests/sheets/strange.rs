//! Plans, data and changes that a spreadsheet reads otherwise than one would think.

use std::fs;

use serde_json::{Value, json};

use crate::office::{self, second_engine};
use crate::workbook::{AGREE, folder, made, verdict, with_cell};

/// The verdicts of workbooks in each engine that is here.
fn verdicts(name: &str, books: &[Vec<u8>]) -> Vec<Vec<String>> {
    let folder = folder(name);
    let write = |(number, book): (usize, &Vec<u8>)| {
        let path = folder.join(format!("{number}.xlsx"));
        fs::write(&path, book).expect("written");
        path
    };
    let paths: Vec<_> = books.iter().enumerate().map(write).collect();
    let office = office::recalculating();
    let office = office.map(|office| office.converted(&paths, "xlsx").iter().map(|path| verdict(path)).collect());
    office.into_iter().chain(second_engine().map(|second| second.verdicts(&paths))).collect()
}

/// A plan of schools and their staff, who have `x` and a choice `k`.
fn plan(choices: &[String], steps: &Value, more: &Value) -> Value {
    let mut plan = json!({
        "language": 1, "code": "t", "title": "t", "payee": "staff", "levels": [
            {"name": "school", "facts": [{"name": "fund", "type": "money"}, {"name": "n", "type": "number"}]},
            {"name": "staff", "parent": "school", "facts": [
                {"name": "x", "type": "number"}, {"name": "k", "type": "choice", "choices": choices}]}],
        "steps": steps});
    for (key, value) in more.as_object().expect("an object") {
        plan[key] = value.clone();
    }
    plan
}

/// One member of staff for each x, with the choices in turn; a second school without anybody.
fn data(choices: &[String], numbers: &[&str]) -> Value {
    let staff = numbers
        .iter()
        .zip(choices.iter().cycle())
        .enumerate()
        .map(|(number, (x, k))| json!({"id": format!("T{number:02}"), "parent": "S1", "facts": {"x": x, "k": k}}));
    json!({
        "school": [{"id": "S1", "facts": {"fund": "1000", "n": "1"}}, {"id": "S2", "facts": {"fund": "0", "n": "0"}}],
        "staff": staff.collect::<Vec<Value>>()})
}

fn step(name: &str, formula: &str) -> Value {
    json!({"do": "formula", "level": "staff", "name": name, "formula": formula})
}

fn of_school(name: &str, formula: &str) -> Value {
    json!({"do": "formula", "level": "school", "name": name, "formula": formula})
}

fn list(numbers: std::ops::Range<i32>, pattern: &str) -> String {
    numbers.map(|number| pattern.replace('#', &number.to_string())).collect::<Vec<String>>().join(",")
}

/// Steps whose formulas, nested calls or sums are longer than a cell takes.
fn long_steps() -> [Value; 3] {
    let long = json!([
        step("a", &format!("if(in(x, {}), 1, 2)", list(3..400, "#"))),
        step("b", &format!("max(x, {})", list(1..400, "#"))),
        step("c", &format!("if(or({}), 1, 2)", list(3..300, "x / 1 = #"))),
        step("d", &format!("x / 3 * 1000{}", " - x / 3".repeat(400)))
    ]);
    let grades = (0..80).map(|number| json!({"code": format!("等{number}"), "quota": "1"}));
    let grades: Vec<Value> = grades.chain([json!({"code": "末"})]).collect();
    let rank = json!([{"do": "rank", "level": "staff", "name": "g", "by": "x", "ties": "better", "grades": grades}]);
    let pays = (0..250).map(|number| {
        json!({"do": "formula", "level": "staff", "name": format!("p{number}"), "type": "money", "formula": "0.01",
               "from": "school.fund", "pay": {"item": "i"}})
    });
    [long, rank, pays.collect::<Vec<Value>>().into()]
}

#[test]
fn strange_names_texts_and_long_formulas_agree() {
    let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect::<Vec<String>>();
    let (plain, none) = (texts(&["p", "q"]), json!({}));
    let numbers = ["1", "2", "3", "4", "5", "6", "7"];
    let mut all: Vec<(Value, Value)> = Vec::new();
    let mut add = |choices: &[String], steps: Value, more: &Value, numbers: &[&str]| {
        all.push((plan(choices, &steps, more), data(choices, numbers)));
    };
    let constants = json!({"constants": [
        {"name": "基数", "value": "2"}, {"name": "基数·甲", "value": "3"}, {"name": "rate", "value": "5"}]});
    add(&plain, json!([step("a", "基数·甲 * x + ｒａｔｅ")]), &constants, &numbers);
    let table = json!({"tables": [
        {"name": "t", "kind": "lookup", "rows": [{"key": ["AB"], "value": "5"}], "else": "1"}]});
    add(&texts(&["A*", "AB", "A?", "~B"]), json!([step("a", "lookup(t, k)")]), &table, &numbers);
    let strange = texts(&["inf", "NaN", "1e5", "TRUE", "#N/A", "=1+1", "a\"b", "+Infinity"]);
    let copy =
        json!([{"do": "formula", "level": "staff", "name": "c", "type": "choice", "choices": strange, "formula": "k"}]);
    add(&strange, copy, &none, &numbers);
    let [long, rank, pays] = long_steps();
    add(&plain, long, &none, &numbers);
    add(&plain, rank, &none, &numbers);
    add(&plain, pays, &none, &["1", "2"]);
    // Nobody asks where there is nobody: the second school divides by 0.
    let asking = json!([
        of_school("a", "count(staff, staff.x > fund / n)"),
        of_school("b", "count(staff, and(staff.x > n, 6 / (staff.x - 1) > 1))"),
        of_school("c", "sum(staff.x, fund / n > 1)")
    ]);
    add(&plain, asking, &none, &numbers);
    // 0.075 ÷ 0.05 is a little less than 1.5 in a sheet.
    let round = json!({"to": "0.05", "mode": "half_up"});
    let halves = json!([
        {"do": "formula", "level": "staff", "name": "a", "formula": "x / 40", "round": round},
        step("b", "mround(x / 40, 0.05)"), step("c", "round(x * 1.1 * 5 / 11 * 3, 0)")]);
    add(&plain, halves, &none, &["1", "3", "5", "7", "9", "11", "13", "17", "19", "21", "23"]);
    let bands = json!({"tables": [{"name": "t", "kind": "band", "min": "0.00000001", "rows": [
        {"upto": "1", "value": "1"}, {"below": "2", "value": "2"}, {"value": "3"}]}]});
    add(&plain, json!([step("a", "lookup(t, x)")]), &bands, &["0.00000001", "1", "1.00000001", "1.99999999", "2"]);
    for label in ["𠮷".repeat(40), "校\u{1}\n\u{ffff}".to_owned(), "History".to_owned()] {
        let mut plan = plan(&plain, &json!([of_school("a", "sum(staff.x)")]), &none);
        plan["levels"][1]["label"] = json!(label);
        all.push((plan, data(&plain, &numbers)));
    }
    let books: Vec<Vec<u8>> = all
        .iter()
        .map(|(plan, data)| made(&plan.to_string(), &data.to_string()).unwrap_or_else(|| panic!("{plan}")))
        .collect();
    for (book, (plan, _)) in books.iter().zip(&all) {
        let sheet = part(book, "xl/worksheets/sheet4.xml");
        assert!(!sheet.contains("<v>NaN") && !sheet.contains("<v>inf") && !sheet.contains("<v>+"), "{plan}");
        for number in 1..=5 {
            let sheet = part(book, &format!("xl/worksheets/sheet{number}.xml"));
            let formulas = sheet.split("<f>").skip(1).filter_map(|rest| rest.split("</f>").next());
            let longest = formulas.map(|formula| formula.chars().count()).max();
            assert!(longest.is_none_or(|longest| longest <= 8_192), "{longest:?}: {plan}");
        }
    }
    for found in verdicts("workbook-strange", &books) {
        for (found, (plan, _)) in found.iter().zip(&all) {
            assert_eq!(found, AGREE, "{plan}");
        }
    }
}

fn part(book: &[u8], name: &str) -> String {
    let mut read = zip::ZipArchive::new(std::io::Cursor::new(book)).expect("a zip");
    std::io::read_to_string(read.by_name(name).expect("a part")).expect("text")
}

#[test]
fn what_the_formulas_do_not_read_is_not_agreed_to() {
    let choices = ["p".to_owned()];
    let steps = json!([
        {"do": "share", "level": "staff", "name": "s", "from": "school.fund", "amount": "left(fund) * rate",
         "weight": "x", "floor": "10", "cap": "if(x > 50, 20, 500)"},
        step("big", "x * 5000000000")]);
    let plan = plan(&choices, &steps, &json!({"constants": [{"name": "rate", "value": "0.03"}]}));
    let data = data(&choices, &["1", "100"]);
    let book = made(&plan.to_string(), &data.to_string()).expect("a workbook");
    let sheet = part(&book, "xl/worksheets/sheet4.xml");
    let big = sheet.split("<c r=\"").find(|cell| cell.contains("<v>5000000000</v>") && !cell.contains("<f>"));
    let big = big.and_then(|cell| cell.split('"').next()).expect("the value beside the formula").to_owned();
    let books = [
        book.clone(),
        // Ten yuan for the one and twenty for the other are no longer all that there is.
        with_cell(&book, 1, "C4", &json!(0.0305)),
        with_cell(&book, 3, "D5", &json!("S2")),
        with_cell(&book, 3, &big, &json!(5_000_000_001_i64)),
    ];
    for found in verdicts("workbook-unread", &books) {
        let agrees: Vec<bool> = found.iter().map(|found| found == AGREE).collect();
        assert_eq!(agrees, [true, false, false, false], "{found:?}");
    }
}

#[test]
fn a_verdict_says_how_many_steps_it_leaves_out() {
    let choices = ["甲".repeat(300), "乙".to_owned()];
    let grades = json!([{"code": choices[0], "quota": "1"}, {"code": "乙"}]);
    let steps = json!([
        {"do": "rank", "level": "staff", "name": "g", "by": "x", "ties": "better", "grades": grades}]);
    let book = made(&plan(&choices, &steps, &json!({})).to_string(), &data(&choices, &["1", "2"]).to_string());
    for found in verdicts("workbook-left-out", &[book.expect("a workbook")]) {
        assert_eq!(found, ["一致（另有 1 步仅列示，没有复核）"]);
    }
}

#[test]
fn a_band_begins_where_the_one_before_is_made_to_end() {
    let choices = ["a".to_owned()];
    let rows = json!([{"upto": "5", "value": "2"}, {"value": "2"}]);
    let tables = json!({"tables": [{"name": "m", "kind": "band", "min": "0", "rows": rows}]});
    let plan = plan(&choices, &json!([step("a", "marginal(m, x)")]), &tables);
    let book = made(&plan.to_string(), &data(&choices, &["10"]).to_string()).expect("a workbook");
    // Both bands give the same, so wherever the first ends, the sum is 2 × 10.
    for found in verdicts("bands", &[with_cell(&book, 1, "E7", &json!("6"))]) {
        assert_eq!(found, [AGREE]);
    }
}
