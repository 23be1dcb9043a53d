//! No secret that stands in the text reaches any file of a site.

use super::*;

const SECRET: &str = "hunter2-hunter2";

/// Returns the files that a text is found in.
fn leaks(site: &SiteOutput) -> Vec<&String> {
    let holds = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains("hunter2");
    site.files.iter().filter(|(_, bytes)| holds(bytes)).map(|(path, _)| path).collect()
}

fn page(front: &str) -> String {
    format!("{front}\n# A page\n\n```bash check id=look\ncurl -H \"$TOKEN\" x\n```\n")
}

#[test]
fn a_secret_default_is_in_no_file_however_it_is_written() {
    for front in [
        format!("---\nparams:\n  - name: TOKEN\n    secret: true\n    default: {SECRET}\n    help: The token\n---"),
        format!(
            "---\nparams:\n  - name: TOKEN\n    default: \"{SECRET}\" # or {SECRET}\n    secret: yes\n    help: The token\n---"
        ),
        format!(
            "---\nparams:\n  TOKEN:\n    secret: true\n    default: |\n      {SECRET}\n      {SECRET}\n    help: The token\n---"
        ),
        format!("---\nparams: {{TOKEN: {{\"secret\": true, default: '{SECRET}', help: The token}}}}\n---"),
        format!(
            "---\nparams:\n  TOKEN: {{secret: true, type: enum, choices: [{SECRET}, other], default: {SECRET}, help: The token}}\n---"
        ),
        format!("---\nparams:\n  - {{name: TOKEN, default: {SECRET}, help: The token}}\n---"),
        format!("---\nparams:\n  TOKEN: {SECRET} # The token\n---"),
        format!("+++\n[params.TOKEN]\nsecret = true\ndefault = \"{SECRET}\"\nhelp = \"The token\"\n+++"),
    ] {
        let made = site(&[("a", &page(&front))]);
        assert!(leaks(&made).is_empty(), "{front}: {:?}", leaks(&made));
        let markdown = file(&made, "a/index.md");
        assert!(markdown.contains("\"[redacted]\"") && markdown.contains("The token"), "{markdown}");
        assert!(markdown.ends_with("# A page\n\n```bash check id=look\ncurl -H \"$TOKEN\" x\n```\n"), "{markdown}");
    }
}

#[test]
fn front_matter_that_nobody_can_read_is_not_published() {
    for front in [
        format!("---\nparams:\n  - name: TOKEN\n   secret: true\n    default: {SECRET}\n---"),
        format!("---\nparams:\n  - name: A-B\n    secret: true\n    default: {SECRET}\n---"),
        format!("---\nparams:\n  - name: A\n  - name: A\n    secret: true\n    default: {SECRET}\n---"),
    ] {
        let made = site(&[("a", &page(&front))]);
        assert!(leaks(&made).is_empty(), "{front}: {:?}", leaks(&made));
        assert!(file(&made, "a/index.md").contains("# A page"));
    }
}

#[test]
fn what_is_no_secret_is_published_as_it_was_written() {
    for front in [
        "---\nparams:\n  - name: NOTE\n    default: hunter2\n---",
        "---\nparams:\n  - name: TOKEN\n    default: hunter2\n    secret: false\n---",
        "---\nsecret: vault/path\nparams: [TOKEN]\n---",
        "---\nparams:\n  - name: TOKEN\n    secret: true\n---",
    ] {
        assert_eq!(file(&site(&[("a", &page(front))]), "a/index.md"), page(front));
    }
}

#[test]
fn a_shared_step_does_not_tell_the_secret_it_is_given() {
    let shared = format!(
        "---\nparams:\n  - name: KEY\n    secret: true\n    default: {SECRET}\n  - name: HOST\n    default: shop\n---\n\n```bash check\ncurl $KEY $HOST\n```\n"
    );
    let fragments = Fragments::from([("look".to_owned(), Arc::new(Source::new("checks/look.md", shared)))]);
    for (given, told) in [("", 1), ("KEY: hunter2-in-the-page\n", 2)] {
        let source = Arc::new(Source::new("content/a.md", format!("# A\n\n```check use=look\n{given}```\n")));
        let (runbook, found) = parse::parse(RunbookId("a".to_owned()), source, &fragments);
        let found: Vec<_> = found.iter().map(|said| said.rule).collect();
        assert_eq!((found, runbook.steps.len()), (vec!["secret-default"; told], 1));
        let made = build(&SiteInput { runbooks: vec![runbook], ..input(&[]) });
        assert!(leaks(&made).is_empty(), "{:?}", leaks(&made));
        let page = file(&made, "a/index.html");
        assert!(page.contains("KEY=[redacted]") && page.contains("HOST=shop"), "{page}");
    }
}
