//! Stories: scenario files that every host runs, so that all give the same answers.
//!
//! A story is data: boards on one store, steps in time, what each must answer (`expect`, in full, rewritten by `BLESS=1`), what its author
//! demands of the answer (`must`, a part of it, never rewritten), and the records that stand at the end.

#[cfg(feature = "component")]
mod component;
mod config;
mod file;
mod player;
mod run;
mod table;

#[cfg(feature = "component")]
pub use component::Component;
pub use config::Config;
pub use file::{Action, FaultKind, Held, Leased, Op, Start, Step, Story, folder, load_all};
pub use player::{Native, Player, Seats};
#[cfg(feature = "component")]
pub(crate) use run::{Given, Stage};
pub use run::{Played, play};
pub use table::Table;
