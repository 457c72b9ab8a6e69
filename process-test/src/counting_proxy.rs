//! A proxy in front of a Redis server. It counts commands and round trips.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Runs until its process ends.
pub struct CountingProxy {
    port: u16,
    counts: Arc<Mutex<Counts>>,
}

/// What was sent to the server.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// How often each command was sent, by its name.
    pub commands: BTreeMap<String, u64>,
    /// Commands that arrived together were sent in one round trip.
    pub round_trips: u64,
}

impl Counts {
    #[must_use]
    pub fn all_commands(&self) -> u64 {
        self.commands.values().sum()
    }

    /// The commands that swap a record.
    #[must_use]
    pub fn swaps(&self) -> u64 {
        ["SET", "EVALSHA", "EVAL"].iter().filter_map(|name| self.commands.get(*name)).sum()
    }
}

impl CountingProxy {
    /// Starts a proxy in front of the server at this port.
    ///
    /// # Panics
    /// If loopback has no free port.
    #[must_use]
    pub fn to_server(server: u16) -> CountingProxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let port = listener.local_addr().expect("a listener has an address").port();
        let counts = Arc::<Mutex<Counts>>::default();
        let counting = Arc::clone(&counts);
        thread::spawn(move || {
            // After an error the connection is closed, which the client sees.
            listener.incoming().flatten().for_each(|client| drop(serve(client, server, &counting)));
        });
        CountingProxy { port, counts }
    }

    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The counts since the last call.
    #[must_use]
    pub fn take(&self) -> Counts {
        std::mem::take(&mut *lock(&self.counts))
    }
}

fn serve(client: TcpStream, server: u16, counts: &Arc<Mutex<Counts>>) -> io::Result<()> {
    let server = TcpStream::connect(("127.0.0.1", server))?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut answers, mut to_client) = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || {
        let _ = io::copy(&mut answers, &mut to_client);
        let _ = to_client.shutdown(Shutdown::Both);
    });
    let counts = Arc::clone(counts);
    thread::spawn(move || {
        let _ = forward(client, &server, &counts);
        let _ = server.shutdown(Shutdown::Both);
    });
    Ok(())
}

fn forward(client: TcpStream, mut server: &TcpStream, counts: &Mutex<Counts>) -> io::Result<()> {
    let mut reader = BufReader::new(client);
    loop {
        let (mut batch, mut names) = (Vec::new(), Vec::new());
        while batch.is_empty() || !reader.buffer().is_empty() {
            names.push(read_command(&mut reader, &mut batch)?);
        }
        // They are counted before they are sent. So a command whose answer a client has is counted.
        let mut counts = lock(counts);
        counts.round_trips += 1;
        for name in names {
            *counts.commands.entry(name).or_default() += 1;
        }
        drop(counts);
        server.write_all(&batch)?;
    }
}

/// Copies one command, an array of bulk strings, and returns its name.
fn read_command(reader: &mut impl BufRead, batch: &mut Vec<u8>) -> io::Result<String> {
    let words = read_number(reader, b'*', batch)?;
    let mut name = String::new();
    for word in 0..words {
        let length = read_number(reader, b'$', batch)?;
        let mut text = vec![0; length + 2];
        reader.read_exact(&mut text)?;
        if word == 0 {
            name = String::from_utf8_lossy(text.get(..length).unwrap_or_default()).to_uppercase();
        }
        batch.extend(text);
    }
    Ok(name)
}

fn read_number(reader: &mut impl BufRead, mark: u8, batch: &mut Vec<u8>) -> io::Result<usize> {
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line)?;
    let number = line.strip_prefix(&[mark]).and_then(|rest| std::str::from_utf8(rest).ok()?.trim_end().parse().ok());
    batch.extend(&line);
    number.ok_or_else(|| io::Error::other("not a Redis command"))
}

fn lock(counts: &Mutex<Counts>) -> MutexGuard<'_, Counts> {
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}
