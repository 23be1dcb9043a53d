//! Database clients: what their statements do.

use crate::shell::options::{Options, find_flag, has_flag};
use crate::shell::{Command, PartKind, Redirection, RedirectionKind, Word};

use super::Verdict;

/// First words of statements that only look, or only change the session.
const READING: &[&str] = &[
    "select",
    "show",
    "explain",
    "table",
    "values",
    "with",
    "set",
    "reset",
    "begin",
    "start",
    "commit",
    "rollback",
    "end",
    "fetch",
    "declare",
    "close",
    "use",
    "describe",
    "desc",
    "pragma",
    "help",
    "status",
    "exit",
    "quit",
    "listen",
    "deallocate",
    "discard",
    ".tables",
    ".schema",
    ".databases",
    ".mode",
    ".headers",
    ".dump",
    ".quit",
    ".exit",
    "consistency",
];

/// Functions that change something though they are called by `SELECT`.
const WRITING_FUNCTIONS: &[&str] = &[
    "pg_terminate_backend",
    "pg_cancel_backend",
    "pg_reload_conf",
    "pg_switch_wal",
    "pg_promote",
    "pg_rotate_logfile",
    "pg_create_",
    "pg_drop_",
    "pg_logical_",
    "pg_replication_origin",
    "pg_wal_replay",
    "pg_stat_reset",
    "pg_stat_statements_reset",
    "setval(",
    "nextval(",
    "lo_import",
    "lo_unlink",
    "dblink_exec",
    "pg_advisory_lock",
    "pg_notify",
    "pg_start_backup",
    "pg_stop_backup",
    "pg_backup_",
    "set_config(",
    "sleep(",
];

/// Judges psql, mysql, redis-cli and their kin.
pub(super) fn judge(name: &str, command: &Command, feeding: Option<&Redirection>) -> Option<Verdict> {
    let words = command.arguments();
    match name {
        "psql" | "pgcli" if has_flag(words, Some('l'), "list") => Some(Verdict::Reads),
        "psql" | "pgcli" => Some(client(command, feeding, &Client { letter: 'c', long: "command", file: Some('f') })),
        "mysql" | "mariadb" | "mycli" => {
            Some(client(command, feeding, &Client { letter: 'e', long: "execute", file: None }))
        }
        "clickhouse-client" | "duckdb" | "trino" | "presto" => {
            Some(client(command, feeding, &Client { letter: 'q', long: "query", file: None }))
        }
        "cqlsh" | "sqlcmd" | "snowsql" => {
            Some(client(command, feeding, &Client { letter: 'e', long: "execute", file: Some('f') }))
        }
        "sqlite3" => Some(sqlite(words)),
        "redis-cli" | "valkey-cli" => Some(redis(command)),
        "mongosh" | "mongo" => Some(mongo(words)),
        "pg_isready" | "mysqladmin" | "pg_controldata" | "pg_waldump" | "pg_config" => Some(Verdict::Reads),
        _ => None,
    }
}

/// How a client is given its statements.
struct Client {
    letter: char,
    long: &'static str,
    file: Option<char>,
}

/// Judges a client that takes statements by a flag, from a file or from its input.
fn client(command: &Command, feeding: Option<&Redirection>, client: &Client) -> Verdict {
    let words = command.arguments();
    if client.file.is_some() && find_flag(words, client.file, "file").is_some() {
        return Verdict::unknown("runs the SQL of a file");
    }
    let statements = values(words, Some(client.letter), client.long);
    if statements.is_empty() {
        return input(command, feeding);
    }
    let verdicts = statements.into_iter().map(|text| text.map_or_else(unknown, |text| statement(&text)));
    verdicts.fold(Verdict::Reads, Verdict::and)
}

fn unknown() -> Verdict {
    Verdict::unknown("runs SQL that only the run tells")
}

/// Returns the values of all flags `-c value`, `-cvalue`, `-Atc value`, `--command=value`; `None` for one that is not known.
fn values(words: &[Word], letter: Option<char>, long: &str) -> Vec<Option<String>> {
    let mut found = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let text = word.literal_prefix();
        let next = || words.get(index + 1).and_then(readable);
        if let Some(rest) = text.strip_prefix("--") {
            match rest.split_once('=') {
                Some((name, _)) if name == long => {
                    let value = |it: String| it.split_once('=').map(|(_, value)| value.to_owned()).unwrap_or_default();
                    found.push(readable(word).map(value));
                }
                None if rest == long => found.push(next()),
                _ => {}
            }
        } else if let Some(letter) = letter.filter(|letter| text.starts_with('-') && text.contains(*letter)) {
            let letters = text.get(1..).unwrap_or_default();
            let before = letters.split(letter).next().unwrap_or_default();
            if before.chars().all(|c| "AtqXx1BNsnE".contains(c)) {
                let rest = letters.get(before.len() + 1..).unwrap_or_default();
                found.push(if rest.is_empty() && word.parts.len() == 1 { next() } else { readable(word) });
            }
        }
    }
    found
}

