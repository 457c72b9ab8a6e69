//! What a process does around a fork, so that no lock of this crate is held by a thread that the child does not have.
//!
//! Call [`pause`] before the fork, and [`resume`] after it, in the parent and in the child, on the thread that forks. `fuseboard-host`
//! does so in `Board::before_fork` and its counterparts.

use std::cell::RefCell;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Held while a component is loaded or an instance is started: the shared components, the ticker and wasmtime have locks then.
static STARTING: Mutex<()> = Mutex::new(());

thread_local! {
    static PAUSED: RefCell<Paused> = const { RefCell::new(Paused { times: 0, starting: None }) };
}

/// How often this thread has paused, and its lock.
struct Paused {
    times: u32,
    starting: Option<MutexGuard<'static, ()>>,
}

/// Waits until no other thread loads a component or starts an instance, and lets none begin.
pub fn pause() {
    PAUSED.with_borrow_mut(|paused| {
        paused.times = paused.times.saturating_add(1);
        if paused.starting.is_none() {
            paused.starting = Some(lock());
        }
    });
}

/// Ends the last pause of this thread.
pub fn resume() {
    PAUSED.with_borrow_mut(|paused| {
        paused.times = paused.times.saturating_sub(1);
        if paused.times == 0 {
            paused.starting = None;
        }
    });
}

/// Begins to load a component or to start an instance. `None` on a thread that has paused: it would wait for itself.
pub(crate) fn begin_start() -> Option<MutexGuard<'static, ()>> {
    let is_paused = PAUSED.with_borrow(|paused| paused.times > 0);
    (!is_paused).then(lock)
}

fn lock() -> MutexGuard<'static, ()> {
    STARTING.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_keeps_other_threads_from_starting_until_the_last_resume() {
        pause();
        pause();
        assert!(begin_start().is_none(), "the pausing thread goes on");
        let is_free = || std::thread::spawn(|| STARTING.try_lock().is_ok()).join().unwrap();
        resume();
        assert!(!is_free());
        resume();
        drop(begin_start().expect("no pause is left"));
    }
}
