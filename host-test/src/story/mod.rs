//! Stories: scenario files that every host runs, so that all give the same answers.
//!
//! A story is data: boards on one store, steps in time, and the records at the end. `expect` is the whole answer of a step, and `BLESS=1`
//! rewrites it. `must` is a part of the answer, written by hand.

#[cfg(feature = "component")]
mod component;
mod config;
mod file;
mod in_steps;
mod on_board;
mod player;
mod run;
mod table;

#[cfg(feature = "component")]
pub use component::{Component, ComponentEngine};
pub use config::Config;
pub use file::{Action, FaultKind, LeaseRef, Op, PermitRef, StartTime, Step, Story, folder, load_all};
pub use in_steps::InSteps;
#[cfg(feature = "component")]
pub use on_board::ComponentBoard;
pub use on_board::NativeBoard;
pub use player::{Dependencies, Native, NativeEngine, Player, Start};
#[cfg(feature = "component")]
pub(crate) use run::{NamedAdmission, StoryRun};
pub use run::{Played, play};
pub use table::Table;
