//! Floor 5: HTTP.

use std::net::SocketAddr;

/// Limits of the service.
#[derive(Debug, Default)]
pub struct Limits {}

/// Serves.
pub fn run(_listen: &str, _limits: Limits, _announce: impl FnOnce(SocketAddr)) -> std::io::Result<()> {
    Err(std::io::Error::other("not there yet"))
}

/// The document.
pub fn openapi_json() -> String {
    String::new()
}

/// The document for older generators.
pub fn openapi_3_0_json() -> String {
    String::new()
}
