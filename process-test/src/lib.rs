//! Boards in several operating system processes that share one store. The processes are stopped and killed at random moments, and the
//! store fails. A service counts the calls that the processes make.
//!
//! The program `process-worker` is one of these processes. The tests in `tests/` send it commands, read its messages, and check the
//! promises of DESIGN.md with them.

pub mod counting_proxy;
pub mod evidence;
pub mod figures;
pub mod fleet;
pub mod message;
pub mod observer;
pub mod policy;
pub mod rounds;
pub mod service;
pub mod switchable_proxy;
pub mod test_folder;
pub mod time_source;
pub mod worker;
