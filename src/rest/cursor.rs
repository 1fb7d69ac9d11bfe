//! Cursors: where the next page begins, signed, so that one is good only for the list, the filter and the bureau it was
//! given for, and can be neither made up nor changed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::wire::canonical;
use crate::wire::json::{self, Json, text};

/// How many bytes of the signature a cursor carries.
const SIGNED: usize = 16;

fn mac(key: &str, list: &[&str], place: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).ok()?;
    let list = Json::List(list.iter().map(|part| text(part)).collect());
    mac.update(canonical::text(&list).as_bytes());
    mac.update(place);
    Some(mac)
}

/// The cursor of a place in a list.
pub(super) fn sealed(key: &str, list: &[&str], place: &[&str]) -> Option<String> {
    let mut bytes = canonical::text(&Json::List(place.iter().map(|part| text(part)).collect())).into_bytes();
    let signature = mac(key, list, &bytes)?.finalize().into_bytes();
    bytes.extend_from_slice(signature.get(..SIGNED)?);
    Some(URL_SAFE_NO_PAD.encode(bytes))
}

/// The place that a cursor of a list names; none where it was not given for this list.
pub(super) fn opened(key: &str, list: &[&str], cursor: &str) -> Option<Vec<String>> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (place, signature) = bytes.split_at_checked(bytes.len().checked_sub(SIGNED)?)?;
    mac(key, list, place)?.verify_truncated_left(signature).ok()?;
    let place = json::read(place).ok()?;
    place.items()?.iter().map(|part| part.text().map(str::to_owned)).collect()
}
