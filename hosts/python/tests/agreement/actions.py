"""What may be done to a breaker. An action returns what its caller sees."""

from __future__ import annotations

import random
from collections.abc import Callable, Generator
from typing import Any

from .subjects import BusinessError, ListenerError, Subject

Action = Callable[[Subject], object]
ERRORS: list[Callable[[], BaseException]] = [
    lambda: ValueError("down"),
    lambda: OSError(5, "input/output error"),
    KeyboardInterrupt,
    BusinessError,
    lambda: OSError(418, "a teapot"),
]


def succeeding(subject: Subject) -> object:
    return subject.breaker.call(lambda value, *, add: value + add, 1, add=2)


def failing(make: Callable[[], BaseException]) -> Action:
    def act(subject: Subject) -> object:
        return subject.breaker.call(_raise, make())

    return act


def decorated(make: Callable[[], BaseException] | None) -> Action:
    def act(subject: Subject) -> object:
        @subject.breaker
        def with_parentheses_or_without() -> str:
            return "value" if make is None else _raise(make())

        return with_parentheses_or_without()

    return act


def block(make: Callable[[], BaseException] | None) -> Action:
    def act(subject: Subject) -> object:
        with subject.breaker.calling():
            return "value" if make is None else _raise(make())

    return act


def start_generator(make: Callable[[], BaseException] | None) -> Action:
    def act(subject: Subject) -> object:
        def numbers() -> Generator[int, Any, None]:
            try:
                yield 1
            except ValueError:
                yield 0
            if make is not None:
                raise make()
            yield 2

        subject.generators.append(subject.breaker.call(numbers))
        return "started"

    return act


def take_from_generator(subject: Subject) -> object:
    return _resume(subject, next)


def throw_into_generator(subject: Subject) -> object:
    return _resume(subject, lambda generator: generator.throw(ValueError("thrown in")))


def _resume(subject: Subject, how: Callable[[Any], object]) -> object:
    """Resumes the oldest generator, and drops it when it has ended."""
    if not subject.generators:
        return None
    try:
        return how(subject.generators[0])
    except BaseException:
        subject.generators.pop(0)
        raise


def close_generator(subject: Subject) -> object:
    return subject.generators.pop(0).close() if subject.generators else None


def nested(inner: Action) -> Action:
    """An action within a guarded call."""

    def act(subject: Subject) -> object:
        def call() -> object:
            try:
                return inner(subject)
            except (subject.error, ListenerError, ValueError, OSError, BusinessError) as exception:
                return subject.kind_of(exception)

        return subject.breaker.call(call)

    return act


def command(name: str) -> Action:
    return lambda subject: getattr(subject.breaker, name)()


def setting(name: str, value: float) -> Action:
    return lambda subject: setattr(subject.breaker, name, value)


def listener_raises(where: str | None) -> Action:
    def act(subject: Subject) -> object:
        subject.raises_in = where
        return None

    return act


def _raise(exception: BaseException) -> Any:
    raise exception


def random_action(random: random.Random) -> tuple[str, Action]:
    """An action with a name for messages."""
    make = random.choice(ERRORS)
    maybe = random.choice([None, make])
    choices: list[tuple[int, str, Callable[[], Action]]] = [
        (6, "succeeding", lambda: succeeding),
        (9, "failing", lambda: failing(make)),
        (2, "decorated", lambda: decorated(maybe)),
        (3, "block", lambda: block(maybe)),
        (3, "start_generator", lambda: start_generator(maybe)),
        (5, "take_from_generator", lambda: take_from_generator),
        (1, "throw_into_generator", lambda: throw_into_generator),
        (1, "close_generator", lambda: close_generator),
        (2, "nested", lambda: nested(random_action(random)[1])),
        (3, "command", lambda: command(random.choice(["open", "half_open", "close"]))),
        (1, "fail_max", lambda: setting("fail_max", random.randrange(5))),
        (1, "success_threshold", lambda: setting("success_threshold", random.randrange(4))),
        (1, "reset_timeout", lambda: setting("reset_timeout", random.choice([0.5, 1, 2, 3.5]))),
        (1, "listener_raises", lambda: listener_raises(random.choice([None, None, "before_call", "success"]))),
    ]
    (_, name, action) = random.choices(choices, weights=[weight for weight, *_ in choices])[0]
    return (f"{name} ({'' if maybe is None else make().__class__.__name__})", action())
