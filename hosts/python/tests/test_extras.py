"""Adapters whose client is not installed."""

import importlib
import sys

import pytest


@pytest.mark.parametrize(
    ("adapter", "clients"), [("httpx", ("httpx", "httpx2")), ("requests", ("requests",)), ("aiohttp", ("aiohttp",))]
)
def test_a_missing_client_is_named_with_its_extra(
    monkeypatch: pytest.MonkeyPatch, adapter: str, clients: tuple[str, ...]
) -> None:
    monkeypatch.delitem(sys.modules, f"fuseboard.{adapter}", raising=False)
    for client in clients:
        monkeypatch.setitem(sys.modules, client, None)
    with pytest.raises(ImportError, match=rf"fuseboard\.{adapter} needs .*pip install 'fuseboard\[{adapter}\]'"):
        importlib.import_module(f"fuseboard.{adapter}")
