// The console: a command line, with the replies.

import * as api from "./api.js";
import { parse } from "./command-line.js";
import { CommandInput } from "./command-input.js";
import { h, setText } from "./dom.js";
import { millis } from "./format.js";
import { jsonView } from "./json-view.js";
import * as model from "./model.js";
import { schemaOf } from "./schema.js";

const MOST = 100;
/** Limit for the characters of all replies. The tree of a reply takes a few times as much memory. */
const MOST_CHARACTERS = 16_000_000;
/** The pause before a failed query for the schema is repeated. */
const PAUSE = 5000;

export function console() {
  let schema = null;
  /** What is known of the schema, for the user. */
  let note = "";
  /** The machine that the schema is of. */
  let owner = "";
  const input = new CommandInput({ parse: read, onsubmit: run });
  const outOfBand = h("input", { type: "checkbox", id: "oob", onchange: () => input.check() });
  const machines = h("select", { id: "vm", onchange: () => turnTo(machines.value) });
  const about = h("p", { class: "summary" });
  const replies = h("ol", { class: "replies", "aria-label": "Replies", "aria-live": "polite" });
  const target = () => model.get(machines.value);
  const exchanges = [];
  let wanted = "";
  let asked = "";
  let repetition;
  let stop = null;

  function read(line) {
    if (!machines.value) throw new Error("choose a machine first");
    return parse(line, schema, outOfBand.checked);
  }

  /** Chooses the machine for the next command. The commands and replies on the page stay. */
  function turnTo(name) {
    wanted = name;
    history.replaceState(null, "", `#/console/${encodeURIComponent(name)}`);
    update();
  }

  function update() {
    const names = model.all().map((connection) => connection.name);
    if (names.join("\n") !== [...machines.options].map((option) => option.value).join("\n")) {
      machines.replaceChildren(...names.map((value) => h("option", { value }, value)));
    }
    wanted ||= names[0] ?? "";
    // If the named machine does not exist, none is chosen, so that no command reaches another one.
    if (machines.value !== wanted) machines.value = wanted;
    if (machines.value !== owner) {
      owner = machines.value;
      asked = "";
      clearTimeout(repetition);
      setSchema(null, "");
      input.check();
    }
    const connection = target();
    if (connection?.up) learn(connection);
    describe();
    outOfBand.disabled = !connection?.outOfBand;
  }

  function describe() {
    const connection = target();
    if (!connection) setText(about, wanted ? `there is no machine named “${wanted}”: choose another` : "there is no machine");
    else setText(about, connection.up && !model.failure() ? note : model.standing(connection).word);
  }

  /** The line is checked again only by another schema, because the user may be in the middle of it. */
  function setSchema(known, text) {
    note = text;
    if (known === schema) return;
    schema = known;
    input.setSchema(known);
  }

  /** Loads the machine's schema, once per session. A query that failed is repeated after a pause. */
  async function learn(connection) {
    const session = `${connection.name} ${connection.since}`;
    if (asked === session) return;
    asked = session;
    setSchema(null, "asking for the schema …");
    let answer;
    try {
      answer = await schemaOf(connection);
    } catch (problem) {
      if (asked !== session) return;
      setSchema(null, `no completion: ${problem.message}`);
      describe();
      if (mayPass(problem)) repetition = setTimeout(() => { if (asked === session) asked = ""; }, PAUSE);
      return;
    }
    if (asked !== session) return;
    setSchema(answer, `QEMU ${connection.qemuVersion} · ${answer.commands.length} commands`);
    describe();
  }

  async function run(line, message) {
    const machine = machines.value;
    const entry = new Exchange(machine, message);
    exchanges.push(entry);
    replies.append(entry.element);
    forget();
    entry.element.scrollIntoView({ block: "nearest" });
    show(entry, line, message);
    try {
      entry.succeed(await api.send(machine, message.text));
    } catch (problem) {
      entry.fail(problem);
    }
    forget();
    entry.element.scrollIntoView({ block: "nearest" });
  }

  /** Removes secrets before a line is shown or kept. The application knows the arguments that carry some. */
  async function show(entry, line, message) {
    let redacted;
    try {
      redacted = await api.redacted(message.text);
    } catch {
      // The line may contain a secret, so only the command's name stays.
      return;
    }
    if (!redacted.secrets) input.keep(line);
    entry.tell(redacted.secrets ? redacted.line : line);
  }

  /** Removes the oldest entries. The newest one stays, however long it is. */
  function forget() {
    let characters = exchanges.reduce((sum, exchange) => sum + exchange.size, 0);
    while (exchanges.length > 1 && (exchanges.length > MOST || characters > MOST_CHARACTERS)) {
      const oldest = exchanges.shift();
      characters -= oldest.size;
      oldest.element.remove();
    }
  }

  return {
    element: h(
      "section",
      { class: "console" },
      h("div", { class: "title" }, h("h1", {}, "Commands"), about),
      replies,
      h(
        "div",
        { class: "prompt" },
        h(
          "div",
          { class: "target" },
          h("span", { class: "pair" }, h("label", { for: "vm" }, "Machine"), machines),
          h("label", { for: "oob", class: "pair" }, outOfBand, "out-of-band"),
        ),
        input.element,
      ),
    ),
    title: "Commands",
    page: "console",
    focus: () => input.focus(),
    /** Shows the console, with another machine if one is named. */
    open(name) {
      stop ??= model.onChange(update);
      wanted = name ?? wanted;
      update();
    },
    close() {
      stop?.();
      stop = null;
    },
  };
}

/** Whether a query may succeed later. A machine without the command, or a policy, always refuses it. */
const mayPass = (problem) => problem instanceof api.Problem && problem.status !== 422 && problem.status !== 403;

/** A command and its outcome. */
class Exchange {
  constructor(machine, { name, outOfBand }) {
    this.size = 0;
    this.line = h("code", {}, `${name} …`);
    this.time = h("span", { class: "time" }, "…");
    this.element = h(
      "li",
      { "data-outcome": "pending" },
      h(
        "div",
        { class: "asked" },
        h("span", { class: "vm" }, machine),
        this.line,
        h("span", { class: "chip" }, outOfBand ? "out-of-band" : "in-band"),
        this.time,
      ),
    );
  }

  tell(line) {
    this.size += line.length;
    setText(this.line, line);
  }

  succeed({ result, size, millis: took }) {
    this.size += size;
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
