// The event stream of this window: the shared worker's, or one of its own if the browser has no shared workers.

import { Stream } from "./stream.js";

const PATIENCE = 5000;

/** The page's policy permits no script address from a text, except this one. */
const policy = window.trustedTypes?.createPolicy("stream-worker", { createScriptURL: () => "/js/stream-worker.js" });

/** Windows from before and after an upgrade share no worker. */
const version = document.querySelector('meta[name="version"]')?.content ?? "";

export class SharedStream {
  constructor({ onentries, onstate }) {
    this.onentries = onentries;
    this.onstate = onstate;
    this.lastId = null;
    this.own = null;
    this.port = null;
    this.following = false;
    this.timer = 0;
  }

  /** Follows the stream. A page that the back button restores calls this twice, and the second call has no effect. */
  open() {
    if (this.following) return;
    if (this.own) {
      this.own.open(this.lastId);
      return;
    }
    this.port ??= this.connect();
    if (!this.port) {
      this.useOwn();
      return;
    }
    this.following = true;
    this.port.postMessage({ command: "follow", after: this.lastId });
    this.timer = setTimeout(() => this.useOwn(), PATIENCE);
  }

  connect() {
    try {
      const url = policy ? policy.createScriptURL("") : "/js/stream-worker.js";
      const worker = new SharedWorker(url, { type: "module", name: version });
      worker.onerror = () => this.useOwn();
      worker.port.onmessage = ({ data }) => this.receive(data);
      return worker.port;
    } catch {
      return null;
    }
  }

  receive({ state, entries = [] }) {
    clearTimeout(this.timer);
    if (this.own) return;
    if (state) this.onstate(state);
    this.take(entries);
  }

  take(entries) {
    if (entries.length === 0) return;
    this.lastId = entries.findLast((entry) => entry.id)?.id ?? this.lastId;
    this.onentries(entries);
  }

  /** The worker cannot be started, or does not answer. */
  useOwn() {
    if (this.own) return;
    this.close();
    this.own = new Stream({ onentry: (entry) => this.take([entry]), onstate: this.onstate });
    if (!document.hidden) this.own.open(this.lastId);
  }

  /** Closes the stream. The next open continues after the last event. */
  close() {
    clearTimeout(this.timer);
    this.following = false;
    this.port?.postMessage({ command: "leave" });
    this.own?.close();
  }

  /** Drops the worker, because a page that the back button restores may have outlived it. */
  renew() {
    this.close();
    this.port?.close();
    this.port = null;
  }
}
