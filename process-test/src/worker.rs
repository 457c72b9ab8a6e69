//! What one process does. It guards calls to the service, and writes messages about them.

use crate::message::{Message, Probe, now_ns};
use crate::policy;
use crate::time_source::{SteppingClock, TimeSource};
use fuseboard_host::{Admission, Board, End, EngineKind, Leases, Outcome, Permit, Scope, Settlement, Target};
use fuseboard_stores::AnyStore;
use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

/// The longest time in which the backlog is written after a fault of the store.
const FLUSH_MAX: Duration = Duration::from_secs(30);
/// The pause after a refusal, and between two attempts to write the backlog.
const PAUSE: Duration = Duration::from_millis(1);

struct Worker {
    board: Board,
    clock: SteppingClock,
    service: BufReader<TcpStream>,
    calls: u64,
}

/// Runs commands until the standard input ends.
///
/// # Errors
/// If the arguments or a command are wrong, or if the parent has ended.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let [url, time_source, port] = arguments else { return Err("usage: process-worker STORE_URL TIME_SOURCE SERVICE_PORT".to_owned()) };
    let mut worker = Worker::new(url, time_source, port)?;
    for line in io::stdin().lock().lines() {
        let line = line.map_err(|error| error.to_string())?;
        worker.run_command(&line)?;
    }
    Ok(())
}

impl Worker {
    fn new(url: &str, time_source: &str, port: &str) -> Result<Worker, String> {
        let time_source = TimeSource::from_argument(time_source)
            .ok_or_else(|| format!("time source {time_source:?}: must be machine:MS or server:MS"))?;
        let machine = SteppingClock::new(time_source.offset_ms());
        let store = AnyStore::open(url, machine.clone()).map_err(|error| error.to_string())?;
        let clock = time_source.clock(&machine, &store)?;
        let builder = Board::builder().engine(EngineKind::Native).document("test.json", policy::CONFIGURATION).leases(Leases::Off);
        let board = builder.clock(clock).blocking_store(store).build().map_err(|error| error.to_string())?;
        let port = port.parse().map_err(|_| format!("port {port:?}: must be a number"))?;
        let service = TcpStream::connect(("127.0.0.1", port)).map_err(|error| error.to_string())?;
        service.set_nodelay(true).map_err(|error| error.to_string())?;
        Ok(Worker { board, clock: machine, service: BufReader::new(service), calls: 0 })
    }

    /// `call NAME TIMES` makes this many attempts to call; `step MS` changes the time of day.
    fn run_command(&mut self, line: &str) -> Result<(), String> {
        match *line.split(' ').collect::<Vec<_>>().as_slice() {
            ["call", name, times] => {
                let times: u32 = times.parse().map_err(|_| format!("command {line:?}: must end with a number"))?;
                self.call_repeatedly(name, times)
            }
            ["step", by] => {
                self.clock.step(by.parse().map_err(|_| format!("command {line:?}: must end with a number"))?);
                Ok(())
            }
            _ => Err(format!("command {line:?}: must be `call NAME TIMES` or `step MS`")),
        }
    }

    fn call_repeatedly(&mut self, name: &str, times: u32) -> Result<(), String> {
        let target = Target::name(name);
        if name.starts_with(policy::PROBED_PREFIX) {
            self.board.define(&Scope::name(name), policy::PROBED).map_err(|error| error.to_string())?;
        }
        for _ in 0..times {
            self.call(name, &target)?;
        }
        let kept = self.flush()?;
        write_message(&Message::Done { kept })
    }

    fn call(&mut self, name: &str, target: &Target) -> Result<(), String> {
        let requested_ns = now_ns();
        match self.board.allow(target).map_err(|error| error.to_string())? {
            Admission::Refused(refused) => {
                write_message(&Message::Refused { wait_ms: refused.retry_after_ms.unwrap_or(u64::MAX) })?;
                thread::sleep(PAUSE);
                Ok(())
            }
            Admission::Admitted { permit, .. } => self.admitted(name, target, &permit, requested_ns),
        }
    }

    fn admitted(&mut self, name: &str, target: &Target, permit: &Permit, requested_ns: u64) -> Result<(), String> {
        self.calls += 1;
        let call = self.calls;
        write_message(&Message::Begin { call, target: name.to_owned(), requested_ns, admitted_ns: now_ns(), probe: probe(permit) })?;
        let outcome = self.call_service(name)?;
        write_message(&Message::Settling { call, at_ns: now_ns() })?;
        let report = fuseboard_host::Report::new(End::counted(outcome));
        let settlement = self.board.settle(target, Some(permit), &report).map_err(|error| error.to_string())?;
        let Settlement::Verdict(verdict) = settlement else { return Err("a call was batched without leases".to_owned()) };
        write_message(&Message::End { call, written: verdict.circuit.written })
    }

    fn call_service(&mut self, name: &str) -> Result<Outcome, String> {
        let mut answer = String::new();
        let sent = self.service.get_mut().write_all(format!("{name}\n").as_bytes());
        sent.and_then(|()| self.service.read_line(&mut answer)).map_err(|error| format!("service: {error}"))?;
        match answer.trim_end() {
            "ok" => Ok(Outcome::Success),
            "failed" => Ok(Outcome::Failure),
            other => Err(format!("service: answered {other:?}")),
        }
    }

    /// Writes the backlog, and waits for the end of an outage. Returns the number of outcomes that are left.
    fn flush(&self) -> Result<u32, String> {
        let start = Instant::now();
        loop {
            let kept = self.board.flush(FLUSH_MAX).map_err(|error| error.to_string())?.kept;
            if kept == 0 || start.elapsed() > FLUSH_MAX {
                return Ok(kept);
            }
            thread::sleep(PAUSE);
        }
    }
}

fn probe(permit: &Permit) -> Option<Probe> {
    let claim = permit.circuit?;
    claim.probe?;
    if claim.is_local() {
        return Some(Probe::Local);
    }
    Some(Probe::Shared {
        generation: claim.generation.map_or_else(|| "none".to_owned(), |mark| format!("{}:{}", mark.writer, mark.sequence)),
    })
}

/// Writes a message at once, so that a kill loses at most the last one.
fn write_message(message: &Message) -> Result<(), String> {
    let mut out = io::stdout().lock();
    out.write_all(format!("{message}\n").as_bytes()).and_then(|()| out.flush()).map_err(|error| format!("the parent has ended: {error}"))
}
