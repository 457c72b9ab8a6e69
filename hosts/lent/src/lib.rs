//! What a host lends the engine: clocks and stores, and what every store must keep to.
//!
//! Apart from the host library, since tests of the native engine need them too, and wasmtime takes minutes to compile.
//!
//! ```
//! use fuseboard::{Document, Engine, Identity, Sources, Target};
//! use fuseboard_lent::{ManualClock, MemoryStore};
//!
//! let clock = ManualClock::default();
//! let mut engine = Engine::new(clock.clone(), MemoryStore::with_clock(clock));
//! engine.configure(&Sources::default(), Identity { writer: 1, seed: 0 }).unwrap();
//! engine.allow(&Target::name("orders-db")).unwrap();
//! ```

#![forbid(unsafe_code)]
#![warn(clippy::pedantic)]

mod clock;
mod store;

pub use clock::{ManualClock, SystemClock};
pub use store::{Fault, FaultyStore, MEMORY_KEYS_MAX, MemoryStore, Operation, contract};
