//! Commands that run inside containers.

use crate::shell::options::Options;
use crate::shell::{Word, Wrapper};

use super::{Carried, Form};

/// The options of kubectl, before and behind the verbs meant here, that take a value.
pub(in crate::shell) const KUBECTL: Options = Options::new(
    "ncfsvlo",
    &[
        "namespace",
        "container",
        "context",
        "cluster",
        "kubeconfig",
        "user",
        "server",
        "token",
        "as",
        "as-group",
        "as-uid",
        "request-timeout",
        "filename",
        "pod-running-timeout",
        "cache-dir",
        "certificate-authority",
        "client-certificate",
        "client-key",
        "tls-server-name",
        "v",
        "image",
        "target",
        "profile",
        "copy-to",
        "env",
        "labels",
        "limits",
        "requests",
        "overrides",
        "restart",
        "serviceaccount",
        "port",
        "shell",
        "selector",
        "output",
        "annotations",
        "image-pull-policy",
        "timeout",
        "custom",
    ],
);

const DOCKER_GLOBAL: Options = Options::new(
    "cHlfp",
    &[
        "config",
        "context",
        "host",
        "log-level",
        "file",
        "project-name",
        "namespace",
        "env-file",
        "profile",
        "address",
        "runtime-endpoint",
    ],
);

const DOCKER_EXEC: Options =
    Options::new("euw", &["env", "env-file", "user", "workdir", "detach-keys", "index", "timeout"]);

const DOCKER_RUN: Options = Options::new(
    "aceHhlmpuvw",
    &[
        "add-host",
        "annotation",
        "attach",
        "blkio-weight",
        "cap-add",
        "cap-drop",
        "cgroup-parent",
        "cgroupns",
        "cidfile",
        "cpu-period",
        "cpu-quota",
        "cpu-shares",
        "cpus",
        "cpuset-cpus",
        "cpuset-mems",
        "detach-keys",
        "device",
        "dns",
        "domainname",
        "entrypoint",
        "env",
        "env-file",
        "expose",
        "gpus",
        "group-add",
        "health-cmd",
        "hostname",
        "ip",
        "ipc",
        "label",
        "label-file",
        "link",
        "log-driver",
        "log-opt",
        "mac-address",
        "memory",
        "memory-swap",
        "mount",
        "name",
        "net",
        "network",
        "network-alias",
        "pid",
        "platform",
        "publish",
        "pull",
        "restart",
        "runtime",
        "security-opt",
        "shm-size",
        "stop-signal",
        "stop-timeout",
        "storage-opt",
        "sysctl",
        "tmpfs",
        "ulimit",
        "user",
        "userns",
        "uts",
        "volume",
        "volume-driver",
        "volumes-from",
        "workdir",
    ],
);

fn inside(from: usize, words: &[Word]) -> Option<Carried> {
    (from < words.len()).then(|| Carried::new(Wrapper::Container, Form::Arguments(from, words.len())))
}

/// `kubectl exec pod -- command`, `oc rsh pod command`, `kubectl run … -- command`, `kubectl debug … -- command`.
pub(super) fn kubectl(words: &[Word]) -> Option<Carried> {
    let verb = KUBECTL.operand(words, 1)?;
    match words.get(verb)?.literal()?.as_str() {
        "exec" => {
            if let Some(dashes) = words.iter().position(|word| word.is("--")) {
                return inside(dashes + 1, words);
            }
            let pod = KUBECTL.operand(words, verb + 1)?;
            inside(KUBECTL.operand(words, pod + 1)?, words)
        }
        "rsh" => {
            let pod = KUBECTL.operand(words, verb + 1)?;
            let dashes = usize::from(words.get(pod + 1).is_some_and(|word| word.is("--")));
            inside(pod + 1 + dashes, words)
        }
        "debug" | "run" => inside(words.iter().position(|word| word.is("--"))? + 1, words),
        _ => None,
    }
}

/// `docker exec container command`, `docker run image command`, also of compose.
pub(super) fn docker(name: &str, words: &[Word]) -> Option<Carried> {
    let mut verb = DOCKER_GLOBAL.operand(words, 1)?;
    let compose = name.ends_with("-compose") || words.get(verb)?.is("compose");
    if compose && !name.ends_with("-compose") {
        verb = DOCKER_GLOBAL.operand(words, verb + 1)?;
    }
    if words.get(verb)?.is("container") {
        verb += 1;
    }
    let options = match words.get(verb)?.literal()?.as_str() {
        "exec" => DOCKER_EXEC,
        "run" => DOCKER_RUN,
        _ => return None,
    };
    let target = options.operand(words, verb + 1)?;
    inside(target + 1, words)
}
