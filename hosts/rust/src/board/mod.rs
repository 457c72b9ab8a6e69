//! A board: engines of one configuration, with the leases, the listeners and the reloads that make them one.

mod admin;
mod admin_async;
mod admin_requests;
mod admission;
mod async_call_path;
mod async_driver;
#[cfg(test)]
mod board_tests;
mod build;
mod builder;
mod builder_store;
mod call;
mod call_async;
mod call_error;
mod call_path;
mod call_report;
mod circuit_index;
mod closing_time;
#[cfg(test)]
mod configuration_tests;
mod crossing_gate;
mod deferred_error;
#[cfg(test)]
mod definition_tests;
mod driver;
#[cfg(test)]
mod drop_tests;
mod engine_kind;
mod engine_pool;
mod engine_pool_fork;
mod error_classifier;
mod event_chain;
mod event_dispatcher;
mod event_filter;
mod event_queue;
#[cfg(test)]
mod event_tests;
mod evicted_targets;
#[cfg(test)]
mod eviction_tests;
#[cfg(test)]
mod fake_answers;
#[cfg(test)]
mod fake_engine;
#[cfg(test)]
mod fake_script;
#[cfg(test)]
mod fake_steps;
mod flush;
mod fork;
#[cfg(test)]
mod fork_tests;
mod guard;
mod guard_async;
#[cfg(test)]
mod guard_tests;
mod handle;
mod handle_async;
mod identity_source;
mod inner;
mod known_load;
mod lease_state;
mod moment;
#[cfg(test)]
mod observer_tests;
mod observers;
mod on_engine_error;
mod on_start;
mod open_call;
mod open_request;
mod owed_report;
mod own_requests;
mod parked_requests;
mod pool_reports;
mod pool_task;
mod pooled_engine;
mod record_check;
mod reload;
mod reload_state;
mod repeats;
mod request_runner;
mod resolver_state;
mod running_lease;
mod settle_async;
#[cfg(test)]
mod status_tests;
mod store_failing;
mod store_kind;
mod tally_reports;
mod target_cache;
mod target_state;
mod target_status;

pub use admission::{Admission, Leases, Settlement};
pub use builder::Builder;
pub use call_error::{CallError, GuardError};
pub use call_report::{report_of, report_with};
pub use engine_kind::EngineKind;
pub use guard::Guard;
pub use guard_async::AsyncGuard;
pub use handle::{Board, Handle};
pub use observers::{Answered, CallRecord};
pub use on_engine_error::OnEngineError;
pub use on_start::OnStart;
pub use target_status::TargetStatus;
