//! A Redis server of a test's own.

use crate::folder::Folder;
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;

/// Runs on loopback, keeps nothing on disk afterwards, and is killed when it is dropped.
pub struct RedisServer {
    process: Child,
    pub port: u16,
    /// Its working folder: a replication writes a file there.
    _folder: Folder,
}

impl RedisServer {
    /// # Panics
    /// If no `redis-server` is installed, or it does not start.
    #[must_use]
    pub fn start() -> RedisServer {
        // Another process may take the free port before the server does.
        let attempts = (0..5).find_map(|_| RedisServer::start_on(free_port()));
        attempts.expect("a redis-server starts on one of five free ports")
    }

    /// On a port that was this test's before; `None` if the server does not start.
    ///
    /// # Panics
    /// If no `redis-server` is installed.
    #[must_use]
    pub fn start_on(port: u16) -> Option<RedisServer> {
        let program = std::env::var_os("FUSEBOARD_REDIS_SERVER").unwrap_or_else(|| "redis-server".into());
        let folder = Folder::new(&format!("redis-{port}"));
        let mut command = Command::new(program);
        command.current_dir(folder.path());
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut process = spawned.expect("redis-server must be installed: `apt-get install redis-server`, or `cargo xtask test`");
        let log = process.stdout.take().expect("its output is a pipe");
        let server = RedisServer { process, port, _folder: folder };
        is_ready(log).then_some(server)
    }

    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Runs a command by Redis's own client.
    ///
    /// # Panics
    /// If the server answers with an error.
    pub fn run(&self, words: &[&str]) -> String {
        let mut client = Command::new("redis-cli");
        let output = client.args(["-e", "-p", &self.port.to_string()]).args(words).output().expect("redis-cli comes with redis-server");
        let answer = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
        assert!(output.status.success(), "{words:?}: {answer}");
        answer
    }

    /// Stops the process as it is; its connections stay open.
    pub fn pause(&self) {
        self.signal(Signal::STOP);
    }

    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).expect("the server runs");
    }
}

/// Reads the log until the server is ready, or has ended.
fn is_ready(log: ChildStdout) -> bool {
    let mut log = BufReader::new(log);
    let mut line = String::new();
    while log.read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
        if line.contains("Ready to accept connections") {
            // The server would stop at a full pipe.
            thread::spawn(move || log.read_to_end(&mut Vec::new()));
            return true;
        }
        line.clear();
    }
    false
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    listener.local_addr().expect("a listener has an address").port()
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
