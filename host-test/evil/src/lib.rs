//! A guest that has the types of the contract and breaks its promises. Hosts must survive it.
//!
//! The first document of the configuration selects the attack: its name is the attack, its text lists the exports that attack. Calls for
//! the target `good` return a valid minimal answer, so that a test can check that the board still works. The crate is empty natively.

#![cfg(target_family = "wasm")]
#![warn(clippy::pedantic)]

mod exports;
mod flood;
mod grow;
mod lie;
mod minimal;
mod plan;
mod recurse;
mod spin;
mod steps;
mod trap;

#[allow(clippy::all, clippy::pedantic, missing_docs)]
mod wit {
    wit_bindgen::generate!({ world: "breaker", path: "../../wit", generate_all });
}

struct Evil;

wit::export!(Evil with_types_in wit);
