//! A result folder, written whole or not at all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::WrongUse;
use crate::plan::Plan;

/// Files that a result folder holds besides the levels' own.
const OWN: [&str; 3] = ["lines.csv", "funds.csv", "result.json"];

/// Writes into a new folder beside `out`, which takes its place when all is written. A folder that holds anything
/// else than an earlier result is left alone.
pub(super) fn write_whole(
    out: &Path,
    plan: &Plan,
    write: impl FnOnce(&Path) -> io::Result<()>,
) -> Result<(), WrongUse> {
    let names: Vec<String> = plan.levels.iter().map(|level| format!("{}.csv", level.name)).collect();
    if let Some(name) = names.iter().find(|name| OWN.contains(&name.as_str())) {
        return Err(WrongUse(format!("{name}: a level bears the name of a result file; use JSON instead of --out")));
    }
    let wrong = |error: io::Error| WrongUse(format!("{}: {error}", out.display()));
    let mut replaces = false;
    if out.exists() {
        for entry in fs::read_dir(out).map_err(wrong)? {
            let name = entry.map_err(wrong)?.file_name().to_string_lossy().into_owned();
            if !OWN.contains(&name.as_str()) && !names.contains(&name) {
                return Err(WrongUse(format!("{}: holds {name}, which is no result file", out.display())));
            }
        }
        replaces = true;
    }
    // Where the folder is a link, what it leads to is replaced.
    let out = &if replaces { out.canonicalize().map_err(wrong)? } else { out.to_path_buf() };
    let parent = match out.parent() {
        Some(parent) if parent.as_os_str().is_empty() => PathBuf::from("."),
        Some(parent) => parent.to_path_buf(),
        None => return Err(WrongUse(format!("{}: is no folder to write", out.display()))),
    };
    if !parent.is_dir() {
        return Err(WrongUse(format!("{}: no such folder", parent.display())));
    }
    let fresh = tempfile::Builder::new().prefix(".fenpei-").tempdir_in(&parent);
    let fresh = fresh.map_err(|error| WrongUse(format!("{}: {}", parent.display(), error.kind())))?;
    let result = fresh.path().join("result");
    fs::create_dir(&result).map_err(wrong)?;
    write(&result).map_err(wrong)?;
    // The earlier result goes only when the new one is complete, and comes back if that cannot take its place.
    let earlier = fresh.path().join("earlier");
    if replaces {
        fs::rename(out, &earlier).map_err(wrong)?;
    }
    if let Err(error) = fs::rename(&result, out) {
        if replaces && fs::rename(&earlier, out).is_err() {
            let kept = fresh.keep().join("earlier");
            return Err(WrongUse(format!("{}: {error}; the earlier result is in {}", out.display(), kept.display())));
        }
        return Err(wrong(error));
    }
    Ok(())
}
