//! What is known about a command while its caller waits: it decides between "unavailable" and "unknown".

use std::sync::atomic::{AtomicU8, Ordering};

const UNSENT: u8 = 0;
const SENT: u8 = 1;
const GIVEN_UP: u8 = 2;

/// Where an operation stands, shared by the task that runs it and the caller that may give up.
///
/// An operation whose caller gave up sends nothing more. So nothing is written after the caller has received the error `Unavailable`.
#[derive(Debug, Default)]
pub struct Progress(AtomicU8);

/// Whether a command may have reached the server when its caller gave up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    No,
    Perhaps,
}

/// The caller gave up: nothing more may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GivenUp;

impl Progress {
    /// Called right before a command is handed to the connection.
    pub fn send(&self) -> Result<(), GivenUp> {
        match self.0.compare_exchange(UNSENT, SENT, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => Ok(()),
            Err(_) => Err(GivenUp),
        }
    }

    /// The command's answer is here, so it is no longer open whether it was carried out.
    pub fn answered(&self) {
        // It fails only where the caller gave up meanwhile, and that stays so.
        let _ = self.0.compare_exchange(SENT, UNSENT, Ordering::AcqRel, Ordering::Acquire);
    }

    pub fn give_up(&self) -> Sent {
        if self.0.swap(GIVEN_UP, Ordering::AcqRel) == SENT { Sent::Perhaps } else { Sent::No }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_between_sending_and_answer_may_have_been_carried_out() {
        let progress = Progress::default();
        assert_eq!(progress.send(), Ok(()));
        assert_eq!(progress.give_up(), Sent::Perhaps);
    }

    #[test]
    fn an_answered_command_leaves_nothing_open() {
        let progress = Progress::default();
        assert_eq!(progress.send(), Ok(()));
        progress.answered();
        assert_eq!(progress.give_up(), Sent::No);
    }

    #[test]
    fn nothing_is_sent_after_the_caller_gave_up() {
        let progress = Progress::default();
        assert_eq!(progress.give_up(), Sent::No);
        assert_eq!(progress.send(), Err(GivenUp));
        progress.answered();
        assert_eq!(progress.send(), Err(GivenUp));
    }
}
