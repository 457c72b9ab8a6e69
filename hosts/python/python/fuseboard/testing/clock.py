"""A clock that tests set."""

from __future__ import annotations


class ManualClock:
    """A clock in seconds that only moves when a test moves it. It serves as wall clock and as monotonic clock:
    `BreakerRegistry(config, now_wall=clock, now_monotonic=clock)`."""

    def __init__(self, now: float = 1_000_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        """Moves the clock on."""
        if seconds < 0:
            raise ValueError(f"seconds: must be 0 or more, is {seconds}; set `now` to turn the clock back")
        self.now += seconds
