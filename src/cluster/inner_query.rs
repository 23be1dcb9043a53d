//! Which queries, sent by a client inside a container, are known to only read.

/// Returns whether every statement that psql is given on its command line only reads.
///
/// Without a statement psql reads its standard input, and that may be anything.
pub(crate) fn psql_reads(arguments: &[&str]) -> bool {
    let mut statements = 0;
    let mut rest = arguments.iter();
    while let Some(&word) = rest.next() {
        let fine = match word {
            "-l" | "--list" => {
                statements += 1;
                true
            }
            "-h" | "-p" | "-U" | "-d" | "--host" | "--port" | "--username" | "--dbname" | "-F" | "-P" => {
                rest.next().is_some()
            }
            "--command" => counts(rest.next().copied(), &mut statements),
            long if long.starts_with("--command=") => counts(long.strip_prefix("--command="), &mut statements),
            long if long.starts_with("--") => {
                matches!(long, "--tuples-only" | "--no-align" | "--no-psqlrc" | "--csv" | "--quiet")
                    || ["--host=", "--port=", "--username=", "--dbname="].iter().any(|flag| long.starts_with(flag))
            }
            // A cluster of switches, of which the last may be `c`.
            short if short.starts_with('-') => match short[1..].strip_suffix('c') {
                Some(switches) if is_switches(switches) => counts(rest.next().copied(), &mut statements),
                _ => is_switches(&short[1..]) || is_connection(short),
            },
            _ => true,
        };
        if !fine {
            return false;
        }
    }
    statements > 0
}

fn is_switches(letters: &str) -> bool {
    letters.chars().all(|letter| "AtXqwzx0".contains(letter))
}

fn is_connection(word: &str) -> bool {
    ["-h", "-p", "-U", "-d"].iter().any(|flag| word.starts_with(flag))
}

fn counts(statement: Option<&str>, statements: &mut usize) -> bool {
    *statements += 1;
    statement.is_some_and(sql_reads)
}

/// Returns whether one SQL statement only reads: it begins like a query, holds no word that writes, and calls no
/// function that is not known.
pub(crate) fn sql_reads(statement: &str) -> bool {
    let Some(words) = sql_words(statement) else { return false };
    let first = words.first().map(|(word, _)| word.as_str());
    if matches!(
        first,
        Some("\\l" | "\\dt" | "\\du" | "\\d" | "\\dn" | "\\di" | "\\l+" | "\\dt+" | "\\d+" | "\\conninfo")
    ) {
        return words.iter().skip(1).all(|(word, _)| !word.starts_with('\\'));
    }
    matches!(first, Some("select" | "show" | "explain" | "with" | "table" | "values"))
        && words.iter().all(|(word, called)| {
            !is_one_of(WRITING_WORDS, word) && !word.starts_with('\\') && (!called || is_known_function(word))
        })
}

/// Words that write, or may, wherever they stand in a statement.
const WRITING_WORDS: &str = "\
    insert update delete merge into drop create alter truncate grant revoke set reset copy call do vacuum reindex \
    lock analyze notify share execute refresh begin commit";

/// Words that stand before a parenthesis without calling anything.
const GRAMMAR: &str = "\
    in and or not exists any all some as select from where on when then else case filter over values having by \
    union except intersect with between interval join lateral using explain numeric varchar char materialized \
    limit within array row distinct like";

/// Functions that change nothing, and are asked for in an incident.
const PURE_FUNCTIONS: &str = "\
    count sum avg min max now age round coalesce nullif greatest least extract date_trunc date_part to_char left \
    right substring substr length lower upper trim concat replace split_part cast abs ceil floor trunc string_agg \
    array_agg json_agg jsonb_agg row_to_json json_build_object jsonb_build_object to_json bool_and bool_or \
    row_number rank lag lead unnest generate_series percentile_cont version current_setting current_database \
    inet_server_addr clock_timestamp format array_length cardinality mod regexp_replace justify_interval \
    make_interval epoch format_type pg_is_in_recovery pg_size_pretty pg_database_size pg_relation_size \
    pg_total_relation_size pg_table_size pg_indexes_size pg_tablespace_size pg_current_wal_lsn \
    pg_last_wal_receive_lsn pg_last_wal_replay_lsn pg_last_xact_replay_timestamp pg_wal_lsn_diff pg_blocking_pids \
    pg_postmaster_start_time pg_get_indexdef pg_get_viewdef pg_stat_get_activity pg_conf_load_time \
    pg_is_wal_replay_paused pg_get_userbyid txid_current_if_assigned";

fn is_one_of(words: &str, word: &str) -> bool {
    words.split(' ').any(|known| known == word)
}

fn is_known_function(word: &str) -> bool {
    let name = word.strip_prefix("pg_catalog.").unwrap_or(word);
    is_one_of(GRAMMAR, name) || is_one_of(PURE_FUNCTIONS, name)
}

