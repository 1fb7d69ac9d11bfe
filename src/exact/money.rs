//! Money is whole fen (分); 100 fen are a yuan.

/// An amount in fen. Sums of a whole province fit by a factor of 10¹⁵.
pub type Fen = i128;

/// Money of this many fen (10¹⁵ yuan) or more is too large (`plan-language.md` §4).
pub const TOO_LARGE: Fen = 100_000_000_000_000_000;

/// Yuan with two decimals: `-0.50`, `1234.00`.
pub fn fen_text(fen: Fen) -> String {
    let mut digits = itoa::Buffer::new();
    let digits = digits.format(fen.unsigned_abs());
    let mut text = String::with_capacity(digits.len() + 4);
    if fen < 0 {
        text.push('-');
    }
    // Below a yuan the zeros are not among the digits.
    let (yuan, rest) = digits.split_at(digits.len().saturating_sub(2));
    text.push_str(if yuan.is_empty() { "0" } else { yuan });
    text.push_str(if rest.len() < 2 { ".0" } else { "." });
    text.push_str(rest);
    text
}
