//! What is typed in a session that a block before has opened, in a container or on another machine, is typed there: run
//! here, it would look at, or change, something else.

use crate::model::{Block, Runbook};
use crate::reference;
use crate::shell::prompt;
use crate::shell::{self, Interaction, Script};

/// Programs that people run on their own machine, also while a session is open elsewhere.
const AT_HOME: &[&str] = &["kubectl", "oc", "k", "helm", "kubectx", "kubens", "aws", "gcloud", "az", "terraform", "gh"];

/// Programs that begin a session elsewhere, in which what follows is typed.
const OPENING: &[&str] = &["kubectl", "oc", "k", "ssh", "docker", "podman", "crictl", "nerdctl", "su", "sudo", "lxc"];

/// Returns why a block may belong into the session that one before it opens: in the same section, with a program that
/// is as likely typed there.
pub(super) fn not_inside(runbook: &Runbook, block: &Block, scripts: &[Script]) -> Result<(), String> {
    let at_home = |name: Option<String>| name.is_none_or(|name| AT_HOME.contains(&name.as_str()));
    let own = |script: &Script| script.commands.iter().filter(|it| it.parent.is_none()).all(|it| at_home(it.name()));
    if scripts.iter().all(own) {
        return Ok(());
    }
    let mut before = runbook.blocks.iter().filter(|other| other.span.end <= block.span.start);
    let opened = before.rfind(|other| other.section == block.section && opens(other));
    match opened {
        Some(other) => {
            let line = runbook.source.position(other.span.start).line;
            Err(format!("line {line} opens a session elsewhere, and this may be typed in it; put it into that command"))
        }
        None => Ok(()),
    }
}

/// Returns whether a block opens a session elsewhere and leaves it open.
fn opens(block: &Block) -> bool {
    let is_shell = block.role.is_some() || reference::is_shell_without_role(block);
    is_shell
        && prompt::split(block.code.text()).iter().any(|exchange| {
            let script = shell::parse(exchange.command.text());
            let Interaction::Interactive(hold) = shell::interaction(&script) else { return false };
            let opener = script.commands.get(hold.command).and_then(shell::Command::name);
            opener.is_some_and(|name| OPENING.contains(&name.as_str()))
        })
}
