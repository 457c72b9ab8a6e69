"""Circuit breakers that share their state between processes and languages.

from fuseboard import BreakerRegistry

registry = BreakerRegistry({"defaults": {"fail_max": 3}})
with registry.guard("api.crossref.org", role="metadata"):
    ...  # the call
"""

from ._core import Permit, Target, normalize_host
from .config import (
    OFF,
    BreakerClassification,
    BreakerConfig,
    BreakerPolicy,
    BreakerRolePolicy,
    HalfOpenPolicy,
    RollingWindowPolicy,
)
from .custom_store import Store
from .errors import AnswerLostError, BreakerOpenError, ComponentError, EngineError
from .events import Event
from .guard import Guard
from .listeners import ReportedFailure
from .loading import load_breaker_config, merge_breaker_docs
from .registry import BreakerRegistry
from .roles import RequestRole
from .stores import InMemoryCooldownStore, RedisCooldownStore, SQLiteCooldownStore

__all__ = [
    "OFF",
    "AnswerLostError",
    "BreakerClassification",
    "BreakerConfig",
    "BreakerOpenError",
    "BreakerPolicy",
    "BreakerRegistry",
    "BreakerRolePolicy",
    "ComponentError",
    "EngineError",
    "Event",
    "Guard",
    "HalfOpenPolicy",
    "InMemoryCooldownStore",
    "Permit",
    "RedisCooldownStore",
    "ReportedFailure",
    "RequestRole",
    "RollingWindowPolicy",
    "SQLiteCooldownStore",
    "Store",
    "Target",
    "load_breaker_config",
    "merge_breaker_docs",
    "normalize_host",
]
