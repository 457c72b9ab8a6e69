//! Measures the Redis store: `cargo run --release -p fuseboard-stores --features redis --example redis_speed redis://127.0.0.1:6379`.

use fuseboard::time::Millis;
use fuseboard::{Lookup, Revision, Store, StoreError, Swap};
use fuseboard_stores::{CacheMode, RedisSettings, RedisStore};
use std::error::Error;
use std::time::{Duration, Instant};

const WITHIN: Millis = Millis(1_000);
const TIMES: u32 = 10_000;
/// As long as a record with a few failures.
const TEXT_BYTES: usize = 700;

fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1).ok_or("usage: redis_speed redis://host:port")?;
    for cache in [CacheMode::On, CacheMode::Off] {
        let store = RedisStore::new(RedisSettings::from_url(&url)?.namespace("fuseboard-speed:")?.with_cache(cache));
        println!("cache {cache:?}");
        measure(&store)?;
    }
    Ok(())
}

fn measure(store: &RedisStore) -> Result<(), Box<dyn Error>> {
    let key = format!("n:speed-{}", std::process::id());
    let mut revision = match store.load(&key, None, WITHIN)? {
        Lookup::Found(entry) => Some(entry.revision),
        Lookup::Missing | Lookup::Unchanged => None,
    };
    let mut swaps = Vec::new();
    for n in 0..TIMES {
        let text = format!("{:?} {n} {}", Instant::now(), "x".repeat(TEXT_BYTES));
        let start = Instant::now();
        revision = Some(swap(store, &key, revision, &text)?);
        swaps.push(start.elapsed());
    }
    show("swap", swaps);
    show("load, unchanged", durations(|_| store.load(&key, revision, WITHIN).map(drop))?);
    show("load, never read before", durations(|n| store.load(&format!("{key}:{n}"), None, WITHIN).map(drop))?);
    Ok(())
}

fn swap(store: &RedisStore, key: &str, expected: Option<Revision>, text: &str) -> Result<Revision, Box<dyn Error>> {
    match store.compare_and_swap(key, expected, text, Some(Millis(60_000)), WITHIN)? {
        Swap::Stored(revision) => Ok(revision),
        Swap::Conflict(_) => Err("another program writes the same key".into()),
    }
}

fn durations(operation: impl Fn(u32) -> Result<(), StoreError>) -> Result<Vec<Duration>, StoreError> {
    let one = |n| {
        let start = Instant::now();
        operation(n).map(|()| start.elapsed())
    };
    (0..TIMES).map(one).collect()
}

fn show(name: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |hundredths: usize| times.get(times.len() * hundredths / 100).copied().unwrap_or_default();
    println!("  {name:<24} median {:?}, 99th percentile {:?}", at(50), at(99));
}
