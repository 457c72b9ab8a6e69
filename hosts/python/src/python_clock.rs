//! Clocks given as Python functions, for tests.

use crate::reentry::InsideEngine;
use fuseboard_host::time::{Mono, Wall};
use fuseboard_host::{Clock, SystemClock};
use pyo3::prelude::*;

/// Functions that return seconds, as `time.time` and `time.monotonic` do. A clock without a function is the system's.
pub(crate) struct PythonClock {
    wall: Option<Py<PyAny>>,
    monotonic: Option<Py<PyAny>>,
    system: SystemClock,
}

impl PythonClock {
    pub(crate) fn new(wall: Option<Py<PyAny>>, monotonic: Option<Py<PyAny>>) -> PythonClock {
        PythonClock { wall, monotonic, system: SystemClock::new() }
    }
}

/// The seconds that a function returns. If it raises, Python reports that it did, and the caller uses the system's clock.
fn seconds(function: Option<&Py<PyAny>>) -> Option<f64> {
    let function = function?;
    let _inside = InsideEngine::enter();
    Python::attach(|py| {
        let read = function.call0(py).and_then(|value| value.extract::<f64>(py));
        read.map_err(|error| error.write_unraisable(py, Some(function.bind(py)))).ok()
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
