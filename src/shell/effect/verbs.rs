//! Programs whose first words tell what they do: helm, docker, git, gh, systemctl, terraform …

use crate::shell::Word;
use crate::shell::options::{Options, flag_value, has_flag};

use super::Verdict;

/// A program with verbs.
struct Tool {
    names: &'static [&'static str],
    options: Options,
    /// Verbs that only look, with commas between them. `a b` is verb `b` below `a`; `a *` is everything below `a`.
    reading: &'static str,
    /// Verbs that change only this machine.
    local: &'static str,
    /// What all others do.
    writing: &'static str,
}

const TOOLS: &[Tool] = &[
    Tool {
        names: &["helm", "helm3"],
        options: Options::new(
            "nf",
            &["namespace", "kube-context", "kubeconfig", "set", "values", "version", "set-string", "timeout", "repo"],
        ),
        reading: "list, ls, status, get *, history, hist, show *, inspect *, search *, template, lint, version, \
            env, verify, diff *, repo list, repo ls, plugin list, dependency list, dep list, completion *, \
            help, secrets view",
        local: "repo *, plugin *, dependency *, dep *, create, package, pull, fetch, registry *",
        writing: "changes a release",
    },
    Tool {
        names: &["docker", "podman", "nerdctl", "crictl", "docker-compose", "podman-compose", "ctr"],
        options: Options::new(
            "cHlfpn",
            &[
                "config",
                "context",
                "host",
                "log-level",
                "file",
                "project-name",
                "namespace",
                "runtime-endpoint",
                "address",
            ],
        ),
        reading: "ps, images, inspect, inspecti, inspectp, logs, top, stats, info, version, events, diff, port, \
            history, search, pods, statsp, imagefsinfo, container ls, container list, container inspect, \
            container logs, container ps, container stats, image ls, image list, image inspect, image \
            history, volume ls, volume inspect, network ls, network inspect, system df, system info, system \
            events, node ls, node inspect, node ps, service ls, service ps, service logs, service inspect, \
            stack ls, stack ps, stack services, compose ps, compose logs, compose config, compose top, \
            compose images, compose ls, compose version, compose events, compose port, context ls, context \
            show, buildx ls, config, ls, containers ls, containers list, images ls, tasks ls, manifest \
            inspect, scout *, help",
        local: "context *, login, logout, build, buildx *, save, cp, export",
        writing: "changes containers or images",
    },
    Tool {
        names: &["git"],
        options: Options::new("Cc", &["git-dir", "work-tree"]),
        reading: "log, show, diff, status, rev-parse, describe, blame, grep, ls-files, ls-remote, ls-tree, \
            cat-file, shortlog, reflog, rev-list, merge-base, stash list, stash show, worktree list, \
            name-rev, for-each-ref, whatchanged, range-diff, count-objects, remote show, remote get-url, \
            check-ignore, version, help, archive, bundle verify, var, cherry",
        local: "add, commit, checkout, switch, restore, reset, rebase, merge, cherry-pick, revert, stash, stash \
            *, clone, fetch, pull, init, mv, rm, clean, apply, am, worktree *, submodule *, bisect *, \
            branch, tag, remote, remote *, config, gc, notes *, sparse-checkout *, lfs *, format-patch, \
            prune",
        writing: "changes a repository that others see",
    },
    Tool {
        names: &["systemctl"],
        options: Options::new(
            "tHMpnos",
            &["type", "state", "property", "host", "machine", "lines", "output", "signal"],
        ),
        reading: "status, show, list-units, list-unit-files, list-timers, list-sockets, list-dependencies, \
            list-jobs, list-machines, is-active, is-enabled, is-failed, is-system-running, cat, get-default, \
            help, show-environment",
        local: "",
        writing: "changes services of the machine",
    },
    Tool {
        names: &["terraform", "tofu", "terragrunt"],
        options: Options::NONE,
        reading: "plan, show, output, validate, state list, state show, state pull, version, providers, graph, \
            workspace list, workspace show, console",
        local: "init, fmt, get, workspace select, workspace *, login",
        writing: "changes infrastructure",
    },
    Tool {
        names: &["argocd"],
        options: Options::new("N", &["server", "auth-token", "grpc-web-root-path", "app-namespace", "project"]),
        reading: "app get, app list, app diff, app history, app logs, app manifests, app resources, app wait, proj \
            list, proj get, cluster list, cluster get, repo list, repo get, version, account list, account \
            get, account can-i, appset list, appset get, admin *",
        local: "login, logout, context, relogin",
        writing: "changes applications",
    },
    Tool {
        names: &["flux"],
        options: Options::new("n", &["namespace", "context", "kubeconfig"]),
        reading: "get *, logs, check, tree *, diff *, events, stats, trace, version, export *, build *, debug *",
        local: "",
        writing: "changes what is deployed",
    },
    Tool {
        names: &["istioctl", "linkerd", "cilium", "hubble", "calicoctl"],
        options: Options::new("nic", &["namespace", "context", "kubeconfig", "istioNamespace"]),
        reading: "analyze, proxy-status, ps, proxy-config *, pc *, version, describe *, experimental *, x *, \
            dashboard *, validate, check, viz *, diagnostics *, status, observe, get *, get, node status, \
            ipam show, bug-report, connectivity *, endpoint *, list, identity",
        local: "",
        writing: "changes the mesh or network",
    },
    Tool {
        names: &["velero"],
        options: Options::new("n", &["namespace", "kubecontext", "kubeconfig"]),
        reading: "get, describe, version, backup get, backup describe, backup logs, restore get, restore describe, \
            restore logs, schedule get, schedule describe, get *, describe *",
        local: "client *, backup download",
        writing: "makes or restores backups",
    },
    Tool {
        names: &["etcdctl"],
        options: Options::new(
            "w",
            &["endpoints", "cacert", "cert", "key", "user", "write-out", "command-timeout", "dial-timeout"],
        ),
        reading: "get, member list, endpoint *, alarm list, version, snapshot status, watch, check *, auth status, \
            user list, role list, user get, role get",
        local: "snapshot save, snapshot restore",
        writing: "changes etcd",
    },
    Tool {
        names: &["vault", "bao"],
        options: Options::new("", &["address", "namespace", "format", "field", "mount"]),
        reading: "read, status, list, kv get, kv list, kv metadata, token lookup, token capabilities, secrets \
            list, auth list, policy list, policy read, version, operator members, operator raft, path-help, \
            audit list",
        local: "login",
        writing: "changes the vault",
    },
    Tool {
        names: &["consul", "nomad"],
        options: Options::new("", &["http-addr", "token", "datacenter", "namespace", "address", "region"]),
        reading: "members, kv get, catalog *, info, operator raft, monitor, validate, version, status, node \
            status, job status, job plan, plan, alloc status, alloc logs, eval status, deployment status, \
            server members, inspect, job inspect, job history",
        local: "",
        writing: "changes the cluster",
    },
    Tool {
        names: &["rabbitmqctl", "rabbitmq-diagnostics", "rabbitmq-queues"],
        options: Options::new("nptq", &["node", "vhost", "timeout"]),
        reading: "status, cluster_status, report, environment, list_queues, list_connections, list_channels, \
            list_consumers, list_exchanges, list_bindings, list_users, list_vhosts, list_permissions, \
            list_policies, list_feature_flags, list_unresponsive_queues, node_health_check, ping, \
            check_running, check_local_alarms, check_port_connectivity, memory_breakdown, alarms, listeners, \
            server_version, check_if_node_is_quorum_critical, quorum_status",
        local: "",
        writing: "changes the broker",
    },
    Tool {
        names: &["ceph", "rbd", "rados"],
        options: Options::new("cnkp", &["conf", "name", "keyring", "format", "pool"]),
        reading: "status, health, health *, df, osd tree, osd df, osd stat, osd status, osd perf, osd dump, osd \
            find, osd pool ls, pg stat, pg dump, pg query, mon stat, mon dump, mgr stat, mgr services, fs \
            status, fs ls, orch ps, orch ls, orch host, orch status, versions, version, log last, crash ls, \
            crash info, quorum_status, ls, info, du, time-sync-status,",
        local: "",
        writing: "changes the storage cluster",
    },
    Tool {
        names: &["nodetool"],
        options: Options::new("hpuw", &["host", "port", "username"]),
        reading: "status, info, ring, tpstats, compactionstats, netstats, describecluster, gossipinfo, tablestats, \
            cfstats, proxyhistograms, version, getendpoints, listsnapshots, describering",
        local: "",
        writing: "changes the node",
    },
    Tool {
        names: &["kubeadm"],
        options: Options::new("", &["config", "kubeconfig"]),
        reading: "version, config view, config print, config images, certs check-expiration, upgrade plan, token \
            list",
        local: "",
        writing: "changes the control plane",
    },
    Tool {
        names: &["runbooks"],
        options: Options::NONE,
        reading: "verify, lint, list, runs, completions",
        local: "init, new, build, serve, adopt",
        writing: "carries out a runbook",
    },
    Tool {
        names: &["gh", "glab"],
        options: Options::new("RLqtJ", &["repo", "limit", "jq", "template", "json", "hostname"]),
        reading: "pr list, pr view, pr diff, pr checks, pr status, issue list, issue view, issue status, run list, \
            run view, run watch, run download, repo view, repo list, release list, release view, release \
            download, workflow list, workflow view, search *, auth status, auth token, status, gist view, \
            gist list, browse, secret list, variable list, cache list, label list, extension list, ruleset \
            *, version, ci list, ci view, ci status, mr list, mr view, mr diff",
        local: "repo clone, pr checkout, auth *, config *, alias *, extension *, mr checkout",
        writing: "changes things on the server",
    },
];

