//! Who is told of a run over HTTP, and that a run goes on whatever becomes of it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::Value as Json;

use crate::harness::{Collection, repository};
use crate::schema::violations;
use crate::services;

const PAGE: &str = "---\nparams: [{name: TOKEN, secret: true, default: hunter2hunter2}]\n---\n\n# The *page*

```bash action id=one
echo one >> log
env > environment
```

```bash action id=undo-one undo=one
echo undo-one >> log
```

```bash check id=well
echo \"$TOKEN @all\" >&2
test ! -e unwell
```
";

/// What a server answers.
#[derive(Clone, Copy)]
pub(crate) enum Answers {
    Ok,
    /// So often that it cannot, then that it has.
    ErrorsThenOk(usize),
    Never,
    NotFound,
}

/// A chat tool that keeps what it is told.
pub(crate) struct Chat {
    pub(crate) url: String,
    heard: Arc<Mutex<Vec<Json>>>,
}

/// The part of a URL that nobody must see.
const SECRET_PATH: &str = "services/T0000000/B0000000/abcdefghijklmnop";

impl Chat {
    pub(crate) fn that(answers: Answers) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/{SECRET_PATH}", listener.local_addr().expect("it has an address"));
        let heard: Arc<Mutex<Vec<Json>>> = Arc::default();
        let kept = Arc::clone(&heard);
        std::thread::spawn(move || {
            let mut open = Vec::new();
            for (number, stream) in listener.incoming().flatten().enumerate() {
                let body = body_of(&stream);
                match answers {
                    Answers::Never => open.push(stream),
                    Answers::ErrorsThenOk(errors) if number < errors => answer(stream, "503 Service Unavailable"),
                    Answers::NotFound => answer(stream, "404 Not Found"),
                    Answers::Ok | Answers::ErrorsThenOk(_) => {
                        kept.lock().expect("nobody panics").push(body);
                        answer(stream, "200 OK");
                    }
                }
            }
        });
        Self { url, heard }
    }

    pub(crate) fn heard(&self) -> Vec<Json> {
        self.heard.lock().expect("nobody panics").clone()
    }

    fn events(&self) -> Vec<String> {
        self.heard().iter().filter_map(|message| message["event"].as_str().map(str::to_owned)).collect()
    }
}

fn body_of(stream: &TcpStream) -> Json {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a request has lines");
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length is a number");
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body is as long as it says");
    serde_json::from_slice(&body).unwrap_or_default()
}

