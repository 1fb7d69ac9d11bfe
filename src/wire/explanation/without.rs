//! What a veto changed, as JSON and as a sentence.

use super::super::json::{Json, number, object, text};
use super::Teller;
use crate::engine::explain::{Node, Otherwise, Went, WithoutVeto};
use crate::exact::{Fen, fen_text};
use crate::plan::Language;

impl Teller<'_, '_> {
    /// What would be without the veto that acted at a node.
    pub(super) fn without_veto(&self, without: &WithoutVeto) -> Json<'static> {
        let mut entries = Vec::new();
        entries.extend(self.step(without.veto).map(|veto| ("veto", text(&veto.name))));
        match &without.otherwise {
            Err(code) => entries.push(("refused", text(code.word()))),
            Ok(otherwise) => {
                let money = otherwise.went.is_some();
                entries.extend(otherwise.value.as_ref().map(|value| ("value", text(&self.plain(value, money)))));
                entries.extend(otherwise.total.map(|total| ("total", text(&fen_text(total)))));
                entries.extend(otherwise.went.iter().flat_map(went_facts));
            }
        }
        entries.push(("text", text(&self.said_without(without))));
        object(entries)
    }

    /// One sentence: the value and the total without the veto, and where the money went.
    pub(super) fn said_without(&self, without: &WithoutVeto) -> String {
        let veto = self.step(without.veto).map_or("", |veto| veto.label());
        let condition = match self.language {
            Language::Chinese => format!("假如本行没有“{veto}”"),
            Language::English => format!("Had “{veto}” not held here"),
        };
        let otherwise = match &without.otherwise {
            Ok(otherwise) => otherwise,
            Err(code) => {
                let meaning = code.meaning(self.language);
                return match self.language {
                    Language::Chinese => format!("{condition}，就算不出结果（{}：{meaning}）", code.word()),
                    Language::English => format!("{condition}, there would be no result ({}: {meaning})", code.word()),
                };
            }
        };
        let mut said = format!("{condition}{}{}", self.say("，", ", "), self.supposed(without.step, otherwise));
        if let Some(total) = otherwise.total {
            let total = self.yuan(&fen_text(total));
            said.push_str(&format!("{}{total}", self.say("，合计为 ", ", the total ")));
        }
        if let Some(went) = otherwise.went.as_ref().filter(|went| went.took != 0) {
            let parts = self.parts_of(went, without.step).join(self.say("，", ", "));
            let took = self.yuan(&fen_text(went.took));
            said.push_str(&match self.language {
                Language::Chinese => format!("；此项少得的 {took}：{parts}"),
                Language::English => format!("; of the {took} less here: {parts}"),
            });
        }
        said
    }

    fn supposed(&self, step: usize, otherwise: &Otherwise) -> String {
        let money = otherwise.went.is_some();
        let value = self.value(otherwise.value.as_ref(), money);
        let value = if money { self.yuan(&value) } else { value };
        let label = self.step(step).map_or("", |step| step.label());
        format!("{label}{}{value}", self.say(" 为 ", " would be "))
    }

    /// Where the money went, part by part.
    fn parts_of(&self, went: &Went, step: usize) -> Vec<String> {
        let mut parts = Vec::new();
        for (to, amount) in &went.aside {
            let amount = self.yuan(&fen_text(*amount));
            parts.push(match self.language {
                Language::Chinese => format!("扣下 {amount}（去向：{to}）"),
                Language::English => format!("{amount} set aside for {to}"),
            });
        }
        if went.to_others != 0 || went.others != (0, 0) {
            let (amount, (more, less)) = (self.yuan(&fen_text(went.to_others)), went.others);
            let level = self.outcome.plan.steps.get(step).map_or("", |step| self.level_label(step.level));
            let fewer = match (less, self.language) {
                (0, _) => String::new(),
                (_, Language::Chinese) => format!("，{less} 个减少"),
                (_, Language::English) => format!(", {less} less"),
            };
            parts.push(match self.language {
                Language::Chinese => format!("同一经费的其他{level}共多得 {amount}（{more} 个增加{fewer}）"),
                Language::English => {
                    format!("{amount} to others of the same fund ({level}; {more} have more{fewer})")
                }
            });
        }
        // What the veto had left in the fund before this step is not of this step: the others had it too.
        let rest = [
            (went.left, "留在经费内 ", " stays in the fund"),
            (went.before, "本步开始前经费因否决已少 ", " is what the fund had less before this step"),
            (went.unfunded, "不由经费列支，未发放 ", " is drawn from no fund, and not paid"),
        ];
        for (amount, zh, en) in rest.into_iter().filter(|(amount, ..)| *amount != 0) {
            let yuan = self.yuan(&fen_text(amount.abs()));
            parts.push(match (self.language, amount < 0) {
                (Language::Chinese, false) => format!("{zh}{yuan}"),
                (Language::English, false) => format!("{yuan}{en}"),
                (Language::Chinese, true) => format!("减去此前因否决已留在经费内的 {yuan}"),
                (Language::English, true) => format!("less {yuan} that the veto had left in the fund before"),
            });
        }
        parts
    }

    /// The line of a page below the node where the veto acted.
    pub(super) fn line_without(&self, node: &Node) -> Option<String> {
        node.without.as_ref().map(|without| self.said_without(without))
    }
}

fn went_facts(went: &Went) -> Vec<(&'static str, Json<'static>)> {
    let mut entries = vec![("took", text(&fen_text(went.took)))];
    if !went.aside.is_empty() {
        let aside = |(to, amount): &(String, Fen)| object([("to", text(to)), ("amount", text(&fen_text(*amount)))]);
        entries.push(("set_aside", Json::List(went.aside.iter().map(aside).collect())));
    }
    let (more, less) = went.others;
    if went.to_others != 0 || more + less > 0 {
        let others = [("more", number(more)), ("less", number(less)), ("amount", text(&fen_text(went.to_others)))];
        entries.push(("others", object(others)));
    }
    let rest = [("left", went.left), ("before", went.before), ("unfunded", went.unfunded)];
    entries.extend(rest.into_iter().filter(|(_, amount)| *amount != 0).map(|(name, fen)| (name, text(&fen_text(fen)))));
    entries
}
