//! Sends a message to a webhook endpoint by the rules of Standard Webhooks: signed, to a public address unless told otherwise,
//! once. What is to be sent when is decided by [`record`](crate::record).

mod address;
mod signature;

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

pub use signature::new_secret;

/// The most characters of a URL.
pub const MOST_URL: usize = 1_000;

/// Why there was no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The name has no address.
    NotResolved,
    /// It has none that is public.
    PrivateAddress,
    /// Nobody answers there, or the connection was broken off.
    NotConnected,
    /// The other side is not who it should be.
    Tls,
    /// It took too long.
    TimedOut,
    /// What came is no HTTP.
    BadAnswer,
}

/// All failures with their words and their names for people.
pub const FAILURES: [(Failure, &str, &str); 6] = [
    (Failure::NotResolved, "not_resolved", "域名无法解析"),
    (Failure::PrivateAddress, "private_address", "地址不是公网地址"),
    (Failure::NotConnected, "not_connected", "无法连接或连接中断"),
    (Failure::Tls, "tls", "证书或加密连接有误"),
    (Failure::TimedOut, "timed_out", "超过时限"),
    (Failure::BadAnswer, "bad_answer", "回答不是 HTTP"),
];

impl Failure {
    /// Its word.
    pub fn word(self) -> &'static str {
        FAILURES.iter().find(|(failure, _, _)| *failure == self).map_or("", |(_, word, _)| word)
    }
}

/// What is sent.
#[derive(Debug, Clone, Copy)]
pub struct Message<'m> {
    /// Where to.
    pub url: &'m str,
    /// Its id, the same each time that it is sent.
    pub id: &'m str,
    /// The body, which is JSON.
    pub body: &'m str,
    /// The secrets that sign it.
    pub secrets: &'m [String],
}

/// Sends messages.
#[derive(Debug, Clone)]
pub struct Sender {
    agent: ureq::Agent,
}

impl Sender {
    /// One that gives each message so much time; `private`: to any address.
    pub fn new(private: bool, time: Duration) -> Sender {
        // Whom the machine trusts, an authority of the office's own among them.
        let trusted = rustls_native_certs::load_native_certs().certs;
        let trusted = trusted.iter().map(|certificate| Certificate::from_der(certificate).to_owned());
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::from(trusted))
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let config = ureq::Agent::config_builder()
            .tls_config(tls)
            .timeout_global(Some(time))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections(0)
            .proxy(None)
            .user_agent(concat!("fenpei/", env!("CARGO_PKG_VERSION")))
            .build();
        let resolver = Public { private, names: DefaultResolver::default() };
        Sender { agent: ureq::Agent::with_parts(config, DefaultConnector::default(), resolver) }
    }

    /// Sends a message once: the status of the answer, of which nothing else is read.
    ///
    /// # Errors
    /// There was no answer.
    pub fn send(&self, message: &Message<'_>) -> Result<u16, Failure> {
        let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        let signatures = signature::all(message, seconds);
        let request = self.agent.post(message.url).content_type("application/json");
        let request = request.header("webhook-id", message.id).header("webhook-timestamp", seconds.to_string());
        let answer = request.header("webhook-signature", signatures).send(message.body);
        answer.map(|answer| answer.status().as_u16()).map_err(|error| failure(&error))
    }
}

/// Whether messages may be sent to a URL, as far as it says itself: https and no private address, or `private`; without
/// a name and password in it. Where a name leads is seen each time that something is sent there.
pub fn may_be_sent_to(url: &str, private: bool) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return false };
    let is_secure = scheme == "https" || (private && scheme == "http");
    let is_plain = url.len() <= MOST_URL && !url.contains('#') && !authority.as_str().contains('@');
    let is_private = || authority.host().trim_matches(['[', ']']).parse().is_ok_and(|ip| !address::is_public(ip));
    is_secure && is_plain && !authority.host().is_empty() && (private || !is_private())
}

/// A private address where a public one is wanted.
#[derive(Debug)]
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(Failure::PrivateAddress.word())
    }
}

impl std::error::Error for Refused {}

/// Looks names up, and leaves out what is not public: the addresses that it gives are those that are connected to.
#[derive(Debug)]
struct Public {
    private: bool,
    names: DefaultResolver,
}

impl Resolver for Public {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.names.resolve(uri, config, timeout).map_err(|error| match error {
            ureq::Error::Io(_) => ureq::Error::HostNotFound,
            other => other,
        })?;
        if self.private {
            return Ok(found);
        }
        let mut public = self.empty();
        let is_public = |found: &&SocketAddr| address::is_public(found.ip());
        found.iter().filter(is_public).for_each(|address| public.push(*address));
        if public.is_empty() { Err(ureq::Error::Other(Box::new(Refused))) } else { Ok(public) }
    }
}

/// What an error comes to. Its own words may hold the URL.
fn failure(error: &ureq::Error) -> Failure {
    use ureq::Error;
    match error {
        Error::Other(other) if other.is::<Refused>() => Failure::PrivateAddress,
        Error::HostNotFound | Error::BadUri(_) => Failure::NotResolved,
        Error::Timeout(_) => Failure::TimedOut,
        Error::Tls(_) | Error::Rustls(_) | Error::Pem(_) | Error::TlsRequired => Failure::Tls,
        Error::Io(error) => of_io(error),
        Error::Protocol(_) | Error::Http(_) | Error::LargeResponseHeader(..) => Failure::BadAnswer,
        _ => Failure::NotConnected,
    }
}

fn of_io(error: &io::Error) -> Failure {
    let inner = error.get_ref();
    if inner.is_some_and(|inner| inner.is::<rustls::Error>()) {
        return Failure::Tls;
    }
    match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => Failure::TimedOut,
        _ => Failure::NotConnected,
    }
}
