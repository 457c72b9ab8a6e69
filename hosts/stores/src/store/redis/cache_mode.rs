/// Whether records are cached in this process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CacheMode {
    /// The server sends an invalidation when a cached record changes.
    #[default]
    On,
    /// Every load is one round trip.
    Off,
}
