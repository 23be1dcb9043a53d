//! What `verify` looks up only where it is told to.

use serde::Deserialize;

/// Something outside of the cluster and the collection that commands name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LookUp {
    /// Programs, on the PATH.
    Tools,
    /// Hosts, by DNS.
    Hosts,
    /// URLs that curl and wget read, by a GET without credentials.
    Urls,
}
