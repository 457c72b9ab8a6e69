//! Counts what a call costs a Redis server, beside pybreaker: `redis-cost PYTHON SCRIPT [CASE]`. It prints one line of JSON for
//! each case, or for one.
//!
//! `cargo xtask bench-redis` runs it and writes docs/stores.md.

use fuseboard_host::time::Millis;
use fuseboard_host::{Admission, Board, End, EngineKind, Outcome, Report, Scope, Target};
use fuseboard_stores::{RedisSettings, RedisStore};
use process_test::counting_proxy::{CountingProxy, Counts};
use redis_test_server::RedisServer;
use serde_json::{Value, json};
use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

/// How long the last outcomes may take to be written.
const FLUSH_MAX: Duration = Duration::from_secs(30);

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// One way to call. pybreaker has neither leases nor a cache.
struct Case {
    /// The name that the script and the task know.
    name: &'static str,
    calls: u32,
    /// `None`: as fast as it can.
    per_second: Option<u32>,
    threads: u32,
    kind: Kind,
    lease_ms: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Healthy,
    /// Failures that do not open the circuit.
    Failing,
    /// The first failure of a new name opens its circuit.
    Tripping,
}

const CASES: &[Case] = &[
    Case { name: "healthy", calls: 10_000, per_second: Some(1_000), threads: 1, kind: Kind::Healthy, lease_ms: 100 },
    Case { name: "healthy without leases", calls: 10_000, per_second: Some(1_000), threads: 1, kind: Kind::Healthy, lease_ms: 0 },
    Case { name: "healthy, seldom", calls: 250, per_second: Some(5), threads: 1, kind: Kind::Healthy, lease_ms: 100 },
    Case { name: "failing", calls: 10_000, per_second: Some(1_000), threads: 1, kind: Kind::Failing, lease_ms: 100 },
    Case { name: "failing, seldom", calls: 250, per_second: Some(5), threads: 1, kind: Kind::Failing, lease_ms: 100 },
    Case { name: "tripping", calls: 10_000, per_second: Some(1_000), threads: 1, kind: Kind::Tripping, lease_ms: 100 },
    Case { name: "failing at once", calls: 10_000, per_second: None, threads: 16, kind: Kind::Failing, lease_ms: 100 },
];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (python, script, wanted) = match arguments.as_slice() {
        [python, script] => (python, script, None),
        [python, script, case] => (python, script, Some(case.as_str())),
        _ => return Err("usage: redis-cost PYTHON SCRIPT [CASE]".into()),
    };
    let server = RedisServer::start();
    let proxy = CountingProxy::to_server(server.port);
    for case in CASES.iter().filter(|case| wanted.is_none_or(|wanted| case.name == wanted)) {
        server.run(&["FLUSHALL"]);
        let ours = fuseboard(case, &proxy)?;
        server.run(&["FLUSHALL"]);
        let theirs = pybreaker(case, &proxy, python, script)?;
        let line = json!({
            "case": case.name, "calls": case.calls, "per_second": case.per_second, "threads": case.threads,
            "fuseboard": per_call(&ours, case.calls), "pybreaker": per_call(&theirs, case.calls),
        });
        println!("{line}");
    }
    Ok(())
}

fn per_call(counts: &Counts, calls: u32) -> Value {
    let per_call = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / f64::from(calls);
    json!({
        "commands": per_call(counts.all_commands()), "round_trips": per_call(counts.round_trips), "swaps": per_call(counts.swaps()),
        "names": counts.commands,
    })
}

fn fuseboard(case: &Case, proxy: &CountingProxy) -> Result<Counts> {
    let settings = RedisSettings::from_url(&format!("redis://127.0.0.1:{}", proxy.port()))?.lease(Millis(u64::from(case.lease_ms)));
    let fail_max = if case.kind == Kind::Tripping { 1 } else { 5 };
    let configuration = json!({"defaults": {"fail_max": fail_max, "sharing": {"lease_ms": case.lease_ms, "storage_budget_ms": 5_000}}});
    let board = Board::builder().engine(EngineKind::Native).document("cost.json", configuration.to_string());
    let board = board.blocking_store(RedisStore::new(settings)).build()?;
    board.define(&Scope::name("shared"), r#"{"fail_max": 1000000000}"#)?;
    // The first call connects, and is not counted.
    call(&board, "shared", Outcome::Success)?;
    let _ = proxy.take();
    let start = Barrier::new(case.threads as usize);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..case.threads).map(|_| scope.spawn(|| calls(case, &board, &start))).collect();
        threads.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|_| Err("a thread panicked".to_owned())))
    })?;
    board.flush(FLUSH_MAX)?;
    Ok(proxy.take())
}

fn calls(case: &Case, board: &Board, start: &Barrier) -> std::result::Result<(), String> {
    start.wait();
    let begun = Instant::now();
    for n in 0..case.calls / case.threads {
        if let Some(per_second) = case.per_second {
            thread::sleep((begun + Duration::from_secs(u64::from(n)) / per_second).saturating_duration_since(Instant::now()));
        }
        let done = match case.kind {
            Kind::Healthy => call(board, "shared", Outcome::Success),
            Kind::Failing => call(board, "shared", Outcome::Failure),
            Kind::Tripping => call(board, &format!("trip-{n}"), Outcome::Failure),
        };
        done.map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn call(board: &Board, name: &str, outcome: Outcome) -> Result<()> {
    let target = Target::name(name);
    let Admission::Admitted { permit, .. } = board.allow(&target)? else { return Err(format!("{name} is refused").into()) };
    board.settle(&target, Some(&permit), &Report::new(End::counted(outcome)))?;
    Ok(())
}

/// The script says `ready` when it is connected, waits for a line, makes the calls, and says `done`.
fn pybreaker(case: &Case, proxy: &CountingProxy, python: &str, script: &str) -> Result<Counts> {
    let kind = match case.kind {
        Kind::Healthy => "healthy",
        Kind::Failing => "failing",
        Kind::Tripping => "tripping",
    };
    let (port, calls, threads) = (proxy.port().to_string(), case.calls.to_string(), case.threads.to_string());
    let per_second = case.per_second.unwrap_or(0).to_string();
    let mut command = Command::new(python);
    command.args([script, &port, kind, &calls, &per_second, &threads]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn()?;
    let (mut input, output) = (child.stdin.take().ok_or("it is a pipe")?, child.stdout.take().ok_or("it is a pipe")?);
    let mut lines = BufReader::new(output).lines();
    expect(&mut lines, "ready")?;
    let _ = proxy.take();
    input.write_all(b"go\n")?;
    expect(&mut lines, "done")?;
    let counts = proxy.take();
    if child.wait()?.success() { Ok(counts) } else { Err("the script failed".into()) }
}

fn expect(lines: &mut impl Iterator<Item = std::io::Result<String>>, expected: &str) -> Result<()> {
    match lines.next().transpose()? {
        Some(line) if line == expected => Ok(()),
        other => Err(format!("the script says {other:?}, expected {expected:?}").into()),
    }
}
