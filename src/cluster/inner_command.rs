//! Which commands, run inside a container by `kubectl exec`, are known to only read.
//!
//! A short list, and short on purpose: what is not on it counts as a write. A command that can be made to write by a
//! flag is on it with the flags that cannot.

use super::inner_query;

/// Returns whether a command is known to change nothing, whatever is fed to its standard input.
pub(crate) fn only_reads(command: &[String]) -> bool {
    let words: Vec<&str> = command.iter().map(String::as_str).collect();
    known(&words)
}

fn known(words: &[&str]) -> bool {
    let [program, arguments @ ..] = words else { return false };
    let program = program.rsplit('/').next().unwrap_or_default();
    match program {
        "cat" | "ls" | "printenv" | "ps" | "df" | "du" | "head" | "tail" | "wc" | "stat" | "uname" | "id"
        | "whoami" | "pwd" | "uptime" | "free" | "nproc" | "grep" | "egrep" | "fgrep" | "echo" | "true" | "false"
        | "test" | "readlink" | "md5sum" | "sha256sum" | "nslookup" | "host" | "getent" | "netstat" | "pg_isready"
        | "which" | "cut" | "tr" | "lsof" | "pgrep" | "pidof" | "basename" | "dirname" | "lscpu" | "realpath" => true,
        "env" | "mount" => arguments.is_empty(),
        "date" => arguments.iter().all(|word| word.starts_with('+') || matches!(*word, "-u" | "--utc" | "-R" | "-I")),
        "hostname" => arguments.iter().all(|word| matches!(*word, "-f" | "-i" | "-I" | "-s" | "-d")),
        "ss" => arguments.iter().all(|word| !word.starts_with("--kill") && !has_letter(word, 'K')),
        "sort" | "uniq" => arguments.iter().all(|word| word.starts_with('-') && !word.contains('o')),
        "find" => arguments.iter().all(|word| !is_act_of_find(word)),
        "dig" => arguments.iter().all(|word| !has_letter(word, 'f')),
        "ping" => arguments.iter().any(|word| word.starts_with("-c") || word.starts_with("-w")),
        "nc" | "ncat" => {
            arguments.iter().any(|word| has_letter(word, 'z')) && !arguments.iter().any(|word| has_letter(word, 'e'))
        }
        "tar" => {
            matches!(arguments, ["cf" | "-cf", "-", paths @ ..] if paths.iter().all(|path| !path.starts_with('-')))
        }
        "timeout" => arguments.get(1..).is_some_and(known),
        "sh" | "bash" | "ash" | "dash" => matches!(arguments, ["-c" | "-lc" | "-ec", script] if script_reads(script)),
        _ => of_a_service(program, arguments),
    }
}

/// Clients of services, which can read and write.
fn of_a_service(program: &str, arguments: &[&str]) -> bool {
    match program {
        "curl" => curl_reads(arguments),
        "wget" => wget_reads(arguments),
        "psql" => inner_query::psql_reads(arguments),
        "redis-cli" | "valkey-cli" => inner_query::redis_reads(arguments),
        "nginx" => matches!(arguments, ["-t" | "-T" | "-v" | "-V"]),
        "etcdctl" => matches!(
            words_without_flags(arguments).as_slice(),
            ["endpoint", "health" | "status" | "hashkv"] | ["member" | "alarm", "list"] | ["get", ..] | ["version"]
        ),
        "rabbitmqctl" | "rabbitmq-diagnostics" => words_without_flags(arguments).first().is_some_and(|verb| {
            verb.starts_with("list_")
                || matches!(*verb, "status" | "cluster_status" | "ping" | "check_running" | "report")
        }),
        _ => matches!(arguments, ["--version" | "-version"]),
    }
}

fn words_without_flags<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    arguments.iter().copied().filter(|word| !word.starts_with('-')).collect()
}

/// Returns whether `word` is a cluster of short flags with this letter.
fn has_letter(word: &str, letter: char) -> bool {
    word.starts_with('-') && !word.starts_with("--") && word.contains(letter)
}

fn is_act_of_find(word: &str) -> bool {
    ["-delete", "-exec", "-ok", "-fprint", "-fls", "-files0-from"].iter().any(|act| word.starts_with(act))
}

/// Curl reads as long as no flag sends data, names another method, or writes a file.
fn curl_reads(arguments: &[&str]) -> bool {
    let mut rest = arguments.iter();
    while let Some(&word) = rest.next() {
        let fine = match word {
            "-X" | "--request" => rest.next().is_some_and(|method| matches!(*method, "GET" | "HEAD")),
            "-o" | "--output" => rest.next() == Some(&"/dev/null"),
            "-H" | "--header" | "-m" | "--max-time" | "--connect-timeout" | "-w" | "--write-out" | "--retry" | "-u"
            | "--user" | "--cacert" | "--resolve" | "-A" | "--user-agent" | "--retry-delay" | "--url"
            | "--unix-socket" => rest.next().is_some(),
            "-XGET" | "-XHEAD" | "--request=GET" | "--request=HEAD" | "--silent" | "--show-error" | "--fail"
            | "--insecure" | "--head" | "--location" | "--include" | "--verbose" | "--compressed" | "--get"
            | "--http1.1" | "--http2" | "--fail-with-body" => true,
            long if long.starts_with("--") => {
                ["--max-time=", "--connect-timeout="].iter().any(|flag| long.starts_with(flag))
            }
            short if short.starts_with('-') => short[1..].chars().all(|letter| "sSfkILivgG46".contains(letter)),
            url => !url.starts_with('@'),
        };
        if !fine {
            return false;
        }
    }
    true
}

