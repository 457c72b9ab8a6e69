//! Without faults, every failure of every process counts.

use process_test::evidence::Evidence;
use process_test::figures;
use process_test::fleet::Fleet;
use process_test::message::Message;
use process_test::observer::Observer;
use process_test::service::Service;
use process_test::test_folder::TestFolder;
use process_test::time_source::TimeSource;
use redis_test_server::RedisServer;

const PROGRAM: &str = env!("CARGO_BIN_EXE_process-worker");
const PROCESSES: usize = 8;
const FAILURES: u64 = 50;
const NAME: &str = "count-exact";

fn count(url: &str) -> u64 {
    let service = Service::start();
    let mut fleet = Fleet::start(PROGRAM, url, service.port(), vec![TimeSource::ACCURATE; PROCESSES]);
    fleet.send_all(&format!("call {NAME} {FAILURES}"));
    let (mut evidence, mut done) = (Evidence::default(), 0);
    while done < PROCESSES {
        let next = fleet.next(None).expect("there is no deadline");
        let message = next.message.expect("no process ends by itself");
        done += usize::from(matches!(message, Message::Done { .. }));
        evidence.add(next.process, message);
    }
    let counts = evidence.counts(NAME);
    assert_eq!((counts.begun, counts.unknown, counts.unended, evidence.kept), (PROCESSES as u64 * FAILURES, 0, 0, 0), "{counts:?}");
    Observer::new(url, TimeSource::ACCURATE).counted(NAME)
}

#[test]
fn eight_processes_with_50_failures_each_count_400() {
    let folder = TestFolder::new("exact");
    let on_file = count(&format!("sqlite:{}", folder.file().display()));
    let server = RedisServer::start();
    let on_redis = count(&server.url());
    assert_eq!((on_file, on_redis), (400, 400));
    figures::write(
        "processes_without_faults",
        &[4, 7],
        &[("failures counted on one file", on_file), ("failures counted on one redis", on_redis)],
    );
}
