//! How the pages look, on the screen and on paper.

use crate::plan::Language;
use crate::wire::explanation::{HTML_END, escaped};

const STYLE: &str = "\
@page { size: A4; margin: 16mm 14mm; }
body { font: 16px/1.7 \"PingFang SC\", \"Microsoft YaHei\", \"Noto Sans CJK SC\", sans-serif; max-width: 62em; margin: 1.5em auto 4em; padding: 0 1.2em; color: #1b1b1b; }
h1 { font-size: 1.6em; line-height: 1.3; margin: .2em 0 .4em; }
h2 { font-size: 1.15em; margin: 1.6em 0 .3em; break-after: avoid; }
p, ul, ol { margin: .4em 0; }
a { color: #0b57a4; }
nav { font-size: .9em; margin-bottom: 1.5em; }
nav a { margin-right: 1.2em; }
code, pre { font: .88em/1.5 Consolas, Menlo, \"Noto Sans Mono CJK SC\", monospace; }
td code { white-space: nowrap; }
pre { background: #f5f6f8; border: 1px solid #d9dce1; padding: .7em .9em; margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; font-size: .92em; }
thead { display: table-header-group; }
th, td { border: 1px solid #c9cdd3; padding: .3em .6em; text-align: left; vertical-align: top; }
th { background: #f0f2f5; }
tr { break-inside: avoid; }
tr:target { background: #fff3c4; }
.of { color: #555; }
section { break-inside: avoid; }
.three { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: .8em; width: min(96vw, 112em); margin: .6em calc(50% - min(48vw, 56em)); }
.three pre { font-size: 12.5px; }
figure { margin: 0; }
figcaption { font-size: .85em; color: #555; }
@media (max-width: 70em) { .three { grid-template-columns: minmax(0, 1fr); width: auto; margin: .6em 0; } }
@media print { body { margin: 0; padding: 0; max-width: none; font-size: 10.5pt; } nav { display: none; } a { color: inherit; text-decoration: none; } pre { background: none; } .three { display: block; width: auto; margin: .4em 0; } }
";

/// A page with its title and what stands below it, which is HTML.
pub(super) fn page(language: Language, title: &str, body: &str) -> String {
    let (tag, links) = match language {
        Language::Chinese => ("zh-CN", ["快速入门", "问题与错误代码", "接口文档"]),
        Language::English => ("en", ["Getting started (Chinese)", "Problems and error codes", "The interface"]),
    };
    let link = |(path, name): (&str, &str)| format!("<a href=\"{path}\">{name}</a>");
    let links: String = ["/start/", "/problems/", "/docs/"].into_iter().zip(links).map(link).collect();
    let title = escaped(title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"{tag}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title} · Fenpei 分配</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <nav>{links}</nav>\n<h1>{title}</h1>\n{body}{HTML_END}"
    )
}

/// A table: its headings, and its rows, each with its anchor and its cells, which are HTML.
pub(super) fn table<const N: usize>(
    headings: [&str; N],
    rows: impl IntoIterator<Item = (String, [String; N])>,
) -> String {
    let headings: String = headings.iter().map(|heading| format!("<th>{heading}</th>")).collect();
    let row = |(anchor, cells): (String, [String; N])| {
        let cells: String = cells.iter().map(|cell| format!("<td>{cell}</td>")).collect();
        let anchor = if anchor.is_empty() { anchor } else { format!(" id=\"{anchor}\"") };
        format!("<tr{anchor}>{cells}</tr>\n")
    };
    let rows: String = rows.into_iter().map(row).collect();
    format!("<table>\n<thead><tr>{headings}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n")
}

/// A code.
pub(super) fn code(word: &str) -> String {
    format!("<code>{}</code>", escaped(word))
}

/// A link, where `name` is HTML.
pub(super) fn link(to: &str, name: &str) -> String {
    format!("<a href=\"{to}\">{name}</a>")
}
