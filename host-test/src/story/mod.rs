//! Stories: scenario files that every host runs, so that all give the same answers.
//!
//! A story is data: boards on one store, steps in time, what each must answer (`expect`, in full, rewritten by `BLESS=1`), what its author
//! demands of the answer (`must`, a part of it, never rewritten), and the records that stand at the end.

#[cfg(feature = "component")]
mod component;
mod config;
mod file;
mod on_board;
mod player;
mod run;
mod table;

#[cfg(feature = "component")]
pub use component::{Component, ComponentEngine};
pub use config::Config;
pub use file::{Action, FaultKind, Held, Leased, Op, StartTime, Step, Story, folder, load_all};
#[cfg(feature = "component")]
pub use on_board::ComponentBoard;
pub use on_board::NativeBoard;
pub use player::{Native, NativeEngine, Player, Start, World};
#[cfg(feature = "component")]
pub(crate) use run::{Admitted, Stage};
pub use run::{Played, play};
pub use table::Table;
