//! The conformance cases, and the program on two texts: shared by the test binaries.

use std::fs;
use std::path::{Path, PathBuf};

use fenpei::engine::calculate;
use fenpei::plan::{Language, Refusal};
use fenpei::wire::calculation::plan_text;
use fenpei::wire::canonical;
use fenpei::wire::data::read_data;
use fenpei::wire::json::{self, Json};
use fenpei::wire::refusal::refusal;
use fenpei::wire::result::Report;

/// A case of `tests/conformance/`, each part as a text.
#[allow(dead_code, reason = "not every test binary looks at every part")]
pub struct Case {
    /// The file and the case's name.
    pub name: String,
    pub plan: String,
    pub data: String,
    pub expect: String,
}

impl Case {
    /// A part given as a JSON string is the raw text itself. Read by the program's own reader, for `serde_json` would lose
    /// digits of long integers.
    pub fn new(json: &Json<'_>, file: &str) -> Case {
        let text = |key: &str| match json.get(key) {
            Some(Json::Text(raw)) => raw.clone().into_owned(),
            Some(other) => canonical::text(other),
            None => String::new(),
        };
        let name = format!("{file} · {}", text("name"));
        Case { name, plan: text("plan"), data: text("data"), expect: text("expect") }
    }
}

/// Every case.
pub fn all() -> Vec<Case> {
    let mut paths = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance"), &mut paths);
    paths.sort();
    let mut cases = Vec::new();
    for path in paths {
        let bytes = fs::read(&path).expect("readable");
        let read = json::read(&bytes).expect("JSON");
        let file = path.file_name().expect("a name").to_string_lossy();
        let items = read.items().unwrap_or(std::slice::from_ref(&read));
        cases.extend(items.iter().map(|case| Case::new(case, &file)));
    }
    assert!(cases.len() >= 340, "only {} cases were found", cases.len());
    cases
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the cases are there").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            found.push(path);
        }
    }
}

/// The bytes of the result or of the refusal.
pub fn answer(plan: &str, data: &str, exact: bool) -> Vec<u8> {
    let refused = |refused: Refusal| canonical::text(&refusal(&refused, Language::English)).into_bytes();
    let plan = match plan_text(plan.as_bytes()) {
        Ok(plan) => plan,
        Err(faults) => return refused(faults),
    };
    let data = match read_data(&plan.plan, data.as_bytes()) {
        Ok(data) => data,
        Err(faults) => return refused(faults),
    };
    match calculate(&plan.plan, &data) {
        Ok(outcome) => {
            let mut bytes = Vec::new();
            Report::new(&outcome, plan.sha256, exact).write(&mut bytes).expect("a vector takes every byte");
            bytes
        }
        Err(faults) => refused(faults),
    }
}
