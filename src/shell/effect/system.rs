//! Programs of the system itself: those that look, those that change the machine, and interpreters.

use crate::shell::options::{Options, has_flag};
use crate::shell::{Command, Word};

use super::Verdict;

/// Programs and builtins that only look, print, compute, wait or steer the shell.
const READING: &[&str] = &[
    ":",
    "[",
    "[[",
    "alias",
    "apropos",
    "arch",
    "base32",
    "base64",
    "basename",
    "bc",
    "bg",
    "bind",
    "break",
    "cal",
    "cat",
    "cd",
    "certtool",
    "chronyc",
    "cksum",
    "clear",
    "cmp",
    "column",
    "comm",
    "continue",
    "cut",
    "date",
    "declare",
    "df",
    "diff",
    "dig",
    "dir",
    "dirname",
    "dirs",
    "disown",
    "du",
    "echo",
    "egrep",
    "enable",
    "env",
    "envsubst",
    "exit",
    "expand",
    "export",
    "expr",
    "factor",
    "false",
    "fg",
    "fgrep",
    "file",
    "fmt",
    "fold",
    "free",
    "getconf",
    "getent",
    "getopts",
    "grep",
    "groups",
    "hash",
    "head",
    "help",
    "hexdump",
    "history",
    "host",
    "hostid",
    "htop",
    "iconv",
    "id",
    "info",
    "iostat",
    "iotop",
    "jobs",
    "join",
    "jq",
    "journalctl",
    "last",
    "lastlog",
    "ldd",
    "less",
    "let",
    "local",
    "locale",
    "locate",
    "logname",
    "ls",
    "lsattr",
    "lsblk",
    "lscpu",
    "lsmem",
    "lsmod",
    "lsns",
    "lsof",
    "lspci",
    "lsusb",
    "lvs",
    "lvdisplay",
    "man",
    "mapfile",
    "md5sum",
    "mktemp",
    "more",
    "mpstat",
    "mtr",
    "netstat",
    "nl",
    "nproc",
    "nslookup",
    "numfmt",
    "nvidia-smi",
    "od",
    "paste",
    "pgrep",
    "pidof",
    "pidstat",
    "ping",
    "ping6",
    "pmap",
    "popd",
    "printenv",
    "printf",
    "ps",
    "pstree",
    "pushd",
    "pvs",
    "pvdisplay",
    "pwd",
    "pwdx",
    "read",
    "readarray",
    "readlink",
    "readonly",
    "realpath",
    "return",
    "rev",
    "rg",
    "sar",
    "seq",
    "set",
    "sha1sum",
    "sha256sum",
    "sha512sum",
    "shasum",
    "shift",
    "shopt",
    "shuf",
    "slabtop",
    "sleep",
    "smartctl",
    "ss",
    "stat",
    "strings",
    "sum",
    "tac",
    "tail",
    "telnet",
    "test",
    "times",
    "top",
    "tput",
    "tr",
    "traceroute",
    "tracepath",
    "tree",
    "true",
    "tsort",
    "tty",
    "type",
    "typeset",
    "ulimit",
    "umask",
    "unalias",
    "uname",
    "unexpand",
    "uniq",
    "unset",
    "uptime",
    "users",
    "vgs",
    "vgdisplay",
    "vmstat",
    "w",
    "wait",
    "wc",
    "whatis",
    "whereis",
    "which",
    "who",
    "whoami",
    "whois",
    "xxd",
    "yes",
    "zcat",
    "zgrep",
    "zless",
    "zpool",
    "findmnt",
    "blkid",
    "crane",
    "skopeo",
    "step",
    "yamllint",
    "shellcheck",
    "hadolint",
    "cosign",
    "sestatus",
    "getenforce",
    "sensors",
    "ncat",
    "nc",
    "nmap",
    "tcptraceroute",
    "arping",
    "conntrack",
    "bpftrace",
    "ltrace",
    "strace",
    "perf",
    "ncdu",
    "duf",
    "bat",
    "fd",
    "fzf",
    "fx",
    "dasel",
    "xmllint",
    "csvtool",
    "mlr",
    "s_client",
    "ssh-keyscan",
    "keytool",
    "pg_isready",
    "kcat",
    "kafkacat",
];

