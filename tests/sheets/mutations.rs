//! Real files with random damage: an import says something of each, and never panics or hangs.
//!
//! `FENPEI_MUTATIONS=100000 cargo test --release --test sheets mutations` for as many of each kind together.

use std::io::{Cursor, Read, Write};
use std::time::{Duration, Instant};

use fenpei::plan::{Language, Plan};
use fenpei::sheet::{File, Imported, annotated, import};
use zip::write::SimpleFileOptions;

use crate::files::{imported, plan, sheet};

/// How many, unless told.
const FEW: u64 = 600;
/// A small file that takes longer hangs.
const LONG: Duration = Duration::from_secs(10);

/// A sequence of numbers that look random (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).expect("small")).expect("small")
    }

    /// Damages bytes: some are changed, a piece is cut out, doubled, or the end is lost.
    fn damage(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(4) {
            if bytes.is_empty() {
                return;
            }
            let (from, length) = (self.below(bytes.len()), 1 + self.below(40));
            let to = (from + length).min(bytes.len());
            match self.below(5) {
                0 => bytes[from] = u8::try_from(self.below(256)).expect("a byte"),
                1 => drop(bytes.drain(from..to)),
                2 => bytes.extend_from_within(from..to),
                3 => bytes.truncate(from),
                _ => {
                    let tricks: [&[u8]; 8] =
                        [b"99999999", b"-1", b"<", b"\"", b"1e400", b"ZZZ1048577", b"\x00", "９．".as_bytes()];
                    let trick = tricks[self.below(tricks.len())];
                    drop(bytes.splice(from..from, trick.iter().copied()));
                }
            }
        }
    }
}

/// A packed file with one of its parts damaged inside, packed again so that it opens.
fn damaged_inside(random: &mut Random, file: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(file)).expect("a packed file");
    let chosen = random.below(archive.len());
    let mut packed = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for place in 0..archive.len() {
        let mut part = archive.by_index(place).expect("a part");
        let name = part.name().expect("a name").into_owned();
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).expect("read");
        if place == chosen {
            random.damage(&mut bytes);
        }
        packed.start_file(name, SimpleFileOptions::default()).expect("begun");
        packed.write_all(&bytes).expect("written");
    }
    packed.finish().expect("finished").into_inner()
}

#[test]
fn damaged_files_are_told_of_and_nothing_breaks() {
    let many = std::env::var("FENPEI_MUTATIONS").ok().and_then(|many| many.parse().ok()).unwrap_or(FEW);
    let book = sheet(&[
        &["T1", "张某", "16", "1.50", "是", "教师", "2004.9.1", "x", "S1"],
        &["T2", "李某", "8"],
        &["合计", "", "24"],
    ]);
    let table = "工号,姓名,周课时数\nT1,张某,16\nT2,\"李,某\",8\n合计,,24\n".as_bytes();
    let plan = plan();
    let mut random = Random(20_261_122);
    let (mut taken, mut refused) = (0, 0);
    for number in 0..many {
        let (name, bytes) = match number % 3 {
            0 => ("a.xlsx", damaged_inside(&mut random, &book)),
            kind => {
                let mut bytes = if kind == 1 { book.clone() } else { table.to_vec() };
                random.damage(&mut bytes);
                ("教职工.csv", bytes)
            }
        };
        let begun = Instant::now();
        let imported = import(&plan, &[File { name, bytes: &bytes }]);
        assert!(begun.elapsed() < LONG, "mutation {number} took {:?}", begun.elapsed());
        assert_eq!(imported.data.is_none(), imported.trouble_count() > 0, "mutation {number}");
        told_in_the_file(&plan, &File { name, bytes: &bytes }, &imported);
        assert!(begun.elapsed() < LONG, "mutation {number} took {:?}", begun.elapsed());
        assert!(!imported.page(Language::Chinese).is_empty() || imported.data.is_some(), "mutation {number}");
        if imported.data.is_some() { taken += 1 } else { refused += 1 }
    }
    // Damage that nobody sees, and damage that is told: a test that only meets one of them tests nothing.
    assert!(taken * 100 > many && refused * 100 > many, "{taken} taken, {refused} refused");
}

/// The file with what is wrong in it, when it is read again, has the same faults in the same rows and columns.
fn told_in_the_file(plan: &Plan, file: &File<'_>, imported: &Imported) {
    let mut told = annotated(std::slice::from_ref(file), imported, Language::English).expect("a workbook");
    let mut bytes = Vec::new();
    told.read_to_end(&mut bytes).expect("read");
    let again = import(plan, &[File { name: "a.xlsx", bytes: &bytes }]);
    let has_sheets = imported.row_count() > 0;
    assert!(
        !has_sheets || again.trouble_count() == imported.trouble_count(),
        "{}{}",
        imported.page(Language::English),
        again.page(Language::English)
    );
}

/// An ods file whose only sheet has these rows.
pub fn ods(rows: &str) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let names = ["office", "table", "text"]
        .map(|name| format!("xmlns:{name}=\"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0\""));
    let content = format!(
        "<?xml version=\"1.0\"?><office:document-content {}><office:body><office:spreadsheet>\
         <table:table table:name=\"教职工\">{rows}</table:table>\
         </office:spreadsheet></office:body></office:document-content>",
        names.join(" ")
    );
    let manifest = "<?xml version=\"1.0\"?><manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"/>";
    let parts = [
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml", manifest),
        ("content.xml", content.as_str()),
    ];
    for (name, text) in parts {
        archive.start_file(name, SimpleFileOptions::default()).expect("a part");
        archive.write_all(text.as_bytes()).expect("written");
    }
    archive.finish().expect("a file").into_inner()
}

#[test]
fn a_few_bytes_do_not_unfold_to_gigabytes_of_cells() {
    const CELL: &str = "<table:table-cell office:value-type=\"string\"><text:p>工号</text:p></table:table-cell>";
    let row = |much: usize, cells: &str| {
        format!("<table:table-row table:number-rows-repeated=\"{much}\">{cells}</table:table-row>")
    };
    let blank = |much: usize| format!("<table:table-cell table:number-columns-repeated=\"{much}\"/>");
    let told = |rows: &str| {
        let came = imported(&[("a.ods", &ods(rows))]);
        came.report["errors"][0]["code"].as_str().unwrap_or_default().to_owned()
    };
    // 95,000 rows of 1,000 columns, of which two cells hold something.
    let far = [row(1, CELL), row(95_000, &blank(1)), row(1, &format!("{}{CELL}", blank(999)))].concat();
    assert_eq!(told(&far), "too_large");
    let closed = far.replace("></table:table-cell></table:table-row>", "/></table:table-row >");
    assert_eq!(told(&closed), "too_large");
    assert_eq!(told(&row(1_000_000, &CELL.repeat(20))), "too_large");
    assert_eq!(
        told(&row(1, &CELL.replace(" office", " table:number-columns-repeated=\"99999999999\" office"))),
        "too_large"
    );
    // What programs write below and beside the last value is no cell.
    let usual = [row(1, &format!("{CELL}{}", blank(16_383))), row(1_048_575, &blank(16_384))].concat();
    assert!(!["too_large", "file_unknown"].contains(&told(&usual).as_str()), "{}", told(&usual));
}

#[test]
fn an_old_workbook_whose_cells_are_far_apart_is_refused() {
    // Written by LibreOffice: three sheets with a cell in the first and one in the last corner.
    let came = imported(&[("a.xls", include_bytes!("far.xls"))]);
    assert_eq!(came.report["errors"][0]["code"], "too_large");
}
