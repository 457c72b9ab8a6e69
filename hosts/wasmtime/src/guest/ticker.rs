use crate::error::Error;
use crate::limits::Limits;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
use std::time::Duration;
use wasmtime::{Engine, EngineWeak};

/// The thread that interrupts guests that run too long. There is one for the whole process, from the first instance to the last.
pub(super) struct Ticker {
    /// Weak, so that an engine ends with the last component that uses it.
    engines: Mutex<Vec<EngineWeak>>,
    ticks: AtomicU64,
    process: u32,
}

impl Ticker {
    /// Returns the process's ticker, which from now on ticks for this engine too. A forked child has no thread of its parent, so it gets a
    /// ticker of its own.
    pub(super) fn ticking(engine: &Engine) -> Result<Arc<Ticker>, Error> {
        static SHARED: Mutex<Weak<Ticker>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        let ticker = match shared.upgrade() {
            Some(ticker) if ticker.process == process::id() => ticker,
            Some(_) | None => Ticker::start()?,
        };
        *shared = Arc::downgrade(&ticker);
        let mut engines = ticker.engines.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = |known: &EngineWeak| known.upgrade().is_some_and(|known| Engine::same(&known, engine));
        if !engines.iter().any(is_known) {
            engines.push(engine.weak());
        }
        drop(engines);
        Ok(ticker)
    }

    fn start() -> Result<Arc<Ticker>, Error> {
        let ticker = Arc::new(Ticker { engines: Mutex::default(), ticks: AtomicU64::new(0), process: process::id() });
        // The thread holds no strong reference: the last instance drops the ticker, and then the thread ends.
        let watched = Arc::downgrade(&ticker);
        let thread = thread::Builder::new().name("fuseboard-ticker".to_owned());
        let started = thread.spawn(move || {
            while let Some(ticker) = watched.upgrade() {
                ticker.tick();
                drop(ticker);
                thread::sleep(Duration::from_millis(Limits::TICK_MS));
            }
        });
        started.map_err(|error| Error::component(format!("the thread that limits its time cannot be started: {error}")))?;
        Ok(ticker)
    }

    /// Returns how often it has ticked.
    pub(super) fn ticks(&self) -> u64 {
        self.ticks.load(Ordering::Relaxed)
    }

    fn tick(&self) {
        self.ticks.fetch_add(1, Ordering::Relaxed);
        let mut engines = self.engines.lock().unwrap_or_else(PoisonError::into_inner);
        engines.retain(|engine| engine.upgrade().inspect(Engine::increment_epoch).is_some());
    }
}

#[cfg(test)]
mod tests {
    use super::super::engine::engine;
    use super::*;
    use std::time::Instant;

    /// Whether something happens within a time that is long enough for a loaded machine.
    fn happens(what: impl Fn() -> bool) -> bool {
        let start = Instant::now();
        while !what() && start.elapsed() < Duration::from_secs(10) {
            thread::yield_now();
        }
        what()
    }

    #[test]
    fn an_engine_ends_although_the_ticker_ticks_for_another() {
        let (dropped, other) = (engine(Limits::STACK_BYTES_MIN).unwrap(), engine(Limits::STACK_BYTES_MIN).unwrap());
        let tickers = [&dropped, &other].map(|engine| Ticker::ticking(engine).unwrap());
        assert!(Arc::ptr_eq(&tickers[0], &tickers[1]));
        let weak = dropped.weak();
        drop(dropped);
        assert!(happens(|| weak.upgrade().is_none()));
        assert!(happens(|| tickers[0].engines.lock().unwrap().iter().all(|engine| engine.upgrade().is_some())));
    }

    #[test]
    fn a_ticker_ends_with_its_last_instance() {
        let ticker = Ticker::start().unwrap();
        assert!(happens(|| ticker.ticks() > 0));
        let weak = Arc::downgrade(&ticker);
        drop(ticker);
        assert!(happens(|| weak.upgrade().is_none()));
    }
}
