//! All that takes a text apart, on texts that nobody would write: nothing panics, places lie between characters.

use proptest::prelude::*;
use runbooks::model::Span;
use runbooks::reference::{self, Scope, kubectl::Release};
use runbooks::shell::{self, prompt};

/// Commands of the programs that are understood, and what people put between them.
fn words() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "kubectl ",
        "oc ",
        "helm ",
        "curl ",
        "docker ",
        "psql ",
        "redis-cli ",
        "aws ",
        "gh ",
        "ssh ",
        "systemctl ",
        "get ",
        "rollback ",
        "upgrade ",
        "--install ",
        "status ",
        "-n ",
        "-nx",
        "--namespace=",
        "é",
        "한",
        "\u{200b}",
        "–n ",
        "deploy/",
        "a/b/c ",
        "-o jsonpath='{.data.",
        "{.items[0].metadata.name}' ",
        "['",
        "\\.",
        "go-template={{.data.",
        "index .data \"",
        "--to-revision=",
        "--revision ",
        "8080:http ",
        ":",
        "-l app in (",
        "app=x,!y ",
        "--from=cronjob/",
        "-f ",
        "-k ",
        "- ",
        "<<EOF\napiVersion: v1\nkind: Pod\nEOF\n",
        "$POD ",
        "${X:-",
        "}",
        "$(",
        ") ",
        "`",
        "'",
        "\"",
        "| ",
        "head -1 ",
        "cut -d/ -f2 ",
        "awk '{print $1}' ",
        "xargs -I{} ",
        "{} ",
        "-X DELETE ",
        "-d @",
        "http://",
        "user@host ",
        "'sudo ",
        "<pod-name> ",
        "<",
        "> ",
        "...",
        "$ ",
        "# ",
        "\n",
        "\r\n",
        "\\\n",
        "=# ",
        "[root@a]$ ",
        "POD=",
        "for x in a b; do ",
        "; done ",
        "&& ",
        "|| true ",
        "-- ",
    ]);
    prop::collection::vec(word, 0..30).prop_map(|words| words.concat())
}

/// Takes a text apart as `verify` and `lint` do, and returns every place that is told.
fn places(text: &str) -> Vec<Span> {
    let mut places: Vec<Span> = shell::placeholders(text).iter().map(|found| found.span).collect();
    places.extend(shell::tokens(text).iter().map(|token| token.span));
    let _ = (prompt::without_prompts(text), shell::alternatives(text), reference::is_command(text));
    let mut scope = Scope::default();
    for exchange in prompt::split(text) {
        places.extend(exchange.prompt.iter().map(|(span, _)| *span));
        let command = exchange.command.text();
        let script = shell::parse(command);
        let _ = (shell::effects(&script), shell::interactions(&script));
        let found = reference::references(&script, &mut scope, &|_| None, Some(Release::new(34)));
        let inner = found.references().map(|reference| reference.subject.span()).collect::<Vec<_>>().into_iter();
        let inner = inner.chain(found.problems.iter().map(|problem| problem.span));
        for span in inner {
            assert!(command.get(span.start..span.end).is_some(), "{command:?}: {span:?}");
            places.push(exchange.command.source_span(span));
        }
    }
    places
}

fn between_characters(text: &str) {
    for span in places(text) {
        assert!(text.get(span.start..span.end).is_some(), "{text:?}: {span:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn words_of_all_programs_in_any_order(text in words()) {
        between_characters(&text);
    }

    #[test]
    fn any_characters(text in "\\PC{0,60}") {
        between_characters(&text);
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        between_characters(&String::from_utf8_lossy(&bytes));
    }
}

/// How long it takes is measured by `cargo bench --bench parse`.
#[test]
fn much_of_the_same_is_gone_through_to_its_end() {
    for piece in [
        "kubectl -n shop get deploy api -o name | head -1\n",
        "POD=$(kubectl get pod -l app=api -o name | head -1); kubectl exec $POD -- ls\n",
        "helm -n shop rollback api 3 && curl -fsS https://shop.example/health\n",
        "$ kubectl get pods\nNAME READY\napo 1/1\n",
        "kubectl delete pod <name of the pod> ",
        "a=$b; ",
        "echo '",
        "$(",
        "<",
        "if a; then ",
        "a | ",
        "-f x ",
        "{a,b}",
        "cat <<E\n",
        "\\\n",
        "# comment\n",
        "kubectl get pods -o jsonpath='{.data.a}{.data.b}' ",
    ] {
        between_characters(&piece.repeat(800));
    }
}
