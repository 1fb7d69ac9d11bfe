//! Which media types a request accepts, and which it likes best (RFC 9110 §12.5.1).

use actix_web::HttpRequest;
use actix_web::http::header::ACCEPT;

use super::asked::list;

pub(super) const JSON: &str = "application/json";
pub(super) const HTML: &str = "text/html";
pub(super) const CSV: &str = "text/csv";
pub(super) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
pub(super) const NDJSON: &str = "application/x-ndjson";

/// The media type of a file that is downloaded, by the end of its path.
pub(super) fn of_file(path: &str) -> &'static str {
    let known = [(".csv", CSV), (".xlsx", XLSX), (".ndjson", NDJSON)];
    known.iter().find(|(end, _)| path.ends_with(end)).map_or(JSON, |(_, media)| media)
}

/// How much a request wants a media type, in thousandths: what its most specific range says that admits it; all where it
/// does not say.
pub(super) fn wanted(request: &HttpRequest, media: &str) -> u32 {
    let Some(accept) = list(request, &ACCEPT) else { return 1_000 };
    let group = media.split_once('/').map_or("", |(group, _)| group);
    let ranges = accept.split(',').filter_map(|range| {
        let (range, parameters) = range.split_once(';').unwrap_or((range, ""));
        let specific = match range.trim() {
            "*/*" => 0,
            known if known == media => 2,
            known if known.strip_suffix("/*") == Some(group) => 1,
            _ => return None,
        };
        let quality = parameters.split(';').find_map(|parameter| parameter.trim().strip_prefix("q="));
        Some((specific, quality.map_or(1_000, thousandths)))
    });
    ranges.max().map_or(0, |(_, quality)| quality)
}

/// `0.8` is 800; what is no quality refuses nothing.
fn thousandths(quality: &str) -> u32 {
    let (whole, places) = quality.split_once('.').unwrap_or((quality, ""));
    if whole.trim_matches('0').is_empty() {
        let digits: String = places.chars().chain("000".chars()).take(3).collect();
        return digits.parse().unwrap_or(1_000);
    }
    1_000
}
