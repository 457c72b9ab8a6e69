"""How a board is opened where the component cannot be used."""

import logging
from typing import Any

import pytest

from fuseboard import BreakerRegistry, ComponentError, boards
from fuseboard._core import Board


@pytest.fixture
def unusable_component(monkeypatch: pytest.MonkeyPatch) -> None:
    def open_board(*, engine: str, **options: Any) -> Board:
        if engine == "component":
            raise ComponentError("the machine code is for another CPU")
        return Board(engine=engine, **options)

    monkeypatch.setattr(boards, "Board", open_board)
    monkeypatch.setattr(boards, "_native_because", None)


@pytest.mark.usefixtures("unusable_component")
def test_the_native_engine_takes_the_place_of_a_component_that_cannot_be_used(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "fuseboard")
    for _ in range(2):
        assert BreakerRegistry().call("api.crossref.org", None, len, "page") == 4
    assert [record.getMessage() for record in caplog.records] == [
        "the native engine takes the place of the component: the machine code is for another CPU"
    ]


def test_faults_without_a_listener_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    boards._log_fault("the engine was stopped")
    assert caplog.messages == ["the engine was stopped; no call is affected"]