/// Judges programs with verbs.
pub(super) fn judge(name: &str, words: &[Word], carries: bool) -> Option<Verdict> {
    let tool = TOOLS.iter().find(|tool| tool.names.contains(&name))?;
    let operands: Vec<Option<String>> = tool.options.operands(words).iter().map(|word| word.literal()).collect();
    if let Some(special) = special(name, words, &operands) {
        return Some(special);
    }
    if carries && operands.iter().flatten().any(|word| word == "exec") {
        return Some(Verdict::Reads);
    }
    let first = match operands.first() {
        None => return Some(Verdict::Reads),
        Some(None) => return Some(Verdict::unknown("does what only the run tells")),
        Some(Some(first)) => first.as_str(),
    };
    let second = operands.get(1).and_then(Option::as_deref).unwrap_or_default();
    let is = |verbs: &str| {
        verbs.split(", ").any(|verb| match verb.split_once(' ') {
            None => verb == first,
            Some((group, "*")) => group == first,
            Some((group, verb)) => group == first && verb == second,
        })
    };
    Some(if is(tool.reading) {
        Verdict::Reads
    } else if is(tool.local) {
        Verdict::Files(format!("changes files of this machine (`{first}`)"))
    } else if dry(name, words) {
        Verdict::Reads
    } else {
        Verdict::Writes(format!("{} (`{first}`)", tool.writing))
    })
}

