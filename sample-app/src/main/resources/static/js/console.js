// The console: type a command, see its reply.

import * as api from "./api.js";
import { parse } from "./command-line.js";
import { CommandInput } from "./command-input.js";
import { h, setText } from "./dom.js";
import { millis } from "./format.js";
import { jsonView } from "./json-view.js";
import * as model from "./model.js";
import { schemaOf } from "./schema.js";

const MOST = 100;

export function console(name) {
  let schema = null;
  const input = new CommandInput({ parse: (line) => parse(line, schema, outOfBand.checked), onsubmit: run });
  const outOfBand = h("input", { type: "checkbox", id: "oob", onchange: () => input.check() });
  const machines = h("select", { id: "vm", onchange: () => (location.hash = `#/console/${encodeURIComponent(machines.value)}`) });
  const about = h("p", { class: "summary" });
  const replies = h("ol", { class: "replies", "aria-label": "Replies", "aria-live": "polite" });
  const target = () => model.get(machines.value);
  let asked = "";

  function update() {
    const names = model.all().map((connection) => connection.name);
    if (names.join("\n") !== [...machines.options].map((option) => option.value).join("\n")) {
      machines.replaceChildren(...names.map((value) => h("option", { value }, value)));
      machines.value = names.includes(name) ? name : (names[0] ?? "");
    }
    const connection = target();
    if (connection?.up) learn(connection);
    if (connection && !connection.up) setText(about, model.standing(connection).word);
    outOfBand.disabled = !connection?.outOfBand;
  }

  /** Asks the machine once per session what it can be told. */
  async function learn(connection) {
    const session = `${connection.name} ${connection.upSince}`;
    if (asked === session) return;
    asked = session;
    setText(about, "asking for the schema …");
    try {
      schema = await schemaOf(connection);
      setText(about, `QEMU ${connection.qemuVersion} · ${schema.commands.length} commands`);
    } catch (problem) {
      schema = null;
      setText(about, `no completion: ${problem.message}`);
    }
    input.setSchema(schema);
  }

  async function run(line, message) {
    const machine = machines.value;
    const entry = new Exchange(machine, line, "exec-oob" in message);
    replies.append(entry.element);
    if (replies.childElementCount > MOST) replies.firstChild.remove();
    entry.element.scrollIntoView({ block: "nearest" });
    try {
      entry.succeed(await api.send(machine, message));
    } catch (problem) {
      entry.fail(problem);
    }
    entry.element.scrollIntoView({ block: "nearest" });
  }

  const stop = model.onChange(update);
  update();
  return {
    element: h(
      "section",
      { class: "console" },
      h("div", { class: "title" }, h("h1", {}, "Console"), about),
      replies,
      h(
        "div",
        { class: "prompt" },
        h("div", { class: "target" }, h("label", { for: "vm" }, "Machine"), machines, h("label", { for: "oob" }, outOfBand, "out-of-band")),
        input.element,
      ),
    ),
    title: "Console",
    page: "console",
    focus: () => input.focus(),
    close: stop,
  };
}

/** A command and what became of it. */
class Exchange {
  constructor(machine, line, outOfBand) {
    this.time = h("span", { class: "time" }, "…");
    this.element = h(
      "li",
      { "data-outcome": "pending" },
      h(
        "div",
        { class: "asked" },
        h("span", { class: "vm" }, machine),
        h("code", {}, line),
        h("span", { class: "chip" }, outOfBand ? "out-of-band" : "in-band"),
        this.time,
      ),
    );
  }

  succeed({ result, millis: took }) {
    this.element.dataset.outcome = "success";
    setText(this.time, millis(took));
    this.element.append(jsonView(result));
  }

  fail(problem) {
    this.element.dataset.outcome = problem.outcome ?? "failed";
    setText(this.time, problem.millis === null ? "" : millis(problem.millis));
    const label = problem.errorClass ?? problem.title ?? "Failed";
    this.element.append(h("p", { class: "error" }, h("strong", {}, label), ` ${problem.message}`));
  }
}
