// The state of the connections: polled once a second while the page is visible, and updated by events in between.

import * as api from "./api.js";
import { onEvents } from "./events.js";

const PERIOD = 1000;
/** Several causes of a poll within this time lead to one. */
const SOON = 100;
const HISTORY = 60;

/** What an event of the runstate changes. */
const CHANGED = ["runstate", "since", "guestStatus", "lastError", "lastEnd", "downSince", "nextAttempt"];

const connections = new Map();
const listeners = new Set();
let timer = 0;
/** When the next poll is due. */
let due = Infinity;
let refreshing = false;
/** Whether the poll under way may be older than the cause of a later one. */
let again = false;
let failed = null;
let contact = null;

const byName = new Intl.Collator("en", { numeric: true });

/** All connections by name, with vm2 before vm10. */
export const all = () => [...connections.values()].sort((a, b) => byName.compare(a.name, b.name));
export const get = (name) => connections.get(name);
export const failure = () => failed;
/** The time of the application's last answer. */
export const lastContact = () => contact;

export function onChange(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Whether another instance of the fleet holds the machine, so that this one has no session of it. */
export const isElsewhere = ({ owner }) => Boolean(owner?.host) && !owner.here;

/** One word for the state of a machine, and its colour. */
export function standing(connection) {
  if (failed) return { word: "no contact", kind: "idle" };
  if (isElsewhere(connection)) {
    const running = connection.owner.runstate === "RUNNING";
    return running ? { word: "elsewhere", kind: "calm" } : { word: "down", kind: "bad" };
  }
  if (connection.runstate === "RUNNING") {
    if (connection.notAnsweringSince) return { word: "not answering", kind: "bad" };
    const word = connection.guestStatus ?? "connected";
    const kind = word === "running" ? "good" : BROKEN.has(word) ? "bad" : word === "connected" ? "idle" : "calm";
    return { word, kind };
  }
  if (connection.machineRunning === false) return { word: "powered off", kind: "idle" };
  const end = connection.lastEnd?.kind;
  if (connection.runstate === "CONNECTING" && !connection.lastError && !end) return { word: "connecting", kind: "idle" };
  return ENDED[end] ?? { word: "down", kind: "bad" };
}

const SHUT_DOWN = { word: "shut down", kind: "idle" };
const ENDED = {
  DISCONNECTED: { word: "disconnected", kind: "idle" },
  SHUT_DOWN_BY_GUEST: SHUT_DOWN,
  SHUT_DOWN_BY_COMMAND: SHUT_DOWN,
  SHUT_DOWN_BY_HOST: SHUT_DOWN,
  CRASHED: { word: "crashed", kind: "bad" },
};

const BROKEN = new Set(["guest-panicked", "internal-error", "io-error", "watchdog"]);

export function start() {
  onEvents(apply);
  document.addEventListener("visibilitychange", () => refreshSoon());
  refreshSoon();
}

/** Polls after the delay, or when a poll is due before. So events that follow each other closely delay no poll. */
export function refreshSoon(delay = 0) {
  const wanted = performance.now() + delay;
  if (wanted >= due) return;
  clearTimeout(timer);
  due = wanted;
  timer = setTimeout(refresh, delay);
}

async function refresh() {
  due = Infinity;
  if (document.hidden) return;
  again = refreshing;
  if (refreshing) return;
  refreshing = true;
  const asked = performance.now();
  try {
    replace(await api.connections(), asked);
    failed = null;
    contact = new Date();
  } catch (problem) {
    failed = problem;
  }
  refreshing = false;
  listeners.forEach((listener) => listener());
  refreshSoon(again ? SOON : PERIOD);
}

/** Takes the views of a poll. An event that came during the poll may be newer than its view. */
function replace(views, asked) {
  const names = new Set(views.map((view) => view.name));
  for (const name of connections.keys()) {
    if (!names.has(name)) connections.delete(name);
  }
  for (const view of views) {
    const known = connections.get(view.name) ?? { latencies: [], depths: [] };
    push(known.latencies, view.latencyMillis ?? null);
    push(known.depths, view.queued + view.pending);
    const kept = known.changed > asked && Date.parse(known.since) > Date.parse(view.since) ? CHANGED : [];
    const newer = Object.fromEntries(kept.map((key) => [key, known[key]]));
    connections.set(view.name, settle(Object.assign(known, view, newer)));
  }
}

function settle(connection) {
  connection.up = connection.runstate === "RUNNING";
  return connection;
}

function push(history, value) {
  history.push(value);
  if (history.length > HISTORY) history.shift();
}

function apply(entries) {
  let changed = false;
  let unknown = false;
  for (const entry of entries) {
    if (entry.kind !== "runstate" && entry.kind !== "guest") continue;
    const connection = connections.get(entry.connection);
    if (!connection) {
      unknown = true;
    } else if (entry.kind === "guest") {
      connection.guestStatus = entry.status;
      changed = true;
    } else if (Date.parse(entry.at) >= Date.parse(connection.since)) {
      connection.runstate = entry.current;
      connection.since = entry.at;
      connection.changed = performance.now();
      if (entry.cause) connection.lastError = entry.cause;
      connection.nextAttempt = null;
      if (entry.current === "RUNNING") Object.assign(connection, { lastError: null, lastEnd: null, downSince: null });
      else Object.assign(connection, { guestStatus: null, downSince: connection.downSince ?? entry.at });
      settle(connection);
      changed = true;
    }
  }
  if (changed) listeners.forEach((listener) => listener());
  if (changed || unknown) refreshSoon(SOON);
}
