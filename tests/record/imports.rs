//! Rosters by way of spreadsheets: templates, imports, and what is told of bad files.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::cells;
use crate::forms::{Form, all_types, book, faulty, school_tables};
use crate::papers::{data, id, plan, published, roster, school_data, text};
use crate::site::{Answer, Bureau, hire, new_key, on_both, on_own, unlimited};

/// Everything that is kept: rosters, audit entries, answers.
fn kept(bureau: &Bureau<'_>) -> (usize, usize, i64) {
    let own = format!("token_id IN (SELECT id FROM tokens WHERE bureau_id = '{}')", bureau.officer.bureau);
    let answers = format!("SELECT COUNT(*) FROM idempotency_records WHERE {own}");
    (
        bureau.officer.all("/v1/rosters", 500).len(),
        bureau.auditor.all("/v1/audit-entries", 500).len(),
        bureau.officer.site.number(&answers),
    )
}

#[test]
fn an_import_gives_the_roster_that_the_same_data_give_as_json() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let officer = &bureau.officer;
        let plan_id = published(officer, &plan("import-same"));
        for (both, files, data) in [
            (true, vec![("二〇二六.xlsx", book(true))], data()),
            (false, vec![("a.et", book(false))], school_data()),
            (false, school_tables(), school_data()),
        ] {
            let as_json = officer.get(&format!("/v1/rosters/{}", roster(officer, &plan_id, &data))).good(200);
            let told = Form::of(&plan_id).part("title", "九月").files(&files).by(officer).good(200);
            assert_eq!(
                (&told["accepted"], &told["dry_run"], &told["error_count"]),
                (&json!(true), &json!(false), &json!(0))
            );
            let made = officer.get(&format!("/v1/rosters/{}", text(&told["roster"], "id"))).good(200);
            assert_eq!(made, told["roster"]);
            assert_eq!(text(&made, "title"), "九月");
            assert_eq!(
                (&made["data_sha256"], &made["counts"]),
                (&as_json["data_sha256"], &as_json["counts"]),
                "{told}"
            );
            assert_eq!(made["counts"]["staff"], if both { 5 } else { 3 });
            // The trail says which files they were.
            let hex = |bytes: &[u8]| Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
            let prints: Vec<String> = files.iter().map(|(_, bytes)| hex(bytes)).collect();
            let entry =
                bureau.auditor.all("/v1/audit-entries", 500).into_iter().find(|it| it["object_id"] == made["id"]);
            let entry = entry.expect("an entry");
            assert_eq!(
                (text(&entry, "action"), text(&entry, "detail")),
                ("roster.imported", prints.join(" ").as_str())
            );
            assert_eq!(entry["to_sha256"], made["data_sha256"]);
        }
    });
}

/// The cells and codes of errors, those that are told together each.
fn told(errors: &Value) -> Vec<(String, String)> {
    let mut told = Vec::new();
    for error in errors.as_array().expect("a list") {
        assert_eq!((text(error, "file"), text(error, "sheet")), ("a.xlsx", "教职工"), "{error}");
        assert!(!text(error, "message").is_empty());
        let (cell, code) = (text(error, "cell"), text(error, "code").to_owned());
        let column = cell.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let Some(rows) = error.get("rows").and_then(Value::as_str) else {
            told.push((cell.to_owned(), code));
            continue;
        };
        let before = told.len();
        for range in rows.split(", ") {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let [first, last] = [first, last].map(|row| row.parse::<usize>().expect("a row"));
            told.extend((first..=last).map(|row| (format!("{column}{row}"), code.clone())));
        }
        assert_eq!(error["count"], told.len() - before, "{error}");
    }
    told.sort();
    told
}

#[test]
fn every_fault_is_told_at_its_cell_and_nothing_is_kept() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let plan_id = published(&bureau.officer, &all_types());
        let (bytes, wanted) = faulty();
        let form = Form::of(&plan_id).files(&[("a.xlsx", bytes)]);
        let before = kept(&bureau);
        let problem = form.by(&bureau.officer).problem(422, "import_refused");
        assert_eq!(told(&problem["errors"]), wanted);
        assert_eq!(problem["total"], wanted.len());
        let suggested = problem["errors"].as_array().expect("a list").iter().find(|error| error["cell"] == "D3");
        assert_eq!(suggested.expect("D3")["suggestion"], "12000");
        let report = form.tried_by(&bureau.officer).good(200);
        assert_eq!((&report["accepted"], &report["dry_run"]), (&json!(false), &json!(true)));
        assert_eq!((told(&report["errors"]), &report["error_count"]), (wanted, &json!(20)));
        assert!(report.get("roster").is_none());
        assert_eq!(kept(&bureau), before);
    });
}

