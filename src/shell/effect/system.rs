//! Programs of the system itself: those that look, those that change the machine, and interpreters.

use crate::shell::options::{Options, has_flag};
use crate::shell::{Command, Word};

use super::Verdict;

/// Programs and builtins that only look, print, compute, wait or steer the shell.
const READING: &str = ": [ [[ alias apropos arch base32 base64 basename bc bg bind break cal cat cd certtool chronyc cksum \
    clear cmp column comm continue cut date declare df diff dig dir dirname dirs disown du echo egrep enable \
    env envsubst exit expand export expr factor false fg fgrep file fmt fold free getconf getent getopts \
    grep groups hash head help hexdump history host hostid htop iconv id info iostat iotop jobs join jq \
    journalctl last lastlog ldd less let local locale locate logname ls lsattr lsblk lscpu lsmem lsmod lsns \
    lsof lspci lsusb lvs lvdisplay man mapfile md5sum mktemp more mpstat mtr netstat nl nproc nslookup \
    numfmt nvidia-smi od paste pgrep pidof pidstat ping ping6 pmap popd printenv printf ps pstree pushd pvs \
    pvdisplay pwd pwdx read readarray readlink readonly realpath return rev rg sar seq set sha1sum sha256sum \
    sha512sum shasum shift shopt shuf slabtop sleep smartctl ss stat strings sum tac tail telnet test times \
    top tput tr traceroute tracepath tree true tsort tty type typeset ulimit umask unalias uname unexpand \
    uniq unset uptime users vgs vgdisplay vmstat w wait wc whatis whereis which who whoami whois xxd yes \
    zcat zgrep zless zpool findmnt blkid crane skopeo step yamllint shellcheck hadolint cosign sestatus \
    getenforce sensors ncat nc nmap tcptraceroute arping conntrack bpftrace ltrace strace perf ncdu duf bat \
    fd fzf fx dasel xmllint csvtool mlr s_client ssh-keyscan keytool pg_isready kcat kafkacat";

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
            "repmgr",
        ],
        "changes the database",
    ),
    (&["keepalived", "certbot", "kubeseal", "update-ca-certificates"], "changes the machine"),
];

/// Programs that run what they are given.
const INTERPRETERS: &str = "python python2 python3 perl ruby node deno bun php lua java groovy Rscript pwsh powershell expect make \
    go cargo npm npx yarn pnpm mvn gradle rake bundle tsx ansible-playbook just task nix bazel";

/// Judges programs of the system.
pub(super) fn judge(name: &str, command: &Command, carries: bool) -> Option<Verdict> {
    let words = command.arguments();
    if carries {
        return Some(Verdict::Reads);
    }
    if let Some(verdict) = by_arguments(name, words) {
        return Some(verdict);
    }
    if READING.split(' ').any(|it| it == name) {
        return Some(Verdict::Reads);
    }
    if let Some((_, text)) = WRITING.iter().find(|(names, _)| names.contains(&name)) {
        return Some(Verdict::writes(text));
    }
    if INTERPRETERS.split(' ').any(|it| it == name) {
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

/// The arguments of a program that looks or changes, depending on them.
struct Given<'a> {
    words: &'a [Word],
    /// The first word that is no option.
    first: String,
}

impl Given<'_> {
    /// Whether one of the words is one of these, or begins with it and `=`.
    fn has(&self, names: &[&str]) -> bool {
        self.words.iter().any(|word| {
            names.iter().any(|name| word.is(name) || word.literal_prefix().starts_with(&format!("{name}=")))
        })
    }

    /// Whether one of the words begins with one of these.
    fn begins(&self, prefixes: &[&str]) -> bool {
        self.words.iter().any(|word| prefixes.iter().any(|prefix| word.literal_prefix().starts_with(prefix)))
    }

    /// Whether the first word that is no option is one of these, or there is none.
    fn asks(&self, verbs: &str) -> bool {
        self.first.is_empty() || verbs.split(' ').any(|verb| verb == self.first)
    }
}

fn by_arguments(name: &str, words: &[Word]) -> Option<Verdict> {
    let first = Options::NONE.operands(words).first().and_then(|word| word.literal()).unwrap_or_default();
    let given = Given { words, first };
    if name == "mktemp" {
        return Some(Verdict::Scratch("makes a file that is thrown away".to_owned()));
    }
    let (looks, text) = machine(name, &given).or_else(|| network(name, &given)).or_else(|| packages(name, &given))?;
    Some(if looks { Verdict::Reads } else { Verdict::writes(text) })
}

