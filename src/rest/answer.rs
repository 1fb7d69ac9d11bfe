//! What a request on record is answered, and why it is not.

use actix_web::http::StatusCode;
use serde::Serialize;

use super::faults::{token, with_pointer};
use super::problem::{Kind, Problem};
use super::{adjustment_faults, cycle_faults, unfit_faults};
use crate::plan::{Code, Fault, LISTED, Language, Place, Refusal};
use crate::record::Refused;
use crate::record::notices::Unnoticeable;
use crate::record::rosters::Unremovable;
use crate::store;
use crate::wire::canonical;
use crate::wire::json::{Json, object, text};
use crate::wire::refusal::error;

/// An answer in JSON.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: String,
    pub(super) etag: Option<String>,
    pub(super) location: Option<String>,
    /// Whether it was given before.
    pub(super) is_replay: bool,
}

impl Answer {
    /// 200 with a body.
    pub(super) fn ok(body: &impl Serialize) -> Result<Answer, Stop> {
        let body = serde_json::to_string(body).map_err(|error| store::Error::Broken(error.to_string()))?;
        Ok(Answer::of(body))
    }

    /// 200 with a body that is JSON already.
    pub(super) fn of(body: String) -> Answer {
        Answer { status: StatusCode::OK, body, etag: None, location: None, is_replay: false }
    }

    /// 200 with JSON of ours.
    pub(super) fn json(body: &Json<'_>) -> Answer {
        Answer::of(canonical::text(body))
    }

    /// The same with another status and where the new resource is.
    pub(super) fn at(self, status: StatusCode, location: String) -> Answer {
        Answer { status, location: Some(location), ..self }
    }

    /// The same with the revision of the resource.
    pub(super) fn revision(self, revision: i64) -> Answer {
        Answer { etag: Some(format!("\"{revision}\"")), ..self }
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Stop {
    /// A problem that is already told.
    Problem(Problem),
    /// An act that is refused.
    Refused(Refused),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Stop {
        Stop::Problem(problem)
    }
}

impl From<Refused> for Stop {
    fn from(refused: Refused) -> Stop {
        Stop::Refused(refused)
    }
}

impl From<store::Error> for Stop {
    fn from(error: store::Error) -> Stop {
        Stop::Refused(Refused::Store(error))
    }
}

impl Stop {
    /// The problem that it is.
    pub(super) fn problem(self, language: Language) -> Problem {
        let refused = match self {
            Stop::Problem(problem) => return problem,
            Stop::Refused(refused) => refused,
        };
        let told = |kind| Problem::new(kind, language);
        match refused {
            Refused::NotFound => told(Kind::NotFound),
            Refused::UnknownReference(pointers) => {
                let errors = pointers.iter().map(|pointer| unknown_reference(pointer, language)).collect();
                told(Kind::UnknownReference).with_errors(errors, pointers.len())
            }
            Refused::TooMuch { parts, most } => {
                let fault = Fault::data(Code::TooLarge, None, None, None).got(parts.to_string());
                let error = error(&fault.wanted(format!("≤ {most}")), language);
                told(Kind::TooMuchWork).with_errors(vec![error], 1)
            }
            Refused::Forbidden => told(Kind::Forbidden),
            Refused::FourEyes => told(Kind::FourEyes),
            Refused::State { state, allowed } => {
                let allowed = Json::List(allowed.into_iter().map(text).collect());
                told(Kind::NotInState).with("state", text(&state)).with("allowed", allowed)
            }
            Refused::TooManyEndpoints => told(Kind::TooManyEndpoints),
            Refused::TooMany => told(Kind::TooManyRequests).with_retry_after(5),
            Refused::Taken => told(Kind::CodeTaken),
            Refused::Unnoticeable(reasons) => {
                let errors = reasons.iter().map(|reason| unnoticeable(reason, language)).collect();
                told(Kind::NoticeRefused).with_errors(errors, reasons.len())
            }
            Refused::Posted(last) => told(Kind::StillPosted).with("posted_until", text(&last.to_string())),
            Refused::Objected(open) => {
                let open = Json::List(open.iter().map(|id| text(id)).collect());
                told(Kind::ObjectionsOpen).with("objections", open)
            }
            Refused::Unfit(reasons) => unfit_faults::refused(&reasons, language),
            Refused::Obstacles(obstacles) => cycle_faults::refused(&obstacles, language),
            Refused::Unproved(proof) => cycle_faults::unproved(&proof, language),
            Refused::OverLimits(people) => cycle_faults::over_limits(&people, language),
            Refused::Derived => told(Kind::DerivedPlan),
            Refused::Unadjustable(reason) => adjustment_faults::unadjustable(&reason, language),
            Refused::Misadjusted(wrong) => adjustment_faults::misadjusted(&wrong, language),
            Refused::Allocated => told(Kind::Allocated),
            Refused::Given => told(Kind::CarriedGiven),
            Refused::Stale => told(Kind::Stale),
            Refused::OtherCode => told(Kind::OtherCode),
            Refused::Unremovable(rows) => {
                let errors = rows.iter().take(LISTED).map(|row| unremovable(row, language)).collect();
                told(Kind::DataRefused).with_errors(errors, rows.len())
            }
            Refused::Plan(refusal) => listed(told(Kind::PlanRefused), &refusal, language),
            Refused::Data(refusal) => listed(told(Kind::DataRefused), &refusal, language),
            Refused::Store(error) => unstored(&error, language),
        }
    }
}

fn unknown_reference(pointer: &str, language: Language) -> Json<'static> {
    let message = match language {
        Language::Chinese => "所指的资源不存在。请核对编号，并确认它属于本教育局；办法的版本须已发布。",
        Language::English => {
            "What it refers to does not exist. Check the id, and that it is this bureau's; a plan's version must be published."
        }
    };
    object([("code", text("unknown_reference")), ("pointer", text(pointer)), ("message", text(message))])
}

/// Why a run cannot be posted, and what to do.
fn unnoticeable(reason: &Unnoticeable, language: Language) -> Json<'static> {
    let (code, pointer, message) = match (reason, language) {
        (Unnoticeable::NoSettings, Language::Chinese) => (
            "no_notice_settings",
            "",
            "公示须写明监督电话和异议受理单位，尚未设置。请先写入 /v1/notice-settings。".to_owned(),
        ),
        (Unnoticeable::NoSettings, Language::English) => (
            "no_notice_settings",
            "",
            "A notice names the telephone of who supervises and where objections are raised, which are not set. Write /v1/notice-settings first."
                .to_owned(),
        ),
        (Unnoticeable::NoCalendar(year), Language::Chinese) => (
            "calendar_missing",
            "/from",
            format!("{year} 年节假日安排尚未录入。请先写入 /v1/calendars/{year}。"),
        ),
        (Unnoticeable::NoCalendar(year), Language::English) => (
            "calendar_missing",
            "/from",
            format!("The holidays of {year} are not entered. Write /v1/calendars/{year} first."),
        ),
        (Unnoticeable::Reversed, Language::Chinese) => {
            ("dates_reversed", "/to", "截止日期早于开始日期。请核对。".to_owned())
        }
        (Unnoticeable::Reversed, Language::English) => {
            ("dates_reversed", "/to", "The last day is before the first. Check them.".to_owned())
        }
        (Unnoticeable::TooFew { days, least, ends }, Language::Chinese) => {
            let until = ends.map(|ends| format!("请至少公示到 {ends}。")).unwrap_or_default();
            ("too_few_days", "/to", format!("只有 {days} 个工作日，至少要 {least} 个。{until}"))
        }
        (Unnoticeable::TooFew { days, least, ends }, Language::English) => {
            let until = ends.map(|ends| format!(" Post it until {ends} at least.")).unwrap_or_default();
            ("too_few_days", "/to", format!("There are {days} working days, at least {least} are wanted.{until}"))
        }
    };
    object([("code", text(code)), ("pointer", text(pointer)), ("message", text(&message))])
}

