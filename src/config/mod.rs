//! `runbooks.toml`, flags and environment → settings.
