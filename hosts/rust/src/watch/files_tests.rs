use super::*;
use notify::event::{AccessKind, CreateKind, DataChange, Flag, RemoveKind};
use std::fs;

/// A folder with a watched file `b.yaml` that is removed at the end of the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let folder = std::env::temp_dir().join(format!("fuseboard-files-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Folder(folder.canonicalize().unwrap())
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn files(&self) -> Files {
        Files::new(vec![self.at("a.yaml"), self.at("b.yaml")])
    }

    fn event(&self, kind: EventKind, name: &str) -> Event {
        Event::new(kind).add_path(self.at(name))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const RENAMED_ONTO: EventKind = EventKind::Modify(ModifyKind::Name(RenameMode::To));
const RENAMED_AWAY: EventKind = EventKind::Modify(ModifyKind::Name(RenameMode::From));
const RENAMED: EventKind = EventKind::Modify(ModifyKind::Name(RenameMode::Both));
const DATA: EventKind = EventKind::Modify(ModifyKind::Data(DataChange::Any));
const CREATED: EventKind = EventKind::Create(CreateKind::File);

fn second(kind: ChangeKind) -> Vec<FileChange> {
    vec![FileChange { file: 1, kind }]
}

#[test]
fn rename_onto_a_file_replaces_it_and_every_other_event_may_be_a_part_of_writing() {
    let folder = Folder::new("kinds");
    fs::write(folder.at("b.yaml"), "").unwrap();
    let mut files = folder.files();
    let mut changes = |kind, name| files.changes_of(&folder.event(kind, name));
    assert_eq!(changes(RENAMED_ONTO, "b.yaml"), second(ChangeKind::Replaced));
    for kind in [DATA, CREATED, RENAMED_AWAY, EventKind::Modify(ModifyKind::Name(RenameMode::Any)), EventKind::Any] {
        assert_eq!(changes(kind, "b.yaml"), second(ChangeKind::Written), "{kind:?}");
    }
    assert_eq!(changes(EventKind::Access(AccessKind::Any), "b.yaml"), []);
    assert_eq!(changes(RENAMED, "b.yaml"), []);
    assert_eq!(changes(RENAMED_ONTO, "c.yaml"), []);
}

#[test]
fn file_that_comes_back_in_place_is_not_complete() {
    let folder = Folder::new("back");
    fs::write(folder.at("b.yaml"), "").unwrap();
    let mut files = folder.files();
    fs::remove_file(folder.at("b.yaml")).unwrap();
    assert_eq!(files.changes_of(&folder.event(EventKind::Remove(RemoveKind::File), "b.yaml")), second(ChangeKind::Written));
    fs::write(folder.at("b.yaml"), "half").unwrap();
    assert_eq!(files.changes_of(&folder.event(RENAMED_ONTO, "c.yaml")), second(ChangeKind::Written), "the event is about another file");
    assert_eq!(files.changes_of(&folder.event(CREATED, "b.yaml")), second(ChangeKind::Written));
}

#[test]
fn lost_events_may_have_changed_every_file() {
    let folder = Folder::new("lost");
    let lost = Event::new(EventKind::Other).set_flag(Flag::Rescan);
    assert_eq!(folder.files().changes_of(&lost), folder.files().all_written());
    assert_eq!(folder.files().all_written().len(), 2);
}

/// As Kubernetes replaces a mounted configuration.
#[cfg(unix)]
#[test]
fn rename_onto_a_link_on_the_path_replaces_the_file_once() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new("links");
    for version in ["1", "2"] {
        fs::create_dir(folder.at(version)).unwrap();
        fs::write(folder.at(version).join("b.yaml"), version).unwrap();
    }
    symlink("1", folder.at("..data")).unwrap();
    symlink("..data/b.yaml", folder.at("b.yaml")).unwrap();
    let mut files = folder.files();
    symlink("2", folder.at("..new")).unwrap();
    fs::rename(folder.at("..new"), folder.at("..data")).unwrap();
    assert_eq!(files.changes_of(&folder.event(RENAMED_ONTO, "..data")), second(ChangeKind::Replaced));
    assert_eq!(files.changes_of(&folder.event(EventKind::Remove(RemoveKind::Folder), "1")), []);
    assert_eq!(files.changes_of(&folder.event(DATA, "2/b.yaml")), second(ChangeKind::Written), "where it is now");
}
