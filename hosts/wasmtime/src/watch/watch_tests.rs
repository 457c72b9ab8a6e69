use super::*;
use std::fs;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// Long enough for a loaded machine; what a test waits for comes within a fraction of a second.
const SOON: Duration = Duration::from_secs(20);
/// Several times as long as a change takes to be told.
const A_WHILE: Duration = Duration::from_millis(500);

/// A folder that goes with the test.
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

/// A watch that has told of its start, and what it tells of.
fn watched(path: &Path) -> (Watch, Receiver<Seen>) {
    let (sender, receiver): (Sender<Seen>, _) = channel();
    let watch = Watch::start(vec![path.to_owned()], move |seen| drop(sender.send(seen))).unwrap();
    assert_changed(&receiver);
    (watch, receiver)
}

#[track_caller]
fn assert_changed(receiver: &Receiver<Seen>) {
    match receiver.recv_timeout(SOON) {
        Ok(Seen::Change) => {}
        Ok(Seen::Trouble(why)) => panic!("{why}"),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_file_written_in_place_has_changed() {
    let folder = Folder::new("in-place");
    let path = folder.file("b.yaml", "one");
    let (_watch, seen) = watched(&path);
    fs::write(&path, "two").unwrap();
    assert_changed(&seen);
}

#[test]
fn a_file_replaced_by_renaming_has_changed_each_time() {
    let folder = Folder::new("renamed");
    let path = folder.file("b.yaml", "one");
    let (_watch, seen) = watched(&path);
    for text in ["two", "three"] {
        fs::rename(folder.file("b.yaml.new", text), &path).unwrap();
        assert_changed(&seen);
    }
}

#[test]
fn neither_reading_it_nor_another_file_is_a_change() {
    let folder = Folder::new("others");
    let path = folder.file("b.yaml", "one");
    let (_watch, seen) = watched(&path);
    folder.file("c.yaml", "other");
    assert_eq!(fs::read_to_string(&path).unwrap(), "one");
    assert!(matches!(seen.recv_timeout(A_WHILE), Err(RecvTimeoutError::Timeout)));
}

#[test]
fn the_thread_ends_with_the_watch() {
    let folder = Folder::new("dropped");
    let (watch, seen) = watched(&folder.file("b.yaml", "one"));
    drop(watch);
    // The closure, and the sender in it, go with the thread.
    assert!(matches!(seen.recv_timeout(SOON), Err(RecvTimeoutError::Disconnected)));
}

#[test]
fn a_folder_that_is_not_there_cannot_be_watched() {
    let missing = std::env::temp_dir().join("fuseboard-no-such-folder/b.yaml");
    let told = Watch::start(vec![missing], |_| {}).err().expect("an error");
    assert!(told.contains("fuseboard-no-such-folder"), "{told}");
}

/// As Kubernetes replaces a mounted configuration: the file is a link through `..data`, which is replaced.
#[cfg(unix)]
#[test]
fn a_file_swapped_behind_a_link_has_changed_and_stays_watched() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new("linked");
    for version in ["1", "2"] {
        fs::create_dir(folder.0.join(version)).unwrap();
        folder.file(&format!("{version}/b.yaml"), version);
    }
    let at = |name: &str| folder.0.join(name);
    symlink("1", at("..data")).unwrap();
    symlink("..data/b.yaml", at("b.yaml")).unwrap();
    let (_watch, seen) = watched(&at("b.yaml"));
    symlink("2", at("..data.new")).unwrap();
    fs::rename(at("..data.new"), at("..data")).unwrap();
    assert_changed(&seen);
    // In the folder that it lies in now.
    folder.file("2/b.yaml", "three");
    assert_changed(&seen);
}
