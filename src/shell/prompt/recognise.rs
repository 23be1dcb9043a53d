//! Prompts at the beginning of a line.

use std::sync::LazyLock;

use regex::Regex;

use super::PromptKind;

/// A prompt in a line; all numbers are bytes of the line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Prompt {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Where the command begins.
    pub(super) command: usize,
    pub(super) kind: PromptKind,
}

/// What `# ` means in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HashSign {
    /// A comment.
    Comment,
    /// The prompt of root.
    Prompt,
}

/// `[user@host dir]$`, `user@host:~$`, `sh-4.4#`, `/ #`, `~ $`, `(venv) $`, `repo/bin$`, `mon-a#`, `PS1$>`.
const NAMED: &str = concat!(
    r"^(\([A-Za-z0-9_.-]+\) ?)?(",
    r"\[[^\]\s](?:[^\]\n]{0,58}[^\]\s])?\] ?[$#%]>?",
    r"|[A-Za-z0-9_.-]{1,40}@[A-Za-z0-9_.-]{1,80}(:| )?[^\s$#%>]{0,80} ?[$#%>]",
    r"|(?:ba|z|da|a|k)?sh-[0-9][0-9.]*[a-z]?[$#%]",
    r"|(?:~|/) [$#%]|[~/][A-Za-z0-9_./~-]{0,60} [$❯]",
    r"|[A-Za-z0-9_.-]{1,40}:[~/][A-Za-z0-9_./~-]{0,80} ?[$#]",
    r"|[A-Za-z0-9_.-]{1,40}(?:/[A-Za-z0-9_.-]{1,40}){1,6}[$]",
    r"|[a-z][a-z0-9]{1,30}(?:-[a-z0-9]{1,30}){1,6}[#$]",
    r"|root#",
    r")(?: |$)",
);

/// `postgres=#`, `mysql>`, `MariaDB [(none)]>`, `127.0.0.1:6379>`, `>>>`, `irb(main):001:0>`, `PS C:\>`.
const INTERPRETER: &str = concat!(
    r"^(",
    r"[A-Za-z_][A-Za-z0-9_.-]{0,40}[=\-'(*^!][#>*]",
    r"|(?:mysql|psql|redis|mongo|mongosh|sqlite|ksql|cqlsh|cqlsh:[a-z_]+|influx|etcdctl|rabbitmq|ftp|sftp|lftp|telnet|gdb|node|scala|iex|ghci|julia|duckdb|clickhouse|presto|trino|spark-sql|hive|test|admin|local|db)>",
    r"|[A-Za-z0-9_-]{1,40}:(?:PRIMARY|SECONDARY|ARBITER|OTHER)>",
    r"|[A-Za-z0-9_. -]{0,40}\[[A-Za-z0-9_-]{1,40}\]>|MariaDB \[[^\]\n]{0,40}\]>",
    r"|(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[A-Za-z0-9][A-Za-z0-9.-]{0,60}):[0-9]{2,5}(?:\[[0-9]+\])?>",
    r"|>>>|irb\([^)\n]{1,20}\):[0-9]+:[0-9]+[>*]|In \[[0-9]+\]:",
    r"|PS(?: [A-Za-z]:\\[^>\n]{0,80}| /[^>\n]{0,80})?>|[A-Za-z]:\\[^>\n]{0,80}>",
    r")(?: |$)",
);

static NAMED_PROMPT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(NAMED).ok());
static INTERPRETER_PROMPT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(INTERPRETER).ok());

/// Names that a line of commands begins with.
const COMMANDS: &[&str] = &[
    "kubectl",
    "oc",
    "k",
    "helm",
    "docker",
    "podman",
    "crictl",
    "nerdctl",
    "systemctl",
    "journalctl",
    "service",
    "ls",
    "cat",
    "cd",
    "cp",
    "mv",
    "rm",
    "mkdir",
    "chmod",
    "chown",
    "ps",
    "kill",
    "top",
    "df",
    "du",
    "free",
    "mount",
    "umount",
    "lsblk",
    "fdisk",
    "ip",
    "ifconfig",
    "ping",
    "ss",
    "netstat",
    "iptables",
    "nft",
    "curl",
    "wget",
    "ssh",
    "scp",
    "rsync",
    "git",
    "gh",
    "grep",
    "awk",
    "sed",
    "find",
    "tail",
    "head",
    "less",
    "vi",
    "vim",
    "nano",
    "echo",
    "export",
    "source",
    "sudo",
    "su",
    "apt",
    "apt-get",
    "yum",
    "dnf",
    "rpm",
    "dpkg",
    "psql",
    "mysql",
    "redis-cli",
    "mongosh",
    "aws",
    "gcloud",
    "az",
    "etcdctl",
    "ceph",
    "rabbitmqctl",
    "nodetool",
    "openssl",
    "dig",
    "nslookup",
    "host",
    "tcpdump",
    "strace",
    "lsof",
    "uptime",
    "uname",
    "dmesg",
    "sysctl",
    "modprobe",
    "reboot",
    "shutdown",
    "tar",
    "gzip",
    "unzip",
    "make",
    "go",
    "python",
    "python3",
    "pip",
    "npm",
    "node",
    "terraform",
    "ansible",
    "ansible-playbook",
    "vault",
    "consul",
    "nomad",
    "kubeadm",
    "istioctl",
    "argocd",
    "flux",
    "virsh",
    "qemu-img",
    "pvs",
    "vgs",
    "lvs",
    "lvextend",
    "resize2fs",
    "xfs_growfs",
    "zpool",
    "zfs",
    "mdadm",
    "crontab",
    "watch",
    "chroot",
    "exit",
    "hostname",
    "hostnamectl",
    "timedatectl",
    "env",
    "printenv",
    "which",
    "touch",
    "ln",
    "xargs",
    "test",
    "jq",
    "yq",
    "sh",
    "bash",
    "nc",
    "telnet",
    "pg_dump",
    "pg_ctl",
    "pgbench",
];

