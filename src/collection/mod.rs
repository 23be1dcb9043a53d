//! The files of a site: found, read and parsed.