/// Programs that change the machine, and what they do.
const WRITING: &[(&[&str], &str)] = &[
    (&["kill", "pkill", "killall", "skill", "xkill"], "sends signals to processes"),
    (&["reboot", "shutdown", "poweroff", "halt", "init", "telinit"], "stops or restarts the machine"),
    (&["mount", "umount", "swapoff", "swapon", "losetup"], "changes what is mounted"),
    (&["mkfs", "mkfs.ext4", "mkfs.xfs", "fdisk", "parted", "wipefs", "mkswap", "sgdisk", "growpart"], "changes disks"),
    (
        &[
            "resize2fs",
            "xfs_growfs",
            "lvextend",
            "lvcreate",
            "lvremove",
            "vgextend",
            "vgcreate",
            "pvcreate",
            "pvresize",
            "fsck",
            "tune2fs",
        ],
        "changes volumes",
    ),
    (
        &[
            "useradd", "userdel", "usermod", "adduser", "deluser", "passwd", "chpasswd", "groupadd", "groupdel",
            "gpasswd", "chage",
        ],
        "changes users",
    ),
    (&["modprobe", "insmod", "rmmod"], "changes kernel modules"),
    (&["renice", "ionice", "chrt"], "changes priorities"),
    (&["logger", "wall", "mail", "mailx", "sendmail"], "sends a message"),
    (&["ansible", "puppet", "chef-client", "salt"], "changes machines"),
    (
        &[
            "pgbench",
            "pg_restore",
            "createdb",
            "dropdb",
            "createuser",
            "dropuser",
            "vacuumdb",
            "reindexdb",
            "pg_ctl",
            "pg_ctlcluster",
            "patronictl",
            "repmgr",
        ],
        "changes the database",
    ),
    (&["keepalived", "certbot", "kubeseal", "update-ca-certificates"], "changes the machine"),
];

/// Programs that run what they are given.
const INTERPRETERS: &[&str] = &[
    "python",
    "python2",
    "python3",
    "perl",
    "ruby",
    "node",
    "deno",
    "bun",
    "php",
    "lua",
    "java",
    "groovy",
    "Rscript",
    "pwsh",
    "powershell",
    "expect",
    "make",
    "go",
    "cargo",
    "npm",
    "npx",
    "yarn",
    "pnpm",
    "mvn",
    "gradle",
    "rake",
    "bundle",
    "tsx",
    "ansible-playbook",
    "just",
    "task",
    "nix",
    "bazel",
];

/// Judges programs of the system.
pub(super) fn judge(name: &str, command: &Command, carries: bool) -> Option<Verdict> {
    let words = command.arguments();
    if carries {
        return Some(Verdict::Reads);
    }
    if let Some(verdict) = by_arguments(name, words) {
        return Some(verdict);
    }
    if READING.contains(&name) {
        return Some(Verdict::Reads);
    }
    if let Some((_, text)) = WRITING.iter().find(|(names, _)| names.contains(&name)) {
        return Some(Verdict::writes(text));
    }
    if INTERPRETERS.contains(&name) {
        return Some(interpreter(name, words));
    }
    match name {
        "sh" | "bash" | "zsh" | "dash" | "ksh" | "ash" | "source" | "." => Some(shell(name, command)),
        "sudo" | "doas" | "su" | "ssh" | "chroot" | "nsenter" => {
            Some(Verdict::unknown("opens a shell in which anything can be typed"))
        }
        "xargs" | "exec" | "command" | "builtin" | "eval" | "trap" | "time" | "timeout" | "nohup" | "nice"
        | "watch" | "stdbuf" | "setsid" => Some(Verdict::Reads),
        "vi" | "vim" | "nvim" | "nano" | "emacs" | "ed" | "code" => Some(Verdict::files("opens an editor")),
        _ => None,
    }
}

