//! `fenpei check PLAN.json`: diagnostics like a compiler's, then the plan's own examples.

use std::io::{self, IsTerminal, Write};
use std::ops::Range;
use std::path::PathBuf;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use clap::Args;

use super::{Done, Ended, Lang, read};
use crate::plan::{Fault, Language, Place, Plan};
use crate::wire::calculation::plan_text;
use crate::wire::{examples, json};

#[derive(Args)]
pub(super) struct Check {
    /// The plan document
    plan: PathBuf,
    /// The language of messages
    #[arg(long, value_enum, default_value = "zh")]
    lang: Lang,
}

impl Check {
    pub(super) fn run(&self) -> Ended {
        let text = read(&self.plan)?;
        let (faults, total) = match plan_text(&text) {
            Err(refusal) => (refusal.faults, refusal.total),
            Ok(plan) => {
                let faults = examples::run(&plan.plan, &plan.json);
                if faults.is_empty() {
                    self.unused(&plan.plan)?;
                    return self.sound(&plan.plan);
                }
                let total = faults.len();
                (faults, total)
            }
        };
        let mut stdout = io::stdout().lock();
        // Text that is not UTF-8 has one fault, and no line of it can be shown.
        let source = std::str::from_utf8(&text).unwrap_or_default();
        for fault in &faults {
            writeln!(stdout, "{}\n", self.diagnostic(source, fault))?;
        }
        match Language::from(self.lang) {
            Language::Chinese => writeln!(stdout, "{}：{total} 处错误", self.plan.display())?,
            Language::English => {
                writeln!(stdout, "{}: {total} {}", self.plan.display(), if total == 1 { "error" } else { "errors" })?
            }
        }
        Ok(Done::Refused)
    }

    fn unused(&self, plan: &Plan) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        for (level, column) in &plan.unused_facts {
            let name = plan.column_name(*level, *column);
            match Language::from(self.lang) {
                Language::Chinese => writeln!(stdout, "warning[unused_fact]: 没有步骤使用 {name}")?,
                Language::English => writeln!(stdout, "warning[unused_fact]: no step uses {name}")?,
            }
        }
        Ok(())
    }

    fn sound(&self, plan: &Plan) -> Ended {
        let (steps, examples) = (plan.steps.len(), plan.document.examples.len());
        let mut stdout = io::stdout().lock();
        match Language::from(self.lang) {
            Language::Chinese => {
                writeln!(stdout, "{}：通过（{steps} 个步骤，{examples} 个例子）", self.plan.display())?;
            }
            Language::English => {
                writeln!(stdout, "{}: sound ({steps} steps, {examples} examples)", self.plan.display())?;
            }
        }
        Ok(Done::Well)
    }

    fn diagnostic(&self, source: &str, fault: &Fault) -> String {
        let message = fault.message(self.lang.into());
        let title = Level::ERROR.primary_title(message.as_str()).id(fault.code.word());
        let path = self.plan.display().to_string();
        let group = match place_of(source, fault) {
            Some(span) => {
                let snippet = Snippet::source(source).path(path.as_str());
                title.element(snippet.annotation(AnnotationKind::Primary.span(span).label(pointer(fault))))
            }
            None => title.element(Level::NOTE.message(path.as_str())),
        };
        let renderer = if io::stdout().is_terminal() { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&[group]).to_string()
    }
}

fn pointer(fault: &Fault) -> &str {
    match &fault.place {
        Place::Plan { at, .. } => at,
        _ => "",
    }
}

/// The bytes of the source that a fault is about: the formula's piece, the element, or the nearest element above it.
fn place_of(source: &str, fault: &Fault) -> Option<Range<usize>> {
    let Place::Plan { at, pos } = &fault.place else { return None };
    let mut pointer = at.as_str();
    let span = loop {
        if let Some(span) = json::span(source, pointer) {
            break span;
        }
        pointer = pointer.rsplit_once('/')?.0;
    };
    match pos {
        Some(pos) if pointer == at => Some(inside(source, span, *pos)),
        // A whole object would underline pages: its first line says where it begins.
        _ => {
            let text = source.get(span.clone())?;
            let first = text.lines().next().map_or(text.len(), str::len);
            Some(span.start..span.start + first)
        }
    }
}

/// The rest of a JSON string from its `pos`-th character; an escape is one character.
fn inside(source: &str, span: Range<usize>, pos: usize) -> Range<usize> {
    let end = span.end.saturating_sub(1);
    let mut at = span.start + 1;
    for _ in 0..pos {
        let rest = source.get(at..end).unwrap_or_default();
        let length = match rest.strip_prefix('\\').and_then(|escape| escape.chars().next()) {
            Some('u') => 6,
            Some(_) => 2,
            None => rest.chars().next().map_or(0, char::len_utf8),
        };
        at += length;
    }
    // Where the formula ends too early, the closing quote is what stands in the way.
    at.min(end)..span.end.max(at)
}
