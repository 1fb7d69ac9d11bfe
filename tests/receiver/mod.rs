//! A receiver of webhooks: a real HTTP server that keeps what it gets, answers what a test wants, and checks signatures with the
//! library that the receivers of Standard Webhooks use. A test binary takes it in with
//! `#[path = "../receiver/mod.rs"] mod receiver;`.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use actix_web::web::{Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, rt, web};
use serde_json::Value;

/// What came.
#[derive(Debug, Clone)]
pub struct Got {
    /// The path.
    pub path: String,
    headers: Vec<(String, String)>,
    /// The body as it came.
    pub body: String,
    /// When.
    pub at: Instant,
    /// What it was answered; 0: not yet.
    pub status: u16,
}

impl Got {
    /// A header; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// The event.
    pub fn event(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    /// The type of the event.
    pub fn kind(&self) -> String {
        self.event()["type"].as_str().expect("a type").to_owned()
    }

    /// What the event is about.
    pub fn object(&self) -> String {
        self.event()["data"]["object_id"].as_str().expect("an id").to_owned()
    }

    /// Whether this secret has signed it, a short while ago.
    pub fn is_signed_by(&self, secret: &str) -> bool {
        let mut headers = ureq::http::HeaderMap::new();
        for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
            headers.insert(name, self.header(name).parse().expect("a value"));
        }
        let webhook = standardwebhooks::Webhook::new(secret).expect("a secret");
        webhook.verify(self.body.as_bytes(), &headers).is_ok()
    }
}

/// What a receiver answers to what came before as often, after how long.
type Answer = dyn Fn(&Got, usize) -> (u16, Duration) + Send + Sync;

struct Shared {
    got: Mutex<Vec<Got>>,
    answer: Box<Answer>,
}

/// A receiver, which lives as long as the test process.
#[derive(Clone)]
pub struct Receiver {
    address: SocketAddr,
    shared: Arc<Shared>,
}

async fn take(request: HttpRequest, body: Bytes, shared: Data<Arc<Shared>>) -> HttpResponse {
    let header = |(name, value): (&_, &actix_web::http::header::HeaderValue)| {
        let name: &actix_web::http::header::HeaderName = name;
        (name.to_string(), value.to_str().unwrap_or_default().to_owned())
    };
    let got = Got {
        path: request.path().to_owned(),
        headers: request.headers().iter().map(header).collect(),
        body: String::from_utf8(body.to_vec()).expect("UTF-8"),
        at: Instant::now(),
        status: 0,
    };
    let all = || shared.got.lock().unwrap_or_else(PoisonError::into_inner);
    let before = all().iter().filter(|known| known.header("webhook-id") == got.header("webhook-id")).count();
    let (status, after) = (shared.answer)(&got, before);
    let place = {
        let mut all = all();
        all.push(got);
        all.len() - 1
    };
    rt::time::sleep(after).await;
    all()[place].status = status;
    let mut answer = HttpResponse::build(status.try_into().expect("a status"));
    if (300..400).contains(&status) {
        answer.insert_header(("location", "/elsewhere"));
    }
    answer.body("kept by nobody")
}

impl Receiver {
    /// One that answers what this says of what came, and of how often it came before.
    pub fn new(answer: impl Fn(&Got, usize) -> (u16, Duration) + Send + Sync + 'static) -> Receiver {
        let shared = Arc::new(Shared { got: Mutex::default(), answer: Box::new(answer) });
        let (told, address) = mpsc::channel();
        let app_data = Data::new(Arc::clone(&shared));
        thread::spawn(move || {
            rt::System::new().block_on(async move {
                let app = move || App::new().app_data(app_data.clone()).default_service(web::to(take));
                let server = HttpServer::new(app).workers(1).disable_signals().bind("127.0.0.1:0").expect("a port");
                told.send(server.addrs()[0]).expect("somebody waits");
                server.run().await.expect("it serves");
            });
        });
        Receiver { address: address.recv_timeout(Duration::from_secs(30)).expect("an address"), shared }
    }

    /// One that takes everything.
    pub fn good() -> Receiver {
        Receiver::new(|_, _| (204, Duration::ZERO))
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://{}/hooks", self.address)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// All that came until now.
    pub fn got(&self) -> Vec<Got> {
        self.shared.got.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What came of what it took.
    pub fn taken(&self) -> Vec<Got> {
        self.got().into_iter().filter(|got| (200..300).contains(&got.status)).collect()
    }

    /// All that came, as soon as this holds of it.
    #[track_caller]
    pub fn when(&self, holds: impl Fn(&[Got]) -> bool) -> Vec<Got> {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let got = self.got();
            if holds(&got) {
                return got;
            }
            assert!(Instant::now() < deadline, "it does not come: {got:#?}");
            thread::sleep(Duration::from_millis(20));
        }
    }
}
