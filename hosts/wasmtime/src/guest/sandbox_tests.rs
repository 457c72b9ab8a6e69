//! What a guest of the whole contract cannot show: tables, and clocks that are slow or broken. (Those that spin, grow, recurse, flood
//! and lie: `host-test/evil`.)

use super::compiled;
use super::imports;
use super::instance::stopped;
use super::lent::{Budget, Lent, Ports};
use super::ticker::Ticker;
use crate::error::Stopped;
use crate::limits::Limits;
use fuseboard::Clock;
use fuseboard::time::{Mono, Wall};
use fuseboard_lent::ManualClock;
use fuseboard_lent::MemoryStore;
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
    (func (export "ask") (drop (call $now)) (drop (call $now))))
  (core instance $i (instantiate $m (with "clock" (instance (export "now" (func $now))))))
  (func (export "table") (canon lift (core func $i "table")))
  (func (export "ask") (canon lift (core func $i "ask"))))
"#;

fn run(export: &str, limits: Limits, clock: impl Clock + Send + Sync + 'static) -> Result<(), Stopped> {
    let engine = compiled::engine(limits.stack_bytes, None).unwrap();
    let component = Component::new(&engine, wat::parse_str(GUEST).unwrap()).unwrap();
    let ports = Ports { clock: Arc::new(clock), store: Arc::new(MemoryStore::new()) };
    let mut lent = Lent::new(ports, limits.clamped(), Ticker::ticking(&engine).unwrap());
    let ticks = lent.begin(Budget::Call);
    let mut store = wasmtime::Store::new(&engine, lent);
    store.limiter(|lent| &mut lent.memory);
    store.set_epoch_deadline(ticks);
    let instance = imports::link(&engine).unwrap().instantiate(&mut store, &component).unwrap();
    let export = instance.get_typed_func::<(), ()>(&mut store, export).unwrap();
    export.call(&mut store, ()).map_err(|error| stopped(&error))
}

fn limits() -> Limits {
    Limits { guest_ms: 100, ..Limits::default() }
}

#[test]
fn a_guest_that_grows_its_table_is_held() {
    assert!(matches!(run("table", limits(), ManualClock::default()), Err(Stopped::Trap(_))));
    assert_eq!(run("table", Limits { table_entries: 20_000, ..limits() }, ManualClock::default()), Ok(()));
}

/// Takes its time to answer.
struct Slow;

impl Clock for Slow {
    fn wall(&self) -> Wall {
        Wall(0)
    }

    fn mono(&self) -> Mono {
        // Real time, since it is measured in real time: longer than a guest may take.
        thread::sleep(Duration::from_millis(300));
        Mono(0)
    }
}

#[test]
fn the_hosts_time_is_not_the_guests() {
    assert_eq!(run("ask", limits(), Slow), Ok(()));
}

/// Has no time to tell.
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
fn a_clock_that_panics_stops_no_guest() {
    assert_eq!(run("ask", limits(), Broken), Ok(()));
}

#[test]
fn bytes_that_are_no_component_of_the_contract_cannot_be_used() {
    for bytes in [b"nonsense".to_vec(), wat::parse_str("(component)").unwrap(), wat::parse_str(GUEST).unwrap()] {
        let made = crate::Instance::from_bytes(bytes, ManualClock::default(), MemoryStore::new(), limits());
        assert!(made.err().is_some_and(|error| error.is_unusable_component()));
    }
    let greedy = wat::parse_str(r#"(component (import "wasi:filesystem/preopens@0.2.0" (instance (export "f" (func)))))"#).unwrap();
    let made = crate::Instance::from_bytes(greedy, ManualClock::default(), MemoryStore::new(), limits());
    assert!(made.err().is_some_and(|error| error.to_string().contains("wasi:filesystem/preopens")));
}
