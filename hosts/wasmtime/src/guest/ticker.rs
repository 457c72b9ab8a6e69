use crate::error::Error;
use crate::limits::Limits;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
use std::time::Duration;

/// The thread that interrupts guests that run too long. There is one for the whole process, from the first instance to the last.
pub(super) struct Ticker {
    engines: Mutex<Vec<wasmtime::Engine>>,
    ticks: AtomicU64,
    process: u32,
}

impl Ticker {
    /// Returns the process's ticker, which from now on ticks for this engine too. A forked child has no thread of its parent, so it gets a
    /// ticker of its own.
    pub(super) fn ticking(engine: &wasmtime::Engine) -> Result<Arc<Ticker>, Error> {
        static SHARED: Mutex<Weak<Ticker>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        let ticker = match shared.upgrade() {
            Some(ticker) if ticker.process == process::id() => ticker,
            Some(_) | None => Ticker::start()?,
        };
        *shared = Arc::downgrade(&ticker);
        let mut engines = ticker.engines.lock().unwrap_or_else(PoisonError::into_inner);
        if !engines.iter().any(|known| wasmtime::Engine::same(known, engine)) {
            engines.push(engine.clone());
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
        for engine in self.engines.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            engine.increment_epoch();
        }
    }
}