/// Words that follow a command's name in prose: "watch the logs", "find out", "kill it".
const PROSE: &[&str] = &[
    "the", "a", "an", "for", "to", "sure", "if", "that", "all", "this", "your", "by", "is", "of", "on", "it", "in",
    "out", "and", "or", "with", "from", "any", "each", "every", "our", "into", "as", "at", "are", "will", "should",
    "command", "commands", "output", "status:", "can", "must", "when",
];

impl HashSign {
    /// Decides what `# ` means in a text: the prompt of root, if every such line that is a line of commands at all can be nothing else.
    pub(super) fn of(text: &str) -> Self {
        let mut prompted = 0;
        let mut first = None;
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let after_hash = line.trim_start().strip_prefix("# ");
            let command = is_command(after_hash.unwrap_or(line));
            first = first.or(Some(after_hash.is_some() && command));
            match after_hash {
                Some(_) if command => prompted += 1,
                None if command || plain_prompt(line.trim_start()).is_some() => return Self::Comment,
                _ => {}
            }
        }
        if prompted > 0 && first == Some(true) { Self::Prompt } else { Self::Comment }
    }
}

/// Returns whether a line reads like a command and not like prose.
fn is_command(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let Some(first) = words.next() else { return false };
    let assignment = first.split_once('=').is_some_and(|(name, _)| {
        name.chars().all(|c| c.is_ascii_uppercase() || c == '_' || c.is_ascii_digit()) && !name.is_empty()
    });
    let second = words.next().unwrap_or_default().to_lowercase();
    let path = first.starts_with("./") || (first.starts_with('/') && first.len() > 2);
    let prose = PROSE.contains(&second.as_str()) || line.trim_end().ends_with(['.', ':', '?', '!', ',']);
    (COMMANDS.contains(&first) || path) && !prose || assignment
}

/// Returns the prompt that a line begins with.
pub(super) fn prompt_of(line: &str, hash: HashSign) -> Option<Prompt> {
    let start = line.len() - line.trim_start_matches([' ', '\t']).len();
    let text = line.get(start..)?.trim_end_matches(['\n', '\r']);
    let (length, kind) = recognise(text, hash)?;
    let rest = text.get(length..)?;
    let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    Some(Prompt { start, end: start + length, command: start + length + blank, kind })
}

fn recognise(text: &str, hash: HashSign) -> Option<(usize, PromptKind)> {
    if let Some(length) = plain_prompt(text) {
        return Some((length, PromptKind::User));
    }
    if hash == HashSign::Prompt && text.starts_with("# ") && is_command(text.get(2..)?) {
        return Some((1, PromptKind::Root));
    }
    // Both patterns need one of these in the first stretch; most lines of output have none.
    if !text.bytes().take(160).any(|byte| matches!(byte, b'$' | b'#' | b'%' | b'>' | b':' | 0xe2)) {
        return None;
    }
    let found = |regex: &LazyLock<Option<Regex>>| {
        let found = regex.as_ref()?.find(text)?;
        Some(found.as_str().trim_end().len())
    };
    if let Some(length) = found(&INTERPRETER_PROMPT) {
        return Some((length, PromptKind::Interpreter));
    }
    found(&NAMED_PROMPT).filter(|&length| !is_output(text, length)).map(|length| (length, PromptKind::Named))
}

/// `$ `, `$> `, `% `, `❯ `, `➜ `; a lone `$` as well. `$VAR` and `% complete` are not prompts.
fn plain_prompt(text: &str) -> Option<usize> {
    for sign in ["$>", "$", "❯", "➜", "%"] {
        let Some(rest) = text.strip_prefix(sign) else { continue };
        let blank = rest.starts_with([' ', '\t']);
        let known = sign != "%" || is_command(rest);
        if (blank && known && !rest.trim().is_empty()) || (rest.is_empty() && sign != "%") {
            return Some(sign.len());
        }
    }
    None
}

/// A log line such as `[INFO] # of pods` looks like a prompt at first.
fn is_output(text: &str, length: usize) -> bool {
    let head = text.get(..length).unwrap_or_default();
    let level = ["[INFO]", "[WARN", "[ERROR", "[DEBUG", "[OK", "[FAIL"]
        .iter()
        .any(|level| head.to_uppercase().starts_with(level));
    let comment = head.starts_with("/ #") && text.len() == length;
    level || comment
}

/// Returns how many bytes of a line are the prompt of a continuation: `> `.
pub(super) fn continuation_mark(line: &str) -> Option<usize> {
    let start = line.len() - line.trim_start_matches([' ', '\t']).len();
    let rest = line.get(start..)?;
    let bare = rest.trim_end_matches(['\n', '\r']);
    if bare == ">" {
        return Some(start + 1);
    }
    rest.starts_with("> ").then_some(start + 2)
}
