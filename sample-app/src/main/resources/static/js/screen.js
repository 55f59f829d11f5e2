// Live screens. All screens on a page share a few requests: sixty machines must not mean sixty dumps at a time.

import * as api from "./api.js";
import { h, setText } from "./dom.js";
import * as model from "./model.js";

const AT_A_TIME = 3;
const PERIOD = 1000;
const AFTER_FAILURE = 5000;

const screens = new Set();
let underWay = 0;

export class Screen {
  constructor(name) {
    this.name = name;
    this.canvas = h("canvas", { width: 640, height: 400, role: "img", "aria-label": `Screen of ${name}` });
    this.message = h("p", { class: "message" }, "waiting for the screen");
    this.element = h("div", { class: "screen", "data-signal": "none" }, this.canvas, this.message);
    this.element.screen = this;
    this.due = 0;
    this.visible = false;
    this.busy = false;
    screens.add(this);
    observer.observe(this.element);
  }

  close() {
    screens.delete(this);
    observer.unobserve(this.element);
  }

  async refresh() {
    this.busy = true;
    underWay++;
    try {
      const blob = await api.screen(this.name);
      const picture = await createImageBitmap(blob);
      this.draw(picture);
      this.blob = blob;
      this.due = performance.now() + PERIOD;
    } catch (problem) {
      this.show("none", problem.status === 422 ? `no screen: ${problem.message}` : "no signal");
      this.due = performance.now() + AFTER_FAILURE;
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

/** Refreshes those that have waited longest. */
function next() {
  if (document.hidden) return;
  const now = performance.now();
  const waiting = [...screens].filter((screen) => screen.isDue(now)).sort((a, b) => a.due - b.due);
  for (const screen of waiting) {
    const connection = model.get(screen.name);
    if (connection && connection.runstate !== "RUNNING") {
      screen.show("none", model.standing(connection).word === "powered off" ? "powered off" : "no signal");
      screen.due = now + 250;
    } else if (underWay < AT_A_TIME) {
      screen.refresh();
    }
  }
}

setInterval(next, 250);
