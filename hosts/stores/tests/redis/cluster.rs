//! A cluster of real servers: keys on all nodes, slots that move, nodes that fail.

use super::server::{Connect, RedisServer, free_port, full_key};
use fuseboard::time::Millis;
use fuseboard::{Lookup, Store, StoreError, Swap};
use fuseboard_stores::{ManualClock, RedisClock, RedisSettings, RedisStore, contract};
use redis::{FromRedisValue, ToRedisArgs};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

const WITHIN: Millis = Millis(5_000);
const SLOTS: u16 = 16_384;
/// How long a cluster may take to agree.
const AGREE_MAX: Duration = Duration::from_secs(20);
/// A node that does not answer for this long is taken for failed.
const NODE_TIMEOUT_MS: &str = "2000";

/// Three primaries on loopback, each with a third of the slots.
struct Cluster {
    nodes: Vec<ServerNode>,
}

struct ServerNode {
    server: RedisServer,
    bus: u16,
    folder: PathBuf,
}

impl ServerNode {
    fn start() -> ServerNode {
        let bus = free_port();
        let folder = std::env::temp_dir().join(format!("fuseboard-cluster-{}-{bus}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("the folder is made");
        let (bus_text, folder_text) = (bus.to_string(), folder.to_string_lossy().into_owned());
        let options =
            ["--cluster-enabled", "yes", "--cluster-port", &bus_text, "--cluster-node-timeout", NODE_TIMEOUT_MS, "--dir", &folder_text];
        ServerNode { server: RedisServer::start_with(&options), bus, folder }
    }

    fn cluster<T: FromRedisValue>(&self, words: &[impl ToRedisArgs]) -> T {
        redis::cmd("CLUSTER").arg(words).query(&mut self.server.connect()).expect("the node does it")
    }

    fn id(&self) -> String {
        self.cluster(&["MYID"])
    }

    /// Whether it sees so many nodes, all of them well.
    fn agrees(&self, nodes: usize) -> bool {
        let info: String = self.cluster(&["INFO"]);
        info.contains("cluster_state:ok") && info.contains(&format!("cluster_known_nodes:{nodes}\r"))
    }
}

impl Drop for ServerNode {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Cluster {
    fn start() -> Cluster {
        let cluster = Cluster { nodes: (0..3).map(|_| ServerNode::start()).collect() };
        let third = SLOTS / 3;
        for (node, first) in cluster.nodes.iter().zip([0, third, 2 * third]) {
            let last = if first == 2 * third { SLOTS - 1 } else { first + third - 1 };
            let _: () = node.cluster(&["ADDSLOTSRANGE", &first.to_string(), &last.to_string()]);
        }
        for node in &cluster.nodes[1..] {
            cluster.meet(node);
        }
        wait_until("the nodes agree", || cluster.nodes.iter().all(|node| node.agrees(3)));
        cluster
    }

    fn meet(&self, node: &ServerNode) {
        let _: () = self.nodes[0].cluster(&["MEET", "127.0.0.1", &node.server.port.to_string(), &node.bus.to_string()]);
    }

    /// A store that is told of the first node only.
    fn store(&self) -> RedisStore {
        RedisStore::new(self.settings())
    }

    fn settings(&self) -> RedisSettings {
        RedisSettings::from_url(&format!("redis+cluster://127.0.0.1:{}", self.nodes[0].server.port)).expect("the URL is accepted")
    }

    fn keys(&self) -> Vec<usize> {
        self.nodes.iter().map(|node| redis::cmd("DBSIZE").query(&mut node.server.connect()).expect("keys are counted")).collect()
    }

    /// The index of the node with the slot of a key of the store.
    fn owner(&self, key: &str) -> usize {
        self.slot(key) as usize * 3 / SLOTS as usize
    }

    fn slot(&self, key: &str) -> u16 {
        self.nodes[0].cluster(&["KEYSLOT", &full_key(key)])
    }
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < AGREE_MAX, "{what}: not within {AGREE_MAX:?}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn create(store: &RedisStore, key: &str) {
    let swap = store.compare_and_swap(key, None, "text", None, WITHIN);
    assert!(matches!(swap, Ok(Swap::Stored(_))), "{key}: {swap:?}");
}

/// Loads a key and replaces its text.
fn replace(store: &RedisStore, key: &str, text: &str) -> Result<Swap, StoreError> {
    match store.load(key, None, WITHIN)? {
        Lookup::Found(entry) => store.compare_and_swap(key, Some(entry.revision), text, None, WITHIN),
        other => panic!("{key}: {other:?}"),
    }
}

fn listed(store: &RedisStore) -> BTreeSet<String> {
    let (mut keys, mut cursor) = (BTreeSet::new(), None);
    loop {
        let page = store.list_keys("n:", cursor.as_deref(), 7, WITHIN).expect("keys are listed");
        keys.extend(page.keys);
        cursor = page.next;
        if cursor.is_none() {
            return keys;
        }
    }
}

#[test]
fn a_cluster_keeps_the_storage_contract() {
    let cluster = Cluster::start();
    let controls = contract::Controls {
        pass: &|by| thread::sleep(Duration::from_millis(by.0)),
        wipe: &|| {
            for node in &cluster.nodes {
                redis::cmd("FLUSHALL").exec(&mut node.server.connect()).expect("the node is flushed");
            }
        },
    };
    assert_eq!(contract::check(&cluster.store(), controls), Ok(()));
}

#[test]
fn keys_are_spread_over_all_nodes_and_all_are_listed() {
    let cluster = Cluster::start();
    let store = cluster.store();
    let all: BTreeSet<String> = (0..100).map(|n| format!("n:{n}")).collect();
    all.iter().for_each(|key| create(&store, key));
    let keys = cluster.keys();
    assert!(keys.iter().sum::<usize>() == 100 && keys.iter().all(|keys| *keys > 10), "{keys:?}");
    assert_eq!(listed(&store), all);
    for key in &all {
        assert!(matches!(replace(&store, key, "other"), Ok(Swap::Stored(_))), "{key}");
    }
}

/// The rights that docs/stores.md gives, with the ones of a cluster.
#[test]
fn the_documented_user_may_do_all_that_is_needed_in_a_cluster() {
    let cluster = Cluster::start();
    let rules = "SETUSER breakers on >s3cret ~fuseboard:* +@connection +get +set +pttl +exists +evalsha +eval +scan +cluster|slots +time";
    for node in &cluster.nodes {
        redis::cmd("ACL").arg(rules.split(' ').collect::<Vec<_>>()).exec(&mut node.server.connect()).expect("the user is made");
    }
    let url = format!("redis+cluster://breakers:s3cret@127.0.0.1:{}", cluster.nodes[0].server.port);
    let store = RedisStore::open(&url).expect("the URL is accepted");
    for n in 0..10 {
        create(&store, &format!("n:{n}"));
        assert!(matches!(replace(&store, &format!("n:{n}"), "other"), Ok(Swap::Stored(_))), "{n}");
    }
    assert_eq!(listed(&store).len(), 10);
    let clock = RedisClock::new(&store, ManualClock::default());
    assert_eq!(clock.synchronize(WITHIN), Ok(()));
}

#[test]
fn a_slot_that_moves_is_followed_while_it_moves_and_afterwards() {
    let cluster = Cluster::start();
    let store = cluster.store();
    create(&store, "n:moved");
    let slot = cluster.slot("n:moved").to_string();
    let from = cluster.owner("n:moved");
    let (from, to) = (&cluster.nodes[from], &cluster.nodes[(from + 1) % 3]);
    let (from_id, to_id) = (from.id(), to.id());
    let _: () = to.cluster(&["SETSLOT", &slot, "IMPORTING", &from_id]);
    let _: () = from.cluster(&["SETSLOT", &slot, "MIGRATING", &to_id]);
    let mut migrate = redis::cmd("MIGRATE");
    migrate
        .arg("127.0.0.1")
        .arg(to.server.port)
        .arg(full_key("n:moved"))
        .arg(0)
        .arg(5_000)
        .exec(&mut from.server.connect())
        .expect("it moves");
    assert!(matches!(replace(&store, "n:moved", "while it moves"), Ok(Swap::Stored(_))));
    for node in [to, from] {
        let _: () = node.cluster(&["SETSLOT", &slot, "NODE", &to_id]);
    }
    assert!(matches!(replace(&store, "n:moved", "afterwards"), Ok(Swap::Stored(_))));
    let stored: String = redis::cmd("GET").arg(full_key("n:moved")).query(&mut to.server.connect()).expect("it is there");
    assert_eq!(stored, "afterwards");
    assert_eq!(listed(&store), BTreeSet::from(["n:moved".to_owned()]));
}

#[test]
fn a_node_that_does_not_answer_does_not_delay_the_others() {
    let cluster = Cluster::start();
    let store = cluster.store();
    let keys = (0..30).map(|n| format!("n:{n}"));
    let (paused, others): (Vec<_>, Vec<_>) = keys.partition(|key| cluster.owner(key) == 2);
    paused.iter().chain(&others).for_each(|key| create(&store, key));
    cluster.nodes[2].server.pause();
    let failed = store.load(&paused[0], None, Millis(100));
    assert!(matches!(failed, Err(StoreError::Unavailable(_))), "{failed:?}");
    // Shorter than the node's time-out, so the cluster does not take it for failed yet. A wait for it would be longer than 450 ms.
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(600) {
        for key in &others {
            let load = store.load(key, None, Millis(450));
            assert!(matches!(load, Ok(Lookup::Found(_))), "{load:?} after {:?}", start.elapsed());
        }
    }
    cluster.nodes[2].server.resume();
}

#[test]
fn a_promoted_replica_is_found_after_its_primary_has_died() {
    let mut cluster = Cluster::start();
    let store = cluster.store();
    let all: BTreeSet<String> = (0..30).map(|n| format!("n:{n}")).collect();
    all.iter().for_each(|key| create(&store, key));
    let replica = ServerNode::start();
    cluster.meet(&replica);
    wait_until("the replica is known", || cluster.nodes.iter().chain([&replica]).all(|node| node.agrees(4)));
    let _: () = replica.cluster(&["REPLICATE", &cluster.nodes[2].id()]);
    let has_copied = || redis::cmd("DBSIZE").query(&mut replica.server.connect()).is_ok_and(|keys: usize| keys == cluster.keys()[2]);
    wait_until("the replica has a copy", has_copied);
    let dead = all.iter().find(|key| cluster.owner(key) == 2).expect("one key of thirty").clone();
    drop(cluster.nodes.pop());
    assert!(store.load(&dead, None, WITHIN).is_err(), "its node is dead");
    // The cluster's own failover, by the votes of the other primaries.
    wait_until("the replica is found", || replace(&store, &dead, "other").is_ok());
    assert_eq!(listed(&store), all);
}

#[test]
fn a_single_server_and_a_cluster_are_told_apart_in_the_error() {
    let cluster = Cluster::start();
    let port = cluster.nodes[0].server.port;
    let single = RedisStore::open(&format!("redis://127.0.0.1:{port}")).expect("the URL is accepted");
    let errors: Vec<String> =
        (0..20).filter_map(|n| single.load(&format!("n:{n}"), None, WITHIN).err()).map(|error| error.to_string()).collect();
    assert!(!errors.is_empty() && errors.iter().all(|error| error.contains("redis+cluster://")), "{errors:?}");
    let server = RedisServer::start();
    let store = RedisStore::open(&format!("redis+cluster://127.0.0.1:{}", server.port)).expect("the URL is accepted");
    let error = store.load("n:1", None, WITHIN).map(drop).map_err(|error| error.to_string());
    assert!(error.as_ref().is_err_and(|error| error.contains("cluster support disabled")), "{error:?}");
}
