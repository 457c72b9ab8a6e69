//! Boards over both engines: the component in wasmtime with its limits on, and the native engine. The store is in memory.

use criterion::Criterion;
use criterion::measurement::WallTime;
use fuseboard_host::{Board, Command, End, EngineKind, Handle, Leases, Outcome, Permit, Report, Scope, Target};
use std::convert::Infallible;
use std::hint::black_box;
use std::time::{Duration, Instant};

pub const HOST: &str = "api.crossref.org";
pub const NO_LEASE: &str = r#"{"defaults": {"sharing": {"lease_ms": 0}}}"#;
const NEVER_TRIPS: &str = r#"{"defaults": {"fail_max": null, "sharing": {"lease_ms": 0}}}"#;
const TRIPS: &str = r#"{"defaults": {"fail_max": 1, "reset_timeout_s": 86400}}"#;
const WINDOWED: &str = r#"{"defaults": {"window": {"kind": "count", "size": 100, "minimum_calls": 100}, "sharing": {"lease_ms": 0}}}"#;

type Group<'a> = criterion::BenchmarkGroup<'a, WallTime>;

/// A board over the component.
pub fn board(config: &str, leases: Leases) -> Board {
    board_over(EngineKind::Component, config, leases)
}

fn board_over(engine: EngineKind, config: &str, leases: Leases) -> Board {
    Board::builder().engine(engine).document("bench.json", config).leases(leases).build().expect("the board is built")
}

fn handle(board: &Board, target: &Target) -> Handle {
    board.target(target).expect("a target")
}

pub fn permit(handle: &Handle) -> Permit {
    handle.allow().expect("the board answers").into_result().expect("it is admitted")
}

pub fn bench(criterion: &mut Criterion) {
    for (name, engine) in [("rust host", EngineKind::Component), ("rust host, native", EngineKind::Native)] {
        let mut group = criterion.benchmark_group(name);
        if engine == EngineKind::Component {
            // No leased call reaches an engine.
            leased(&mut group);
        }
        unleased(&mut group, engine);
        refused(&mut group, engine);
        tripping(&mut group, engine);
        group.finish();
    }
}

fn leased(group: &mut Group<'_>) {
    let board = board("{}", Leases::On);
    let target = Target::host(HOST);
    let handle = handle(&board, &target);
    let success = Report::new(End::Returned);
    group.bench_function("leased allow + settle, by a handle", |bench| {
        bench.iter(|| {
            let permit = permit(&handle);
            // Not the whole answer: moving it into the bench's black box costs some nanoseconds itself.
            handle.settle(Some(&permit), &success).is_ok()
        });
    });
    group.bench_function("leased call by names, elapsed measured", |bench| {
        bench.iter(|| board.call(&target, || Ok::<u32, Infallible>(black_box(1))));
    });
}

fn unleased(group: &mut Group<'_>, engine: EngineKind) {
    let (alone, resolved) = (Target::host(HOST), Target::host(HOST).resolver("wayback"));
    let (success, failure) = (Report::new(End::Returned), Report::new(End::counted(Outcome::Failure)));
    let cases = [
        ("healthy allow + settle, by a handle", NO_LEASE, &alone, &success),
        ("healthy allow + settle, host and resolver", NO_LEASE, &resolved, &success),
        ("windowed success", WINDOWED, &alone, &success),
        ("failing allow + settle", NEVER_TRIPS, &alone, &failure),
    ];
    for (name, config, target, report) in cases {
        let board = board_over(engine, config, Leases::On);
        let handle = handle(&board, target);
        group.bench_function(name, |bench| {
            bench.iter(|| {
                let permit = permit(&handle);
                handle.settle(Some(&permit), report)
            });
        });
    }
    let board = board_over(engine, NO_LEASE, Leases::On);
    group.bench_function("healthy call by names, elapsed measured", |bench| {
        bench.iter(|| board.call(&alone, || Ok::<u32, Infallible>(black_box(1))));
    });
}

fn trip(handle: &Handle) {
    let permit = permit(handle);
    handle.settle(Some(&permit), &Report::new(End::counted(Outcome::Failure))).expect("it is settled");
}

fn refused(group: &mut Group<'_>, engine: EngineKind) {
    for (name, leases) in [("refused allow, first", Leases::Off), ("refused allow, repeated", Leases::On)] {
        let board = board_over(engine, TRIPS, leases);
        let handle = handle(&board, &Target::host(HOST));
        trip(&handle);
        group.bench_function(name, |bench| bench.iter(|| handle.allow()));
    }
}

/// The call that opens the circuit; what closes it again is not measured.
fn tripping(group: &mut Group<'_>, engine: EngineKind) {
    let board = board_over(engine, TRIPS, Leases::Off);
    let handle = handle(&board, &Target::host(HOST));
    group.bench_function("tripping allow + settle", |bench| {
        bench.iter_custom(|calls| {
            let mut spent = Duration::ZERO;
            for _ in 0..calls {
                let start = Instant::now();
                trip(&handle);
                spent += start.elapsed();
                board.command(&Scope::host(HOST), &Command::Close).expect("it is closed");
            }
            spent
        });
    });
}
