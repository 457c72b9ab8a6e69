//! The nodes of a cluster: which of them has a key, and connections to those that are used.

use super::cache::ValueCache;
use super::connected_server::ConnectedServer;
use super::failure::Failure;
use super::hash_slot::hash_slot;
use super::link::Link;
use super::liveness::Liveness;
use super::node_address::NodeAddress;
use super::settings::RedisSettings;
use super::topology::Topology;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// A node that is asked for the topology and has not answered after this is left out.
const ASK_MAX: Duration = Duration::from_millis(500);
/// The topology is asked for no more often than this.
const REFRESH_INTERVAL: Duration = Duration::from_millis(100);

pub struct Cluster {
    settings: Arc<RedisSettings>,
    cache: Arc<ValueCache>,
    liveness: Arc<Liveness>,
    seeds: Vec<NodeAddress>,
    state: Mutex<State>,
    /// Held by the one task that asks for the topology.
    refreshing: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    topology: Topology,
    links: HashMap<NodeAddress, Arc<Link>>,
    freshness: Freshness,
    asked: Option<Instant>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Freshness {
    /// A node did not answer, or has not the slots that it had.
    #[default]
    Doubtful,
    Current,
}

impl Cluster {
    pub fn new(settings: Arc<RedisSettings>, cache: Arc<ValueCache>, liveness: Arc<Liveness>, seeds: Vec<NodeAddress>) -> Cluster {
        Cluster { settings, cache, liveness, seeds, state: Mutex::default(), refreshing: tokio::sync::Mutex::default() }
    }

    /// The node that has a key.
    pub async fn node_of(self: &Arc<Cluster>, key: &str) -> Result<ConnectedServer, Failure> {
        self.refresh_if_due().await?;
        let slot = hash_slot(key);
        let primary = self.state().topology.primary_of(slot).cloned();
        let Some(primary) = primary else {
            self.doubt();
            return Err(Failure::NotSent(format!("no node of the cluster has the slot {slot}")));
        };
        self.node(&primary).await
    }

    pub async fn node(&self, address: &NodeAddress) -> Result<ConnectedServer, Failure> {
        let link = self.link(address)?;
        ConnectedServer::of(&link).await.map_err(|failure| {
            self.doubt();
            failure.at(address)
        })
    }

    /// Called after a failure that another topology may explain.
    pub fn doubt(&self) {
        self.state().freshness = Freshness::Doubtful;
    }

    /// Every primary once, sorted.
    pub async fn primaries(self: &Arc<Cluster>) -> Result<Vec<NodeAddress>, Failure> {
        self.refresh_if_due().await?;
        Ok(self.state().topology.primaries().into_iter().cloned().collect())
    }

    /// Only the first topology is waited for. A later one is asked for in the background, because a node that does not answer must not
    /// delay operations of other nodes.
    async fn refresh_if_due(self: &Arc<Cluster>) -> Result<(), Failure> {
        if !self.state().is_due() {
            return Ok(());
        }
        if self.state().topology == Topology::default() {
            return self.refresh_once().await;
        }
        let cluster = Arc::clone(self);
        drop(tokio::spawn(async move { cluster.refresh_once().await }));
        Ok(())
    }

    async fn refresh_once(&self) -> Result<(), Failure> {
        let _refreshing = self.refreshing.lock().await;
        if !self.state().is_due() {
            return Ok(());
        }
        let refreshed = self.refresh().await;
        self.state().asked = Some(Instant::now());
        refreshed
    }

    /// Asks one node after the other, until one answers.
    async fn refresh(&self) -> Result<(), Failure> {
        let mut last = Failure::NotSent("the cluster has no nodes".to_owned());
        for address in self.candidates() {
            match timeout(ASK_MAX, self.query_slots(&address)).await {
                Ok(Ok(topology)) => {
                    self.install(topology);
                    return Ok(());
                }
                Ok(Err(failure)) => last = failure.at(&address),
                Err(_) => last = Failure::NotSent(format!("it did not answer within {} ms", ASK_MAX.as_millis())).at(&address),
            }
        }
        Err(last)
    }

    async fn query_slots(&self, address: &NodeAddress) -> Result<Topology, Failure> {
        let node = ConnectedServer::of(&self.link(address)?).await?;
        let answer = node.query(redis::cmd("CLUSTER").arg("SLOTS")).await?;
        let known = Topology::from_slots(&answer, address).filter(|topology| *topology != Topology::default());
        known.ok_or_else(|| Failure::NotSent("it knows no slots".to_owned()))
    }

    fn candidates(&self) -> Vec<NodeAddress> {
        let state = self.state();
        let mut candidates: Vec<NodeAddress> = state.topology.primaries().into_iter().cloned().collect();
        candidates.extend(self.seeds.iter().filter(|seed| state.topology.primaries().iter().all(|primary| primary != seed)).cloned());
        candidates
    }

    fn install(&self, topology: Topology) {
        let mut state = self.state();
        let primaries = topology.primaries();
        state.links.retain(|address, _| primaries.contains(address) || self.seeds.contains(address));
        drop(primaries);
        state.topology = topology;
        state.freshness = Freshness::Current;
    }

    fn link(&self, address: &NodeAddress) -> Result<Arc<Link>, Failure> {
        let mut state = self.state();
        if let Some(link) = state.links.get(address) {
            return Ok(Arc::clone(link));
        }
        let client = self.settings.client_of(address).map_err(Failure::NotSent)?;
        let (cache, liveness) = (Arc::clone(&self.cache), Arc::clone(&self.liveness));
        let link = Arc::new(Link::new(Arc::clone(&self.settings), client, cache, liveness));
        state.links.insert(address.clone(), Arc::clone(&link));
        Ok(link)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_due(&self) -> bool {
        self.freshness == Freshness::Doubtful && self.asked.is_none_or(|asked| asked.elapsed() >= REFRESH_INTERVAL)
    }
}
