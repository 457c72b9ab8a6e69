//! Configuration from real files, the environment and flags, read again while the board runs.

use fuseboard_host::{Admission, Board, Builder, Diagnostic, End, Leases, Outcome, Phase, Report, Setting, Target};
use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::time::Duration;

/// Long enough for a loaded machine; what a test waits for comes within a fraction of a second.
const SOON: Duration = Duration::from_secs(20);
const HOST: &str = "api.example";

/// A folder that is removed at the end of the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let folder = std::env::temp_dir().join(format!("fuseboard-board-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }

    fn file(&self, text: &str) -> PathBuf {
        let path = self.0.join("breakers.yaml");
        fs::write(&path, text).unwrap();
        path
    }

    /// As an editor does it.
    fn replace(&self, text: &str) {
        let new = self.0.join(".breakers.yaml.swp");
        fs::write(&new, text).unwrap();
        fs::rename(new, self.0.join("breakers.yaml")).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn fail_max(fail_max: u32) -> String {
    format!("defaults:\n  fail_max: {fail_max}\n")
}

fn setting(board: &Board, path: &str) -> Setting {
    let settings = board.explain(&Target::host(HOST)).unwrap().circuit;
    settings.into_iter().find(|setting| setting.path == path).expect("a setting")
}

fn value(board: &Board, path: &str) -> String {
    setting(board, path).value
}

#[track_caller]
fn faults(builder: Builder) -> Vec<String> {
    let error = builder.build().expect_err("a bad configuration");
    error.diagnostics().iter().map(ToString::to_string).collect()
}

#[test]
fn a_files_values_name_it_and_their_lines() {
    let folder = Folder::new("origin");
    let path = folder.file(&fail_max(3));
    let board = Board::builder().config_file(&path).build().unwrap();
    let setting = setting(&board, "fail_max");
    assert_eq!((setting.value.as_str(), setting.origin), ("3", format!("{}:2", path.display())));
}

#[test]
fn later_documents_and_flags_win() {
    let folder = Folder::new("order");
    let path = folder.file("defaults: {fail_max: 3, trial_calls: 3}");
    let board = Board::builder()
        .document("built-in.yaml", "defaults: {fail_max: 2, trial_calls: 2, success_threshold: 2, reset: 2}")
        .config_file(path)
        .flag("breaker-defaults", "trial_calls:4,reset:4")
        .build()
        .unwrap();
    let values = ["fail_max", "trial_calls", "success_threshold", "reset_timeout_s"].map(|path| value(&board, path));
    assert_eq!(values, ["3", "4", "2", "4"]);
}

#[test]
fn a_file_that_cannot_be_used_is_named() {
    let folder = Folder::new("unusable");
    let path = folder.file("");
    let shown = path.display().to_string();
    fs::write(&path, b"a: \xff").unwrap();
    assert_eq!(faults(Board::builder().config_file(&path)), [format!("{shown}: is not UTF-8 from byte 3 on: save it as UTF-8")]);
    fs::write(&path, " ".repeat((1 << 20) + 1)).unwrap();
    assert_eq!(faults(Board::builder().config_file(&path)), [format!("{shown}: is larger than a document may be: 1048576 bytes")]);
    fs::write(&path, " ".repeat(1 << 20)).unwrap();
    assert!(Board::builder().config_file(&path).build().is_ok());
    fs::remove_file(&path).unwrap();
    let missing = faults(Board::builder().config_file(&path).flag("config", folder.0.to_string_lossy()).config_file("x"));
    assert_eq!(missing.len(), 1, "the flag takes the place of both: {missing:?}");
    assert!(missing[0].starts_with(&format!("{}: cannot be read: ", folder.0.display())), "{missing:?}");
}

#[test]
fn a_good_reload_keeps_state_and_a_bad_one_changes_nothing() {
    let folder = Folder::new("reload");
    let board = Board::builder().config_file(folder.file(&fail_max(3))).leases(Leases::Off).build().unwrap();
    let target = Target::host(HOST);
    let fail = || {
        let Admission::Admitted { permit, .. } = board.allow(&target).unwrap() else { panic!("closed") };
        board.settle(&target, Some(&permit), &Report::new(End::counted(Outcome::Failure))).unwrap();
    };
    fail();
    folder.replace("defaults: {fail_max: 0}\nhosts: {a b: {}}");
    assert_eq!(board.reload().unwrap_err().diagnostics().len(), 2);
    assert_eq!(value(&board, "fail_max"), "3");
    folder.replace("defaults: {fail_max: 2, classify: {neutral_statuses: [429], failure_statuses: [429]}}");
    assert_eq!(board.reload().unwrap().len(), 1, "a warning");
    fail();
    assert_eq!(board.status(&target).unwrap().circuit.phase, Phase::Open, "the failure before the reload counts");
}

/// A board that watches a file, and the results of its reloads: the number of warnings, or of faults.
fn watched(folder: &Folder, text: &str) -> (Board, Receiver<Result<usize, usize>>) {
    let (sender, reloads): (Sender<Result<usize, usize>>, _) = channel();
    let error_sender = sender.clone();
    let board = Board::builder()
        .config_file(folder.file(text))
        .watch()
        .reload_listener(move |warnings: &[Diagnostic]| sender.send(Ok(warnings.len())).unwrap_or_default())
        .error_listener(move |error| error_sender.send(Err(error.diagnostics().len())).unwrap_or_default())
        .build()
        .unwrap();
    (board, reloads)
}

#[test]
fn a_valid_change_of_a_watched_file_is_applied_and_an_invalid_one_is_reported() {
    let folder = Folder::new("watched");
    let (board, reloads) = watched(&folder, &fail_max(3));
    folder.replace("defaults: {fail_max: 0, mode: maybe}");
    assert_eq!(reloads.recv_timeout(SOON), Ok(Err(2)));
    assert_eq!(value(&board, "fail_max"), "3");
    folder.replace(&fail_max(4));
    assert_eq!(reloads.recv_timeout(SOON), Ok(Ok(0)));
    assert_eq!(value(&board, "fail_max"), "4");
    folder.file(&fail_max(5));
    assert_eq!(reloads.recv_timeout(SOON), Ok(Ok(0)), "in place too");
    assert_eq!(value(&board, "fail_max"), "5");
}

#[test]
fn an_emptied_file_is_reported_and_changes_nothing() {
    let folder = Folder::new("emptied");
    let (board, reloads) = watched(&folder, &fail_max(3));
    for emptied in ["", "---\n# being saved\n", "defaults:\n"] {
        folder.replace(emptied);
        assert_eq!(reloads.recv_timeout(SOON), Ok(Err(1)), "{emptied:?}");
        let error = board.reload().unwrap_err();
        assert!(error.to_string().contains("breakers.yaml: must still have a setting"), "{error}");
        assert_eq!(value(&board, "fail_max"), "3");
    }
    folder.replace(&fail_max(4));
    assert_eq!(reloads.recv_timeout(SOON), Ok(Ok(0)));
    assert_eq!(value(&board, "fail_max"), "4");
}

#[test]
fn a_file_that_is_truncated_and_then_written_is_reloaded_once() {
    let folder = Folder::new("truncated");
    let (board, reloads) = watched(&folder, &fail_max(3));
    folder.file("");
    folder.file("defaults:\n  fail_max: 4");
    folder.file(&fail_max(45));
    assert_eq!(reloads.recv_timeout(SOON), Ok(Ok(0)));
    assert_eq!(value(&board, "fail_max"), "45");
    assert_eq!(reloads.try_recv(), Err(TryRecvError::Empty));
}

#[test]
fn a_file_with_unchanged_text_is_not_reloaded() {
    let folder = Folder::new("same");
    let (_board, reloads) = watched(&folder, &fail_max(3));
    folder.replace(&fail_max(3));
    assert_eq!(reloads.recv_timeout(Duration::from_secs(2)), Err(RecvTimeoutError::Timeout));
    folder.replace(&fail_max(4));
    assert_eq!(reloads.recv_timeout(SOON), Ok(Ok(0)), "and it is still watched");
}

#[test]
fn a_dropped_board_drops_its_listeners() {
    let folder = Folder::new("dropped");
    let (board, reloads) = watched(&folder, &fail_max(3));
    drop(board);
    assert_eq!(reloads.recv_timeout(SOON), Err(RecvTimeoutError::Disconnected));
}

#[test]
fn a_listener_may_reload_the_board() {
    let folder = Folder::new("nested");
    let (board, reloads) = watched(&folder, &fail_max(3));
    let (sender, results) = channel();
    let other = Board::builder()
        .config_file(folder.0.join("breakers.yaml"))
        .watch()
        .reload_listener(move |_| drop(sender.send(board.reload().map_err(|error| error.to_string()))))
        .build()
        .unwrap();
    folder.replace(&fail_max(4));
    assert_eq!(results.recv_timeout(SOON), Ok(Ok(vec![])));
    drop((other, reloads));
}

/// Runs only this test in a new process with these variables. Returns its output.
fn in_a_process(test: &str, variables: &[(&str, &OsStr)]) -> String {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", test, "--nocapture"]).env("FUSEBOARD_HOST_TEST", "child").envs(variables.iter().copied());
    let output = child.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn is_child() -> bool {
    std::env::var_os("FUSEBOARD_HOST_TEST").is_some()
}

#[test]
fn the_environment_names_the_file_and_takes_precedence_over_it() {
    if is_child() {
        let board = Board::builder().config_file("missing.yaml").env("DOCSTOKG_BREAKER").build().unwrap();
        for path in ["fail_max", "trial_calls", "reset_timeout_s"] {
            let setting = setting(&board, path);
            println!("{path} = {} ({})", setting.value, setting.origin);
        }
        return;
    }
    let folder = Folder::new("environment");
    let path = folder.file("defaults: {fail_max: 3, trial_calls: 3}");
    let variables = [
        ("DOCSTOKG_BREAKERS_YAML", path.as_os_str()),
        ("DOCSTOKG_BREAKER_DEFAULTS", OsStr::new("trial_calls:4")),
        ("DOCSTOKG_BREAKER__API_EXAMPLE", OsStr::new("reset:5")),
    ];
    let output = in_a_process("the_environment_names_the_file_and_takes_precedence_over_it", &variables);
    assert!(output.contains(&format!("fail_max = 3 ({}:1)\n", path.display())), "{output}");
    assert!(output.contains("trial_calls = 4 (DOCSTOKG_BREAKER_DEFAULTS)\n"), "{output}");
    assert!(output.contains("reset_timeout_s = 5 (DOCSTOKG_BREAKER__API_EXAMPLE)\n"), "{output}");
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_utf_8_is_a_fault() {
    use std::os::unix::ffi::OsStrExt;
    if is_child() {
        println!("faults: {:?}", faults(Board::builder().env("FUSEBOARD")));
        return;
    }
    let variables = [("FUSEBOARD_DEFAULTS", OsStr::from_bytes(b"fail_max:\xff"))];
    let output = in_a_process("a_variable_that_is_not_utf_8_is_a_fault", &variables);
    assert!(output.contains(r#"faults: ["FUSEBOARD_DEFAULTS: its value is not UTF-8"]"#), "{output}");
}
