//! Workbooks of random plans, recalculated by a second engine: they agree, or say that they cannot tell.

use std::fs;
use std::path::Path;

use fenpei::engine::{Supposed, calculate_supposing};
use fenpei::sheet::{Origin, write_workbook};
use fenpei::wire::calculation::plan_text;
use fenpei::wire::data::read_data;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use crate::office::second_engine;
use crate::{config, generate, texts};

/// The workbook of a plan on data; none where it is refused.
fn made(plan: &str, data: &str) -> Option<Vec<u8>> {
    let plan = plan_text(plan.as_bytes()).ok()?;
    let data = read_data(&plan.plan, data.as_bytes()).ok()?;
    let kept = Supposed { shares_kept: true, ..Supposed::default() };
    let outcome = calculate_supposing(&plan.plan, &data, &kept).ok()?;
    Some(write_workbook(&outcome, &Origin::default()).expect("a workbook"))
}

#[test]
fn the_workbook_of_a_random_plan_never_differs() {
    let Some(second) = second_engine() else { return };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("random-workbooks");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    let wanted = config(600, 31);
    let cases = wanted.cases;
    let mut runner = TestRunner::new(wanted);
    let (mut paths, mut sources) = (Vec::new(), Vec::new());
    for number in 0..cases {
        let case = generate::cases().new_tree(&mut runner).expect("a case").current();
        let (plan, data) = texts(&case);
        let Some(book) = made(&plan, &data) else { continue };
        let path = folder.join(format!("{number}.xlsx"));
        fs::write(&path, book).expect("written");
        paths.push(path);
        sources.push((plan, data));
    }
    let verdicts = second.verdicts(&paths);
    for (verdict, (plan, data)) in verdicts.iter().zip(&sources) {
        let known = verdict.starts_with("一致") || verdict == "超出表格精度，不能复核";
        assert!(known, "{verdict}\n{plan}\n{data}");
    }
    let agreed = verdicts.iter().filter(|verdict| verdict.starts_with("一致")).count();
    assert!(agreed * 6 > paths.len(), "{agreed} of {}", paths.len());
}
