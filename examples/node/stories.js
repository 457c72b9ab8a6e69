// Plays every story on the host of host.js and compares the answers and the stored records.
//
//     node stories.js generated tests/scenarios
//
// docs/stories.md describes the format. The exit status is 0 only if every story passes.

import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import { Board, ConfigurationError, MapStore, Problem, StoreError, loadComponent } from "./host.js";
import { compact, fromAnswer, parse, toArgument } from "./story-values.js";

const START = { wall_ms: 1_800_000_000_000n, mono_ns: 1_000_000_000n };
const NS_PER_MS = 1_000_000n;
const U64_MAX = 2n ** 64n - 1n;
const VERSIONS_KEPT = 16;
const OPERATIONS = { load: "load", swap: "compareAndSwap", list: "listKeys" };
const FAULTS = {
  unavailable: new StoreError("unavailable", "a planned fault"),
  refused: new StoreError("refused", "a planned fault"),
  unknown: new StoreError("unknown", "a planned fault lost the answer"),
  "unknown-not-done": new StoreError("unknown", "a planned fault lost the request"),
};

class StoryClock {
  constructor({ wall_ms, mono_ns }) {
    this.mono = BigInt(mono_ns);
    this.wall = BigInt(wall_ms) * NS_PER_MS;
  }
  monotonicNs = () => this.mono;
  wallNs = () => this.wall;

  advance(byMs) {
    const by = BigInt(byMs) * NS_PER_MS;
    this.mono = this.mono + by > U64_MAX ? U64_MAX : this.mono + by;
    this.wall += by;
  }

  stepWall(byMs) {
    const wall = this.wall + BigInt(byMs) * NS_PER_MS;
    this.wall = wall > 0n ? wall : 0n;
  }
}

/** One board's connection to the store: it fails as planned, and remembers the versions that it saw. */
class FaultyStore {
  planned = [];
  // By key: entries, oldest first.
  versions = new Map();

  constructor(store, clock) {
    Object.assign(this, { store, clock });
  }

  load(key, ...rest) {
    const lookup = this.operate("load", key, ...rest);
    if (lookup.tag === "found") this.see(key, lookup.val.revision, lookup.val.value);
    return lookup;
  }

  compareAndSwap(key, expected, value, ...rest) {
    const { tag, val } = this.operate("swap", key, expected, value, ...rest);
    if (tag === "stored") this.see(key, val.revision, value);
    else if (val.current) this.see(key, val.current.revision, val.current.value);
    return { tag, val };
  }

  listKeys(...parameters) {
    return this.operate("list", ...parameters);
  }

  rollback(key, writes) {
    const seen = this.versions.get(key) ?? [];
    const earlier = seen.at(-1 - writes);
    if (!earlier) throw new Error(`the board has not seen ${key} before its last ${writes} writes`);
    this.see(key, earlier.revision, earlier.value);
    this.store.entries.set(key, { ...earlier, until: this.store.entries.get(key)?.until });
  }

  operate(operation, ...parameters) {
    const fault = this.planned.find(({ op, times }) => op === operation && times > 0);
    if (fault) fault.times -= 1;
    if (FAULTS[fault?.kind] && fault.kind !== "unknown") throw FAULTS[fault.kind];
    if (fault?.kind === "late") this.clock.advance(fault.ms);
    const answer = this.store[OPERATIONS[operation]](...parameters);
    if (fault?.kind === "unknown") throw FAULTS.unknown;
    return answer;
  }

  see(key, revision, value) {
    const seen = this.versions.get(key) ?? [];
    this.versions.set(key, seen);
    const place = seen.findIndex((version) => version.revision === revision);
    if (place >= 0) {
      // The versions after it were undone.
      seen.length = place + 1;
    } else {
      seen.push({ revision, value });
      if (seen.length > VERSIONS_KEPT) seen.shift();
    }
  }
}

const textOf = (value) => (typeof value === "string" ? value : compact(value));

