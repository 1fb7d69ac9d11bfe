//! A notice (公示表): the whitelist of what may be posted. Whoever writes one has this and nothing else: no id, no fact, no
//! telephone of anybody.

mod html;

use super::canonical;
use super::json::{Json, number, object, text};
use crate::exact::{Fen, fen_text};

/// What stands above and below the lists of a notice.
#[derive(Debug, Clone, Default)]
pub struct Notice {
    /// The title of the plan.
    pub title: String,
    /// The title of the run, such as its period.
    pub run_title: Option<String>,
    /// What a school is called.
    pub school: String,
    /// The heading of the names.
    pub name: String,
    /// Whether it may not be posted.
    pub is_draft: bool,
    /// The path at which everybody may read it while it is posted.
    pub public_path: Option<String>,
    /// From when to when it is posted.
    pub dates: Option<Dates>,
    /// The telephone of who supervises.
    pub telephone: Option<String>,
    /// Where objections are raised.
    pub contact: Option<String>,
    /// The items: the columns of amounts.
    pub items: Vec<String>,
    /// How many lists there are.
    pub lists: usize,
}

/// From when to when a notice is posted.
#[derive(Debug, Clone)]
pub struct Dates {
    /// The first day.
    pub from: String,
    /// The last day.
    pub to: String,
    /// How many of the days are working days.
    pub working_days: i64,
}

/// A payee as a notice shows it.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Its place in the list, from 1.
    pub number: usize,
    /// The name as it is shown.
    pub name: String,
    /// What there is of each item.
    pub amounts: Vec<Option<Fen>>,
    /// The sum.
    pub total: Fen,
}

/// What a list comes to.
#[derive(Debug, Clone)]
pub struct Sum {
    /// How many payees it has.
    pub payees: usize,
    /// The sum of each item.
    pub amounts: Vec<Fen>,
    /// The sum.
    pub total: Fen,
}

impl Sum {
    /// How many they are, below the names.
    pub fn count(&self) -> String {
        format!("共 {}", self.payees)
    }
}

/// A part of a notice, in the order in which they are written.
#[derive(Debug, Clone)]
pub enum Part {
    /// A list begins, of a school where it is named.
    List(Option<String>),
    /// Payees of the list.
    Rows(Vec<Listed>),
    /// The list ends.
    Sum(Sum),
}

impl Notice {
    /// The title with that of the run.
    pub fn heading(&self) -> String {
        let run = self.run_title.as_ref().map(|title| format!("（{title}）")).unwrap_or_default();
        let draft = if self.is_draft { "（草稿，不得张贴）" } else { "" };
        format!("{}{run}公示表{draft}", self.title)
    }

    /// What stands below the heading of a list.
    pub fn below(&self, school: Option<&str>) -> Vec<String> {
        let school = school.map(|school| format!("{}：{school}", self.school));
        let dates = match &self.dates {
            Some(Dates { from, to, working_days }) => format!("公示时间：{from} 至 {to}（{working_days} 个工作日）"),
            None => "公示时间：待定".to_owned(),
        };
        school.into_iter().chain([dates, "金额单位：元".to_owned()]).collect()
    }

    /// What stands below a list.
    pub fn end(&self) -> Vec<String> {
        match (&self.contact, &self.telephone) {
            (Some(contact), Some(telephone)) => {
                vec![format!("公示期间如有异议，请向{contact}反映。"), format!("监督电话：{telephone}")]
            }
            _ => vec!["异议受理单位和监督电话尚未设置，公示前须先设置。".to_owned()],
        }
    }

    /// The headings of the columns.
    pub fn headings(&self) -> Vec<&str> {
        let items = self.items.iter().map(String::as_str);
        ["序号", self.name.as_str()].into_iter().chain(items).chain(["合计"]).collect()
    }

    /// How it begins as JSON: everything but the lists.
    pub fn json_head(&self) -> String {
        let mut entries = vec![("title", text(&self.title))];
        entries.extend(self.run_title.as_ref().map(|title| ("run_title", text(title))));
        entries.push(("draft", Json::Flag(self.is_draft)));
        if let Some(Dates { from, to, working_days }) = &self.dates {
            entries.extend([("from", text(from)), ("to", text(to))]);
            entries.push(("working_days", Json::Number(working_days.to_string().into())));
        }
        entries.extend(self.public_path.as_ref().map(|path| ("public_path", text(path))));
        entries.extend(self.telephone.as_ref().map(|telephone| ("telephone", text(telephone))));
        entries.extend(self.contact.as_ref().map(|contact| ("contact", text(contact))));
        let head = canonical::text(&object(entries));
        format!("{},\"lists\":[", head.strip_suffix('}').unwrap_or(&head))
    }

    /// How it ends as JSON.
    pub fn json_end(&self) -> &'static str {
        "]}"
    }

    /// A part as JSON; what comes after another begins with a comma.
    pub fn json_part(&self, part: &Part, is_first: bool) -> String {
        let comma = if is_first { "" } else { "," };
        match part {
            Part::List(school) => {
                let school = school.as_ref().map(|school| canonical::text(&text(school)));
                let school = school.map(|school| format!("\"school\":{school},")).unwrap_or_default();
                format!("{comma}{{{school}\"payees\":[")
            }
            Part::Rows(rows) => {
                let rows: Vec<String> = rows.iter().map(|row| canonical::text(&self.json_row(row))).collect();
                format!("{comma}{}", rows.join(","))
            }
            Part::Sum(Sum { payees, amounts, total }) => {
                let items = self.json_items(amounts.iter().map(|amount| Some(*amount)));
                let end =
                    object([("payee_count", number(*payees)), ("items", items), ("total", text(&fen_text(*total)))]);
                let end = canonical::text(&end);
                format!("],{}", end.strip_prefix('{').unwrap_or(&end))
            }
        }
    }

    fn json_row(&self, row: &Listed) -> Json<'static> {
        object([
            ("number", number(row.number)),
            ("name", text(&row.name)),
            ("items", self.json_items(row.amounts.iter().copied())),
            ("total", text(&fen_text(row.total))),
        ])
    }

    fn json_items(&self, amounts: impl Iterator<Item = Option<Fen>>) -> Json<'static> {
        let items = self.items.iter().zip(amounts);
        let told = |(item, amount): (&String, Option<Fen>)| {
            Some(object([("item", text(item)), ("amount", text(&fen_text(amount?)))]))
        };
        Json::List(items.filter_map(told).collect())
    }
}
