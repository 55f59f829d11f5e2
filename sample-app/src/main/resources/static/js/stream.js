// Reads the application's event stream. After an interruption it continues after the last event. Runs in a page or a worker.

import { gap } from "./event-memory.js";

const KINDS = ["runstate", "qmp", "guest", "task"];
const AFTER_REFUSAL = 2000;
/** Digits that may be a number beyond 2^53. Such an entry keeps its text, because a worker cannot send raw numbers. */
const LONG_NUMBER = /\d{16}/;
/** Longer than two heartbeats of the application. */
const SILENCE = 35_000;

export class Stream {
  constructor({ onentry, onstate, silence = SILENCE }) {
    this.onentry = onentry;
    this.onstate = onstate;
    this.silence = silence;
    this.watchdog = 0;
    this.lastId = null;
    this.source = null;
    this.retry = 0;
  }

  /** Opens the stream after its last event, or after the given one if it has none yet. */
  open(after = null) {
    if (this.source) return;
    clearTimeout(this.retry);
    this.lastId ??= after;
    const from = this.lastId ? `after=${encodeURIComponent(this.lastId)}` : "history=300";
    const source = new EventSource(`/api/events?${from}`);
    this.source = source;
    source.onopen = () => this.onstate("live");
    this.heard();
    // The browser reconnects by itself and sends the last event's id. Only a refusal ends the source.
    source.onerror = () => {
      this.onstate("reconnecting");
      if (source.readyState !== EventSource.CLOSED || this.source !== source) return;
      this.close();
      this.retry = setTimeout(() => this.open(), AFTER_REFUSAL);
    };
    for (const kind of KINDS) {
      source.addEventListener(kind, (message) => {
        this.heard();
        this.lastId = message.lastEventId;
        const { data } = message;
        const text = LONG_NUMBER.test(data) ? data : undefined;
        this.onentry({ kind, id: this.lastId, ...JSON.parse(data), size: data.length, text });
      });
    }
    // The application ends each stream after a time, and announces it. That is no interruption.
    source.addEventListener("renew", () => {
      this.close();
      this.open();
    });
    source.addEventListener("gap", (message) => this.onentry(gap(JSON.parse(message.data).lost)));
    source.addEventListener("beat", () => this.heard());
  }

  /** Opens the stream again if the application then sends nothing, because it hangs, or the way to it is broken. */
  heard() {
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => {
      this.onstate("reconnecting");
      this.close();
      this.open();
    }, this.silence);
  }

  close() {
    clearTimeout(this.watchdog);
    clearTimeout(this.retry);
    this.source?.close();
    this.source = null;
  }
}
