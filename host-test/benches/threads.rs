//! Several threads on one board: the total time, divided by the number of calls.

use crate::board::{NO_LEASE, permit};
use criterion::{BenchmarkId, Criterion};
use fuseboard_host::{Board, End, EngineKind, Handle, Report, Target};
use std::thread;
use std::time::{Duration, Instant};

const THREADS: [usize; 3] = [1, 2, 8];

/// The targets that the threads call.
#[derive(Clone, Copy)]
enum Targets {
    One,
    OneEach,
}

pub fn bench(criterion: &mut Criterion) {
    let cases = [
        ("threads, leased", "{}", EngineKind::Component, 1, Targets::OneEach),
        ("threads, leased, one target", "{}", EngineKind::Component, 1, Targets::One),
        ("threads, without a lease", NO_LEASE, EngineKind::Component, 1, Targets::OneEach),
        ("threads, without a lease, 8 engines", NO_LEASE, EngineKind::Component, 8, Targets::OneEach),
        ("threads, without a lease, 8 native engines", NO_LEASE, EngineKind::Native, 8, Targets::OneEach),
    ];
    for (name, config, engine, engines, targets) in cases {
        let mut group = criterion.benchmark_group(name);
        for threads in THREADS {
            let board =
                Board::builder().engine(engine).document("bench.json", config).instances(engines).build().expect("the board is built");
            let handles = handles(&board, threads, targets);
            group.bench_function(BenchmarkId::from_parameter(threads), |bench| {
                bench.iter_custom(|calls| call_on_all_threads(&handles, calls.div_ceil(handles.len() as u64)));
            });
        }
        group.finish();
    }
}

fn handles(board: &Board, threads: usize, targets: Targets) -> Vec<Handle> {
    let name = |thread| match targets {
        Targets::One => "h.example".to_owned(),
        Targets::OneEach => format!("h{thread}.example"),
    };
    (0..threads).map(|thread| board.target(&Target::host(name(thread))).expect("a target")).collect()
}

fn call_on_all_threads(handles: &[Handle], calls_each: u64) -> Duration {
    let start = Instant::now();
    thread::scope(|scope| {
        for handle in handles {
            scope.spawn(move || {
                let success = Report::new(End::Returned);
                for _ in 0..calls_each {
                    handle.settle(Some(&permit(handle)), &success).expect("it is settled");
                }
            });
        }
    });
    start.elapsed()
}
