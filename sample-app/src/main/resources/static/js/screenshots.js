// Pictures of a screen. They are kept as long as the page is open.

import * as api from "./api.js";
import { h, isUsable, setUsable, toast } from "./dom.js";
import { dateTime } from "./format.js";

const MOST = 12;

export class Screenshots {
  constructor(name) {
    this.name = name;
    this.urls = [];
    this.left = new AbortController();
    this.button = h("button", { type: "button", "data-action": "screenshot", onclick: () => this.take() }, "Take a screenshot");
    this.list = h("ul", { class: "screenshots", "aria-label": "Screenshots", hidden: true });
    this.none = h("p", { class: "none" }, "None yet. They last as long as this page.");
    this.element = h("section", { class: "panel" }, h("h2", {}, "Screenshots", this.button), this.list, this.none);
  }

  /** Without a session there is no picture to take. */
  update(up) {
    this.up = up;
    setUsable(this.button, up && !this.busy);
  }

  /** Takes a new picture, because the one on the page may be old. */
  async take() {
    if (!isUsable(this.button)) return;
    this.busy = true;
    this.update(this.up);
    try {
      const picture = await api.screen(this.name, { signal: this.left.signal });
      if (!this.left.signal.aborted) this.keep(picture);
    } catch (problem) {
      if (!this.left.signal.aborted) toast(`${this.name}: no screenshot: ${problem.message}`, "bad");
    }
    this.busy = false;
    this.update(this.up);
  }

  keep(picture) {
    const url = URL.createObjectURL(picture);
    const time = dateTime();
    this.urls.push(url);
    const file = `${this.name}-${time.replaceAll(":", "").replace(" ", "-")}.png`;
    this.list.prepend(
      h("li", {}, h("a", { href: url, download: file }, h("img", { src: url, alt: `Screen at ${time}` }), h("span", {}, time.slice(11, 19)))),
    );
    if (this.urls.length > MOST) {
      URL.revokeObjectURL(this.urls.shift());
      this.list.lastChild.remove();
    }
    this.list.hidden = false;
    this.none.hidden = true;
  }

  close() {
    this.left.abort();
    this.urls.forEach((url) => URL.revokeObjectURL(url));
  }
}
