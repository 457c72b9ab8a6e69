//! The engine in steps: many requests of one instance wait at once, and their replies come in any order. Each rule by an example.
//! `tests/proof` has every order of a few requests, and random runs of many.

mod abandoned_allow;
mod answers;
mod backlog;
mod driver;
mod group_deadlines;
mod listing;
mod rules;
