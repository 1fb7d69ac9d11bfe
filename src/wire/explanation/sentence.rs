//! One sentence for each node: what it is, its value, and how it came about.

use super::{Teller, exact};
use crate::engine::explain::{Aggregated, Kind, Matched, Node, RankFacts, Role, Scalar};
use crate::exact::{Mode, Number, fen_text};
use crate::plan::Language;
use crate::plan::document::TableKind;

impl Teller<'_, '_> {
    /// The sentence of a node, with the clause it rests on.
    pub fn sentence(&self, node: &Node) -> String {
        let said = self.said(node);
        let clause = self.heading(node).and_then(|heading| heading.clause.as_deref());
        match clause.filter(|_| cites(&node.kind)) {
            Some(clause) => format!("{said}{}{}", self.say("，依据", ", under "), self.clause_name(clause)),
            None => said,
        }
    }

    /// The sentence without its clause.
    pub(super) fn said(&self, node: &Node) -> String {
        let is = || format!("{} {}", self.label(node), self.amount(node));
        match &node.kind {
            Kind::Statement => format!("{} {}", self.say("合计", "Total"), self.amount(node)),
            Kind::Row => node.at.map_or_else(String::new, |(level, row)| self.named(level, row).to_owned()),
            Kind::Fact(_) if self.is_default(node) => format!("{}{}", is(), self.say("（缺省值）", " (the default)")),
            Kind::Formula(_) | Kind::Check(_) | Kind::Veto(_) => self.computed(node),
            Kind::Skipped(_) => {
                let because = node.operands.first().map_or_else(String::new, |condition| self.infix(condition));
                let (not, met) =
                    (self.say("：不适用，条件不成立：", ": not applicable, as this does not hold: "), because);
                format!("{}{not}{met}", is())
            }
            Kind::Share(_, Some(facts)) => self.share(node, facts),
            Kind::Share(_, None) => format!("{}{}", is(), self.say("：没有对应的经费", ": reaches no fund")),
            Kind::Rank(_, Some(facts)) => self.ranked(node, facts),
            Kind::Rank(_, None) => {
                let veto = node.operands.last().map_or("", |veto| self.label(veto));
                format!("{}{}{veto}", is(), self.say("：不参评，因 ", ": not ranked, because of "))
            }
            Kind::Collect(_) => {
                let parts: Vec<String> = node.operands.iter().map(|part| self.bare(part)).collect();
                let sum = if parts.len() > 1 && parts.len() <= 8 {
                    format!(" = {}", parts.join(" + "))
                } else {
                    String::new()
                };
                format!("{}{}{sum}", is(), self.say("：收回下级结余", ": what is left below"))
            }
            Kind::Withhold(_, to) => self.taken(node, Some(to)),
            Kind::Forgo(_) => self.taken(node, None),
            Kind::Draw(level, column, left) => {
                let fund = self.outcome.plan.column_name(*level, *column);
                let label = self.column(*level, *column).map_or(fund.as_str(), |heading| heading.label());
                let at = node.at.map_or("", |(level, row)| self.named(level, row));
                match self.language {
                    Language::Chinese => {
                        format!("由 {at} 的{label}列支 {}，列支前余 {} 元", self.amount(node), fen_text(*left))
                    }
                    Language::English => {
                        format!(
                            "drawn from {label} of {at}: {}, before which {} was left",
                            self.amount(node),
                            fen_text(*left)
                        )
                    }
                }
            }
            Kind::Drawn(_) => format!("{}{} {}", self.label(node), self.say(" 已列支", " drew"), self.amount(node)),
            Kind::Left(..) => format!("{} = {}", self.difference(node), self.amount(node)),
            Kind::Collected(..) => {
                let at = node.at.map_or("", |(level, row)| self.named(level, row));
                format!("{at} {}{} {}", self.label(node), self.say("余额", " left"), self.amount(node))
            }
            _ => self.said_of_part(node),
        }
    }

