// One connection on the wall.

import { act, powerOn } from "./actions.js";
import { h, isUsable, setAttribute, setText, setUsable, svg } from "./dom.js";
import { clock, duration, millis, since } from "./format.js";
import { Graph } from "./graph.js";
import * as model from "./model.js";
import { lastEnd, NextAttempt, reason } from "./outage.js";
import { Screen } from "./screen.js";

export class Card {
  constructor(name) {
    this.name = name;
    this.screen = new Screen(name);
    this.word = h("span", { class: "word" });
    this.toggle = h("button", { type: "button", class: "quiet" });
    this.toggle.addEventListener("click", () => this.press());
    this.version = h("span");
    this.uptime = h("span");
    this.owner = h("span", { class: "owner" });
    this.queue = figure("queue", new Graph(`Queue depth of ${name} over the last minute`));
    this.latency = figure("latency", new Graph(`Latency of ${name} over the last minute`));
    this.ended = h("span", { class: "ended" });
    this.reason = h("span", { class: "reason" });
    this.trouble = h("p", { class: "trouble" }, this.ended, this.reason);
    this.next = new NextAttempt("retry ");
    this.element = h(
      "article",
      { class: "card", "data-name": name, "aria-label": name },
      h(
        "header",
        {},
        h("h2", {}, h("a", { href: `#/vm/${encodeURIComponent(name)}` }, name)),
        h("span", { class: "standing" }, h("span", { class: "dot" }), this.word),
        this.toggle,
      ),
      this.screen.element,
      h("footer", {}, this.trouble, this.queue.element, this.latency.element, h("p", { class: "facts" }, this.version, this.uptime, this.owner, this.next.element)),
    );
  }

  update(connection) {
    this.connection = connection;
    const { word, kind } = model.standing(connection);
    setText(this.word, word);
    setAttribute(this.element, "data-kind", kind);
    const up = connection.up;
    setText(this.version, connection.qemuVersion ? `QEMU ${connection.qemuVersion}` : "QEMU –");
    this.version.hidden = !up;
    setText(this.uptime, model.failure() ? `no contact since ${shortClock()}` : age(connection));
    setText(this.owner, ownerOf(connection));
    this.owner.hidden = !connection.owner;
    this.queue.set(connection.depths, 4, String(connection.queued + connection.pending));
    this.latency.set(connection.latencies, 5, up ? millis(connection.latencyMillis) : "–");
    const showsTrouble = !model.failure() && (!up || Boolean(connection.notAnsweringSince));
    setText(this.ended, up ? "" : lastEnd(connection));
    setText(this.reason, trouble(connection));
    this.trouble.hidden = !showsTrouble;
    this.queue.element.hidden = this.latency.element.hidden = showsTrouble;
    this.next.update(connection);
    this.next.element.hidden = up || Boolean(model.failure());
    this.updateToggle(up, connection);
  }

  updateToggle(up, connection) {
    const key = model.failure() || connection.notAnsweringSince ? "" : !up ? (connection.machineRunning === false ? "power" : "") : connection.guestStatus === "running" ? "pause" : "resume";
    if (this.toggle.dataset.action !== key) this.toggle.replaceChildren(...(ICONS[key] ? [icon(ICONS[key])] : []));
    setAttribute(this.toggle, "data-action", key);
    const label = { pause: "Pause", resume: "Resume", power: "Power on", "": "Nothing to do with" }[key];
    setAttribute(this.toggle, "aria-label", `${label} ${this.name}`);
    setUsable(this.toggle, key !== "");
  }

  press() {
    if (!isUsable(this.toggle)) return;
    const key = this.toggle.dataset.action;
    if (key === "power") powerOn(this.name);
    else act(this.name, key);
  }

  close() {
    this.screen.close();
    this.next.close();
    this.element.remove();
  }
}

/** The signs are drawn, because some systems have no font with them. */
const ICONS = {
  pause: "M5 3v10M11 3v10",
  resume: "M5 3l7 5-7 5z",
  power: "M8 2v6M4.5 4.5a5 5 0 1 0 7 0",
};

const icon = (path) => svg("svg", { class: "icon", viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d: path }));

const shortClock = () => clock(model.lastContact()).slice(0, 8);

/** The age of the session. QEMU does not report how long the machine has been running. */
function age({ up, since: changed, downSince }) {
  return `${up ? "connected" : "down"} ${duration(Date.now() - Date.parse(up ? changed : (downSince ?? changed)), true)}`;
}

/** In a fleet, the instance that holds the machine. */
function ownerOf({ owner }) {
  if (!owner) return "";
  if (owner.here) return "held here";
  return owner.host ? `held by ${owner.host}` : "held by no instance";
}

function trouble(connection) {
  if (model.isElsewhere(connection)) return "";
  if (connection.up) return connection.notAnsweringSince ? `not answering since ${since(connection.notAnsweringSince)}` : "";
  if (connection.machineRunning === false) return connection.machineProblem ?? "The machine is off.";
  const attempts = connection.reconnectAttempts ? ` · ${connection.reconnectAttempts} attempts` : "";
  return `${reason(connection)}${attempts}`;
}

function figure(label, graph) {
  const value = h("span", { class: "value" });
  return {
    element: h("div", { class: "figure" }, h("span", { class: "label" }, label), graph.element, value),
    set(values, least, text) {
      graph.draw(values, least);
      setText(value, text);
    },
  };
}
