// A host of the Fuseboard component, on the output of jco alone.
//
// transpile.js makes that output, and demo.js uses this host. wit/board.wit describes every request and field. Arguments and answers
// have the types of jco's `interfaces/fuseboard-breaker-board.d.ts`: names in camel case, a `bigint` for each 64-bit integer, a variant
// as `{tag, val}`, and `undefined` for an option that is none.
//
// The store must answer at once, as a Map does: the component cannot wait for a promise. This host makes one request for each call: it
// neither uses leases nor repeats refusals. docs/embedding.md describes the traps of jco.

import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { uptime } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const U16_MAX = 2 ** 16 - 1;
const U32_MAX = 2 ** 32 - 1;
const U64_MAX = 2n ** 64n - 1n;
// Of the fields that hold a plain number, these are the ones with 16 bits. The others have 32.
const U16_FIELDS = new Set(["status", "first", "last"]);
const NS_PER_MS = 1_000_000n;
const NS_PER_S = 1_000_000_000n;
const RAISED_TYPES_MAX = 32;
const STORE_ERRORS = ["unavailable", "unknown", "refused"];

const random = () => randomBytes(8).readBigUInt64LE();
// For jitter and stagger: all boards of a process have the same.
const PROCESS_SEED = random();

/** A request has no result. `code` and `detail` are those of the record `problem`. */
export class Problem extends Error {
  name = "Problem";
  constructor({ code, detail }) {
    super(`${code}: ${detail}`);
    Object.assign(this, { code, detail });
  }
}

/** The configuration is rejected. `diagnostics` has all its faults and warnings. */
export class ConfigurationError extends Error {
  name = "ConfigurationError";
  constructor(diagnostics) {
    super(diagnostics.map(({ source, path, message }) => `${source}: ${path}: ${message}`).join("; "));
    this.diagnostics = diagnostics;
  }
}

/** The circuit refused a call. `refusal` is the record `refused`. */
export class Refused extends Error {
  name = "Refused";
  constructor(refusal) {
    super(`the circuit refused the call; retry after ${refusal.retryAfterMs} ms`);
    this.refusal = refusal;
  }
}

/** The component failed, and its instance was discarded. The next request starts a new one. */
export class Stopped extends Error {
  name = "Stopped";
}

/** A store throws it. `kind` is "unavailable", "unknown" or "refused", as in `storage-error`. */
export class StoreError extends Error {
  name = "StoreError";
  constructor(kind, detail) {
    super(detail);
    this.kind = kind;
  }
}

const uptimeNs = () => BigInt(Math.floor(uptime() * 1e9));
const loadedAt = { monotonic: process.hrtime.bigint(), uptime: uptimeNs() };
let asleepNs = 0n;

/**
 * A clock that runs on while the machine sleeps, as the contract demands. On Linux `process.hrtime` does not, and the uptime does, but
 * that is less precise: so sleeps of more than a second are added to the former.
 */
function monotonicNs() {
  const now = process.hrtime.bigint();
  const asleep = uptimeNs() - loadedAt.uptime - (now - loadedAt.monotonic);
  if (asleep - asleepNs > NS_PER_S) asleepNs = asleep;
  return now + asleepNs;
}

/** The two clocks. A test makes an object of the same shape. */
export const systemClock = { monotonicNs, wallNs: () => BigInt(Date.now()) * NS_PER_MS };

/** A store in a Map; wit/storage.wit states its duties. */
export class MapStore {
  // By key: revision, value, and the monotonic time in ns at which the key is absent again.
  entries = new Map();
  revisions = 0n;

  constructor(clock = systemClock) {
    this.clock = clock;
  }

  load(key, known, _withinMs) {
    const entry = this.entry(key);
    if (!entry) return { tag: "missing" };
    return entry.revision === known ? { tag: "unchanged" } : { tag: "found", val: entry };
  }

  compareAndSwap(key, expected, value, ttlMs, _withinMs) {
    const current = this.entry(key);
    if (current?.revision !== expected) return { tag: "conflict", val: { current } };
    const until = ttlMs === undefined ? undefined : atMost(this.clock.monotonicNs() + ttlMs * NS_PER_MS, U64_MAX);
    return { tag: "stored", val: { revision: this.put(key, value, until) } };
  }

