//! Statements as HTML, each on its own paper: no script, nothing from elsewhere, to be printed on A4.

use super::{Page, Teller};
use crate::plan::Language;

/// Where a statement comes from, as far as it is on record.
#[derive(Debug, Clone, Copy, Default)]
pub struct Source<'s> {
    /// The version of the plan.
    pub version: Option<i64>,
    /// The run.
    pub run_id: Option<&'s str>,
    /// The fingerprint of the result.
    pub result_sha256: Option<&'s str>,
    /// Where and until when objections are raised, where the run is posted.
    pub objections: Option<&'s str>,
}

/// How a page of statements ends.
pub const HTML_END: &str = "</body>\n</html>\n";

/// How a statement looks on the screen and on paper.
const STYLE: &str = "\
@page { size: A4; margin: 18mm 16mm; }
body { font: 11pt/1.6 \"Songti SC\", SimSun, \"Noto Serif CJK SC\", serif; max-width: 178mm; margin: 1.5em auto; padding: 0 1em; color: #000; }
h1 { font-size: 15pt; text-align: center; margin: 0 0 .6em; }
h2 { font-size: 12pt; margin: 1em 0 .2em; break-after: avoid; }
p { margin: .2em 0; overflow-wrap: anywhere; }
article + article { break-before: page; margin-top: 3em; }
section { border-top: 1px solid #bbb; }
section p { font-size: 10pt; }
.clause { color: #444; }
.d2 { padding-left: 1.5em; } .d3 { padding-left: 3em; } .d4 { padding-left: 4.5em; }
.d5 { padding-left: 6em; } .d6 { padding-left: 7.5em; }
.end { border-top: 2px solid #000; margin-top: 1em; padding-top: .4em; font-weight: bold; }
.from { border-top: 1px solid #bbb; margin-top: 1em; font-size: 8.5pt; color: #444; }
@media print { body { margin: 0; padding: 0; max-width: none; } article + article { margin-top: 0; } }
";

/// The deepest indent that the style knows.
const DEEPEST: usize = 6;

impl Teller<'_, '_> {
    /// A statement as an HTML page.
    pub fn html(&self, page: &Page, source: Source<'_>) -> String {
        format!("{}{}{HTML_END}", self.html_head(), self.html_part(page, source))
    }

    /// How a page of statements begins.
    pub fn html_head(&self) -> String {
        let (language, title) = (self.say("zh-CN", "en"), escaped(&self.outcome.plan.document.title));
        format!(
            "<!DOCTYPE html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
        )
    }

    /// A statement of such a page, which begins a new sheet of paper.
    pub fn html_part(&self, page: &Page, source: Source<'_>) -> String {
        let mut html = format!("<article>\n<h1>{}</h1>\n", escaped(&page.title));
        paragraph(&mut html, "of", &page.header);
        page.about.iter().for_each(|line| paragraph(&mut html, "about", line));
        for section in &page.sections {
            html.push_str(&format!("<section>\n<h2>{}</h2>\n", escaped(&section.heading)));
            for (depth, sentence) in &section.sentences {
                paragraph(&mut html, &format!("d{}", depth.min(&DEEPEST)), sentence);
            }
            section.clause.iter().for_each(|clause| paragraph(&mut html, "clause", clause));
            html.push_str("</section>\n");
        }
        html.push_str("<div class=\"end\">\n");
        page.ends.iter().for_each(|end| paragraph(&mut html, "total", end));
        html.push_str("</div>\n");
        if page.is_cut {
            paragraph(&mut html, "cut", self.said_cut());
        }
        html.push_str("<div class=\"from\">\n");
        source.objections.iter().for_each(|line| paragraph(&mut html, "objections", line));
        self.origin(source).iter().for_each(|line| paragraph(&mut html, "origin", line));
        html.push_str("</div>\n</article>\n");
        html
    }

    /// The plan, the run and the fingerprint.
    fn origin(&self, source: Source<'_>) -> Vec<String> {
        let document = &self.outcome.plan.document;
        let (title, code) = (&document.title, &document.code);
        let plan = match (source.version, self.language) {
            (None, Language::Chinese) => format!("办法：{title}（{code}）"),
            (None, Language::English) => format!("Plan: {title} ({code})"),
            (Some(version), Language::Chinese) => format!("办法：{title}（{code}），第 {version} 版"),
            (Some(version), Language::English) => format!("Plan: {title} ({code}), version {version}"),
        };
        let run = source.run_id.map(|id| format!("{}{id}", self.say("核算：", "Run: ")));
        let result =
            source.result_sha256.map(|sha256| format!("{}{sha256}", self.say("结果 SHA-256：", "Result SHA-256: ")));
        std::iter::once(plan).chain(run).chain(result).collect()
    }
}

fn paragraph(html: &mut String, class: &str, text: &str) {
    html.push_str(&format!("<p class=\"{class}\">{}</p>\n", escaped(text)));
}

/// A text as HTML shows it.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}
