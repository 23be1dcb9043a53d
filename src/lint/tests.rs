//! For every rule a text in which it fires, and one beside it in which it does not.

use std::sync::Arc;

use crate::model::{RunbookId, Source};
use crate::parse::{Fragments, parse};

use super::{Family, RULES, check, fixed};

fn found(text: &str) -> Vec<crate::diagnostic::Diagnostic> {
    let source = Arc::new(Source::new("a.md", text));
    let (runbook, others) = parse(RunbookId("a".to_owned()), source, &Fragments::new());
    check(&runbook, others, jiff::civil::date(2026, 11, 21))
}

fn rules(text: &str) -> Vec<&'static str> {
    found(text).into_iter().map(|diagnostic| diagnostic.rule).filter(|rule| *rule != "unset-variable").collect()
}

fn block(command: &str) -> String {
    format!("```bash\n{command}\n```\n")
}

/// A rule, texts in which it fires, and texts in which nothing does.
const CASES: &[(&str, &[&str], &[&str])] = &[
    (
        "alternatives",
        &["```bash action\nsystemctl restart a\nor\nsystemctl restart b\n```\n"],
        &["```bash action\nsystemctl restart a\nsystemctl restart b\n```\n"],
    ),
    ("bad-expression", &["```bash check expect='exit ='\nx\n```\n"], &["```bash check expect='exit == 0'\nx\n```\n"]),
    (
        "change-in-diagnosis",
        &[
            "# P\n## Diagnosis\n```bash\nkubectl delete pod x\n```\n",
            "# P\n## Triage steps\n### Look\n```bash action\nkubectl scale deploy/x --replicas 0\n```\n",
        ],
        &[
            "# P\n## Diagnosis\n```bash\nkubectl get pods\n```\n",
            "# P\n## Mitigation\n```bash\nkubectl delete pod x\n```\n",
            "# P\n## Diagnosis\n### Fix\n```bash\nkubectl delete pod x\n```\n",
            "# Diagnosis of the pool\n```bash\nkubectl delete pod x\n```\n",
            "# P\n## Diagnosis\n```bash\nkubectl run -it --rm debug --image busybox -- sh\nkubectl port-forward svc/x 1:2\nkubectl exec -it x -- sh\n```\n",
        ],
    ),
    (
        "check-writes",
        &[
            "```bash check\nkubectl get pods -o name | xargs kubectl delete\n```\n",
            "```bash check\nfor x in a b; do ssh host 'systemctl restart x'; done\n```\n",
            "```bash check\nkubectl exec x -- sh -c 'rm -rf /data'\n```\n",
        ],
        &["```bash check\nkubectl get pods -o name | xargs kubectl get\n```\n"],
    ),
    (
        "continued-comment",
        &["```bash\nkubectl get pods \\\n# all\n  -n x\n```\n"],
        &["```bash\n# kubectl get pods \\\n#  -n x\nls\n```\n"],
    ),
    (
        "generated-name",
        &["```bash\nkubectl logs api-7d65bcdd8b-wxf2g\n```\n", "Read `kubectl describe pod/web-69fb9c78cd-58szd`.\n"],
        &["```bash\nkubectl logs api-0\nkubectl logs deployment/api\nkubectl get pod -l app=api\n```\n"],
    ),
    (
        "lost-backslash",
        &["```bash\netcdctl snapshot save /backup/one.db\n  --endpoints 127.0.0.1:2379\n```\n"],
        &[
            "```bash\netcdctl snapshot save /backup/one.db \\\n  --endpoints 127.0.0.1:2379\n```\n",
            "```bash\nhelm upgrade --help\n\n  --atomic   undo what fails\n```\n",
            "```bash\nbackup run\n  --full    all of it\n```\n",
            "```bash\nOptions\n  --full\n```\n",
        ],
    ),
    (
        "name-everywhere",
        &["```bash\nkubectl get deployment api -A\n```\n", "Look with `kubectl get ds agent --all-namespaces`.\n"],
        &["```bash\nkubectl get deployments -A\nkubectl get node a -A\n```\n"],
    ),
    ("curly-quote", &["```bash\necho “hello”\n```\n"], &["```bash\necho '“hello”' don’t\n```\n"]),
    (
        "endless-step",
        &["```bash check\nkubectl logs -f x\n```\n"],
        &["```bash check\ntimeout 5 kubectl logs -f x\n```\n"],
    ),
    (
        "hidden-character",
        &["```bash\nkubectl get\u{200b} pods\n```\n"],
        &["```bash\n# a\u{200b}b\necho 'a\u{a0}b'\n```\n"],
    ),
    (
        "hidden-exit",
        &[
            "```sh check\nkubectl get pods | sort\n```\n",
            "```bash check\nexport X=$(kubectl get pods)\ntest -n \"$X\"\n```\n",
            "```bash check\nkubectl get pods || true\n```\n",
        ],
        &[
            "```bash check\nkubectl get pods | sort\n```\n",
            "```bash check\nexport T=$(date +%s)\nX=$(kubectl get pods)\nexport X\n```\n",
            "```bash check\nkubectl get pods || exit 1\n```\n",
            "```sh check\necho a | sort\n```\n",
        ],
    ),
    ("interactive-step", &["```bash action\nkubectl edit deploy x\n```\n"], &["```bash\nkubectl edit deploy x\n```\n"]),
    ("missing-dashes", &["```bash\nkubectl exec x ls /\n```\n"], &["```bash\nkubectl exec x -- ls /\n```\n"]),
    (
        "missing-type",
        &[
            "```bash\nkubectl delete -n x <pod>\n```\n",
            "```bash\nkubectl describe <pod-name> -n x\n```\n",
            "Run `kubectl delete web-0`.\n",
        ],
        &[
            "```bash\nkubectl delete pod <pod> -n x\n```\n",
            "```bash\nkubectl delete -f x.yaml\n```\n",
            "```bash\nkubectl delete pods --all\n```\n",
            "```bash\nkubectl get <resource>\n```\n",
            "```bash\nkubectl describe pods\n```\n",
            "```bash\nkubectl get po -o name | xargs kubectl delete\n```\n",
            "```bash\nkubectl delete pod/x\nkubectl delete $POD\n```\n",
        ],
    ),
    (
        "odd-dash",
        &["```bash\nkubectl get pods –n x\n```\n", "Run `kubectl get pods —namespace x`.\n"],
        &["```bash\necho a – b\n```\n"],
    ),
    (
        "other-kubeconfig",
        &["```bash check\nkubectl --kubeconfig /k get pods\n```\n"],
        &["```bash check\nkubectl --context k get pods\n```\n"],
    ),
    (
        "param-type",
        &[
            "---\nparams:\n  - {name: N, type: int}\n---\n```bash check when='params.N == \"3\"'\nx\n```\n",
            "---\nparams:\n  - {name: ON, type: bool}\n---\n```bash check when='\"true\" != params.ON'\nx\n```\n",
            "---\nparams:\n  - {name: S}\n---\n```bash check expect='params.S in [3]'\nx\n```\n",
            "---\nparams:\n  - {name: E, type: enum, choices: [blue, green]}\n---\n```bash check when='params.E == \"gren\"'\nx\n```\n",
        ],
        &[
            "---\nparams:\n  - {name: N, type: int}\n---\n```bash check when='params.N == 3 && 3 < params.N'\nx\n```\n",
            "---\nparams:\n  - {name: S}\n---\n```bash check when='params.S == \"3\" && params.OTHER == 3'\nx\n```\n",
            "---\nparams:\n  - {name: W, type: duration}\n---\n```bash check when='params.W > duration(\"5m\")'\nx\n```\n",
            "---\nparams:\n  - {name: N, type: int}\n---\n```bash check when='string(params.N) == \"3\"'\nx\n```\n",
        ],
    ),
    ("placeholder", &["```bash check\nkubectl get pod <pod>\n```\n"], &["```bash\nkubectl get pod <pod>\n```\n"]),
    (
        "reading-action",
        &["```bash action\nkubectl get pods\n```\n"],
        &["```bash action\nkubectl delete pod x\n```\n", "```bash action\nkubectl rollout status deploy/x\n```\n"],
    ),
    (
        "removed-flag",
        &["```bash\nkubectl drain n --delete-local-data\n```\n"],
        &["```bash\nkubectl drain n --delete-emptydir-data\n```\n"],
    ),
    (
        "removed-kind",
        &[
            "```bash\nkubectl get psp\n```\n",
            "```bash\nkubectl get cs\n```\n",
            "```yaml\napiVersion: policy/v1beta1\nkind: PodDisruptionBudget\n```\n",
        ],
        &["```bash\nkubectl get pods\n```\n", "```yaml\napiVersion: policy/v1\nkind: PodDisruptionBudget\n```\n"],
    ),
    (
        "review-overdue",
        &["---\nreviewed: 2026-01-01\nreview_every: 3 months\n---\n# A\n"],
        &["---\nreviewed: 2026-11-01\nreview_every: 3 months\n---\n# A\n"],
    ),
    (
        "shell-syntax",
        &["```bash check\necho 'a\n```\n", "```bash\nkubectl logs api-0 | grep -i 'version\n```\n"],
        &[
            "```bash check\necho 'a'\n```\n",
            "```bash\nkubectl logs api-0 # that's all\n```\n",
            "```bash\nkubectl get pods\nit's what you'd see\n```\n",
            "```console\nserver 12: it's up\n```\n",
        ],
    ),
    (
        "trailing-space",
        &["```bash\nkubectl get pods \\ \n  -n x\n```\n"],
        &["```bash\nkubectl get pods \\\n  -n x\n```\n"],
    ),
    ("unexpected-argument", &["```bash\nkubectl apply x.yaml\n```\n"], &["```bash\nkubectl apply -f x.yaml\n```\n"]),
    (
        "unknown-flag",
        &["```bash\nkubectl get pods --namespase x\n```\n"],
        &["```bash\nkubectl get pods --namespace x\n```\n"],
    ),
    ("unknown-verb", &["```bash\nkubectl desribe pod x\n```\n"], &["```bash\nkubectl neat get pod x\n```\n"]),
    ("unset-variable", &["```bash check\ntest -n \"$NOWHERE\"\n```\n"], &["```bash check\nX=1\ntest -n \"$X\"\n```\n"]),
    (
        "unset-variable",
        &["```http check\nGET https://${HOST}/\n```\n"],
        &["---\nparams: [HOST]\n---\n\n# A\n\n```http check\nGET https://${HOST}/$${NOT}/${PATH:-x}\n```\n"],
    ),
    (
        "unset-variable",
        &["---\nparams: [{name: A, default: \"${B}\"}, {name: B}]\n---\n\n# A\n"],
        &["---\nparams: [{name: B}, {name: A, default: \"${B}\"}]\n---\n\n# A\n"],
    ),
    (
        "vacuous-expectation",
        &["```bash check expect='exit >= 0'\nx\n```\n"],
        &["```bash check expect='exit == 0'\nx\n```\n"],
    ),
    ("verb-as-kind", &["```bash\nkubectl get logs web-0\n```\n"], &["```bash\nkubectl logs web-0\n```\n"]),
    (
        "wrong-tool",
        &[
            "```bash\nkubelet describe pod x\n```\n",
            "```bash\nkubeclt get pods\n```\n",
            "Run `kubect get pods` and look.\n",
            "```\n$ get pods -n shop | grep api\n```\n",
        ],
        &["```bash\nkubelet --version\n```\n", "The word `kubect` alone.\n", "```bash\nget https://a\n```\n"],
    ),
    ("bad-allow", &["<!-- runbooks: allow check-writes -->\n"], &["<!-- a comment -->\n"]),
    (
        "unused-allow",
        &["<!-- runbooks: allow check-writes because it is harmless -->\n```bash\nls\n```\n"],
        &["<!-- runbooks: allow removed-kind because the cluster is old -->\n```bash\nkubectl get psp\n```\n"],
    ),
];

