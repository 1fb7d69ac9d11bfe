//! LibreOffice without a window.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

/// LibreOffice with a profile of its own.
pub struct Office {
    profile: PathBuf,
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
    /// Converts files; where each result is.
    pub fn converted(&self, sources: &[PathBuf], kind: &str) -> Vec<PathBuf> {
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
