//! The port at which processes reach the server: it can be closed, and led to another server.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Runs until its process ends.
pub struct Switch {
    port: u16,
    state: Arc<Mutex<State>>,
}

struct State {
    /// The server's port; `None`: closed.
    to: Option<u16>,
    open: Vec<TcpStream>,
}

impl Switch {
    /// # Panics
    /// If loopback has no free port.
    #[must_use]
    pub fn to(server: u16) -> Switch {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let port = listener.local_addr().expect("a listener has an address").port();
        let state = Arc::new(Mutex::new(State { to: Some(server), open: Vec::new() }));
        let accepting = Arc::clone(&state);
        thread::spawn(move || listener.incoming().flatten().for_each(|client| connect(&client, &accepting)));
        Switch { port, state }
    }

    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Cuts all connections, and leads new ones to another server, or nowhere.
    pub fn lead_to(&self, server: Option<u16>) {
        let mut state = lock(&self.state);
        state.to = server;
        for connection in state.open.drain(..) {
            // An error means that it is closed already.
            let _ = connection.shutdown(Shutdown::Both);
        }
    }
}

fn connect(client: &TcpStream, state: &Mutex<State>) {
    let mut state = lock(state);
    let Some(server) = state.to.and_then(|port| TcpStream::connect(("127.0.0.1", port)).ok()) else {
        let _ = client.shutdown(Shutdown::Both);
        return;
    };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    for (from, to) in [(client, &server), (&server, client)] {
        if let (Ok(from), Ok(to)) = (from.try_clone(), to.try_clone()) {
            state.open.extend(from.try_clone());
            thread::spawn(move || forward(from, to));
        }
    }
}

fn forward(mut from: TcpStream, mut to: TcpStream) {
    // An error means that the connection was cut.
    let _ = io::copy(&mut from, &mut to);
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
