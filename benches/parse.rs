//! How fast text becomes a model: `cargo bench --bench parse`.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use runbooks::model::{RunbookId, Source};
use runbooks::parse::{Fragments, markdown, parse};
use runbooks::reference::{self, Scope};
use runbooks::shell;
use runbooks::sys::files;

criterion_group!(benches, specification, runbook, repeated);
criterion_main!(benches);

/// Parses every page of the specification, which are long and full of blocks.
fn specification(criterion: &mut Criterion) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/spec");
    let pages = files::walk(&folder).unwrap_or_default();
    let pages: Vec<_> =
        pages.iter().filter_map(|path| Some(Arc::new(Source::new(path, files::read_text(path).ok()?)))).collect();
    let bytes: usize = pages.iter().map(|page| page.text().len()).sum();
    let mut group = criterion.benchmark_group("specification");
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("parse", |bencher| bencher.iter(|| pages.iter().for_each(measure)));
    group.finish();
}

/// Parses a runbook of 7 KB, and for comparison only walks over its Markdown.
fn runbook(criterion: &mut Criterion) {
    let source = Arc::new(Source::new("runbook.md", synthetic()));
    let mut group = criterion.benchmark_group("runbook of 7 KB");
    group.throughput(Throughput::Bytes(source.text().len() as u64));
    group.bench_function("parse", |bencher| bencher.iter(|| measure(&source)));
    group.bench_function("markdown only", |bencher| {
        bencher.iter(|| black_box(markdown::events(source.text()).count()));
    });
    group.finish();
}

/// Takes shell text apart, once and eight times as long: bytes a second stay about the same if the work is linear.
fn repeated(criterion: &mut Criterion) {
    let pieces = [
        ("commands", "POD=$(kubectl get pod -l app=api -o name | head -1); kubectl exec $POD -- ls\n"),
        ("unclosed", "$("),
        ("places", "kubectl delete pod <name of the pod> "),
    ];
    let mut group = criterion.benchmark_group("shell text");
    for (name, piece) in pieces {
        for times in [100, 800] {
            let text = piece.repeat(times);
            group.throughput(Throughput::Bytes(text.len() as u64));
            group.bench_function(format!("{name}, {times} times"), |bencher| bencher.iter(|| take_apart(&text)));
        }
    }
    group.finish();
}

fn take_apart(text: &str) {
    let script = shell::parse(text);
    black_box((shell::placeholders(text), shell::effects(&script)));
    black_box(reference::references(&script, &mut Scope::default(), &|_| None, None));
}

fn measure(source: &Arc<Source>) {
    black_box(parse(RunbookId("incident/bench".to_owned()), Arc::clone(source), &Fragments::new()));
}

fn synthetic() -> String {
    let mut text = String::from(
        "---\ntitle: Connection pool is full\nseverity: P2\ntags: [database, pool]\nparams:\n  - name: NAMESPACE\n    \
         default: prod\n---\n\n# Connection pool is full\n\n**Meaning**: requests wait for a connection.\n",
    );
    let mut number = 0;
    while text.len() < 7 * 1024 {
        number += 1;
        text.push_str(&section(number));
    }
    text
}

fn section(number: usize) -> String {
    format!(
        "\n## Step {number}: look at the pool\n\nSome prose that says why this is done, with `kubectl get pods` in it and \
         a link to [the guide](guide.md#pool).\n\n1. Count the connections.\n\n   ```bash check id=count-{number} \
         timeout=10s expect='int(stdout) < 90'\n   psql -Atc 'select count(*) from pg_stat_activity'\n   ```\n\n   \
         ```output match=regex\n   \\d+\n   ```\n\n2. Free some.\n\n   ```bash action id=free-{number} risk=medium \
         verify=count-{number}\n   kubectl -n \"$NAMESPACE\" rollout restart deployment/api\n   ```\n\n- [ ] [The pool \
         has room](#count-{number})\n- [ ] Tell the customers\n\n| metric | limit |\n| --- | --- |\n| connections | 90 \
         |\n"
    )
}
