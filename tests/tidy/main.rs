//! Style, as tests that ratchet: what is over a limit today is listed by name with its size. It may shrink, and never grow; nothing new
//! comes in.

mod calm;
mod pure;
mod ratchet;
mod sizes;
mod source;
