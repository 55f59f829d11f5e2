// Jobs and the migration, with bars. Events say when to look; while something runs, so does a clock.

import * as api from "./api.js";
import { h, setText, toast } from "./dom.js";
import { bytes } from "./format.js";
import * as model from "./model.js";

const PERIOD = 500;
const INTERESTING = /^(JOB_|BLOCK_JOB_|MIGRATION)/;
const TRIAL = "trial-copy";
const TRIAL_SPEED = 100 * 1024 * 1024;

export class Jobs {
  constructor(name) {
    this.name = name;
    this.items = new Map();
    this.list = h("ul", { class: "jobs" });
    this.none = h("p", { class: "none" }, "No job is running.");
    this.trial = h("button", { type: "button", hidden: true, onclick: () => this.startTrial() }, "Start a trial copy");
    this.element = h("section", { class: "panel" }, h("h2", {}, "Jobs", this.trial), this.list, this.none);
  }

  apply(entries) {
    const mine = entries.filter((entry) => entry.kind === "qmp" && INTERESTING.test(entry.event));
    if (mine.length > 0) this.refreshSoon(0);
    const ended = mine.some((e) => e.event === "JOB_STATUS_CHANGE" && e.data.id === TRIAL && e.data.status === "null");
    if (ended) api.execute(this.name, "blockdev-del", { "node-name": TRIAL }).catch(() => {});
  }

  refreshSoon(delay) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.refresh(), delay);
  }

  async refresh() {
    const connection = model.get(this.name);
    // Only a machine of the application's own has a disk that a trial may copy.
    this.trial.hidden = connection?.machineRunning !== true;
    if (!connection?.up) return this.draw([]);
    const jobs = [...(await this.ask("query-jobs", [])), ...migration(await this.ask("query-migrate", {}))];
    this.draw(jobs);
    if (jobs.length > 0 && !this.closed) this.refreshSoon(PERIOD);
  }

  async ask(command, otherwise) {
    return api.execute(this.name, command).catch(() => otherwise);
  }

  draw(jobs) {
    const ids = new Set(jobs.map((job) => job.id));
    for (const [id, item] of this.items) {
      if (!ids.has(id)) {
        item.element.remove();
        this.items.delete(id);
      }
    }
    for (const job of jobs) {
      if (!this.items.has(job.id)) {
        const item = new JobItem(this.name, job.id);
        this.items.set(job.id, item);
        this.list.append(item.element);
      }
      this.items.get(job.id).update(job);
    }
    this.none.hidden = jobs.length > 0;
  }

  async startTrial() {
    try {
      const [disk] = await api.execute(this.name, "query-block");
      const node = disk.inserted["node-name"];
      const size = disk.inserted.image["virtual-size"];
      await api.execute(this.name, "blockdev-add", { driver: "null-co", "node-name": TRIAL, size });
      const job = { "job-id": TRIAL, device: node, target: TRIAL, sync: "full", speed: TRIAL_SPEED };
      await api.execute(this.name, "blockdev-backup", job);
    } catch (problem) {
      toast(`${this.name}: ${problem.message}`, "bad");
    }
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
  }
}

class JobItem {
  constructor(name, id) {
    this.bar = h("progress", { max: 1, value: 0, "aria-label": `Progress of ${id}` });
    this.text = h("span", { class: "amount" });
    this.status = h("span", { class: "chip" });
    this.pause = h("button", { type: "button", class: "quiet", onclick: () => this.act(name, this.paused ? "job-resume" : "job-pause") });
    this.cancel = h("button", { type: "button", class: "quiet", onclick: () => this.act(name, "job-cancel") }, "Cancel");
    this.id = id;
    this.title = h("span", { class: "id" }, id);
    this.element = h("li", { "data-job": id }, h("div", {}, this.title, this.status, this.pause, this.cancel), this.bar, this.text);
  }

  update(job) {
    const [done, total] = [job["current-progress"], job["total-progress"]];
    this.paused = job.status === "paused";
    setText(this.title, `${job.type} · ${job.id}`);
    setText(this.status, job.status);
    this.bar.max = Math.max(1, total);
    this.bar.value = done;
    const percent = total > 0 ? `${Math.floor((done / total) * 100)} %` : "";
    setText(this.text, `${percent} · ${bytes(done)} of ${bytes(total)}`);
    setText(this.pause, this.paused ? "Resume" : "Pause");
    this.pause.hidden = this.cancel.hidden = job.type === "migration";
  }

  async act(name, command) {
    await api.execute(name, command, { id: this.id }).catch((problem) => toast(`${name}: ${problem.message}`, "bad"));
  }
}

/** A migration that is under way, told like a job. */
function migration(info) {
  if (!["setup", "active", "pre-switchover", "device", "postcopy-active"].includes(info.status)) return [];
  const ram = info.ram ?? { total: 0, remaining: 0 };
  return [
    {
      id: "migration",
      type: "migration",
      status: info.status,
      "current-progress": ram.total - ram.remaining,
      "total-progress": ram.total,
    },
  ];
}
