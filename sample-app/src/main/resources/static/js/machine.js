// The page of one machine.

import { actionButton, powerOn, setAction } from "./actions.js";
import { h, isUsable, setAttribute, setText, setUsable } from "./dom.js";
import { onEvents } from "./events.js";
import { duration, millis, since } from "./format.js";
import { Graph } from "./graph.js";
import { Hardware } from "./hardware.js";
import { Jobs } from "./jobs.js";
import { Log, pauseButton } from "./log.js";
import * as model from "./model.js";
import { lastEnd, NextAttempt, reason } from "./outage.js";
import { Screen } from "./screen.js";
import { Screenshots } from "./screenshots.js";

export function machine(name) {
  const screen = new Screen(name, 0);
  const hardware = new Hardware(name);
  const jobs = new Jobs(name);
  const screenshots = new Screenshots(name);
  const log = new Log({ connection: name, rows: 60 });
  const facts = new Facts(name);
  const word = h("span", { class: "word" });
  const powerButton = h("button", { type: "button", "data-action": "power", onclick: () => powerOn(name) }, "Power on");
  const buttons = ["pause", "reset", "powerdown", "quit"].map((key) => actionButton(name, key));
  const powerGroup = h("div", { class: "buttons", role: "group", "aria-label": "Power" }, ...buttons, powerButton);
  const commands = h("a", { class: "button", href: `#/console/${encodeURIComponent(name)}` }, "Send commands");
  const unknown = h(
    "p",
    { class: "panel unknown", role: "alert" },
    h("strong", {}, "404"),
    ` There is no machine named “${name}”. `,
    h("a", { href: "#/" }, "See all machines"),
  );
  const content = [
    h(
      "div",
      { class: "columns" },
      h(
        "div",
        {},
        screen.element,
        powerGroup,
        screenshots.element,
      ),
      h("div", {}, facts.element, jobs.element),
    ),
    hardware.element,
    h("section", { class: "panel" }, h("h2", {}, "Events", pauseButton(log, " events")), log.element),
  ];
  const element = h(
    "section",
    { class: "machine", "data-name": name },
    h(
      "div",
      { class: "title" },
      h("h1", {}, name),
      h("span", { class: "standing" }, h("span", { class: "dot" }), word),
      commands,
    ),
    unknown,
    ...content,
  );

  let up = null;
  function enable(able) {
    buttons.forEach((button) => setUsable(button, able));
    screenshots.update(able);
    if (able === up) return;
    up = able;
    hardware.refresh();
    jobs.refreshSoon(0);
  }

  /** If the button with the focus cannot be used any more, the focus moves to one that can. */
  function keepFocus(focused) {
    if (!powerGroup.contains(focused) || (isUsable(focused) && !focused.hidden)) return;
    const shown = [...powerGroup.children].filter((button) => !button.hidden);
    (shown.find(isUsable) ?? (focused.hidden ? shown[0] : focused))?.focus();
  }

  function update() {
    const focused = document.activeElement;
    const connection = model.get(name);
    unknown.hidden = Boolean(connection);
    [commands, ...content].forEach((part) => (part.hidden = !connection));
    if (!connection) {
      setText(word, "unknown");
      setAttribute(element, "data-kind", "idle");
      enable(false);
      return;
    }
    const standing = model.standing(connection);
    setText(word, standing.word);
    setAttribute(element, "data-kind", standing.kind);
    facts.update(connection);
    enable(connection.up && !model.failure());
    setAction(buttons[0], connection.up && connection.guestStatus !== "running" ? "resume" : "pause");
    powerButton.hidden = connection.machineRunning !== false || Boolean(model.failure());
    keepFocus(focused);
  }

  const stops = [
    model.onChange(update),
    onEvents((entries) => jobs.apply(entries.filter((entry) => entry.connection === name))),
  ];
  update();
  return {
    element,
    title: name,
    page: "wall",
    close() {
      stops.forEach((stop) => stop());
      [screen, hardware, jobs, screenshots, log, facts].forEach((part) => part.close());
    },
  };
}

/** The facts about the connection, as a list. */
class Facts {
  constructor(name) {
    this.latency = new Graph(`Latency of ${name} over the last minute`);
    this.queue = new Graph(`Queue depth of ${name} over the last minute`);
    this.list = h("dl", { class: "facts" });
    this.values = new Map();
    this.next = new NextAttempt();
    this.element = h(
      "section",
      { class: "panel" },
      h("h2", {}, "Connection"),
      this.list,
      h("div", { class: "figures" }, labelled("latency", this.latency), labelled("queue", this.queue)),
    );
  }

  update(c) {
    const down = !c.up && !model.failure();
    this.set("Address", c.address, steps(c.address));
    this.set("State", `${c.runstate.toLowerCase()}, ${state(c)}`);
    this.set("Last end", down ? lastEnd(c) : "");
    this.set("Reason", down ? reason(c) : "");
    this.next.update(c);
    this.set("Next attempt", this.next.element.textContent, [this.next.element]);
    this.set("QEMU", `${c.qemuVersion ?? "–"}${c.outOfBand ? ", out-of-band" : ""}`);
    this.set("Commands", `${c.queued} queued, ${c.pending} pending${oldest(c)}`);
    this.set("Latency", c.up ? millis(c.latencyMillis) : "–");
    this.set("Reconnects", `${c.reconnects}${c.reconnectAttempts ? `, ${c.reconnectAttempts} failed attempts now` : ""}`);
    this.set("Events", `${c.eventsReceived} received, ${c.eventsLost} lost`);
    this.latency.draw(c.latencies, 5);
    this.queue.draw(c.depths, 4);
  }

  /** A fact without a text is hidden. */
  set(label, text, parts = [text]) {
    if (!this.values.has(label)) {
      const row = { term: h("dt", {}, label), value: h("dd") };
      this.values.set(label, row);
      this.list.append(row.term, row.value);
    }
    const { term, value } = this.values.get(label);
    term.hidden = value.hidden = text === "";
    if (value.textContent !== text) value.replaceChildren(...parts);
  }

  close() {
    this.next.close();
  }
}

function state(c) {
  if (model.failure()) return "no contact now";
  if (!c.up) return c.downSince ? `down for ${duration(Date.now() - Date.parse(c.downSince))}` : "down";
  return c.notAnsweringSince ? `not answering since ${since(c.notAnsweringSince)}` : `session for ${duration(Date.now() - Date.parse(c.since))}`;
}

/** The oldest command in flight, if it takes conspicuously long. The others wait for it. */
const oldest = (c) => (c.oldestCommandMillis >= 1000 ? `, ${c.oldestCommand} for ${duration(c.oldestCommandMillis)}` : "");

/** An address that does not fit into a line is cut after a slash, not within a name. */
const steps = (address) => address.split(/(?<=\/)/).map((step) => h("span", { class: "step" }, step));

const labelled = (label, graph) => h("div", { class: "figure" }, h("span", { class: "label" }, label), graph.element);
