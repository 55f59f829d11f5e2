// The line to type in: completion (a combobox in ARIA's words), argument hints, history, and a check before sending.

import { CommandHistory } from "./command-history.js";
import { complete, signature } from "./completion.js";
import { h, setText } from "./dom.js";

export class CommandInput {
  constructor({ parse, onsubmit }) {
    this.parse = parse;
    this.onsubmit = onsubmit;
    this.schema = null;
    this.choices = [];
    this.chosen = -1;
    this.history = new CommandHistory();
    this.list = h("ul", { id: "choices", role: "listbox", "aria-label": "Completions", hidden: true });
    this.hints = h("p", { id: "hints", class: "hints" });
    this.fault = h("p", { id: "fault", class: "fault", role: "alert" });
    this.input = h("input", {
      id: "line",
      type: "text",
      role: "combobox",
      "aria-label": "Command",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": "choices",
      "aria-describedby": "hints fault",
      autocomplete: "off",
      autocapitalize: "off",
      spellcheck: "false",
      placeholder: 'query-status   or   screendump filename=/tmp/a.png   or   {"execute": "stop"}',
      oninput: () => this.changed(),
      onkeydown: (event) => this.key(event),
      onclick: () => this.describe(),
      onblur: () => this.hide(),
    });
    this.element = h(
      "form",
      { class: "line", onsubmit: (event) => { event.preventDefault(); this.submit(); } },
      h("div", { class: "field" }, this.input, this.list),
      h("button", { type: "submit" }, "Send"),
      this.hints,
      this.fault,
    );
  }

  focus() {
    this.input.focus();
  }

  setSchema(schema) {
    this.schema = schema;
    this.describe();
    if (this.input.value) this.check();
  }

  changed() {
    const { from, typed, choices } = complete(this.input.value, this.input.selectionStart, this.schema);
    this.from = from;
    this.typed = typed;
    this.show(this.input.value.trim() ? choices : []);
    this.describe();
    this.markJson();
  }

  describe() {
    const parts = signature(this.input.value, this.input.selectionStart ?? 0, this.schema);
    this.hints.replaceChildren(...parts.flatMap(({ text, kind }) => [h("span", { class: kind }, text), " "]));
  }

  /** While the user types, only JSON messages are checked, because a command is incomplete until its end. */
  markJson() {
    if (this.input.value.trim().startsWith("{")) this.check();
    else this.blame("");
  }

  /** Returns the message of the line; null if the line is faulty. Then it is marked, and the fault is shown. */
  check() {
    if (!this.input.value.trim()) {
      this.blame("");
      return null;
    }
    try {
      const message = this.parse(this.input.value);
      this.blame("");
      return message;
    } catch (error) {
      this.blame(error.message);
      return null;
    }
  }

  blame(fault) {
    setText(this.fault, fault);
    this.input.setAttribute("aria-invalid", String(fault !== ""));
  }

  show(choices) {
    this.choices = choices;
    this.chosen = -1;
    this.list.hidden = choices.length === 0;
    this.input.setAttribute("aria-expanded", String(choices.length > 0));
    this.input.removeAttribute("aria-activedescendant");
    this.list.replaceChildren(...choices.map((choice, i) => this.option(choice, i)));
  }

  option(choice, i) {
    const accept = (event) => {
      event.preventDefault();
      this.accept(i);
    };
    return h(
      "li",
      { role: "option", id: `choice-${i}`, "aria-selected": "false", onmousedown: accept },
      h("span", {}, choice.label),
      h("span", { class: "hint" }, choice.hint),
    );
  }

  hide() {
    this.show([]);
  }

  choose(i) {
    this.list.children[this.chosen]?.setAttribute("aria-selected", "false");
    this.chosen = (i + this.choices.length) % this.choices.length;
    const option = this.list.children[this.chosen];
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", option.id);
  }

  accept(i) {
    const caret = this.input.selectionStart;
    const rest = this.input.value.slice(caret);
    const head = this.input.value.slice(0, this.from) + this.choices[i].text;
    this.input.value = head + rest;
    this.input.setSelectionRange(head.length, head.length);
    this.changed();
  }

  key(event) {
    const open = this.choices.length > 0;
    if (event.key === "ArrowDown" && open) this.choose(this.chosen + 1);
    else if (event.key === "ArrowUp" && open && this.chosen >= 0) this.choose(this.chosen - 1);
    else if (event.key === "ArrowUp") this.recall(-1);
    else if (event.key === "ArrowDown") this.recall(1);
    else if (event.key === "Escape" && open) this.hide();
    // If the line is empty and nothing is chosen, Tab moves to the next control.
    else if (event.key === "Tab" && open && !event.shiftKey && (this.typed || this.chosen >= 0)) this.accept(Math.max(0, this.chosen));
    else if (event.key === "Enter" && open && this.chosen >= 0) this.accept(this.chosen);
    else return;
    event.preventDefault();
  }

  recall(step) {
    const line = this.history.move(step);
    if (line === null) return;
    this.input.value = line;
    this.hide();
    this.describe();
    this.markJson();
  }

  /** Keeps a line to be recalled. It must not carry a secret. */
  keep(line) {
    this.history.add(line);
  }

  submit() {
    const message = this.check();
    if (!message) return;
    const line = this.input.value.trim();
    this.history.rewind();
    this.input.value = "";
    this.hide();
    this.describe();
    this.onsubmit(line, message);
  }
}
