//! All other programs.

use crate::shell::options::{Options, flag_value, has_flag};
use crate::shell::{Command, Context, Word};

use super::Problem;

const BOUND_LOG: &str = "leave out the flag that follows, and bound the output";

/// Programs that are nothing without a terminal, whatever their arguments.
const SCREENS: &[&str] = &[
    "vi",
    "vim",
    "nvim",
    "nano",
    "emacs",
    "ed",
    "pico",
    "less",
    "more",
    "most",
    "man",
    "htop",
    "atop",
    "iotop",
    "nethogs",
    "k9s",
    "mc",
    "tmux",
    "screen",
    "visudo",
    "vipw",
    "lazydocker",
    "fzf",
    "dialog",
    "whiptail",
    "passwd",
    "slabtop",
    "cfdisk",
    "ncdu",
    "tig",
];

/// Programs that open a session when they are given nothing to do.
const SESSIONS: &[&str] = &[
    "sh",
    "bash",
    "zsh",
    "dash",
    "ksh",
    "ash",
    "fish",
    "python",
    "python2",
    "python3",
    "ipython",
    "irb",
    "node",
    "ghci",
    "iex",
    "scala",
    "lua",
    "php",
    "bc",
    "ftp",
    "gdb",
    "pwsh",
    "powershell",
    "julia",
    "duckdb",
];

pub(super) fn judge(name: &str, command: &Command, carries: bool) -> Option<Problem> {
    let words = command.arguments();
    screens(name, command)
        .or_else(|| sessions(name, command, carries))
        .or_else(|| asks(name, words))
        .or_else(|| endless(name, command))
        .or_else(|| containers(name, words))
}

fn screens(name: &str, command: &Command) -> Option<Problem> {
    let words = command.arguments();
    let help = has_flag(words, None, "version") || has_flag(words, None, "help");
    if help {
        return None;
    }
    if name == "top" {
        let batch = has_flag(words, Some('b'), "batch") || has_flag(words, Some('l'), "");
        let bounded = has_flag(words, Some('n'), "iterations") || has_flag(words, Some('l'), "");
        return match (batch, bounded) {
            (true, true) => None,
            (true, false) => Some(Problem::endless("prints without end", "add `-n 1`")),
            _ => Some(Problem::interactive("fills the terminal", "use `top -b -n 1`")),
        };
    }
    match name {
        "less" | "more" | "most" => Some(Problem::interactive("shows a text page by page", "use `cat` or `head`")),
        "man" => Some(Problem::interactive("shows a text page by page", "link to the manual")),
        _ => SCREENS.contains(&name).then_some(Problem::interactive(
            "wants a terminal",
            "describe what to do as a task, or use a command that prints",
        )),
    }
}

fn sessions(name: &str, command: &Command, carries: bool) -> Option<Problem> {
    let words = command.arguments();
    let fed = command.input_given;
    let session = |instead| Some(Problem::interactive("opens a session", instead));
    let operands = |options: Options| options.operands(words).len();
    match name {
        _ if SESSIONS.contains(&name) && !fed && !carries => {
            let idle = words
                .iter()
                .all(|word| matches!(word.literal_prefix().as_str(), "-i" | "-l" | "-il" | "--login" | "-" | "-q"));
            if idle { session("put the commands behind `-c`, or feed them in a here-document") } else { None }
        }
        "ssh" | "autossh" | "mosh" if !carries && !fed => ssh(words),
        "sudo" | "su" | "doas" | "runuser" | "chroot" | "nsenter" if !carries && !fed => {
            let asks = ["-l", "-v", "-k", "-K", "--list"].iter().any(|flag| words.iter().any(|word| word.is(flag)));
            if asks || (words.is_empty() && name == "sudo") { None } else { session("name the command to run") }
        }
        "psql" | "pgcli" if !fed => {
            let done = has_flag(words, Some('c'), "command")
                || has_flag(words, Some('f'), "file")
                || has_flag(words, Some('l'), "list");
            if done { None } else { session("put the SQL behind `-c`") }
        }
        "mysql" | "mariadb" if !fed && !has_flag(words, Some('e'), "execute") => session("put the SQL behind `-e`"),
        "sqlite3" if !fed && operands(Options::new("", &["cmd", "init"])) < 2 => {
            session("put the SQL behind the file's name")
        }
        "cqlsh" if !fed && !has_flag(words, Some('e'), "execute") && !has_flag(words, Some('f'), "file") => {
            session("put the statement behind `-e`")
        }
        "clickhouse-client" if !fed && !has_flag(words, Some('q'), "query") => session("put the query behind `-q`"),
        "mongosh" | "mongo"
            if !fed
                && !has_flag(words, None, "eval")
                && !words.iter().any(|word| word.literal_prefix().strip_suffix(".js").is_some()) =>
        {
            session("put the script behind `--eval`")
        }
        "redis-cli" | "valkey-cli" => redis(command),
        "telnet" if !fed => session("use `nc -z` to see whether a port is open"),
        "nc" | "ncat" if !fed && !has_flag(words, Some('z'), "") && !has_flag(words, Some('l'), "listen") => {
            session("use `nc -z` to see whether a port is open")
        }
        "openssl" if !fed && words.first().is_some_and(|word| word.is("s_client")) => {
            Some(Problem::interactive("waits for input", "add `</dev/null`"))
        }
        "sftp" if !fed && !has_flag(words, Some('b'), "") => session("use `scp`"),
        "cat" if !fed && words.is_empty() && command.context == Context::Local => {
            Some(Problem::interactive("waits for input", "name a file, or use a here-document"))
        }
        "read" if !fed && !words.iter().any(|word| word.literal_prefix().starts_with("-u")) => {
            Some(Problem::interactive("asks for input", "declare a param"))
        }
        _ => None,
    }
}

