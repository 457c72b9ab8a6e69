"""Circuit breakers that share their state between processes and languages.

from fuseboard import BreakerRegistry

registry = BreakerRegistry({"defaults": {"fail_max": 3}})
with registry.guard("api.crossref.org", role="metadata"):
    ...  # the call
"""

from ._core import Permit, Target, normalize_host
from .errors import AnswerLostError, BreakerOpenError, ComponentError, EngineError
from .guard import Guard
from .listeners import ReportedFailure
from .registry import BreakerRegistry
from .stores import InMemoryCooldownStore, RedisCooldownStore, SQLiteCooldownStore

# Type checkers take this for true. Here it saves the import of `typing`, which takes longer than all that a first call needs.
TYPE_CHECKING = False
if TYPE_CHECKING:
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
    from .events import Event
    from .loading import load_breaker_config, merge_breaker_docs
    from .roles import RequestRole

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

# The modules that need dataclasses, enumerations or protocols are imported with the first use of one of their names.
_MODULE_OF = {
    "OFF": "config",
    "BreakerClassification": "config",
    "BreakerConfig": "config",
    "BreakerPolicy": "config",
    "BreakerRolePolicy": "config",
    "HalfOpenPolicy": "config",
    "RollingWindowPolicy": "config",
    "Store": "custom_store",
    "Event": "events",
    "load_breaker_config": "loading",
    "merge_breaker_docs": "loading",
    "RequestRole": "roles",
}

if not TYPE_CHECKING:

    def __getattr__(name):
        if name not in _MODULE_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        value = getattr(import_module(f".{_MODULE_OF[name]}", __name__), name)
        globals()[name] = value
        return value

    def __dir__():
        return [*globals(), *_MODULE_OF]