fn answer(mut stream: TcpStream, status: &str) {
    let _ = stream.write_all(format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").as_bytes());
}

fn page(settings: &str) -> Collection {
    let settings = format!("[target.shop]\n\n[[webhook]]\nname = 'channel'\nurl_env = 'CHANNEL'\n{settings}\n");
    Collection::empty().with("page.md", PAGE).with("runbooks.toml", &settings)
}

/// Returns whether a text gives away where the webhook is, or a value that is secret.
fn gives_away(text: &str) -> bool {
    text.contains("abcdefghijklmnop") || text.contains("hunter2")
}

#[test]
fn a_chat_is_told_of_start_failure_undo_and_end() {
    let chat = Chat::that(Answers::Ok);
    let collection = page("").with("unwell", "");
    let done = collection.run("exec page --yes").env("CHANNEL", &chat.url).done().exits(1);
    assert_eq!(chat.events(), ["start", "failure", "undo", "end"], "{done}");
    let schema = std::fs::read_to_string(repository().join("docs/webhook.schema.json")).expect("there is a schema");
    let schema: Json = serde_json::from_str(&schema).expect("a schema is JSON");
    for message in chat.heard() {
        assert_eq!(violations(&schema, &message), Vec::<String>::new(), "{message:#}");
        assert!(!gives_away(&message.to_string()), "{message:#}");
    }
    let end = &chat.heard()[3];
    assert_eq!((&end["ending"], &end["step"], &end["target"]), (&"stopped".into(), &"well".into(), &"shop".into()));
    assert!(!gives_away(&done.to_string()) && !gives_away(&format!("{:?}", collection.journal())));
    assert!(
        !gives_away(&collection.text("environment").replace("TOKEN=hunter2hunter2", "")),
        "a step need not know it"
    );
    assert_eq!(collection.run("report schema webhook").json(0), schema);
}

#[test]
fn a_run_that_passes_tells_its_end_and_only_those_who_want_it() {
    let chat = Chat::that(Answers::Ok);
    page("events = ['failure', 'end']").run("exec page --yes").env("CHANNEL", &chat.url).done().exits(0);
    assert_eq!(chat.events(), ["end"]);
    assert_eq!(chat.heard()[0]["ending"], "completed");
    let chat = Chat::that(Answers::Ok);
    page("targets = ['other']").run("exec page --yes").env("CHANNEL", &chat.url).done().exits(0);
    assert!(chat.heard().is_empty());
}

#[test]
fn a_chat_is_told_that_somebody_is_waited_for() {
    let chat = Chat::that(Answers::Ok);
    let collection = page("events = ['wait', 'end']");
    collection.write("page.md", &PAGE.replace("action id=one", "action id=one risk=high"));
    let settings = collection.text("runbooks.toml").replace("[target.shop]", "[target.shop]\napprove = 2");
    collection.write("runbooks.toml", &settings);
    let run = collection.run("exec page --yes --max-risk high --approval-timeout 1s");
    run.env("CHANNEL", &chat.url).done().exits(2);
    assert_eq!(chat.events(), ["wait", "end"]);
    let heard = chat.heard();
    assert!(heard[0]["text"].as_str().is_some_and(|text| text.contains("runbooks runs approve ")), "{heard:#?}");
    assert!(heard[1]["text"].as_str().is_some_and(|text| text.contains("nobody approved `one` in time")), "{heard:#?}");
}

#[test]
fn each_chat_tool_is_told_in_its_form_and_no_text_is_markup() {
    for (form, text) in [
        ("slack", "/blocks/0/text/text"),
        ("mattermost", "/text"),
        ("rocket.chat", "/text"),
        ("teams", "/attachments/0/content/body/0/text"),
    ] {
        let chat = Chat::that(Answers::Ok);
        let collection = page(&format!("format = '{form}'"));
        collection.run("exec page --yes").env("CHANNEL", &chat.url).done().exits(0);
        let heard = chat.heard();
        let told = heard[0].pointer(text).and_then(Json::as_str).unwrap_or_else(|| panic!("{form}: {heard:#?}"));
        assert!(told.starts_with("mara@") && told.contains("“The page” on shop"), "{form}: {told}");
    }
}

#[test]
fn a_chat_that_answers_with_errors_is_told_again() {
    let chat = Chat::that(Answers::ErrorsThenOk(2));
    let done = page("").run("exec page --yes").env("CHANNEL", &chat.url).done().exits(0);
    assert_eq!(chat.events(), ["start", "end"], "{done}");
    assert!(!done.stderr.contains("could not be told"), "{done}");
}

/// Runs with a chat that takes nothing: the run passes all the same, it is said once, and put on record.
#[track_caller]
fn is_said_once(url: &str, why: &str) {
    let collection = page("");
    let done = collection.run("exec page --yes").env("CHANNEL", url).done().exits(0);
    assert_eq!(done.stderr.matches("could not be told").count(), 1, "{done}");
    let done = done.says(why);
    let failed: Vec<_> = collection.journal().into_iter().filter(|line| line["event"] == "webhook-failed").collect();
    assert_eq!(failed.len(), 2, "{failed:#?}");
    assert!(failed[0]["reason"].as_str().is_some_and(|reason| reason.contains(why)), "{failed:#?}");
    assert!(!gives_away(&done.to_string()) && !gives_away(&format!("{failed:?}")), "{done}\n{failed:#?}");
    let run = collection.run_id();
    collection.run("runs show").arg(run).done().exits(0).prints("webhook channel could not be told of the start");
}

#[test]
fn a_chat_that_refuses_never_answers_or_is_not_there_does_not_hold_a_run() {
    is_said_once(&Chat::that(Answers::NotFound).url, "the answer was 404");
    let chat = Chat::that(Answers::Never);
    is_said_once(&chat.url, "no answer");
    let port = services::free_port();
    is_said_once(&format!("http://127.0.0.1:{port}/{SECRET_PATH}"), "onnection refused");
    is_said_once(&format!("no url {SECRET_PATH}"), "its URL cannot be used");
}

#[test]
fn a_webhook_whose_variable_is_not_set_is_told_of() {
    page("").run("exec page --yes").done().exits(0).says("`CHANNEL` is not set");
}