fn dry(name: &str, words: &[Word]) -> bool {
    let git_push = name == "git" && has_flag(words, Some('n'), "dry-run");
    let others = matches!(name, "helm" | "helm3" | "argocd" | "gh") && has_flag(words, None, "dry-run");
    git_push || others
}

/// Verbs whose meaning hangs on their arguments.
fn special(name: &str, words: &[Word], operands: &[Option<String>]) -> Option<Verdict> {
    let first = operands.first()?.as_deref()?;
    match (name, first) {
        ("git", "branch" | "tag" | "remote") if operands.len() == 1 && !has_flag(words, Some('d'), "delete") => {
            Some(Verdict::Reads)
        }
        ("git", "branch" | "tag") if has_flag(words, Some('l'), "list") || has_flag(words, None, "contains") => {
            Some(Verdict::Reads)
        }
        ("git", "config") => {
            let looks = ["get", "list", "get-all", "get-regexp"].iter().any(|flag| has_flag(words, None, flag))
                || has_flag(words, Some('l'), "");
            (looks || operands.len() == 2).then_some(Verdict::Reads)
        }
        ("gh" | "glab", "api") => {
            let method = flag_value(words, Some('X'), "method").map(|it| it.to_uppercase());
            let fields = ['f', 'F'].iter().any(|&letter| flag_value(words, Some(letter), "").is_some())
                || has_flag(words, None, "input");
            Some(match method.as_deref() {
                Some("GET") => Verdict::Reads,
                None if !fields => Verdict::Reads,
                _ => Verdict::writes("changes things on the server (`api`)"),
            })
        }
        ("terraform" | "tofu" | "terragrunt", "fmt")
            if has_flag(words, None, "check") || words.iter().any(|word| word.is("-check")) =>
        {
            Some(Verdict::Reads)
        }
        (
            "docker-compose" | "podman-compose",
            "up" | "down" | "restart" | "stop" | "start" | "rm" | "pull" | "kill",
        ) => Some(Verdict::Writes(format!("changes containers or images (`{first}`)"))),
        _ => None,
    }
}
