//! Starts processes, gives them commands, and reads what they say.

use crate::clock::TimeOfDay;
use crate::report::Report;
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// A process that says nothing for this long, while it has a command, is stuck.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// What a process said. `None`: it has ended.
pub struct Said {
    pub process: usize,
    pub report: Option<Report>,
}

/// Processes with one store and one service. All are killed when it is dropped.
pub struct Fleet {
    program: PathBuf,
    url: String,
    service: u16,
    clocks: Vec<TimeOfDay>,
    processes: Vec<Process>,
    said: Receiver<(usize, u64, Option<Report>)>,
    sender: Sender<(usize, u64, Option<Report>)>,
    started: u64,
}

struct Process {
    child: Child,
    commands: ChildStdin,
    /// Tells apart the processes that had the same place one after the other.
    number: u64,
}

impl Fleet {
    /// As many processes as clocks. `program` is `process-worker`.
    #[must_use]
    pub fn start(program: impl Into<PathBuf>, url: &str, service: u16, clocks: Vec<TimeOfDay>) -> Fleet {
        let (sender, said) = channel();
        let mut fleet =
            Fleet { program: program.into(), url: url.to_owned(), service, clocks, processes: Vec::new(), said, sender, started: 0 };
        for place in 0..fleet.clocks.len() {
            let process = fleet.spawn(place);
            fleet.processes.push(process);
        }
        fleet
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.processes.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.processes.is_empty()
    }

    fn spawn(&mut self, place: usize) -> Process {
        let clock = self.clocks[place].to_argument();
        let mut command = Command::new(&self.program);
        command.args([&self.url, &clock, &self.service.to_string()]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("process-worker is built with this test");
        let (commands, lines) = (child.stdin.take().expect("it is a pipe"), child.stdout.take().expect("it is a pipe"));
        self.started += 1;
        let (sender, number) = (self.sender.clone(), self.started);
        thread::spawn(move || pass_on(lines, place, number, &sender));
        Process { child, commands, number }
    }

    /// Starts a process in a place whose process was killed.
    pub fn replace(&mut self, place: usize) {
        self.processes[place] = self.spawn(place);
    }

    pub fn send_all(&mut self, command: &str) {
        (0..self.processes.len()).for_each(|place| self.send(place, command));
    }

    /// A process that was killed hears nothing.
    pub fn send(&mut self, place: usize, command: &str) {
        let _ = self.processes[place].commands.write_all(format!("{command}\n").as_bytes());
    }

    pub fn stop(&self, place: usize) {
        self.signal(place, Signal::STOP);
    }

    pub fn resume(&self, place: usize) {
        self.signal(place, Signal::CONT);
    }

    /// Kills a process, and waits until it has ended.
    pub fn kill(&mut self, place: usize) {
        let _ = self.processes[place].child.kill();
        let _ = self.processes[place].child.wait();
    }

    fn signal(&self, place: usize, signal: Signal) {
        // An error means that it has ended, which its reader says.
        let _ = kill_process(Pid::from_child(&self.processes[place].child), signal);
    }

    /// The next line of any process; `None` if nothing is said until the deadline.
    ///
    /// # Panics
    /// If nothing is said for so long that a process must be stuck.
    pub fn next(&self, until: Option<Instant>) -> Option<Said> {
        let start = Instant::now();
        loop {
            let silence = start + SILENCE_MAX;
            let wait = until.unwrap_or(silence).min(silence).saturating_duration_since(Instant::now());
            match self.said.recv_timeout(wait) {
                Ok((process, number, report)) if self.processes[process].number == number => return Some(Said { process, report }),
                // It was said by a process that has been replaced.
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) if until.is_some() => return None,
                Err(error) => panic!("a process is stuck: {error}"),
            }
        }
    }
}

fn pass_on(lines: ChildStdout, place: usize, number: u64, sender: &Sender<(usize, u64, Option<Report>)>) {
    for line in BufReader::new(lines).lines().map_while(Result::ok) {
        if let Some(report) = Report::from_line(&line) {
            // An error means that the fleet was dropped.
            let _ = sender.send((place, number, Some(report)));
        }
    }
    let _ = sender.send((place, number, None));
}

impl Drop for Fleet {
    fn drop(&mut self) {
        (0..self.processes.len()).for_each(|place| self.kill(place));
    }
}
