//! A guest that keeps the contract's types and breaks its promises: what a host must survive.
//!
//! A configuration's first document says how: its name is the attack, its text the exports that make it. What is named `good` is answered as
//! by a sound engine, if a dull one: so a test sees whether the board goes on. Natively there is nothing here.

#![cfg(target_family = "wasm")]
#![warn(clippy::pedantic)]

mod dull;
mod exports;
mod flood;
mod grow;
mod lie;
mod plan;
mod recurse;
mod spin;
mod trap;

#[allow(clippy::all, clippy::pedantic, missing_docs)]
mod wit {
    wit_bindgen::generate!({ world: "breaker", path: "../../wit", generate_all });
}

struct Evil;

wit::export!(Evil with_types_in wit);