fn ssh(words: &[Word]) -> Option<Problem> {
    if has_flag(words, Some('N'), "") {
        let background = has_flag(words, Some('f'), "");
        return if background {
            None
        } else {
            Some(Problem::endless("holds a tunnel open", "make it an action with `background` and `ready`"))
        };
    }
    let asks = has_flag(words, Some('V'), "")
        || has_flag(words, Some('G'), "")
        || has_flag(words, Some('O'), "")
        || words.is_empty();
    if asks {
        None
    } else {
        Some(Problem::interactive(
            "opens a session on another machine",
            "put the command to run behind the host's name",
        ))
    }
}

fn redis(command: &Command) -> Option<Problem> {
    let words = command.arguments();
    let endless = ["stat", "latency", "latency-history", "latency-dist"].iter().any(|flag| has_flag(words, None, flag));
    let operands =
        Options::new("hpanurisdD", &["user", "pass", "cert", "key", "cacert", "sni", "eval", "pattern", "cluster"])
            .operands(words);
    let verb = operands.first().and_then(|word| word.literal()).unwrap_or_default().to_lowercase();
    if endless || matches!(verb.as_str(), "monitor" | "subscribe" | "psubscribe") {
        return Some(Problem::endless("prints without end", "use `INFO`, or bound it with `timeout`"));
    }
    let other = ["scan", "bigkeys", "memkeys", "hotkeys", "cluster", "eval", "version", "pipe", "rdb"]
        .iter()
        .any(|flag| has_flag(words, None, flag));
    let idle = operands.is_empty() && !other && !command.input_given;
    idle.then_some(Problem::interactive("opens a session", "put the command behind the options"))
}

