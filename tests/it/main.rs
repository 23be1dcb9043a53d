//! What `runbooks` promises, tested from outside.

mod spec;