/// Returns the words of one statement in lower case, each with whether a parenthesis follows; text in single quotes is
/// left out. `None` where there is more than one statement, or quoting that could hide one.
fn sql_words(statement: &str) -> Option<Vec<(String, bool)>> {
    let statement = statement.trim().trim_end_matches(';');
    if ["--", "/*", "$", ";", "\\'", "U&", "u&"].iter().any(|hidden| statement.contains(hidden)) {
        return None;
    }
    let mut words: Vec<(String, bool)> = Vec::new();
    let (mut word, mut quote, mut just_read_a_word) = (String::new(), None, false);
    for character in statement.chars().chain([' ']) {
        if matches!(character, '\'' | '"') && quote.is_none_or(|open| open == character) {
            quote = if quote.is_some() { None } else { Some(character) };
        } else if quote == Some('"') || quote.is_none() && (character.is_alphanumeric() || "_.\\+".contains(character))
        {
            word.extend(character.to_lowercase());
        } else if quote.is_none() {
            if !word.is_empty() {
                words.push((std::mem::take(&mut word), false));
                just_read_a_word = true;
            }
            if let ('(', true, Some((last, called))) = (character, just_read_a_word, words.last_mut()) {
                *called = !last.chars().all(|letter| letter.is_ascii_digit() || letter == '.');
            }
            just_read_a_word &= character.is_whitespace();
        }
    }
    quote.is_none().then_some(words)
}

/// Returns whether `redis-cli` is given a command that only reads.
pub(crate) fn redis_reads(arguments: &[&str]) -> bool {
    let mut rest = arguments.iter();
    let verb = loop {
        match rest.next().copied() {
            Some("-h" | "-p" | "-a" | "-n" | "-u" | "--user" | "--pass" | "--cacert") => {
                rest.next();
            }
            Some("--tls" | "--no-auth-warning" | "--raw" | "--insecure" | "-c") => {}
            Some(word) if word.starts_with('-') => return false,
            Some(word) => break word.to_ascii_lowercase(),
            None => return false,
        }
    };
    let second = rest.next().map(|word| word.to_ascii_lowercase());
    match verb.as_str() {
        "ping" | "info" | "get" | "mget" | "exists" | "ttl" | "pttl" | "type" | "dbsize" | "llen" | "lrange"
        | "scard" | "hget" | "hgetall" | "hlen" | "zcard" | "zrange" | "strlen" | "scan" | "keys" | "role" | "time"
        | "lastsave" | "smembers" | "xlen" => true,
        "client" | "acl" => matches!(second.as_deref(), Some("list" | "info" | "whoami")),
        "config" => second.as_deref() == Some("get"),
        "cluster" => matches!(second.as_deref(), Some("info" | "nodes" | "slots" | "shards")),
        "memory" => matches!(second.as_deref(), Some("usage" | "stats" | "doctor")),
        "slowlog" => matches!(second.as_deref(), Some("get" | "len")),
        "latency" => matches!(second.as_deref(), Some("latest" | "doctor" | "history")),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_known() {
        for statement in [
            "SELECT 1",
            "select count(*) from pg_stat_activity where state = 'idle in transaction'",
            "SELECT pid, now() - state_change AS idle FROM pg_stat_activity WHERE pid IN (1, 2);",
            "SELECT 'drop table x; delete'",
            "SHOW max_connections",
            "WITH a AS (SELECT 1) SELECT * FROM a",
            "SELECT sum(numbackends)::float / (SELECT setting::int FROM pg_settings WHERE name = 'max_connections') FROM pg_stat_database",
            "\\dt public",
        ] {
            // The one with a semicolon inside quotes is refused for its semicolon: better so than the other way round.
            assert_eq!(sql_reads(statement), !statement.contains("; delete"), "{statement}");
        }
    }

    #[test]
    fn statements_that_write_are_not() {
        for statement in [
            "DELETE FROM x",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity",
            "SELECT pg_catalog.pg_reload_conf ()",
            "SELECT \"pg_reload_conf\"()",
            "SELECT \"a'b\", pg_reload_conf(), \"c'd\"",
            "SELECT $a$ ' $a$, pg_reload_conf(), $b$ ' $b$",
            "SELECT 'a",
            "SELECT * INTO y FROM x",
            "WITH d AS (DELETE FROM x RETURNING *) SELECT * FROM d",
            "SELECT 1; DROP TABLE x",
            "SELECT nextval('s')",
            "EXPLAIN ANALYZE SELECT 1",
            "SELECT 1 -- '\n; DROP TABLE x",
            "SELECT * FROM x FOR UPDATE",
            "\\! rm -rf /",
            "SELECT 1 \\gexec",
            "",
        ] {
            assert!(!sql_reads(statement), "{statement}");
        }
    }

    #[test]
    fn psql_needs_a_statement_and_knows_its_flags() {
        assert!(psql_reads(&["-h", "db", "-U", "app", "-c", "SELECT 1"]));
        assert!(psql_reads(&["-XAtc", "SELECT 1", "shop"]));
        assert!(psql_reads(&["-l"]));
        assert!(!psql_reads(&["-h", "db"]));
        assert!(!psql_reads(&["-f", "x.sql"]));
        assert!(!psql_reads(&["-c", "SELECT 1", "-f", "x.sql"]));
        assert!(!psql_reads(&["-c", "SELECT 1", "-c", "DELETE FROM x"]));
    }

    #[test]
    fn redis_reads_by_its_verb() {
        assert!(redis_reads(&["-h", "cache", "PING"]));
        assert!(redis_reads(&["config", "GET", "maxmemory"]));
        assert!(!redis_reads(&["config", "SET", "maxmemory", "1"]));
        assert!(!redis_reads(&["--pipe"]));
        assert!(!redis_reads(&["-x", "SET", "a"]));
    }
}
