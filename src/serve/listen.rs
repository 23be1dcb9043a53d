//! A port to listen on: the one asked for, or the first free one from the usual one on.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The port that is tried first, where none is asked for.
pub const DEFAULT_PORT: u16 = 8080;
/// How many ports are tried from there.
const TRIES: u16 = 20;

/// Why nothing can be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {source}")]
pub struct ListenError {
    /// The address that was tried last.
    pub address: SocketAddr,
    /// What the system says.
    #[source]
    pub source: io::Error,
}

/// Listens on `host` (loopback, if none is given) and `port`; without a port, on the first free one from 8080 on.
pub async fn listen(host: Option<IpAddr>, port: Option<u16>) -> Result<tokio::net::TcpListener, ListenError> {
    let host = host.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let mut address = SocketAddr::new(host, port.unwrap_or(DEFAULT_PORT));
    let last = if port.is_some() { address.port() } else { DEFAULT_PORT + TRIES };
    loop {
        match tokio::net::TcpListener::bind(address).await {
            Ok(listener) => return Ok(listener),
            Err(source) if source.kind() == io::ErrorKind::AddrInUse && address.port() < last => {
                address.set_port(address.port() + 1);
            }
            Err(source) => return Err(ListenError { address, source }),
        }
    }
}
