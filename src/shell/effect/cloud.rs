//! aws, gcloud, az and what belongs to them.

use crate::shell::Word;
use crate::shell::options::{Options, has_flag};

use super::Verdict;

const GLOBAL: Options = Options::new(
    "gnots",
    &[
        "region",
        "profile",
        "output",
        "query",
        "endpoint-url",
        "project",
        "zone",
        "account",
        "format",
        "filter",
        "resource-group",
        "name",
        "subscription",
        "cluster",
        "location",
        "limit",
        "log-group-name",
        "instance-ids",
        "namespace",
        "metric-name",
        "cli-input-json",
        "filters",
        "cluster-name",
        "db-instance-identifier",
        "start-time",
        "end-time",
    ],
);

/// Judges the command lines of cloud providers.
pub(super) fn judge(name: &str, words: &[Word]) -> Option<Verdict> {
    match name {
        "aws" => Some(aws(words)),
        "gcloud" => Some(gcloud(words)),
        "az" => Some(azure(words)),
        "gsutil" => Some(gsutil(words)),
        "doctl" | "hcloud" | "linode-cli" | "openstack" | "ibmcloud" | "oci" | "exo" | "scw" => Some(other(words)),
        _ => None,
    }
}

fn literals(words: &[Word]) -> Vec<String> {
    GLOBAL.operands(words).iter().map(|word| word.literal().unwrap_or_default()).collect()
}

fn aws(words: &[Word]) -> Verdict {
    let operands = literals(words);
    let (service, operation) =
        (operands.first().map_or("", String::as_str), operands.get(1).map_or("", String::as_str));
    let reading = [
        "describe",
        "list",
        "get",
        "head",
        "batch-get",
        "lookup",
        "search",
        "query",
        "scan",
        "estimate",
        "select",
        "test",
        "validate",
        "simulate",
        "filter",
        "wait",
        "tail",
        "ls",
        "presign",
        "help",
        "view",
        "preview",
        "check",
        "decode",
        "start-query",
        "export-table",
    ];
    let cut = |prefix: &&&str| operation == **prefix || operation.starts_with(&format!("{prefix}-"));
    if has_flag(words, None, "dry-run") || has_flag(words, None, "dryrun") {
        return Verdict::Reads;
    }
    match (service, operation) {
        ("", _) => Verdict::unknown("calls a service that only the run tells"),
        ("eks" | "kms", "update-kubeconfig") => Verdict::files("changes the kubeconfig"),
        ("configure", "list" | "get" | "list-profiles") => Verdict::Reads,
        ("configure" | "sso" | "login", _) => Verdict::files("changes the credentials on this machine"),
        ("ssm", "start-session") | ("ecs", "execute-command") => Verdict::unknown("opens a session on a machine"),
        ("s3", "cp" | "sync" | "mv") => {
            let target = operands.last().map_or("", String::as_str);
            let away = target.starts_with("s3://") || target.is_empty() || operation == "mv";
            if away {
                Verdict::writes("copies files into a bucket")
            } else {
                Verdict::files("copies files out of a bucket")
            }
        }
        _ if reading.iter().find(cut).is_some() => Verdict::Reads,
        (_, "") => Verdict::unknown("calls a service"),
        _ => Verdict::Writes(format!("calls `{service} {operation}`")),
    }
}

fn gcloud(words: &[Word]) -> Verdict {
    let operands = literals(words);
    let has = |names: &[&str]| operands.iter().any(|word| names.contains(&word.as_str()));
    if has(&["get-credentials"]) {
        Verdict::files("changes the kubeconfig")
    } else if has(&[
        "list",
        "describe",
        "get-iam-policy",
        "get-value",
        "read",
        "info",
        "version",
        "print-access-token",
        "print-identity-token",
        "get-server-config",
        "tail",
        "help",
        "get-status",
        "search",
        "get",
        "lookup",
        "versions",
    ]) {
        Verdict::Reads
    } else if operands
        .first()
        .is_some_and(|word| matches!(word.as_str(), "config" | "auth" | "init" | "components" | "topic"))
    {
        Verdict::files("changes the settings on this machine")
    } else if operands.is_empty() || has(&["ssh"]) {
        Verdict::Reads
    } else {
        Verdict::Writes(format!(
            "calls `{}`",
            operands.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(" ")
        ))
    }
}

fn azure(words: &[Word]) -> Verdict {
    let operands = literals(words);
    let reading = |word: &String| {
        matches!(
            word.as_str(),
            "list" | "show" | "exists" | "query" | "version" | "find" | "check" | "tail" | "log" | "download"
        ) || ["list-", "show-", "get-access", "get-instance", "get-upgrades", "check-", "get-versions"]
            .iter()
            .any(|prefix| word.starts_with(prefix))
    };
    match operands.first().map(String::as_str) {
        None => Verdict::Reads,
        Some("login" | "logout" | "configure" | "extension" | "cloud") => {
            Verdict::files("changes the settings on this machine")
        }
        Some("account") if operands.get(1).is_some_and(|word| word == "set") => {
            Verdict::files("changes the settings on this machine")
        }
        _ if operands.iter().any(|word| word == "get-credentials") => Verdict::files("changes the kubeconfig"),
        _ if operands.iter().any(reading) => Verdict::Reads,
        _ => Verdict::Writes(format!(
            "calls `{}`",
            operands.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(" ")
        )),
    }
}

fn gsutil(words: &[Word]) -> Verdict {
    let operands = Options::new("o", &[]).operands(words);
    let verb = operands.first().and_then(|word| word.literal()).unwrap_or_default();
    let target = operands.last().map(|word| word.literal_prefix()).unwrap_or_default();
    match verb.as_str() {
        "ls" | "cat" | "du" | "stat" | "hash" | "version" | "help" => Verdict::Reads,
        "cp" | "rsync" if !target.starts_with("gs://") && !target.is_empty() => {
            Verdict::files("copies files out of a bucket")
        }
        "iam" | "acl" | "versioning" | "lifecycle" if operands.get(1).is_some_and(|word| word.is("get")) => {
            Verdict::Reads
        }
        _ => Verdict::Writes(format!("runs `{verb}` on a bucket")),
    }
}

fn other(words: &[Word]) -> Verdict {
    let operands = literals(words);
    let reading = operands
        .iter()
        .any(|word| matches!(word.as_str(), "list" | "ls" | "get" | "show" | "describe" | "status" | "info"));
    if reading { Verdict::Reads } else { Verdict::unknown("calls a cloud provider") }
}
