// Jobs and the migration, with bars. They are queried after events and at an interval, because not all migrations send events.

import * as api from "./api.js";
import { h, toast } from "./dom.js";
import { EndedJobs } from "./ended-jobs.js";
import { JobItem } from "./job-item.js";
import * as model from "./model.js";
import { Trial, TRIAL } from "./trial.js";

const PERIOD = 500;
const SLOW_PERIOD = 5000;
const INTERESTING = /^(JOB_|BLOCK_JOB_|MIGRATION)/;

/** States in which progress can change. A job in another state waits, and an event reports the end of that. */
const MOVING = new Set(["created", "running", "waiting", "aborting", "setup", "active", "device", "postcopy-active"]);
const MIGRATING = new Set(["setup", "active", "pre-switchover", "device", "postcopy-active", "cancelling"]);

export class Jobs {
  constructor(name) {
    this.name = name;
    this.left = new AbortController();
    this.items = new Map();
    this.ended = new EndedJobs();
    this.trial = new Trial(name);
    this.list = h("ul", { class: "jobs" });
    this.none = h("p", { class: "none" }, "No job is running.");
    this.element = h(
      "section",
      { class: "panel", tabindex: "-1", "aria-label": "Jobs" },
      h("h2", {}, "Jobs", this.trial.button),
      this.list,
      this.none,
      this.ended.element,
    );
  }

  apply(entries) {
    const mine = entries.filter((entry) => entry.kind === "qmp" && INTERESTING.test(entry.event));
    if (mine.length > 0) this.refreshSoon(0);
    mine.forEach((entry) => this.ended.apply(entry));
    if (mine.some((e) => e.event === "JOB_STATUS_CHANGE" && e.data.id === TRIAL && e.data.status === "null")) this.trial.clear();
  }

  refreshSoon(delay) {
    clearTimeout(this.timer);
    if (!this.left.signal.aborted) this.timer = setTimeout(() => this.refresh(), delay);
  }

  async refresh() {
    // The query under way may be older than the cause of this call.
    this.again = this.busy;
    if (this.busy) return;
    this.busy = true;
    const jobs = document.hidden ? null : await this.look();
    this.busy = false;
    if (this.left.signal.aborted) return;
    if (jobs) this.draw(jobs);
    const moving = jobs?.some((job) => MOVING.has(job.status));
    this.refreshSoon(this.again ? 0 : moving ? PERIOD : SLOW_PERIOD);
  }

  /** Resolves to the present jobs; null after a failure. */
  async look() {
    const connection = model.get(this.name);
    // Only the application's own machines have a disk that a trial may copy.
    this.trial.button.hidden = (connection?.machineRunning ?? null) === null;
    if (!connection?.up || model.failure()) {
      this.trial.update(false);
      return [];
    }
    const jobs = await this.ask("query-jobs");
    const info = await this.ask("query-migrate");
    if (info) this.ended.migration(info);
    if (!jobs) return null;
    this.trial.update(connection.machineRunning === true && !jobs.some((job) => job.id === TRIAL));
    return MIGRATING.has(info?.status) ? [...jobs, migration(info)] : jobs;
  }

  async ask(command) {
    return api.query(this.name, command, this.left.signal).catch(() => null);
  }

  draw(jobs) {
    const ids = new Set(jobs.map((job) => job.id));
    for (const [id, item] of this.items) {
      if (!ids.has(id)) {
        item.remove();
        this.items.delete(id);
      }
    }
    for (const job of jobs) {
      if (!this.items.has(job.id)) {
        const item = new JobItem(job.id, (command) => this.act(command, job.id));
        this.items.set(job.id, item);
        this.list.append(item.element);
      }
      this.items.get(job.id).update(job);
    }
    this.none.hidden = jobs.length > 0;
  }

  async act(command, id) {
    await api.execute(this.name, command, { id }).catch((problem) => toast(`${this.name}: ${problem.message}`, "bad"));
    this.refreshSoon(0);
  }

  close() {
    clearTimeout(this.timer);
    this.left.abort();
  }
}

/** A running migration in the form of a job. */
function migration(info) {
  const ram = info.ram ?? { total: 0, remaining: 0 };
  return {
    id: "migration",
    type: "migration",
    status: info.status,
    "current-progress": ram.total - ram.remaining,
    "total-progress": ram.total,
  };
}
