//! `fenpei template PLAN.json OUT.xlsx` and `fenpei import PLAN.json FILE…`: data by way of spreadsheets.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use super::{Done, Ended, Lang, WrongUse, calculate, read};
use crate::engine::{Supposed, calculate_supposing};
use crate::plan::Refusal;
use crate::sheet::{self, File};
use crate::wire::calculation::plan_text;
use crate::wire::result::Report;
use crate::wire::{canonical, refusal};

#[derive(Args)]
pub(super) struct Template {
    /// The plan document
    plan: PathBuf,
    /// The workbook to write
    out: PathBuf,
    /// Fill in these data (a JSON file, or a folder with one <level>.csv per level)
    #[arg(long, value_name = "DATA")]
    prefill: Option<PathBuf>,
    /// The language of messages
    #[arg(long, value_enum, default_value = "zh")]
    lang: Lang,
}

#[derive(Args)]
pub(super) struct Workbook {
    /// The plan document
    plan: PathBuf,
    /// The data: a JSON file, or a folder with one <level>.csv per level
    data: PathBuf,
    /// The workbook to write
    out: PathBuf,
    /// The language of messages
    #[arg(long, value_enum, default_value = "zh")]
    lang: Lang,
}

#[derive(Args)]
pub(super) struct Import {
    /// The plan document
    plan: PathBuf,
    /// Workbooks (xlsx, xls, et, ods), or CSV files each named after its level
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Write the data into this file instead of stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write the same rows into this workbook (.xlsx), with what is wrong in red, as notes, and at the end of its row
    #[arg(long, value_name = "OUT.xlsx")]
    annotate: Option<PathBuf>,
    /// The language of messages
    #[arg(long, value_enum, default_value = "zh")]
    lang: Lang,
}

/// Prints why there is nothing.
fn told(refused: &Refusal, lang: Lang) -> Ended {
    writeln!(io::stdout().lock(), "{}", canonical::text(&refusal::refusal(refused, lang.into())))?;
    Ok(Done::Refused)
}

impl Template {
    pub(super) fn run(&self) -> Ended {
        let text = read(&self.plan)?;
        let refuse = |refused| told(&refused, self.lang);
        let plan = match plan_text(&text) {
            Ok(plan) => plan,
            Err(refused) => return refuse(refused),
        };
        let data = match self.prefill.as_ref().map(|path| calculate::data(&plan.plan, path)).transpose()? {
            Some(Err(refused)) => return refuse(refused),
            Some(Ok(data)) => Some(data),
            None => None,
        };
        let template = sheet::Template {
            plan: &plan.plan,
            version: None,
            sha256: &plan.sha256,
            data: data.as_ref().map(|data| -> &dyn sheet::Rows { data }),
        };
        let bytes = template.write().map_err(|error| WrongUse(error.to_string()))?;
        fs::write(&self.out, bytes).map_err(|error| WrongUse(format!("{}: {error}", self.out.display())))?;
        Ok(Done::Well)
    }
}

impl Workbook {
    pub(super) fn run(&self) -> Ended {
        let text = read(&self.plan)?;
        let refuse = |refused| told(&refused, self.lang);
        let plan = match plan_text(&text) {
            Ok(plan) => plan,
            Err(refused) => return refuse(refused),
        };
        let data = match calculate::data(&plan.plan, &self.data)? {
            Ok(data) => data,
            Err(refused) => return refuse(refused),
        };
        let kept = Supposed { shares_kept: true, ..Supposed::default() };
        let outcome = match calculate_supposing(&plan.plan, &data, &kept) {
            Ok(outcome) => outcome,
            Err(refused) => return refuse(refused),
        };
        let Report { plan_sha256, data_sha256, result_sha256, .. } = Report::new(&outcome, plan.sha256, false);
        let origin = sheet::Origin { run: None, plan_sha256, data_sha256, result_sha256, is_adjustment: false };
        let bytes = sheet::write_workbook(&outcome, &origin).map_err(|error| WrongUse(error.to_string()))?;
        fs::write(&self.out, bytes).map_err(|error| WrongUse(format!("{}: {error}", self.out.display())))?;
        Ok(Done::Well)
    }
}

impl Import {
    pub(super) fn run(&self) -> Ended {
        let text = read(&self.plan)?;
        let plan = match plan_text(&text) {
            Ok(plan) => plan.plan,
            Err(refused) => return told(&refused, self.lang),
        };
        let mut read_files: Vec<(String, Vec<u8>)> = Vec::new();
        for path in &self.files {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if read_files.iter().any(|(known, _)| *known == name) {
                return Err(WrongUse(format!("{}: two files are called {name}", path.display())).into());
            }
            read_files.push((name, read(path)?));
        }
        let files: Vec<File<'_>> = read_files.iter().map(|(name, bytes)| File { name, bytes }).collect();
        let imported = sheet::import(&plan, &files);
        io::stderr().write_all(imported.page(self.lang.into()).as_bytes())?;
        if let Some(out) = &self.annotate {
            let wrong = |error: String| WrongUse(format!("{}: {error}", out.display()));
            let annotated = sheet::annotated(&files, &imported, self.lang.into());
            let mut annotated = annotated.map_err(|error| wrong(error.to_string()))?;
            let mut file = fs::File::create(out).map_err(|error| wrong(error.to_string()))?;
            io::copy(&mut annotated, &mut file).map_err(|error| wrong(error.to_string()))?;
        }
        let Some(data) = &imported.written else { return Ok(Done::Refused) };
        let mut text = canonical::text(data);
        text.push('\n');
        match &self.out {
            Some(out) => fs::write(out, text).map_err(|error| WrongUse(format!("{}: {error}", out.display())))?,
            None => io::stdout().write_all(text.as_bytes())?,
        }
        Ok(Done::Well)
    }
}
