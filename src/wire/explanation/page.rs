//! Explanations as text: the statement of a payee as a page, anything else as an indented tree.

use std::collections::BTreeSet;

use super::{Teller, capital};
use crate::engine::explain::{Kind, Node, Role, Scalar};
use crate::exact::Row;
use crate::plan::Language;

/// What a page has already told.
#[derive(Default)]
struct Told {
    /// Steps by level, row and step.
    steps: BTreeSet<(usize, Row, usize)>,
    /// Whose statement it is.
    payee: Option<Row>,
}

impl Teller<'_, '_> {
    /// A node for people.
    pub fn page(&self, node: &Node) -> String {
        let mut lines = Vec::new();
        let payee = matches!(node.kind, Kind::Statement).then_some(node.at).flatten().map(|(_, row)| row);
        let mut told = Told { payee, ..Told::default() };
        match &node.kind {
            Kind::Statement => self.statement(node, &mut told, &mut lines),
            Kind::Row => {
                lines.push(self.header(node));
                node.operands.iter().for_each(|step| self.tree(step, 1, &mut told, &mut lines));
            }
            _ => self.tree(node, 0, &mut told, &mut lines),
        }
        if is_cut(node) {
            lines.push(
                self.say(
                    "（说明过长，已截短；--nodes、--depth 可加大）",
                    "(cut short: --nodes and --depth allow more)",
                )
                .to_owned(),
            );
        }
        lines.push(String::new());
        lines.join("\n")
    }

    fn statement(&self, node: &Node, told: &mut Told, lines: &mut Vec<String>) {
        lines.push(self.outcome.plan.document.title.clone());
        lines.push(self.header(node));
        lines.push(String::new());
        let (lines_paid, taken): (Vec<&Node>, Vec<&Node>) =
            node.operands.iter().partition(|line| line.role == Role::Line);
        for (place, line) in lines_paid.iter().enumerate() {
            lines.push(format!("{}. {} {}", place + 1, self.item(line), self.amount(line)));
            self.tree(line, 1, told, lines);
            let clause = self.heading(line).and_then(|heading| heading.clause.as_deref());
            if let Some(text) = clause.and_then(|clause| self.clause_text(clause)) {
                lines.push(format!("   {}{text}", self.say("依据：", "Clause: ")));
            }
            lines.push(String::new());
        }
        for line in taken {
            lines.push(format!("{}{}", self.say("未发放：", "Not paid: "), self.item(line)));
            self.tree(line, 1, told, lines);
            lines.push(String::new());
        }
        let amounts: Vec<String> = lines_paid.iter().map(|line| self.bare(line)).collect();
        let sum = if amounts.len() > 1 { format!("{} = ", amounts.join(" + ")) } else { String::new() };
        lines.push(format!("{} {sum}{}", self.say("合计", "Total"), self.amount(node)));
        if let (Language::Chinese, Some(Scalar::Number(total))) = (self.language, &node.value)
            && let Some(fen) = total.fen()
        {
            lines.push(format!("大写 {}", capital(fen)));
        }
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
    fn tree(&self, node: &Node, depth: usize, told: &mut Told, lines: &mut Vec<String>) {
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
            lines.push(format!("{}{at}{}", "   ".repeat(depth), self.sentence(node)));
            depth += 1;
        }
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
