// The application's event stream: one for all pages, kept in a bounded memory, handed on once per frame.

const CAPACITY = 5000;
/** Events may be as long as machines like, so that their number bounds nothing. */
const CAPACITY_CHARACTERS = 8_000_000;
const KINDS = ["runstate", "qmp", "guest"];

const memory = [];
const listeners = new Set();
let batch = [];
let scheduled = false;
let sequence = 0;
let characters = 0;
let lost = 0;
let lastId = null;
let source = null;
let state = "connecting";
const stateListeners = new Set();

/** Received, lost on the way, and received but no longer kept here. */
export const counts = () => ({ received: sequence, lost, forgotten: sequence - batch.length - memory.length });
export const remembered = () => memory;

/** Calls back with arrays of new entries; returns what ends that. */
export function onEvents(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function onStream(listener) {
  stateListeners.add(listener);
  listener(state);
}

/**
 * A page that nobody sees lets go of its stream, and goes on after the last event when it is seen again: a browser has six
 * connections to a server, for all its tabs together and for the pages behind its back button.
 */
export function start() {
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  open();
}

function close() {
  source?.close();
  source = null;
}

function open() {
  if (source || document.hidden) return;
  // The browser reconnects by itself and says where it was; only a refusal makes it give up.
  const from = lastId ? `after=${encodeURIComponent(lastId)}` : "history=300";
  source = new EventSource(`/api/events?${from}`);
  source.onopen = () => setState("live");
  source.onerror = () => {
    setState("reconnecting");
    if (source?.readyState === EventSource.CLOSED) {
      source = null;
      setTimeout(open, 2000);
    }
  };
  for (const kind of KINDS) {
    source.addEventListener(kind, (message) => {
      lastId = message.lastEventId;
      add({ kind, ...JSON.parse(message.data), size: message.data.length });
    });
  }
  source.addEventListener("gap", (message) => {
    const gap = JSON.parse(message.data);
    lost += gap.lost;
    add({ kind: "gap", lost: gap.lost, at: new Date().toISOString(), size: 0 });
  });
}

function setState(now) {
  state = now;
  stateListeners.forEach((listener) => listener(state));
}

function add(entry) {
  entry.sequence = sequence++;
  batch.push(entry);
  if (!scheduled) {
    scheduled = true;
    // A page in the background gets no frames, but must not forget either.
    (document.hidden ? (f) => setTimeout(f, 250) : requestAnimationFrame)(flush);
  }
}

function flush() {
  scheduled = false;
  const entries = batch;
  batch = [];
  memory.push(...entries);
  characters += entries.reduce((sum, entry) => sum + entry.size, 0);
  if (memory.length > CAPACITY * 1.2 || characters > CAPACITY_CHARACTERS * 1.2) forget();
  listeners.forEach((listener) => listener(entries));
}

function forget() {
  let first = 0;
  while (memory.length - first > CAPACITY || characters > CAPACITY_CHARACTERS) characters -= memory[first++].size;
  memory.splice(0, first);
}