    /// The sentence of a part of a formula.
    fn said_of_part(&self, node: &Node) -> String {
        match &node.kind {
            Kind::Rounding(to, mode) => {
                let before = node.operands.first().map_or_else(String::new, |before| self.bare(before));
                format!("{before}{} → {}", self.rounding(to, *mode), self.bare(node))
            }
            Kind::Lookup(matched) => format!("{}{}", self.infix(node), self.row_matched(*matched)),
            Kind::Band(matched) => {
                let parts: Vec<String> = node.operands.iter().map(|part| self.bare(part)).collect();
                format!("{}{} = {}", parts.join(" × "), self.row_matched(*matched), self.bare(node))
            }
            Kind::Aggregate(facts) => self.aggregated(node, facts),
            Kind::Contributor => {
                let at = node.at.map_or("", |(level, row)| self.named(level, row));
                format!("{at} {}", self.amount(node)).trim_end().to_owned()
            }
            Kind::Others(count) => {
                let sum = node.value.as_ref().map(|_| self.amount(node));
                let sum = sum.map_or_else(String::new, |sum| format!("{}{sum}", self.say("，共 ", ", together ")));
                match self.language {
                    Language::Chinese => format!("其余 {count} 个{sum}"),
                    Language::English => format!("{count} others{sum}"),
                }
            }
            Kind::NoRow(..) => format!("{}{}", self.label(node), self.say("：没有引用的行", ": refers to no row")),
            Kind::Fact(_) | Kind::Cut(_) | Kind::Constant(_) => format!("{} {}", self.label(node), self.amount(node)),
            Kind::Literal => self.bare(node),
            _ => format!("{} = {}", self.infix(node), self.bare(node)),
        }
    }

    /// `label value = formula`, its rounding and what was withheld.
    fn computed(&self, node: &Node) -> String {
        let is = format!("{} {}", self.label(node), self.amount(node));
        let Some(value) = node.operands.iter().find(|part| matches!(part.role, Role::Value | Role::When)) else {
            return is;
        };
        let taken = node.operands.iter().find(|part| part.role == Role::Withheld);
        // Only what the value is itself follows an equals sign: no flag, and not what was before a veto took its part.
        let is_equal = matches!(node.kind, Kind::Formula(_)) && taken.is_none();
        let is_equal = is_equal && !matches!(node.value, Some(Scalar::Flag(_)));
        let equals = if is_equal { " = " } else { self.say("：", ": ") };
        let mut text = format!("{is}{equals}{}", self.infix(value));
        if let (Kind::Rounding(to, mode), Some(before)) = (&value.kind, value.operands.first()) {
            text.push_str(&format!(" = {}{}", self.bare(before), self.rounding(to, *mode)));
        }
        if let Some(taken) = taken {
            let (gross, then) = (self.value(value.value.as_ref(), true), self.say("；", "; "));
            text.push_str(&format!(" → {gross}{then}{} → {}", self.said(taken), self.bare(node)));
        }
        text
    }

    /// What a veto took.
    fn taken(&self, node: &Node, to: Option<&String>) -> String {
        let label = self.label(node);
        let portion = node.operands.iter().find(|part| part.role == Role::Portion);
        let part = portion.and_then(|portion| portion.value.as_ref()?.number()).map_or_else(String::new, percent);
        let text = match (self.language, to) {
            (Language::Chinese, Some(to)) => format!("{label}：扣 {part} 即 {}，去向：{to}", self.amount(node)),
            (Language::English, Some(to)) => format!("{label}: withheld {part}, {}, to {to}", self.amount(node)),
            (Language::Chinese, None) => format!("{label}：放弃 {part}，余 {}", self.bare(node)),
            (Language::English, None) => format!("{label}: forgone {part}, what stays is {}", self.bare(node)),
        };
        // Where the veto holds, and how its portion came about.
        let reasons = portion.map_or(&[][..], |portion| &portion.operands);
        let reasons: Vec<String> = reasons.iter().map(|reason| self.infix(reason)).collect();
        if reasons.is_empty() {
            return text;
        }
        let (open, close) = (self.say("（因 ", " (because of "), self.say("）", ")"));
        format!("{text}{open}{}{close}", reasons.join(self.say("；比例 ", "; portion ")))
    }

    /// A fund's value less what was drawn.
    pub(super) fn difference(&self, node: &Node) -> String {
        let parts: Vec<String> =
            node.operands.iter().map(|part| format!("{} {}", self.short(part), self.bare(part))).collect();
        parts.join(" − ")
    }

    pub(super) fn rounding(&self, to: &Number, mode: Mode) -> String {
        let word = match mode {
            Mode::HalfUp => self.say("四舍五入到", "rounded half up to"),
            Mode::HalfEven => self.say("四舍六入五成双到", "rounded half to even to"),
            Mode::Up => self.say("进到", "rounded up to"),
            Mode::Down => self.say("舍到", "rounded down to"),
        };
        format!("{}{word} {}", self.say("，", ", "), to.text())
    }

