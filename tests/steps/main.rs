//! The engine in steps: many requests of one instance wait at once, and their replies come in any order.

mod backlog;
mod checks;
mod driver;
mod listing;
mod rules;
mod simulator;
