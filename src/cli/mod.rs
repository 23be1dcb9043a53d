//! Arguments, one file per verb, streams and exit codes.

mod adopt;
mod alerts;
mod approval;
mod build;
mod build_cache;
mod build_sources;
mod emergency;
mod event_lines;
mod exec;
mod exec_look;
mod exec_preparation;
mod exec_progress;
mod exec_summary;
mod failure;
mod formats;
mod guide;
mod init;
mod leftovers;
mod links;
mod lint;
mod list;
mod lock;
mod metrics;
mod missing_params;
mod new;
mod nobody;
mod object_state;
mod obstacles;
mod operator;
mod pager;
mod plan_json;
mod plan_text;
mod progress;
mod proof;
mod protection;
mod question;
mod recording;
mod report;
mod runs;
mod runs_approve;
mod runs_clean;
mod runs_show;
mod runs_undo;
mod scope;
mod screen;
mod serve;
mod shared;
mod shop;
mod streams;
mod tally;
mod ui;
mod verify;
mod verify_again;
mod webhooks;

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::model::ExitCode;
use crate::sys::Environment;
use failure::Failure;
use ui::{Color, Ui};

/// Build, verify and execute Markdown runbooks
#[derive(Debug, Parser)]
#[command(name = "runbooks", version, disable_help_subcommand = true, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    color: Color,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Init(init::InitArguments),
    New(new::NewArguments),
    Adopt(adopt::AdoptArguments),
    Alerts(alerts::AlertsArguments),
    Build(build::BuildArguments),
    Serve(serve::ServeArguments),
    List(list::ListArguments),
    Lint(lint::LintArguments),
    Verify(Box<verify::VerifyArguments>),
    Exec(Box<exec::ExecArguments>),
    Runs(runs::RunsArguments),
    Report(report::ReportVerb),
    /// Print the completions of a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Returns the verbs, with every flag and its explanation.
pub fn command() -> clap::Command {
    Arguments::command()
}

/// Carries out the command line `arguments` and returns what to exit with.
pub fn main(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> ExitCode {
    match Arguments::try_parse_from(arguments) {
        Ok(arguments) => {
            let ui = Ui::new(arguments.color);
            run(&arguments.verb, ui).unwrap_or_else(|failure| {
                ui.say(&format!("error: {failure}"));
                failure.exit_code()
            })
        }
        Err(error) => usage(&error),
    }
}

fn run(verb: &Verb, ui: Ui) -> Result<ExitCode, Failure> {
    // The one crypto provider; a second installation is refused, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let environment = Environment::of_process();
    match verb {
        Verb::Init(arguments) => init::run(arguments, ui, &environment),
        Verb::New(arguments) => new::run(arguments, ui, &environment),
        Verb::Adopt(arguments) => adopt::run(arguments, ui, &environment),
        Verb::Alerts(arguments) => alerts::run(arguments, ui, &environment),
        Verb::Build(arguments) => build::run(arguments, ui, &environment),
        Verb::Serve(arguments) => serve::run(arguments, ui, &environment),
        Verb::List(arguments) => list::run(arguments, ui, &environment),
        Verb::Lint(arguments) => lint::run(arguments, ui, &environment),
        Verb::Verify(arguments) => verify::run(arguments, ui, &environment),
        Verb::Exec(arguments) => exec::run(arguments, ui, &environment),
        Verb::Report(arguments) => report::run(arguments, ui, &environment),
        Verb::Runs(arguments) => runs::run(arguments, ui, &environment),
        Verb::Completions { shell } => {
            completions(*shell, ui);
            Ok(ExitCode::Passed)
        }
    }
}

fn completions(shell: clap_complete::Shell, ui: Ui) {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "runbooks", &mut text);
    ui.data(&String::from_utf8_lossy(&text));
}

/// Prints help, the version or a usage error where it belongs.
fn usage(error: &clap::Error) -> ExitCode {
    // A closed pipe is no error of ours.
    let _ = error.print();
    if error.use_stderr() { ExitCode::Unable } else { ExitCode::Passed }
}
