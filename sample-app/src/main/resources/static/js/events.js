// The application's events: one stream for all pages, a bounded memory, and listeners that are called once per frame.

import { EventMemory } from "./event-memory.js";
import { SharedStream } from "./shared-stream.js";

const memory = new EventMemory();
const listeners = new Set();
const stateListeners = new Set();
let batch = [];
let scheduled = false;
let sequence = 0;
let lost = 0;
let state = "connecting";

const stream = new SharedStream({ onentries: add, onstate: setState });

/** The numbers of events that were received, lost on the way, and received but not kept any more. */
export const counts = () => ({ received: sequence, lost, forgotten: sequence - batch.length - memory.entries.length });
export const remembered = () => memory.entries;

/** Calls the listener with arrays of new entries. Returns the function that removes it. */
export function onEvents(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function onStream(listener) {
  stateListeners.add(listener);
  listener(state);
}

/** A hidden page closes its stream. When it is visible again, it continues after the last event. */
export function start() {
  document.addEventListener("visibilitychange", () => (document.hidden ? stream.close() : stream.open()));
  addEventListener("pagehide", () => stream.renew());
  addEventListener("pageshow", ({ persisted }) => persisted && stream.open());
  if (!document.hidden) stream.open();
}

function setState(now) {
  state = now;
  stateListeners.forEach((listener) => listener(state));
}

function add(entries) {
  for (const entry of entries) {
    entry.sequence = sequence++;
    if (entry.kind === "gap") lost += entry.lost;
    batch.push(entry);
  }
  if (!scheduled) {
    scheduled = true;
    // A page in the background gets no frames, but must keep its events.
    (document.hidden ? (f) => setTimeout(f, 250) : requestAnimationFrame)(flush);
  }
}

function flush() {
  scheduled = false;
  const entries = batch;
  batch = [];
  memory.add(entries);
  listeners.forEach((listener) => listener(entries));
}
