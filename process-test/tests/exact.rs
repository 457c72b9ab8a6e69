//! Without faults every failure counts, of however many processes.

use process_test::clock::TimeOfDay;
use process_test::evidence::Evidence;
use process_test::figures;
use process_test::fleet::Fleet;
use process_test::folder::Folder;
use process_test::observer::Observer;
use process_test::redis_server::RedisServer;
use process_test::report::Report;
use process_test::service::Service;

const PROGRAM: &str = env!("CARGO_BIN_EXE_process-worker");
const PROCESSES: usize = 8;
const FAILURES: u64 = 50;
const NAME: &str = "count-exact";

fn count(url: &str) -> u64 {
    let service = Service::start();
    let mut fleet = Fleet::start(PROGRAM, url, service.port(), vec![TimeOfDay::RIGHT; PROCESSES]);
    fleet.send_all(&format!("call {NAME} {FAILURES}"));
    let (mut evidence, mut done) = (Evidence::default(), 0);
    while done < PROCESSES {
        let said = fleet.next(None).expect("there is no deadline");
        let report = said.report.expect("no process ends by itself");
        done += usize::from(matches!(report, Report::Done { .. }));
        evidence.take_in(said.process, report);
    }
    let tally = evidence.tally(NAME);
    assert_eq!((tally.begun, tally.unknown, tally.unended, evidence.kept), (PROCESSES as u64 * FAILURES, 0, 0, 0), "{tally:?}");
    Observer::new(url, TimeOfDay::RIGHT).counted(NAME)
}

#[test]
fn fifty_failures_of_each_of_eight_processes_are_400_on_one_file_and_on_one_redis() {
    let folder = Folder::new("exact");
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
