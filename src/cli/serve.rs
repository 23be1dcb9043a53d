//! `runbooks serve`

use std::net::IpAddr;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use clap::Args;

use super::failure::Failure;
use super::shared::{self, RootArguments};
use super::shop::{Shop, Wish};
use super::ui::Ui;
use super::verify_again::{self, Again};
use crate::model::ExitCode;
use crate::serve::{self, Live};
use crate::sys::{Clock, Environment, opener};

/// Show the site and make it again whenever a text is saved
#[derive(Debug, Args)]
#[command(
    after_help = "Nothing is written but what --verify keeps: pages are made when somebody looks at them. What the kept results say is at /metrics, for Prometheus.\n\nExample: runbooks serve --open\nExample: runbooks serve --verify novacron --every 10m"
)]
pub(super) struct ServeArguments {
    #[command(flatten)]
    root: RootArguments,
    /// Port; the first free one from 8080 on, if none is given
    #[arg(long, value_name = "N", env = "RUNBOOKS_PORT")]
    port: Option<u16>,
    /// Address to listen on; 127.0.0.1, if none is given
    #[arg(long, value_name = "ADDRESS", env = "RUNBOOKS_LISTEN")]
    listen: Option<IpAddr>,
    /// Open the site in a browser
    #[arg(long)]
    open: bool,
    /// Verify on this target again and again, and keep the results; A,B verifies on each
    #[arg(long, value_name = "TARGET")]
    verify: Option<String>,
    /// How long after one verification the next begins
    #[arg(long, value_name = "DURATION", default_value = "10m", requires = "verify", value_parser = verify_again::pause)]
    every: Duration,
}

/// Carries out `runbooks serve`: until it is interrupted.
pub(super) fn run(arguments: &ServeArguments, ui: Ui, environment: &Environment) -> Result<ExitCode, Failure> {
    let settings = arguments.root.settings(ui, environment)?;
    if let Some(targets) = &arguments.verify {
        // A name that is not there is said now and not in ten minutes.
        verify_again::check(targets, &settings)?;
    }
    let (wishes, served) = mpsc::channel();
    let ask = wishes.clone();
    // Whoever makes the pages lives as long as the process.
    let began = Clock::from_environment(environment).now();
    let live = Arc::new(Live::new(began, move |request| drop(ask.send(Wish::File(request)))));
    let content = settings.content.clone();
    let shop = Shop::open(arguments.root.root.clone(), settings, ui, environment, Arc::clone(&live))?;
    shop.watch(wishes)?;
    let closed = shared::thread_with_end(move || shop.run(&served));
    shared::runtime()?.block_on(async {
        let stop = shared::ended();
        tokio::pin!(stop);
        let listener = serve::listen(arguments.listen, arguments.port).await.map_err(|error| cannot(&error))?;
        let url = format!("http://{}/", listener.local_addr().map_err(|error| cannot(&error))?);
        ui.say(&format!("serving {} at {url} (Ctrl-C stops)", content.display()));
        let verifying = arguments.verify.as_ref().map(|targets| {
            let root = arguments.root.root.clone();
            Again { targets: targets.clone(), every: arguments.every, root, ui, environment: environment.clone() }
                .start()
        });
        if arguments.open && !opener::open(&url, environment) {
            ui.say("no browser found; open the address by hand");
        }
        // Pages wait for changes for a while; an interruption does not wait for them.
        let ending = tokio::select! {
            served = serve::run(listener, live, std::future::pending()) => served.map_err(|error| cannot(&error)),
            // Pages that nobody makes any more would stay as they are for ever.
            _ = closed => Err(cannot(&"whatever made the pages has ended; please report what is said above")),
            () = &mut stop => Ok(()),
        };
        if let Some(verifying) = verifying {
            tokio::select! {
                () = verifying.end() => {}
                // A second wish is of somebody who does not want to wait for an orderly end.
                () = shared::ended() => {}
            }
        }
        ending
    })?;
    Ok(ExitCode::Passed)
}

/// Says why serving is not possible.
pub(super) fn cannot(error: &dyn std::fmt::Display) -> Failure {
    Failure::Site(error.to_string())
}