/// A problem with the errors of a refusal whose document is not in the request: places in a plan are told as in a request
/// that writes it.
pub(super) fn listed(problem: Problem, refusal: &Refusal, language: Language) -> Problem {
    let told = |fault: &Fault| match &fault.place {
        Place::Plan { at, .. } => with_pointer(error(fault, language), &format!("/plan{at}")),
        Place::PlanText => with_pointer(error(fault, language), "/plan"),
        _ => error(fault, language),
    };
    problem.with_errors(refusal.faults.iter().map(told).collect(), refusal.total)
}

/// The problem that the store has. Its own words are for the log, not for the caller.
fn unstored(error: &store::Error, language: Language) -> Problem {
    match error {
        store::Error::Unavailable(_) => {
            tracing::warn!(%error, "the store is not available");
            Problem::new(Kind::StoreUnavailable, language).with_retry_after(1)
        }
        _ => {
            tracing::error!(%error, "the store is broken");
            Problem::new(Kind::Internal, language)
        }
    }
}

/// What is wrong with a row that is to be removed.
fn unremovable(row: &Unremovable, language: Language) -> Json<'static> {
    let Unremovable { code, level, place, id } = row;
    let message = match (code, language) {
        (Code::UnknownLevel, Language::Chinese) => format!("办法中没有 {level} 这一层。请核对名称。"),
        (Code::UnknownLevel, Language::English) => format!("The plan has no level {level}. Check the name."),
        (Code::UnknownRow, Language::Chinese) => format!("{level} 中没有编号为 {id} 的行，无法删除。请核对编号。"),
        (Code::UnknownRow, Language::English) => format!("{level} has no row {id} to remove. Check the id."),
        (_, Language::Chinese) => format!("{level} 的行 {id} 不能既设定又删除，或删除两次。请只写一处。"),
        (_, Language::English) => format!("Row {id} of {level} is both set and removed, or removed twice. Say one."),
    };
    let at = place.map(|place| format!("/{place}")).unwrap_or_default();
    let mut entries = vec![
        ("code", text(code.word())),
        ("pointer", text(&format!("/remove/{}{at}", token(level)))),
        ("level", text(level)),
    ];
    if place.is_some() {
        entries.push(("row", text(id)));
    }
    entries.push(("message", text(&message)));
    object(entries)
}
