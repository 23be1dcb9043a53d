//! What `build` publishes for programs, and what it knows from git.

use std::fmt::Write as _;

use crate::harness::{Collection, repository};
use crate::schema::violations;

#[test]
fn what_programs_read_is_as_its_schema_says() {
    let schema = std::fs::read_to_string(repository().join("docs/site.schema.json")).expect("there is a schema");
    let schema: serde_json::Value = serde_json::from_str(&schema).expect("a schema is JSON");
    let collection = Collection::shipped();
    collection.run("build --quiet").done().exits(0);
    for (name, list) in [("runbooks", "runbooks"), ("status", "runbooks"), ("alerts", "alerts")] {
        let file: serde_json::Value =
            serde_json::from_str(&collection.text(&format!("site/api/{name}.json"))).expect("it is JSON");
        assert_eq!(violations(&schema, &file), Vec::<String>::new(), "{name}");
        assert!(file[list].as_array().is_some_and(|list| list.len() > 5), "{name}");
        for found in file[list].as_array().into_iter().flatten() {
            for address in ["page", "markdown", "badge"] {
                let path = found[address].as_str().unwrap_or("index.html");
                assert!(collection.path("site").join(path).is_file(), "{path}");
            }
        }
    }
    let own: serde_json::Value = serde_json::from_str(&collection.text("site/api/schema.json")).expect("it is JSON");
    assert_eq!(own, schema);
    assert!(!violations(&schema, &serde_json::json!({"version": 1, "kind": "runbooks"})).is_empty());
}

fn git(collection: &Collection, words: &str) {
    let mut run = collection.command("git");
    for word in ["-c", "user.name=a", "-c", "user.email=a@b"].into_iter().chain(words.split_whitespace()) {
        run = run.arg(word);
    }
    run.env("GIT_COMMITTER_DATE", "2026-02-03T12:00:00Z").done().exits(0);
}

/// Returns a history in which `content/old.md` was changed long before `content/new.md`: as many commits ago as told.
fn history(commits: u32) -> Collection {
    let mut stream = String::new();
    for number in 0..=commits {
        let (file, day) = if number == 0 { ("old", 1_700_000_000_u32) } else { ("new", 1_768_000_000 + number) };
        let text = format!("# Page {number}\n");
        let who = format!("a <a@b> {day} +0000");
        // Writing to a string cannot fail.
        _ = write!(stream, "commit refs/heads/main\ncommitter {who}\ndata 1\nx\nM 644 inline content/{file}.md\n");
        _ = write!(stream, "data {}\n{text}\n", text.len());
    }
    let collection =
        Collection::empty().with("runbooks.toml", "[site]\nurl = \"https://a.example\"\n").with("stream", &stream);
    git(&collection, "init -q -b main .");
    collection.command("sh").arg("-c").arg("git fast-import --quiet <stream").done().exits(0);
    git(&collection, "checkout -q -f main");
    collection
}

#[test]
fn a_page_says_when_it_was_changed_last_however_long_ago() {
    let collection = history(2_400);
    let done = collection.run("build").done().exits(0);
    assert!(!done.stderr.contains("unknown-changes"), "{done}");
    assert!(collection.text("site/old/index.html").contains("Changed 2023-11-14"));
    assert!(collection.text("site/new/index.html").contains("Changed 2026-01-"));
    let feed = collection.text("site/feed.xml");
    assert!(feed.find("new/").expect("it is told") < feed.find("old/").expect("it is told"), "{feed}");
}

#[test]
fn a_shallow_clone_makes_no_page_new() {
    let whole = history(3);
    let clone = Collection::empty();
    let from = format!("file://{}", whole.path("").display());
    clone.command("git").arg("clone").arg("-q").arg("--depth=1").arg(&from).arg("clone").done().exits(0);
    let done =
        clone.run("build --root clone").done().exits(0).says("unknown-changes").says("the clone is shallow: 2 files");
    assert_eq!(done.stderr.matches("unknown-changes").count(), 1, "{done}");
    for page in ["old", "new"] {
        assert!(!clone.text(&format!("clone/site/{page}/index.html")).contains("Changed"), "{page}");
    }
    assert!(!clone.path("clone/site/feed.xml").exists());
}

#[test]
fn a_git_that_cannot_tell_is_said_once_and_no_git_is_nothing_to_say() {
    let collection = history(1);
    collection.write(".git/refs/heads/main", "1234567890123456789012345678901234567890\n");
    let done = collection.run("build").done().exits(0).says("git does not say when pages were last changed");
    assert_eq!(done.stderr.matches("unknown-changes").count(), 1, "{done}");
    assert!(collection.path("site/old/index.html").is_file());
    let without = Collection::empty().with("content/a.md", "# A\n");
    let done = without.run("build").done().exits(0);
    assert!(!done.stderr.contains("unknown-changes"), "{done}");
    git(&without, "init -q .");
    let done = without.run("build").done().exits(0);
    assert!(!done.stderr.contains("unknown-changes"), "nothing is committed yet: {done}");
}

#[test]
fn a_page_was_not_changed_when_another_file_of_its_name_was() {
    let collection = Collection::empty().with("content/pool.md", "# Pool\n");
    git(&collection, "init -q -b main .");
    git(&collection, "add content");
    git(&collection, "commit -q -m x");
    for name in ["pool.json", "pool.md.bak", "pool"] {
        collection.write(&format!("content/{name}"), "{}\n");
    }
    git(&collection, "add content");
    let later = collection.command("git").arg("-c").arg("user.name=a").arg("-c").arg("user.email=a@b");
    let later = later.arg("commit").arg("-q").arg("-m").arg("y");
    later.env("GIT_COMMITTER_DATE", "2026-08-09T12:00:00Z").done().exits(0);
    collection.run("build").done();
    let page = collection.text("site/pool-page/index.html");
    assert!(page.contains("Changed 2026-02-03") && !page.contains("2026-08-09"), "{page}");
}
