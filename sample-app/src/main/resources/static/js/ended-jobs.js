// The jobs that ended last, with their outcomes. QEMU forgets most jobs at their end.

import { h } from "./dom.js";
import { dateTime } from "./format.js";

const MOST = 5;
const OUTCOMES = { BLOCK_JOB_COMPLETED: "completed", BLOCK_JOB_CANCELLED: "cancelled" };
const MIGRATION_ENDS = new Set(["completed", "failed", "cancelled"]);

export class EndedJobs {
  constructor() {
    this.element = h("ul", { class: "ended", "aria-label": "Jobs that ended" });
    this.migrated = "";
  }

  /** Adds a job, if the event is its end. */
  apply({ event, data, at }) {
    const outcome = OUTCOMES[event];
    if (outcome) this.add(`${data.type} · ${data.device}`, data.error ? "failed" : outcome, data.error, at);
  }

  /** Adds a migration that has ended, once. QEMU reports it until the next one. */
  migration({ status, "error-desc": error }) {
    const now = MIGRATION_ENDS.has(status) ? `${status} ${error ?? ""}` : "";
    if (now && now !== this.migrated) this.add("migration", status, error);
    this.migrated = now;
  }

  add(what, outcome, error, at) {
    const word = h("span", { class: outcome === "failed" ? "chip bad" : "chip" }, outcome);
    const when = at ? h("time", {}, dateTime(at).slice(0, 19)) : null;
    this.element.prepend(h("li", {}, h("span", { class: "id" }, what), word, when, error ? h("p", { class: "error" }, error) : null));
    while (this.element.childElementCount > MOST) this.element.lastChild.remove();
  }
}
