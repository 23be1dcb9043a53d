//! Secrets of every sort, planted, and looked for in everything that a run, a verification and a site leave behind.

use std::path::{Path, PathBuf};

use crate::cluster::Cluster;
use crate::execution::at_a_terminal_in;
use crate::harness::Collection;
use crate::webhooks::{Answers, Chat};

/// A param, with letters that URLs, JSON and shells write differently.
const PARAM: &str = "p@ss/w0rd+\"quoted\" & more";
/// What a step captures under a name that says that it is secret.
const CAPTURED: &str = "captured-0123456789abcdef";
/// What a Secret of the cluster holds.
const IN_CLUSTER: &str = "in-the-cluster-9f8e7d6c5b";
/// A key of several lines.
const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEF\nAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us\n-----END PRIVATE KEY-----\n";
/// One that is printed in two pieces.
const SPLIT: &str = "first-half-second-half-42";

/// Returns every form in which a secret may show.
fn forms(secret: &str) -> Vec<String> {
    let base64 = base64(secret.as_bytes());
    // The last letters depend on what follows.
    let whole = base64.trim_end_matches('=').len() / 4 * 4;
    let url: String = secret
        .bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect();
    let json = serde_json::to_string(secret).expect("a text is JSON");
    let json = json.trim_matches('"').to_owned();
    vec![secret.to_owned(), base64[..whole].to_owned(), url, json]
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let number =
            chunk.iter().fold(0_usize, |number, byte| number << 8 | usize::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let letter = LETTERS[number >> (18 - 6 * place) & 63];
            text.push(if place > chunk.len() { '=' } else { char::from(letter) });
        }
    }
    text
}

/// What must be found nowhere.
fn wanted() -> Vec<String> {
    let mut wanted: Vec<_> =
        [PARAM, CAPTURED, IN_CLUSTER, KEY, SPLIT].iter().flat_map(|secret| forms(secret)).collect();
    // A key is as bad in part: the lines that nobody else has.
    wanted.extend(KEY.lines().filter(|line| !line.starts_with('-')).map(str::to_owned));
    wanted
}

/// Returns the files under a folder that hold a secret.
fn leaks(folder: &Path, wanted: &[String]) -> Vec<(PathBuf, String)> {
    let files = walkdir::WalkDir::new(folder).into_iter().flatten().filter(|entry| entry.file_type().is_file());
    let mut found = Vec::new();
    for file in files {
        let bytes = std::fs::read(file.path()).expect("a file can be read");
        let text = String::from_utf8_lossy(&bytes);
        let hit = wanted.iter().find(|secret| text.contains(secret.as_str()));
        found.extend(hit.map(|secret| (file.path().to_owned(), secret.clone())));
    }
    found
}

const PAGE: &str = r#"---
params:
  - {name: PASSWORD, secret: true}
  - {name: PRIVATE_KEY, secret: true}
  - {name: SPLIT_TOKEN, secret: true}
  - {name: ADDRESS, default: "https://me:${SPLIT_TOKEN}@shop/"}
---

# Page

```bash check id=shows
echo "$PASSWORD"; echo "$PRIVATE_KEY"; printf %s "$PASSWORD" | base64 -w0; echo
printf %s "$PASSWORD" | jq -sRr @uri; printf %s "$PASSWORD" | jq -sR .
printf %s "${SPLIT_TOKEN:0:11}"; sleep 0.05; echo "${SPLIT_TOKEN:11}"
echo "$PASSWORD $PRIVATE_KEY $ADDRESS" >&2
```

```check use=hands-on id=hands-on
GIVEN: "Bearer ${PASSWORD}"
```

```bash check id=reads
kubectl get secret planted -o yaml
kubectl get secret planted -o jsonpath='{.data.key}' | base64 -d
```

```bash check id=fails warn expect='stdout == "x"'
echo "$PASSWORD"
```

```bash action id=captures capture=API_TOKEN
echo captured-0123456789"abcdef"
```

```bash action id=needs-none
env > environment
tr '\0' '\n' < /proc/$$/environ >> environment
```

```bash action id=uses
echo "$API_TOKEN $PASSWORD" | cat
export DERIVED="Bearer $API_TOKEN"
kubectl label secret planted seen=yes --overwrite
kubectl create configmap copied --from-literal=password="$PASSWORD" --dry-run=client -o yaml | kubectl apply -f -
```

```bash action id=looks-around
for process in /proc/[0-9]*; do
  if tr '\0' '\n' < $process/environ 2>/dev/null | grep -q '^RUNBOOKS_TEST_MARK='; then tr '\0' ' ' < $process/cmdline; echo; fi
done > command-lines
tr '\0' '\n' < /proc/$PPID/environ | grep -c ^RUNBOOKS_PARAM_ > given || true
env | grep '^RUNBOOKS_PARAM_' > not-needed || true
grep -rlF -e "$PASSWORD" -e "$API_TOKEN" -e "$SPLIT_TOKEN" "$TMPDIR" .runbooks > while-it-ran || true
ulimit -c > core-limit
bash -c 'kill -SEGV $$' || true
```

```bash check id=stops
echo "$DERIVED" >&2
test -e "never, $PASSWORD"
```
"#;

