// A list of events that follows them, filtered. Draws what can be seen, however many there are.

import { h } from "./dom.js";
import { onEvents, remembered } from "./events.js";
import { clock } from "./format.js";
import { jsonView } from "./json-view.js";

export class Log {
  constructor({ connection = "", name = "", rows = 300 } = {}) {
    this.filter = { connection, name };
    this.rows = rows;
    this.paused = false;
    this.element = h("ol", { class: "log", "aria-label": "Events, newest first" });
    this.stop = onEvents((entries) => !this.paused && this.add(entries));
    this.redraw();
  }

  setFilter(filter) {
    Object.assign(this.filter, filter);
    this.redraw();
  }

  pause(paused) {
    this.paused = paused;
    if (!paused) this.redraw();
  }

  matches(entry) {
    const { connection, name } = this.filter;
    if (entry.kind === "gap") return true;
    return (!connection || entry.connection === connection) && (!name || title(entry).toLowerCase().includes(name.toLowerCase()));
  }

  redraw() {
    this.element.replaceChildren();
    this.add(remembered());
  }

  add(entries) {
    const fitting = [];
    for (let i = entries.length - 1; i >= 0 && fitting.length < this.rows; i--) {
      if (this.matches(entries[i])) fitting.push(entries[i]);
    }
    this.element.prepend(...fitting.map(row));
    while (this.element.childElementCount > this.rows) this.element.lastChild.remove();
  }

  close() {
    this.stop();
  }
}

/** The name an entry is filtered by. */
export function title(entry) {
  if (entry.kind === "runstate") return `${entry.previous} → ${entry.current}`;
  if (entry.kind === "guest") return `guest ${entry.status ?? "unknown"}`;
  if (entry.kind === "gap") return `${entry.lost} events were lost here`;
  return entry.event;
}

function row(entry) {
  const details = entry.kind === "qmp" ? entry.data : entry.cause ? { cause: entry.cause } : null;
  const empty = !details || Object.keys(details).length === 0;
  const line = [
    h("time", { datetime: entry.at ?? "" }, clock(entry.at)),
    h("span", { class: "vm" }, entry.connection ?? ""),
    h("span", { class: "name" }, title(entry)),
    h("span", { class: "data" }, empty ? "" : shorten(JSON.stringify(details))),
  ];
  if (empty) return h("li", { class: entry.kind }, h("div", {}, ...line));
  const unfolded = h("details", { ontoggle: () => unfolded.open && unfolded.childElementCount === 1 && unfolded.append(jsonView(details)) });
  unfolded.append(h("summary", {}, ...line));
  return h("li", { class: entry.kind }, unfolded);
}

const shorten = (text) => (text.length > 300 ? `${text.slice(0, 300)}…` : text);
