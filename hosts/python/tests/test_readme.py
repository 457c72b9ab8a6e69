"""The examples of the README run, one after the other."""

import re
from pathlib import Path
from typing import Any

import pytest

README = Path(__file__).parents[1] / "README.md"


def test_the_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "breakers.yaml").write_text("defaults: {fail_max: 5}")
    names: dict[str, Any] = {"fetch": str.upper}
    examples = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert len(examples) > 5
    for example in examples:
        exec(example, names)  # noqa: S102 - the examples are part of this repository
    assert (names["page"], names["works"]("/doi")) == ("/WORKS", "/DOI")
