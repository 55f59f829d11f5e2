// A job for demonstration: copies a machine's disk to a null device.

import * as api from "./api.js";
import { h, isUsable, setUsable, toast } from "./dom.js";

/** The name of the job and of the node it copies to. */
export const TRIAL = "trial-copy";
const SPEED = 100 * 1024 * 1024;

export class Trial {
  constructor(name) {
    this.name = name;
    this.button = h("button", { type: "button", "data-action": "trial", hidden: true, onclick: () => this.start() }, "Start a trial copy");
    this.update(false);
  }

  /** Sets whether a copy can start. The button stays visible, so that it keeps the focus. */
  update(able) {
    this.able = able;
    setUsable(this.button, able && !this.starting);
  }

  async start() {
    if (!isUsable(this.button)) return;
    this.starting = true;
    this.update(true);
    try {
      const disk = (await api.execute(this.name, "query-block")).find((device) => device.inserted);
      if (!disk) throw new Error("there is no disk to copy");
      await this.copy(disk.inserted["node-name"], disk.inserted.image["virtual-size"]);
      this.able = false; // until the next query of the jobs
    } catch (problem) {
      toast(`${this.name}: ${problem.message}`, "bad");
    }
    this.starting = false;
    this.update(this.able);
  }

  async copy(node, size) {
    const add = () => api.execute(this.name, "blockdev-add", { driver: "null-co", "node-name": TRIAL, size });
    // If an earlier trial ended while this page was closed, its node still exists.
    await add().catch(() => this.clear().then(add));
    try {
      const job = { "job-id": TRIAL, device: node, target: TRIAL, sync: "full", speed: SPEED };
      await api.execute(this.name, "blockdev-backup", job);
    } catch (problem) {
      await this.clear();
      throw problem;
    }
  }

  /** Removes the node, if it exists and no job uses it. */
  async clear() {
    await api.execute(this.name, "blockdev-del", { "node-name": TRIAL }).catch(() => {});
  }
}
