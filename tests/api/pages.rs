//! The pages for people: what problems and error codes mean.

use fenpei::plan::{Code, WARNINGS};
use serde_json::Value;

use crate::server::{Answer, ask_at, get, post_bytes, shared};

fn page(path: &str, language: &str) -> (String, Answer) {
    let answer = ask_at(shared(), "GET", path, &[("accept", "text/html"), ("accept-language", language)], None);
    (String::from_utf8(answer.bytes.clone()).unwrap(), answer)
}

/// The words of an open enumeration of the contract.
fn words(pointer: &str) -> Vec<String> {
    let document = get("/openapi.json").json();
    let words = document.pointer(&format!("/components/schemas/{pointer}/x-extensible-enum")).unwrap();
    words.as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect()
}

/// What stands between two pieces of a text.
fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("{from} is not in {text}"));
    rest.split_once(to).unwrap_or_else(|| panic!("{to} is not in {rest}")).0
}

fn is_chinese(text: &str) -> bool {
    text.chars().any(|letter| letter > '\u{4dff}')
}

/// A page runs nothing, sends nothing, and asks no other host.
fn is_alone(html: &str, answer: &Answer) {
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(answer.header("content-security-policy"), "default-src 'none'; style-src 'unsafe-inline'");
    for outside in ["<script", "<form", "<img", "<link", " on", "@import", "url(", "href=\"http"] {
        let tags = html.split('<').skip(1).map(|tag| format!("<{}", tag.split('>').next().unwrap()));
        assert!(!tags.into_iter().any(|tag| tag.contains(outside)), "{outside}");
    }
    assert!(!between(html, "<style>", "</style>").contains("url("));
    for to in html.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        let (path, anchor) = to.split_once('#').unwrap_or((to, ""));
        let there = get(path);
        assert_eq!(there.status, 200, "{to}");
        let there = String::from_utf8_lossy(&there.bytes).into_owned();
        assert!(anchor.is_empty() || there.contains(&format!("id=\"{anchor}\"")), "{to}");
    }
}

#[test]
fn every_problem_has_a_page_with_its_cause_and_its_cure() {
    let codes = words("Problem/properties/code");
    assert!(codes.len() >= 42, "{codes:?}");
    for code in codes {
        for (language, headings, first) in [
            ("zh", ["含义", "原因", "会计怎么办", "程序员怎么办"], "代码"),
            ("en", ["Meaning", "Cause", "In the office", "In a program"], "code"),
        ] {
            let (html, answer) = page(&format!("/problems/{code}"), language);
            assert_eq!((answer.status, answer.header("content-language")), (200, language), "{code}");
            assert!(html.contains(&format!("· <code>{code}</code>")), "{code}");
            for heading in headings {
                let told = between(&html, &format!("<h2>{heading}</h2>\n<p>"), "</p>");
                assert!(told.len() > 12 && is_chinese(told) == (language == "zh"), "{code} {heading}: {told}");
            }
            // A code that errors may have is told in the same language, with what to do.
            if let Some((_, rows)) = html.split_once(&format!("<thead><tr><th>{first}</th>")) {
                for row in rows.split("<tr>").skip(1) {
                    let cells: Vec<&str> =
                        row.split("<td>").skip(1).map(|cell| cell.split("</td>").next().unwrap()).collect();
                    assert!(cells.len() == 3 && cells.iter().all(|cell| cell.len() > 3), "{code}: {row}");
                    assert!(cells[1..].iter().all(|cell| is_chinese(cell) == (language == "zh")), "{code}: {row}");
                }
            }
        }
    }
}

#[test]
fn the_type_of_a_problem_opens() {
    let missing = get("/nowhere").problem(404, "not_found");
    let (html, answer) = page(missing["type"].as_str().unwrap(), "zh-CN,zh;q=0.9,en;q=0.8");
    is_alone(&html, &answer);
    assert!(html.contains("<html lang=\"zh-CN\">") && html.contains("HTTP 404 · <code>not_found</code>"));
    let refused = post_bytes("/v1/calculations", br#"{"plan": {}, "data": {}}"#).json();
    let (html, answer) = page(refused["type"].as_str().unwrap(), "en");
    is_alone(&html, &answer);
    assert!(html.contains("<html lang=\"en\">"));
    for error in refused["errors"].as_array().unwrap() {
        let code = error["code"].as_str().unwrap();
        assert!(html.contains(&format!("<a href=\"/problems/#{code}\">")), "{code}");
    }
}

#[test]
fn the_index_has_every_problem_and_every_code_once() {
    for language in ["zh", "en"] {
        let (html, answer) = page("/problems/", language);
        is_alone(&html, &answer);
        for code in words("Problem/properties/code") {
            assert!(html.contains(&format!("<a href=\"/problems/{code}\"><code>{code}</code></a>")), "{code}");
        }
        let anchors: Vec<&str> = html.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        let mut once = anchors.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), anchors.len(), "a code is told twice");
        let files = words("ImportFinding/properties/code");
        let notes = files.iter().position(|word| word == "taken_as_blank").unwrap();
        let warnings = WARNINGS.map(|(word, ..)| word.to_owned());
        let wanted = Code::ALL.iter().map(|code| code.word().to_owned()).chain(warnings);
        for code in wanted.chain(files[..notes].iter().cloned()) {
            assert!(anchors.contains(&code.as_str()), "{code}");
            let row = between(&html, &format!("<tr id=\"{code}\">"), "</tr>");
            let cells: Vec<&str> = row.split("<td>").skip(2).collect();
            assert!(!cells.is_empty() && cells.iter().all(|cell| cell.len() > 12), "{row}");
            assert!(cells.iter().all(|cell| is_chinese(cell) == (language == "zh")), "{row}");
        }
    }
}

#[test]
fn the_page_of_the_first_steps_is_alone_and_is_where_one_begins() {
    let (html, answer) = page("/start/", "en");
    is_alone(&html, &answer);
    assert_eq!(answer.header("content-language"), "zh");
    assert_eq!(page("/", "zh").0, html);
    let program = get("/start/start.py");
    assert_eq!(program.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(program.header("content-disposition"), "attachment; filename=\"start.py\"");
}

#[test]
fn what_is_no_problem_has_no_page() {
    for path in ["/problems/nothing", "/problems/NOT_FOUND", "/problems/not_found/", "/problems/%3Cscript%3E"] {
        get(path).problem(404, "not_found");
    }
    for path in ["/problems/", "/problems/not_found"] {
        let refused = ask_at(shared(), "POST", path, &[], Some(b"{}"));
        refused.problem(405, "method_not_allowed");
        assert_eq!(refused.header("allow"), "GET");
        let head = ask_at(shared(), "HEAD", path, &[], None);
        assert_eq!((head.status, head.bytes.len()), (200, 0));
    }
    let (moved, _) = page("/problems", "zh");
    assert_eq!(moved, page("/problems/", "zh").0);
}

#[test]
fn examples_of_problems_in_the_contract_open_too() {
    let document = get("/openapi.json").json();
    let mut types = Vec::new();
    fn walk(value: &Value, types: &mut Vec<String>) {
        match value {
            Value::Object(entries) => {
                if let Some(kind) = entries.get("type").and_then(Value::as_str).filter(|kind| kind.starts_with('/')) {
                    types.push(kind.to_owned());
                }
                entries.values().for_each(|value| walk(value, types));
            }
            Value::Array(items) => items.iter().for_each(|value| walk(value, types)),
            _ => {}
        }
    }
    walk(&document, &mut types);
    for kind in types {
        assert_eq!(get(&kind).status, 200, "{kind}");
    }
}