/// Programs that look or change, by their arguments.
fn by_arguments(name: &str, words: &[Word]) -> Option<Verdict> {
    let first = Options::NONE.operands(words).first().and_then(|word| word.literal()).unwrap_or_default();
    let has = |names: &[&str]| {
        words.iter().any(|word| {
            names.iter().any(|name| word.is(name) || word.literal_prefix().starts_with(&format!("{name}=")))
        })
    };
    let unless = |looks: bool, text: &str| Some(if looks { Verdict::Reads } else { Verdict::writes(text) });
    match name {
        "date" => unless(!has(&["-s", "--set"]), "sets the clock"),
        "hostname" => unless(first.is_empty(), "changes the host's name"),
        "hostnamectl" | "timedatectl" | "localectl" => unless(
            first.is_empty()
                || matches!(first.as_str(), "status" | "show" | "timesync-status")
                || first.starts_with("list-"),
            "changes the machine",
        ),
        "loginctl" | "resolvectl" | "networkctl" | "machinectl" | "coredumpctl" => unless(
            first.is_empty()
                || ["list", "show", "status", "query", "statistics", "info"].iter().any(|verb| first.starts_with(verb)),
            "changes the machine",
        ),
        "dmesg" => unless(!has(&["-C", "-c", "--clear"]), "clears the kernel's messages"),
        "sysctl" => unless(!has(&["-w", "-p", "--system"]) && !first.contains('='), "changes kernel settings"),
        "fuser" => unless(!has_flag(words, Some('k'), "kill"), "sends signals to processes"),
        "crontab" => unless(has(&["-l"]), "changes scheduled jobs"),
        "journalctl" => unless(
            !words.iter().any(|word| {
                ["--vacuum", "--rotate", "--flush"].iter().any(|flag| word.literal_prefix().starts_with(flag))
            }),
            "removes log entries",
        ),
        "service" => {
            let status = words.last().is_some_and(|word| word.is("status")) || has(&["--status-all"]);
            unless(status, "changes services of the machine")
        }
        "ip" => {
            let operands: Vec<_> =
                Options::new("n", &["netns"]).operands(words).iter().filter_map(|word| word.literal()).collect();
            let changes = operands.iter().any(|word| {
                matches!(word.as_str(), "add" | "del" | "delete" | "set" | "replace" | "flush" | "change" | "append")
            });
            unless(!changes, "changes the network")
        }
        "ifconfig" | "route" | "ethtool" | "arp" | "brctl" | "tc" | "ipvsadm" => {
            let changes =
                has(&["up", "down", "add", "del", "-d", "-s", "-K", "-G", "-A", "-D", "-C", "replace", "change"]);
            unless(!changes, "changes the network")
        }
        "iptables" | "ip6tables" | "nft" | "ufw" | "firewall-cmd" | "iptables-save" | "ipset" => {
            let looks =
                has(&["-L", "-S", "--list", "list", "status", "--state", "--list-all", "-nL", "-nvL", "-vnL", "-Ln"])
                    || words.iter().any(|word| {
                        let text = word.literal_prefix();
                        text.starts_with("--list")
                            || (text.starts_with('-') && !text.starts_with("--") && text.contains(['L', 'S']))
                    })
                    || name == "iptables-save";
            unless(looks, "changes the firewall")
        }
        "apt" | "apt-get" | "yum" | "dnf" | "zypper" | "apk" | "brew" | "snap" | "pip" | "pip3" | "gem" | "krew"
        | "apt-cache" | "microdnf" => {
            let looks = matches!(
                first.as_str(),
                "list"
                    | "search"
                    | "show"
                    | "info"
                    | "policy"
                    | "repolist"
                    | "freeze"
                    | "check-update"
                    | "history"
                    | "whatprovides"
                    | "provides"
            );
            unless(looks, "changes installed packages")
        }
        "dpkg" | "rpm" => unless(
            words.iter().any(|word| {
                let text = word.literal_prefix();
                ["-l", "-L", "-s", "-S", "-q", "--list", "--get", "--verify", "-V"]
                    .iter()
                    .any(|flag| text.starts_with(flag))
            }),
            "changes installed packages",
        ),
        "kafka-topics"
        | "kafka-topics.sh"
        | "kafka-consumer-groups"
        | "kafka-consumer-groups.sh"
        | "kafka-configs"
        | "kafka-configs.sh"
        | "kafka-acls.sh"
        | "kafka-acls" => unless(has(&["--list", "--describe", "--dry-run"]), "changes the broker"),
        "kafka-console-consumer"
        | "kafka-console-consumer.sh"
        | "kafka-broker-api-versions.sh"
        | "kafka-log-dirs.sh"
        | "kafka-metadata-quorum.sh" => Some(Verdict::Reads),
        "amtool" => unless(!has(&["add", "expire", "import"]), "changes silences"),
        "zpool" | "zfs" => {
            unless(matches!(first.as_str(), "list" | "status" | "get" | "iostat" | "history"), "changes volumes")
        }
        "mdadm" => unless(has(&["--detail", "-D", "--examine", "-E"]), "changes volumes"),
        "skopeo" | "crane" => unless(
            matches!(first.as_str(), "inspect" | "list-tags" | "ls" | "manifest" | "digest" | "config" | "catalog"),
            "changes a registry",
        ),
        "nvidia-smi" => unless(!has(&["-r", "--gpu-reset", "-pm", "-mig"]), "changes the GPU"),
        "mktemp" => Some(Verdict::Scratch("makes a file that is thrown away".to_owned())),
        _ => None,
    }
}

fn interpreter(name: &str, words: &[Word]) -> Verdict {
    let module = words.iter().position(|word| word.is("-m")).and_then(|at| words.get(at + 1)).and_then(Word::literal);
    let version =
        matches!(words, [only] if ["--version", "-v", "-V", "version", "-version"].iter().any(|it| only.is(it)));
    if version || matches!(module.as_deref(), Some("json.tool" | "calendar" | "platform")) {
        return Verdict::Reads;
    }
    if name == "ansible-playbook" && has_flag(words, None, "check") {
        return Verdict::Reads;
    }
    Verdict::Unknown(format!("runs a program with `{name}`"))
}

fn shell(name: &str, command: &Command) -> Verdict {
    let script = Options::new("oO", &["rcfile"]).operands(command.arguments()).first().map(|word| word.literal());
    match script {
        Some(Some(path)) => Verdict::Unknown(format!("runs the script `{path}`")),
        Some(None) => Verdict::unknown("runs a script that only the run tells"),
        None if command.input_given => Verdict::unknown("runs what it is fed"),
        None => Verdict::Unknown(format!("opens `{name}`, in which anything can be typed")),
    }
}