/** The sources of a story's `config`: an object, a YAML text, or a list of sources. */
function sourcesOf(config) {
  const sources = { documents: [], prefix: "", environment: [], flags: [] };
  if (!Array.isArray(config)) {
    const name = typeof config === "string" ? "story.yaml" : "story.json";
    sources.documents.push({ name, text: textOf(config) });
    return sources;
  }
  for (const source of config) {
    if ("document" in source) {
      sources.documents.push({ name: source.document, text: source.lines.join("\n") });
    } else if ("environment" in source) {
      sources.prefix = source.prefix;
      const pairs = Object.entries(source.environment).sort(([a], [b]) => (a < b ? -1 : 1));
      sources.environment.push(...pairs.map(([name, value]) => ({ name, value })));
    } else {
      sources.flags.push({ name: source.flag, value: source.value });
    }
  }
  return sources;
}

/** The boards of a story, their clocks and their store. */
class Stage {
  constructor(component, story) {
    Object.assign(this, { component, story, nowMs: 0, restarts: 0, admitted: new Map() });
    this.clocks = Array.from({ length: story.boards ?? 1 }, () => new StoryClock(story.start ?? START));
    this.store = new MapStore(this.clocks[0]);
    this.connections = this.clocks.map((clock) => new FaultyStore(this.store, clock));
    this.boards = this.clocks.map((_, number) => this.newBoard(number, number + 1));
  }

  newBoard(number, writer) {
    const board = new Board(this.component, this.connections[number], this.clocks[number]);
    board.configure(sourcesOf(this.story.config ?? {}), this.identity(number, writer));
    return board;
  }

  identity(number, writer) {
    return { writer: BigInt(writer), seed: BigInt(this.story.seed ?? 0) + BigInt(number) };
  }

  play(step) {
    const byMs = Number(step.at_ms ?? this.nowMs) - this.nowMs;
    if (byMs > 0) {
      this.nowMs += byMs;
      for (const clock of this.clocks) clock.advance(byMs);
    }
    const number = step.board ?? 0;
    const play = STEPS[step.do];
    if (!play) throw new Error(`there is no step ${step.do}`);
    try {
      return fromAnswer(play(this, step, this.boards[number], number));
    } catch (error) {
      if (error instanceof Problem) return { problem: { code: error.code, detail: error.detail } };
      if (error instanceof ConfigurationError) return { problem: fromAnswer(error.diagnostics) };
      throw error;
    }
  }

  named(name) {
    const admitted = this.admitted.get(name);
    if (!admitted) throw new Error(`no \`allow\` as ${name} was admitted`);
    return admitted;
  }

  records() {
    const keys = [...this.store.entries.keys()].filter((key) => this.store.entry(key));
    return Object.fromEntries(keys.map((key) => [key, jsonOrText(this.store.entry(key).value)]));
  }
}

function jsonOrText(text) {
  try {
    return parse(text);
  } catch {
    return text;
  }
}

const request = (name, ...fields) => (stage, step, board) => board.request(name, ...fields.map((field) => toArgument(field, step[field])));

