// Draws tables of a machine's hardware. One query at a time, so a machine that does not answer gets no further one.

import * as api from "./api.js";
import { h } from "./dom.js";
import { TABLES } from "./hardware-tables.js";
import * as model from "./model.js";

const PERIOD = 5000;

export class Hardware {
  constructor(name) {
    this.name = name;
    this.left = new AbortController();
    this.unknown = new Set();
    this.tables = TABLES.map((table) => ({ ...table, body: h("tbody"), drawn: "" }));
    this.element = h("div", { class: "tables" }, ...this.tables.map(panel));
    this.timer = setInterval(() => !document.hidden && !this.busy && this.refresh(), PERIOD);
  }

  async refresh() {
    // The tables that are drawn already may be older than the cause of this call.
    this.again = this.busy;
    if (this.busy) return;
    this.busy = true;
    do {
      this.again = false;
      for (const table of this.tables) {
        const rows = this.isConnected() ? await this.rowsOf(table) : [];
        if (this.left.signal.aborted) return;
        // without a session, the last rows must not look live
        this.draw(table, this.isConnected() ? rows : [["no session"]]);
      }
    } while (this.again);
    this.busy = false;
  }

  isConnected() {
    return Boolean(model.get(this.name)?.up) && !model.failure();
  }

  async rowsOf(table) {
    const answers = [];
    try {
      for (const command of table.commands) answers.push(await this.ask(command));
      if (answers.every((answer) => answer === null)) return [["not reported by this machine"]];
      const rows = table.rows(...answers);
      return rows.length > 0 ? rows : [["none"]];
    } catch (problem) {
      // The machine does not answer, or its answer has another form.
      return [[problem.message]];
    }
  }

  /** Resolves to the reply; null after a failure. A command that the machine does not know is not repeated. */
  async ask(command) {
    if (this.unknown.has(command)) return null;
    try {
      return await api.query(this.name, command, this.left.signal);
    } catch (problem) {
      if (problem.status !== 422) throw problem;
      if (problem.errorClass === "CommandNotFound") this.unknown.add(command);
      return null;
    }
  }

  draw(table, rows) {
    const drawn = JSON.stringify(rows);
    if (drawn === table.drawn) return;
    table.drawn = drawn;
    table.body.replaceChildren(...rows.map((cells) => row(cells, table.columns.length)));
  }

  close() {
    clearInterval(this.timer);
    this.left.abort();
  }
}

function panel(table) {
  const id = `t-${table.commands[0]}`;
  return h(
    "section",
    { class: "panel" },
    h("h2", { id }, table.title),
    h(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-labelledby": id },
      h(
        "table",
        { "aria-labelledby": id },
        h("thead", {}, h("tr", {}, ...table.columns.map((column) => h("th", { scope: "col" }, column)))),
        table.body,
      ),
    ),
  );
}

function row(cells, columns) {
  if (cells.length === 1 && columns > 1) return h("tr", {}, h("td", { colspan: columns, class: "none" }, cells[0]));
  return h("tr", {}, ...cells.map((cell) => h("td", {}, String(cell))));
}
