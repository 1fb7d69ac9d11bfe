//! LibreOffice without a window.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// LibreOffice with a profile of its own.
pub struct Office {
    profile: PathBuf,
}

/// LibreOffice, if it is here; where `CI` is set it must be.
pub fn found() -> Option<Office> {
    let runs = Command::new("soffice").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if runs.is_ok_and(|status| status.success()) {
        let profile = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("office-{}", std::process::id()));
        return Some(Office { profile });
    }
    assert!(std::env::var_os("CI").is_none(), "soffice is not installed (Debian's libreoffice-calc-nogui)");
    writeln!(std::io::stderr(), "NOT TESTED: soffice is not installed").expect("told");
    None
}

impl Office {
    /// Converts files; where each result is.
    pub fn converted(&self, sources: &[PathBuf], kind: &str) -> Vec<PathBuf> {
        // Two with one profile stand in each other's way.
        static ONE: Mutex<()> = Mutex::new(());
        let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = sources[0].parent().expect("a folder").join(kind);
        let done = Command::new("soffice")
            .arg(format!("-env:UserInstallation=file://{}", self.profile.display()))
            .args(["--headless", "--convert-to", kind, "--outdir"])
            .arg(&folder)
            .args(sources)
            .output()
            .expect("it runs");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        sources.iter().map(|source| folder.join(source.file_name().expect("a name")).with_extension(kind)).collect()
    }
}
