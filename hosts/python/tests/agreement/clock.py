"""One time for both breakers."""

from datetime import datetime, timedelta, timezone

START = datetime(2026, 1, 1, tzinfo=timezone.utc)


class Clock:
    def __init__(self) -> None:
        self.elapsed_s = 0.0

    def __call__(self) -> float:
        """Seconds since 1970, for the engine."""
        return START.timestamp() + self.elapsed_s

    def now(self) -> datetime:
        return START + timedelta(seconds=self.elapsed_s)

    def advance(self, seconds: float) -> None:
        self.elapsed_s += seconds


def datetime_of(clock: Clock) -> type:
    """What pybreaker takes for the class `datetime`."""

    class FakeDatetime:
        @staticmethod
        def now(tz: timezone) -> datetime:
            return clock.now()

    return FakeDatetime