  listKeys(prefix, cursor, limit, _withinMs) {
    const live = [...this.entries.keys()].filter((key) => key.startsWith(prefix) && this.entry(key)).sort();
    const after = cursor === undefined ? live : live.filter((key) => key > cursor);
    return { keys: after.slice(0, limit), next: after.length > limit ? after[limit - 1] : undefined };
  }

  /** Writes a value unconditionally. */
  put(key, value, until = undefined) {
    const revision = ++this.revisions;
    this.entries.set(key, { revision, value, until });
    return revision;
  }

  /** The entry of a key. A key whose time is over is removed. */
  entry(key) {
    const entry = this.entries.get(key);
    if (entry?.until !== undefined && this.clock.monotonicNs() >= entry.until) {
      this.entries.delete(key);
      return undefined;
    }
    return entry;
  }
}

const atMost = (value, most) => (value < most ? value : most);

/** Loads what transpile.js wrote into a folder, for any number of boards. */
export async function loadComponent(folder) {
  const { instantiate } = await import(pathToFileURL(join(folder, "fuseboard.js")));
  const modules = new Map();
  const coreModule = (name) => {
    if (!modules.has(name)) modules.set(name, new WebAssembly.Module(readFileSync(join(folder, name))));
    return modules.get(name);
  };
  return (imports) => withPromising(() => instantiate(coreModule, imports));
}

/**
 * Node before 24 lacks `WebAssembly.promising`. jco's output tries it for each function and catches the error, which takes 40 ms for an
 * instance. The functions that it would return are not used here.
 */
function withPromising(makeInstance) {
  if (WebAssembly.promising) return makeInstance();
  WebAssembly.promising = (exported) => exported;
  try {
    return makeInstance();
  } finally {
    delete WebAssembly.promising;
  }
}

/** A configuration of one document, YAML or JSON. */
export const document = (text, name = "breakers.yaml") => ({
  documents: [{ name, text }],
  prefix: "FUSEBOARD",
  environment: [],
  flags: [],
});

/** One configured engine. A worker thread makes its own. */
export class Board {
  #component;
  #store;
  #clock;
  #instance;
  #sources;
  #isRunning = false;
  #lastMonotonic = 0n;
  #lastWall = 0n;

  constructor(component, store = new MapStore(), clock = systemClock) {
    this.#component = component;
    this.#store = store;
    this.#clock = clock;
  }

  /** Reads the record `sources`, which `document` makes of a text. Returns the warnings. */
  configure(sources, identity = newIdentity()) {
    const { warnings } = this.#request("configure", [sources, identity]);
    this.#sources = sources;
    return warnings;
  }

  /** Makes any other request of wit/board.wit or wit/advisor.wit, in camel case: `request("updatePolicy", scope, patch)`. */
  request(name, ...parameters) {
    return this.#request(name, parameters);
  }

  /** Calls the function if the circuit admits the call, and reports how the call ended. */
  async call(target, makeCall) {
    const { answer } = this.request("allow", target);
    if (answer.tag === "refused") throw new Refused(answer.val);
    const start = process.hrtime.bigint();
    let end = { tag: "returned" };
    try {
      return await makeCall();
    } catch (error) {
      end = endOf(error);
      throw error;
    } finally {
      const report = { end, elapsedNs: process.hrtime.bigint() - start, hints: [] };
      this.request("settle", target, answer.val.permit, report);
    }
  }

  #request(name, parameters) {
    checkValue(parameters, name);
    if (this.#isRunning) throw new Error(`${name}: a store or a clock must not make a request to its own board`);
    this.#isRunning = true;
    try {
      this.#instance ??= this.#start();
      const request = this.#instance.board[name] ?? this.#instance.advisor[name];
      if (!request) throw new TypeError(`there is no request ${name}`);
      return request(...parameters);
    } catch (error) {
      throw this.#failure(name, error);
    } finally {
      this.#isRunning = false;
    }
  }

