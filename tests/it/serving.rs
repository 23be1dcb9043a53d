//! `serve`: pages, search and evidence follow the texts while somebody looks at them.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

use rustix::process::Signal;

use crate::harness::{Collection, PROGRAM, Run};
use crate::process::{PATIENCE, Running, holds_within};
use crate::services;

/// A server that ends with its test.
struct Served {
    running: Option<Running>,
    port: u16,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.running.take().map(Running::kill);
    }
}

impl Served {
    /// Serves a collection, and waits for its home page.
    fn new(collection: &Collection, words: &str) -> Self {
        let port = services::free_port();
        Self::started(collection.run(&format!("serve --port {port} {words}")), port)
    }

    fn started(run: Run, port: u16) -> Self {
        let running = Some(run.start());
        let served = Self { running, port };
        assert!(holds_within(PATIENCE, || served.get("/").contains("200 OK")), "nothing is served");
        served
    }

    /// Returns the whole answer, head and body; nothing where nobody answers.
    fn get(&self, path: &str) -> String {
        self.get_as(path, "localhost")
    }

    fn get_as(&self, path: &str, host: &str) -> String {
        let ask = || -> std::io::Result<String> {
            let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
            write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer)?;
            Ok(String::from_utf8_lossy(&answer).into_owned())
        };
        ask().unwrap_or_default()
    }

    /// Waits until the answer is as wanted.
    #[track_caller]
    fn shows(&self, path: &str, wanted: impl Fn(&str) -> bool) {
        let found = holds_within(PATIENCE, || wanted(&self.get(path)));
        assert!(found, "{path} stays as it is: {}", self.get(path));
    }
}

fn two() -> Collection {
    Collection::empty().with("content/a/one.md", "# One\n").with("content/a/two.md", "# Two\n")
}

#[test]
fn an_edited_text_shows_in_its_page_in_lists_backlinks_and_search() {
    let collection = two();
    let served = Served::new(&collection, "");
    assert!(!served.get("/a/one/").contains("Linked from"));
    collection.write("content/a/two.md", "# Second\n\nSee [one](one.md) of quaggas.\n");
    served.shows("/a/two/", |page| page.contains("<h1 id=\"second\">Second</h1>"));
    served.shows("/a/one/", |page| page.contains("Linked from") && page.contains(">Second</a>"));
    served.shows("/a/", |page| page.contains(">Second</a>") && !page.contains(">Two</a>"));
    served.shows("/search/text/a/two.js", |text| text.contains("quaggas"));
    served.shows("/search/live/terms/0.js", |terms| terms.contains("quaggas"));
}

#[test]
fn texts_come_go_and_move_while_they_are_served() {
    let collection = two();
    let served = Served::new(&collection, "");
    collection.write("content/b/new folder/three.md", "# Three\n\n![graph](graph.svg)\n");
    served.shows("/b/new%20folder/three/", |page| page.contains("200 OK") && page.contains("Three"));
    collection.write("content/b/new folder/graph.svg", "<svg/>");
    served.shows("/b/new%20folder/graph.svg", |file| file.contains("<svg/>"));
    fs::rename(collection.path("content/a/two.md"), collection.path("content/b/two.md")).expect("it is there");
    served.shows("/b/two/", |page| page.contains("200 OK"));
    served.shows("/a/two/", |page| page.contains("404 Not Found"));
    collection.write("content/b/new folder/three.md", "# Three\n\nwombats\n");
    served.shows("/search/text/b/new%20folder/three.js", |text| text.contains("wombats"));
    collection.write("content/b/two.md", "# Two\n\nnumbats\n");
    served.shows("/search/text/b/two.js", |text| text.contains("numbats"));
    served.shows("/search/text/a/two.js", |text| text.contains("404 Not Found"));
}

#[test]
fn what_is_wrong_is_told_with_its_line_until_it_is_mended() {
    let collection = two().with("runbooks.toml", "[site]\ntitle = \"Ours\"\n");
    let served = Served::new(&collection, "");
    collection.write("content/a/one.md", "# One\n\n```bash chekc\ntrue\n```\n");
    let changes = "/~changes?version=0&problems=1";
    served.shows(changes, |told| told.contains("one.md:3"));
    collection.write("content/a/one.md", "# One\n");
    served.shows(changes, |told| told.contains("\"problems\":[]"));
    collection.write("runbooks.toml", "[site\n");
    served.shows(changes, |told| told.contains("runbooks.toml:1"));
    assert!(served.get("/a/one/").contains("Ours"), "the pages stay");
    collection.write("runbooks.toml", "[site]\ntitle = \"Mine\"\n");
    served.shows("/a/one/", |page| page.contains("Mine"));
    served.shows(changes, |told| told.contains("\"problems\":[]"));
}