/// Returns a text with variables as names, which is good enough to tell what a statement does.
fn readable(word: &Word) -> Option<String> {
    word.parts
        .iter()
        .map(|part| match &part.kind {
            PartKind::Literal(text) | PartKind::Placeholder(text) | PartKind::Glob(text) | PartKind::Braces(text) => {
                Some(text.clone())
            }
            PartKind::Variable { name, .. } => Some(format!(" :{name} ")),
            _ => None,
        })
        .collect()
}

/// Judges what a client reads from its input.
fn input(command: &Command, feeding: Option<&Redirection>) -> Verdict {
    let text = match feeding {
        Some(Redirection { kind: RedirectionKind::Read, .. }) => return Verdict::unknown("runs the SQL of a file"),
        Some(Redirection { body: Some(body), .. }) => readable(&Word { span: body.span, parts: body.parts.clone() }),
        Some(redirection) => readable(&redirection.target),
        None if command.input_given => None,
        None => return Verdict::unknown("opens a session in which anything can be typed"),
    };
    text.map_or_else(unknown, |text| statement(&text))
}

/// Judges statements separated by `;` or newlines of their own.
pub(super) fn statement(text: &str) -> Verdict {
    let without_comments: String =
        text.lines().map(|line| line.split("--").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    without_comments.split(';').map(|it| one(it.trim().trim_start_matches('('))).fold(Verdict::Reads, Verdict::and)
}

fn one(statement: &str) -> Verdict {
    if statement.is_empty() {
        return Verdict::Reads;
    }
    if statement.starts_with('\\') {
        return statement.lines().map(meta).fold(Verdict::Reads, Verdict::and);
    }
    let lowered = statement.to_lowercase();
    let first = lowered.split(|c: char| c.is_whitespace() || c == '(' || c == '*').next().unwrap_or_default();
    if !READING.contains(&first) {
        return if first.starts_with(':') {
            unknown()
        } else {
            Verdict::Writes(format!("runs `{}`", first.to_uppercase()))
        };
    }
    let words: Vec<&str> = lowered.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect();
    let inner =
        words.iter().find(|word| matches!(**word, "insert" | "update" | "delete" | "merge" | "truncate" | "drop"));
    let inner = inner.filter(|_| first == "with" || (first == "explain" && words.contains(&"analyze")));
    let locks = lowered.contains("for update") || lowered.contains("for share");
    if let Some(verb) = inner.filter(|_| !locks) {
        return Verdict::Writes(format!("runs `{}`", verb.to_uppercase()));
    }
    if let Some(function) = WRITING_FUNCTIONS.iter().find(|function| lowered.contains(**function)) {
        return Verdict::Writes(format!("calls `{}`", function.trim_end_matches('(')));
    }
    if first == "set" && (words.contains(&"global") || words.contains(&"persist")) {
        return Verdict::writes("changes settings of the server");
    }
    if first == "select" && words.contains(&"into") {
        return Verdict::writes("runs `SELECT INTO`");
    }
    Verdict::Reads
}

/// A backslash command of psql; it ends with its line, and statements may follow on the next.
fn meta(line: &str) -> Verdict {
    let line = line.trim();
    let Some(name) = line.strip_prefix('\\') else { return one(line) };
    let name: String = name.chars().take_while(|c| !c.is_whitespace()).collect();
    match name.as_str() {
        "copy" | "i" | "ir" | "!" | "gexec" | "o" | "w" | "lo_import" => Verdict::Unknown(format!("runs `\\{name}`")),
        _ => Verdict::Reads,
    }
}

fn sqlite(words: &[Word]) -> Verdict {
    let operands = Options::new("", &["cmd", "init", "separator", "nullvalue"]).operands(words);
    match operands.get(1).map(|word| readable(word)) {
        Some(Some(text)) => statement(&text),
        Some(None) => unknown(),
        None => Verdict::unknown("opens a session in which anything can be typed"),
    }
}

const REDIS_READING: &[&str] = &[
    "get",
    "mget",
    "keys",
    "scan",
    "hscan",
    "sscan",
    "zscan",
    "info",
    "ping",
    "echo",
    "llen",
    "lrange",
    "lindex",
    "hget",
    "hmget",
    "hgetall",
    "hlen",
    "hkeys",
    "hvals",
    "hexists",
    "smembers",
    "scard",
    "sismember",
    "srandmember",
    "zrange",
    "zrevrange",
    "zrangebyscore",
    "zcard",
    "zscore",
    "zcount",
    "zrank",
    "ttl",
    "pttl",
    "type",
    "exists",
    "strlen",
    "getrange",
    "getbit",
    "bitcount",
    "dbsize",
    "time",
    "role",
    "lastsave",
    "object",
    "command",
    "latency",
    "xinfo",
    "xlen",
    "xrange",
    "xrevrange",
    "pubsub",
    "monitor",
    "dump",
    "randomkey",
    "pfcount",
    "geopos",
    "geodist",
    "wait",
    "hello",
    "readonly",
];

fn redis(command: &Command) -> Verdict {
    let words = command.arguments();
    let looks = [
        "stat",
        "bigkeys",
        "memkeys",
        "hotkeys",
        "latency",
        "latency-history",
        "scan",
        "intrinsic-latency",
        "lru-test",
    ];
    if looks.iter().any(|flag| has_flag(words, None, flag)) {
        return Verdict::Reads;
    }
    let options =
        Options::new("hpanurisdD", &["user", "pass", "cert", "key", "cacert", "sni", "eval", "pattern", "cluster"]);
    let operands: Vec<String> =
        options.operands(words).iter().map(|word| word.literal().unwrap_or_default().to_lowercase()).collect();
    let mut operands = operands.iter().map(String::as_str);
    let second = |operands: &mut dyn Iterator<Item = &str>, reading: &[&str], verb: &str| {
        let what = operands.next().unwrap_or_default();
        if reading.contains(&what) { Verdict::Reads } else { Verdict::Writes(format!("runs `{verb} {what}`")) }
    };
    if has_flag(words, None, "cluster") {
        let what =
            words.iter().skip_while(|word| !word.is("--cluster")).nth(1).and_then(Word::literal).unwrap_or_default();
        return if matches!(what.as_str(), "info" | "check" | "help") {
            Verdict::Reads
        } else {
            Verdict::Writes(format!("runs `--cluster {what}`"))
        };
    }
    match operands.next() {
        None if command.input_given => Verdict::unknown("runs commands that only the run tells"),
        None => Verdict::unknown("opens a session in which anything can be typed"),
        Some("config") => second(&mut operands, &["get", "help"], "CONFIG"),
        Some("client") => {
            second(&mut operands, &["list", "info", "id", "getname", "trackinginfo", "no-evict"], "CLIENT")
        }
        Some("slowlog") => second(&mut operands, &["get", "len", "help"], "SLOWLOG"),
        Some("memory") => second(&mut operands, &["usage", "stats", "doctor", "malloc-stats", "help"], "MEMORY"),
        Some("acl") => second(&mut operands, &["list", "users", "whoami", "getuser", "cat", "log", "dryrun"], "ACL"),
        Some("script") => second(&mut operands, &["exists"], "SCRIPT"),
        Some("cluster") => second(
            &mut operands,
            &["info", "nodes", "slots", "shards", "keyslot", "myid", "replicas", "links", "countkeysinslot", "slaves"],
            "CLUSTER",
        ),
        Some("sentinel") => second(
            &mut operands,
            &[
                "masters",
                "master",
                "slaves",
                "replicas",
                "sentinels",
                "get-master-addr-by-name",
                "ckquorum",
                "myid",
                "info-cache",
            ],
            "SENTINEL",
        ),
        Some("") => Verdict::unknown("runs a command that only the run tells"),
        Some("eval" | "evalsha" | "fcall") => Verdict::unknown("runs a script"),
        Some(verb) if REDIS_READING.contains(&verb) => Verdict::Reads,
        Some(verb) => Verdict::Writes(format!("runs `{}`", verb.to_uppercase())),
    }
}

fn mongo(words: &[Word]) -> Verdict {
    let scripts = values(words, None, "eval");
    let Some(Some(script)) = scripts.first() else { return Verdict::unknown("runs a script or opens a session") };
    let writing = [
        "insert",
        "update",
        "delete",
        "remove",
        "drop",
        "create",
        "stepDown",
        "reconfig",
        "replace",
        "bulkWrite",
        "initiate",
        "rs.add",
        "shutdown",
        "save(",
    ];
    let reading = [
        "status()",
        "find",
        "count",
        "stats",
        "hello",
        "isMaster",
        "serverStatus",
        "getMongo",
        "show",
        "currentOp",
        "adminCommand('ping')",
        "ping",
        "conf()",
        "printSecondaryReplicationInfo",
    ];
    if writing.iter().any(|word| script.contains(word)) {
        Verdict::writes("changes the database")
    } else if reading.iter().any(|word| script.contains(word)) {
        Verdict::Reads
    } else {
        Verdict::unknown("runs a script")
    }
}
