//! Runbooks and files → where each page stands, where each link leads, and which links lead nowhere.
//!
//! The site is laid out here, and nothing of it is rendered: so `lint` and `build` say the same of a link.

pub(crate) mod address;
mod catalogue;
pub(crate) mod facets;
mod fault;
pub(crate) mod generated;
mod land;
mod problems;
mod resolve;

pub(crate) use catalogue::{Catalogue, Entry, Folder};
pub(crate) use land::{Landing, land, published};
pub(crate) use problems::{linked_files, problems};
pub(crate) use resolve::{Destination, resolve, runbook};

#[cfg(test)]
mod tests;
