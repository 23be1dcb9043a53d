//! `runbooks runs approve`: the second person's answer, from a terminal of their own.

use clap::Args;

use super::approval::{ANSWERED, ASKED, Answered, Posted, SHOWN, board, question_name};
use super::failure::Failure;
use super::operator::quoted;
use super::question::{Person, answer as offer};
use super::screen::{Motion, Screen, visible};
use super::shared::{self, RootArguments, TargetArguments};
use super::ui::{self, Ui};
use crate::cluster::{Gate, GateOptions, LeaseNotes};
use crate::model::ExitCode;
use crate::run::Redactor;
use crate::sys::terminal::Console;
use crate::sys::{Board, Cancel, Clock, Environment, operator, own_user};

/// What `runs approve` takes.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 answered · 2 could not do the job · 130 interrupted\n\nExample: runbooks runs approve 20261121T120000Z-1a2b --target production"
)]
pub(super) struct ApproveArguments {
    /// The run's id
    run: String,
    #[command(flatten)]
    target: TargetArguments,
    /// Say that it may not run; without it, a person is asked
    #[arg(long)]
    refuse: bool,
    /// Say, without being asked, that what has this fingerprint may run: as much of it as `exec` shows
    #[arg(long, value_name = "DIGEST", conflicts_with = "refuse")]
    digest: Option<String>,
    /// What to say with the answer; it goes on record
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

/// Where a question was found, and how it is answered there.
enum Channel {
    Board(Board),
    Lease(LeaseNotes, String),
}

/// Answers a run that asks for a second person.
pub(super) fn approve(
    arguments: &ApproveArguments,
    root: &RootArguments,
    ui: Ui,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let settings = root.settings(ui, environment)?;
    let clock = Clock::from_environment(environment);
    shared::runtime()?.block_on(async {
        let cancel = Cancel::new();
        tokio::spawn(shared::listen_for_interrupt(cancel.clone()));
        let here = board(&settings);
        let (posted, channel) = match on_board(&here, &arguments.run)? {
            Some(posted) if posted.user != own_user() => (posted, Channel::Board(here)),
            own => on_lease(arguments, &arguments.target.target(&settings)?, own.is_some(), environment, clock).await?,
        };
        if clock.now() > posted.until {
            return Err(Failure::Usage(format!("it could be answered until {}; nothing was said", posted.until)));
        }
        if own_user() == 0 && environment.get("SUDO_UID") == Some(posted.user.to_string().as_str()) {
            return Err(Failure::Usage("you asked for it, and `sudo` makes you nobody else".to_owned()));
        }
        let Some(approved) = decide(arguments, ui, &posted, &cancel).await? else {
            return Err(Failure::Interrupted);
        };
        let identity = match &channel {
            Channel::Board(_) => None,
            Channel::Lease(_, identity) => Some(identity.clone()),
        };
        let who = operator(environment);
        let note = arguments.note.clone();
        answer(&channel, &posted, &Answered { seen: posted.seen(), approved, operator: who, identity, note }).await?;
        let said = if approved { "approved" } else { "refused" };
        ui.say(&format!("{said}; run {} hears of it by itself", arguments.run));
        Ok(ExitCode::Passed)
    })
}

fn on_board(board: &Board, run: &str) -> Result<Option<Posted>, Failure> {
    let note = board.read(&question_name(run))?;
    // Half a question is none yet. One that names another user than the one who put it up is nobody's.
    let posted = note.and_then(|note| Some((note.user, serde_json::from_str::<Posted>(&note.text).ok()?)));
    Ok(posted.filter(|(user, posted)| *user == posted.user && posted.question.run == run).map(|(_, posted)| posted))
}

/// Looks for the question in the cluster; says why nobody may answer it where it is there.
async fn on_lease(
    arguments: &ApproveArguments,
    target: &crate::model::Target,
    is_own: bool,
    environment: &Environment,
    clock: Clock,
) -> Result<(Posted, Channel), Failure> {
    let run = &arguments.run;
    let own = || Failure::Usage(format!("you asked for it; somebody else must answer run {run}"));
    let nobody =
        |why: String| if is_own { own() } else { Failure::Usage(format!("run {run} asks nobody here: {why}")) };
    let gate = Gate::open(GateOptions::for_target(target, environment, clock));
    let gate = gate.await.map_err(|error| nobody(error.to_string()))?;
    let lease = gate.lease_of(run).await.map_err(|error| nobody(error.to_string()))?;
    let Some(lease) = lease else { return Err(nobody("it holds no lock in the target's namespace".to_owned())) };
    let text = lease.read(ASKED).await.map_err(|error| nobody(error.to_string()))?;
    let posted = text.and_then(|text| serde_json::from_str::<Posted>(&text).ok());
    let Some(posted) = posted.filter(|posted| posted.question.run == *run) else {
        return Err(nobody("it does not wait for anybody now".to_owned()));
    };
    let identity = gate.cluster().who().await.map_err(|error| nobody(error.to_string()))?;
    match (identity, &posted.identity) {
        (Some(identity), Some(theirs)) if identity != *theirs => Ok((posted, Channel::Lease(lease, identity))),
        (Some(identity), Some(_)) => Err(Failure::Usage(format!(
            "you are `{identity}` to the cluster, and so is who asks; somebody else must answer run {run}"
        ))),
        _ => Err(nobody("the cluster does not tell who you are".to_owned())),
    }
}

/// Shows what is asked, and has it decided; `None` where nothing is to be said.
async fn decide(
    arguments: &ApproveArguments,
    ui: Ui,
    posted: &Posted,
    cancel: &Cancel,
) -> Result<Option<bool>, Failure> {
    let (redactor, screen) = (Redactor::new(), Screen::new(ui, Motion::Lines, Console::default()));
    let person = Person { screen: &screen, redactor: &redactor, cancel };
    person.tell(&told(posted));
    if arguments.refuse {
        return Ok(Some(false));
    }
    if let Some(digest) = &arguments.digest {
        if digest.len() >= SHOWN && posted.seen().starts_with(digest.as_str()) {
            return Ok(Some(true));
        }
        let message = format!("what is asked now has the fingerprint {}; nothing was said", &posted.seen()[..SHOWN]);
        return Err(Failure::Usage(message));
    }
    if !ui::is_interactive() {
        let message = "no terminal to ask at; give --refuse, or --digest with the fingerprint of what may run";
        return Err(Failure::Usage(message.to_owned()));
    }
    let answers = [
        offer("approve", "[a]pprove", "it may run, once, as it is shown"),
        offer("refuse", "[r]efuse", "it must not; the run stops before it"),
        offer("quit", "[q]uit", "say nothing; they go on waiting"),
    ];
    Ok(match person.choice("May it run?", &answers).await {
        Some('a') => Some(true),
        Some('r') => Some(false),
        _ => None,
    })
}

fn told(posted: &Posted) -> String {
    let Posted { question: it, operator, user, identity, until, .. } = posted;
    let identity = identity.as_ref().map(|name| format!(", `{name}` in the cluster")).unwrap_or_default();
    let mut text = format!(
        "{operator} (user id {user}{identity}) asks, until {until}, whether this may run on {}:\n\n{} ({}), risk {}, of \
         {}, run {}\n{}",
        it.target,
        it.title,
        it.step,
        it.risk.as_str(),
        it.runbook,
        it.run,
        quoted(&it.command)
    );
    for (name, value) in &it.with {
        text += &format!("  {name} = {value}\n");
    }
    match &it.undo {
        Some(undo) => text += &format!("It would be taken back by\n{}", quoted(undo)),
        None => text += "It cannot be taken back by this runbook.\n",
    }
    text += &format!("Fingerprint {}", &posted.seen()[..SHOWN]);
    visible(&text)
}

async fn answer(channel: &Channel, posted: &Posted, answered: &Answered) -> Result<(), Failure> {
    let text = serde_json::to_string(answered)?;
    match channel {
        Channel::Board(board) => {
            let name = format!("{}{}", posted.answers(), own_user());
            board.take_away(&name);
            Ok(board.leave(&name, &text)?)
        }
        Channel::Lease(lease, _) => match lease.leave(ANSWERED, Some(&text)).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Failure::Usage("the run has ended meanwhile; nothing was said".to_owned())),
            Err(error) => Err(Failure::Usage(format!("the answer could not be left in the cluster: {error}"))),
        },
    }
}
