//! What the tests of both engines share: stories, random sequences, attacks and figures.

pub mod contested_store;
pub mod deadline_run;
#[cfg(feature = "component")]
pub mod evil;
pub mod machine_delay;
pub mod many_threads;
pub mod proof;
#[cfg(feature = "component")]
pub mod sequence;
pub mod story;
