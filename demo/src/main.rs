//! Runs two HTTP servers through the same faults at the same time, with the same traffic. Calls to one are guarded by Fuseboard.
//!
//! `cargo xtask demo` runs it. Modules in reading order.

#![warn(clippy::pedantic)]

mod script;
mod server;
mod client;
mod workers;
mod counts;
mod traffic;
mod timeline;
mod summary;

use client::Client;
use fuseboard_host::{Board, Handle, Target};
use server::Server;
use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::Instant;
use summary::SideResult;
use timeline::{Change, Timeline};
use traffic::{ROLES, Side, Stream};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fuseboard-demo: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let out = &mut io::stdout().lock();
    let (sender, events) = mpsc::channel();
    let boards = workers::boards(&sender)?;
    let (guarded_server, guarded_listener) = Server::open()?;
    let (plain_server, plain_listener) = Server::open()?;
    let (guarded, unguarded) = (Side::default(), Side::default());
    let targets = ROLES.map(|role| Target::host(guarded_server.address().to_string()).role(role.name));
    let guarded_streams = streams(&guarded_server, &boards, |board, role| guard(board, &targets, role))?;
    let plain_streams = streams(&plain_server, &boards, |_, _| Ok(None))?;
    let Some(board) = boards.first() else { return Err("there is no worker".into()) };

    write_opening(out, &[&guarded_server, &plain_server])?;
    let start = Instant::now();
    let timeline = Timeline { start, board, targets: &targets, guarded: &guarded, unguarded: &unguarded, events: &events };
    let changes = thread::scope(|scope| -> Result<Vec<Change>> {
        let servers = [
            thread::Builder::new().spawn_scoped(scope, || guarded_server.run(guarded_listener, start))?,
            thread::Builder::new().spawn_scoped(scope, || plain_server.run(plain_listener, start))?,
        ];
        let mut callers = spawn_callers(scope, &guarded_streams, &guarded, start)?;
        callers.extend(spawn_callers(scope, &plain_streams, &unguarded, start)?);
        let mut changes = timeline.run(out)?;
        for caller in callers {
            join(caller)?;
        }
        for server in servers {
            join(server)??;
        }
        timeline.write_remaining_events(out, &mut changes)?;
        Ok(changes)
    })?;

    summary::write(out, &SideResult::of(&guarded, &guarded_server), &SideResult::of(&unguarded, &plain_server), &changes)?;
    guarded.fault.into_inner().map_or(Ok(()), |fault| Err(fault.into()))
}

/// One stream for each worker and role. `guard` returns the handle of a stream, or none for the unguarded side.
fn streams(server: &Server, boards: &[Board], guard: impl Fn(&Board, usize) -> Result<Option<Handle>>) -> Result<Vec<Stream>> {
    let client = Client::new();
    let mut streams = Vec::new();
    for board in boards {
        for (at, role) in ROLES.iter().enumerate() {
            streams.push(Stream::new(role, server.address(), client.clone(), guard(board, at)?));
        }
    }
    Ok(streams)
}

fn guard(board: &Board, targets: &[Target], role: usize) -> Result<Option<Handle>> {
    targets.get(role).map(|target| Ok(board.target(target)?)).transpose()
}

type Callers<'scope> = Vec<ScopedJoinHandle<'scope, ()>>;

fn spawn_callers<'scope>(
    scope: &'scope Scope<'scope, '_>,
    streams: &'scope [Stream],
    side: &'scope Side,
    start: Instant,
) -> io::Result<Callers<'scope>> {
    let each = streams.iter().flat_map(|stream| (0..stream.callers()).map(move |_| stream));
    each.map(|stream| thread::Builder::new().spawn_scoped(scope, move || stream.run_caller(side, start))).collect()
}

/// Waits for a thread. A panic of the thread is an error.
fn join<T>(thread: ScopedJoinHandle<'_, T>) -> Result<T> {
    thread.join().map_err(|_| "a thread of the demo panicked: see its message above".into())
}

fn write_opening(out: &mut impl Write, servers: &[&Server]) -> io::Result<()> {
    let addresses: Vec<String> = servers.iter().map(|server| server.address().to_string()).collect();
    let stages: Vec<String> =
        script::SCRIPT.iter().map(|stage| format!("{} {} s", stage.health.label(), stage.duration.as_secs())).collect();
    writeln!(out, "Two servers ({}) run through the same stages: {}.", addresses.join(", "), stages.join(", "))?;
    writeln!(
        out,
        "{} workers call the first server, each with its own board; the boards share one store. The second gets the same traffic, unguarded.",
        workers::WORKERS
    )?;
    writeln!(out, "`avoided`: how many more requests the second server received than the first.\n")
}
