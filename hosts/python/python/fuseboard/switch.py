"""The off switch. A registry that is off admits every call and opens no circuit."""

from __future__ import annotations

import os

from ._core import from_json, to_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

OFF_VARIABLE: Final = "FUSEBOARD_OFF"
"""`FUSEBOARD_OFF=1` in the environment switches every registry off that is made afterwards."""

OFF_DOCUMENT: Final[dict[str, Any]] = {"defaults": {"mode": "observe", "fail_max": None, "retry_after_cap_s": 0}}
"""The configuration of a registry that is off."""

_ON = ("", "0", "false", "no")
_OFF = ("1", "true", "yes")


def is_off() -> bool:
    """Whether the environment switches new registries off."""
    value = os.environ.get(OFF_VARIABLE, "").lower()
    if value not in _ON + _OFF:
        raise ValueError(f"{OFF_VARIABLE}: must be 1 (off) or 0 (on), is {value!r}")
    return value in _OFF


def with_a_setting(document: str) -> str:
    """The same configuration with at least one setting. An engine that had some takes a document without any for a mistake."""
    given = from_json(document)
    return to_json({**given, "defaults": {"mode": "enforce", **(given.get("defaults") or {})}})
