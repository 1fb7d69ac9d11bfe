//! Numbers as digits at the end of a buffer: what is written for every person must not cost an allocation each.

use super::money::Fen;

/// Appends a whole number.
pub fn put_whole(out: &mut Vec<u8>, value: i64) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Appends yuan with two decimals: `-0.50`, `1234.00`.
pub fn put_fen(out: &mut Vec<u8>, fen: Fen) {
    if fen < 0 {
        out.push(b'-');
    }
    match u64::try_from(fen.unsigned_abs()) {
        Ok(fen) => {
            out.extend_from_slice(itoa::Buffer::new().format(fen / 100).as_bytes());
            put_part(out, fen % 100, 2);
        }
        Err(_) => {
            out.extend_from_slice(itoa::Buffer::new().format(fen.unsigned_abs() / 100).as_bytes());
            put_part(out, u64::try_from(fen.unsigned_abs() % 100).unwrap_or(0), 2);
        }
    }
}

/// Appends `value / 10^places` without zeros at the end.
pub fn put_decimal(out: &mut Vec<u8>, value: i64, places: u32) {
    if value < 0 {
        out.push(b'-');
    }
    let unit = 10_u64.pow(places);
    out.extend_from_slice(itoa::Buffer::new().format(value.unsigned_abs() / unit).as_bytes());
    let (mut part, mut shown) = (value.unsigned_abs() % unit, places);
    if part > 0 {
        while part % 10 == 0 {
            part /= 10;
            shown -= 1;
        }
        put_part(out, part, shown);
    }
}

/// Appends a point and so many digits.
fn put_part(out: &mut Vec<u8>, mut part: u64, places: u32) {
    out.push(b'.');
    let begin = out.len();
    out.extend((0..places).map(|_| b'0'));
    for digit in out.iter_mut().skip(begin).rev() {
        *digit += u8::try_from(part % 10).unwrap_or(0);
        part /= 10;
    }
}
