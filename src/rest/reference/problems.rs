//! `/problems/`: every problem, and every code of an error, with what it means, why it comes about, and what to do.

use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};

use super::codes::OWN;
use super::cures::{self, Cure, Listed};
use super::page::{code, link, page, table};
use crate::plan::{Code, Language, Subject, WARNINGS};
use crate::rest::asked::{Asked, language};
use crate::rest::problem::{Kind, Problem, Row, TABLE};
use crate::sheet::TROUBLES;
use crate::wire::explanation::escaped;

/// What a body that is not as it should be may have.
const BODY: [Code; 15] = [
    Code::BadJson,
    Code::DuplicateKey,
    Code::TooLarge,
    Code::WrongType,
    Code::MissingKey,
    Code::UnknownKey,
    Code::FloatRefused,
    Code::BadDecimal,
    Code::BadValue,
    Code::DuplicateName,
    Code::BadDate,
    Code::BadId,
    Code::TooManyPlaces,
    Code::OutOfRange,
    Code::MoneyTooLarge,
];

/// The page of a problem.
pub(super) async fn problem(request: HttpRequest, word: Path<String>) -> Result<HttpResponse, Problem> {
    let row = TABLE.iter().find(|row| row.code == *word);
    let row = row.ok_or_else(|| Problem::new(Kind::NotFound, language(&request)))?;
    Asked::of(&request).map(|asked| asked.page(told(row, asked.language)))
}

/// The page of all problems and codes.
pub(super) async fn index(request: HttpRequest) -> Result<HttpResponse, Problem> {
    Asked::of(&request).map(|asked| asked.page(all(asked.language)))
}

/// Whether errors of a kind of problem may have a code.
pub(in crate::rest) fn may_list(kind: Kind, word: &str) -> bool {
    listed(&cures::of(kind)).contains(&word)
}

/// The codes that the errors of a problem may have.
fn listed(cure: &Cure) -> Vec<&'static str> {
    let about = |subject| Code::ALL.into_iter().filter(move |code| code.subjects().contains(&subject)).map(Code::word);
    let mut words: Vec<&'static str> = Vec::new();
    for one in cure.errors {
        let more: Vec<&'static str> = match one {
            Listed::Body => BODY.map(Code::word).into(),
            Listed::Plan => about(Subject::Plan).collect(),
            Listed::Data => about(Subject::Data).collect(),
            Listed::Row => about(Subject::Row).collect(),
            Listed::Files => TROUBLES.map(|(word, ..)| word).into(),
            Listed::Code(code) => vec![code.word()],
            Listed::Own(word) => vec![word],
        };
        words.extend(more.into_iter().filter(|word| !words.contains(word)).collect::<Vec<&'static str>>());
    }
    words
}

/// The meaning and the cure of a code of an error.
fn words(word: &str, language: Language) -> Option<[&'static str; 2]> {
    if let Some(code) = Code::parse(word) {
        return Some([code.meaning(language), code.cure(language)]);
    }
    let known = TROUBLES.iter().chain(&OWN).find(|(known, ..)| *known == word);
    known.map(|(_, zh, en)| if language == Language::Chinese { *zh } else { *en })
}

fn told(row: &Row, language: Language) -> String {
    let cure = cures::of(row.kind);
    let (title, detail, stop, advice) = match language {
        Language::Chinese => (row.zh.0, row.zh.1, "。", &cure.zh),
        Language::English => (row.en.0, row.en.1, ".", &cure.en),
    };
    let (headings, meaning_and_cure) = match language {
        Language::Chinese => {
            (["含义", "原因", "会计怎么办", "程序员怎么办", "errors 中的代码"], ["代码", "含义", "怎么办"])
        }
        Language::English => {
            (["Meaning", "Cause", "In the office", "In a program", "Codes in errors"], ["code", "meaning", "cure"])
        }
    };
    let status = row.status.as_u16();
    let mut body = format!("<p class=\"of\">HTTP {status} · {}</p>\n", code(row.code));
    let [meaning, cause, office, program, errors] = headings;
    let detail = format!("{detail}{stop}");
    let texts = [(meaning, detail.as_str()), (cause, advice.cause), (office, advice.office), (program, advice.program)];
    for (heading, text) in texts {
        body.push_str(&format!("<h2>{heading}</h2>\n<p>{}</p>\n", escaped(text)));
    }
    let listed = listed(&cure);
    if !listed.is_empty() {
        let row = |word: &str| {
            let [meaning, cure] = words(word, language).unwrap_or_default().map(escaped);
            (String::new(), [link(&format!("/problems/#{word}"), &code(word)), meaning, cure])
        };
        body.push_str(&format!("<h2>{errors}</h2>\n{}", table(meaning_and_cure, listed.into_iter().map(row))));
    }
    page(language, title, &body)
}

fn all(language: Language) -> String {
    let is_chinese = language == Language::Chinese;
    let say = |zh: &'static str, en: &'static str| if is_chinese { zh } else { en };
    let (head, meaning, cure) = (say("代码", "code"), say("含义", "meaning"), say("怎么办", "cure"));
    let mut body = format!(
        "<p>{}</p>\n<h2>{}</h2>\n",
        say(
            "请求办不成时，服务回答一份问题文档（JSON，RFC 9457）。它的 type 就是下面某一页的网址；errors 逐处列出错误，每处有代码（code）、位置和一句话（message），写明错在哪里、怎样改。",
            "A request that cannot be done is answered with a problem document (JSON, RFC 9457). Its type is the address of one of the pages below; errors lists every fault with its code, its place and a message, which says what is wrong and what to do."
        ),
        say("问题", "Problems"),
    );
    let problems = TABLE.iter().map(|row| {
        let title = escaped(if is_chinese { row.zh.0 } else { row.en.0 });
        (
            String::new(),
            [row.status.as_u16().to_string(), link(&format!("/problems/{}", row.code), &code(row.code)), title],
        )
    });
    body.push_str(&table(["HTTP", head, meaning], problems));
    let row = |word: &str| {
        let [meaning, cure] = words(word, language).unwrap_or_default().map(escaped);
        (word.to_owned(), [code(word), meaning, cure])
    };
    let mut section = |heading: &str, words: Vec<&str>| {
        let rows = table([head, meaning, cure], words.into_iter().map(row));
        body.push_str(&format!("<h2>{heading}</h2>\n{rows}"));
    };
    section(say("办法、数据和计算的错误", "Errors of plans, data and calculations"), Code::ALL.map(Code::word).into());
    section(say("表格文件的错误", "Errors of files"), TROUBLES.map(|(word, ..)| word).into());
    section(say("服务的错误", "Errors of the service"), OWN.map(|(word, ..)| word).into());
    let warnings =
        WARNINGS.map(|(word, zh, en)| (word.to_owned(), [code(word), escaped(if is_chinese { zh } else { en })]));
    body.push_str(&format!(
        "<h2>{}</h2>\n{}",
        say("提醒（不妨碍计算）", "Warnings, beside a result"),
        table([head, meaning], warnings)
    ));
    page(language, say("问题与错误代码", "Problems and error codes"), &body)
}
