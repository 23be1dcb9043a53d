//! What must be there before step 1: tools, access and environment, all asked at once.

use crate::cluster::{Cluster, Gate};
use crate::model::{Located, Place, Runbook, ToolRequirement, Unavailable, Values, World as _};
use crate::plan;
use crate::sys::{Environment, programs};

/// Something that must be there and is not, or could not be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmet {
    /// Where the text asks for it.
    pub place: Place,
    /// What is missing, in one line.
    pub message: String,
    /// What the reader can do.
    pub help: Option<String>,
}

/// Returns everything that `requires` asks for and that is not there.
pub async fn unmet(
    runbook: &Runbook,
    values: &Values,
    environment: &Environment,
    gate: Result<&Gate, &str>,
) -> Vec<Unmet> {
    let place = |span| Place::of(&runbook.source, span);
    let mut found = Vec::new();
    for variable in runbook.requires.env.iter().filter(|name| environment.get(&name.value).is_none()) {
        found.push(Unmet {
            place: place(variable.span),
            message: format!("the environment variable `{}` is not set", variable.value),
            help: Some(format!("export {}=… and try again", variable.value)),
        });
    }
    for tool in &runbook.requires.tools {
        let missing = tool_problem(&tool.value, environment).await;
        found.extend(missing.map(|message| Unmet { place: place(tool.span), message, help: None }));
    }
    for access in &runbook.requires.access {
        let message = access_problem(access, values, gate).await;
        found.extend(message.map(|message| Unmet { place: place(access.span), message, help: None }));
    }
    found
}

async fn tool_problem(tool: &ToolRequirement, environment: &Environment) -> Option<String> {
    let Some(program) = programs::find(&tool.name, environment) else {
        return Some(format!("`{}` is not on the PATH", tool.name));
    };
    let minimum = tool.minimum.as_ref()?;
    match programs::version(&program, &tool.name, environment).await {
        None => Some(format!("`{}` does not tell its version; {minimum} or later is needed", tool.name)),
        Some(version) if programs::is_older(&version, minimum) => {
            Some(format!("`{}` is {version}; {minimum} or later is needed", tool.name))
        }
        Some(_) => None,
    }
}

/// Understands `VERB RESOURCE[/SUBRESOURCE][/NAME] [-n NAMESPACE]`, much as `kubectl auth can-i` does, and asks the API server.
async fn access_problem(access: &Located<String>, values: &Values, gate: Result<&Gate, &str>) -> Option<String> {
    let written = plan::expand(&access.value, values);
    let words: Vec<_> = written.split_whitespace().collect();
    let (verb, resource, namespace) = match words.as_slice() {
        [verb, resource] => (*verb, *resource, None),
        [verb, resource, "-n" | "--namespace", namespace] => (*verb, *resource, Some(*namespace)),
        _ => return Some(format!("`{written}` is not of the form `VERB RESOURCE [-n NAMESPACE]`")),
    };
    let gate = match gate {
        Ok(gate) => gate,
        Err(reason) => return Some(format!("cannot ask whether you may `{written}`: {reason}")),
    };
    match ask(gate.cluster(), verb, resource, namespace).await {
        Ok(None) => None,
        Ok(Some(problem)) => Some(format!("you may not `{written}`: {problem}")),
        Err(error) => Some(format!("cannot ask whether you may `{written}`: {error}")),
    }
}

/// Returns why `verb` on `resource` is not allowed; `None` where it is.
///
/// The server says yes for resources that do not exist, so the kind is looked up first. Who may touch one object only
/// must be asked about that object.
async fn ask(
    cluster: &Cluster,
    verb: &str,
    resource: &str,
    namespace: Option<&str>,
) -> Result<Option<String>, Unavailable> {
    let (name, part) = resource.split_once('/').unwrap_or((resource, ""));
    let kinds = cluster.kinds().await?;
    let Some(kind) = kinds
        .iter()
        .find(|kind| kind.plural == name || kind.singular == name || kind.short_names.iter().any(|it| it == name))
    else {
        return Ok(Some(format!("the cluster serves no `{name}`")));
    };
    let namespace = kind.namespaced.then(|| namespace.unwrap_or_else(|| cluster.namespace()));
    let (first, rest) = part.split_once('/').unwrap_or((part, ""));
    let allowed = if kind.subresources.iter().any(|known| known == first) {
        cluster.can(verb, &format!("{}/{first}", kind.plural), rest, &kind.group, namespace).await?
    } else {
        cluster.can(verb, &kind.plural, part, &kind.group, namespace).await?
    };
    Ok((!allowed.yes)
        .then(|| if allowed.reason.is_empty() { "the cluster says no".to_owned() } else { allowed.reason }))
}
