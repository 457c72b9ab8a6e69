//! A sick HTTP server, twice: one guarded by Fuseboard, one not; the same script, the same traffic, at the same time.
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
use summary::Seen;
use timeline::{Change, Timeline};
use traffic::{ROLES, Side, Stream};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fuseboard-demo: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Outcome<()> {
    let out = &mut io::stdout().lock();
    let (tell, told) = mpsc::channel();
    let boards = workers::boards(&tell)?;
    let (guarded_server, guarded_listener) = Server::open()?;
    let (plain_server, plain_listener) = Server::open()?;
    let (guarded, unguarded) = (Side::default(), Side::default());
    let targets = ROLES.map(|role| Target::host(guarded_server.address().to_string()).role(role.name));
    let guarded_streams = streams(&guarded_server, &boards, |board, role| guard(board, &targets, role))?;
    let plain_streams = streams(&plain_server, &boards, |_, _| Ok(None))?;
    let Some(board) = boards.first() else { return Err("there is no worker".into()) };

    write_opening(out, &[&guarded_server, &plain_server])?;
    let start = Instant::now();
    let timeline = Timeline { start, board, targets: &targets, guarded: &guarded, unguarded: &unguarded, told: &told };
    let changes = thread::scope(|scope| -> Outcome<Vec<Change>> {
        let servers = [
            thread::Builder::new().spawn_scoped(scope, || guarded_server.run(guarded_listener, start))?,
            thread::Builder::new().spawn_scoped(scope, || plain_server.run(plain_listener, start))?,
        ];
        let mut callers = spawn_callers(scope, &guarded_streams, &guarded, start)?;
        callers.extend(spawn_callers(scope, &plain_streams, &unguarded, start)?);
        let mut changes = timeline.show(out)?;
        for caller in callers {
            joined(caller)?;
        }
        for server in servers {
            joined(server)??;
        }
        timeline.rest(out, &mut changes)?;
        Ok(changes)
    })?;

    let seen = |side: &Side, server: &Server| Seen { stages: side.counters.read(), answered: server.answered(), back_at: server.back_at() };
    summary::write(out, &seen(&guarded, &guarded_server), &seen(&unguarded, &plain_server), &changes)?;
    guarded.fault.into_inner().map_or(Ok(()), |fault| Err(fault.into()))
}

/// One stream a worker and role. The unguarded side has as many, without boards.
fn streams(server: &Server, boards: &[Board], guard: impl Fn(&Board, usize) -> Outcome<Option<Handle>>) -> Outcome<Vec<Stream>> {
    let client = Client::new();
    let mut streams = Vec::new();
    for board in boards {
        for (at, role) in ROLES.iter().enumerate() {
            streams.push(Stream::new(role, server.address(), client.clone(), guard(board, at)?));
        }
    }
    Ok(streams)
}

fn guard(board: &Board, targets: &[Target], role: usize) -> Outcome<Option<Handle>> {
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
    each.map(|stream| thread::Builder::new().spawn_scoped(scope, move || stream.call(side, start))).collect()
}

/// A thread's result; that it panicked is an error like others.
fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> Outcome<T> {
    thread.join().map_err(|_| "a thread of the demo panicked: its message stands above".into())
}

fn write_opening(out: &mut impl Write, servers: &[&Server]) -> io::Result<()> {
    let addresses: Vec<String> = servers.iter().map(|server| server.address().to_string()).collect();
    let story: Vec<String> = script::SCRIPT.iter().map(|stage| format!("{} {} s", stage.health.words(), stage.lasts.as_secs())).collect();
    writeln!(out, "Two servers ({}) tell the same story: {}.", addresses.join(", "), story.join(", "))?;
    writeln!(
        out,
        "{} workers with a board each, on one store, call the first; the same traffic goes unguarded to the other.",
        workers::WORKERS
    )?;
    writeln!(out, "`spared`: requests that the second server has had and the first has not.\n")
}
