//! Templates: written for every ready plan, filled, and read back without loss, by us and by LibreOffice.

use std::fs;
use std::path::{Path, PathBuf};

use fenpei::plan::Language;
use fenpei::sheet::{File, Template, import};
use fenpei::wire::calculation::{ReadPlan, plan_text};
use fenpei::wire::data::read_data;
use fenpei::wire::result::data_sha256;

use crate::office;

pub const PLANS: [&str; 5] =
    ["groups-and-shared-staff", "principal-ranks", "seven-allowances", "star-teachers", "xincheng"];

pub fn file(plan: &str, name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("plans").join(plan).join(name)).expect("readable")
}

fn read(source: &[u8]) -> ReadPlan<'_> {
    plan_text(source).unwrap_or_else(|refusal| panic!("{refusal:?}"))
}

/// The fingerprint of the data that files come to.
#[track_caller]
fn fingerprint(plan: &ReadPlan<'_>, name: &str, bytes: &[u8]) -> String {
    let imported = import(&plan.plan, &[File { name, bytes }]);
    data_sha256(&plan.plan, imported.data.as_ref().unwrap_or_else(|| panic!("{}", imported.page(Language::English))))
}

#[test]
fn a_filled_template_is_read_back_without_loss() {
    for name in PLANS {
        let (source, data) = (file(name, "plan.json"), file(name, "data.json"));
        let plan = read(&source);
        let data = read_data(&plan.plan, &data).expect("good data");
        let template = Template { plan: &plan.plan, version: Some(1), sha256: &plan.sha256, data: Some(&data) };
        let book = template.write().expect("a file");
        assert_eq!(fingerprint(&plan, "a.xlsx", &book), data_sha256(&plan.plan, &data), "{name}");
        assert_eq!(template.write().expect("a file"), book, "{name}: the same bytes");
    }
}

#[test]
fn an_empty_template_has_its_headings_and_no_data() {
    for name in PLANS {
        let source = file(name, "plan.json");
        let plan = read(&source);
        let template = Template { plan: &plan.plan, version: None, sha256: &plan.sha256, data: None };
        let imported = import(&plan.plan, &[File { name: "a.xlsx", bytes: &template.write().expect("a file") }]);
        assert!(imported.data.is_some(), "{name}: {}", imported.page(Language::English));
        assert_eq!(imported.row_count(), 0, "{name}");
    }
}

#[test]
fn what_libreoffice_makes_of_a_template_is_read_back_without_loss() {
    let Some(office) = office::found() else { return };
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("template");
    fs::create_dir_all(&folder).expect("a folder");
    for name in PLANS {
        let (source, data) = (file(name, "plan.json"), file(name, "data.json"));
        let plan = read(&source);
        let data = read_data(&plan.plan, &data).expect("good data");
        let template = Template { plan: &plan.plan, version: None, sha256: &plan.sha256, data: Some(&data) };
        fs::write(folder.join(format!("{name}.xlsx")), template.write().expect("a file")).expect("written");
    }
    let sources: Vec<PathBuf> = PLANS.iter().map(|name| folder.join(format!("{name}.xlsx"))).collect();
    for kind in ["ods", "xls"] {
        let made = office.converted(&sources, kind);
        for (name, made) in PLANS.iter().zip(made) {
            let (source, data) = (file(name, "plan.json"), file(name, "data.json"));
            let plan = read(&source);
            let data = read_data(&plan.plan, &data).expect("good data");
            let bytes = fs::read(&made).expect("made");
            // The extension says nothing: the content does.
            assert_eq!(fingerprint(&plan, "a.et", &bytes), data_sha256(&plan.plan, &data), "{name}.{kind}");
        }
    }
}
