//! The engine without a sandbox around it.

use criterion::Criterion;
use fuseboard::{Answer, Document, End, Engine, Identity, Outcome, Permit, Report, Sources, Target};
use fuseboard_host::{MemoryStore, SystemClock};

type Native = Engine<SystemClock, MemoryStore>;

fn engine(config: &str) -> Native {
    let mut engine = Engine::new(SystemClock::new(), MemoryStore::new());
    let document = Document { name: "bench.json".to_owned(), text: config.to_owned() };
    let sources = Sources { documents: vec![document], ..Sources::default() };
    engine.configure(&sources, Identity { writer: 1, seed: 1 }).expect("the configuration is good");
    engine
}

fn admitted(engine: &mut Native, target: &Target) -> Permit {
    match engine.allow(target).expect("the engine answers").answer {
        Answer::Admitted(admitted) => admitted.permit,
        Answer::Refused(refused) => panic!("refused: {refused:?}"),
    }
}

pub fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("native engine");
    let target = Target::host("api.crossref.org");
    let calls = [
        ("healthy allow + settle", r#"{"defaults": {"sharing": {"lease_ms": 0}}}"#, Report::new(End::Returned)),
        (
            "failing allow + settle",
            r#"{"defaults": {"fail_max": null, "sharing": {"lease_ms": 0}}}"#,
            Report::new(End::counted(Outcome::Failure)),
        ),
    ];
    for (name, config, report) in calls {
        let mut engine = engine(config);
        group.bench_function(name, |bench| {
            bench.iter(|| {
                let permit = admitted(&mut engine, &target);
                engine.settle(&target, Some(&permit), &report)
            });
        });
    }
    let mut engine = engine(r#"{"defaults": {"fail_max": 1, "reset_timeout_s": 86400}}"#);
    let permit = admitted(&mut engine, &target);
    engine.settle(&target, Some(&permit), &Report::new(End::counted(Outcome::Failure))).expect("it is settled");
    group.bench_function("refused allow", |bench| bench.iter(|| engine.allow(&target)));
    group.finish();
}
