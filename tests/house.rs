//! The house keeps its plan: imports go only downward, the lower floors know nothing of the outside, files stay short,
//! and the published tables are complete.

#![expect(clippy::expect_used, reason = "a test stops where it is surprised")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A room with its floor and the external crates that it may use. `std` is everybody's.
type Room = (&'static str, u8, &'static [&'static str]);

const ROOMS: [Room; 10] = [
    ("exact", 0, &["itoa", "num_bigint", "num_integer", "num_rational", "num_traits", "jiff"]),
    ("plan", 1, &["strsim", "unicode_ident"]),
    ("engine", 2, &["itoa", "num_bigint", "num_integer", "rustc_hash"]),
    ("wire", 3, &["jiter", "sha2", "unicode_normalization", "serde", "serde_json", "utoipa"]),
    (
        "sheet",
        4,
        &[
            "calamine",
            "cfb",
            "csv",
            "encoding_rs",
            "rust_decimal",
            "rust_xlsxwriter",
            "tempfile",
            "unicode_normalization",
            "zip",
        ],
    ),
    ("webhook", 4, &["base64", "getrandom", "hmac", "rustls", "rustls_native_certs", "sha2", "ureq"]),
    ("store", 4, &["diesel", "diesel_migrations", "getrandom", "jiff", "tracing", "uuid", "zstd"]),
    ("record", 5, &["base64", "getrandom", "subtle", "tracing", "unicode_normalization"]),
    ("rest", 6, REST),
    ("cli", 7, &["clap", "indicatif", "annotate_snippets", "unicode_width", "tempfile", "serde_json"]),
];

const REST: &[&str] = &[
    "actix_multipart",
    "actix_web",
    "base64",
    "futures_util",
    "governor",
    "hmac",
    "prometheus",
    "serde",
    "serde_json",
    "serde_with",
    "sha2",
    "tokio",
    "tracing",
    "tracing_subscriber",
    "utoipa",
    "utoipa_actix_web",
    "utoipa_swagger_ui",
];

/// What the pure floors may not name: files, network, clock, randomness, processes, threads.
const OUTSIDE: [&str; 7] = ["std::fs", "std::net", "std::time", "std::env", "std::process", "std::thread", "std::io"];

const MOST_LINES: usize = 400;

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the sources are there").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Every source file with its text and, where it stands in a room, the room.
fn files() -> Vec<(PathBuf, String, Option<&'static Room>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    sources(&root, &mut paths);
    assert!(paths.len() > 40, "only {} files were found", paths.len());
    let room = |path: &Path| {
        let inside = path.strip_prefix(&root).expect("below src");
        let first = inside.components().next().expect("a name").as_os_str().to_string_lossy().into_owned();
        ROOMS.iter().find(|(name, _, _)| *name == first)
    };
    paths
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).expect("readable");
            let room = room(&path);
            (path, text, room)
        })
        .collect()
}

/// The code of a file without its comments.
fn code(text: &str) -> String {
    let without = |line: &str| line.split("//").next().unwrap_or_default().to_owned();
    text.lines().map(without).collect::<Vec<String>>().join("\n")
}

/// The first path segment after each occurrence of `prefix`.
fn after<'t>(code: &'t str, prefix: &str) -> BTreeSet<&'t str> {
    let name = |rest: &'t str| rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default();
    code.match_indices(prefix).filter_map(|(at, found)| code.get(at + found.len()..)).map(name).collect()
}

/// The crates that `use` lines and paths name.
fn crates(code: &str) -> BTreeSet<&str> {
    let ours: BTreeSet<&str> = ["std", "crate", "self", "super", "core"].into();
    let mut found = after(code, "\nuse ");
    found.extend(after(code, "    use "));
    found
        .into_iter()
        .filter(|name| !ours.contains(name) && name.chars().all(|c| c.is_lowercase() || c == '_'))
        .collect()
}

#[test]
fn imports_go_only_downward() {
    for (path, text, room) in files() {
        let Some((name, floor, _)) = room else { continue };
        for other in after(&code(&text), "crate::") {
            let Some((_, below, _)) = ROOMS.iter().find(|(room, _, _)| *room == other) else {
                panic!("{}: crate::{other} is in no room", path.display());
            };
            assert!(other == *name || below < floor, "{}: {name} may not know {other}", path.display());
        }
    }
}

#[test]
fn rooms_use_only_their_crates() {
    for (path, text, room) in files() {
        let Some((name, _, allowed)) = room else { continue };
        for used in crates(&code(&text)) {
            let module = text.contains(&format!("mod {used};"));
            assert!(module || allowed.contains(&used), "{}: {name} may not use {used}", path.display());
        }
    }
}

#[test]
fn the_pure_floors_touch_nothing_outside() {
    for (path, text, room) in files() {
        let Some((name, floor, _)) = room else { continue };
        if *floor <= 2 {
            for outside in OUTSIDE {
                assert!(!code(&text).contains(outside), "{}: {name} may not touch {outside}", path.display());
            }
        }
    }
}

