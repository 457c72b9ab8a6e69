"""What a program waits for when it starts: the modules that the package imports."""

import subprocess
import sys

import pytest

import fuseboard

# Modules that take longer to import than all else that a first call needs, and what they import.
SLOW = {
    "asyncio",
    "collections",
    "dataclasses",
    "enum",
    "functools",
    "inspect",
    "json",
    "logging",
    "pathlib",
    "re",
    "typing",
    "urllib.parse",
}

PROGRAM = """
import sys
before = set(sys.modules)
from fuseboard import BreakerRegistry
registry = BreakerRegistry({"defaults": {"fail_max": 5}}, engine="native")
%s
print(*(set(sys.modules) - before))
"""

FIRST_CALLS = {
    "call": 'registry.call("api.crossref.org", "metadata", len, "page")',
    "target": 'registry.target("api.crossref.org", role="metadata").call(len, "page")',
    "block": 'with registry.guard("api.crossref.org", role="metadata"): pass',
    "permit": 'registry.allow("api.crossref.org").success()',
    "report": 'registry.allow("api.crossref.org"); registry.on_success("api.crossref.org", status=200)',
}


@pytest.mark.parametrize("first_call", FIRST_CALLS.values(), ids=FIRST_CALLS)
def test_the_import_and_a_first_call_import_no_slow_module(first_call: str) -> None:
    output = subprocess.run([sys.executable, "-c", PROGRAM % first_call], capture_output=True, text=True, check=True)
    imported = set(output.stdout.split())
    assert "fuseboard.registry" in imported
    assert imported & SLOW == set()


def test_names_of_modules_that_are_imported_later_can_be_imported() -> None:
    for name in fuseboard.__all__:
        assert getattr(fuseboard, name) is not None
    assert set(fuseboard.__all__) <= set(dir(fuseboard))
    with pytest.raises(AttributeError, match="module 'fuseboard' has no attribute 'Misspelt'"):
        _ = fuseboard.Misspelt  # type: ignore[attr-defined]
