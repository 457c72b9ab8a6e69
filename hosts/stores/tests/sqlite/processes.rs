use crate::folder::{Folder, count_up, create, increment, value};
use crate::worker;
use fuseboard_stores::SqliteStore;
use std::io::{BufRead, BufReader};

const PROCESSES: u64 = 4;
const INCREMENTS: u64 = 250;
const KILLS: u32 = 5;
/// So many writes a worker reports before it is killed.
const WRITES_BEFORE_KILL: usize = 50;

#[test]
fn processes_that_swap_one_key_lose_no_increment() {
    if let Some(file) = worker::file() {
        let store = SqliteStore::new(file);
        count_up(&store, "n:count", INCREMENTS);
        return;
    }
    // They start on a file that does not exist, so they race to create it too.
    let folder = Folder::new("processes");
    let start = |_| worker::command("processes::processes_that_swap_one_key_lose_no_increment", &folder.file()).spawn().unwrap();
    let workers: Vec<_> = (0..PROCESSES).map(start).collect();
    for worker in workers {
        let output = worker.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    let expected = (PROCESSES * INCREMENTS).to_string();
    assert_eq!(value(&SqliteStore::new(folder.file()), "n:count"), Some(expected));
}

#[test]
fn a_process_killed_while_it_writes_leaves_a_sound_file_with_every_reported_write() {
    if let Some(file) = worker::file() {
        let store = SqliteStore::new(file);
        loop {
            println!("stored {}", increment(&store, "n:count"));
        }
    }
    let folder = Folder::new("killed");
    let mut least = 0;
    for _ in 0..KILLS {
        let test = "processes::a_process_killed_while_it_writes_leaves_a_sound_file_with_every_reported_write";
        let mut worker = worker::command(test, &folder.file()).spawn().unwrap();
        let lines = BufReader::new(worker.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut reported = lines.filter_map(|line| line.strip_prefix("stored ")?.parse::<u64>().ok());
        least = reported.nth(WRITES_BEFORE_KILL - 1).expect("the worker writes");
        worker.kill().unwrap();
        // What it wrote to the pipe before it died was stored too.
        least = reported.last().unwrap_or(least);
        worker.wait().unwrap();
        let store = SqliteStore::new(folder.file());
        let count: u64 = value(&store, "n:count").unwrap().parse().unwrap();
        assert!(count == least || count == least + 1, "{least} writes were reported, {count} are stored");
        let integrity: String = folder.connection().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(integrity, "ok");
    }
    create(&SqliteStore::new(folder.file()), "n:after", "v");
    assert!(least >= u64::from(KILLS) * 50);
}
