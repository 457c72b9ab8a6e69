//! Blocks a thread on a future until a deadline, on any thread, one of an asynchronous runtime too.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Instant;

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// The future's output, or `None` once the deadline has passed.
pub fn wait_until<F: Future>(future: F, deadline: Instant) -> Option<F::Output> {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return None;
        }
        thread::park_timeout(left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use std::sync::Mutex;
    use std::time::Duration;

    #[test]
    fn an_output_from_another_thread_is_returned() {
        let waker = Mutex::new(None::<Waker>);
        let polled_again = thread::scope(|scope| {
            scope.spawn(|| {
                while waker.lock().expect("no thread panicked").is_none() {
                    thread::yield_now();
                }
                waker.lock().expect("no thread panicked").take().expect("it was polled").wake();
            });
            let mut polls = 0;
            let woken = poll_fn(|context| {
                polls += 1;
                if polls == 1 {
                    *waker.lock().expect("no thread panicked") = Some(context.waker().clone());
                }
                if waker.lock().expect("no thread panicked").is_none() { Poll::Ready(7) } else { Poll::Pending }
            });
            wait_until(woken, Instant::now() + Duration::from_secs(10))
        });
        assert_eq!(polled_again, Some(7));
    }

    #[test]
    fn a_future_that_stays_pending_ends_at_the_deadline() {
        let start = Instant::now();
        assert_eq!(wait_until(std::future::pending::<()>(), start + Duration::from_millis(20)), None);
        assert!(start.elapsed() >= Duration::from_millis(20));
    }

    #[test]
    fn a_ready_output_is_returned_after_the_deadline_too() {
        assert_eq!(wait_until(std::future::ready(1), Instant::now()), Some(1));
    }
}
