//! A proxy in front of a server. It can be closed, and switched to another server.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Runs until its process ends.
pub struct SwitchableProxy {
    port: u16,
    state: Arc<Mutex<State>>,
}

struct State {
    /// The server's port; `None` while the proxy is closed.
    server: Option<u16>,
    connections: Vec<TcpStream>,
}

impl SwitchableProxy {
    /// Starts a proxy in front of the server at this port.
    ///
    /// # Panics
    /// If loopback has no free port.
    #[must_use]
    pub fn to_server(server: u16) -> SwitchableProxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let port = listener.local_addr().expect("a listener has an address").port();
        let state = Arc::new(Mutex::new(State { server: Some(server), connections: Vec::new() }));
        let accepting = Arc::clone(&state);
        thread::spawn(move || listener.incoming().flatten().for_each(|client| connect(&client, &accepting)));
        SwitchableProxy { port, state }
    }

    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Closes all connections. New ones go to this server, or are refused.
    pub fn switch_to(&self, server: Option<u16>) {
        let mut state = lock(&self.state);
        state.server = server;
        for connection in state.connections.drain(..) {
            // After an error it is closed already.
            let _ = connection.shutdown(Shutdown::Both);
        }
    }
}

fn connect(client: &TcpStream, state: &Mutex<State>) {
    let mut state = lock(state);
    let Some(server) = state.server.and_then(|port| TcpStream::connect(("127.0.0.1", port)).ok()) else {
        let _ = client.shutdown(Shutdown::Both);
        return;
    };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    for (from, to) in [(client, &server), (&server, client)] {
        if let (Ok(from), Ok(to)) = (from.try_clone(), to.try_clone()) {
            state.connections.extend(from.try_clone());
            thread::spawn(move || forward(from, to));
        }
    }
}

fn forward(mut from: TcpStream, mut to: TcpStream) {
    // After an error the connection was closed.
    let _ = io::copy(&mut from, &mut to);
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
