//! Money is whole fen (分); 100 fen are a yuan.

use super::digits::put_fen;

/// An amount in fen. Sums of a whole province fit by a factor of 10¹⁵.
pub type Fen = i128;

/// Money of this many fen (10¹⁵ yuan) or more is too large (`plan-language.md` §4).
pub const TOO_LARGE: Fen = 100_000_000_000_000_000;

/// Yuan with two decimals: `-0.50`, `1234.00`.
pub fn fen_text(fen: Fen) -> String {
    let mut text = Vec::with_capacity(16);
    put_fen(&mut text, fen);
    String::from_utf8(text).unwrap_or_default()
}
