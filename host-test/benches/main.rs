//! The time of a guarded call: through the Rust host, natively, and through other circuit breakers, in one run. `cargo xtask bench` runs it
//! and writes docs/benchmarks.md.

mod board;
mod engine;
mod peers;
mod scale;
mod start;
mod threads;

use criterion::{criterion_group, criterion_main};

criterion_group!(benches, peers::bench, engine::bench, board::bench, start::bench, threads::bench, scale::bench);
criterion_main!(benches);
