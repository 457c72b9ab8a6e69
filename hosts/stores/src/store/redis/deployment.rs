use super::node_address::NodeAddress;

/// Whether the URL names one server, or nodes by which a cluster is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deployment {
    Single,
    Cluster { seeds: Vec<NodeAddress> },
}
