//! Boards in several operating system processes that share one store. The processes are stopped and killed at random moments, and the
//! store fails, while a server counts the calls that they really make.
//!
//! `process-worker` is one of these processes. The tests in `tests/` direct them and check the promises of DESIGN.md on what they say.

pub mod clock;
pub mod counting_proxy;
pub mod evidence;
pub mod figures;
pub mod fleet;
pub mod folder;
pub mod observer;
pub mod policy;
pub mod redis_server;
pub mod report;
pub mod rounds;
pub mod service;
pub mod switch;
pub mod worker;