#[test]
fn files_come_back_with_what_is_wrong_and_nothing_is_kept() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let plan_id = published(&bureau.officer, &all_types());
        let (bytes, wanted) = faulty();
        let form = Form::of(&plan_id).files(&[("数据.xlsx", bytes)]);
        let before = kept(&bureau);
        let sent = |form: &Form, headers: &[(&str, &str)]| {
            let (bearer, kind) = (format!("Bearer {}", bureau.officer.secret), form.kind());
            let own = [("authorization", bearer.as_str()), ("content-type", kind.as_str())];
            let headers: Vec<(&str, &str)> = own.iter().chain(headers).copied().collect();
            site.ask_bytes("POST", "/v1/roster-imports/annotated.xlsx", &headers, Some(&form.bytes()))
        };
        // What keeps nothing needs no key.
        let answer = sent(&form, &[]);
        let workbook = answer.bytes_of(200);
        let name = answer.header("content-disposition");
        assert!(name.contains("filename*=UTF-8''%E6%95%B0%E6%8D%AE%2Dannotated.xlsx"), "{name}");
        let cells: BTreeSet<String> = wanted.into_iter().map(|(cell, _)| cell).collect();
        assert_eq!(cells::red(&workbook, "教职工"), cells);
        let english = sent(&form, &[("accept-language", "en")]).bytes_of(200);
        assert!(cells::notes(&english)["D3"].contains("is it 12000?"), "{}", cells::notes(&english)["D3"]);
        sent(&form, &[("accept", "application/json")]).problem(406, "not_acceptable");
        let no_files = Form { parts: form.parts[..2].to_vec(), ..form.clone() };
        let problem = sent(&no_files, &[]).problem(400, "bad_request_body");
        assert_eq!(problem["errors"][0]["pointer"], "/files");
        let elsewhere = Form::of(bureau.officer.id.as_str()).files(&school_tables());
        sent(&elsewhere, &[]).problem(422, "unknown_reference");
        assert_eq!(kept(&bureau), before);
    });
}

#[test]
fn a_dry_run_keeps_nothing() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let plan_id = published(&bureau.officer, &plan("import-dry"));
        let before = kept(&bureau);
        let report = Form::of(&plan_id).files(&[("a.xlsx", book(true))]).tried_by(&bureau.officer).good(200);
        assert_eq!((&report["accepted"], &report["error_count"]), (&json!(true), &json!(0)));
        assert!(report.get("roster").is_none());
        let sheets = json!([
            {"file": "a.xlsx", "sheet": "school", "level": "school", "rows": 2},
            {"file": "a.xlsx", "sheet": "教师", "level": "staff", "rows": 5},
        ]);
        assert_eq!(report["sheets"], sheets);
        assert!(report["notes"].as_array().expect("notes").iter().any(|note| note["code"] == "by_name"), "{report}");
        assert_eq!(kept(&bureau), before);
    });
}

#[test]
fn a_retry_may_have_another_boundary_but_no_other_parts() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let plan_id = published(&bureau.officer, &plan("import-again"));
        let (key, path) = (new_key(), "/v1/roster-imports");
        let form = Form::of(&plan_id).files(&[("a.xlsx", book(true))]);
        let first = form.under(&bureau.officer, &key, path);
        let told = first.good(200);
        let before = kept(&bureau);
        let other = Form { boundary: "another-7d1".to_owned(), ..form.clone() };
        let again = other.under(&bureau.officer, &key, path);
        assert_eq!((again.good(200), again.header("idempotency-replayed")), (told, "true"));
        let changed = [
            Form::of(&plan_id).files(&[("a.xlsx", book(false))]),
            Form::of(&plan_id).files(&[("b.xlsx", book(true))]),
            form.clone().part("title", "x"),
        ];
        for changed in changed {
            changed.under(&bureau.officer, &key, path).problem(422, "idempotency_key_reused");
        }
        form.under(&bureau.officer, &key, "/v1/roster-imports?dry_run=true").problem(422, "idempotency_key_reused");
        form.under(&bureau.officer, "", path).problem(400, "idempotency_key_required");
        assert_eq!(kept(&bureau), before);
    });
}

