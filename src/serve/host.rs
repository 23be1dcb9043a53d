//! Whom a request is meant for. A page of another site can make a browser ask us under a name of its own, which leads to
//! this machine; what it asks then looks like its own, so that it could read the answers. It cannot choose the name
//! `localhost`, nor a number.

use std::net::IpAddr;

/// Returns whether a request with this `Host` is meant for a server that only this machine reaches.
pub(super) fn is_ours(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    let local = name.eq_ignore_ascii_case("localhost") || name.to_ascii_lowercase().ends_with(".localhost");
    local || name.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::is_ours;

    #[test]
    fn numbers_and_localhost_are_ours() {
        for host in ["localhost", "LocalHost:8080", "127.0.0.1:8080", "[::1]:8080", "a.localhost"] {
            assert!(is_ours(host), "{host}");
        }
    }

    #[test]
    fn names_of_others_are_not() {
        for host in ["evil.example", "evil.example:8080", "localhost.evil.example", "", "127.0.0.1.evil.example"] {
            assert!(!is_ours(host), "{host}");
        }
    }
}
