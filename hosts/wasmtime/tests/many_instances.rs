//! More instances than a process may have. A program of its own, because its tests would take the instances of others.

use fuseboard::PolicyEngine;
use fuseboard_stores::{ManualClock, MemoryStore};
use fuseboard_wasmtime::{Component, Error, Instance, Limits};
use std::sync::Arc;

const INSTANCES_MAX: usize = 256;

#[test]
fn one_instance_too_many_is_no_fault_of_the_component() {
    let component = Component::embedded(Limits::default(), None).expect("the embedded component");
    let start = || component.start(Arc::new(ManualClock::default()), Arc::new(MemoryStore::new()));
    let mut instances: Vec<Instance> = (0..INSTANCES_MAX).map(|_| start().expect("an instance")).collect();
    let refused: Error = start().err().expect("one too many");
    assert!(refused.is_out_of_instances());
    assert_eq!(
        refused.to_string(),
        "no further instance of the component can be started: 256 run in this process, and more are not allowed; drop boards that are no \
         longer used, or build boards with fewer instances"
    );
    assert!(instances[0].restart().is_ok(), "a running one may be restarted");
    instances.pop();
    assert!(start().is_ok(), "its place is free");
}
