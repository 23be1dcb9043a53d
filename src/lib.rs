//! The `runbooks` library.
