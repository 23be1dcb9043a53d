//! The `runbooks` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(runbooks::cli::main(std::env::args_os()).code())
}
