//! The pages over HTTP, with reload.
