//! Processes that are killed and stopped at random moments, on one SQLite file and on one Redis.

use process_test::rounds::Rounds;
use process_test::test_folder::TestFolder;
use process_test::{figures, policy};
use redis_test_server::RedisServer;
use std::path::Path;

const PROGRAM: &str = env!("CARGO_BIN_EXE_process-worker");
const PROCESSES: usize = 4;
/// `cargo xtask torture` runs more of them.
const ROUNDS: u64 = 200;

/// Runs all rounds. `check` is called after every 50 of them.
fn play(url: &str, mut check: impl FnMut()) -> Rounds {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut rounds = Rounds::new(Path::new(PROGRAM), url, PROCESSES, seed);
    for round in 1..=figures::number_from_environment("TORTURE_ROUNDS", ROUNDS) {
        rounds.play();
        if round % 50 == 0 {
            check();
        }
    }
    let totals = rounds.totals();
    assert!(totals.kills > 0 && totals.stops > 0 && totals.acknowledged > totals.in_doubt, "{totals:?}");
    assert!(totals.rounds_with_rival_probes > totals.rounds / 4 && totals.most_probes_at_once == policy::TRIAL_CALLS as u64, "{totals:?}");
    rounds
}

/// The figures of `cargo xtask torture` have other names, so that a later `cargo xtask test` does not replace them.
fn write_figures(store: &str, rounds: &Rounds) {
    let run = if rounds.totals().rounds > ROUNDS { "torture" } else { "processes" };
    figures::write(&format!("{run}_{store}"), &[1, 4, 5, 6, 7], &rounds.totals().figures());
}

fn integrity(file: &Path) -> String {
    let connection = rusqlite::Connection::open(file).expect("the file can be opened");
    connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("it can be checked")
}

#[test]
fn killed_processes_on_one_file_lose_nothing_and_do_not_damage_it() {
    let folder = TestFolder::new("rounds");
    let file = folder.file();
    let rounds = play(&format!("sqlite:{}", file.display()), || assert_eq!(integrity(&file), "ok"));
    let records = rounds.observer().read_all();
    assert_eq!((integrity(&file).as_str(), records as u64), ("ok", 2 * rounds.totals().rounds));
    write_figures("on_one_file", &rounds);
}

#[test]
fn killed_processes_on_one_redis_lose_nothing() {
    let server = RedisServer::start();
    let rounds = play(&server.url(), || {});
    assert_eq!(rounds.observer().read_all() as u64, 2 * rounds.totals().rounds);
    write_figures("on_one_redis", &rounds);
}
