//! Whether an API server is reached through an HTTP proxy, decided as Kubernetes' own clients decide it.

use std::net::IpAddr;

use hyper::Uri;

use crate::sys::Environment;

/// Returns the proxy for a server: the one its kubeconfig names, else the environment's unless it excepts this host.
///
/// Local hosts are never asked for through a proxy of the environment.
pub(crate) fn for_server(settings: &kube::Config, environment: &Environment, named: Option<&str>) -> Option<Uri> {
    if let Some(named) = named.filter(|named| !named.is_empty()) {
        return named.parse().ok();
    }
    let host = settings.cluster_url.host()?.trim_matches(['[', ']']);
    let scheme = settings.cluster_url.scheme_str().unwrap_or("https");
    let first =
        |names: [&str; 2]| names.iter().find_map(|name| environment.get(name).filter(|value| !value.is_empty()));
    let proxy =
        if scheme == "http" { first(["HTTP_PROXY", "http_proxy"]) } else { first(["HTTPS_PROXY", "https_proxy"]) }?;
    if is_local(host) || first(["NO_PROXY", "no_proxy"]).is_some_and(|list| excepts(list, host)) {
        return None;
    }
    if proxy.contains("://") { proxy.parse().ok() } else { format!("http://{proxy}").parse().ok() }
}

fn is_local(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Returns whether a list such as `*.internal, 10.0.0.0/8, api.example.com:6443` has an entry for `host`.
fn excepts(list: &str, host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    list.split(',').map(|entry| entry.trim().to_ascii_lowercase()).filter(|entry| !entry.is_empty()).any(|entry| {
        if entry == "*" {
            return true;
        }
        if let Some((network, length)) = entry.split_once('/') {
            return contains(network, length, &host);
        }
        let entry =
            if entry.parse::<IpAddr>().is_ok() { entry.as_str() } else { entry.split(':').next().unwrap_or_default() };
        let domain = entry.trim_start_matches('*').trim_start_matches('.');
        host == domain && !entry.starts_with('.') || host.strip_suffix(domain).is_some_and(|start| start.ends_with('.'))
    })
}

fn contains(network: &str, length: &str, host: &str) -> bool {
    let (Ok(length), Ok(network), Ok(host)) = (length.parse::<u32>(), network.parse(), host.parse()) else {
        return false;
    };
    let prefix = |bits: u128, width: u32| bits.checked_shr(width.saturating_sub(length)).unwrap_or(0);
    match (network, host) {
        (IpAddr::V4(network), IpAddr::V4(host)) => {
            prefix(u128::from(network.to_bits()), 32) == prefix(u128::from(host.to_bits()), 32)
        }
        (IpAddr::V6(network), IpAddr::V6(host)) => prefix(network.to_bits(), 128) == prefix(host.to_bits(), 128),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(server: &str, variables: &[(&str, &str)], named: Option<&str>) -> Option<String> {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let environment = Environment::of(variables, ".");
        let settings = kube::Config::new(server.parse().unwrap());
        for_server(&settings, &environment, named).map(|uri| uri.to_string())
    }

    #[test]
    fn the_environment_says_which_proxy_and_for_whom_not() {
        let proxy = ("HTTPS_PROXY", "http://proxy:3128");
        let through = |server, except| chosen(server, &[proxy, ("NO_PROXY", except)], None).is_some();
        assert!(through("https://api.example.com:6443", "other.example.com"));
        assert!(!through("https://api.example.com:6443", "x, .example.com"));
        assert!(!through("https://api.example.com:6443", "example.com"));
        assert!(through("https://myexample.com", "example.com"));
        assert!(!through("https://10.1.2.3:6443", "10.0.0.0/8"));
        assert!(through("https://11.1.2.3:6443", "10.0.0.0/8"));
        assert!(!through("https://[::1]:6443", ""));
        assert!(!through("https://127.0.0.1:6443", ""));
        assert!(!through("https://api.example.com", "*"));
    }

    #[test]
    fn a_proxy_of_the_kubeconfig_is_taken_as_it_is() {
        let named = chosen("https://api", &[("NO_PROXY", "*")], Some("socks5://p:1080"));
        assert_eq!(named.as_deref(), Some("socks5://p:1080/"));
        assert_eq!(chosen("https://api", &[], None), None);
    }
}
