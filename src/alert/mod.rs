//! Rule files → alerts and the addresses they name, and which of those lead nowhere.
//!
//! Nothing is fetched and no cluster is asked: an address is looked up among the pages the site has.

mod compare;
mod read;

pub(crate) use compare::{Comparison, Lead, compare};
pub(crate) use read::{Alert, read};
