// Live screens. All screens of a page share a few requests, so that sixty machines do not dump at the same time.

import * as api from "./api.js";
import { h, setText } from "./dom.js";
import * as model from "./model.js";

const AT_A_TIME = 3;
const PERIOD = 1000;
const AFTER_FAILURE = 5000;
const LONGEST_AFTER_FAILURE = 30_000;

/** Limit of a request, because a slow machine delays the screens of the others. */
const PATIENCE = 5000;

const screens = new Set();
let underWay = 0;

export class Screen {
  /** With a tab index, the screen can have the focus; letters typed there change no page. */
  constructor(name, tabindex = null) {
    this.name = name;
    this.canvas = h("canvas", { width: 640, height: 400, role: "img", "aria-label": `Screen of ${name}` });
    this.message = h("p", { class: "message" }, "waiting for the screen");
    this.element = h("div", { class: "screen", "data-signal": "none", tabindex }, this.canvas, this.message);
    this.element.screen = this;
    this.due = 0;
    this.failures = 0;
    this.left = new AbortController();
    this.visible = false;
    this.busy = false;
    screens.add(this);
    observer.observe(this.element);
  }

  close() {
    screens.delete(this);
    observer.unobserve(this.element);
    this.left.abort();
  }

  async refresh() {
    this.busy = true;
    underWay++;
    try {
      const blob = await api.screen(this.name, { signal: this.left.signal, millis: PATIENCE });
      this.draw(await createImageBitmap(blob));
      this.failures = 0;
      this.due = performance.now() + PERIOD;
    } catch (problem) {
      this.show("none", problem.status === 422 ? `no screen: ${problem.message}` : "no signal");
      this.due = performance.now() + Math.min(AFTER_FAILURE * 2 ** this.failures++, LONGEST_AFTER_FAILURE);
    }
    underWay--;
    this.busy = false;
    next();
  }

  draw(picture) {
    if (this.canvas.width !== picture.width || this.canvas.height !== picture.height) {
      this.canvas.width = picture.width;
      this.canvas.height = picture.height;
    }
    this.canvas.getContext("2d").drawImage(picture, 0, 0);
    picture.close();
    this.show("live", "");
  }

  show(signal, message) {
    this.element.dataset.signal = signal;
    setText(this.message, message);
  }

  isDue(now) {
    return this.visible && !this.busy && now >= this.due;
  }
}

const observer = new IntersectionObserver((changes) => {
  for (const change of changes) {
    change.target.screen.visible = change.isIntersecting;
  }
  next();
});

/** Refreshes the screens that have waited longest. */
function next() {
  if (document.hidden) return;
  const now = performance.now();
  const waiting = [...screens].filter((screen) => screen.isDue(now)).sort((a, b) => a.due - b.due);
  for (const screen of waiting) {
    const connection = model.get(screen.name);
    if (model.failure() || connection?.runstate !== "RUNNING" || connection.notAnsweringSince) {
      screen.show("none", reason(connection));
      screen.failures = 0;
      screen.due = now + 250;
    } else if (underWay < AT_A_TIME) {
      screen.refresh();
    }
  }
}

const TELLING = new Set(["powered off", "shut down", "crashed", "disconnected", "not answering"]);

function reason(connection) {
  if (model.failure()) return "no contact";
  if (!connection) return "there is no such machine";
  const { word } = model.standing(connection);
  return TELLING.has(word) ? word : "no signal";
}

setInterval(next, 250);