    pub(super) fn row_matched(&self, matched: Matched) -> String {
        let Some(table) = self.outcome.plan.document.tables.get(matched.table) else { return String::new() };
        let limit = |row: Option<usize>| row.and_then(|row| table.rows.get(row)?.limit.as_ref());
        let Some(_) = matched.row else { return self.say("（未列出的）", " (not listed)").to_owned() };
        let TableKind::Band { .. } = table.kind else { return String::new() };
        let lower = limit(matched.before)
            .map(|limit| format!("{} {}", if limit.inclusive { ">" } else { "≥" }, exact(&limit.at)));
        let upper =
            limit(matched.row).map(|limit| format!("{} {}", if limit.inclusive { "≤" } else { "<" }, exact(&limit.at)));
        let limits: Vec<String> = lower.into_iter().chain(upper).collect();
        if limits.is_empty() { String::new() } else { format!(" ({})", limits.join(", ")) }
    }

    fn aggregated(&self, node: &Node, facts: &Aggregated) -> String {
        let condition = facts.condition.as_ref();
        let condition = condition.map_or_else(String::new, |text| format!("{}{text}", self.say("，条件 ", ", where ")));
        format!("{}{condition}", self.infix(node))
    }

    fn ranked(&self, node: &Node, facts: &RankFacts) -> String {
        let per = self.named(facts.per.0, facts.per.1);
        let score = node.operands.iter().find(|part| part.role == Role::Score);
        let score = score.map_or_else(String::new, |score| self.infix(score));
        let is = format!("{} {}", self.label(node), self.amount(node));
        let mut text = match self.language {
            Language::Chinese => format!("{is}：{per} 参评 {}，{score}，排第 {}", facts.ranked, facts.position),
            Language::English => format!("{is}: {per}, {} ranked, {score}, place {}", facts.ranked, facts.position),
        };
        let (first, last) = facts.equal;
        if first != last {
            let ties = node.operands.iter().filter(|part| part.role == Role::TieBy).map(|tie| self.infix(tie));
            let ties: Vec<String> = ties.collect();
            let ties = match (ties.is_empty(), self.language) {
                (true, _) => String::new(),
                (false, Language::Chinese) => format!("，再比 {}，大者在前", ties.join("，")),
                (false, Language::English) => format!(", then by {}, the larger first", ties.join(", ")),
            };
            text.push_str(&match self.language {
                Language::Chinese => format!("（第 {first}～{last} 名同分{ties}）"),
                Language::English => format!(" (places {first} to {last} have the same score{ties})"),
            });
        }
        let mut from = 1;
        for (place, (grade, last)) in facts.grades.iter().enumerate() {
            let code = self.outcome.plan.texts.text(*grade);
            let places = match (from > *last, self.language) {
                (true, Language::Chinese) => format!("{code} 无名额"),
                (true, Language::English) => format!("{code} has no place"),
                (false, _) if from == *last => format!("{code} {last}"),
                (false, Language::Chinese) => format!("{code} {from}～{last}"),
                (false, Language::English) => format!("{code} {from}–{last}"),
            };
            from = *last + 1;
            text.push_str(if place == 0 { self.say("；", "; ") } else { self.say("，", ", ") });
            text.push_str(&places);
        }
        // The scores at the boundaries are colleagues': they stand among the facts of the node, not in its sentence.
        text
    }

    /// What people call a clause: its heading (第八条) where its text begins with one.
    pub(super) fn clause_name(&self, id: &str) -> String {
        let clause = self.clause_text(id).unwrap_or_default();
        let heading = clause.split_whitespace().next().unwrap_or_default();
        if heading.starts_with('第') && heading.ends_with('条') {
            return heading.to_owned();
        }
        match self.language {
            Language::Chinese if id.chars().all(|letter| letter.is_ascii_digit()) => format!("第 {id} 条"),
            _ => id.to_owned(),
        }
    }

    pub(super) fn clause_text(&self, id: &str) -> Option<&str> {
        let clauses = &self.outcome.plan.document.clauses;
        clauses.iter().find(|clause| clause.id == id).map(|clause| clause.text.as_str())
    }
}

/// A portion as people say it.
pub(super) fn percent(portion: &Number) -> String {
    let hundred = portion.checked_mul(&Number::from(100_i64));
    hundred.map_or_else(|_| exact(portion), |hundred| format!("{}%", exact(&hundred)))
}

/// Whether the sentence of a kind names the clause of its element.
fn cites(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Formula(_)
            | Kind::Skipped(_)
            | Kind::Share(..)
            | Kind::Rank(..)
            | Kind::Collect(_)
            | Kind::Veto(_)
            | Kind::Check(_)
            | Kind::Forgo(_)
            | Kind::Withhold(..)
            | Kind::Lookup(_)
            | Kind::Marginal(_)
    )
}