/// Programs that ask before they act.
fn asks(name: &str, words: &[Word]) -> Option<Problem> {
    let operands = Options::NONE.operands(words);
    let verb = operands.first().and_then(|word| word.literal()).unwrap_or_default();
    let second = operands.get(1).and_then(|word| word.literal()).unwrap_or_default();
    let has =
        |flags: &[&str]| words.iter().any(|word| flags.iter().any(|flag| word.literal_prefix().starts_with(flag)));
    let confirm = |instead| Some(Problem::interactive("asks for confirmation", instead));
    let login = |instead| Some(Problem::interactive("asks who you are", instead));
    match (name, verb.as_str()) {
        (
            "apt" | "apt-get" | "yum" | "dnf" | "zypper",
            "install" | "remove" | "upgrade" | "purge" | "autoremove" | "update" | "dist-upgrade",
        ) if !(has(&["-y", "--yes", "--assumeyes", "-qy", "-qqy"]) || verb == "update" && name.starts_with("apt")) => {
            confirm("add `-y`")
        }
        ("terraform" | "tofu", "apply" | "destroy")
            if !has(&["-auto-approve", "--auto-approve"]) && operands.len() < 2 =>
        {
            confirm("add `-auto-approve`")
        }
        ("docker" | "podman", "system" | "volume" | "image" | "container" | "network" | "builder")
            if second == "prune" && !has(&["-f", "--force"]) =>
        {
            confirm("add `-f`")
        }
        ("gcloud", _) if operands.iter().any(|word| word.is("delete")) && !has(&["-q", "--quiet"]) => {
            confirm("add `--quiet`")
        }
        ("az", _)
            if operands.iter().any(|word| word.is("delete"))
                && !has(&["-y", "--yes"])
                && operands.iter().any(|word| word.is("group") || word.is("vm") || word.is("aks")) =>
        {
            confirm("add `--yes`")
        }
        ("rm" | "cp" | "mv", _)
            if words.iter().any(|word| {
                matches!(word.literal_prefix().as_str(), "-i" | "-I" | "-ri" | "-ir" | "--interactive")
            }) =>
        {
            confirm("leave out `-i`")
        }
        ("docker" | "podman" | "helm", "login") if !has(&["--password", "-p"]) => login("use `--password-stdin`"),
        ("aws", "configure") if second.is_empty() => login("set `AWS_PROFILE` or use a role"),
        ("aws", "sso") if second == "login" => login("log in before the run"),
        ("aws", "ssm") if second == "start-session" => {
            Some(Problem::interactive("opens a session on a machine", "use `aws ssm send-command`"))
        }
        ("gcloud", "auth") if second == "login" => login("use a service account"),
        ("gcloud", "compute") if second == "ssh" && !has(&["--command"]) => {
            Some(Problem::interactive("opens a session on a machine", "use `--command`"))
        }
        ("az", "login") if !has(&["--service-principal", "--identity"]) => {
            login("use `--identity` or a service principal")
        }
        ("vault" | "argocd" | "gh", "login" | "auth")
            if (name != "gh" || second == "login")
                && !has(&["--with-token", "--username", "-method", "--sso", "--core"])
                && (name != "vault" || second.is_empty()) =>
        {
            login("log in before the run")
        }
        ("crontab", _) if has(&["-e"]) => {
            Some(Problem::interactive("opens an editor", "pipe the new table into `crontab -`"))
        }
        ("git", "rebase" | "add" | "stash") if has(&["-i", "--interactive", "-p", "--patch"]) => {
            Some(Problem::interactive("asks for each change", "leave out the flag"))
        }
        ("git", "commit")
            if !has(&["-m", "-F", "--message", "--file", "--no-edit", "-am", "-C", "-qm", "-sm", "--fixup"]) =>
        {
            Some(Problem::interactive("opens an editor", "add `-m`"))
        }
        ("systemctl", "edit") => Some(Problem::interactive("opens an editor", "write a drop-in file")),
        ("fdisk" | "parted" | "gdisk", _) if !has(&["-l", "--list", "-s", "--script"]) => {
            Some(Problem::interactive("opens a session", "use `sgdisk` or `parted -s`"))
        }
        _ => None,
    }
}

