//! Limits that a guest of the whole contract cannot test: tables, and clocks that are slow or panic. `host-test/evil` tests the others.

use super::engine::engine;
use super::host_state::{Budget, HostImports, HostState};
use super::instance::{Instance, stopped};
use super::ticker::Ticker;
use crate::limits::Limits;
use fuseboard::time::{Mono, Wall};
use fuseboard::{Clock, Stopped};
use fuseboard_stores::ManualClock;
use fuseboard_stores::MemoryStore;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use wasmtime::component::Component;

const GUEST: &str = r#"
(component
  (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock (export "now" (func (result u64)))))
  (core func $now (canon lower (func $clock "now")))
  (core module $m
    (import "clock" "now" (func $now (result i64)))
    (table $t 1 funcref)
    (func (export "table") (if (i32.eq (table.grow $t (ref.null func) (i32.const 15000)) (i32.const -1)) (then unreachable)))
    (func (export "read")
      (local $turns i32)
      (drop (call $now)) (drop (call $now))
      ;; The time of the guest is checked at each turn of a loop.
      (loop $turn
        (local.set $turns (i32.add (local.get $turns) (i32.const 1)))
        (br_if $turn (i32.lt_u (local.get $turns) (i32.const 3))))))
  (core instance $i (instantiate $m (with "clock" (instance (export "now" (func $now))))))
  (func (export "table") (canon lift (core func $i "table")))
  (func (export "read") (canon lift (core func $i "read"))))
"#;

fn run(export: &str, limits: Limits, clock: impl Clock + Send + Sync + 'static) -> Result<(), Stopped> {
    let engine = engine(limits.stack_bytes).unwrap();
    let component = Component::new(&engine, wat::parse_str(GUEST).unwrap()).unwrap();
    let imports = HostImports { clock: Arc::new(clock), store: Arc::new(MemoryStore::new()) };
    let mut state = HostState::new(imports, limits.clamped(), Ticker::ticking(&engine).unwrap());
    let ticks = state.begin(Budget::Call);
    let mut store = wasmtime::Store::new(&engine, state);
    store.limiter(|state| &mut state.memory);
    store.set_epoch_deadline(ticks);
    let instance = super::imports::link(&engine).unwrap().instantiate(&mut store, &component).unwrap();
    let export = instance.get_typed_func::<(), ()>(&mut store, export).unwrap();
    export.call(&mut store, ()).map_err(|error| stopped(&error))
}

fn limits() -> Limits {
    Limits { guest_ms: 100, ..Limits::default() }
}

#[test]
fn a_guest_that_grows_its_table_beyond_the_limit_fails() {
    assert!(matches!(run("table", limits(), ManualClock::default()), Err(Stopped::Trap(_))));
    assert_eq!(run("table", Limits { table_entries: 20_000, ..limits() }, ManualClock::default()), Ok(()));
}

/// Takes longer to read than a guest may run.
struct Slow;

impl Clock for Slow {
    fn wall(&self) -> Wall {
        Wall(0)
    }

    fn mono(&self) -> Mono {
        // The limit is measured in real time.
        thread::sleep(Duration::from_millis(300));
        Mono(0)
    }
}

#[test]
fn time_in_the_host_does_not_count_against_the_guest() {
    assert_eq!(run("read", limits(), Slow), Ok(()));
}

/// Panics.
struct Broken;

impl Clock for Broken {
    fn wall(&self) -> Wall {
        panic!("no time of day")
    }

    fn mono(&self) -> Mono {
        panic!("no time")
    }
}

#[test]
fn a_clock_that_panics_does_not_stop_the_guest() {
    assert_eq!(run("read", limits(), Broken), Ok(()));
}

#[test]
fn bytes_that_are_not_a_component_of_the_contract_cannot_be_used() {
    for bytes in [b"nonsense".to_vec(), wat::parse_str("(component)").unwrap(), wat::parse_str(GUEST).unwrap()] {
        let made = Instance::from_bytes(bytes, ManualClock::default(), MemoryStore::new(), limits());
        assert!(made.is_err());
    }
    let greedy = wat::parse_str(r#"(component (import "wasi:filesystem/preopens@0.2.0" (instance (export "f" (func)))))"#).unwrap();
    let made = Instance::from_bytes(greedy, ManualClock::default(), MemoryStore::new(), limits());
    assert!(made.err().is_some_and(|error| error.to_string().contains("wasi:filesystem/preopens")));
}
