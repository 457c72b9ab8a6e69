"""A drop-in for pybreaker 1.4.1: change `import pybreaker` to `from fuseboard import pybreaker`.

The names, their signatures and their behaviour are pybreaker's. The policy engine decides, so calls through one breaker run side by
side. The package's README lists what differs.
"""

from .boards import use_engine
from .breaker import CircuitBreaker
from .errors import CircuitBreakerError
from .listener import CircuitBreakerListener
from .memory_storage import CircuitMemoryStorage
from .redis_storage import CircuitRedisStorage
from .states import (
    STATE_CLOSED,
    STATE_HALF_OPEN,
    STATE_OPEN,
    CircuitBreakerState,
    CircuitClosedState,
    CircuitHalfOpenState,
    CircuitOpenState,
)
from .storage import CircuitBreakerStorage

__all__ = (
    "STATE_CLOSED",
    "STATE_HALF_OPEN",
    "STATE_OPEN",
    "CircuitBreaker",
    "CircuitBreakerError",
    "CircuitBreakerListener",
    "CircuitBreakerState",
    "CircuitBreakerStorage",
    "CircuitClosedState",
    "CircuitHalfOpenState",
    "CircuitMemoryStorage",
    "CircuitOpenState",
    "CircuitRedisStorage",
    "use_engine",
)