/// Returns whether a program of the machine only looks, and what it does otherwise.
fn machine(name: &str, given: &Given<'_>) -> Option<(bool, &'static str)> {
    Some(match name {
        "date" => (!given.has(&["-s", "--set"]), "sets the clock"),
        "hostname" => (given.first.is_empty(), "changes the host's name"),
        "hostnamectl" | "timedatectl" | "localectl" => {
            (given.asks("status show timesync-status") || given.first.starts_with("list-"), "changes the machine")
        }
        "loginctl" | "resolvectl" | "networkctl" | "machinectl" | "coredumpctl" => {
            let looks = ["list", "show", "status", "query", "statistics", "info"];
            (given.first.is_empty() || looks.iter().any(|verb| given.first.starts_with(verb)), "changes the machine")
        }
        "dmesg" => (!given.has(&["-C", "-c", "--clear"]), "clears the kernel's messages"),
        "sysctl" => (!given.has(&["-w", "-p", "--system"]) && !given.first.contains('='), "changes kernel settings"),
        "fuser" => (!has_flag(given.words, Some('k'), "kill"), "sends signals to processes"),
        "crontab" => (given.has(&["-l"]), "changes scheduled jobs"),
        "journalctl" => (!given.begins(&["--vacuum", "--rotate", "--flush"]), "removes log entries"),
        "service" => {
            let status = given.words.last().is_some_and(|word| word.is("status"));
            (status || given.has(&["--status-all"]), "changes services of the machine")
        }
        "patronictl" => {
            let operands = Options::new("cd", &["config-file", "dcs-url", "dcs"]).operands(given.words);
            let looks = ["list", "topology", "history", "show-config", "dsn", "version"];
            let first = operands.first().and_then(|word| word.literal()).unwrap_or_default();
            (looks.contains(&first.as_str()), "changes the database")
        }
        "zpool" | "zfs" => (given.asks("list status get iostat history"), "changes volumes"),
        "mdadm" => (given.has(&["--detail", "-D", "--examine", "-E"]), "changes volumes"),
        "nvidia-smi" => (!given.has(&["-r", "--gpu-reset", "-pm", "-mig"]), "changes the GPU"),
        _ => return None,
    })
}

/// Returns whether a program of the network only looks, and what it does otherwise.
fn network(name: &str, given: &Given<'_>) -> Option<(bool, &'static str)> {
    Some(match name {
        "ip" => {
            let operands = Options::new("n", &["netns"]).operands(given.words);
            let changing = ["add", "del", "delete", "set", "replace", "flush", "change", "append"];
            (!operands.iter().any(|word| changing.iter().any(|verb| word.is(verb))), "changes the network")
        }
        "ifconfig" | "route" | "ethtool" | "arp" | "brctl" | "tc" | "ipvsadm" => {
            let changing = ["up", "down", "add", "del", "-d", "-s", "-K", "-G", "-A", "-D", "-C", "replace", "change"];
            (!given.has(&changing), "changes the network")
        }
        "iptables" | "ip6tables" | "nft" | "ufw" | "firewall-cmd" | "ipset" => {
            let cluster = given.words.iter().any(|word| {
                let text = word.literal_prefix();
                text.starts_with('-') && !text.starts_with("--") && text.contains(['L', 'S'])
            });
            (cluster || given.has(&["list", "status", "--state"]) || given.begins(&["--list"]), "changes the firewall")
        }
        "iptables-save" => (true, ""),
        _ => return None,
    })
}

/// Returns whether a program for packages, brokers or registries only looks, and what it does otherwise.
fn packages(name: &str, given: &Given<'_>) -> Option<(bool, &'static str)> {
    Some(match name {
        "apt" | "apt-get" | "yum" | "dnf" | "zypper" | "apk" | "brew" | "snap" | "pip" | "pip3" | "gem" | "krew"
        | "apt-cache" | "microdnf" => (
            given.asks("list search show info policy repolist freeze check-update history whatprovides provides"),
            "changes installed packages",
        ),
        "dpkg" | "rpm" => (
            given.begins(&["-l", "-L", "-s", "-S", "-q", "--list", "--get", "--verify", "-V"]),
            "changes installed packages",
        ),
        "skopeo" | "crane" => (given.asks("inspect list-tags ls manifest digest config catalog"), "changes a registry"),
        "amtool" => (!given.has(&["add", "expire", "import"]), "changes silences"),
        _ if name.starts_with("kafka-") => match name.trim_end_matches(".sh") {
            "kafka-topics" | "kafka-consumer-groups" | "kafka-configs" | "kafka-acls" => {
                (given.has(&["--list", "--describe", "--dry-run"]), "changes the broker")
            }
            "kafka-console-consumer" | "kafka-broker-api-versions" | "kafka-log-dirs" | "kafka-metadata-quorum" => {
                (true, "")
            }
            _ => return None,
        },
        _ => return None,
    })
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
