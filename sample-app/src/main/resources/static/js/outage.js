// Describes why a machine is down, and counts down to the next attempt to connect.

import { h, setText } from "./dom.js";
import { since } from "./format.js";
import * as model from "./model.js";

const PERIOD = 250;

const ENDS = {
  DISCONNECTED: "Disconnected by this application",
  SHUT_DOWN_BY_GUEST: "Shut down by the guest",
  SHUT_DOWN_BY_COMMAND: "Shut down by a command",
  SHUT_DOWN_BY_HOST: "Shut down by the host",
  CRASHED: "Crashed",
  CONNECTION_LOST: "Connection lost",
};

/** How and when the last session ended; "" if none has ended. */
export function lastEnd({ lastEnd: end }) {
  if (!end) return "";
  return `${ENDS[end.kind] ?? end.kind} at ${since(end.at)}${end.reason ? ` (${end.reason})` : ""}`;
}

/** The reason why there is no session now; "" if the last end contains it. */
export const reason = (connection) => connection.lastError ?? (connection.lastEnd ? "" : "no session yet");

function nextAttempt({ up, reconnecting, listeningOn, nextAttempt: at }, verb) {
  if (up || model.failure()) return "";
  if (listeningOn) return "listening";
  if (at) return `${verb}in ${Math.max(1, Math.ceil((Date.parse(at) - Date.now()) / 1000))} s`;
  return reconnecting ? "connecting …" : verb ? "no retry" : "none";
}

/** Counts down to the next attempt. One timer serves all machines. */
export class NextAttempt {
  constructor(verb = "") {
    this.verb = verb;
    this.connection = null;
    this.element = h("span", { class: "next" });
    shown.add(this);
  }

  update(connection) {
    this.connection = connection;
    this.draw();
  }

  draw() {
    if (this.connection) setText(this.element, nextAttempt(this.connection, this.verb));
  }

  close() {
    shown.delete(this);
  }
}

const shown = new Set();

setInterval(() => document.hidden || shown.forEach((next) => next.draw()), PERIOD);
