//! The time to build a board.

use criterion::{BatchSize, Criterion};
use fuseboard_host::Board;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// More components than a process keeps in memory, so that each is read from the folder again.
const COMPONENTS: u64 = 12;

pub fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("start");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/bench/start");
    let mut next = COMPONENTS;
    group.bench_function("board from a component's bytes", |bench| {
        bench.iter_batched(
            || {
                next += 1;
                component(&folder, next)
            },
            |path| Board::builder().component_path(path).build().expect("a board"),
            BatchSize::PerIteration,
        );
    });
    let compiled = folder.join("compiled");
    let from_folder = |path: &PathBuf| Board::builder().component_path(path).compiled_in(&compiled).build().expect("a board");
    let mut built = None;
    group.bench_function("board, compiled before", |bench| {
        let paths = built.get_or_insert_with(|| {
            let paths: Vec<PathBuf> = (0..COMPONENTS).map(|number| component(&folder, number)).collect();
            paths.iter().for_each(|path| drop(from_folder(path)));
            paths.into_iter().cycle()
        });
        bench.iter(|| from_folder(&paths.next().expect("it never ends")));
    });
    group.bench_function("board, compiled in this process", |bench| bench.iter(|| Board::builder().build().expect("a board")));
    for (name, document) in [("hosts.json", hosts("{\"hosts\": {", "}}", ",")), ("hosts.yaml", hosts("hosts:\n  ", "", "\n  "))] {
        group.bench_function(format!("board, 1,000 hosts in {name}"), |bench| {
            bench.iter(|| Board::builder().document(name, document.as_str()).build().expect("a board"));
        });
    }
    group.finish();
    // May fail, because the cache's thread may still write there. The next run overwrites what is left.
    drop(std::fs::remove_dir_all(&folder));
}

/// A configuration of a thousand hosts with two settings each.
fn hosts(before: &str, after: &str, between: &str) -> String {
    let host = |n: u32| format!("\"host-{n}.example\": {{\"fail_max\": {}, \"reset_timeout_s\": {}.5}}", n % 10 + 1, n % 100);
    format!("{before}{}{after}", (0..1_000).map(host).collect::<Vec<_>>().join(between))
}

/// A component with the same code and other bytes: the number is in a custom section.
fn component(folder: &Path, number: u64) -> PathBuf {
    const CUSTOM_SECTION: [u8; 4] = [0, 10, 1, b'n'];
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/component/fuseboard.wasm");
    let mut bytes = std::fs::read(file).expect("`cargo xtask component` has built it");
    bytes.extend(CUSTOM_SECTION);
    bytes.extend(number.to_le_bytes());
    let path = folder.join(format!("{number}.wasm"));
    std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, bytes)).expect("the target folder can be written");
    path
}
