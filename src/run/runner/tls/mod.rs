//! What a certificate says, for `tls.days_left` and its kin.

#[cfg(test)]
pub(crate) mod sample;

use jiff::Timestamp;
use serde_json::{Value as Json, json};
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};

/// Seconds of a day.
const DAY: i64 = 24 * 60 * 60;

/// Returns what the certificate of an answer says; an error in words where there is none.
///
/// `verified` is whether the system trusts it for the host that was asked.
pub(super) fn facts(response: &reqwest::Response, verified: bool, now: Timestamp) -> Result<Json, String> {
    let information = response.extensions().get::<reqwest::tls::TlsInfo>();
    let der = information.and_then(reqwest::tls::TlsInfo::peer_certificate);
    let der = der.ok_or_else(|| "the answer did not come over TLS".to_owned())?;
    of_certificate(der, verified, now)
}

fn of_certificate(der: &[u8], verified: bool, now: Timestamp) -> Result<Json, String> {
    let (_, certificate) =
        X509Certificate::from_der(der).map_err(|error| format!("the certificate cannot be read: {error}"))?;
    let validity = certificate.validity();
    let time = |seconds| Timestamp::from_second(seconds).map(|time| time.to_string()).unwrap_or_default();
    let not_after = validity.not_after.timestamp();
    Ok(json!({
        "days_left": (not_after - now.as_second()).div_euclid(DAY),
        "not_after": time(not_after),
        "not_before": time(validity.not_before.timestamp()),
        "issuer": certificate.issuer().to_string(),
        "subject": certificate.subject().to_string(),
        "names": names(&certificate),
        "verified": verified,
    }))
}

/// Returns the names and addresses that the certificate is for.
fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return Vec::new() };
    let name = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => address(bytes),
        _ => None,
    };
    extension.value.general_names.iter().filter_map(name).collect()
}

fn address(bytes: &[u8]) -> Option<String> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(std::net::IpAddr::from(four).to_string());
    }
    <[u8; 16]>::try_from(bytes).ok().map(|sixteen| std::net::IpAddr::from(sixteen).to_string())
}

#[cfg(test)]
mod tests {
    use super::sample::{CERTIFICATE, der};
    use super::*;

    fn at(now: &str) -> Json {
        of_certificate(&der(CERTIFICATE), true, now.parse().unwrap()).unwrap()
    }

    #[test]
    fn a_certificate_says_when_and_for_whom_it_is_good() {
        let facts = at("2026-11-21T06:00:00Z");
        assert_eq!(facts["days_left"], 29);
        assert_eq!(facts["not_after"], "2026-12-21T05:32:58Z");
        assert_eq!(facts["subject"], "CN=test.example, O=Test");
        assert_eq!(facts["names"], json!(["test.example", "localhost", "127.0.0.1"]));
    }

    #[test]
    fn the_days_of_an_expired_certificate_are_below_zero() {
        assert_eq!(at("2026-12-21T05:32:59Z")["days_left"], -1);
        assert_eq!(at("2026-12-21T05:32:57Z")["days_left"], 0);
    }

    #[test]
    fn what_is_no_certificate_is_said_to_be_none() {
        assert!(of_certificate(b"nonsense", true, Timestamp::UNIX_EPOCH).is_err());
    }
}
