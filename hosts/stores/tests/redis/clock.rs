//! The server's clock as the time line of boards whose own clocks are wrong.

use super::server::{Connect, RedisServer};
use fuseboard::time::{Millis, Wall};
use fuseboard::{Clock, StoreError};
use fuseboard_stores::{ManualClock, RedisClock, SystemClock};
use std::time::{Duration, Instant};

const WITHIN: Millis = Millis(5_000);
const HOUR: u64 = 3_600_000;

fn difference(a: Wall, b: Wall) -> u64 {
    a.0.abs_diff(b.0)
}

#[test]
fn clocks_that_are_hours_apart_agree_after_they_have_asked_the_server() {
    let server = RedisServer::start();
    let real = SystemClock::new().wall();
    for set_to in [real.0 - HOUR, real.0 + HOUR] {
        let wrong = ManualClock::default();
        wrong.set_wall(Wall(set_to));
        let clock = RedisClock::new(&server.store(), wrong.clone());
        clock.synchronize(WITHIN).expect("the server answers");
        assert!(difference(clock.wall(), SystemClock::new().wall()) < 10_000, "{:?}", clock.wall());
        // A step of the machine's clock changes nothing, and the time runs on with the monotonic one.
        let before = clock.wall();
        wrong.set_wall(Wall(0));
        wrong.advance(Millis(1_500));
        assert_eq!(difference(clock.wall(), before), 1_500);
    }
}

#[test]
fn the_server_is_asked_by_reading_the_clock_and_the_time_stays_after_the_server_has_gone() {
    let server = RedisServer::start();
    let wrong = ManualClock::default();
    wrong.set_wall(Wall(HOUR));
    let clock = RedisClock::new(&server.store(), wrong.clone());
    assert_eq!(clock.wall(), Wall(HOUR), "the inner clock's time until the server has answered, without a wait");
    let start = Instant::now();
    while clock.wall() == Wall(HOUR) {
        assert!(start.elapsed() < Duration::from_secs(10), "it does not ask");
    }
    drop(server);
    let before = clock.wall();
    for _ in 0..100 {
        wrong.advance(Millis(1_000));
        let start = Instant::now();
        clock.wall();
        assert!(start.elapsed() < Duration::from_millis(50), "a reading waits: {:?}", start.elapsed());
    }
    assert_eq!(difference(clock.wall(), before), 100_000);
    assert!(matches!(clock.synchronize(Millis(300)), Err(StoreError::Unavailable(_))));
}