#[test]
fn every_rule_fires_where_it_must_and_nowhere_else() {
    let mut wrong = Vec::new();
    for (rule, bad, good) in CASES {
        for text in *bad {
            let all: Vec<_> = found(text).into_iter().map(|diagnostic| diagnostic.rule).collect();
            if !all.contains(rule) {
                wrong.push(format!("`{rule}` does not fire, but {all:?}, in\n{text}"));
            }
        }
        for text in *good {
            let all: Vec<_> = found(text).into_iter().map(|diagnostic| diagnostic.rule).collect();
            if all.contains(rule) {
                wrong.push(format!("`{rule}` fires in\n{text}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_of_commands_has_a_case() {
    // What it says is said by the fragments and the grammar too, and is tried there.
    let tried: Vec<_> = CASES.iter().map(|(rule, ..)| *rule).collect();
    let wanted = RULES.iter().filter(|rule| rule.family == Family::Commands).map(|rule| rule.name);
    let missing: Vec<_> = wanted.filter(|rule| !tried.contains(rule)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn what_is_fixed_is_found_no_more() {
    assert_eq!(rules("```bash\nkubectl get pods –n x\n```\n"), ["odd-dash"]);
    for (text, mended) in [
        ("kubectl get pods \\  \n  -n x", "kubectl get pods \\\n  -n x"),
        ("kubectl\u{a0}get\u{200b} pods", "kubectl get pods"),
        ("kubectl get pods –n x —watch=false", "kubectl get pods -n x --watch=false"),
    ] {
        let text = block(text);
        let diagnostics = found(&text);
        let (out, count) = fixed(&text, &diagnostics);
        assert!(count > 0);
        assert_eq!(out, block(mended));
        assert!(rules(&out).is_empty(), "{:?}", rules(&out));
    }
}

#[test]
fn an_error_that_is_allowed_keeps_no_step_from_running() {
    let text =
        "<!-- runbooks: allow endless-step because the proxy ends it -->\n```bash check\nkubectl get pods -w\n```\n";
    assert!(rules(text).is_empty(), "{:?}", rules(text));
    let source = Arc::new(Source::new("a.md", text));
    let (runbook, _) = parse(RunbookId("a".to_owned()), source, &Fragments::new());
    assert!(super::steps(&runbook).is_empty());
}

#[test]
fn a_whole_number_compared_with_text_is_told_at_its_place_and_not_simply_false() {
    let text = "---\nparams:\n  - {name: N, type: int}\n---\n```bash check when='params.N == \"3\"'\nx\n```\n";
    let all = found(text);
    let told = all.iter().find(|diagnostic| diagnostic.rule == "param-type").expect("it is told");
    assert_eq!(told.title, "`params.N` is a whole number and is compared with a text");
    assert_eq!(told.help.as_deref(), Some("did you mean `params.N == 3`?"));
    assert_eq!(told.source.slice(told.primary.span), "\"3\"");
}

#[test]
fn a_command_in_a_table_or_over_two_lines_of_prose_is_told_at_its_place() {
    for text in [
        "| a | b |\n|---|---|\n| x | `kubectl get pods \\| kubectl logs web --flow` |\n",
        "Look: `kubectl logs web\n   --flow` there.\n",
    ] {
        let found = found(text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].source.slice(found[0].primary.span), "--flow", "{text}");
    }
}

#[test]
fn in_a_fragment_the_params_that_it_takes_are_of_their_type() {
    let fragment = |condition: &str| {
        let text = format!(
            "---\nparams:\n  - {{name: MOST, type: int}}\n---\n```bash check expect='exit == 0 && {condition}'\nx\n```\n"
        );
        Fragments::from_iter([("limit".to_owned(), Arc::new(Source::new("checks/limit.md", text.as_str())))])
    };
    let text = "# A\n\n```check use=limit\nMOST: 3\n```\n";
    let source = Arc::new(Source::new("a.md", text));
    let told = |condition: &str| {
        let (runbook, _) = parse(RunbookId("a".to_owned()), Arc::clone(&source), &fragment(condition));
        assert_eq!(runbook.steps.len(), 1);
        let all = super::steps(&runbook);
        all.into_iter().filter(|found| found.rule == "param-type").map(|found| found.title).collect::<Vec<_>>()
    };
    assert_eq!(told("params.MOST == \"3\""), ["`params.MOST` is a whole number and is compared with a text"]);
    assert_eq!(told("params.MOST == 3"), Vec::<String>::new());
}
