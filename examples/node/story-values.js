// Values of stories, and how they become arguments and answers of jco's output.
//
// A story has names with `_`, numbers of up to 64 bits, a mark as the list of its writer and sequence, an enum or a case without a
// payload as its name, and a case with a payload as {name: payload}. It leaves out fields that are none, and some that are empty.

const U32_MAX = 2 ** 32 - 1;
// Fields that a story leaves out if they have these values.
const LEFT_OUT = { events: "[]", changed: "[]", unreadable: "[]", resolver: "[]", neutral_statuses: "[]", spread_ms: "0" };
// A number of 16 digits or more, outside of strings.
const STRINGS_AND_LONG_NUMBERS = /"(?:[^"\\]|\\.)*"|-?\b\d{16,}\b(?![.eE])/g;
const LONG = "\u{f8ff}long:";

/** Parses JSON. Integers beyond 32 bits become a `bigint`. */
export function parse(text) {
  const marked = text.replace(STRINGS_AND_LONG_NUMBERS, (token) => (token[0] === '"' ? token : `"${LONG}${token}"`));
  return JSON.parse(marked, (_, value) => {
    if (typeof value === "string" && value.startsWith(LONG)) return BigInt(value.slice(LONG.length));
    return Number.isSafeInteger(value) && value > U32_MAX ? BigInt(value) : value;
  });
}

/** The JSON text of a value, without spaces. */
export function compact(value, order = "as it is") {
  if (typeof value === "bigint") return `${value}`;
  if (Array.isArray(value)) return `[${value.map((one) => compact(one ?? null, order)).join()}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const fields = Object.entries(value).filter(([, part]) => part !== undefined);
  if (order === "sorted") fields.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, part]) => `${JSON.stringify(key)}:${compact(part, order)}`).join()}}`;
}

/** An answer, as a story has it. */
export function fromAnswer(value) {
  if (Array.isArray(value)) return value.map(fromAnswer);
  if (value === null || typeof value !== "object") return value;
  if ("tag" in value) return value.val === undefined ? value.tag : { [value.tag]: fromAnswer(value.val) };
  if ("sequence" in value) return [value.writer, value.sequence];
  const fields = Object.entries(value).map(([key, part]) => [snakeCase(key), fromAnswer(part)]);
  return Object.fromEntries(fields.filter(([key, part]) => part !== undefined && compact(part) !== LEFT_OUT[key]));
}

/** A field of a step, as the component takes it. */
export function toArgument(field, value) {
  if (value === undefined || value === null) return undefined;
  if (field === "report") return { hints: [], ...inCamelCase(value), end: endOf(value.end) };
  if (field === "command") return variantOf(value, (parameters) => ({ note: "", ...inCamelCase(parameters) }));
  if (field === "permit") return permitOf(value);
  if (field === "lease") return { ...inCamelCase(value), permit: permitOf(value.permit) };
  return typeof value === "object" ? inCamelCase(value) : value;
}

function variantOf(value, payloadOf) {
  if (typeof value === "string") return { tag: value };
  const [[tag, payload]] = Object.entries(value);
  return { tag, val: payloadOf(payload) };
}

const endOf = (end) => variantOf(end, (payload) => (Array.isArray(payload) ? { types: payload } : payload));

function permitOf(permit) {
  const mark = (pair) => pair && { writer: BigInt(pair[0]), sequence: BigInt(pair[1]) };
  const claim = (written) => written && { generation: mark(written.generation), probe: mark(written.probe) };
  return { circuit: claim(permit.circuit), resolver: claim(permit.resolver) };
}

function inCamelCase(value) {
  if (Array.isArray(value)) return value.map(inCamelCase);
  if (value === null || typeof value !== "object") return value ?? undefined;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [camelCase(key), inCamelCase(part)]));
}

const camelCase = (name) => name.replace(/_./g, ([, letter]) => letter.toUpperCase());
const snakeCase = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
