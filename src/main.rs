//! The `runbooks` command.

fn main() {}
