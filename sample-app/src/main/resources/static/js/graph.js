// A graph of the last minute, as small as a word.

import { setAttribute, svg } from "./dom.js";

const WIDTH = 120;
const HEIGHT = 24;

export class Graph {
  constructor(label, capacity = 60) {
    this.capacity = capacity;
    this.line = svg("polyline", { fill: "none" });
    this.area = svg("polygon", {});
    this.element = svg(
      "svg",
      { class: "graph", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": label },
      this.area,
      this.line,
    );
  }

  /** Draws values from the oldest to the newest. For null there is a gap. */
  draw(values, least) {
    const top = Math.max(least, ...values.map((value) => value ?? 0));
    const step = WIDTH / (this.capacity - 1);
    const start = WIDTH - (values.length - 1) * step;
    const points = values
      .map((value, i) => (value === null ? null : `${(start + i * step).toFixed(1)},${y(value, top)}`))
      .filter((point) => point !== null);
    setAttribute(this.line, "points", points.join(" "));
    const first = points[0]?.split(",")[0];
    setAttribute(this.area, "points", points.length > 1 ? `${first},${HEIGHT} ${points.join(" ")} ${WIDTH},${HEIGHT}` : "");
  }
}

const y = (value, top) => (HEIGHT - 1.5 - (value / top) * (HEIGHT - 4)).toFixed(1);
