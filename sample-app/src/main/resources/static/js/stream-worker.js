// One event stream for all windows of a browser, which has only six connections to a server. Each window names the last
// event that it has, and gets the later ones. If no window follows, the stream is closed.

import { EventMemory } from "./event-memory.js";
import { Stream } from "./stream.js";

const PERIOD = 40;
const HISTORY = 300;

const memory = new EventMemory();
const windows = new Set();
let batch = [];
let timer = 0;
let state = "connecting";

const stream = new Stream({
  onentry(entry) {
    batch.push(entry);
    timer ||= setTimeout(flush, PERIOD);
  },
  onstate(now) {
    state = now;
    flush();
    windows.forEach((port) => port.postMessage({ state }));
  },
});

function flush() {
  clearTimeout(timer);
  timer = 0;
  if (batch.length === 0) return;
  const entries = batch;
  batch = [];
  memory.add(entries);
  windows.forEach((port) => port.postMessage({ entries }));
}

const COMMANDS = {
  follow(port, after) {
    flush();
    port.postMessage({ state, entries: after ? memory.after(after) : memory.newest(HISTORY) });
    windows.add(port);
    stream.open(after);
  },
  leave(port) {
    windows.delete(port);
    if (windows.size === 0) {
      stream.close();
      flush();
    }
  },
};

addEventListener("connect", ({ ports: [port] }) => {
  port.onmessage = ({ data }) => COMMANDS[data.command]?.(port, data.after);
});
