//! How much looking up costs besides asking: `cargo bench --bench reference`.
//!
//! Ten thousand references to 50 kinds in 20 namespaces, each with ten objects, against a world that answers at once.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use runbooks::model::{ObjectSummary, Patch, Rehearsal, ResourceKind, Right, Unavailable, World};
use runbooks::reference::{Made, NoShelf, Scope, references, resolve};
use runbooks::shell;
use serde_json::Value;

criterion_group!(benches, looking_up);
criterion_main!(benches);

const KINDS: usize = 50;
const NAMESPACES: usize = 20;
const OBJECTS: usize = 10;

fn looking_up(criterion: &mut Criterion) {
    let text = text();
    let world = AtOnce::new();
    let extracted = references(&shell::parse(&text), &mut Scope::default(), &|_| None, None);
    let count = extracted.references().count();
    assert!(count >= KINDS * NAMESPACES * OBJECTS);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let mut group = criterion.benchmark_group("reference");
    group.sample_size(20).throughput(Throughput::Elements(count as u64));
    group.bench_function("find", |bencher| {
        bencher.iter(|| black_box(references(&shell::parse(&text), &mut Scope::default(), &|_| None, None)));
    });
    group.bench_function("resolve", |bencher| {
        bencher.iter(|| {
            let mut made = Made::default();
            let found = runtime.block_on(resolve(&extracted, &mut made, &world, &NoShelf));
            assert!(found.problems.is_empty());
            black_box(found)
        });
    });
    group.finish();
}

/// Returns commands that name every object there is.
fn text() -> String {
    let mut text = String::new();
    for namespace in 0..NAMESPACES {
        for kind in 0..KINDS {
            for object in 0..OBJECTS {
                text += &format!("kubectl -n space-{namespace} get kind{kind} object-{object}\n");
            }
        }
    }
    text
}

/// A world that answers from memory.
struct AtOnce {
    kinds: Arc<Vec<ResourceKind>>,
    objects: Arc<Vec<ObjectSummary>>,
    namespaces: Arc<Vec<ObjectSummary>>,
}

impl AtOnce {
    fn new() -> Self {
        let mut kinds: Vec<_> = (0..KINDS).map(|number| kind(&format!("kind{number}"), true)).collect();
        kinds.push(kind("namespace", false));
        let named = |prefix: &str, count| (0..count).map(|number| object(format!("{prefix}-{number}"))).collect();
        Self {
            kinds: Arc::new(kinds),
            objects: Arc::new(named("object", OBJECTS)),
            namespaces: Arc::new(named("space", NAMESPACES)),
        }
    }
}

fn kind(name: &str, namespaced: bool) -> ResourceKind {
    ResourceKind {
        group: String::new(),
        version: "v1".to_owned(),
        kind: name.to_owned(),
        plural: format!("{name}s"),
        singular: name.to_owned(),
        short_names: Vec::new(),
        categories: Vec::new(),
        namespaced,
        verbs: vec!["get".to_owned(), "list".to_owned()],
        subresources: Vec::new(),
    }
}

fn object(name: String) -> ObjectSummary {
    ObjectSummary { name, ..ObjectSummary::default() }
}

impl World for AtOnce {
    fn namespace(&self) -> &'static str {
        "space-0"
    }

    fn contexts(&self) -> Vec<String> {
        Vec::new()
    }

    async fn kinds(&self) -> Result<Arc<Vec<ResourceKind>>, Unavailable> {
        Ok(Arc::clone(&self.kinds))
    }

    async fn list(&self, kind: &ResourceKind, _: Option<&str>) -> Result<Arc<Vec<ObjectSummary>>, Unavailable> {
        Ok(Arc::clone(if kind.namespaced { &self.objects } else { &self.namespaces }))
    }

    async fn get(&self, _: &ResourceKind, _: Option<&str>, _: &str) -> Result<Option<Arc<Value>>, Unavailable> {
        Ok(None)
    }

    async fn may(&self, _: &Right<'_>) -> Result<bool, Unavailable> {
        Ok(true)
    }

    async fn rehearse(&self, _: &ResourceKind, _: Option<&str>, _: &str, _: &Patch) -> Result<Rehearsal, Unavailable> {
        Ok(Rehearsal::default())
    }

    async fn identity(&self) -> Option<String> {
        None
    }
}
