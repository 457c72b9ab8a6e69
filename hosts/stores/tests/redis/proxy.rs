//! A proxy between a store and its server. It counts, changes commands, holds answers back, and cuts connections.

use super::server::{RedisServer, url};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

/// One command: its name and arguments.
pub type Words = Vec<Vec<u8>>;
type Change = dyn Fn(Words) -> Words + Send + Sync;

pub struct Proxy {
    pub port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    server: u16,
    change: Box<Change>,
    commands: Mutex<Vec<String>>,
    round_trips: AtomicUsize,
    /// The name of a command after which the connection is cut: the server gets it, its answer is lost.
    cut_after: Mutex<Option<String>>,
    held: Mutex<bool>,
    released: Condvar,
}

impl Proxy {
    pub fn before(server: &RedisServer) -> Proxy {
        Proxy::changing(server, |words| words)
    }

    /// With commands changed on their way to the server.
    pub fn changing(server: &RedisServer, change: impl Fn(Words) -> Words + Send + Sync + 'static) -> Proxy {
        let shared = Arc::new(Shared {
            server: server.port,
            change: Box::new(change),
            commands: Mutex::default(),
            round_trips: AtomicUsize::new(0),
            cut_after: Mutex::default(),
            held: Mutex::default(),
            released: Condvar::new(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let port = listener.local_addr().expect("a listener has an address").port();
        let accepting = Arc::clone(&shared);
        thread::spawn(move || listener.incoming().flatten().for_each(|client| accepting.serve(client)));
        Proxy { port, shared }
    }

    pub fn url(&self) -> String {
        url(self.port)
    }

    /// Names of the commands since the last call, and the round trips that they took if they were sent one after the other.
    pub fn take_counts(&self) -> (Vec<String>, usize) {
        (std::mem::take(&mut *self.shared.commands.lock().unwrap()), self.shared.round_trips.swap(0, Ordering::SeqCst))
    }

    pub fn cut_after(&self, command: &str) {
        *self.shared.cut_after.lock().unwrap() = Some(command.to_owned());
    }

    /// Nothing from the server arrives until [`Proxy::release`]. Commands still reach it.
    pub fn hold(&self) {
        *self.shared.held.lock().unwrap() = true;
    }

    pub fn release(&self) {
        *self.shared.held.lock().unwrap() = false;
        self.shared.released.notify_all();
    }
}

impl Shared {
    fn serve(self: &Arc<Shared>, client: TcpStream) {
        let Ok(server) = TcpStream::connect(("127.0.0.1", self.server)) else { return };
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let (from_server, to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
        let (up, down) = (Arc::clone(self), Arc::clone(self));
        thread::spawn(move || up.forward_commands(&client, &server));
        thread::spawn(move || down.forward_answers(from_server, to_client));
    }

    fn forward_commands(&self, client: &TcpStream, server: &TcpStream) {
        let mut reader = BufReader::new(client);
        let mut to_server = server;
        loop {
            let mut batch = Vec::new();
            let mut cut = false;
            // What arrived together was sent in one round trip.
            while batch.is_empty() || !reader.buffer().is_empty() {
                let Some(words) = read_command(&mut reader) else {
                    let _ = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
                    return;
                };
                let name = String::from_utf8_lossy(words.first().expect("a command has a name")).into_owned();
                cut |= self.cut_after.lock().unwrap().take_if(|wanted| *wanted == name).is_some();
                self.commands.lock().unwrap().push(name);
                write_command(&mut batch, &(self.change)(words));
            }
            self.round_trips.fetch_add(1, Ordering::SeqCst);
            if cut {
                let _ = client.shutdown(Shutdown::Both);
            }
            if to_server.write_all(&batch).is_err() {
                return;
            }
        }
    }

    fn forward_answers(&self, mut server: TcpStream, mut client: TcpStream) {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(bytes @ 1..) = server.read(&mut buffer) {
            let held = self.held.lock().unwrap();
            drop(self.released.wait_while(held, |held| *held).unwrap());
            if client.write_all(&buffer[..bytes]).is_err() {
                break;
            }
        }
        let _ = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
    }
}

/// Clients send arrays of bulk strings only.
fn read_command(reader: &mut impl BufRead) -> Option<Words> {
    let words = read_number(reader, '*')?;
    (0..words)
        .map(|_| {
            let length = read_number(reader, '$')?;
            let mut word = vec![0; length + 2];
            reader.read_exact(&mut word).ok()?;
            word.truncate(length);
            Some(word)
        })
        .collect()
}

fn read_number(reader: &mut impl BufRead, mark: char) -> Option<usize> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    line.trim_end().strip_prefix(mark)?.parse().ok()
}

fn write_command(batch: &mut Vec<u8>, words: &Words) {
    batch.extend(format!("*{}\r\n", words.len()).bytes());
    for word in words {
        batch.extend(format!("${}\r\n", word.len()).bytes());
        batch.extend(word);
        batch.extend(b"\r\n");
    }
}

/// Makes an older server seem to be Redis 8.4: its version, and `SET … IFEQ` as the documentation of Redis 8.4 describes it.
pub fn with_if_equal(server: &RedisServer) -> Proxy {
    Proxy::changing(server, |words| {
        let name = words.first().map(Vec::as_slice);
        match (name, words.get(3).map(Vec::as_slice)) {
            (Some(b"HELLO"), _) if words.len() == 1 => script(HELLO, &[]),
            (Some(b"SET"), Some(b"IFEQ")) => {
                let [_, key, value, _, expected, rest @ ..] = words.as_slice() else { panic!("IFEQ has a text") };
                let ttl = if let [_, ttl, _get] = rest { ttl.clone() } else { Vec::new() };
                assert!(rest.last().is_some_and(|word| word == b"GET") && matches!(rest.len(), 1 | 3), "{rest:?}");
                script(IF_EQUAL, &[key.clone(), value.clone(), expected.clone(), ttl])
            }
            (Some(b"EVAL" | b"EVALSHA"), _) => panic!("no script is needed on Redis 8.4"),
            _ => words,
        }
    })
}

/// Makes any server seem to be Redis 7.0, so that texts are replaced by the script.
pub fn without_if_equal(server: &RedisServer) -> Proxy {
    Proxy::changing(server, |words| match words.as_slice() {
        [name] if name == b"HELLO" => script(OLD_HELLO, &[]),
        _ => words,
    })
}

const OLD_HELLO: &str = "redis.setresp(3) return {map={server='redis', version='7.0.0', proto=3}}";
const HELLO: &str = "redis.setresp(3) return {map={server='redis', version='8.4.0', proto=3}}";
const IF_EQUAL: &str = "local current = redis.call('GET', ARGV[1])
if current == ARGV[3] then
  if ARGV[4] == '' then redis.call('SET', ARGV[1], ARGV[2]) else redis.call('SET', ARGV[1], ARGV[2], 'PX', ARGV[4]) end
end
return current";

fn script(text: &str, arguments: &[Vec<u8>]) -> Words {
    let start = [b"EVAL".to_vec(), text.into(), b"0".to_vec()];
    start.into_iter().chain(arguments.iter().cloned()).collect()
}
