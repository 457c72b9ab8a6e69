//! Other circuit breakers: one healthy guarded call, with their default settings.

use criterion::Criterion;
use failsafe::CircuitBreaker;
use recloser::Recloser;
use std::convert::Infallible;
use std::hint::black_box;

pub fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("peers");
    let failsafe = failsafe::Config::new().build();
    group.bench_function("failsafe: healthy call", |bench| bench.iter(|| failsafe.call(|| Ok::<u32, Infallible>(black_box(1)))));
    let recloser = Recloser::default();
    group.bench_function("recloser: healthy call", |bench| bench.iter(|| recloser.call(|| Ok::<u32, Infallible>(black_box(1)))));
    group.finish();
}
