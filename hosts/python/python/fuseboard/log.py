"""The log: the logger `fuseboard` has one line for each change of a state, and none for a refusal."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import logging

    from .events import Event


def log_transition(event: Event) -> None:
    """Writes one line for a change of state: a warning if the circuit opens."""
    target = f"{event.name}/{event.role}" if event.role else f"{event.scope} {event.name}"
    after = f", last failure {event.last_failure}" if event.last_failure else ""
    where = "" if event.here else ", by another process"
    level = 30 if event.new_state == "open" else 20
    logger().log(level, "%s: %s -> %s (%s)%s%s", target, event.old_state, event.new_state, event.detail, after, where)


def logger() -> logging.Logger:
    """The logger `fuseboard`. The module is imported when the first line is written, because that takes longer than a call."""
    import logging

    return logging.getLogger("fuseboard")
