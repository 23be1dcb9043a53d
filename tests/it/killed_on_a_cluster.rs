//! A run on a cluster that is killed at fifty random moments: every write is made once, or asked about.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::cluster::Cluster;
use crate::harness::Collection;
use crate::process::holds_within;

/// How often a run is killed.
const KILLS: usize = 50;

/// A process that lives longer than this gets to its end.
const LONGEST: u64 = 1_500;

/// Random numbers that can be had again.
struct Random(u64);

impl Random {
    /// Takes the seed from `RUNBOOKS_TEST_SEED`, or the clock, and tells it.
    #[expect(clippy::print_stderr, reason = "whoever sees it fail can have the same kills again")]
    fn new() -> Self {
        let clock = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| since.subsec_nanos().into());
        let seed = std::env::var("RUNBOOKS_TEST_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(clock);
        eprintln!("RUNBOOKS_TEST_SEED={seed}");
        Self(seed | 1)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// Twelve steps: six actions that each make an object whose name the server chooses, so that a second one shows, each
/// with its check. They speak to the gate without kubectl, which takes its time.
fn twelve(namespace: &str) -> Collection {
    let ask = format!(
        "server=$(sed -n 's/.*\"server\":\"\\([^\"]*\\)\".*/\\1/p' \"$KUBECONFIG\")/api/v1/namespaces/{namespace}/configmaps\n"
    );
    let mut text = "# Twelve\n".to_owned();
    for number in 1..=6 {
        let body = format!("{{\"metadata\":{{\"generateName\":\"act-{number}-\"}}}}");
        write!(
            text,
            "\n```bash action id=act-{number} verify=seen-{number}\n{ask}curl -sf -H 'Content-Type: application/json' -d '{body}' \"$server\" > /dev/null\n```\n\n```bash check id=seen-{number}\n{ask}curl -sf \"$server\" | grep -c '\"name\": *\"act-{number}-'\n```\n"
        )
        .expect("a text takes text");
    }
    Collection::empty().with("twelve.md", &text)
}

/// Returns how many objects an action has made.
fn made(namespace: &str, action: &str) -> usize {
    let names = Cluster::shared().kubectl(&["get", "configmaps", "-n", namespace, "-o", "name"]);
    names.lines().filter(|name| name.starts_with(&format!("configmap/{action}-"))).count()
}

/// Starts a run or goes on with it, and kills it at a random moment; returns whether it had come to an end by itself.
fn killed_at_random(collection: &Collection, words: &str, random: &mut Random) -> bool {
    let run = collection.run(words).on(Cluster::shared()).start();
    let moment = Duration::from_millis(random.below(LONGEST));
    holds_within(moment, || false);
    let killed = run.kill();
    assert!(matches!(killed.code, None | Some(0 | 2)), "{killed}");
    killed.code.is_some()
}

/// Goes on, and returns an answer to what is asked about, as somebody would give who looks at the cluster.
fn answered(collection: &Collection, namespace: &str, exec: &str) -> Option<&'static str> {
    let done = collection.run(exec).on(Cluster::shared()).done();
    match done.code {
        Some(0) => None,
        Some(2) if done.stderr.contains("nothing to resume") => None,
        Some(2) if done.stderr.contains("was in flight when the run died") => {
            let step = done.stderr.split('`').find(|word| word.starts_with("act-")).expect("it is named");
            Some(if made(namespace, step) > 0 { "done" } else { "again" })
        }
        _ => panic!("{done}"),
    }
}

#[test]
fn a_run_killed_at_fifty_random_moments_makes_every_write_once() {
    let mut random = Random::new();
    let mut kills = 0;
    for round in 0.. {
        if kills >= KILLS {
            break;
        }
        let namespace = format!("killed-{round}");
        Cluster::shared().namespace(&namespace);
        let collection = twelve(&namespace);
        let (start, resume) = (
            format!("exec twelve --yes --namespace {namespace}"),
            format!("exec --resume --yes --namespace {namespace}"),
        );
        let mut words = start.clone();
        // Killed again and again, until a process gets to the end or has been killed often enough.
        for _ in 0..8 {
            if killed_at_random(&collection, &words, &mut random) {
                break;
            }
            kills += 1;
            words = if collection.journal().is_empty() { start.clone() } else { resume.clone() };
        }
        let begun = collection.journal().iter().any(|line| line["event"] == "runbook-started");
        if !begun {
            // It died before it was a run: nothing can have been done.
            assert_eq!((1..=6).map(|number| made(&namespace, &format!("act-{number}"))).sum::<usize>(), 0);
            continue;
        }
        let mut words = resume.clone();
        while let Some(answer) = answered(&collection, &namespace, &words) {
            words = format!("{resume} --in-flight {answer}");
        }
        for number in 1..=6 {
            let (action, journal) = (format!("act-{number}"), collection.journal());
            assert_eq!(made(&namespace, &action), 1, "{action} in round {round}: {journal:#?}");
        }
        verifies_and_a_flipped_byte_is_named(&collection, &mut random);
    }
}

/// The journal of the run can be believed; with a bit of it flipped it cannot, and the line is named.
fn verifies_and_a_flipped_byte_is_named(collection: &Collection, random: &mut Random) {
    let run = collection.journal()[0]["run"].as_str().expect("a run has an id").to_owned();
    collection.run("runs show").arg(&run).done().exits(0);
    let path = collection.path(".runbooks/runs").join(&run).join("journal.ndjson");
    let mut bytes = std::fs::read(&path).expect("there is a journal");
    let at = usize::try_from(random.below(bytes.len() as u64)).expect("it fits into memory");
    let line = bytes[..at].split(|byte| *byte == b'\n').count();
    bytes[at] ^= 1 << random.below(7);
    std::fs::write(&path, &bytes).expect("a journal can be written");
    collection.run("runs show").arg(&run).done().exits(2).says(&format!("line {line} is damaged"));
}
