//! An HTTP server on loopback whose health follows the script. It gives one fixed answer a connection, and for that the standard
//! library is enough: an HTTP library would only hide what the demo shows. The client is a real one.

use crate::script::{Health, RETRY_AFTER_SECONDS, SCRIPT, SLOW_ANSWER, end_of, stage_at};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(1);
const REQUEST_BYTES_MAX: usize = 8 * 1024;
/// A client that sends or reads nothing for so long is left alone.
const CLIENT_PATIENCE: Duration = Duration::from_secs(1);
/// While the port was closed, another program may have been given it: for how long we try to have it back.
const REOPEN_PATIENCE: Duration = Duration::from_secs(2);

pub struct Server {
    address: SocketAddr,
    answered: AtomicU64,
    back_at: OnceLock<Duration>,
}

impl Server {
    /// A server on a free port, and the listener to [`run`](Server::run) it with.
    pub fn open() -> io::Result<(Server, TcpListener)> {
        let listener = listen((Ipv4Addr::LOCALHOST, 0).into())?;
        let address = listener.local_addr()?;
        Ok((Server { address, answered: AtomicU64::new(0), back_at: OnceLock::new() }, listener))
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Requests that it read and answered.
    pub fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    /// When it listened again, from the start: the script's time, and what the machine needed.
    pub fn back_at(&self) -> Option<Duration> {
        self.back_at.get().copied()
    }

    /// Serves until the script is over and the last connection is closed.
    pub fn run(&self, listener: TcpListener, start: Instant) -> io::Result<()> {
        thread::scope(|connections| {
            let mut listener = Some(listener);
            while let Some(stage) = stage_at(start.elapsed()) {
                let health = SCRIPT.get(stage).map_or(Health::Fine, |stage| stage.health);
                if health == Health::Refusing {
                    drop(listener.take());
                    thread::sleep(end_of(stage).saturating_sub(start.elapsed()));
                    continue;
                }
                let open = match listener.take() {
                    Some(open) => open,
                    None => self.reopen(start)?,
                };
                match open.accept() {
                    // Where no thread is to be had, the connection is closed at once.
                    Ok((stream, _)) => drop(thread::Builder::new().spawn_scoped(connections, move || self.serve(stream, health))),
                    // Nobody is waiting, or somebody went away again.
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
                    self.back_at.get_or_init(|| start.elapsed());
                    return Ok(listener);
                }
                Err(error) if tried_since.elapsed() > REOPEN_PATIENCE => return Err(error),
                Err(_) => thread::sleep(POLL),
            }
        }
    }

    /// A connection that breaks is the client's affair: it is not counted as answered.
    fn serve(&self, mut stream: TcpStream, health: Health) {
        if answer(&mut stream, health).is_ok() {
            self.answered.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// It never waits for a client, so that the script's next stage is not missed.
fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn answer(stream: &mut TcpStream, health: Health) -> io::Result<()> {
    // On some systems a connection inherits the listener's way.
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(CLIENT_PATIENCE))?;
    stream.set_write_timeout(Some(CLIENT_PATIENCE))?;
    read_head(stream)?;
    if health == Health::Slow {
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

fn response(health: Health) -> String {
    let (status, header) = match health {
        Health::Unavailable => ("503 Service Unavailable", format!("retry-after: {RETRY_AFTER_SECONDS}\r\n")),
        Health::Fine | Health::Slow | Health::Refusing => ("200 OK", String::new()),
    };
    // A connection kept open would outlive the closing of the port.
    format!("HTTP/1.1 {status}\r\n{header}content-length: 0\r\nconnection: close\r\n\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_answers_by_its_health() -> io::Result<()> {
        for (health, expected) in
            [(Health::Fine, "HTTP/1.1 200 OK\r\n"), (Health::Unavailable, "HTTP/1.1 503 Service Unavailable\r\nretry-after: 2\r\n")]
        {
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
