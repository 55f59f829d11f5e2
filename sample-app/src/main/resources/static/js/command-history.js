// The lines to recall. They last as long as the window, and none of them carries a secret: only lines that the application has
// found to be free of secrets are added.

import { forget, load, save, WINDOW } from "./storage.js";

const KEY = "qmp-history";
const LENGTH = 100;
const CHARACTERS = 100_000;

// Earlier versions kept lines permanently, and did not recognize every secret.
forget(KEY);

export class CommandHistory {
  constructor() {
    this.lines = load(KEY, [], WINDOW).filter((line) => typeof line === "string");
    this.position = this.lines.length;
  }

  add(line) {
    const atEnd = this.position === this.lines.length;
    if (this.lines.at(-1) !== line) this.lines.push(line);
    let characters = this.lines.reduce((sum, kept) => sum + kept.length, 0);
    while (this.lines.length > LENGTH || characters > CHARACTERS) characters -= this.lines.shift().length;
    this.position = atEnd ? this.lines.length : Math.min(this.position, this.lines.length);
    save(KEY, this.lines, WINDOW);
  }

  /** Moves by a number of steps, and returns the line there; "" after the newest, null beyond both ends. */
  move(step) {
    const to = this.position + step;
    if (to < 0 || to > this.lines.length) return null;
    this.position = to;
    return this.lines[to] ?? "";
  }

  /** The next step back is to the newest line. */
  rewind() {
    this.position = this.lines.length;
  }
}
