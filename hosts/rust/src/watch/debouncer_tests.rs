use super::*;
use std::time::SystemTime;

const FILE: usize = 0;
const OTHER: usize = 1;

fn written(file: usize) -> FileChange {
    FileChange { file, kind: ChangeKind::Written }
}

fn replaced(file: usize) -> FileChange {
    FileChange { file, kind: ChangeKind::Replaced }
}

fn text(text: &str) -> Snapshot {
    Snapshot::File { modified: Some(SystemTime::UNIX_EPOCH), size: 4, bytes: text.into() }
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A debouncer with a clock.
struct Test {
    debouncer: Debouncer,
    now: Instant,
}

impl Test {
    fn with(changes: impl IntoIterator<Item = FileChange>) -> Test {
        let mut debouncer = Debouncer::default();
        changes.into_iter().for_each(|change| debouncer.add(change));
        Test { debouncer, now: Instant::now() }
    }

    fn after(&mut self, wait: Duration, snapshot: &Snapshot) -> Next {
        self.now += wait;
        self.debouncer.next(self.now, |_| snapshot.clone())
    }

    /// The time until the files are read, if they stay as they are.
    fn time_to_read(&mut self, snapshot: &Snapshot) -> Duration {
        let began = self.now;
        loop {
            match self.after(Duration::ZERO, snapshot) {
                Next::Read => return self.now - began,
                Next::Wait(wait) => self.now += wait,
                Next::Nothing => panic!("no file has changed"),
            }
        }
    }
}

#[test]
fn written_file_is_read_once_when_it_has_been_still_for_a_second() {
    let mut test = Test::with([written(FILE)]);
    assert_eq!(test.time_to_read(&text("same")), millis(1_000));
    assert_eq!(test.after(Duration::ZERO, &text("more")), Next::Nothing);
}

#[test]
fn each_difference_starts_the_second_again() {
    let differences = [
        Snapshot::File { modified: Some(SystemTime::UNIX_EPOCH + millis(1)), size: 4, bytes: b"same".into() },
        Snapshot::File { modified: Some(SystemTime::UNIX_EPOCH), size: 5, bytes: b"same".into() },
        text("more"),
        Snapshot::Missing,
    ];
    for changed in differences {
        let mut test = Test::with([written(FILE)]);
        assert_eq!(test.after(Duration::ZERO, &text("same")), Next::Wait(millis(100)));
        assert_eq!(test.after(millis(999), &changed), Next::Wait(millis(100)), "{changed:?}");
        assert_eq!(test.after(millis(999), &changed), Next::Wait(millis(100)), "{changed:?}");
        assert_eq!(test.after(millis(100), &changed), Next::Read, "{changed:?}");
    }
}

#[test]
fn file_that_is_written_all_the_time_is_not_read() {
    let mut test = Test::with([written(FILE)]);
    for step in 0..1_000 {
        test.debouncer.add(written(FILE));
        assert_eq!(test.after(millis(100), &text(&step.to_string())), Next::Wait(millis(100)));
    }
    assert_eq!(test.time_to_read(&text("999")), millis(1_000), "it rests now");
}

#[test]
fn event_without_a_difference_does_not_start_the_second_again() {
    let mut test = Test::with([written(FILE)]);
    assert_eq!(test.after(Duration::ZERO, &text("same")), Next::Wait(millis(100)));
    test.now += millis(900);
    test.debouncer.add(written(FILE));
    assert_eq!(test.time_to_read(&text("same")), millis(100));
}

#[test]
fn many_events_take_few_snapshots() {
    let mut test = Test::with([]);
    let mut snapshots = 0;
    for _ in 0..100 {
        test.debouncer.add(written(FILE));
        test.debouncer.next(test.now, |_| {
            snapshots += 1;
            text("same")
        });
        test.now += millis(1);
    }
    assert_eq!(snapshots, 1);
}

#[test]
fn replaced_file_is_read_at_once() {
    assert_eq!(Test::with([replaced(FILE)]).time_to_read(&text("new")), Duration::ZERO);
    assert_eq!(Test::with([written(FILE), replaced(FILE)]).time_to_read(&text("new")), Duration::ZERO);
    let mut test = Test::with([written(FILE)]);
    test.after(Duration::ZERO, &text("half"));
    test.debouncer.add(replaced(FILE));
    assert_eq!(test.time_to_read(&text("new")), Duration::ZERO, "while it was written");
}

#[test]
fn replaced_file_that_is_then_written_must_be_still() {
    assert_eq!(Test::with([replaced(FILE), written(FILE)]).time_to_read(&text("half")), millis(1_000));
}

#[test]
fn replaced_file_waits_for_another_that_is_written() {
    assert_eq!(Test::with([written(OTHER), replaced(FILE)]).time_to_read(&text("same")), millis(1_000));
    assert_eq!(Test::with([replaced(FILE), replaced(OTHER)]).time_to_read(&text("same")), Duration::ZERO);
}
