//! Signatures: HMAC-SHA256 over the id, the time and the body.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::Message;

/// What every secret begins with.
const BRAND: &str = "whsec_";

/// A new secret of 256 random bits; none where the machine has no randomness.
pub fn new_secret() -> Option<String> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).ok()?;
    Some(format!("{BRAND}{}", STANDARD.encode(random)))
}

/// The signatures of a message by each of its secrets.
pub(super) fn all(message: &Message<'_>, seconds: u64) -> String {
    let signed: Vec<String> = message.secrets.iter().filter_map(|secret| one(secret, message, seconds)).collect();
    signed.join(" ")
}

fn one(secret: &str, message: &Message<'_>, seconds: u64) -> Option<String> {
    let key = STANDARD.decode(secret.strip_prefix(BRAND)?).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{}.{seconds}.{}", message.id, message.body).as_bytes());
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}
