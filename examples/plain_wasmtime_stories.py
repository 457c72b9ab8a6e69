"""Plays every story on the host of plain_wasmtime.py and compares the answers and the stored records.

    python plain_wasmtime_stories.py fuseboard.wasm tests/scenarios

docs/stories.md describes the format. The exit status is 0 only if every story passes.
"""

import json
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from plain_wasmtime import Board, Clock, ConfigurationError, DictStore, LoadedComponent, Problem, StoreError

START = {"wall_ms": 1_800_000_000_000, "mono_ns": 1_000_000_000}
NS_PER_MS = 1_000_000
U64_MAX = 2**64 - 1
VERSIONS_KEPT = 16
OPERATIONS = {"load": "load", "swap": "compare_and_swap", "list": "list_keys"}
FAULTS = {
    "unavailable": StoreError("unavailable", "a planned fault"),
    "refused": StoreError("refused", "a planned fault"),
    "unknown": StoreError("unknown", "a planned fault lost the answer"),
    "unknown-not-done": StoreError("unknown", "a planned fault lost the request"),
}
# Fields that a story leaves out if they have these values.
EMPTY: dict[str, Any] = {
    **{key: [] for key in ("events", "changed", "unreadable", "resolver", "neutral_statuses")},
    "spread_ms": 0,
}
# Fields that are a mark: a story has the list of writer and sequence.
MARKS = ("generation", "probe")

Value = Any


class StoryError(Exception):
    """A story names a board, a permit, a lease or a version that does not exist."""


# Values of a story


def shortened(value: Value) -> Value:
    """An answer as stories have it."""
    if isinstance(value, list):
        return [shortened(one) for one in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"writer", "sequence"}:
        return [value["writer"], value["sequence"]]
    return {key: shortened(one) for key, one in value.items() if key not in EMPTY or one != EMPTY[key]}


def permit_of(written: Value) -> Value:
    """A permit of a story, for the component."""

    def claim(written: Value) -> Value:
        marks = {key: dict(zip(("writer", "sequence"), mark)) for key, mark in written.items() if mark is not None}
        return marks

    return {circuit: claim(written) for circuit, written in written.items() if written is not None}


def report_of(written: Value) -> Value:
    end = written["end"]
    if isinstance(end, dict) and "raised" in end:
        end = {"raised": {"types": end["raised"]}}
    return {"hints": [], **written, "end": end}


def action_of(written: Value) -> Value:
    if isinstance(written, str):
        return written
    ((name, parameters),) = written.items()
    return {name: {"note": "", **parameters}}


def text_of(value: Value) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def sources_of(config: Value) -> Value:
    """The sources of a story's `config`: an object, a YAML text, or a list of sources."""
    sources = {"documents": [], "prefix": "", "environment": [], "flags": []}
    if isinstance(config, str):
        sources["documents"] = [{"name": "story.yaml", "text": config}]
    elif isinstance(config, dict):
        sources["documents"] = [{"name": "story.json", "text": text_of(config)}]
    for source in config if isinstance(config, list) else ():
        if "document" in source:
            sources["documents"].append({"name": source["document"], "text": "\n".join(source["lines"])})
        elif "environment" in source:
            sources["prefix"] = source["prefix"]
            pairs = sorted(source["environment"].items())
            sources["environment"] += [{"name": name, "value": value} for name, value in pairs]
        else:
            sources["flags"].append({"name": source["flag"], "value": source["value"]})
    return sources


# The boards of a story


class StoryClock(Clock):
    def __init__(self, start: dict[str, int]) -> None:
        self.now = {"mono": start["mono_ns"], "wall": start["wall_ms"] * NS_PER_MS}
        super().__init__(monotonic_ns=lambda: self.now["mono"], wall_ns=lambda: self.now["wall"])

    def advance(self, by_ms: int) -> None:
        self.now["mono"] = min(self.now["mono"] + by_ms * NS_PER_MS, U64_MAX)
        self.now["wall"] += by_ms * NS_PER_MS

    def step_wall(self, by_ms: int) -> None:
        self.now["wall"] = max(self.now["wall"] + by_ms * NS_PER_MS, 0)


