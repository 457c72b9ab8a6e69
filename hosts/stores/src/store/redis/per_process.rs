//! A value that every process makes for itself, so that a forked child shares no connection, thread or lock with its parent.

use std::process;
use std::sync::OnceLock;

/// Holds one value per process. The value is made at its first use.
///
/// After a fork, threads of the parent do not exist in the child, and locks that they held stay locked there. So the child never
/// touches the parent's value: it neither reads nor drops it.
pub struct PerProcess<T> {
    process: u32,
    value: OnceLock<T>,
    /// Only a forked child sets it, in its own copy of the memory.
    forked: OnceLock<Box<PerProcess<T>>>,
}

impl<T> PerProcess<T> {
    pub fn new() -> PerProcess<T> {
        PerProcess { process: process::id(), value: OnceLock::new(), forked: OnceLock::new() }
    }

    /// This process's value. Where two threads make it at once, one of the two values is kept.
    pub fn get_or_try_init<E>(&self, init: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
        let own = self.own();
        if let Some(value) = own.value.get() {
            return Ok(value);
        }
        let made = init()?;
        Ok(own.value.get_or_init(|| made))
    }

    fn own(&self) -> &PerProcess<T> {
        let process = process::id();
        let mut own = self;
        while own.process != process {
            own = own.forked.get_or_init(|| Box::new(PerProcess::new()));
        }
        own
    }
}

impl<T> Drop for PerProcess<T> {
    fn drop(&mut self) {
        if self.process != process::id() {
            std::mem::forget(self.value.take());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;
    use std::rc::Rc;

    fn made_by(process: u32, value: &Rc<()>) -> PerProcess<Rc<()>> {
        PerProcess { process, value: OnceLock::from(Rc::clone(value)), forked: OnceLock::new() }
    }

    #[test]
    fn the_value_is_made_once() {
        let number = PerProcess::new();
        assert_eq!(number.get_or_try_init(|| Err("it failed")), Err("it failed"));
        assert_eq!(number.get_or_try_init(|| Ok::<_, Infallible>(1)), Ok(&1));
        assert_eq!(number.get_or_try_init(|| Ok::<_, Infallible>(2)), Ok(&1));
    }

    #[test]
    fn another_process_makes_its_own_value_and_keeps_it() {
        let parents = Rc::new(());
        let inherited = made_by(process::id().wrapping_add(1), &parents);
        let own = Rc::new(());
        let first = inherited.get_or_try_init(|| Ok::<_, Infallible>(Rc::clone(&own)));
        assert!(first.is_ok_and(|value| Rc::ptr_eq(value, &own)));
        let second = inherited.get_or_try_init(|| Ok::<_, Infallible>(Rc::new(())));
        assert!(second.is_ok_and(|value| Rc::ptr_eq(value, &own)));
    }

    #[test]
    fn another_process_does_not_drop_the_parents_value() {
        let (own, parents) = (Rc::new(()), Rc::new(()));
        drop(made_by(process::id(), &own));
        drop(made_by(process::id().wrapping_add(1), &parents));
        assert_eq!((Rc::strong_count(&own), Rc::strong_count(&parents)), (1, 2));
    }
}