#[test]
fn an_accountant_imports_only_the_own_school() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let plan_id = published(&bureau.officer, &plan("import-own"));
        let (own, both) = [false, true].map(|both| Form::of(&plan_id).files(&[("a.xlsx", book(both))])).into();
        let before = kept(&bureau);
        both.by(&bureau.accountant).problem(403, "forbidden");
        both.tried_by(&bureau.accountant).problem(403, "forbidden");
        assert_eq!(kept(&bureau), before);
        own.tried_by(&bureau.accountant).good(200);
        let made = own.by(&bureau.accountant).good(200);
        let roster = text(&made["roster"], "id").to_owned();
        let elsewhere = hire(&bureau.operator, "accountant", "elsewhere", &["S2"]);
        bureau.accountant.get(&format!("/v1/rosters/{roster}/roster.xlsx")).bytes_of(200);
        elsewhere.get(&format!("/v1/rosters/{roster}/roster.xlsx")).problem(404, "not_found");
        let template = format!("/v1/plans/{plan_id}/versions/1/roster-template.xlsx?prefill={roster}");
        elsewhere.get(&template).problem(400, "bad_parameter");
        bureau.accountant.get(&template).bytes_of(200);
    });
}

impl Answer {
    /// The workbook that it must be.
    #[track_caller]
    fn bytes_of(&self, status: u16) -> Vec<u8> {
        assert_eq!(self.status, status, "{}", self.text);
        let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        assert_eq!((self.header("content-type"), self.header("cache-control")), (kind, "no-store"));
        assert!(self.bytes.starts_with(b"PK\x03\x04"));
        self.bytes.clone()
    }
}

#[test]
fn a_template_and_a_roster_come_back_as_they_went() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let officer = &bureau.officer;
        let plan_id = published(officer, &plan("import-round"));
        let kept = officer.get(&format!("/v1/rosters/{}", roster(officer, &plan_id, &data()))).good(200);
        let template = format!("/v1/plans/{plan_id}/versions/1/roster-template.xlsx");
        let empty = officer.get(&template);
        let name = "attachment; filename=\"roster.xlsx\"; filename*=UTF-8''%E5%AD%A6%E6%A0%A1%E5%88%86%E9%85%8D%E5%8A%9E%E6%B3%95%20v1.xlsx";
        assert_eq!(empty.header("content-disposition"), name);
        let report = Form::of(&plan_id).files(&[("a.xlsx", empty.bytes_of(200))]).tried_by(officer).good(200);
        assert!(report["sheets"].as_array().expect("sheets").iter().all(|sheet| sheet["rows"] == 0), "{report}");
        let filled = officer.get(&format!("{template}?prefill={}", id(&kept))).bytes_of(200);
        let whole = officer.get(&format!("/v1/rosters/{}/roster.xlsx", id(&kept))).bytes_of(200);
        assert_eq!(filled, whole, "the same plan version and the same rows");
        let made = Form::of(&plan_id).files(&[("a.xlsx", filled)]).by(officer).good(200);
        assert_eq!(made["roster"]["data_sha256"], kept["data_sha256"]);
        // What the version does not take is told as faults of data.
        let mut narrow = plan("import-narrow");
        narrow["levels"][1]["facts"][0]["max"] = json!("1");
        let narrow = published(officer, &narrow);
        let template = format!("/v1/plans/{narrow}/versions/1/roster-template.xlsx");
        let problem = officer.get(&format!("{template}?prefill={}", id(&kept))).problem(422, "data_refused");
        assert_eq!(problem["errors"][0]["row"], "T4");
        let draft = id(&officer
            .post("/v1/plans", &json!({"plan": {"language": 1, "code": "import-draft", "title": "草案"}}))
            .good(201));
        officer.get(&format!("/v1/plans/{draft}/versions/1/roster-template.xlsx")).problem(422, "plan_refused");
        officer.get(&template.replace("/1/", "/2/")).problem(404, "not_found");
        let json = [("accept", "application/json")];
        officer.ask("GET", &template, &json, None).problem(406, "not_acceptable");
    });
}