const STEPS = {
  allow(stage, step, board) {
    const decision = board.request("allow", step.target);
    if (step.as && decision.answer.tag === "admitted") stage.admitted.set(step.as, { target: step.target, ...decision.answer.val });
    return decision;
  },
  settle(stage, step, board) {
    const named = typeof step.permit === "string" ? stage.named(step.permit) : undefined;
    const permit = named ? named.permit : toArgument("permit", step.permit);
    return board.request("settle", step.target ?? named.target, permit, toArgument("report", step.report));
  },
  "settle-leased"(stage, step, board) {
    const lease = typeof step.lease === "string" ? stage.named(step.lease).lease : toArgument("lease", step.lease);
    return board.request("settleLeased", lease, toArgument("tally", step.tally));
  },
  status: request("status", "target"),
  list: (stage, step, board) => board.request("list", step.filter ?? {}, step.cursor, step.limit),
  command: request("command", "scope", "command"),
  "update-policy": (stage, step, board) => board.request("updatePolicy", step.scope, step.patch === null ? undefined : textOf(step.patch)),
  define: (stage, step, board) => board.request("define", step.scope, textOf(step.settings)),
  forget: request("forget", "scope"),
  explain(stage, step, board) {
    const explanation = board.request("explain", step.target);
    const circuit = explanation.circuit.filter(({ path }) => !step.only?.length || step.only.includes(path));
    return { ...explanation, circuit };
  },
  health: request("health"),
  about: request("about"),
  flush: request("flush"),
  "parse-retry-after": request("parseRetryAfter", "value"),
  classify: request("classify", "target", "report"),
  "normalize-host": request("normalizeHost", "host"),
  advise: (stage, step, board) => board.request("advise", { target: step.target, ...toArgument("metrics", step.metrics) }),
  configure: (stage, step, board, number) => board.configure(sourcesOf(step.config), stage.identity(number, number + 1)),
  restart(stage, step, board, number) {
    stage.restarts += 1;
    stage.boards[number] = stage.newBoard(number, step.writer ?? 1_000 * stage.restarts + number + 1);
  },
  clock: (stage, step, board, number) => stage.clocks[number].stepWall(step.wall_add_ms),
  fault(stage, { op, kind, times = 1, ms = 0 }, board, number) {
    stage.connections[number].planned.push({ op, kind, times, ms });
  },
  heal(stage, step, board, number) {
    stage.connections[number].planned = [];
  },
  put(stage, step) {
    stage.store.put(step.key, textOf(step.value));
  },
  wipe(stage) {
    stage.store.entries.clear();
  },
  rollback: (stage, step, board, number) => stage.connections[number].rollback(step.key, step.writes),
};

/** Whether an answer has what `must` says. Of an object only the keys of `must` count; null means absent. */
function isPart(part, whole) {
  if (Array.isArray(part)) {
    return Array.isArray(whole) && part.length === whole.length && part.every((one, index) => isPart(one, whole[index]));
  }
  if (part && whole && typeof part === "object" && typeof whole === "object") {
    return Object.entries(part).every(([key, one]) => isPart(one, whole[key]));
  }
  return isEqual(part, whole);
}

const isEqual = (one, other) => compact(one ?? null, "sorted") === compact(other ?? null, "sorted");

function differences(component, story) {
  const found = [];
  const stage = new Stage(component, story);
  for (const [number, step] of story.steps.entries()) {
    const answer = stage.play(step);
    const is = `\n    but is ${compact(answer ?? null)}`;
    if ("must" in step && !isPart(step.must, answer)) found.push(`step ${number}: must be ${compact(step.must)}${is}`);
    if (!isEqual(step.expect, answer)) found.push(`step ${number}: expected ${compact(step.expect ?? null)}${is}`);
  }
  const [records, expected] = [stage.records(), story.records ?? {}];
  if (!isEqual(records, expected)) found.push(`records: expected ${compact(expected)}\n    but are ${compact(records)}`);
  return found;
}

/** Plays every `of`-th story, from the `part`-th on. Returns what differs. */
async function playPart({ generated, folder, paths, part, of }) {
  const component = await loadComponent(generated);
  const found = [];
  for (const path of paths.filter((_, index) => index % of === part)) {
    const story = parse(readFileSync(join(folder, path), "utf8"));
    try {
      found.push(...differences(component, story).map((difference) => ({ path, difference })));
    } catch (error) {
      found.push({ path, difference: error.stack });
    }
  }
  return found;
}

function inWorker(workerData) {
  const worker = new Worker(new URL(import.meta.url), { workerData });
  return new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
}

async function main([generated, folder]) {
  const start = performance.now();
  const paths = readdirSync(folder, { recursive: true }).filter((path) => path.endsWith(".json")).sort();
  const of = availableParallelism();
  const parts = await Promise.all(Array.from({ length: of }, (_, part) => inWorker({ generated, folder, paths, part, of })));
  for (const { path, difference } of parts.flat()) console.error(`${path}: ${difference}`);
  const failed = new Set(parts.flat().map(({ path }) => path)).size;
  const seconds = ((performance.now() - start) / 1_000).toFixed(1);
  console.log(`${paths.length - failed} of ${paths.length} stories pass (${seconds} s)`);
  process.exitCode = paths.length && !failed ? 0 : 1;
}

if (isMainThread) await main(process.argv.slice(2));
else parentPort.postMessage(await playPart(workerData));
