// What the host of host.js does apart from the stories: bad arguments, bad stores and clocks, cancelled calls.
//
//     GENERATED=generated node --test

import assert from "node:assert/strict";
import { test } from "node:test";
import { Board, ConfigurationError, MapStore, Problem, Refused, Stopped, StoreError, document, loadComponent } from "./host.js";

const component = await loadComponent(process.env.GENERATED);
const TARGET = { kind: "host", name: "api.example.org" };
const REPORT = { end: { tag: "returned" }, status: 503, hints: [] };

function newBoard(store, clock, made = component) {
  const board = new Board(made, store, clock);
  board.configure(document("defaults: {fail_max: 2, sharing: {lease_ms: 0}}"));
  return board;
}

/** A store whose loads are another function. */
const storeThat = (load) => Object.assign(new MapStore(), { load });

const streak = (board) => board.request("status", TARGET).circuit.failureStreak;

test("bad arguments are refused, and the instance stays", () => {
  let instances = 0;
  const counted = (imports) => {
    instances += 1;
    return component(imports);
  };
  const board = newBoard(undefined, undefined, counted);
  board.request("settle", TARGET, undefined, REPORT);
  const bad = [
    [/status: must be an integer from 0 to 65535/, TARGET, { ...REPORT, status: 70503 }],
    [/status: must be an integer/, TARGET, { ...REPORT, status: 1.5 }],
    [/elapsedNs: must be from 0n/, TARGET, { ...REPORT, elapsedNs: -1n }],
    [/elapsedNs: must be an integer from 0 to 4294967295 \(a larger one is a bigint\)/, TARGET, { ...REPORT, elapsedNs: 2 ** 40 }],
    [/"hots" is not one of the cases of service-kind/, { ...TARGET, kind: "hots" }, REPORT],
    [/invalid variant tag value `"returnd"`/, TARGET, { ...REPORT, end: { tag: "returnd" } }],
  ];
  for (const [message, target, report] of bad) {
    assert.throws(() => board.request("settle", target, undefined, report), message);
  }
  assert.throws(() => board.request("alow", TARGET), /there is no request alow/);
  assert.equal(streak(board), 1);
  assert.equal(instances, 1);
});

test("a call is settled, a cancelled one is neutral, and an open circuit refuses", async () => {
  const board = newBoard();
  for (const error of [new RangeError("first"), new DOMException("given up", "AbortError"), new RangeError("second")]) {
    await assert.rejects(board.call(TARGET, () => Promise.reject(error)), error);
  }
  await assert.rejects(board.call(TARGET, () => assert.fail("it must not be called")), (error) => {
    assert.ok(error instanceof Refused);
    assert.equal(error.refusal.circuit.lastFailure.what, "RangeError");
    return true;
  });
});

for (const [what, load] of Object.entries({
  "throws an error": () => {
    throw new Error("down");
  },
  "throws a store error of an unknown kind": () => {
    throw new StoreError("unavailabel", "down");
  },
  "answers with a promise": async () => ({ tag: "missing" }),
  "answers with nothing": () => {},
  "answers with another tag": () => ({ tag: "mising" }),
  "answers with a number as a revision": () => ({ tag: "found", val: { revision: 1, value: "{}" } }),
})) {
  test(`a store that ${what} is an outage, and the engine goes on`, () => {
    const board = newBoard(storeThat(load));
    assert.equal(board.request("allow", TARGET).answer.tag, "admitted");
    assert.notEqual(board.request("health").storageLostSinceMs, undefined);
  });
}

test("a clock that throws stands still", () => {
  const fail = () => {
    throw new Error("no clock");
  };
  const board = newBoard(new MapStore(), { monotonicNs: fail, wallNs: fail });
  assert.equal(board.request("allow", TARGET).answer.tag, "admitted");
});

test("a store that calls its own board gets an error", () => {
  let message;
  const store = storeThat(() => {
    try {
      board.request("health");
    } catch (error) {
      message = error.message;
    }
    return { tag: "missing" };
  });
  const board = newBoard(store);
  board.request("allow", TARGET);
  assert.match(message, /must not make a request to its own board/);
});

test("after a failure a new instance has the configuration and the stored circuits", () => {
  let isBroken = false;
  const imports = [];
  const breakable = (given) => {
    const instance = component(given);
    imports.push(given);
    const allow = (...parameters) => {
      if (isBroken) throw new WebAssembly.RuntimeError("unreachable");
      return instance.board.allow(...parameters);
    };
    return { ...instance, board: { ...instance.board, allow } };
  };
  const board = new Board(breakable);
  board.configure(document("defaults: {fail_max: 1}"));
  board.request("settle", TARGET, undefined, REPORT);
  isBroken = true;
  assert.throws(() => board.request("allow", TARGET), Stopped);
  isBroken = false;
  assert.equal(board.request("allow", TARGET).answer.tag, "refused");
  assert.equal(imports.length, 2);
});

test("problems and faults of a configuration are errors of their own", () => {
  const board = new Board(component);
  assert.throws(() => board.request("health"), (error) => error instanceof Problem && error.code === "not-configured");
  assert.throws(
    () => board.configure(document("defaults: {fail_max: 0, fail_mux: 1}")),
    (error) => error instanceof ConfigurationError && error.diagnostics.length === 2,
  );
});
