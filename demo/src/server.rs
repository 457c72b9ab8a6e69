//! An HTTP server on loopback that behaves as the script says. It sends one fixed response per connection, so it needs no HTTP
//! library. The client uses one.

use crate::script::{RETRY_AFTER_SECONDS, SCRIPT, SLOW_ANSWER, ServerHealth, end_of, stage_at};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(1);
const REQUEST_BYTES_MAX: usize = 8 * 1024;
/// Read and write timeout of a connection.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(1);
/// How long to retry opening the port again. Another program may have used it while it was closed.
const REOPEN_TIMEOUT: Duration = Duration::from_secs(2);

pub struct Server {
    address: SocketAddr,
    answered: AtomicU64,
    reopened_at: OnceLock<Duration>,
}

impl Server {
    /// A server on a free port, and the listener to [`run`](Server::run) it with.
    pub fn open() -> io::Result<(Server, TcpListener)> {
        let listener = listen((Ipv4Addr::LOCALHOST, 0).into())?;
        let address = listener.local_addr()?;
        Ok((Server { address, answered: AtomicU64::new(0), reopened_at: OnceLock::new() }, listener))
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The number of requests that the server answered.
    pub fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    /// Time from the start until the port was open again.
    pub fn reopened_at(&self) -> Option<Duration> {
        self.reopened_at.get().copied()
    }

    /// Serves until the script is over and the last connection is closed.
    pub fn run(&self, listener: TcpListener, start: Instant) -> io::Result<()> {
        thread::scope(|connections| {
            let mut listener = Some(listener);
            while let Some(stage) = stage_at(start.elapsed()) {
                let health = SCRIPT.get(stage).map_or(ServerHealth::Healthy, |stage| stage.health);
                if health == ServerHealth::RefusesConnections {
                    drop(listener.take());
                    thread::sleep(end_of(stage).saturating_sub(start.elapsed()));
                    continue;
                }
                let open = match listener.take() {
                    Some(open) => open,
                    None => self.reopen(start)?,
                };
                match open.accept() {
                    // If no thread can be started, the connection is closed.
                    Ok((stream, _)) => drop(thread::Builder::new().spawn_scoped(connections, move || self.serve(stream, health))),
                    // No connection is waiting, or the client closed it.
                    Err(_) => thread::sleep(POLL),
                }
                listener = Some(open);
            }
            Ok(())
        })
    }

    fn reopen(&self, start: Instant) -> io::Result<TcpListener> {
        let tried_since = Instant::now();
        loop {
            match listen(self.address) {
                Ok(listener) => {
                    self.reopened_at.get_or_init(|| start.elapsed());
                    return Ok(listener);
                }
                Err(error) if tried_since.elapsed() > REOPEN_TIMEOUT => return Err(error),
                Err(_) => thread::sleep(POLL),
            }
        }
    }

    /// Serves one connection. A broken connection is not counted as answered.
    fn serve(&self, mut stream: TcpStream, health: ServerHealth) {
        if answer(&mut stream, health).is_ok() {
            self.answered.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A listener that does not block, so that the next stage begins in time.
fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn answer(stream: &mut TcpStream, health: ServerHealth) -> io::Result<()> {
    // On some systems a connection inherits the listener's non-blocking mode.
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(CLIENT_TIMEOUT))?;
    stream.set_write_timeout(Some(CLIENT_TIMEOUT))?;
    read_head(stream)?;
    if health == ServerHealth::Slow {
        thread::sleep(SLOW_ANSWER);
    }
    stream.write_all(response(health).as_bytes())
}

/// Reads a request up to the empty line; the demo's requests have no body.
fn read_head(stream: &mut TcpStream) -> io::Result<()> {
    let mut head = Vec::new();
    let mut part = [0; 1024];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let read = stream.read(&mut part)?;
        if read == 0 || head.len() > REQUEST_BYTES_MAX {
            return Err(io::ErrorKind::InvalidData.into());
        }
        head.extend_from_slice(part.get(..read).unwrap_or(&part));
    }
    Ok(())
}

fn response(health: ServerHealth) -> String {
    let (status, header) = match health {
        ServerHealth::Unavailable => ("503 Service Unavailable", format!("retry-after: {RETRY_AFTER_SECONDS}\r\n")),
        ServerHealth::Healthy | ServerHealth::Slow | ServerHealth::RefusesConnections => ("200 OK", String::new()),
    };
    // A connection that is kept alive would stay open after the port is closed.
    format!("HTTP/1.1 {status}\r\n{header}content-length: 0\r\nconnection: close\r\n\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_healthy_server_sends_200_and_an_unavailable_one_503_with_retry_after() -> io::Result<()> {
        for (health, expected) in [
            (ServerHealth::Healthy, "HTTP/1.1 200 OK\r\n"),
            (ServerHealth::Unavailable, "HTTP/1.1 503 Service Unavailable\r\nretry-after: 2\r\n"),
        ] {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
            let mut client = TcpStream::connect(listener.local_addr()?)?;
            client.write_all(b"GET / HTTP/1.1\r\nhost: h\r\n\r\n")?;
            answer(&mut listener.accept()?.0, health)?;
            let mut text = String::new();
            client.read_to_string(&mut text)?;
            assert!(text.starts_with(expected), "{text}");
        }
        Ok(())
    }
}
