//! The public list of a run (公示): when it is posted, and what stands in it. What leaves here has names as they are shown and
//! amounts, and nothing else of anybody.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::calendars::{Calendar, NotEntered};
use super::items::Items;
use super::masked::{MASKS, Mask, shown};
use super::people::Caller;
use super::rows::school_level;
use super::{Act, Refused, payroll, rosters, runs, settings, states};
use crate::exact::{Date, Fen};
use crate::plan::Language;
use crate::store::notices::{self, RunNotice};
use crate::store::runs::Run;
use crate::store::{self, Conn, results, today};
use crate::wire::json::{self, Json};
use crate::wire::notice::{Dates, Listed, Notice, Part, Sum};

/// How many working days a notice takes at least where the bureau does not say.
const WORKING_DAYS: i64 = 5;
/// How many payees are read at once.
const AT_ONCE: i64 = 500;
/// The state of a run that is posted now.
pub(super) const NOTICED: &str = "noticed";
/// The states in which a notice is what was posted.
const POSTED: [&str; 3] = [NOTICED, "approved", "released"];

/// Why a run cannot be posted as it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unnoticeable {
    /// The bureau has not set how its notices are written.
    NoSettings,
    /// The working days of a year are not entered.
    NoCalendar(i64),
    /// The last day is before the first.
    Reversed,
    /// There are so many working days, at least so many are wanted, as there are until this day.
    TooFew {
        /// How many there are.
        days: i64,
        /// How many are wanted.
        least: i64,
        /// The earliest last day; none where the calendar does not say.
        ends: Option<Date>,
    },
}

/// How a bureau's notices are written.
#[derive(Debug)]
struct Settings {
    /// What of names is hidden.
    mask: Mask,
    /// The telephone of who supervises.
    telephone: String,
    /// Where objections are raised.
    contact: String,
    /// How many working days a notice takes at least; none: as usual.
    working_days: Option<i64>,
}

impl Settings {
    /// What a document on record says, which was judged when it was written.
    fn of(document: &str) -> Result<Settings, store::Error> {
        let json = json::read(document.as_bytes()).map_err(|stop| store::Error::Broken(stop.to_string()))?;
        let text = |key: &str| json.get(key).and_then(Json::text).unwrap_or_default().to_owned();
        let mask = MASKS.iter().find(|(word, _)| *word == text("mask")).map(|(_, mask)| *mask);
        let working_days = match json.get("working_days") {
            Some(Json::Number(days)) => days.parse().ok(),
            _ => None,
        };
        Ok(Settings {
            mask: mask.unwrap_or_default(),
            telephone: text("telephone"),
            contact: text("contact"),
            working_days,
        })
    }
}

/// Posts a run from a day to another; without another for as many working days as the bureau wants at least.
///
/// # Errors
/// [`Refused::Unnoticeable`], those of any act on a run, or the store's own.
pub fn post(
    act: &mut Act<'_>,
    caller: &Caller,
    id: &str,
    (from, to): (Date, Option<Date>),
    revisions: Option<&[i64]>,
) -> Result<Run, Refused> {
    let (run, known) = runs::may(act, caller, id, "notice", revisions)?;
    let bureau = act.actor.bureau_id.clone();
    let document = store::settings::get(act.conn, &bureau, settings::NOTICE)?.map(|setting| setting.document);
    let set = document.as_deref().map(Settings::of).transpose()?;
    let least = set.as_ref().and_then(|set| set.working_days).unwrap_or(WORKING_DAYS);
    let years = from.year()..=to.map_or(0, Date::year).max(from.year() + 1);
    let calendar = Calendar::read(act.conn, &bureau, years)?;
    let dates = dates(&calendar, from, to, least);
    let (document, (to, working_days)) = match (document, dates) {
        (Some(document), Ok(dates)) => (document, dates),
        (document, dates) => {
            let unset = document.is_none().then_some(Unnoticeable::NoSettings);
            return Err(Refused::Unnoticeable(unset.into_iter().chain(dates.err()).collect()));
        }
    };
    let notice = RunNotice {
        run_id: run.id.clone(),
        begins_on: from.to_string(),
        ends_on: to.to_string(),
        working_days,
        settings: document,
        link: Some(new_link()?),
    };
    notices::add(act.conn, &notice)?;
    let detail = format!("{from}/{to}");
    Ok(runs::done(act, run, known, (None, Some(&detail)))?)
}

/// A link that nobody guesses: 192 random bits.
fn new_link() -> Result<String, store::Error> {
    let mut random = [0; 24];
    getrandom::fill(&mut random).map_err(|error| store::Error::Broken(error.to_string()))?;
    Ok(URL_SAFE_NO_PAD.encode(random))
}