/// Programs that go on until they are stopped.
fn endless(name: &str, command: &Command) -> Option<Problem> {
    let words = command.arguments();
    let follows = |letter| has_flag(words, Some(letter), "follow");
    let operands = |options: Options| options.operands(words).len();
    match name {
        "watch" => Some(Problem::endless(
            "runs a command again and again",
            "run the command once, as a check with `every` and `within`",
        )),
        "tail" if follows('f') || has_flag(words, Some('F'), "") => Some(Problem::endless("follows a file", BOUND_LOG)),
        "journalctl" if follows('f') => Some(Problem::endless("follows the log", BOUND_LOG)),
        "dmesg" if has_flag(words, Some('w'), "follow") || has_flag(words, Some('W'), "") => {
            Some(Problem::endless("follows the log", BOUND_LOG))
        }
        "ping" | "ping6" if !has_flag(words, Some('c'), "count") && !has_flag(words, Some('w'), "") => {
            Some(Problem::endless("pings without end", "add `-c 3`"))
        }
        "sleep" if words.iter().any(|word| word.is("infinity") || word.is("inf")) => {
            Some(Problem::endless("sleeps for ever", "leave it out"))
        }
        "yes" if command.pipeline.is_none() => Some(Problem::endless("prints without end", "leave it out")),
        "vmstat" | "iostat" | "mpstat" | "pidstat" | "sar" => {
            let numbers = Options::new("pdfo", &[]).operands(words);
            let numbers =
                numbers.iter().filter(|word| word.literal().is_some_and(|text| text.parse::<u32>().is_ok())).count();
            (numbers == 1).then_some(Problem::endless("prints without end", "add a count behind the interval"))
        }
        "tcpdump" if !has_flag(words, Some('c'), "") && !has_flag(words, Some('r'), "") => {
            Some(Problem::endless("captures without end", "add `-c 100`, or put `timeout` before it"))
        }
        "strace" if has_flag(words, Some('p'), "attach") => {
            Some(Problem::endless("traces until it is stopped", "put `timeout` before it"))
        }
        "mtr" if !has_flag(words, Some('r'), "report") && !has_flag(words, Some('c'), "report-cycles") => {
            Some(Problem::interactive("fills the terminal", "add `--report`"))
        }
        "stern" | "kail" if !has_flag(words, None, "no-follow") => {
            Some(Problem::endless("follows the logs", "use `kubectl logs --tail`, or `--no-follow`"))
        }
        "nc" | "ncat" if has_flag(words, Some('l'), "listen") => {
            Some(Problem::endless("listens until it is stopped", "make it an action with `background`"))
        }
        "python" | "python3" if words.iter().any(|word| word.is("http.server")) => {
            Some(Problem::endless("serves until it is stopped", "make it an action with `background`"))
        }
        "inotifywait" if has_flag(words, Some('m'), "monitor") => {
            Some(Problem::endless("watches without end", BOUND_LOG))
        }
        "etcdctl" if words.iter().any(|word| word.is("watch")) => {
            Some(Problem::endless("watches without end", "use `etcdctl get`"))
        }
        "aws" if has_flag(words, None, "follow") => Some(Problem::endless("follows the log", BOUND_LOG)),
        "flux" if follows('f') || has_flag(words, Some('w'), "watch") => {
            Some(Problem::endless("follows without end", "leave out the flag"))
        }
        "kafka-console-consumer" | "kafka-console-consumer.sh"
            if !has_flag(words, None, "max-messages") && !has_flag(words, None, "timeout-ms") =>
        {
            Some(Problem::endless("reads without end", "add `--max-messages` or `--timeout-ms`"))
        }
        "minikube" if words.first().is_some_and(|word| word.is("tunnel") || word.is("dashboard")) => {
            Some(Problem::endless("runs until it is stopped", "make it an action with `background`"))
        }
        "ssh-agent" | "kubectl-proxy" if operands(Options::NONE) == 0 && name != "ssh-agent" => {
            Some(Problem::endless("runs until it is stopped", "make it an action with `background`"))
        }
        _ => None,
    }
}

fn containers(name: &str, words: &[Word]) -> Option<Problem> {
    if !matches!(name, "docker" | "podman" | "nerdctl" | "crictl" | "docker-compose" | "podman-compose") {
        return None;
    }
    let operands = Options::new(
        "cHlfpneuwv",
        &["file", "project-name", "context", "name", "env", "user", "workdir", "volume", "network", "entrypoint"],
    )
    .operands(words);
    let verbs: Vec<String> = operands.iter().take(2).filter_map(|word| word.literal()).collect();
    let compose = name.ends_with("-compose") || verbs.first().is_some_and(|verb| verb == "compose");
    let verb =
        verbs.iter().map(String::as_str).find(|verb| *verb != "compose" && *verb != "container").unwrap_or_default();
    let terminal = words
        .iter()
        .take_while(|word| !word.is("--"))
        .any(|word| matches!(word.literal_prefix().as_str(), "-it" | "-ti" | "-t" | "--tty" | "-itd"));
    let detached =
        has_flag(words, Some('d'), "detach") || words.iter().any(|word| word.literal_prefix().starts_with("-d"));
    match verb {
        "exec" | "run" if terminal && !detached => Some(Problem::interactive("asks for a terminal", "leave out `-t`")),
        "attach" => Some(Problem::interactive("attaches to a container", "use `logs`")),
        "logs"
            if has_flag(words, Some('f'), "follow")
                && flag_value(words, Some('f'), "follow").as_deref() != Some("false") =>
        {
            Some(Problem::endless("follows the log", "leave out `-f` and bound it with `--tail` or `--since`"))
        }
        "stats" if !has_flag(words, None, "no-stream") => {
            Some(Problem::endless("prints without end", "add `--no-stream`"))
        }
        "events" if !has_flag(words, None, "until") => {
            Some(Problem::endless("prints without end", "add `--since` and `--until`"))
        }
        "up" if compose && !detached => Some(Problem::endless("runs until it is stopped", "add `-d`")),
        _ => None,
    }
}
