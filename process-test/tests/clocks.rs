//! Processes whose clocks are an hour apart, and step by hours while probes are in flight.

use process_test::evidence::Evidence;
use process_test::figures;
use process_test::fleet::Fleet;
use process_test::message::Message;
use process_test::observer::Observer;
use process_test::policy;
use process_test::service::Service;
use process_test::time_source::TimeSource;
use redis_test_server::RedisServer;

const PROGRAM: &str = env!("CARGO_BIN_EXE_process-worker");
const HOUR_MS: i64 = 3_600_000;
const OFFSETS_MS: [i64; 4] = [0, HOUR_MS, -HOUR_MS, 0];
const ROUNDS: u64 = 20;
const ATTEMPTS: u32 = 20;

/// In each round the clock of one process steps by two hours, forward or back.
fn play(url: &str, clocks: Vec<TimeSource>, mut check: impl FnMut(&str, &Evidence)) {
    let service = Service::start();
    let mut fleet = Fleet::start(PROGRAM, url, service.port(), clocks);
    for round in 1..=figures::number_from_environment("TORTURE_ROUNDS", ROUNDS) {
        let name = format!("{}{round}", policy::PROBED_PREFIX);
        let stepping = usize::try_from(round).unwrap_or(0) % fleet.len();
        fleet.send_all(&format!("call {name} {ATTEMPTS}"));
        // A process runs its commands one after the other, so it steps between the two others.
        fleet.send(stepping, &format!("step {}", if round % 8 < 4 { 2 * HOUR_MS } else { -2 * HOUR_MS }));
        fleet.send_all(&format!("call {name} {ATTEMPTS}"));
        let (mut evidence, mut done) = (Evidence::default(), 0);
        while done < 2 * fleet.len() {
            let next = fleet.next(None).expect("there is no deadline");
            let message = next.message.expect("no process ends by itself");
            done += usize::from(matches!(message, Message::Done { .. }));
            evidence.add(next.process, message);
        }
        let longest = evidence.waits_ms.iter().max().copied().unwrap_or(0);
        assert!(longest <= policy::WAIT_MAX_MS, "{name}: the longest wait is {longest} ms");
        check(&name, &evidence);
    }
}

#[test]
fn with_clocks_that_step_by_hours_no_wait_is_too_long_and_no_circuit_is_stuck() {
    let server = RedisServer::start();
    let observer = Observer::new(&server.url(), TimeSource::ACCURATE);
    let mut longest = 0;
    let clocks = OFFSETS_MS.map(|offset_ms| TimeSource::Machine { offset_ms }).to_vec();
    play(&server.url(), clocks, |name, _| {
        longest = longest.max(u64::try_from(observer.close(name).as_millis()).unwrap_or(u64::MAX));
    });
    figures::write("processes_with_wrong_clocks", &[5, 6], &[("longest recovery ms", longest)]);
}

#[test]
fn with_the_servers_clock_the_probe_bound_holds_although_the_clocks_step() {
    let server = RedisServer::start();
    let observer = Observer::new(&server.url(), TimeSource::Server { offset_ms: 0 });
    let (mut longest, mut probes, mut most) = (0, 0, 0);
    let clocks = OFFSETS_MS.map(|offset_ms| TimeSource::Server { offset_ms }).to_vec();
    play(&server.url(), clocks, |name, evidence| {
        assert!(evidence.most_probes_at_once() <= policy::TRIAL_CALLS, "{name}: {} probes at one time", evidence.most_probes_at_once());
        longest = longest.max(u64::try_from(observer.close(name).as_millis()).unwrap_or(u64::MAX));
        (probes, most) = (probes + evidence.probes() as u64, most.max(evidence.most_probes_at_once() as u64));
    });
    assert!(most == policy::TRIAL_CALLS as u64, "no two of {probes} probes were in flight at one time");
    let figures = [("probes", probes), ("most probes at one time", most), ("longest recovery ms", longest)];
    figures::write("processes_by_the_servers_clock", &[1, 5, 6], &figures);
}
