//! Hints of servers: how long they ask to wait before the next call.
//!
//! A [`Hint`](crate::Hint) is a header or a trailer of an answer, as received. Reading is lenient, because servers write these
//! headers in many ways, and no hint is an error. [`may_set_a_wait`] says for which reports hints apply.
//!
//! ```
//! use fuseboard::hints::parse_retry_after;
//! use fuseboard::time::{Millis, Wall};
//! let now = Wall(784_111_777_000);
//! assert_eq!(parse_retry_after("120", now), Ok(Millis(120_000)));
//! assert_eq!(parse_retry_after("1m30s", now), Ok(Millis(90_000)));
//! assert_eq!(parse_retry_after("Sun, 06 Nov 1994 08:50:37 GMT", now), Ok(Millis(60_000)));
//! assert!(parse_retry_after("soon", now).is_err());
//! ```

mod limits;
mod headers;
mod ignored;
mod calendar;
mod time_of_day;
mod date;
mod number;
mod duration;
mod value;
mod list;
mod rate_limit;
mod applicable;
mod requested_wait;
#[cfg(test)]
mod hints_tests;

pub use applicable::may_set_a_wait;
pub use headers::is_read;
pub use ignored::Ignored;
pub use limits::{HINT_NAME_BYTES_MAX, HINT_VALUE_BYTES_MAX, HINTS_MAX};
pub use list::parse_retry_after;
pub(crate) use requested_wait::{RequestedWait, requested_wait};
