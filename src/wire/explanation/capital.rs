//! Amounts in the capital characters of payrolls and receipts (大写).

use crate::exact::Fen;

const DIGITS: [&str; 10] = ["零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"];
const PLACES: [(u128, &str); 4] = [(1000, "仟"), (100, "佰"), (10, "拾"), (1, "")];
const HUNDRED_MILLION: u128 = 100_000_000;
const TEN_THOUSAND: u128 = 10_000;

/// `10010.05` is 人民币壹万零壹拾元零伍分: 整 after 元 and after 角, 零 where the 角 is zero and the 分 is not.
pub fn capital(fen: Fen) -> String {
    let amount = fen.unsigned_abs();
    let (yuan, jiao, rest) = (amount / 100, amount / 10 % 10, amount % 10);
    let mut text = String::from(if fen < 0 { "人民币负" } else { "人民币" });
    if yuan > 0 || amount == 0 {
        text.push_str(if yuan == 0 { "零" } else { "" });
        whole(yuan, &mut text);
        text.push('元');
    }
    if jiao > 0 {
        text.push_str(digit(jiao));
        text.push('角');
    } else if yuan > 0 && rest > 0 {
        text.push('零');
    }
    if rest > 0 {
        text.push_str(digit(rest));
        text.push('分');
    } else {
        text.push('整');
    }
    text
}

fn digit(digit: u128) -> &'static str {
    usize::try_from(digit).ok().and_then(|digit| DIGITS.get(digit)).copied().unwrap_or("")
}

fn whole(number: u128, text: &mut String) {
    for (unit, name) in [(HUNDRED_MILLION, "亿"), (TEN_THOUSAND, "万")] {
        if number >= unit {
            whole(number / unit, text);
            text.push_str(name);
            let rest = number % unit;
            if rest > 0 && rest < unit / 10 {
                text.push('零');
            }
            return whole(rest, text);
        }
    }
    let mut gap = false;
    let mut begun = false;
    for (place, name) in PLACES {
        let at = number / place % 10;
        if at == 0 {
            gap = begun;
            continue;
        }
        if gap {
            text.push('零');
        }
        text.push_str(digit(at));
        text.push_str(name);
        (begun, gap) = (true, false);
    }
}
