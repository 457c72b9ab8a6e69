//! A Redis server that fails while processes use it.

use process_test::clock::TimeOfDay;
use process_test::evidence::Evidence;
use process_test::figures;
use process_test::fleet::Fleet;
use process_test::observer::Observer;
use process_test::policy;
use process_test::redis_server::RedisServer;
use process_test::report::Report;
use process_test::service::Service;
use process_test::switch::Switch;
use std::thread;
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_process-worker");
const PROCESSES: usize = 4;
const COUNTED: &str = "count-during";
const PROBED: &str = "probe-during";
/// Attempts of each process: enough to outlast the fault.
const COUNTED_CALLS: u32 = 300;
const PROBED_CALLS: u32 = 300;
/// The fault begins after so many lines of all processes.
const LINES_BEFORE: u32 = 300;
const FAULT: Duration = Duration::from_millis(300);
/// Longer than the budget of a call and than the silence after which a connection is replaced.
const PAUSE: Duration = Duration::from_millis(1_500);

/// What the fault may have undone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lost {
    Nothing,
    EarlierWrites,
}

/// Runs the processes, and the fault in their midst. Returns the lines of all.
fn during(url: &str, fault: impl FnOnce()) -> Evidence {
    let service = Service::start();
    let mut fleet = Fleet::start(PROGRAM, url, service.port(), vec![TimeOfDay::RIGHT; PROCESSES]);
    fleet.send_all(&format!("call {COUNTED} {COUNTED_CALLS}"));
    fleet.send_all(&format!("call {PROBED} {PROBED_CALLS}"));
    let (mut evidence, mut done, mut lines, mut fault) = (Evidence::default(), 0, 0, Some(fault));
    while done < 2 * PROCESSES {
        let report = fleet.next(None).and_then(|said| said.report.map(|report| (said.process, report)));
        let (process, report) = report.expect("no process ends by itself");
        lines += 1;
        done += usize::from(matches!(report, Report::Done { .. }));
        evidence.take_in(process, report);
        if lines > LINES_BEFORE
            && let Some(fault) = fault.take()
        {
            fault();
        }
    }
    assert!(fault.is_none(), "the fault came too late");
    evidence
}

/// Checks what holds during and after any fault.
fn check(name: &str, url: &str, lost: Lost, evidence: &Evidence) {
    let observer = Observer::new(url, TimeOfDay::RIGHT);
    let (tally, counted) = (evidence.tally(COUNTED), observer.counted(COUNTED));
    let least = if lost == Lost::Nothing { tally.acknowledged } else { 0 };
    assert!((least..=tally.acknowledged + tally.in_doubt()).contains(&counted), "{counted} counted, {tally:?}");
    assert_eq!((tally.unended, evidence.kept), (0, 0), "every call was settled, and nothing stays in the backlog");
    if lost == Lost::Nothing {
        assert!(evidence.probes_at_once() <= policy::TRIAL_CALLS, "{} probes at one time", evidence.probes_at_once());
    }
    let longest = evidence.waits_ms.iter().max().copied().unwrap_or(0);
    assert!(longest <= policy::WAIT_MAX_MS, "a refusal names {longest} ms");
    let recovery = u64::try_from(observer.close(PROBED).as_millis()).unwrap_or(u64::MAX);
    observer.read_all();
    let figures = [
        ("calls", tally.begun + evidence.tally(PROBED).begun),
        ("failures acknowledged", tally.acknowledged),
        ("failures in doubt", tally.in_doubt()),
        ("failures counted", counted),
        ("recovery ms", recovery),
    ];
    figures::write(name, &[1, 4, 5, 6, 7, 8], &figures);
}

#[test]
fn a_paused_server_loses_nothing() {
    let server = RedisServer::start();
    let evidence = during(&server.url(), || {
        server.pause();
        thread::sleep(PAUSE);
        server.resume();
    });
    check("redis_paused", &server.url(), Lost::Nothing, &evidence);
}

#[test]
fn a_closed_port_loses_nothing() {
    let server = RedisServer::start();
    let switch = Switch::to(server.port);
    let evidence = during(&switch.url(), || {
        switch.lead_to(None);
        thread::sleep(FAULT);
        switch.lead_to(Some(server.port));
    });
    check("redis_port_closed", &server.url(), Lost::Nothing, &evidence);
}

/// The server keeps nothing on disk.
#[test]
fn a_restarted_server_counts_nothing_twice_and_no_circuit_is_stuck() {
    let server = RedisServer::start();
    let port = server.port;
    let mut running = Some(server);
    let url = format!("redis://127.0.0.1:{port}");
    let restarted = &mut running;
    let evidence = during(&url, || {
        drop(restarted.take());
        thread::sleep(FAULT);
        *restarted = Some(RedisServer::start_on(port).expect("the port is still free"));
    });
    check("redis_restarted", &url, Lost::EarlierWrites, &evidence);
}

#[test]
fn a_flushed_server_counts_nothing_twice_and_no_circuit_is_stuck() {
    let server = RedisServer::start();
    let evidence = during(&server.url(), || {
        for _ in 0..20 {
            server.run(&["FLUSHALL"]);
        }
    });
    check("redis_flushed", &server.url(), Lost::EarlierWrites, &evidence);
}

/// The replica stops copying, and becomes the primary when the first one has taken further writes.
#[test]
fn a_promoted_replica_that_lagged_counts_nothing_twice_and_no_circuit_is_stuck() {
    let (primary, replica) = (RedisServer::start(), RedisServer::start());
    replica.run(&["REPLICAOF", "127.0.0.1", &primary.port.to_string()]);
    let start = Instant::now();
    while !replica.run(&["INFO", "replication"]).contains("master_link_status:up") {
        assert!(start.elapsed() < Duration::from_secs(20), "the replica does not copy");
        thread::sleep(Duration::from_millis(10));
    }
    let switch = Switch::to(primary.port);
    let evidence = during(&switch.url(), || {
        replica.run(&["REPLICAOF", "NO", "ONE"]);
        thread::sleep(FAULT);
        switch.lead_to(Some(replica.port));
    });
    check("redis_failed_over", &replica.url(), Lost::EarlierWrites, &evidence);
}
