//! LibreOffice without a window.

#![allow(dead_code, reason = "not every test binary asks for all of it")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

/// LibreOffice with a profile of its own.
pub struct Office {
    profile: PathBuf,
}

/// As [`found`], recalculating every workbook that it opens.
pub fn recalculating() -> Option<Office> {
    let office = found()?;
    let user = office.profile.join("user");
    std::fs::create_dir_all(&user).expect("a folder");
    let always = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><oor:items \
        xmlns:oor=\"http://openoffice.org/2001/registry\" xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"><item \
        oor:path=\"/org.openoffice.Office.Calc/Formula/Load\"><prop oor:name=\"OOXMLRecalcMode\" oor:op=\"fuse\">\
        <value>0</value></prop></item></oor:items>";
    std::fs::write(user.join("registrymodifications.xcu"), always).expect("written");
    Some(office)
}

/// LibreOffice, if it is here; where `CI` is set it must be.
pub fn found() -> Option<Office> {
    let runs = Command::new("soffice").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if runs.is_ok_and(|status| status.success()) {
        // Two that run at once do not share one.
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let own = COUNT.fetch_add(1, Ordering::SeqCst);
        let profile = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("office-{}-{own}", std::process::id()));
        return Some(Office { profile });
    }
    assert!(std::env::var_os("CI").is_none(), "soffice is not installed (Debian's libreoffice-calc-nogui)");
    writeln!(std::io::stderr(), "NOT TESTED: soffice is not installed").expect("told");
    None
}

impl Office {
    /// Converts files; where each result is. Without a window it does not look for the mark of UTF-8 in a CSV, so it is told.
    pub fn converted(&self, sources: &[PathBuf], kind: &str) -> Vec<PathBuf> {
        let is_csv = sources[0].extension().is_some_and(|extension| extension == "csv");
        let folder = sources[0].parent().expect("a folder").join(kind);
        let done = Command::new("soffice")
            .arg(format!("-env:UserInstallation=file://{}", self.profile.display()))
            .args(is_csv.then_some("--infilter=CSV:44,34,76,1"))
            .args(["--headless", "--convert-to", kind, "--outdir"])
            .arg(&folder)
            .args(sources)
            .output()
            .expect("it runs");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        sources.iter().map(|source| folder.join(source.file_name().expect("a name")).with_extension(kind)).collect()
    }
}

/// A second spreadsheet engine: `formualizer` in a Python environment of its own, where `.ci/run` puts it.
pub struct SecondEngine {
    python: PathBuf,
}

/// The second engine, if it is here; where `CI` is set it must be.
pub fn second_engine() -> Option<SecondEngine> {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/second-engine/bin/python3");
    if python.exists() {
        return Some(SecondEngine { python });
    }
    assert!(std::env::var_os("CI").is_none(), "formualizer is not installed (see .ci/run)");
    writeln!(std::io::stderr(), "NOT TESTED: the second spreadsheet engine is not installed").expect("told");
    None
}

impl SecondEngine {
    /// The verdicts of workbooks, recalculated.
    pub fn verdicts(&self, paths: &[PathBuf]) -> Vec<String> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sheets/second_engine.py");
        let mut child = Command::new(&self.python)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python runs");
        let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        child.stdin.take().expect("piped").write_all(names.join("\n").as_bytes()).expect("sent");
        let done = child.wait_with_output().expect("ended");
        assert!(done.status.success(), "the second engine ends well");
        String::from_utf8(done.stdout).expect("text").lines().map(str::to_owned).collect()
    }
}