/// Whether a text has the form of a link.
pub fn is_link(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// The path at which everybody may read the notice of a run from its first day to its last; none where the run is not
/// posted now.
pub fn public_path(run: &Run, notice: &RunNotice) -> Option<String> {
    let link = notice.link.as_ref().filter(|_| run.state == NOTICED)?;
    Some(format!("/notices/{link}"))
}

/// The last day of a notice, and how many working days it takes.
fn dates(calendar: &Calendar, from: Date, to: Option<Date>, least: i64) -> Result<(Date, i64), Unnoticeable> {
    let unknown = |NotEntered(year)| Unnoticeable::NoCalendar(year);
    let Some(to) = to else { return Ok((calendar.last_day(from, least).map_err(unknown)?, least)) };
    if to < from {
        return Err(Unnoticeable::Reversed);
    }
    let days = calendar.working_days(from, to).map_err(unknown)?;
    if days < least {
        return Err(Unnoticeable::TooFew { days, least, ends: calendar.last_day(from, least).ok() });
    }
    Ok((to, days))
}

/// Makes sure that a run is not posted any more.
pub(super) fn is_over(conn: &mut Conn, run: &Run) -> Result<(), Refused> {
    let Some(notice) = notices::get(conn, &run.id)? else { return Ok(()) };
    match Date::parse(&notice.ends_on) {
        Some(last) if today() <= notice.ends_on => Err(Refused::Posted(last)),
        _ => Ok(()),
    }
}

/// Until when and where objections to a run are raised, where it is posted.
///
/// # Errors
/// The store's own.
pub fn objections(conn: &mut Conn, run: &Run, language: Language) -> Result<Option<String>, store::Error> {
    let Some(posted) = posted(conn, run)? else { return Ok(None) };
    let Settings { telephone, contact, .. } = Settings::of(&posted.settings)?;
    let RunNotice { begins_on, ends_on, .. } = posted;
    Ok(Some(match language {
        Language::Chinese => {
            format!("公示时间：{begins_on} 至 {ends_on}。其间如有异议，请向{contact}反映；监督电话：{telephone}")
        }
        Language::English => {
            format!("Posted from {begins_on} to {ends_on}. Objections until then: {contact}; supervision: {telephone}")
        }
    }))
}

/// The notice of a run that is what was posted.
fn posted(conn: &mut Conn, run: &Run) -> Result<Option<RunNotice>, store::Error> {
    Ok(notices::get(conn, &run.id)?.filter(|_| POSTED.contains(&run.state.as_str())))
}

/// A notice that is read part by part.
pub struct Reading {
    run_id: String,
    mask: Mask,
    items: Items,
    /// The lists that are still to come, the last first.
    lists: Vec<List>,
    /// The list that is being read.
    list: Option<Begun>,
}

/// A list of a notice: the payees of a school, or all.
struct List {
    school: Option<String>,
    label: Option<String>,
}

/// A list while it is read.
struct Begun {
    school: Option<String>,
    /// The names of its payees as they are shown, those that are still to come.
    names: std::vec::IntoIter<String>,
    after: String,
    sum: Sum,
}

/// The run whose notice it is, what stands above and below its lists, and what is in them; of one school where one is named.
///
/// # Errors
/// [`Refused::State`] where it is not posted and no draft is asked for, [`Refused::NotFound`], or the store's own.
pub fn read(
    conn: &mut Conn,
    caller: &Caller,
    id: &str,
    (draft, school): (bool, Option<&str>),
) -> Result<(Run, Notice, Reading), Refused> {
    let run = runs::calculated(conn, caller, id)?;
    let posted = posted(conn, &run)?;
    if posted.is_none() && !draft {
        return Err(Refused::State { allowed: states::allowed(&run.state), state: run.state });
    }
    let (notice, reading) = begun(conn, &run, posted, school)?;
    Ok((run, notice, reading))
}

/// The notice that everybody may read at this link today.
///
/// # Errors
/// [`Refused::NotFound`] before its first day, after its last, and where the run was withdrawn; or the store's own.
pub fn read_public(conn: &mut Conn, link: &str) -> Result<(Notice, Reading), Refused> {
    let run = notices::linked(conn, link)?.ok_or(Refused::NotFound)?;
    let today = today();
    let is_on = |posted: &RunNotice| (&posted.begins_on..=&posted.ends_on).contains(&&today);
    let posted = posted(conn, &run)?.filter(is_on).ok_or(Refused::NotFound)?;
    begun(conn, &run, Some(posted), None)
}

/// What stands above and below the lists of a run, and what is in them.
fn begun(
    conn: &mut Conn,
    run: &Run,
    posted: Option<RunNotice>,
    school: Option<&str>,
) -> Result<(Notice, Reading), Refused> {
    let document = match &posted {
        Some(posted) => Some(posted.settings.clone()),
        None => store::settings::get(conn, &run.bureau_id, settings::NOTICE)?.map(|setting| setting.document),
    };
    let set = document.as_deref().map(Settings::of).transpose()?;
    let version = store::plans::version(conn, &run.plan_id, run.version)?.ok_or(Refused::NotFound)?;
    let plan = rosters::plan_of(&version)?.plan;
    let level = school_level(&plan);
    let label = |level: Option<usize>| {
        let level = level.and_then(|level| plan.document.levels.get(level));
        match level.map(|level| level.heading.label()) {
            // The language's own word for it is not one that is posted.
            None | Some("school") => "学校".to_owned(),
            Some(label) => label.to_owned(),
        }
    };
    let items = Items::of(conn, &run.id)?;
    // Where schools are paid they are one list, and their names are nobody's.
    let is_of_schools = plan.payee.is_some() && plan.payee == level;
    let mut lists = lists(conn, run, school, is_of_schools)?;
    let notice = Notice {
        title: plan.document.title.clone(),
        run_title: run.title.clone(),
        school: label(level),
        name: if is_of_schools { label(level) } else { "姓名".to_owned() },
        is_draft: posted.is_none(),
        public_path: posted.as_ref().and_then(|posted| public_path(run, posted)),
        dates: posted.map(|RunNotice { begins_on: from, ends_on: to, working_days, .. }| Dates {
            from,
            to,
            working_days,
        }),
        telephone: set.as_ref().map(|set| set.telephone.clone()),
        contact: set.as_ref().map(|set| set.contact.clone()),
        lists: lists.len(),
        items: items.names.clone(),
    };
    let mask = if is_of_schools { Mask::None } else { set.map(|set| set.mask).unwrap_or_default() };
    lists.reverse();
    Ok((notice, Reading { run_id: run.id.clone(), mask, items, lists, list: None }))
}

/// The lists of a notice in the order of the schools' ids.
fn lists(conn: &mut Conn, run: &Run, wanted: Option<&str>, is_one: bool) -> Result<Vec<List>, Refused> {
    let mut known = results::schools(conn, &run.id)?;
    if let Some(wanted) = wanted {
        known.retain(|school| school == wanted);
        if known.is_empty() {
            return Err(Refused::NotFound);
        }
    }
    if is_one || known.is_empty() {
        return Ok(vec![List { school: wanted.map(str::to_owned), label: None }]);
    }
    let names = payroll::schools(conn, run)?;
    let list = |school: String| List {
        label: Some(names.get(&school).unwrap_or(&school).clone()).filter(|label| !label.is_empty()),
        school: Some(school),
    };
    Ok(known.into_iter().map(list).collect())
}

impl Reading {
    /// The next part; none: there is no more.
    ///
    /// # Errors
    /// The store's own.
    pub fn next(&mut self, conn: &mut Conn) -> Result<Option<Part>, store::Error> {
        let Some(mut begun) = self.list.take() else {
            let Some(List { school, label }) = self.lists.pop() else { return Ok(None) };
            let names = self.names(conn, school.as_deref())?;
            let sum = Sum { payees: 0, amounts: vec![0; self.items.names.len()], total: 0 };
            self.list = Some(Begun { school, names: names.into_iter(), after: String::new(), sum });
            return Ok(Some(Part::List(label)));
        };
        let payees = results::payees(conn, &self.run_id, begun.school.as_deref(), &begun.after, AT_ONCE)?;
        let Some(last) = payees.last() else { return Ok(Some(Part::Sum(begun.sum))) };
        let mut lines: BTreeMap<String, Vec<(i64, Fen)>> = BTreeMap::new();
        for line in results::lines_of(conn, &self.run_id, &payees)? {
            lines.entry(line.payee_id).or_default().push((line.step, line.amount.into()));
        }
        begun.after.clone_from(&last.row_id);
        let mut listed = Vec::with_capacity(payees.len());
        for payee in payees {
            begun.sum.payees += 1;
            begun.sum.total += Fen::from(payee.total);
            let amounts = self.items.amounts(lines.remove(&payee.row_id).unwrap_or_default());
            for (sum, amount) in begun.sum.amounts.iter_mut().zip(&amounts) {
                *sum += amount.unwrap_or_default();
            }
            listed.push(Listed {
                number: begun.sum.payees,
                name: begun.names.next().unwrap_or_default(),
                amounts,
                total: payee.total.into(),
            });
        }
        self.list = Some(begun);
        Ok(Some(Part::Rows(listed)))
    }

    /// The names of the payees of a school, or of all, as they are shown.
    fn names(&self, conn: &mut Conn, school: Option<&str>) -> Result<Vec<String>, store::Error> {
        let (mut all, mut after) = (Vec::new(), String::new());
        loop {
            let payees = results::payees(conn, &self.run_id, school, &after, AT_ONCE)?;
            let Some(last) = payees.last() else { return Ok(shown(self.mask, &all)) };
            after.clone_from(&last.row_id);
            all.extend(payees.into_iter().map(|payee| (payee.row_id, payee.name)));
        }
    }
}
