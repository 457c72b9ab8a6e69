use super::*;
use std::fs;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// Long enough for a loaded machine. What a test waits for usually arrives within a fraction of a second.
const SOON: Duration = Duration::from_secs(20);
/// Longer than it takes to report a change.
const A_WHILE: Duration = Duration::from_secs(2);

/// A folder that is removed at the end of the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let folder = std::env::temp_dir().join(format!("fuseboard-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A watch that has reported its start, and its further reports.
fn watched(path: &Path) -> (Watch, Receiver<WatchEvent>) {
    let (sender, receiver): (Sender<WatchEvent>, _) = channel();
    let watch = Watch::start(vec![path.to_owned()], move |event| drop(sender.send(event))).unwrap();
    assert_changed(&receiver);
    (watch, receiver)
}

#[track_caller]
fn assert_changed(receiver: &Receiver<WatchEvent>) {
    match receiver.recv_timeout(SOON) {
        Ok(WatchEvent::Changed) => {}
        Ok(WatchEvent::Failed(why)) => panic!("{why}"),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn writing_a_file_in_place_is_a_change() {
    let folder = Folder::new("in-place");
    let path = folder.file("b.yaml", "one");
    let (_watch, events) = watched(&path);
    fs::write(&path, "two").unwrap();
    assert_changed(&events);
}

#[test]
fn each_replacement_of_a_file_by_renaming_is_a_change() {
    let folder = Folder::new("renamed");
    let path = folder.file("b.yaml", "one");
    let (_watch, events) = watched(&path);
    for text in ["two", "three"] {
        fs::rename(folder.file("b.yaml.new", text), &path).unwrap();
        assert_changed(&events);
    }
}

#[test]
fn reading_a_file_and_writing_another_are_no_changes() {
    let folder = Folder::new("others");
    let path = folder.file("b.yaml", "one");
    let (_watch, events) = watched(&path);
    folder.file("c.yaml", "other");
    assert_eq!(fs::read_to_string(&path).unwrap(), "one");
    assert!(matches!(events.recv_timeout(A_WHILE), Err(RecvTimeoutError::Timeout)));
}

#[test]
fn the_thread_ends_with_the_watch() {
    let folder = Folder::new("dropped");
    let (watch, events) = watched(&folder.file("b.yaml", "one"));
    drop(watch);
    // The end of the thread drops the closure and the sender in it.
    assert!(matches!(events.recv_timeout(SOON), Err(RecvTimeoutError::Disconnected)));
}

#[test]
fn a_missing_folder_cannot_be_watched() {
    let missing = std::env::temp_dir().join("fuseboard-no-such-folder/b.yaml");
    let failure = Watch::start(vec![missing], |_| {}).err().expect("an error");
    assert!(failure.contains("fuseboard-no-such-folder"), "{failure}");
}

/// As Kubernetes replaces a mounted configuration: the file is a link through `..data`, which is replaced.
#[cfg(unix)]
#[test]
fn a_file_behind_a_replaced_link_has_changed_and_stays_watched() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new("linked");
    for version in ["1", "2"] {
        fs::create_dir(folder.0.join(version)).unwrap();
        folder.file(&format!("{version}/b.yaml"), version);
    }
    let at = |name: &str| folder.0.join(name);
    symlink("1", at("..data")).unwrap();
    symlink("..data/b.yaml", at("b.yaml")).unwrap();
    let (_watch, events) = watched(&at("b.yaml"));
    symlink("2", at("..data.new")).unwrap();
    fs::rename(at("..data.new"), at("..data")).unwrap();
    assert_changed(&events);
    // In the folder that holds it now.
    folder.file("2/b.yaml", "three");
    assert_changed(&events);
}
