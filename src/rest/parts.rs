//! Bodies that are forms of parts (`multipart/form-data`, RFC 7578): read part by part as they come, bounded as other bodies are.

use actix_multipart::Multipart;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Payload;
use actix_web::{HttpRequest, rt};
use futures_util::StreamExt;

use super::asked::{Asked, is_plain, list};
use super::faults::body_problem;
use super::problem::{Kind, Problem};
use crate::plan::{Code, Fault, Language};
use crate::record::people::known_by;
use crate::sheet::File;
use crate::wire::canonical;
use crate::wire::json::{object, text};

/// The most files of an import.
const MOST_FILES: usize = 20;
/// The most parts of a form: the files, what goes with them, and as many that are not wanted, so that they can be told.
const MOST_PARTS: usize = 2 * MOST_FILES;

/// One part of a form.
pub(super) struct Part {
    name: String,
    file: Option<String>,
    bytes: Vec<u8>,
}

/// Why a form is not read.
enum Unread {
    TooLarge,
    TooMany,
    Broken(String),
}

impl Asked {
    /// The parts of the body, which must be a form by its media type.
    pub(super) async fn parts(&self, payload: Payload) -> Result<Vec<Part>, Problem> {
        let most = self.service.limits.body;
        if !is_form(self.request()) {
            return Err(self.problem(Kind::UnsupportedMediaType));
        }
        self.room_for_body(most).await?;
        let form = Multipart::new(self.request().headers(), payload);
        match rt::time::timeout(self.left(), read(form, most)).await {
            Ok(Ok(parts)) => Ok(parts),
            Ok(Err(Unread::TooLarge)) => Err(self.problem(Kind::BodyTooLarge)),
            Ok(Err(Unread::TooMany)) => Err(broken(&format!("> {MOST_PARTS} parts"), self.language)),
            Ok(Err(Unread::Broken(reason))) => Err(broken(&reason, self.language)),
            Err(_) => Err(self.problem(Kind::TimedOut)),
        }
    }
}

/// Whether the body is a form of parts, not compressed.
fn is_form(request: &HttpRequest) -> bool {
    let kind = list(request, &CONTENT_TYPE).unwrap_or_default();
    is_plain(request) && kind.split(';').next().is_some_and(|kind| kind.trim() == "multipart/form-data")
}

async fn read(mut form: Multipart, most: usize) -> Result<Vec<Part>, Unread> {
    let (mut parts, mut left) = (Vec::new(), most);
    let told = |error: actix_multipart::MultipartError| Unread::Broken(error.to_string());
    while let Some(field) = form.next().await {
        let mut field = field.map_err(told)?;
        if parts.len() == MOST_PARTS {
            return Err(Unread::TooMany);
        }
        let name = field.name().unwrap_or_default().to_owned();
        let file = field.content_disposition().and_then(|known| known.get_filename()).map(str::to_owned);
        let mut bytes = Vec::new();
        while let Some(chunk) = field.next().await {
            let chunk = chunk.map_err(told)?;
            left = left.checked_sub(chunk.len()).ok_or(Unread::TooLarge)?;
            bytes.extend_from_slice(&chunk);
        }
        parts.push(Part { name, file, bytes });
    }
    Ok(parts)
}

fn broken(reason: &str, language: Language) -> Problem {
    let message = match language {
        Language::Chinese => {
            format!("正文不是完整的 multipart/form-data，每个部分都要有名称：{reason}。请用 HTTP 库生成正文。")
        }
        Language::English => format!(
            "The body is no whole multipart/form-data in which every part has a name: {reason}. Have an HTTP library write it."
        ),
    };
    let error = object([("code", text("bad_form")), ("pointer", text("")), ("message", text(&message))]);
    Problem::new(Kind::BadRequestBody, language).with_errors(vec![error], 1)
}

/// The fingerprint of a request: the same parts have the same, whatever boundary was between them.
pub(super) fn parts_sha256(line: &str, parts: &[Part]) -> String {
    canonical::fingerprint(|out| {
        out.write_all(line.as_bytes())?;
        for Part { name, file, bytes } in parts {
            // The lengths say where one ends and the next begins.
            let file = file.as_ref().map(|file| (file.len(), file));
            out.write_all(format!("\n{} {name} {file:?} {}\n", name.len(), bytes.len()).as_bytes())?;
            out.write_all(bytes)?;
        }
        Ok(())
    })
}

/// What is to be imported.
pub(super) struct Import<'p> {
    /// The plan.
    pub(super) plan_id: String,
    /// The number of its version.
    pub(super) version: i64,
    /// A title for people.
    pub(super) title: Option<String>,
    /// The files.
    pub(super) files: Vec<File<'p>>,
}

impl<'p> Import<'p> {
    /// Reads the parts of a form, with all their faults at once.
    pub(super) fn of(parts: &'p [Part], language: Language) -> Result<Import<'p>, Problem> {
        let mut faults: Vec<(String, Fault)> = Vec::new();
        let mut fault = |at: String, code, wanted: &str| {
            let fault = Fault::data(code, None, None, None);
            faults.push((at, if wanted.is_empty() { fault } else { fault.wanted(wanted) }));
        };
        let mut one = |name: &str, is_wanted: bool, most: usize| -> Option<String> {
            let mut own = parts.iter().filter(|part| part.name == name);
            match (own.next(), own.next()) {
                (None, _) if is_wanted => fault(format!("/{name}"), Code::MissingKey, ""),
                (Some(_), Some(_)) => fault(format!("/{name}"), Code::DuplicateKey, ""),
                (Some(part), None) => {
                    let known = std::str::from_utf8(&part.bytes).ok().and_then(|text| known_by(text, most));
                    if known.is_none() {
                        fault(format!("/{name}"), Code::BadValue, &format!("1–{most}"));
                    }
                    return known;
                }
                (None, _) => {}
            }
            None
        };
        let (plan_id, number, title) = (one("plan_id", true, 64), one("version", true, 19), one("title", false, 200));
        let version = number.as_deref().map(whole);
        if version == Some(None) {
            fault("/version".to_owned(), Code::BadValue, &format!("1–{}", i64::MAX));
        }
        for part in parts.iter().filter(|part| !["plan_id", "version", "title", "files"].contains(&part.name.as_str()))
        {
            fault(format!("/{}", super::faults::token(&part.name)), Code::UnknownKey, "");
        }
        let files: Vec<&Part> = parts.iter().filter(|part| part.name == "files").collect();
        if files.is_empty() {
            fault("/files".to_owned(), Code::MissingKey, "");
        }
        if files.len() > MOST_FILES {
            fault("/files".to_owned(), Code::TooLarge, &format!("≤ {MOST_FILES}"));
        }
        let names: Vec<&str> = files.iter().map(|part| part.file.as_deref().unwrap_or_default()).collect();
        for (place, name) in names.iter().enumerate() {
            match names.iter().position(|known| known == name) {
                _ if name.is_empty() => fault(format!("/files/{place}"), Code::BadValue, "filename=\"….xlsx\""),
                Some(first) if first < place => fault(format!("/files/{place}"), Code::DuplicateKey, ""),
                _ => {}
            }
        }
        if !faults.is_empty() {
            return Err(body_problem(faults, language));
        }
        let files = files.iter().zip(names).map(|(part, name)| File { name, bytes: &part.bytes }).collect();
        Ok(Import {
            plan_id: plan_id.unwrap_or_default(),
            version: version.flatten().unwrap_or_default(),
            title,
            files,
        })
    }
}

/// A whole number from 1.
fn whole(text: &str) -> Option<i64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| digits)
}
