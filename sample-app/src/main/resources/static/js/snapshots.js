// Pictures of a screen that are kept, as long as the page is open.

import { h } from "./dom.js";
import { clock } from "./format.js";

const MOST = 12;

export class Snapshots {
  constructor(name, screen) {
    this.name = name;
    this.screen = screen;
    this.urls = [];
    this.button = h("button", { type: "button", "data-action": "snapshot", onclick: () => this.take() }, "Snapshot");
    this.element = h("ul", { class: "snapshots", "aria-label": "Snapshots" });
  }

  take() {
    if (!this.screen.blob) return;
    const url = URL.createObjectURL(this.screen.blob);
    const time = clock();
    this.urls.push(url);
    const file = `${this.name}-${time.replaceAll(":", "")}.png`;
    this.element.prepend(
      h("li", {}, h("a", { href: url, download: file }, h("img", { src: url, alt: `Screen at ${time}` }), h("span", {}, time))),
    );
    if (this.urls.length > MOST) {
      URL.revokeObjectURL(this.urls.shift());
      this.element.lastChild.remove();
    }
  }

  close() {
    this.urls.forEach((url) => URL.revokeObjectURL(url));
  }
}