#[test]
fn a_form_that_is_none_is_told() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let officer = &bureau.officer;
        let plan_id = published(officer, &plan("import-forms"));
        let good = Form::of(&plan_id).files(&school_tables());
        let before = kept(&bureau);
        let errors = |form: &Form| -> Vec<String> {
            let problem = form.by(officer).problem(400, "bad_request_body");
            let errors = problem["errors"].as_array().expect("errors").iter();
            errors.map(|error| format!("{} {}", text(error, "pointer"), text(error, "code"))).collect()
        };
        let nothing = Form { parts: Vec::new(), ..good.clone() };
        assert_eq!(
            errors(&nothing.clone().part("x", "1")),
            ["/plan_id missing_key", "/version missing_key", "/x unknown_key", "/files missing_key"]
        );
        assert_eq!(errors(&good.clone().part("version", "1")), ["/version duplicate_key"]);
        assert_eq!(errors(&good.clone().part("title", "")), ["/title bad_value"]);
        assert_eq!(errors(&good.clone().files(&school_tables()[..1])), ["/files/2 duplicate_key"]);
        assert_eq!(errors(&good.clone().part("files", "工号\n")), ["/files/2 bad_value"]);
        let names: Vec<String> = (0..21).map(|number| format!("{number}.csv")).collect();
        let many: Vec<(&str, Vec<u8>)> = names.iter().map(|name| (name.as_str(), Vec::new())).collect();
        assert_eq!(errors(&Form::of(&plan_id).files(&many)), ["/files too_large"]);
        assert_eq!(
            errors(&nothing.part("plan_id", &plan_id).part("version", "1.0").files(&school_tables())),
            ["/version bad_value"]
        );
        // What it refers to is not there.
        let unknown =
            Form::of(officer.id.as_str()).files(&school_tables()).by(officer).problem(422, "unknown_reference");
        assert_eq!(unknown["errors"][0]["pointer"], "/plan_id");
        let flag = good.under(officer, &new_key(), "/v1/roster-imports?dry_run=1").problem(400, "bad_parameter");
        assert_eq!(flag["errors"][0]["parameter"], "dry_run");
        assert_eq!(kept(&bureau), before);
        good.by(officer).good(200);
    });
}

#[test]
fn a_body_that_cannot_be_taken_apart_is_told() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let officer = &bureau.officer;
        let good = Form::of(&published(officer, &plan("import-bodies"))).files(&school_tables());
        let before = kept(&bureau);
        let sent = |kind: &str, body: &[u8]| {
            let bearer = format!("Bearer {}", officer.secret);
            let key = new_key();
            let headers = [("authorization", bearer.as_str()), ("idempotency-key", &key), ("content-type", kind)];
            site.ask_bytes("POST", "/v1/roster-imports", &headers, Some(body))
        };
        let nameless = String::from_utf8(good.bytes()).expect("text").replace("; name=\"version\"", "");
        let bare = String::from_utf8(good.bytes())
            .expect("text")
            .replace("Content-Disposition: form-data; name=\"version\"", "X: 1");
        for (kind, body) in [
            (good.kind(), nameless.as_bytes()),
            (good.kind(), bare.as_bytes()),
            (good.kind(), &good.bytes()[..good.bytes().len() - 20]),
            ("multipart/form-data".to_owned(), &good.bytes()),
            ("multipart/form-data; boundary=other".to_owned(), &good.bytes()),
            (good.kind(), b""),
        ] {
            let problem = sent(&kind, body).problem(400, "bad_request_body");
            assert_eq!(problem["errors"][0]["code"], "bad_form", "{problem}");
        }
        for kind in
            ["application/json", "multipart/mixed; boundary=one", "text/csv", "application/x-www-form-urlencoded"]
        {
            sent(kind, &good.bytes()).problem(415, "unsupported_media_type");
        }
        assert_eq!(kept(&bureau), before);
    });
}

#[test]
fn a_form_beyond_the_limit_of_bodies_is_refused() {
    on_own(&fenpei::rest::Limits { body: 64 << 10, ..unlimited() }, |site| {
        let bureau = Bureau::new(site);
        let plan_id = published(&bureau.officer, &plan("import-large"));
        let large = Form::of(&plan_id).files(&[("a.csv", vec![b'a'; 70 << 10])]);
        large.by(&bureau.officer).problem(413, "body_too_large");
        Form::of(&plan_id).files(&school_tables()).by(&bureau.officer).good(200);
    });
}
