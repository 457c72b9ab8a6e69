//! The identity that comes with a configuration.

use crate::document;
use fuseboard::{Engine, Identity, Sources};
use fuseboard_stores::{ManualClock, MemoryStore};

fn faults(text: &str, writer: u64) -> Vec<String> {
    let mut engine = Engine::new(ManualClock::default(), MemoryStore::new());
    let sources = Sources { documents: vec![document("breakers.yaml", text)], ..Sources::default() };
    let configured = engine.configure(&sources, Identity { writer, seed: 0 });
    configured.err().into_iter().flatten().map(|fault| fault.to_string()).collect()
}

#[test]
fn a_writer_of_0_is_refused_together_with_the_other_faults() {
    let refused = "identity: writer: must be a random number from 1 to 2^64 - 1, of this instance alone, is 0: draw one for each instance";
    assert_eq!(faults("{}", 0), [refused]);
    assert_eq!(faults("defaults:\n  fail_max: 0\n", 0).len(), 2);
    assert_eq!(faults("{}", 1), Vec::<String>::new());
    assert_eq!(faults("{}", u64::MAX), Vec::<String>::new());
}
