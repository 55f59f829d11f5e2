// The application's HTTP interface.

import { parseExact, writeExact } from "./exact-json.js";

const QUERY_MILLIS = 15_000;
const POLL_MILLIS = 5000;
/** Somebody waits for it, and the application's own limit ends it before. */
const COMMAND_MILLIS = 120_000;

/** A browser has six connections to a server, for all windows. One is the event stream's, one the polls', one the user's. */
const QUERIES_AT_A_TIME = 3;

const turns = Array.from({ length: QUERIES_AT_A_TIME }, (_, i) => `qmp-turn-${i}`);
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
    const problem = await response.json().catch(() => ({}));
    throw new Problem(response.status, problem, timing(response));
  }
  return response;
}

/**
 * What the page asks by itself waits for its turn: machines that do not answer must not take up all connections. A lock makes
 * the turns those of all windows together.
 */
async function inTurn(signal, work) {
  while (turns.length === 0) await new Promise((resolve) => waiting.push(resolve));
  const turn = turns.pop();
  try {
    signal?.throwIfAborted();
    return await (navigator.locks ? navigator.locks.request(turn, { signal }, work) : work());
  } finally {
    turns.push(turn);
    waiting.shift()?.();
  }
}

const at = (name) => `/api/connections/${encodeURIComponent(name)}`;

export async function connections() {
  return (await request("/api/connections", { millis: POLL_MILLIS })).json();
}

const post = (name, text, options) => postTo(`${at(name)}/execute`, text, options);

function postTo(path, text, options) {
  const headers = { "Content-Type": "application/json" };
  return request(path, { method: "POST", headers, body: text, ...options });
}

const message = (command, args) => JSON.stringify(args ? { execute: command, arguments: args } : { execute: command });

/** Sends the text of a whole message, and tells what it returned, number by number, and how long the machine took. */
export async function send(name, text) {
  const response = await post(name, text, { millis: COMMAND_MILLIS });
  const reply = await response.text();
  return { result: parseExact(reply).return, size: reply.length, millis: timing(response) };
}

/** Whether the text of a whole message carries secrets, and a line for it without them. No machine is asked. */
export async function redacted(text) {
  const { secrets, message: shown } = parseExact(await (await postTo("/api/redacted", text)).text());
  return { secrets, line: `${shown.execute ?? shown["exec-oob"]} ${shown.arguments ? writeExact(shown.arguments) : ""}`.trim() };
}

/** How long the machine took, if the application says so. */
function timing(response) {
  const found = /dur=([\d.]+)/.exec(response.headers.get("Server-Timing") ?? "");
  return found ? Number(found[1]) : null;
}

/** Executes what the user asked for. */
export async function execute(name, command, args) {
  const response = await post(name, message(command, args), { millis: COMMAND_MILLIS });
  return (await response.json()).return;
}

/** Executes what the page needs to know, when it is its turn, unless the page is left before. */
export function query(name, command, signal) {
  return inTurn(signal, async () => (await (await post(name, message(command), { signal })).json()).return);
}

/** A picture of the screen, when it is its turn. */
export function screen(name, { signal, millis } = {}) {
  return inTurn(signal, async () => (await request(`${at(name)}/screen`, { signal, millis })).blob());
}

export async function powerOn(name) {
  await request(`${at(name)}/power-on`, { method: "POST" });
}
