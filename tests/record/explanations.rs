//! Why an amount is what it is: statements and explanations of a run on record.

use serde_json::Value;

use crate::papers::begun;
use crate::site::{Bureau, on_both};

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