/// Wget reads when what it fetches goes to standard output or nowhere.
fn wget_reads(arguments: &[&str]) -> bool {
    let text = format!(" {} ", arguments.join(" "));
    let discards = ["-O- ", " -O - ", "-qO- ", "-qO - ", " --spider ", "-O /dev/null ", "-qO /dev/null "];
    let fine = |word: &str| {
        !word.starts_with('-')
            || matches!(word, "-q" | "-S" | "-O" | "-O-" | "-qO-" | "-qO" | "-" | "--spider" | "--no-check-certificate")
            || ["-T", "--timeout=", "-t", "--tries="].iter().any(|flag| word.starts_with(flag))
    };
    discards.iter().any(|form| text.contains(form)) && arguments.iter().copied().all(fine)
}

/// Returns whether a script only joins known commands by pipes and lists; one with anything else is not known.
fn script_reads(script: &str) -> bool {
    let script = script.replace("2>/dev/null", "").replace("2>&1", "").replace(">/dev/null", "");
    let Some(commands) = split(&script) else { return false };
    let mut commands = commands.iter().filter(|words| !words.is_empty()).peekable();
    commands.peek().is_some() && commands.all(|words| known(&words.iter().map(String::as_str).collect::<Vec<_>>()))
}

/// Splits a simple script into commands and words; `None` where it has anything that a shell would expand or redirect.
fn split(script: &str) -> Option<Vec<Vec<String>>> {
    let mut commands = vec![Vec::new()];
    let mut word: Option<String> = None;
    let mut characters = script.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            ' ' | '\t' => commands.last_mut()?.extend(word.take()),
            '|' | ';' | '\n' => {
                commands.last_mut()?.extend(word.take());
                commands.push(Vec::new());
            }
            '&' if characters.next_if_eq(&'&').is_some() => {
                commands.last_mut()?.extend(word.take());
                commands.push(Vec::new());
            }
            '\'' | '"' => {
                let text = word.get_or_insert_default();
                loop {
                    match characters.next()? {
                        end if end == character => break,
                        '$' | '`' | '\\' if character == '"' => return None,
                        inner => text.push(inner),
                    }
                }
            }
            '$' | '`' | '\\' | '<' | '>' | '(' | ')' | '{' | '}' | '&' | '#' | '!' => return None,
            plain => word.get_or_insert_default().push(plain),
        }
    }
    commands.last_mut()?.extend(word);
    // `NAME=value command` runs the command elsewhere than it seems: with another PATH, say.
    commands.iter().all(|words| words.first().is_none_or(|first| !first.contains('='))).then_some(commands)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(line: &str) -> bool {
        let words: Vec<String> = split(line).unwrap().remove(0);
        only_reads(&words)
    }

    #[test]
    fn commands_that_only_read_are_known() {
        for line in [
            "cat /etc/resolv.conf",
            "/bin/ls -la /data",
            "env",
            "date +%s",
            "df -h",
            "find /data -name x",
            "curl -fsS -m 5 -o /dev/null -w '%{http_code}' http://localhost:8080/health",
            "wget -qO- http://localhost/ready",
            "psql -U app -d shop -Atc 'SELECT count(*) FROM pg_stat_activity'",
            "redis-cli -h cache INFO replication",
            "sh -c 'cat /proc/1/status | grep VmRSS'",
            "sh -c 'nginx -t 2>&1 | tail -n 1'",
            "nc -z db 5432",
            "tar cf - /var/log/app",
            "timeout 5 cat /x",
            "python --version",
        ] {
            assert!(reads(line), "{line}");
        }
    }

    #[test]
    fn commands_that_write_or_may_write_are_not() {
        for line in [
            "rm -rf /",
            "env PATH=/x rm x",
            "date -s tomorrow",
            "hostname other",
            "find / -name x -delete",
            "find / -exec rm x ;",
            "curl -X POST http://localhost/reset",
            "curl -sd x=1 http://localhost/",
            "curl --data x http://localhost/",
            "curl -O http://localhost/file",
            "curl -o /etc/passwd http://evil/",
            "curl -K - http://localhost/",
            "wget http://localhost/file",
            "psql -c 'DROP TABLE x'",
            "psql",
            "redis-cli FLUSHALL",
            "redis-cli",
            "sh",
            "sh -c 'cat x > y'",
            "sh -c 'cat x; rm y'",
            "sh -c 'cat $(rm x)'",
            "sh -c 'A=b cat x'",
            "sh -c ''",
            "sh -x -c 'cat x'",
            "bash script.sh",
            "ss -K dst 10.0.0.1",
            "sort -o x y",
            "tar xf -",
            "timeout 5 rm x",
            "kill 1",
        ] {
            let words: Vec<String> = split(line).map_or_else(|| vec![line.to_owned()], |mut all| all.remove(0));
            assert!(!only_reads(&words), "{line}");
        }
        assert!(!only_reads(&[]));
    }
}
