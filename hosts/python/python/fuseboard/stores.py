"""Stores by their names. Each is only a URL; the store itself is opened by the registry that uses it."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .custom_store import Store


class CooldownStore:
    """A store of circuits and cooldowns, named by a URL: `memory:`, `sqlite:PATH`, `redis://…` or `rediss://…`."""

    def __init__(self, url: str) -> None:
        self.url = url


class InMemoryCooldownStore(CooldownStore):
    """State of this process alone."""

    def __init__(self) -> None:
        super().__init__("memory:")


class SQLiteCooldownStore(CooldownStore):
    """State that the processes of one machine share through a file. Its folder is created where it is missing."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__(f"sqlite:{os.path.abspath(path)}")


class RedisCooldownStore(CooldownStore):
    """State that any number of machines share through a Redis or Valkey server. Keys begin with `key_prefix`."""

    def __init__(self, url: str, key_prefix: str | None = None) -> None:
        from urllib.parse import quote

        separator = "&" if "?" in url else "?"
        namespace = "" if key_prefix is None else f"{separator}namespace={quote(key_prefix, safe='')}"
        super().__init__(url + namespace)


_METHODS = ("load", "compare_and_swap", "list_keys")


def board_store(store: object) -> str | Store:
    """What a board opens for a store argument: none, a URL, one of the classes above, or an object with a store's methods."""
    if store is None:
        return "memory:"
    if isinstance(store, str):
        return store
    if isinstance(store, CooldownStore):
        return store.url
    if all(callable(getattr(store, method, None)) for method in _METHODS):
        of_caller: Store = store  # type: ignore[assignment]
        return of_caller
    if hasattr(store, "get_until") and hasattr(store, "set_until"):
        raise TypeError(
            f"cooldown_store: a {type(store).__name__} keeps cooldowns only, and cannot keep circuits; "
            "use InMemoryCooldownStore(), SQLiteCooldownStore(path) or RedisCooldownStore(url)"
        )
    raise TypeError(
        f"cooldown_store: must be a store of this package, a URL or an object with the methods of fuseboard.Store, "
        f"is a {type(store).__name__}"
    )
