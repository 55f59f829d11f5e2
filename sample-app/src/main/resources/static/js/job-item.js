// One job: its bar, and the actions that its state allows.

import { h, setText } from "./dom.js";
import { bytes } from "./format.js";

/** The command that a state waits for, as in QEMU's qapi/job.json. */
const NEXT = {
  ready: ["Complete", "job-complete"],
  pending: ["Finalize", "job-finalize"],
  concluded: ["Dismiss", "job-dismiss"],
};
/** A key that is held or pressed again is meant for the command before, not for the one that has replaced it. */
const REPLACED_MILLIS = 1000;
const PAUSABLE = new Set(["created", "running", "ready"]);
const PAUSED = new Set(["paused", "standby"]);

export class JobItem {
  constructor(id, act) {
    this.bar = h("progress", { max: 1, value: 0, "aria-label": `Progress of ${id}` });
    this.text = h("span", { class: "amount" });
    this.fault = h("p", { class: "error", hidden: true });
    this.status = h("span", { class: "chip" });
    this.replacedAt = -Infinity;
    const next = () => performance.now() - this.replacedAt > REPLACED_MILLIS && act(this.command);
    this.next = h("button", { type: "button", class: "quiet", onclick: next });
    this.pause = h("button", { type: "button", class: "quiet", onclick: () => act(this.paused ? "job-resume" : "job-pause") });
    this.cancel = h("button", { type: "button", class: "quiet", onclick: () => act("job-cancel") }, "Cancel");
    this.buttons = [this.next, this.pause, this.cancel];
    this.title = h("span", { class: "id" }, id);
    const head = h("div", {}, this.title, this.status, ...this.buttons);
    this.element = h("li", { "data-job": id }, head, this.bar, this.text, this.fault);
  }

  update(job) {
    const focused = document.activeElement;
    const [done, total] = [job["current-progress"], job["total-progress"]];
    const [label, command] = NEXT[job.status] ?? ["", null];
    this.paused = PAUSED.has(job.status);
    if (this.command && command && command !== this.command) this.replacedAt = performance.now();
    this.command = command;
    setText(this.title, `${job.type} · ${job.id}`);
    setText(this.status, job.status);
    this.bar.max = Math.max(1, total);
    this.bar.value = done;
    const percent = total > 0 ? `${Math.floor((done / total) * 100)} %` : "";
    setText(this.text, `${percent} · ${bytes(done)} of ${bytes(total)}`);
    setText(this.fault, job.error ?? "");
    this.fault.hidden = !job.error;
    setText(this.next, label);
    setText(this.pause, this.paused ? "Resume" : "Pause");
    const isMigration = job.type === "migration";
    this.next.hidden = isMigration || !command;
    this.pause.hidden = isMigration || !(this.paused || PAUSABLE.has(job.status));
    this.cancel.hidden = isMigration || ["concluded", "aborting"].includes(job.status);
    this.keepFocus(focused);
  }

  /**
   * If the button with the focus has disappeared, the focus moves to another one of the job, or to the panel. It never
   * moves to the button that cancels, because a key meant for the one before would end the job without a question.
   */
  keepFocus(focused) {
    if (!this.buttons.includes(focused) || !focused.hidden) return;
    ([this.next, this.pause].find((button) => !button.hidden) ?? this.panel()).focus({ preventScroll: true });
  }

  remove() {
    if (this.element.contains(document.activeElement)) this.panel().focus({ preventScroll: true });
    this.element.remove();
  }

  panel() {
    return this.element.closest(".panel");
  }
}
