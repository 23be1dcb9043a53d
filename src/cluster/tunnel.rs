//! Headers that belong to one connection and not to the request, and connections that switch to another protocol.

use std::sync::Arc;

use hyper::header::{self, HeaderMap, HeaderName};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;

use super::door::DoorState;

/// Removes the headers that speak of one connection (RFC 9110, section 7.6.1), and those that `Connection` names.
pub(crate) fn strip_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    let fixed = [
        header::CONNECTION,
        header::TE,
        header::TRAILER,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
        header::PROXY_AUTHENTICATE,
        header::PROXY_AUTHORIZATION,
        HeaderName::from_static("keep-alive"),
        HeaderName::from_static("proxy-connection"),
    ];
    for name in named.into_iter().chain(fixed) {
        headers.remove(name);
    }
}

/// Returns whether the sender wants to switch protocols, and both headers say so.
pub(crate) fn wants_upgrade(headers: &HeaderMap) -> bool {
    let connection = headers.get_all(header::CONNECTION).iter().filter_map(|value| value.to_str().ok());
    headers.contains_key(header::UPGRADE)
        && connection.flat_map(|value| value.split(',')).any(|word| word.trim().eq_ignore_ascii_case("upgrade"))
}

/// Carries bytes both ways between a client and the API server until one of them hangs up or the door is closed.
pub(crate) async fn carry(client: OnUpgrade, server: OnUpgrade, door: Arc<DoorState>) {
    let carried = async {
        let (client, server) = tokio::try_join!(client, server).map_err(std::io::Error::other)?;
        tokio::io::copy_bidirectional(&mut TokioIo::new(client), &mut TokioIo::new(server)).await
    };
    tokio::select! {
        // Either end may break off at any time; both notice for themselves.
        _ = carried => {}
        () = door.closed() => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_the_connection_stay_behind() {
        let mut headers = HeaderMap::new();
        for (name, value) in [("connection", "close, X-Own"), ("x-own", "1"), ("te", "trailers"), ("accept", "a")] {
            headers.insert(HeaderName::from_static(name), value.parse().unwrap());
        }
        strip_hop_by_hop(&mut headers);
        assert_eq!(headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["accept"]);
    }

    #[test]
    fn an_upgrade_is_asked_for_in_both_headers() {
        let mut headers = HeaderMap::new();
        headers.insert(header::UPGRADE, "SPDY/3.1".parse().unwrap());
        assert!(!wants_upgrade(&headers));
        headers.insert(header::CONNECTION, "keep-alive, Upgrade".parse().unwrap());
        assert!(wants_upgrade(&headers));
    }
}