@dataclass
class FaultyStore:
    """One board's connection to the store: it fails as planned, and remembers the versions that it saw."""

    store: DictStore
    clock: StoryClock
    # Operation, kind of fault, delay in ms, and how often.
    planned: list[list[Value]] = field(default_factory=list)
    # By key: revision and value, oldest first.
    versions: dict[str, list[tuple[int, str]]] = field(default_factory=dict)

    def load(self, key: str, known: int | None, within_ms: int) -> Value:
        found = self._operate("load", key, known, within_ms)
        self._see(key, found)
        return found

    def compare_and_swap(self, key: str, expected: int | None, value: str, ttl_ms: int | None, within_ms: int) -> Value:
        swap = self._operate("swap", key, expected, value, ttl_ms, within_ms)
        if "stored" in swap:
            self._see(key, {"found": {"revision": swap["stored"]["revision"], "value": value}})
        elif swap["conflict"]["current"]:
            self._see(key, {"found": swap["conflict"]["current"]})
        return swap

    def list_keys(self, prefix: str, cursor: str | None, limit: int, within_ms: int) -> Value:
        return self._operate("list", prefix, cursor, limit, within_ms)

    def rollback(self, key: str, writes: int) -> None:
        seen = self.versions.get(key, [])
        if len(seen) <= writes:
            raise StoryError(f"the board has not seen {key} before its last {writes} writes")
        del seen[len(seen) - writes :]
        until = self.store.entries[key][2] if key in self.store.entries else None
        self.store.entries[key] = (*seen[-1], until)

    def _operate(self, operation: str, *arguments: Value) -> Value:
        fault = next((fault for fault in self.planned if fault[0] == operation and fault[3] > 0), None)
        kind = None
        if fault:
            fault[3] -= 1
            kind = fault[1]
        if kind in FAULTS and kind != "unknown":
            raise FAULTS[kind]
        if kind == "late":
            self.clock.advance(fault[2])
        answer = getattr(self.store, OPERATIONS[operation])(*arguments)
        if kind == "unknown":
            raise FAULTS[kind]
        return answer

    def _see(self, key: str, lookup: Value) -> None:
        if not isinstance(lookup, dict):
            return
        version = (lookup["found"]["revision"], lookup["found"]["value"])
        seen = self.versions.setdefault(key, [])
        revisions = [revision for revision, _ in seen]
        if version[0] in revisions:
            # The versions after it were undone.
            del seen[revisions.index(version[0]) + 1 :]
        else:
            seen.append(version)
            del seen[:-VERSIONS_KEPT]


class Stage:
    """The boards of a story, their clocks and their store."""

    def __init__(self, loaded: LoadedComponent, story: Value) -> None:
        self.loaded, self.story = loaded, story
        start = story.get("start", START)
        self.clocks = [StoryClock(start) for _ in range(story.get("boards", 1))]
        self.store = DictStore(self.clocks[0])
        self.connections = [FaultyStore(self.store, clock) for clock in self.clocks]
        # The target and the admission of each `allow` that has a name.
        self.admitted: dict[str, tuple[Value, Value]] = {}
        self.now_ms = self.restarts = 0
        self.boards: list[Board] = []
        for number in range(len(self.clocks)):
            self.boards.append(self.new_board(number, number + 1))

    def new_board(self, number: int, writer: int) -> Board:
        board = Board(self.loaded, self.connections[number], self.clocks[number])
        board.configure(sources_of(self.story.get("config") or {}), self.identity(number, writer))
        return board

    def identity(self, number: int, writer: int) -> dict[str, int]:
        return {"writer": writer, "seed": self.story.get("seed", 0) + number}

    def close(self) -> None:
        for board in self.boards:
            board.close()

    def play(self, step: Value) -> Value:
        by_ms = step.get("at_ms", self.now_ms) - self.now_ms
        if by_ms > 0:
            self.now_ms += by_ms
            for clock in self.clocks:
                clock.advance(by_ms)
        number = step.get("board", 0)
        try:
            method = getattr(self, "do_" + step["do"].replace("-", "_"), None)
            return method(number, step) if method else shortened(self.request(number, step))
        except Problem as problem:
            return {"problem": {"code": problem.args[0], "detail": problem.args[1]}}

    def request(self, number: int, step: Value) -> Value:
        """A request whose arguments are the other fields of the step."""
        arguments = {key: value for key, value in step.items() if key not in ("at_ms", "board", "do", "must", "expect")}
        return self.boards[number].request(step["do"], **arguments)

    def do_allow(self, number: int, step: Value) -> Value:
        decision = self.boards[number].request("allow", target=step["target"])
        if "as" in step and "admitted" in decision["answer"]:
            self.admitted[step["as"]] = (step["target"], decision["answer"]["admitted"])
        return shortened(decision)

    def do_settle(self, number: int, step: Value) -> Value:
        target, permit = step.get("target"), step.get("permit")
        if isinstance(permit, str):
            its_target, admission = self.named(permit)
            target, permit = target or its_target, admission["permit"]
        elif permit is not None:
            permit = permit_of(permit)
        report = report_of(step["report"])
        return shortened(self.boards[number].request("settle", target=target, permit=permit, report=report))

    def do_settle_leased(self, number: int, step: Value) -> Value:
        lease = step["lease"]
        lease = (
            self.named(lease)[1]["lease"] if isinstance(lease, str) else {**lease, "permit": permit_of(lease["permit"])}
        )
        return shortened(self.boards[number].request("settle-leased", lease=lease, tally=step["tally"]))

    def do_classify(self, number: int, step: Value) -> Value:
        report = report_of(step["report"])
        return self.boards[number].request("classify", target=step["target"], report=report)

    def do_command(self, number: int, step: Value) -> Value:
        action = action_of(step["command"])
        return shortened(self.boards[number].request("command", scope=step["scope"], action=action))

    def do_update_policy(self, number: int, step: Value) -> Value:
        patch = None if step["patch"] is None else text_of(step["patch"])
        return shortened(self.boards[number].request("update-policy", scope=step["scope"], patch=patch))

    def do_define(self, number: int, step: Value) -> Value:
        return self.boards[number].request("define", scope=step["scope"], settings=text_of(step["settings"]))

    def do_explain(self, number: int, step: Value) -> Value:
        explanation = self.boards[number].request("explain", target=step["target"])
        only = step.get("only")
        explanation["circuit"] = [one for one in explanation["circuit"] if not only or one["path"] in only]
        return shortened(explanation)

    def do_list(self, number: int, step: Value) -> Value:
        arguments = {"filter": step.get("filter", {}), "cursor": step.get("cursor"), "limit": step["limit"]}
        return shortened(self.boards[number].request("list", **arguments))

    def do_advise(self, number: int, step: Value) -> Value:
        return self.boards[number].request("advise", metrics={"target": step["target"], **step["metrics"]})

    def do_configure(self, number: int, step: Value) -> Value:
        try:
            return self.boards[number].configure(sources_of(step["config"]), self.identity(number, number + 1))
        except ConfigurationError as error:
            return {"problem": error.args[0]}

    def do_restart(self, number: int, step: Value) -> None:
        self.restarts += 1
        self.boards[number].close()
        self.boards[number] = self.new_board(number, step.get("writer", 1_000 * self.restarts + number + 1))

    def do_clock(self, number: int, step: Value) -> None:
        self.clocks[number].step_wall(step["wall_add_ms"])

    def do_fault(self, number: int, step: Value) -> None:
        fault = [step["op"], step["kind"], step.get("ms", 0), step.get("times", 1)]
        self.connections[number].planned.append(fault)

    def do_heal(self, number: int, step: Value) -> None:
        self.connections[number].planned.clear()

    def do_put(self, number: int, step: Value) -> None:
        self.store.revisions += 1
        self.store.entries[step["key"]] = (self.store.revisions, text_of(step["value"]), None)

    def do_wipe(self, number: int, step: Value) -> None:
        self.store.entries.clear()

    def do_rollback(self, number: int, step: Value) -> None:
        self.connections[number].rollback(step["key"], step["writes"])

    def named(self, name: str) -> tuple[Value, Value]:
        if name not in self.admitted:
            raise StoryError(f"no `allow` as {name!r} was admitted")
        return self.admitted[name]

    def records(self) -> dict[str, Value]:
        now = self.clocks[0].monotonic_ns()
        return {
            key: json_or_text(value)
            for key, (_, value, until) in self.store.entries.items()
            if until is None or now < until
        }


