//! Explanations for people: the statement of a payee as a page, anything else as an indented tree. What a page says is
//! gathered first, so that text and HTML say the same.

use std::collections::BTreeSet;

use super::{Teller, capital};
use crate::engine::explain::{Kind, Node, Role, Scalar};
use crate::exact::{Fen, Row};
use crate::plan::Language;

/// What a page has already told.
#[derive(Default)]
struct Told {
    /// Steps by level, row and step.
    steps: BTreeSet<(usize, Row, usize)>,
    /// Whose statement it is.
    payee: Option<Row>,
}

/// What the page of a statement says.
#[derive(Debug, Clone, Default)]
pub struct Page {
    pub(super) title: String,
    pub(super) header: String,
    /// What is adjusted, and why; none where nothing is.
    pub(super) about: Option<String>,
    /// The lines, and what a veto took whole.
    pub sections: Vec<Section>,
    /// The total, and what there is to say of it.
    pub(super) ends: Vec<String>,
    /// What stands beside the total.
    pub note: Option<String>,
    /// Whether there would be more to say.
    pub is_cut: bool,
}

/// A line of a statement, or what a veto took whole.
#[derive(Debug, Clone, Default)]
pub struct Section {
    pub(super) heading: String,
    /// What it is called.
    pub item: String,
    /// The amount; none of what is not paid.
    pub amount: Option<Fen>,
    /// The sentences, each with its depth.
    pub sentences: Vec<(usize, String)>,
    /// The text of the clause that it rests on.
    pub clause: Option<String>,
}

impl Teller<'_, '_> {
    /// A node for people.
    pub fn page(&self, node: &Node) -> String {
        let mut lines = Vec::new();
        if let Some(page) = self.statement_page(node) {
            lines.extend([page.title, page.header, String::new()]);
            for section in page.sections {
                lines.push(section.heading);
                lines.extend(section.sentences.into_iter().map(indented));
                lines.extend(section.clause.map(|clause| indented((1, clause))));
                lines.push(String::new());
            }
            lines.extend(page.ends);
        } else if matches!(node.kind, Kind::Row) {
            lines.push(self.header(node));
            let mut sentences = Vec::new();
            node.operands.iter().for_each(|step| self.tree(step, 1, &mut Told::default(), &mut sentences));
            lines.extend(sentences.into_iter().map(indented));
        } else {
            let mut sentences = Vec::new();
            self.tree(node, 0, &mut Told::default(), &mut sentences);
            lines.extend(sentences.into_iter().map(indented));
        }
        if is_cut(node) {
            lines.push(self.said_cut().to_owned());
        }
        lines.push(String::new());
        lines.join("\n")
    }

