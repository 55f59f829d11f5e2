// A filtered list of events, live. It draws a few times a second, and only visible rows, however many events there are.

import { h, setText } from "./dom.js";
import { onEvents, remembered } from "./events.js";
import { parseExact } from "./exact-json.js";
import { dateTime } from "./format.js";
import { jsonView } from "./json-view.js";

const PERIOD = 200;
const SHARE = 10;
const MOST_WAITING = 5000;
const OUTCOMES = { SUCCEEDED: "succeeded", FAILED: "failed", CANCELLED: "was cancelled", UNKNOWN: "has an unknown outcome" };

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

  /** While paused, the list shows the events of that moment, and open rows stay open. The filter still applies. */
  pause(paused) {
    if (paused) {
      clearTimeout(this.timer);
      this.addWaiting();
      this.held = [...remembered()];
    } else {
      this.held = null;
      this.redraw();
    }
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

  /** If drawing takes long, it is done less often, so that the page stays responsive. */
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

/** A button that holds the list and lets it go on. */
export function pauseButton(log, what = "", onchange = () => {}) {
  const button = h("button", { type: "button", "aria-pressed": "false", onclick: turn }, `Pause${what}`);
  function turn() {
    log.pause(!log.paused);
    button.setAttribute("aria-pressed", String(log.paused));
    setText(button, `${log.paused ? "Resume" : "Pause"}${what}`);
    onchange();
  }
  return button;
}

/** The name an entry is filtered by. */
export function title(entry) {
  if (entry.kind === "runstate") return session(entry);
  if (entry.kind === "guest") return `guest ${entry.status ?? "unknown"}`;
  if (entry.kind === "task") return `${entry.task} ${OUTCOMES[entry.outcome]}`;
  if (entry.kind === "gap") return `${entry.lost} events were lost here`;
  return entry.event;
}

/** Whether an entry is only a step to a session or from it. The result has its own entry. */
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

/** Rows are copies of a model, because that is faster at a thousand events a second. */
function row(entry) {
  const details = entry.kind === "qmp" ? (entry.text ? parseExact(entry.text).data : entry.data) : reasons(entry);
  const empty = !details || Object.keys(details).length === 0;
  const element = (empty ? plain : folding).cloneNode(true);
  element.className = entry.kind;
  if (entry.cause || entry.failure) element.classList.add("failed");
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

/** Why something failed, in the names of the entry; null if nothing did. */
function reasons({ failure, cause }) {
  const found = { ...(failure && { failure }), ...(cause && { cause }) };
  return Object.keys(found).length > 0 ? found : null;
}

const shorten = (text) => (text.length > 300 ? `${text.slice(0, 300)}…` : text);
