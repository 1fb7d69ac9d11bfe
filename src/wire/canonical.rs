//! Canonical JSON (RFC 8785) and its fingerprint: equal documents have equal bytes, whatever their layout.
//!
//! Integers are written as in their source (`-0` as `0`), also beyond 2⁵³, where RFC 8785 knows only floats: a plan's
//! number is never one. Numbers with a fraction or an exponent occur only in documents that are refused and in the data
//! of examples that are to be refused; they are written as in their source.

use std::borrow::Cow;
use std::io::{self, Write};

use sha2::{Digest, Sha256};

use super::json::Json;
use crate::exact::defect;

/// The order of the keys of objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As they stand.
    Given,
    /// By UTF-16 code units (RFC 8785 §3.2.3), which differ from code points above U+FFFF.
    Canonical,
}

/// Writes JSON without white space; in canonical order it is canonical JSON.
///
/// # Errors
/// Those of `out`.
pub fn write(out: &mut dyn Write, json: &Json<'_>, order: Order) -> io::Result<()> {
    match json {
        Json::Null => out.write_all(b"null"),
        Json::Flag(true) => out.write_all(b"true"),
        Json::Flag(false) => out.write_all(b"false"),
        Json::Number(source) if source == "-0" => out.write_all(b"0"),
        Json::Number(source) => out.write_all(source.as_bytes()),
        Json::Text(text) => write_text(out, text),
        Json::List(items) => {
            let mut before: &[u8] = b"[";
            for item in items {
                out.write_all(before)?;
                write(out, item, order)?;
                before = b",";
            }
            out.write_all(if items.is_empty() { b"[]" } else { b"]" })
        }
        Json::Object(entries) => write_object(out, entries, order),
    }
}

fn write_object(out: &mut dyn Write, entries: &[(Cow<'_, str>, Json<'_>)], order: Order) -> io::Result<()> {
    let mut sorted: Vec<&(Cow<'_, str>, Json<'_>)> = entries.iter().collect();
    if order == Order::Canonical {
        sorted.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
    }
    let mut before: &[u8] = b"{";
    for (key, value) in sorted {
        out.write_all(before)?;
        write_text(out, key)?;
        out.write_all(b":")?;
        write(out, value, order)?;
        before = b",";
    }
    out.write_all(if entries.is_empty() { b"{}" } else { b"}" })
}

/// Writes a JSON string with the escapes that RFC 8785 wants and no others.
///
/// # Errors
/// Those of `out`.
pub fn write_text<W: Write + ?Sized>(out: &mut W, text: &str) -> io::Result<()> {
    out.write_all(b"\"")?;
    let mut rest = text.as_bytes();
    while let Some(plain) = rest.iter().position(|byte| *byte < 0x20 || matches!(byte, b'"' | b'\\')) {
        let (before, from) = rest.split_at(plain);
        out.write_all(before)?;
        if let Some((byte, after)) = from.split_first() {
            write_escape(out, *byte)?;
            rest = after;
        }
    }
    out.write_all(rest)?;
    out.write_all(b"\"")
}

fn write_escape<W: Write + ?Sized>(out: &mut W, byte: u8) -> io::Result<()> {
    match byte {
        b'"' => out.write_all(b"\\\""),
        b'\\' => out.write_all(b"\\\\"),
        0x08 => out.write_all(b"\\b"),
        b'\t' => out.write_all(b"\\t"),
        b'\n' => out.write_all(b"\\n"),
        0x0c => out.write_all(b"\\f"),
        b'\r' => out.write_all(b"\\r"),
        control => write!(out, "\\u{control:04x}"),
    }
}

/// The text without white space, keys as they stand.
pub fn text(json: &Json<'_>) -> String {
    let mut bytes = Vec::new();
    // A vector takes every byte, and texts and separators are UTF-8: neither can fail.
    let written = write(&mut bytes, json, Order::Given);
    assert!(written.is_ok(), "a vector takes every byte");
    String::from_utf8(bytes).unwrap_or_default()
}

/// The SHA-256 of the canonical text, in lower-case hexadecimal.
pub fn sha256(json: &Json<'_>) -> String {
    fingerprint(|out| write(out, json, Order::Canonical))
}

/// The SHA-256 of all that is written, in lower-case hexadecimal.
pub fn fingerprint(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> String {
    // The hash takes every byte at once; small pieces are gathered first.
    let mut sink = io::BufWriter::with_capacity(1 << 16, Sink(Sha256::new()));
    let written = write(&mut sink);
    assert!(written.is_ok(), "a hash takes every byte");
    let Ok(sink) = sink.into_inner() else { defect("a hash that takes no byte") };
    let digest = sink.0.finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A hash that can be written to.
struct Sink(Sha256);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