#[test]
fn no_binary_float_is_named_below_the_commands() {
    for (path, text, room) in files() {
        if room.is_some() {
            let code = code(&text);
            let words: BTreeSet<&str> = code.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect();
            assert!(!words.contains("f32") && !words.contains("f64"), "{}: a binary float", path.display());
        }
    }
}

#[test]
fn files_stay_short() {
    for (path, text, _) in files() {
        let lines = text.lines().count();
        assert!(lines <= MOST_LINES, "{}: {lines} lines", path.display());
    }
}

#[test]
fn every_code_has_its_word_and_its_words() {
    use fenpei::plan::{Code, Language};
    let words: BTreeSet<&str> = Code::ALL.iter().map(|code| code.word()).collect();
    assert_eq!(words.len(), Code::ALL.len());
    for code in Code::ALL {
        assert_eq!(Code::parse(code.word()), Some(code));
        for language in [Language::Chinese, Language::English] {
            assert!(!code.meaning(language).is_empty() && !code.cure(language).is_empty(), "{}", code.word());
        }
    }
}

#[test]
fn the_published_table_of_codes_is_the_one_of_the_program() {
    use fenpei::plan::{Code, Subject, WARNINGS};
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("docs/error-codes.md")).expect("readable");
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let published: Vec<(&str, String)> =
        rows.map(|(word, rest)| (word, rest.split(" |").next().unwrap_or_default().to_owned())).collect();
    let kind = |subject: &Subject| match subject {
        Subject::Plan => "plan",
        Subject::Data => "data",
        Subject::Row => "row",
    };
    let kinds = |code: Code| code.subjects().iter().map(kind).collect::<Vec<&str>>().join(", ");
    let mut known: Vec<(&str, String)> = Code::ALL.iter().map(|code| (code.word(), kinds(*code))).collect();
    known.extend(WARNINGS.map(|(word, ..)| (word, "warning".to_owned())));
    assert_eq!(published, known);
}

#[test]
fn every_code_of_the_service_is_said_and_provoked() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = root.join("src/rest/reference/codes.rs");
    let text = fs::read_to_string(&table).expect("readable");
    let codes: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("    (\"")?.split('"').next()).collect();
    assert!(codes.len() >= 15, "{codes:?}");
    let read = |folder: &str| {
        let mut paths = Vec::new();
        sources(&root.join(folder), &mut paths);
        let texts = paths.iter().filter(|path| !path.starts_with(root.join("src/rest/reference")));
        texts.map(|path| fs::read_to_string(path).expect("readable")).collect::<String>()
    };
    let (said, provoked) = (read("src"), read("tests"));
    for code in codes {
        let code = format!("\"{code}\"");
        assert!(said.contains(&code) && provoked.contains(&code), "{code} is not said or not provoked");
    }
}

/// The tables with their columns that a migration makes.
fn migrated(database: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(database);
    let mut versions: Vec<PathBuf> =
        fs::read_dir(folder).expect("migrations").flatten().map(|entry| entry.path()).collect();
    versions.sort();
    let mut found = BTreeSet::new();
    for version in versions {
        let text = fs::read_to_string(version.join("up.sql")).expect("readable");
        let mut table = String::new();
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("CREATE TABLE ") {
                name.trim_end_matches(" (").clone_into(&mut table);
            } else if let Some((table, column)) =
                line.strip_prefix("ALTER TABLE ").and_then(|line| line.split_once(" ADD COLUMN "))
            {
                found.insert(format!("{table}.{}", column.split(' ').next().expect("a name")));
            } else if line.starts_with(')') {
                table.clear();
            } else if let Some(column) = line.strip_prefix("    ").and_then(|line| line.split(' ').next())
                && !table.is_empty()
                && column.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
            {
                found.insert(format!("{table}.{column}"));
            }
        }
    }
    found
}

#[test]
fn both_databases_have_the_schema_that_the_program_knows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("src/store/schema.rs")).expect("readable");
    let mut known = BTreeSet::new();
    for table in text.split("diesel::table! {").skip(1) {
        let (name, columns) = table.split_once(" (").expect("a table");
        let (_, columns) = columns.split_once('{').expect("columns");
        for column in columns.split(',').filter_map(|column| column.split_once("->")).map(|(column, _)| column.trim()) {
            known.insert(format!("{}.{column}", name.trim()));
        }
    }
    assert!(known.len() > 90, "{known:?}");
    assert_eq!(migrated("sqlite"), known);
    assert_eq!(migrated("postgres"), known);
}

#[test]
fn the_house_test_sees_what_it_looks_for() {
    let text = "use crate::rest::run;\nuse serde::Serialize; // use crate::store\n";
    assert_eq!(after(&code(text), "crate::"), BTreeSet::from(["rest"]));
    assert_eq!(crates(&format!("\n{}", code(text))), BTreeSet::from(["serde"]));
}