/// What is handed a secret under a name of its own, and would keep it.
const HANDS_ON: &str = "---\nparams: [{name: GIVEN}]\n---\n\n```bash check\nexport GIVEN\necho \"$GIVEN\"\n```\n";

struct Scene {
    collection: Collection,
    chat: Chat,
}

impl Scene {
    fn new(namespace: &str) -> Self {
        let cluster = Cluster::shared();
        cluster.namespace(namespace);
        let literal = format!("--from-literal=key={IN_CLUSTER}");
        cluster.kubectl(&["create", "secret", "generic", "planted", "-n", namespace, &literal]);
        let settings = format!("[target.shop]\nnamespace = '{namespace}'\n[[webhook]]\nurl_env = 'CHANNEL'\n");
        let collection = Collection::empty().with("content/page.md", PAGE).with("runbooks.toml", &settings);
        collection.write("checks/hands-on.md", HANDS_ON);
        collection.write("tmp/keep", "");
        Self { collection, chat: Chat::that(Answers::Ok) }
    }

    /// Runs a command line with all secrets in its environment, what it prints in files.
    fn sh(&self, line: &str) {
        let run = self.collection.command("bash").arg("-c").arg(line).on(Cluster::shared());
        let done = self.secrets().iter().fold(run, |run, (name, value)| run.env(name, value)).done();
        assert!(!matches!(done.code, None | Some(126 | 127)), "{done}");
    }

    fn secrets(&self) -> Vec<(&'static str, String)> {
        vec![
            ("RUNBOOKS_PARAM_PASSWORD", PARAM.to_owned()),
            ("RUNBOOKS_PARAM_PRIVATE_KEY", KEY.to_owned()),
            ("RUNBOOKS_PARAM_SPLIT_TOKEN", SPLIT.to_owned()),
            ("CHANNEL", self.chat.url.clone()),
            ("TMPDIR", self.collection.path("tmp").to_string_lossy().into_owned()),
        ]
    }
}

#[test]
fn a_planted_secret_is_found_nowhere() {
    let scene = Scene::new("leaks");
    let reports = ["json", "junit", "sarif", "markdown", "prometheus", "github"];
    let reports = reports.map(|format| format!(" --report {format}=out.{format}")).concat();
    scene.sh("runbooks exec page --yes --format json > out.events 2> out.exec-stderr");
    scene.sh("run=$(ls .runbooks/runs); for as in markdown json html; do runbooks runs export $run --format $as > out.export-$as; done; runbooks runs show $run --diff > out.show 2>&1");
    scene.sh(&format!("runbooks verify --save{reports} > out.verify 2> out.verify-stderr"));
    scene.sh("runbooks verify --record out.recording > out.record 2>&1; runbooks exec page --plan > out.plan 2>&1; runbooks exec page --plan --format json > out.plan-json 2>&1");
    scene.sh("runbooks build > out.build 2>&1");
    let told: Vec<_> = scene.chat.heard().iter().map(ToString::to_string).collect();
    assert!(told.len() > 2, "{told:?}");
    scene.collection.write("out.webhook", &told.join("\n"));
    let terminal = Scene::new("leaks-terminal");
    let secrets: Vec<_> = terminal.secrets().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let dialogue = [("Run it?", "y"), ("Run it?", "y"), ("Run it?", "y"), ("Run it?", "y")];
    at_a_terminal_in(&terminal.collection, "exec page", &dialogue, Cluster::shared(), &secrets);

    for (scene, written) in [(&scene, 25), (&terminal, 5)] {
        let collection = &scene.collection;
        let found = [leaks(&collection.root(), &wanted()), leaks(&collection.home(), &wanted())].concat();
        assert!(found.is_empty(), "{found:#?}");
        let files = walkdir::WalkDir::new(collection.root()).into_iter().flatten();
        let files = files.filter(|entry| entry.file_type().is_file()).count();
        assert!(files > written, "only {files} files were looked through");
        assert_eq!(collection.text("core-limit"), "0\n");
        assert_eq!(collection.text("given"), "3\n", "we have them");
        assert_eq!((collection.text("not-needed").as_str(), collection.text("while-it-ran").as_str()), ("", ""));
        assert!(collection.text("environment").contains("\nKUBECONFIG="), "a step that needs none has its environment");
        assert!(collection.text("command-lines").contains("exec page"), "{}", collection.text("command-lines"));
    }
    assert!(scene.collection.text("out.events").contains("[redacted]"));
    assert!(terminal.collection.text("../home/typescript").contains("[redacted]"));
    assert!(
        scene.collection.path("site/page/index.html").is_file() && scene.collection.path("out.recording").is_file()
    );
}

#[test]
fn a_secret_that_is_there_is_found_in_each_of_its_forms() {
    let collection = Collection::empty();
    for secret in [PARAM, CAPTURED, IN_CLUSTER, KEY, SPLIT] {
        for form in forms(secret) {
            collection.write("deep/canary", &format!("before {form} behind"));
            assert_eq!(leaks(&collection.root(), &wanted()).len(), 1, "{form}");
        }
    }
    collection.write("deep/canary", "nothing of the sort");
    assert!(leaks(&collection.root(), &wanted()).is_empty());
    assert_eq!(
        (base64(b"hunter2"), base64(b"abc"), base64(b"ab")),
        ("aHVudGVyMg==".into(), "YWJj".into(), "YWI=".into())
    );
}