def json_or_text(text: str) -> Value:
    try:
        return json.loads(text)
    except ValueError:
        return text


# Comparison


def is_part(part: Value, whole: Value) -> bool:
    """Whether an answer has what `must` says. Of an object only the keys of `must` count; null means absent."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(is_part(one, whole.get(key)) for key, one in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        return len(part) == len(whole) and all(map(is_part, part, whole))
    return equal(part, whole)


def equal(one: Value, other: Value) -> bool:
    # As text: Python takes 1 and true for equal.
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def differences(loaded: LoadedComponent, story: Value) -> Iterator[str]:
    stage = Stage(loaded, story)
    try:
        for number, step in enumerate(story["steps"]):
            answer = stage.play(step)
            if "must" in step and not is_part(step["must"], answer):
                yield f"step {number}: must be {json.dumps(step['must'])}\n    but is {json.dumps(answer)}"
            if not equal(step.get("expect"), answer):
                yield f"step {number}: expected {json.dumps(step.get('expect'))}\n    but is {json.dumps(answer)}"
        records = stage.records()
        if not equal(story.get("records", {}), records):
            yield f"records: expected {json.dumps(story.get('records', {}))}\n    but are {json.dumps(records)}"
    finally:
        stage.close()


def play_file(loaded: LoadedComponent, path: Path) -> list[str]:
    """What differs. A host that fails in the middle of a story does not end the others."""
    try:
        return list(differences(loaded, json.loads(path.read_text("utf-8"))))
    except Exception:  # noqa: BLE001
        return [traceback.format_exc()]


def main(component: str, folder: str) -> int:
    start = time.monotonic()
    loaded = LoadedComponent(component)
    paths = sorted(Path(folder).rglob("*.json"))
    failed = 0
    for path in paths:
        found = play_file(loaded, path)
        failed += bool(found)
        for difference in found:
            print(f"{path}: {difference}", file=sys.stderr)
    print(f"{len(paths) - failed} of {len(paths)} stories pass ({time.monotonic() - start:.1f} s)")
    return 0 if paths and not failed else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