  /** The error of a request. With a `payload` it is the component's own. A `TypeError` is about an argument, which jco checks first. */
  #failure(name, error) {
    if (error?.constructor?.name === "ComponentError") {
      const { payload } = error;
      return Array.isArray(payload) ? new ConfigurationError(payload) : new Problem(payload);
    }
    if (error instanceof TypeError) return error;
    this.#instance = undefined;
    return new Stopped(`${name}: the component stopped: ${error}. The next request starts a new one`, { cause: error });
  }

  /** An instance. If it replaces another, it has the same configuration and a new writer. */
  #start() {
    const storage = {
      load: this.#guarded("load", "unavailable"),
      // A swap that threw may have written before.
      compareAndSwap: this.#guarded("compareAndSwap", "unknown"),
      listKeys: this.#guarded("listKeys", "unavailable"),
    };
    const instance = this.#component({
      "fuseboard:breaker/storage": storage,
      "wasi:clocks/monotonic-clock": { now: () => this.#monotonicNow() },
      "wasi:clocks/wall-clock": { now: () => this.#wallNow() },
    });
    if (this.#sources) instance.board.configure(this.#sources, newIdentity());
    return instance;
  }

  /** A function of the store. All that it throws has a `payload`: anything else ends the request and loses the engine's state. */
  #guarded(operation, kindOfOthers) {
    return (...parameters) => {
      try {
        const answer = this.#store[operation](...parameters);
        if (IS_ANSWER[operation](answer)) return answer;
        throw new Error(answer?.then ? "the store answered with a promise; it must answer at once" : "the store's answer has another type");
      } catch (error) {
        const tag = STORE_ERRORS.includes(error?.kind) ? error.kind : kindOfOthers;
        throw Object.assign(new Error("the store failed"), { payload: { tag, val: `${error?.message ?? error}` } });
      }
    };
  }

  /** A clock that throws stands still, because the contract has no error for clocks. */
  #monotonicNow() {
    try {
      const reading = BigInt(this.#clock.monotonicNs());
      if (reading > this.#lastMonotonic) this.#lastMonotonic = atMost(reading, U64_MAX);
    } catch {}
    return this.#lastMonotonic;
  }

  #wallNow() {
    try {
      const reading = BigInt(this.#clock.wallNs());
      this.#lastWall = reading > 0n ? reading : 0n;
    } catch {}
    return { seconds: this.#lastWall / NS_PER_S, nanoseconds: Number(this.#lastWall % NS_PER_S) };
  }
}

const newIdentity = () => ({ writer: random() || 1n, seed: PROCESS_SEED });

const isRevision = (value) => typeof value === "bigint" && value >= 0n && value <= U64_MAX;
const isEntry = (value) => isRevision(value?.revision) && typeof value.value === "string";
/** Whether a store's answer has its type. jco would lose the engine's state over another one. */
const IS_ANSWER = {
  load: ({ tag, val } = {}) => tag === "missing" || tag === "unchanged" || (tag === "found" && isEntry(val)),
  compareAndSwap: ({ tag, val } = {}) =>
    tag === "stored" ? isRevision(val?.revision) : tag === "conflict" && (val?.current === undefined || isEntry(val.current)),
  listKeys: ({ keys, next } = {}) =>
    Array.isArray(keys) && keys.every((key) => typeof key === "string") && (next === undefined || typeof next === "string"),
};

/** How a call ended that threw. An abort means that the caller gave up. */
function endOf(error) {
  if (error?.name === "AbortError") return { tag: "cancelled" };
  const types = [error?.name ?? typeof error];
  for (let type = error?.constructor; type?.name; type = Object.getPrototypeOf(type)) types.push(type.name);
  return { tag: "raised", val: { types: [...new Set(types)].slice(0, RAISED_TYPES_MAX) } };
}

/** Checks the numbers, which jco would wrap around. */
function checkValue(value, path) {
  if (typeof value === "number") {
    const most = U16_FIELDS.has(path.split(".").at(-1)) ? U16_MAX : U32_MAX;
    if (!Number.isInteger(value) || value < 0 || value > most) {
      throw new RangeError(`${path}: must be an integer from 0 to ${most} (a larger one is a bigint), is ${value}`);
    }
  } else if (typeof value === "bigint") {
    if (value < 0n || value > U64_MAX) throw new RangeError(`${path}: must be from 0n to ${U64_MAX}n, is ${value}n`);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, part] of Object.entries(value)) checkValue(part, `${path}.${key}`);
  }
}
