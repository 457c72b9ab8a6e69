//! The clock of a board: the system's, or Python functions for tests.

use crate::interrupt;
use crate::reentry::InsideEngine;
use fuseboard_host::time::{Mono, Wall};
use fuseboard_host::{Clock, SystemClock};
use pyo3::prelude::*;
use std::sync::{Arc, OnceLock};

/// The clock that a board shares with its targets and permits.
pub(crate) type BoardClock = Arc<dyn Clock + Send + Sync>;

/// The clock of a board. Functions that are given return seconds, as `time.time` and `time.monotonic` do.
pub(crate) fn board_clock(wall: Option<Py<PyAny>>, monotonic: Option<Py<PyAny>>) -> BoardClock {
    /// One clock for all boards of the process, so that their monotonic times can be compared.
    static SYSTEM: OnceLock<SystemClock> = OnceLock::new();
    let system = *SYSTEM.get_or_init(SystemClock::new);
    if wall.is_none() && monotonic.is_none() {
        return Arc::new(system);
    }
    Arc::new(PythonClock { wall, monotonic, system })
}

/// A clock without a function is the system's.
struct PythonClock {
    wall: Option<Py<PyAny>>,
    monotonic: Option<Py<PyAny>>,
    system: SystemClock,
}

/// The seconds that a function returns. If it raises, Python reports that it did, and the caller uses the system's clock.
fn seconds(function: Option<&Py<PyAny>>) -> Option<f64> {
    let function = function?;
    let _inside = InsideEngine::enter();
    Python::attach(|py| {
        let read = function.call0(py).and_then(|value| value.extract::<f64>(py));
        read.map_err(|error| interrupt::report(py, error, function.bind(py))).ok()
    })
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturating: a time before the start is the start")]
fn scaled(seconds: f64, per_second: f64) -> u64 {
    (seconds * per_second) as u64
}

impl Clock for PythonClock {
    fn wall(&self) -> Wall {
        seconds(self.wall.as_ref()).map_or_else(|| self.system.wall(), |seconds| Wall(scaled(seconds, 1e3)))
    }

    fn mono(&self) -> Mono {
        seconds(self.monotonic.as_ref()).map_or_else(|| self.system.mono(), |seconds| Mono(scaled(seconds, 1e9)))
    }
}
