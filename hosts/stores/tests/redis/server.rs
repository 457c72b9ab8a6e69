//! The stores and clients of a test's Redis server.

use fuseboard_stores::{RedisSettings, RedisStore};
use redis::{Client, Connection};
pub use redis_test_server::{RedisServer, free_port, url};

/// What a test connects to its server.
pub trait Connect {
    fn store(&self) -> RedisStore;

    fn settings(&self) -> RedisSettings;

    /// A client without Fuseboard, as another process has it.
    fn connect(&self) -> Connection;
}

impl Connect for RedisServer {
    fn store(&self) -> RedisStore {
        RedisStore::open(&self.url()).expect("the URL is accepted")
    }

    fn settings(&self) -> RedisSettings {
        RedisSettings::from_url(&self.url()).expect("the URL is accepted")
    }

    fn connect(&self) -> Connection {
        let client = Client::open(self.url()).expect("the URL is accepted");
        client.get_connection().expect("the server accepts connections")
    }
}

/// The server's key for a key of the store.
pub fn full_key(key: &str) -> String {
    format!("fuseboard:{key}")
}
