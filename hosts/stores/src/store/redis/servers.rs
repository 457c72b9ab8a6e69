//! The server of a key: the only one, or a node of a cluster.

use super::cache::ValueCache;
use super::cluster::Cluster;
use super::connected_server::ConnectedServer;
use super::deployment::Deployment;
use super::failure::Failure;
use super::link::Link;
use super::liveness::Liveness;
use super::node_address::NodeAddress;
use super::progress::Progress;
use super::settings::RedisSettings;
use redis::{Pipeline, Value};
use std::sync::Arc;

/// A slot that moves again while its redirection is followed is followed so often.
const REDIRECTIONS_MAX: u32 = 4;

pub enum Servers {
    One(Arc<Link>),
    Cluster(Arc<Cluster>),
}

impl Servers {
    pub fn new(settings: &Arc<RedisSettings>, cache: &Arc<ValueCache>, liveness: &Arc<Liveness>) -> Servers {
        let (own, cache, liveness) = (Arc::clone(settings), Arc::clone(cache), Arc::clone(liveness));
        match settings.deployment() {
            Deployment::Single => Servers::One(Arc::new(Link::new(own, settings.client().clone(), cache, liveness))),
            Deployment::Cluster { seeds } => Servers::Cluster(Arc::new(Cluster::new(own, cache, liveness, seeds.clone()))),
        }
    }

    /// The server of a key, which has its namespace here.
    pub async fn node_of(&self, key: &str) -> Result<ConnectedServer, Failure> {
        match self {
            Servers::One(link) => ConnectedServer::of(link).await,
            Servers::Cluster(cluster) => cluster.node_of(key).await,
        }
    }

    /// Sends commands about one key. A node that has not the key's slot does nothing and names the one that has it, which is asked then.
    pub async fn send(&self, node: &ConnectedServer, commands: &Pipeline, progress: &Progress) -> Result<Vec<Value>, Failure> {
        let mut result = node.send(commands, progress).await;
        let Servers::Cluster(cluster) = self else { return result };
        let mut asked = node.clone();
        for _ in 0..REDIRECTIONS_MAX {
            let Some(redirection) = result.as_ref().err().and_then(|failure| Redirection::of(failure, &asked)) else { break };
            asked = cluster.node(&redirection.target).await?;
            result = match redirection.slot {
                SlotState::Moved => {
                    cluster.doubt();
                    asked.send(commands, progress).await
                }
                SlotState::Moving => asked.send_asking(commands, progress).await,
            };
        }
        match result {
            Err(failure) if Redirection::of(&failure, &asked).is_some() => {
                Err(Failure::NotSent(format!("its slot moved more than {REDIRECTIONS_MAX} times")))
            }
            Err(failure) => {
                if failure.may_be_another_nodes() {
                    cluster.doubt();
                }
                Err(failure)
            }
            answers => answers,
        }
    }

    /// The server to list first, and those after it, by their names in cursors. The only server has no name.
    pub async fn all(&self) -> Result<Vec<Option<NodeAddress>>, Failure> {
        match self {
            Servers::One(_) => Ok(vec![None]),
            Servers::Cluster(cluster) => Ok(cluster.primaries().await?.into_iter().map(Some).collect()),
        }
    }

    pub async fn named(&self, name: Option<&NodeAddress>) -> Result<ConnectedServer, Failure> {
        match (self, name) {
            (Servers::One(link), _) => ConnectedServer::of(link).await,
            (Servers::Cluster(cluster), Some(name)) => cluster.node(name).await,
            (Servers::Cluster(_), None) => Err(Failure::NotSent("the cursor names no node".to_owned())),
        }
    }
}

/// Where a node says that a slot is.
struct Redirection {
    slot: SlotState,
    target: NodeAddress,
}

enum SlotState {
    Moved,
    Moving,
}

impl Redirection {
    fn of(failure: &Failure, asked: &ConnectedServer) -> Option<Redirection> {
        let Failure::Server { code, details } = failure else { return None };
        let slot = match code.as_str() {
            "MOVED" => SlotState::Moved,
            "ASK" => SlotState::Moving,
            _ => return None,
        };
        Some(Redirection { slot, target: NodeAddress::from_redirect(details, &asked.address()?)? })
    }
}
