//! What the operations of the SQLite store take on this machine, by one process and by four.
//!
//! `cargo run --release -p fuseboard-stores --features sqlite --example sqlite_speed -- [file]`; the file must not exist.

use fuseboard::time::Millis;
use fuseboard::{Lookup, Revision, Store, StoreError, Swap};
use fuseboard_stores::{SqliteOptions, SqliteStore, Synchronous};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const WITHIN: Millis = Millis(10_000);
const TTL: Millis = Millis(86_400_000);
const KEYS: u32 = 1_000;
const LOADS: u32 = 50_000;
const SWAPS: u32 = 5_000;
const PROCESSES: u32 = 4;
/// As long as the record of a host with two failing roles.
const VALUE_BYTES: usize = 700;

type Done = Result<(), Box<dyn std::error::Error>>;

fn main() -> Done {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.as_slice() {
        [file] => report(Path::new(file)),
        [file, synchronous, worker] => work(Path::new(file), synchronous_of(synchronous), worker),
        _ => {
            let folder = env::temp_dir().join(format!("fuseboard-speed-{}", std::process::id()));
            report(&folder.join("breakers.db"))?;
            Ok(fs::remove_dir_all(folder)?)
        }
    }
}

fn report(file: &Path) -> Done {
    println!("SQLite {}, file {}, values of {VALUE_BYTES} bytes", SqliteStore::library_version(), file.display());
    for synchronous in [Synchronous::Normal, Synchronous::Full] {
        let file = file.with_extension(format!("{synchronous:?}"));
        one_process(&file, synchronous)?;
        for shared in ["own-keys", "one-key"] {
            processes(&file, synchronous, shared)?;
        }
    }
    Ok(())
}

fn one_process(file: &Path, synchronous: Synchronous) -> Done {
    let store = open(file, synchronous);
    let mut revisions = (0..KEYS).map(|n| swap(&store, &key(n), None, n)).collect::<Result<Vec<Revision>, StoreError>>()?;
    let unchanged = each(LOADS, |n| store.load(&key(n % KEYS), revisions.get(index(n % KEYS)).copied(), WITHIN).map(drop))?;
    let found = each(LOADS, |n| store.load(&key(n % KEYS), None, WITHIN).map(drop))?;
    let swapped = each(SWAPS, |n| {
        let Some(revision) = revisions.get_mut(index(n % KEYS)) else { return Ok(()) };
        *revision = swap(&store, &key(n % KEYS), Some(*revision), n)?;
        Ok(())
    })?;
    println!("{synchronous:?}, one process: load unchanged {unchanged}; load found {found}; swap {swapped}");
    Ok(())
}

/// Several processes at once: each on keys of its own, or all on one.
fn processes(file: &Path, synchronous: Synchronous, shared: &str) -> Done {
    let start = Instant::now();
    let worker = |n: u32| {
        let name = if shared == "one-key" { "n:shared".to_owned() } else { format!("n:worker-{n}") };
        Command::new(env::current_exe()?).arg(file).args([&format!("{synchronous:?}"), &name]).stdout(Stdio::inherit()).spawn()
    };
    let workers = (0..PROCESSES).map(worker).collect::<Result<Vec<_>, _>>()?;
    for mut worker in workers {
        worker.wait()?;
    }
    let per_second = u128::from(PROCESSES * SWAPS) * 1_000 / start.elapsed().as_millis().max(1);
    println!("{synchronous:?}, {PROCESSES} processes, {shared}: {per_second} swaps stored in a second in all");
    Ok(())
}

/// One worker's swaps, each after a load, repeated until stored.
fn work(file: &Path, synchronous: Synchronous, key: &str) -> Done {
    let store = open(file, synchronous);
    let mut conflicts = 0_u32;
    let took = each(SWAPS, |n| {
        loop {
            let expected = match store.load(key, None, WITHIN)? {
                Lookup::Found(entry) => Some(entry.revision),
                Lookup::Missing | Lookup::Unchanged => None,
            };
            match store.compare_and_swap(key, expected, &value(n), Some(TTL), WITHIN)? {
                Swap::Stored(_) => return Ok(()),
                Swap::Conflict(_) => conflicts += 1,
            }
        }
    })?;
    println!("  {key}: load and swap {took}; {conflicts} conflicts");
    Ok(())
}

/// The median, the 99th percentile and the longest.
fn each(times: u32, mut operation: impl FnMut(u32) -> Result<(), StoreError>) -> Result<String, StoreError> {
    let mut took = Vec::new();
    for n in 0..times {
        let start = Instant::now();
        operation(n)?;
        took.push(start.elapsed());
    }
    took.sort_unstable();
    let at = |percent: usize| took.get(took.len() * percent / 100).or(took.last()).copied().unwrap_or(Duration::ZERO);
    Ok(format!("{:.1?}, 99 % {:.1?}, longest {:.1?}", at(50), at(99), at(100)))
}

fn swap(store: &SqliteStore, key: &str, expected: Option<Revision>, n: u32) -> Result<Revision, StoreError> {
    match store.compare_and_swap(key, expected, &value(n), Some(TTL), WITHIN)? {
        Swap::Stored(revision) => Ok(revision),
        Swap::Conflict(current) => Err(StoreError::Refused(format!("{key} has another value: {current:?}"))),
    }
}

fn open(file: &Path, synchronous: Synchronous) -> SqliteStore {
    SqliteStore::with_options(SqliteOptions::new(PathBuf::from(file)).synchronous(synchronous))
}

fn synchronous_of(name: &str) -> Synchronous {
    if name == "Full" { Synchronous::Full } else { Synchronous::Normal }
}

fn key(n: u32) -> String {
    format!("h:host-{n}.example.org")
}

fn index(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

fn value(n: u32) -> String {
    format!("{n:0VALUE_BYTES$}")
}
