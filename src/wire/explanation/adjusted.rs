//! The statement of somebody in an adjustment: what it changes, and how what is due now came about.

use super::super::json::{Json, object, text};
use super::{Page, Section, Teller, capital};
use crate::engine::explain::Node;
use crate::exact::{Fen, fen_text};
use crate::plan::Language;

/// An item that an adjustment changes.
#[derive(Debug, Clone)]
pub struct Change {
    /// What the payee reads.
    pub item: String,
    /// What was settled before.
    pub was: Fen,
    /// What is due.
    pub now: Fen,
}

/// What an adjustment changes for somebody.
#[derive(Debug, Clone)]
pub struct Changes {
    /// The id.
    pub id: String,
    /// The name.
    pub name: Option<String>,
    /// The run that is adjusted.
    pub adjusts: String,
    /// The word of the mode, and what it is called.
    pub mode: (String, &'static str),
    /// The word of the reason, and what it is called.
    pub reason_code: (String, &'static str),
    /// The reason.
    pub reason: String,
    /// Whether it is paid now, not in the next period.
    pub is_paid: bool,
    /// The items.
    pub items: Vec<Change>,
}

impl Changes {
    /// What it comes to, paid or not.
    pub fn difference(&self) -> Fen {
        self.items.iter().map(|change| change.now - change.was).sum()
    }

    /// What is paid now.
    pub fn total(&self) -> Fen {
        if self.is_paid { self.difference() } else { 0 }
    }

    /// The adjustment in a statement.
    fn json(&self) -> Json<'static> {
        let amounts = |was: Fen, now: Fen| {
            [("was", was), ("now", now), ("difference", now - was)].map(|(key, fen)| (key, text(&fen_text(fen))))
        };
        let item = |change: &Change| {
            let item = [("item", text(&change.item))];
            object(item.into_iter().chain(amounts(change.was, change.now)).collect::<Vec<_>>())
        };
        let was: Fen = self.items.iter().map(|change| change.was).sum();
        let mut entries = vec![
            ("adjusts", text(&self.adjusts)),
            ("mode", text(&self.mode.0)),
            ("reason_code", text(&self.reason_code.0)),
            ("reason", text(&self.reason)),
            ("items", Json::List(self.items.iter().map(item).collect())),
        ];
        entries.extend(amounts(was, was + self.difference()));
        object(entries)
    }
}

impl Teller<'_, '_> {
    /// The same as a document: `{id, name?, total, total_capital, adjustment, explanation}`. The node is the statement of
    /// the calculation anew; none where that has them not, or is not theirs.
    pub fn adjusted(&self, node: Option<&Node>, changes: &Changes) -> Json<'static> {
        let total = changes.total();
        let mut entries = vec![("id", text(&changes.id))];
        entries.extend(changes.name.as_ref().map(|name| ("name", text(name))));
        entries.push(("total", text(&fen_text(total))));
        entries.push(("total_capital", text(&capital(total))));
        entries.push(("adjustment", changes.json()));
        entries.push(("explanation", node.map_or_else(|| self.unexplained(changes), |node| self.json(node))));
        object(entries)
    }

    /// Why there is nothing to explain.
    fn unexplained(&self, changes: &Changes) -> Json<'static> {
        let gone = || self.say("不在更正后的数据中", "Not in the corrected data").to_owned();
        let said = self.said_note(changes).filter(|_| changes.items.is_empty()).unwrap_or_else(gone);
        object([("kind", text("statement")), ("text", text(&said)), ("operands", Json::List(Vec::new()))])
    }

    /// The same as a page: the differences, then how what is due came about.
    pub fn adjusted_page(&self, node: Option<&Node>, changes: &Changes) -> Page {
        let whole = node.and_then(|node| self.statement_page(node)).unwrap_or_default();
        let mut page = Page { about: Some(self.said_about(changes)), is_cut: whole.is_cut, ..Page::default() };
        page.title = format!("{}{}", self.outcome.plan.document.title, self.say("（调整）", " (adjustment)"));
        page.header = if node.is_some() { whole.header } else { self.said_who(changes) };
        for (change, place) in changes.items.iter().zip(1..) {
            let yuan = |fen: Fen| self.yuan(&fen_text(fen));
            let difference = change.now - change.was;
            let (was, now, more) = (yuan(change.was), yuan(change.now), yuan(difference));
            let sentence = match self.language {
                Language::Chinese => format!("此前已结 {was}，应有 {now}，差额 {more}"),
                Language::English => format!("Settled before {was}, due {now}, difference {more}"),
            };
            page.sections.push(Section {
                heading: format!("{place}. {} {more}", change.item),
                item: change.item.clone(),
                amount: changes.is_paid.then_some(difference),
                sentences: vec![(1, format!("{sentence}{}", self.said_when(changes)))],
                clause: None,
            });
        }
        page.sections.extend(whole.sections.into_iter().map(|section| self.due(section)));
        page.note = self.said_note(changes);
        page.ends = self.adjusted_ends(changes);
        page
    }

    /// A section of the calculation anew, which says what is due, not what is paid.
    fn due(&self, section: Section) -> Section {
        if section.amount.is_none() {
            return section;
        }
        let due = self.say("应有：", "Due: ");
        let heading = section.heading.split_once(". ").map_or(section.heading.as_str(), |(_, heading)| heading);
        Section { heading: format!("{due}{heading}"), item: format!("{due}{}", section.item), amount: None, ..section }
    }

    fn said_about(&self, changes: &Changes) -> String {
        let Changes { adjusts, mode, reason_code, reason, .. } = changes;
        match self.language {
            Language::Chinese => {
                format!("调整核算 {adjusts}：{}。原因：{}，{reason}", mode.1, reason_code.1)
            }
            Language::English => format!("Adjusts run {adjusts}: {}. Reason: {}, {reason}", mode.0, reason_code.0),
        }
    }

    /// Whose it is, of somebody whom the calculation anew does not have.
    fn said_who(&self, changes: &Changes) -> String {
        let level = self.outcome.plan.payee.map_or("", |level| self.level_label(level));
        let Changes { id, name, .. } = changes;
        match (name, self.language) {
            (Some(name), Language::Chinese) => format!("{level} {name}（{id}）　不在更正后的数据中"),
            (None, Language::Chinese) => format!("{level} {id}　不在更正后的数据中"),
            (Some(name), Language::English) => format!("{level} {name} ({id})  not in the corrected data"),
            (None, Language::English) => format!("{level} {id}  not in the corrected data"),
        }
    }

    fn said_when(&self, changes: &Changes) -> &'static str {
        if changes.is_paid { "" } else { self.say("，留待下期", ", for the next period") }
    }

    /// What is not paid now, or that nothing changes.
    fn said_note(&self, changes: &Changes) -> Option<String> {
        if changes.items.is_empty() {
            return Some(self.say("没有变化，本次不发放", "Nothing changes, nothing is paid now").to_owned());
        }
        let carried = self.yuan(&fen_text(changes.difference()));
        let said = self.say("本次不发放，留待下期 ", "Nothing is paid now; for the next period ");
        (!changes.is_paid).then(|| format!("{said}{carried}"))
    }

    fn adjusted_ends(&self, changes: &Changes) -> Vec<String> {
        let total = changes.total();
        let said = self.say("本次发放（负数为扣回）", "Paid now (below zero: taken back)");
        let mut ends = vec![format!("{said} {}", self.yuan(&fen_text(total)))];
        if self.language == Language::Chinese {
            ends.push(format!("大写 {}", capital(total)));
        }
        ends.extend(self.said_note(changes));
        ends
    }
}
