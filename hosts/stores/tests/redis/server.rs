//! A Redis server of a test's own.

use fuseboard_stores::{RedisSettings, RedisStore};
use redis::{Client, Connection};
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;

/// Runs on a free port of loopback, keeps nothing on disk, and is killed when it is dropped.
pub struct Server {
    process: Child,
    pub port: u16,
}

impl Server {
    pub fn start() -> Server {
        Server::start_with(&[])
    }

    /// With options of the server, as on its command line.
    pub fn start_with(options: &[&str]) -> Server {
        // Another process may take the free port before the server does.
        let attempts = (0..5).find_map(|_| Server::start_on(free_port(), options));
        attempts.expect("a redis-server starts on one of five free ports")
    }

    /// On a port that was this test's before.
    pub fn start_on(port: u16, options: &[&str]) -> Option<Server> {
        let program = std::env::var_os("FUSEBOARD_REDIS_SERVER").unwrap_or_else(|| "redis-server".into());
        let mut command = Command::new(program);
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]).args(options);
        let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut process = spawned.expect("redis-server must be installed: `apt-get install redis-server`, or `cargo xtask test`");
        let log = process.stdout.take().expect("its output is a pipe");
        let server = Server { process, port };
        is_ready(log).then_some(server)
    }

    pub fn url(&self) -> String {
        url(self.port)
    }

    pub fn store(&self) -> RedisStore {
        RedisStore::open(&self.url()).expect("the URL is accepted")
    }

    pub fn settings(&self) -> RedisSettings {
        RedisSettings::from_url(&self.url()).expect("the URL is accepted")
    }

    /// Another client, such as another process has.
    pub fn connect(&self) -> Connection {
        let client = Client::open(self.url()).expect("the URL is accepted");
        client.get_connection().expect("the server accepts connections")
    }

    /// Stops the process as it is; its connections stay open.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    pub fn resume(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([signal, &self.process.id().to_string()]).status();
        assert!(status.is_ok_and(|status| status.success()), "kill {signal}");
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

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub fn url(port: u16) -> String {
    format!("redis://127.0.0.1:{port}")
}

pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    listener.local_addr().expect("a listener has an address").port()
}

/// The key under which the server has a key of the store.
pub fn full(key: &str) -> String {
    format!("fuseboard:{key}")
}
