//! Which program this is.

use super::files;

/// Returns a name for this program that another build of it does not share.
pub fn edition() -> String {
    let own = std::env::current_exe().ok().and_then(|path| files::stamp(&path));
    format!("{} {own:?}", env!("CARGO_PKG_VERSION"))
}
