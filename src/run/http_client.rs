//! The HTTP clients of `http` and `promql` steps, built when the first step needs one.

use std::sync::OnceLock;

/// HTTP clients that follow no redirects and keep certificates for inspection.
///
/// Built late: where the machine has no CA bundle, only steps that need one say so.
#[derive(Debug, Default)]
pub struct HttpClient {
    verified: OnceLock<Result<reqwest::Client, String>>,
    unverified: OnceLock<Result<reqwest::Client, String>>,
}
