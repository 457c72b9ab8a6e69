//! Boards with an asynchronous store, whose operations go on when the test says so.

mod boards;
mod cancelled;
mod controlled_store;
mod guarded;
mod requests;
mod synchronous;
mod waiting;
