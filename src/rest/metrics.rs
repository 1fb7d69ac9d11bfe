//! Figures for operators, in the text format of Prometheus.

use std::time::Duration;

use actix_web::http::StatusCode;
use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry, TextEncoder};

/// The media type of the format.
pub(super) const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The figures of a service.
pub(super) struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    durations: HistogramVec,
    waiting: IntGauge,
}

impl Metrics {
    /// All at zero.
    ///
    /// # Errors
    /// A name that Prometheus does not take: a defect.
    pub(super) fn new() -> Result<Metrics, prometheus::Error> {
        let registry = Registry::new();
        let requests = Opts::new("fenpei_requests_total", "Requests answered, by method, path and status.");
        let requests = IntCounterVec::new(requests, &["method", "path", "status"])?;
        let durations = HistogramOpts::new("fenpei_request_seconds", "How long requests took, by method and path.");
        let durations = HistogramVec::new(durations, &["method", "path"])?;
        let waiting = IntGauge::new("fenpei_runs_waiting", "Runs that wait for their result.")?;
        registry.register(Box::new(requests.clone()))?;
        registry.register(Box::new(durations.clone()))?;
        registry.register(Box::new(waiting.clone()))?;
        Ok(Metrics { registry, requests, durations, waiting })
    }

    /// Counts a request. Paths are templates: they name nobody, and there are few.
    pub(super) fn count(&self, method: &str, path: &str, status: StatusCode, took: Duration) {
        self.requests.with_label_values(&[method, path, status.as_str()]).inc();
        self.durations.with_label_values(&[method, path]).observe(took.as_secs_f64());
    }

    /// All figures as text.
    pub(super) fn text(&self, waiting: i64) -> String {
        self.waiting.set(waiting);
        TextEncoder::new().encode_to_string(&self.registry.gather()).unwrap_or_default()
    }
}
