//! TLS, with servers whose certificates the tests make.

use super::server::{RedisServer, free_port};
use fuseboard::time::Millis;
use fuseboard::{Lookup, Store, StoreError, Swap};
use fuseboard_stores::{RedisSettings, RedisStore};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

const WITHIN: Millis = Millis(5_000);

/// A server with a certificate for one host, in a folder of its own, and the authority that signed it.
struct TlsServer {
    server: RedisServer,
    authority: String,
    folder: PathBuf,
}

impl TlsServer {
    fn start(host: &str, options: &[&str]) -> TlsServer {
        let authority = authority();
        let folder = std::env::temp_dir().join(format!("fuseboard-tls-{}-{}", std::process::id(), free_port()));
        std::fs::create_dir_all(&folder).expect("the folder is made");
        let key = KeyPair::generate().expect("a key is made");
        let certificate = CertificateParams::new([host.to_owned()]).and_then(|params| params.signed_by(&key, &authority));
        let files = [
            ("server.crt", certificate.expect("it is signed").pem()),
            ("server.key", key.serialize_pem()),
            ("authority.crt", authority.pem()),
        ];
        for (name, text) in &files {
            std::fs::write(folder.join(name), text).expect("the file is written");
        }
        let attempts = (0..5).find_map(|_| start_on(free_port(), &folder, options));
        TlsServer { server: attempts.expect("a redis-server starts on one of five free ports"), authority: authority.pem(), folder }
    }

    fn store(&self, scheme: &str, user: &str) -> RedisStore {
        let url = format!("{scheme}://{user}127.0.0.1:{}", self.server.port);
        let settings = RedisSettings::from_url(&url).and_then(|settings| settings.root_certificates(self.authority.as_bytes()));
        RedisStore::new(settings.expect("both are accepted"))
    }

    /// Runs a command on the server, with Redis's own client.
    fn run(&self, words: &[&str]) {
        let mut client = Command::new("redis-cli");
        client.args(["--tls", "--insecure", "-e", "-p", &self.server.port.to_string()]).args(words);
        let output = client.output().expect("redis-cli comes with redis-server");
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stdout));
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).expect("no names");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key is made")).expect("it is signed")
}

fn start_on(port: u16, folder: &Path, options: &[&str]) -> Option<RedisServer> {
    let file = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let (certificate, key, authority, folder) = (file("server.crt"), file("server.key"), file("authority.crt"), file(""));
    let port_text = port.to_string();
    let mut all = vec!["--port", "0", "--tls-port", &port_text, "--tls-auth-clients", "no", "--dir", &folder];
    all.extend(["--tls-cert-file", &certificate, "--tls-key-file", &key, "--tls-ca-cert-file", &authority]);
    all.extend(options);
    RedisServer::start_on(port, &all)
}

fn assert_is_used(store: &RedisStore) {
    let Ok(Swap::Stored(first)) = store.compare_and_swap("k", None, "one", None, WITHIN) else { panic!("it is stored") };
    assert!(matches!(store.compare_and_swap("k", Some(first), "two", None, WITHIN), Ok(Swap::Stored(_))));
    let read = store.load("k", None, WITHIN);
    assert!(matches!(&read, Ok(Lookup::Found(entry)) if entry.value == "two"), "{read:?}");
}

fn assert_is_not_connected(store: &RedisStore, reason: &str) {
    let error = store.load("k", None, WITHIN).expect_err("it is not trusted");
    assert!(matches!(&error, StoreError::Unavailable(why) if why.contains(reason)), "{error:?}");
}

#[test]
fn a_server_with_a_trusted_certificate_is_used_with_user_and_password() {
    let server = TlsServer::start("127.0.0.1", &[]);
    server.run(&["ACL", "SETUSER", "breakers", "on", ">s3cret", "~*", "+@all"]);
    assert_is_used(&server.store("rediss", "breakers:s3cret@"));
    assert_is_not_connected(&server.store("rediss", "breakers:other@"), "WRONGPASS");
}

#[test]
fn a_server_with_an_unknown_certificate_is_not_used() {
    let server = TlsServer::start("127.0.0.1", &[]);
    let url = format!("rediss://127.0.0.1:{}", server.server.port);
    assert_is_not_connected(&RedisStore::open(&url).expect("the URL is accepted"), "certificate");
}

#[test]
fn a_server_with_the_certificate_of_another_host_is_not_used() {
    let server = TlsServer::start("another.example", &[]);
    assert_is_not_connected(&server.store("rediss", ""), "certificate");
}

#[test]
fn a_server_without_tls_is_not_used() {
    let plain = RedisServer::start();
    let store = RedisStore::open(&format!("rediss://127.0.0.1:{}", plain.port)).expect("the URL is accepted");
    // The server waits for the rest of what it takes for a command.
    let load = store.load("k", None, Millis(300));
    assert!(matches!(load, Err(StoreError::Unavailable(_))), "{load:?}");
}

#[test]
fn every_node_of_a_cluster_is_reached_over_tls() {
    let bus = free_port().to_string();
    let server = TlsServer::start("127.0.0.1", &["--cluster-enabled", "yes", "--cluster-port", &bus, "--tls-cluster", "yes"]);
    server.run(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]);
    let store = server.store("rediss+cluster", "");
    // A node alone needs a moment before it takes its cluster for complete.
    let start = Instant::now();
    while store.load("k", None, WITHIN).is_err() {
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", store.load("k", None, WITHIN));
    }
    assert_is_used(&store);
}
