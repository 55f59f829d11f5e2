// Announces machines that have come up or gone down to screen readers.

import { setText } from "./dom.js";
import * as model from "./model.js";

const MOST_BY_NAME = 3;

export function start(place) {
  const known = new Map();
  model.onChange(() => {
    const changed = { connected: [], down: [] };
    for (const { name, up } of model.all()) {
      if (known.has(name) && known.get(name) !== up) changed[up ? "connected" : "down"].push(name);
      known.set(name, up);
    }
    const news = Object.entries(changed).filter(([, names]) => names.length > 0);
    if (news.length > 0) setText(place, news.map(([word, names]) => `${who(names)} ${word}`).join(", "));
  });
}

const who = (names) => (names.length > MOST_BY_NAME ? `${names.length} machines` : names.join(", "));
