//! A Redis server for one test.

use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;

/// A server on a free port of loopback. It is killed when it is dropped, and its files are deleted.
///
/// `FUSEBOARD_REDIS_SERVER` names another program than `redis-server`, such as Valkey's.
pub struct RedisServer {
    process: Child,
    pub port: u16,
    /// The working folder of the server. A replica writes a file there.
    folder: PathBuf,
}

impl RedisServer {
    /// # Panics
    /// If no `redis-server` is installed, or it does not start.
    #[must_use]
    pub fn start() -> RedisServer {
        RedisServer::start_with(&[])
    }

    /// Starts a server with options of its command line.
    ///
    /// # Panics
    /// If no `redis-server` is installed, or it does not start.
    #[must_use]
    pub fn start_with(options: &[&str]) -> RedisServer {
        // Another process may take the free port before the server does.
        let attempts = (0..5).find_map(|_| RedisServer::start_on(free_port(), options));
        attempts.expect("a redis-server starts on one of five free ports")
    }

    /// Starts a server on a port; `None` if the server does not start.
    ///
    /// # Panics
    /// If no `redis-server` is installed.
    #[must_use]
    pub fn start_on(port: u16, options: &[&str]) -> Option<RedisServer> {
        let program = std::env::var_os("FUSEBOARD_REDIS_SERVER").unwrap_or_else(|| "redis-server".into());
        let folder = std::env::temp_dir().join(format!("fuseboard-redis-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("the folder is made");
        let mut command = Command::new(program);
        command.current_dir(&folder);
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]).args(options);
        let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut process = spawned.expect("redis-server must be installed: `apt-get install redis-server`, or `cargo xtask test`");
        let log = process.stdout.take().expect("its output is a pipe");
        let server = RedisServer { process, port, folder };
        is_ready(log).then_some(server)
    }

    #[must_use]
    pub fn url(&self) -> String {
        url(self.port)
    }

    /// Runs a command with `redis-cli`, and returns the answer.
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

    /// Stops the process without ending it. Its connections stay open.
    ///
    /// # Panics
    /// If the server has ended.
    pub fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// # Panics
    /// If the server has ended.
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).expect("the server runs");
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Reads the log until the server is ready, or has ended.
fn is_ready(log: ChildStdout) -> bool {
    let mut log = BufReader::new(log);
    let mut line = String::new();
    while log.read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
        if line.contains("Ready to accept connections") {
            // A full pipe would block the server.
            thread::spawn(move || log.read_to_end(&mut Vec::new()));
            return true;
        }
        line.clear();
    }
    false
}

/// The URL of a server on loopback.
#[must_use]
pub fn url(port: u16) -> String {
    format!("redis://127.0.0.1:{port}")
}

/// A port of loopback that no program uses now.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    listener.local_addr().expect("a listener has an address").port()
}
