//! The types and traits that wit-bindgen generates from the contract.

wit_bindgen::generate!({ world: "breaker", path: "wit", generate_all });
