// The application's HTTP interface.

import { parseExact, writeExact } from "./exact-json.js";

const QUERY_MILLIS = 15_000;
const POLL_MILLIS = 5000;
/** The user waits for it. The application's own limit is shorter. */
const COMMAND_MILLIS = 120_000;

/** A browser has six connections to a server for all windows: events, polls and the user's commands take three. */
const QUERIES_AT_A_TIME = 3;

/** The application replies when it has the machine's reply. */
const EXECUTED = "The command was executed, but its result is lost.";

const TURNS = Array.from({ length: QUERIES_AT_A_TIME }, (_, i) => `qmp-turn-${i}`);
const turns = [...TURNS];
const waiting = [];

/** A problem detail (RFC 9457), or the network's failure, as an error. */
export class Problem extends Error {
  constructor(status, problem, millis = null) {
    super(problem.desc ?? problem.detail ?? problem.title ?? `HTTP ${status}`);
    this.status = status;
    this.errorClass = problem.class;
    this.outcome = problem.outcome;
    this.title = problem.title;
    this.millis = millis;
  }
}

async function request(path, { millis = QUERY_MILLIS, signal, ...options } = {}) {
  const limit = AbortSignal.timeout(millis);
  let response;
  try {
    response = await fetch(path, { ...options, signal: signal ? AbortSignal.any([signal, limit]) : limit });
  } catch {
    const detail = limit.aborted ? `No answer in ${millis / 1000} s.` : "The application does not answer.";
    throw new Problem(0, { title: "No answer", detail, outcome: "unknown" });
  }
  if (!response.ok) {
    const body = await response.json().catch(() => ({}));
    // A proxy's own failure names no outcome, and the command may have passed it.
    const problem = response.status < 500 ? { ...body } : { outcome: "unknown", ...body };
    throw new Problem(response.status, problem, timing(response));
  }
  return response;
}

/** Reads the body of a reply, which can be cut off after its head. */
async function read(response, form, detail = "Its rest did not arrive.") {
  try {
    return await response[form]();
  } catch (failure) {
    if (failure instanceof SyntaxError) throw failure;
    throw new Problem(response.status, { title: "The reply was cut off", detail, outcome: "unknown" }, timing(response));
  }
}

/**
 * Runs a query of the page when it is its turn, because machines that do not answer must not occupy all connections. A lock
 * shares the turns among all windows.
 */
async function inTurn(signal, work) {
  while (turns.length === 0) await new Promise((resolve) => waiting.push(resolve));
  const turn = turns.pop();
  try {
    signal?.throwIfAborted();
    return await (navigator.locks ? withLock(turn, signal, work) : work());
  } finally {
    turns.push(turn);
    waiting.shift()?.();
  }
}

/** Takes any free lock. If other windows hold all of them, waits for one. */
async function withLock(turn, signal, work) {
  const held = Symbol("held");
  for (const name of TURNS) {
    const result = await navigator.locks.request(name, { ifAvailable: true }, (lock) => (lock ? work() : held));
    if (result !== held) return result;
    signal?.throwIfAborted();
  }
  return navigator.locks.request(turn, { signal }, work);
}

const at = (name) => `/api/connections/${encodeURIComponent(name)}`;

export async function connections() {
  return read(await request("/api/connections", { millis: POLL_MILLIS }), "json");
}

const post = (name, text, options) => postTo(`${at(name)}/execute`, text, options);

function postTo(path, text, options) {
  const headers = { "Content-Type": "application/json" };
  return request(path, { method: "POST", headers, body: text, ...options });
}

const message = (command, args) => JSON.stringify(args ? { execute: command, arguments: args } : { execute: command });

/** Sends the text of a whole message. Resolves to the result with exact numbers, its size, and the duration. */
export async function send(name, text) {
  const response = await post(name, text, { millis: COMMAND_MILLIS });
  const reply = await read(response, "text", EXECUTED);
  return { result: parseExact(reply).return, size: reply.length, millis: timing(response) };
}

/** Resolves to whether a message contains secrets, and to its line without them. No machine receives it. */
export async function redacted(text) {
  const { secrets, message: shown } = parseExact(await read(await postTo("/api/redacted", text), "text"));
  return { secrets, line: `${shown.execute ?? shown["exec-oob"]} ${shown.arguments ? writeExact(shown.arguments) : ""}`.trim() };
}

/** The time to the machine's reply in milliseconds; null if the response has none. */
function timing(response) {
  const found = /dur=([\d.]+)/.exec(response.headers.get("Server-Timing") ?? "");
  return found ? Number(found[1]) : null;
}

/** Executes a command of the user. */
export async function execute(name, command, args) {
  const response = await post(name, message(command, args), { millis: COMMAND_MILLIS });
  return (await read(response, "json", EXECUTED)).return;
}

/** Executes a query of the page when it is its turn, unless the user leaves the page before. */
export function query(name, command, signal) {
  return inTurn(signal, async () => (await read(await post(name, message(command), { signal }), "json", EXECUTED)).return);
}

/** A picture of the screen, when it is its turn. */
export function screen(name, { signal, millis } = {}) {
  return inTurn(signal, async () => read(await request(`${at(name)}/screen`, { signal, millis }), "blob"));
}

/** Starts a power down. Its outcome is an entry of kind `task` in the event stream. */
export async function powerDown(name) {
  await request(`${at(name)}/power-down`, { method: "POST" });
}

export async function powerOn(name) {
  await request(`${at(name)}/power-on`, { method: "POST" });
}
