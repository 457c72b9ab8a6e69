//! Starts processes, sends them commands, and reads their messages.

use crate::message::Message;
use crate::time_source::TimeSource;
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// A process is stuck if it has a command and writes no message for this long.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// A message of one process.
pub struct FleetMessage {
    /// The index of the process in the fleet.
    pub process: usize,
    /// `None` if the process has ended.
    pub message: Option<Message>,
}

/// Processes with one store and one service. All are killed when it is dropped.
pub struct Fleet {
    program: PathBuf,
    url: String,
    service: u16,
    time_sources: Vec<TimeSource>,
    processes: Vec<Process>,
    /// The index and the start number of a process, and its message.
    messages: Receiver<(usize, u64, Option<Message>)>,
    sender: Sender<(usize, u64, Option<Message>)>,
    /// The number of processes started so far.
    started: u64,
}

struct Process {
    child: Child,
    commands: ChildStdin,
    /// The start number. It differs for processes that have the same index one after the other.
    number: u64,
}

impl Fleet {
    /// Starts one process for each time source. `program` is the path of `process-worker`.
    #[must_use]
    pub fn start(program: impl Into<PathBuf>, url: &str, service: u16, time_sources: Vec<TimeSource>) -> Fleet {
        let (sender, messages) = channel();
        let mut fleet = Fleet {
            program: program.into(),
            url: url.to_owned(),
            service,
            time_sources,
            processes: Vec::new(),
            messages,
            sender,
            started: 0,
        };
        for index in 0..fleet.time_sources.len() {
            let process = fleet.spawn(index);
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

    fn spawn(&mut self, index: usize) -> Process {
        let time_source = self.time_sources[index].to_argument();
        let mut command = Command::new(&self.program);
        command.args([&self.url, &time_source, &self.service.to_string()]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("process-worker is built with this test");
        let (commands, lines) = (child.stdin.take().expect("it is a pipe"), child.stdout.take().expect("it is a pipe"));
        self.started += 1;
        let (sender, number) = (self.sender.clone(), self.started);
        thread::spawn(move || forward_messages(lines, index, number, &sender));
        Process { child, commands, number }
    }

    /// Starts a process again after it was killed.
    pub fn replace(&mut self, index: usize) {
        self.processes[index] = self.spawn(index);
    }

    pub fn send_all(&mut self, command: &str) {
        (0..self.processes.len()).for_each(|index| self.send(index, command));
    }

    /// Sends a command. Nothing happens if the process was killed.
    pub fn send(&mut self, index: usize, command: &str) {
        let _ = self.processes[index].commands.write_all(format!("{command}\n").as_bytes());
    }

    pub fn stop(&self, index: usize) {
        self.signal(index, Signal::STOP);
    }

    pub fn resume(&self, index: usize) {
        self.signal(index, Signal::CONT);
    }

    /// Kills a process, and waits until it has ended.
    pub fn kill(&mut self, index: usize) {
        let _ = self.processes[index].child.kill();
        let _ = self.processes[index].child.wait();
    }

    fn signal(&self, index: usize, signal: Signal) {
        // After an error the process has ended. Its reader reports that.
        let _ = kill_process(Pid::from_child(&self.processes[index].child), signal);
    }

    /// The next message of any process; `None` if there is none until the deadline.
    ///
    /// # Panics
    /// If a process is stuck.
    pub fn next(&self, until: Option<Instant>) -> Option<FleetMessage> {
        let start = Instant::now();
        loop {
            let silence = start + SILENCE_MAX;
            let wait = until.unwrap_or(silence).min(silence).saturating_duration_since(Instant::now());
            match self.messages.recv_timeout(wait) {
                Ok((process, number, message)) if self.processes[process].number == number => {
                    return Some(FleetMessage { process, message });
                }
                // It is from a process that was replaced.
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) if until.is_some() => return None,
                Err(error) => panic!("a process is stuck: {error}"),
            }
        }
    }
}

fn forward_messages(lines: ChildStdout, index: usize, number: u64, sender: &Sender<(usize, u64, Option<Message>)>) {
    for line in BufReader::new(lines).lines().map_while(Result::ok) {
        if let Some(message) = Message::from_line(&line) {
            // After an error the fleet was dropped.
            let _ = sender.send((index, number, Some(message)));
        }
    }
    let _ = sender.send((index, number, None));
}

impl Drop for Fleet {
    fn drop(&mut self) {
        (0..self.processes.len()).for_each(|index| self.kill(index));
    }
}
