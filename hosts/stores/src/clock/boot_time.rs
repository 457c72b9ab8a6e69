//! A monotonic clock that runs on while the machine sleeps. `std::time::Instant` does not, except on Windows.

/// Nanoseconds since a fixed moment.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
pub(super) fn boot_time_ns() -> u64 {
    use rustix::time::ClockId;

    // Apple's monotonic clock runs on during sleep; there, the standard library uses the uptime clock, which does not.
    #[cfg(target_vendor = "apple")]
    let clock = ClockId::Monotonic;
    #[cfg(not(target_vendor = "apple"))]
    let clock = ClockId::Boottime;
    reading_ns(clock)
}

/// Nanoseconds since a fixed moment, as of the last tick of the kernel: 1 to 10 ms ago at most. The clock stands while the machine sleeps.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn coarse_ns() -> u64 {
    reading_ns(rustix::time::ClockId::MonotonicCoarse)
}

/// The same as `boot_time_ns`: this system has no faster clock.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn coarse_ns() -> u64 {
    boot_time_ns()
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn reading_ns(clock: rustix::time::ClockId) -> u64 {
    let time = rustix::time::clock_gettime(clock);
    let (seconds, nanoseconds) = (u64::try_from(time.tv_sec).unwrap_or(0), u64::try_from(time.tv_nsec).unwrap_or(0));
    // 64 bits last for 584 years.
    seconds.saturating_mul(1_000_000_000).saturating_add(nanoseconds)
}

/// Nanoseconds since the first call. On Windows this includes sleep; on other systems it may not.
#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
pub(super) fn boot_time_ns() -> u64 {
    use std::sync::LazyLock;
    use std::time::Instant;

    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(START.elapsed().as_nanos()).unwrap_or(u64::MAX)
}
