//! Arguments, one file per verb, streams and exit codes.

use clap::{Parser, Subcommand};

use crate::model::ExitCode;

/// Build, verify and execute Markdown runbooks
#[derive(Debug, Parser)]
#[command(name = "runbooks", version, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {}

/// Carries out the command line `arguments` and returns what to exit with.
pub fn main(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> ExitCode {
    match Arguments::try_parse_from(arguments) {
        Ok(arguments) => match arguments.verb {},
        Err(error) => usage(&error),
    }
}

/// Prints help, the version or a usage error where it belongs.
fn usage(error: &clap::Error) -> ExitCode {
    // A closed pipe is no error of ours.
    let _ = error.print();
    if error.use_stderr() { ExitCode::Unable } else { ExitCode::Passed }
}
