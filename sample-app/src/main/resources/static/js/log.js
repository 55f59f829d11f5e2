// A list of events that follows them, filtered. Draws a few times a second, and what can be seen, however many there are.

import { h } from "./dom.js";
import { onEvents, remembered } from "./events.js";
import { dateTime } from "./format.js";
import { jsonView } from "./json-view.js";

const PERIOD = 200;
const SHARE = 10;
const MOST_WAITING = 5000;

export class Log {
  constructor({ connection = "", name = "", rows = 120 } = {}) {
    this.filter = { connection, name };
    this.rows = rows;
    this.held = null;
    this.element = h("ol", { class: "log", "aria-label": "Events, newest first" });
    this.waiting = [];
    this.timer = 0;
    this.delay = PERIOD;
    this.stop = onEvents((entries) => this.addSoon(entries));
    this.redraw();
  }

  setFilter(filter) {
    Object.assign(this.filter, filter);
    this.redraw();
  }

  get paused() {
    return this.held !== null;
  }

  /** While paused, the list is one of what there was at that moment, whatever the filter becomes. */
  pause(paused) {
    this.held = paused ? [...remembered()] : null;
    this.redraw();
  }

  matches(entry) {
    const { connection, name } = this.filter;
    if (entry.kind === "gap") return true;
    if (isStep(entry)) return false;
    return (!connection || entry.connection === connection) && (!name || title(entry).toLowerCase().includes(name.toLowerCase()));
  }

  addSoon(entries) {
    if (this.paused) return;
    this.waiting.push(...entries);
    if (this.waiting.length > MOST_WAITING) this.waiting.splice(0, this.waiting.length - MOST_WAITING);
    this.timer ||= setTimeout(() => this.addWaiting(), this.delay);
  }

  /** What takes long to draw is drawn less often, so that the page has time for its reader. */
  addWaiting() {
    const started = performance.now();
    const fresh = this.waiting;
    this.waiting = [];
    this.timer = 0;
    this.add(fresh);
    this.delay = Math.max(PERIOD, (performance.now() - started) * SHARE);
  }

  redraw() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.waiting = [];
    this.element.replaceChildren();
    this.add(this.held ?? remembered());
  }

  add(entries) {
    const fitting = [];
    for (let i = entries.length - 1; i >= 0 && fitting.length < this.rows; i--) {
      if (this.matches(entries[i])) fitting.push(entries[i]);
    }
    const tooMany = this.element.childElementCount + fitting.length - this.rows;
    for (let i = 0; i < tooMany; i++) this.element.lastChild?.remove();
    this.element.prepend(...fitting.map(row));
  }

  close() {
    this.stop();
    clearTimeout(this.timer);
  }
}

/** The name an entry is filtered by. */
export function title(entry) {
  if (entry.kind === "runstate") return session(entry);
  if (entry.kind === "guest") return `guest ${entry.status ?? "unknown"}`;
  if (entry.kind === "gap") return `${entry.lost} events were lost here`;
  return entry.event;
}

/** A step on the way to a session or from it; what comes of it is an entry of its own. */
export const isListed = (entry) => !isStep(entry);

const isStep = ({ kind, current }) => kind === "runstate" && current !== "RUNNING" && current !== "DISCONNECTING";

function session({ previous, current, cause }) {
  if (current === "RUNNING") return "connected";
  if (previous === "RUNNING") return cause ? "connection lost" : "disconnected";
  return cause ? "cannot connect" : "connect cancelled";
}

const line = () => [h("time"), h("span", { class: "vm" }), h("span", { class: "name" }), h("span", { class: "data" })];
const plain = h("li", {}, h("div", {}, ...line()));
const folding = h("li", {}, h("details", {}, h("summary", {}, ...line())));

/** Rows are copies of a model: with a thousand events a second that makes a difference. */
function row(entry) {
  const details = entry.kind === "qmp" ? entry.data : entry.cause ? { cause: entry.cause } : null;
  const empty = !details || Object.keys(details).length === 0;
  const element = (empty ? plain : folding).cloneNode(true);
  element.className = entry.kind;
  if (entry.cause) element.classList.add("failed");
  const [time, vm, name, data] = (empty ? element : element.firstChild).firstChild.children;
  time.textContent = dateTime(entry.at);
  vm.textContent = entry.connection ?? "";
  name.textContent = title(entry);
  if (!empty) {
    data.textContent = shorten(JSON.stringify(details));
    const branch = element.firstChild;
    branch.ontoggle = () => branch.open && branch.childElementCount === 1 && branch.append(jsonView(details));
  }
  return element;
}

const shorten = (text) => (text.length > 300 ? `${text.slice(0, 300)}…` : text);