    pub(super) fn said_cut(&self) -> &'static str {
        self.say(
            "（说明过长，已截短；单独说明其中一个步骤，可以看到其余部分）",
            "(cut short; an explanation of one step alone tells more of it)",
        )
    }

    /// The page of a statement; none where the node is no statement.
    pub fn statement_page(&self, node: &Node) -> Option<Page> {
        let (Kind::Statement, Some((_, payee))) = (&node.kind, node.at) else { return None };
        let mut told = Told { payee: Some(payee), ..Told::default() };
        let title = self.outcome.plan.document.title.clone();
        let mut page = Page { title, header: self.header(node), is_cut: is_cut(node), ..Page::default() };
        let (paid, taken): (Vec<&Node>, Vec<&Node>) = node.operands.iter().partition(|line| line.role == Role::Line);
        for (place, line) in paid.iter().enumerate() {
            let item = self.item(line);
            let heading = format!("{}. {item} {}", place + 1, self.amount(line));
            let amount = fen_of(line);
            let mut section = Section { heading, item, amount, clause: self.clause_of(line), ..Section::default() };
            self.tree(line, 1, &mut told, &mut section.sentences);
            page.sections.push(section);
        }
        for line in taken {
            let heading = format!("{}{}", self.say("未发放：", "Not paid: "), self.item(line));
            let mut section = Section { item: heading.clone(), heading, ..Section::default() };
            self.tree(line, 1, &mut told, &mut section.sentences);
            page.sections.push(section);
        }
        let amounts: Vec<String> = paid.iter().map(|line| self.bare(line)).collect();
        let sum = if amounts.len() > 1 { format!("{} = ", amounts.join(" + ")) } else { String::new() };
        page.ends.push(format!("{} {sum}{}", self.say("合计", "Total"), self.amount(node)));
        if let (Language::Chinese, Some(fen)) = (self.language, fen_of(node)) {
            page.ends.push(format!("大写 {}", capital(fen)));
        }
        page.ends.extend(self.said_peers(payee));
        Some(page)
    }

    /// The text of the clause that a line rests on.
    fn clause_of(&self, line: &Node) -> Option<String> {
        let clause = self.heading(line).and_then(|heading| heading.clause.as_deref());
        let text = clause.and_then(|clause| self.clause_text(clause));
        text.map(|text| format!("{}{text}", self.say("依据：", "Clause: ")))
    }

    /// The row with its id and the rows above it.
    fn header(&self, node: &Node) -> String {
        let Some((level, row)) = node.at else { return String::new() };
        let Some(known) = self.outcome.plan.levels.get(level) else { return String::new() };
        let mut parts = Vec::new();
        for (above, rows) in
            known.ancestry.iter().zip(self.outcome.data.levels.get(level).iter().flat_map(|rows| &rows.ancestors))
        {
            let row = *crate::exact::at(rows, row);
            let id = match self.row_name(*above, row) {
                Some(name) if self.language == Language::Chinese => {
                    format!("{name}（{}）", self.outcome.data.id(*above, row))
                }
                Some(name) => format!("{name} ({})", self.outcome.data.id(*above, row)),
                None => self.outcome.data.id(*above, row).to_owned(),
            };
            parts.push(format!("{} {id}", self.level_label(*above)));
        }
        parts.join(self.say("　", "  "))
    }

    /// What a line of a statement is called.
    fn item(&self, node: &Node) -> String {
        let step = step_of(&node.kind).and_then(|step| self.outcome.plan.document.steps.get(step));
        let item = step.and_then(|step| step.action.pay()).map_or_else(|| self.label(node), |pay| pay.item.as_str());
        match node.at {
            // A line of a row below the payee says which.
            Some((level, row)) if Some(level) != self.outcome.plan.payee => {
                format!("{item} [{} {}]", self.level_label(level), self.named(level, row))
            }
            _ => item.to_owned(),
        }
    }

    /// A node, then what it was computed from.
    fn tree(&self, node: &Node, depth: usize, told: &mut Told, lines: &mut Vec<(usize, String)>) {
        let mut depth = depth;
        if told.payee.is_some_and(|payee| self.is_of_another(node, payee)) {
            return;
        }
        if depth == 0 || self.worth(node) {
            let key = node.at.zip(step_of(&node.kind)).map(|((level, row), step)| (level, row, step));
            if key.is_some_and(|key| !told.steps.insert(key)) {
                return;
            }
            let at = self.elsewhere(node);
            lines.push((depth, format!("{at}{}", self.sentence(node))));
            depth += 1;
        }
        lines.extend(self.line_without(node).map(|line| (depth, line)));
        // What colleagues have is said as their sum: a statement names nobody else.
        if told.payee.is_some_and(|payee| node.operands.iter().any(|operand| self.is_of_another(operand, payee))) {
            return;
        }
        node.operands.iter().for_each(|operand| self.tree(operand, depth, told, lines));
    }

    /// Whether a node tells of another payee: its row is another's or below another's; or it contributes from a row
    /// beside the payees, which may be anybody's.
    fn is_of_another(&self, node: &Node, payee: Row) -> bool {
        let (Some((level, row)), Some(payees)) = (node.at, self.outcome.plan.payee) else { return false };
        let ancestry = |level: usize| self.outcome.plan.levels.get(level).map_or(&[][..], |level| &level.ancestry);
        match ancestry(level).iter().position(|known| *known == payees) {
            Some(above) => {
                let rows = self.outcome.data.levels.get(level).and_then(|rows| rows.ancestors.get(above));
                rows.is_none_or(|rows| *crate::exact::at(rows, row) != payee)
            }
            None => matches!(node.kind, Kind::Contributor) && !ancestry(payees).contains(&level),
        }
    }

    /// The row of a step of a level that is not the payees'.
    fn elsewhere(&self, node: &Node) -> String {
        match (node.at, step_of(&node.kind)) {
            (Some((level, row)), Some(_)) if Some(level) != self.outcome.plan.payee => {
                format!("[{} {}] ", self.level_label(level), self.named(level, row))
            }
            _ => String::new(),
        }
    }

    /// Whether a node has a line of its own: what the formula above does not say already.
    fn worth(&self, node: &Node) -> bool {
        match &node.kind {
            Kind::Veto(_) | Kind::Forgo(_) | Kind::Withhold(..) | Kind::Draw(..) => true,
            Kind::Band(_) | Kind::Aggregate(_) | Kind::Collected(..) => true,
            Kind::Lookup(matched) => !self.row_matched(*matched).is_empty(),
            Kind::Contributor | Kind::Others(_) => node.value.is_some(),
            kind => step_of(kind).is_some(),
        }
    }
}

/// The amount that a node is.
fn fen_of(node: &Node) -> Option<Fen> {
    match &node.value {
        Some(Scalar::Number(number)) => number.fen(),
        _ => None,
    }
}

/// A sentence at its depth.
fn indented((depth, sentence): (usize, String)) -> String {
    format!("{}{sentence}", "   ".repeat(depth))
}

/// Whether the limits have cut a step short; columns beyond the depth are only named, which is no cut.
fn is_cut(node: &Node) -> bool {
    (node.truncated && node.operands.is_empty() && step_of(&node.kind).is_some()) || node.operands.iter().any(is_cut)
}

/// The step whose value a node is.
fn step_of(kind: &Kind) -> Option<usize> {
    match kind {
        Kind::Formula(step)
        | Kind::Skipped(step)
        | Kind::Share(step, _)
        | Kind::Rank(step, _)
        | Kind::Collect(step)
        | Kind::Veto(step)
        | Kind::Check(step) => Some(*step),
        _ => None,
    }
}
