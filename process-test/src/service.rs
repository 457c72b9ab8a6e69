//! The service that the processes call. It counts the calls of each name. Each call fails or succeeds.

use crate::policy;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// The longest time of a call to a probed name.
const PROBE_MS_MAX: u64 = 4;
/// How many of a hundred probes succeed.
const PROBE_SUCCESSES: u64 = 80;

/// Runs on a free port of loopback until its process ends.
pub struct Service {
    port: u16,
    calls: Arc<Mutex<HashMap<String, u64>>>,
}

impl Service {
    /// # Panics
    /// If loopback has no free port.
    #[must_use]
    pub fn start() -> Service {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let port = listener.local_addr().expect("a listener has an address").port();
        let calls = Arc::default();
        let accepting = Arc::clone(&calls);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let calls = Arc::clone(&accepting);
                // After an error the client has closed its connection.
                thread::spawn(move || serve(client, &calls));
            }
        });
        Service { port, calls }
    }

    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The number of calls of a name so far.
    #[must_use]
    pub fn calls(&self, name: &str) -> u64 {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).get(name).copied().unwrap_or(0)
    }
}

fn serve(client: TcpStream, calls: &Mutex<HashMap<String, u64>>) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    let mut answers = client.try_clone()?;
    let mut random = fastrand::Rng::new();
    for name in BufReader::new(client).lines() {
        let name = name?;
        let is_probed = name.starts_with(policy::PROBED_PREFIX);
        let calls_before = count(calls, name);
        let succeeds = is_probed && calls_before >= policy::FAIL_MAX && random.u64(0..100) < PROBE_SUCCESSES;
        if is_probed {
            thread::sleep(Duration::from_millis(random.u64(0..=PROBE_MS_MAX)));
        }
        answers.write_all(if succeeds { b"ok\n" } else { b"failed\n" })?;
    }
    Ok(())
}

/// Counts a call, and returns the number of calls before it.
fn count(calls: &Mutex<HashMap<String, u64>>, name: String) -> u64 {
    let mut calls = calls.lock().unwrap_or_else(PoisonError::into_inner);
    let calls = calls.entry(name).or_default();
    *calls += 1;
    *calls - 1
}