#[test]
fn a_broken_template_is_told_and_the_pages_stay() {
    let collection = two();
    let served = Served::new(&collection, "");
    let template = "themes/default/templates/404.html";
    collection.write(template, "one\n{% if %}");
    served.shows("/~changes?version=0&problems=1", |told| told.contains("404.html:2"));
    assert!(served.get("/a/one/").contains("200 OK"));
    collection.write(template, "mended");
    served.shows("/nothing", |page| page.contains("mended"));
    served.shows("/~changes?version=0&problems=1", |told| told.contains("\"problems\":[]"));
}

#[test]
fn nothing_outside_is_served_and_no_other_name_is_answered() {
    let collection = two().with("content/.env", "secret").with("secret.txt", "secret");
    std::os::unix::fs::symlink("../secret.txt", collection.path("content/link.txt")).expect("a link for a test");
    fs::write(collection.path("../above.txt"), "secret").expect("a file for a test");
    let served = Served::new(&collection, "");
    for path in ["/../secret.txt", "/%2e%2e/above.txt", "/.env", "/..%2f..%2fabove.txt", "/link.txt%00", "//etc/passwd"]
    {
        let answer = served.get(path);
        assert!(!answer.contains("secret") && !answer.contains("root:"), "{path}: {answer}");
    }
    for path in ["/", "/~changes?version=0", "/metrics"] {
        assert!(served.get_as(path, "evil.example").contains("421 "), "{path}");
        assert!(served.get_as(path, "127.0.0.1:1").contains("200 OK"), "{path}");
    }
}

#[test]
fn evidence_is_kept_fresh_and_told_to_prometheus() {
    let page = "# Pool\n\n```bash check id=has-room title=\"There is room\"\ntest ! -e full\n```\n";
    let collection = Collection::empty().with("content/pool.md", page).with("runbooks.toml", "[target.local]\n");
    let served = Served::new(&collection, "--verify local --every 1s");
    served.shows("/pool/", |page| page.contains("1 passed"));
    served.shows("/metrics", |text| {
        text.contains("runbooks_step_outcome{") && text.contains("target=\"local\"") && text.contains("has-room")
    });
    fs::write(collection.path("full"), "").expect("a file for a test");
    served.shows("/pool/", |page| page.contains("1 failed"));
    let metrics = served.get("/metrics");
    assert_eq!(metrics.matches("# TYPE runbooks_step_outcome gauge").count(), 1, "{metrics}");
    assert!(Path::new(&collection.path(".runbooks/results/local.json")).is_file());
}

#[test]
fn a_target_that_is_not_there_is_said_at_once() {
    two().run("serve --verify nowhere").done().exits(2).says("nowhere");
    for none in [",", " , ", ""] {
        two().run("serve --verify").arg(none).done().exits(2).says("--verify names no target");
    }
}

/// A check that says that it runs, and then hangs.
const HANGS: &str = "# Slow\n\n```bash check id=hangs\ntouch running\nexec sleep 1000\n```\n";

#[test]
fn whatever_ends_it_ends_the_verification_in_flight_too() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let collection = Collection::empty().with("content/slow.md", HANGS).with("runbooks.toml", "[target.local]\n");
        let mut served = Served::new(&collection, "--verify local");
        assert!(holds_within(PATIENCE, || collection.path("running").exists()), "nothing is verified");
        let running = served.running.take().expect("it runs");
        running.signal(signal);
        running.done(PATIENCE).exits(0);
        assert!(!collection.path(".runbooks/results/local.json").exists(), "half a verification is kept");
    }
}

#[test]
fn what_was_started_to_outlive_its_terminal_does() {
    let (collection, port) = (two(), services::free_port());
    let script = format!("trap '' HUP; exec '{PROGRAM}' serve --port {port}");
    let mut served = Served::started(collection.command("sh").arg("-c").arg(script), port);
    let running = served.running.take().expect("it runs");
    running.signal(Signal::HUP);
    collection.write("content/a/one.md", "# Still there\n");
    served.shows("/a/one/", |page| page.contains("Still there"));
    running.signal(Signal::TERM);
    running.done(PATIENCE).exits(0);
}

#[test]
fn whatever_ends_it_ends_it_between_two_verifications_too() {
    let page = "# Pool\n\n```bash check\ntrue\n```\n";
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let collection = Collection::empty().with("content/pool.md", page).with("runbooks.toml", "[target.local]\n");
        let mut served = Served::new(&collection, "--verify local --every 1h");
        served.shows("/pool/", |page| page.contains("1 passed"));
        let running = served.running.take().expect("it runs");
        running.signal(signal);
        running.done(PATIENCE).exits(0);
    }
}
