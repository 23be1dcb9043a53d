//! A run on a cluster that is killed at each event of its journal, and at fifty random moments: every write is made once,
//! or asked about.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value as Json;

use crate::cluster::Cluster;
use crate::harness::Collection;
use crate::process::holds_within;

/// How often a run is killed at a random moment.
const KILLS: usize = 50;

/// How many of these must have come in the middle of a run.
const KILLS_OF_A_RUN: usize = 15;

/// How many runs may be needed until one was killed at each event: a kill may come an event late.
const RUNS: usize = 30;

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

/// A run of its own, in a namespace of its own.
struct Victim {
    namespace: String,
    collection: Collection,
}

impl Victim {
    fn new(namespace: String) -> Self {
        Cluster::shared().namespace(&namespace);
        Self { collection: twelve(&namespace), namespace }
    }

    fn start(&self) -> String {
        format!("exec twelve --yes --namespace {}", self.namespace)
    }

    fn resume(&self) -> String {
        format!("exec --resume --yes --namespace {}", self.namespace)
    }

    fn has_begun(&self) -> bool {
        self.collection.journal().iter().any(|line| line["event"] == "runbook-started")
    }

    /// Goes on to the end, and makes sure that every write was made once and that the journal can be believed.
    fn comes_to_its_end(&self) {
        let mut words = self.resume();
        while let Some(answer) = answered(&self.collection, &self.namespace, &words) {
            words = format!("{} --in-flight {answer}", self.resume());
        }
        for number in 1..=6 {
            let (action, journal) = (format!("act-{number}"), self.collection.journal());
            assert_eq!(made(&self.namespace, &action), 1, "{action} in {}: {journal:#?}", self.namespace);
        }
        self.collection.run("runs show").arg(self.collection.run_id()).done().exits(0);
    }

    /// It died before it was a run: nothing can have been done.
    fn did_nothing(&self) {
        let made = (1..=6).map(|number| made(&self.namespace, &format!("act-{number}"))).sum::<usize>();
        assert_eq!(made, 0, "{}: {:#?}", self.namespace, self.collection.journal());
    }
}

/// Returns what a line of a journal is about: `step-started act-3`.
fn boundary(line: &Json) -> String {
    let step = line["step"].as_str().or(line["result"]["id"].as_str()).unwrap_or_default();
    format!("{} {step}", line["event"].as_str().unwrap_or_default())
}

/// Starts a run or goes on with it, and kills it as soon as its journal ends with one of these; returns whether it had
/// to be.
fn killed_at_one_of(victim: &Victim, words: &str, wanted: &BTreeSet<String>) -> bool {
    let before = victim.collection.journal().len();
    let run = victim.collection.run(words).on(Cluster::shared()).start();
    // Reading the file is all the waiting there is: what is wanted is the very moment.
    while run.lives() {
        let journal = victim.collection.journal();
        if journal.len() > before && journal.last().is_some_and(|line| wanted.contains(&boundary(line))) {
            break;
        }
    }
    let killed = run.kill();
    assert!(matches!(killed.code, None | Some(0 | 2)), "{killed}");
    killed.code.is_none()
}

/// Returns how to go on with a run that was killed, as somebody would who looks at the cluster.
fn going_on(victim: &Victim) -> String {
    let journal = victim.collection.journal();
    let begun = journal.iter().rposition(|line| line["event"] == "step-started");
    let Some(begun) = begun.filter(|at| !journal[*at..].iter().any(|line| line["event"] == "step-finished")) else {
        return victim.resume();
    };
    let step = journal[begun]["step"].as_str().expect("a step has a name");
    let answer = if made(&victim.namespace, step) > 0 { "done" } else { "again" };
    format!("{} --in-flight {answer}", victim.resume())
}

#[test]
fn a_run_killed_at_each_event_of_its_journal_makes_every_write_once() {
    let whole = Victim::new("killed-never".to_owned());
    whole.collection.run(&whole.start()).on(Cluster::shared()).done().exits(0);
    let mut left: BTreeSet<_> = whole.collection.journal().iter().map(boundary).collect();
    // Behind the last event nothing more is done.
    left.remove("run-finished ");
    assert!(left.len() > 40, "{left:?}");
    for run in 0..RUNS {
        if left.is_empty() {
            break;
        }
        let victim = Victim::new(format!("killed-at-events-{run}"));
        let mut words = victim.start();
        // A kill that comes an event late leaves its event for the next run.
        for _ in 0..left.len() + 5 {
            let was_killed = killed_at_one_of(&victim, &words, &left);
            let journal = victim.collection.journal();
            if let Some(line) = journal.last().filter(|_| was_killed) {
                left.remove(&boundary(line));
            }
            if !was_killed || !victim.has_begun() {
                break;
            }
            words = going_on(&victim);
        }
        if victim.has_begun() { victim.comes_to_its_end() } else { victim.did_nothing() }
    }
    assert!(left.is_empty(), "never killed at {left:?}");
}

/// Starts a run or goes on with it, and kills it at a random moment, at the latest after `longest` milliseconds; returns
/// whether it had come to an end by itself.
fn killed_at_random(collection: &Collection, words: &str, longest: u64, random: &mut Random) -> bool {
    let run = collection.run(words).on(Cluster::shared()).start();
    let moment = Duration::from_millis(random.below(longest));
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
    let whole = Victim::new("killed-at-no-time".to_owned());
    let since = Instant::now();
    whole.collection.run(&whole.start()).on(Cluster::shared()).done().exits(0);
    // Nobody knows how busy the machine is: a run is killed within the time that one takes.
    let longest = u64::try_from(since.elapsed().as_millis()).expect("no run takes that long").max(200);
    let (mut kills, mut of_a_run) = (0, 0);
    for round in 0.. {
        if kills >= KILLS && of_a_run >= KILLS_OF_A_RUN {
            break;
        }
        assert!(round < 4 * KILLS, "only {of_a_run} of {kills} kills came in the middle of a run");
        let victim = Victim::new(format!("killed-{round}"));
        let mut words = victim.start();
        // Killed again and again, until a process gets to the end or has been killed often enough.
        for _ in 0..8 {
            if killed_at_random(&victim.collection, &words, longest, &mut random) {
                break;
            }
            kills += 1;
            of_a_run += usize::from(victim.has_begun());
            words = if victim.collection.journal().is_empty() { victim.start() } else { victim.resume() };
        }
        if victim.has_begun() {
            victim.comes_to_its_end();
            a_flipped_byte_is_named(&victim.collection, &mut random);
        } else {
            victim.did_nothing();
        }
    }
}

/// With a bit of it flipped, the journal cannot be believed, and the line is named.
fn a_flipped_byte_is_named(collection: &Collection, random: &mut Random) {
    let run = collection.run_id();
    let path = collection.path(".runbooks/runs").join(&run).join("journal.ndjson");
    let mut bytes = std::fs::read(&path).expect("there is a journal");
    // Without its last newline, the last line would be one that a crash tore.
    let at = usize::try_from(random.below(bytes.len() as u64 - 1)).expect("it fits into memory");
    let line = bytes[..at].split(|byte| *byte == b'\n').count();
    bytes[at] ^= 1 << random.below(7);
    std::fs::write(&path, &bytes).expect("a journal can be written");
    collection.run("runs show").arg(&run).done().exits(2).says(&format!("line {line} is damaged"));
}
