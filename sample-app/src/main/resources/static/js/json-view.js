// JSON as a tree that folds, coloured by type. A branch is built when it is opened.

import { h } from "./dom.js";
import { isInexact, isRaw } from "./exact-json.js";

const CHUNK = 200;
const OPEN_UP_TO = 12;
const OPEN_LEVELS = 2;

export function jsonView(value) {
  return h("div", { class: "json" }, node(value, null, 0));
}

function node(value, key, depth) {
  const label = key === null ? [] : [h("span", { class: "key" }, key), ": "];
  if (value === null || typeof value !== "object" || isRaw(value)) {
    if (typeof value === "string" && value.includes("\n")) return h("div", { class: "leaf" }, ...label, lines(value));
    const about = isInexact(value) ? "about " : "";
    return h("div", { class: "leaf" }, ...label, h("span", { class: kind(value) }, about + JSON.stringify(value)));
  }
  const isList = Array.isArray(value);
  const entries = isList ? value.map((item, i) => [String(i), item]) : Object.entries(value);
  if (entries.length === 0) return h("div", { class: "leaf" }, ...label, isList ? "[]" : "{}");
  const branch = h("details", { ontoggle: () => branch.open && fill() });
  const size = h("span", { class: "size" }, isList ? `[${entries.length}]` : `{${entries.length}}`);
  branch.append(h("summary", {}, ...label, size, h("span", { class: "preview" }, ` ${preview(value)}`)));
  let filled = 0;

  function fill() {
    if (filled > 0) return;
    more();
  }

  function more() {
    const next = entries.slice(filled, filled + CHUNK);
    filled += next.length;
    const rows = next.map(([name, item]) => node(item, name, depth + 1));
    branch.append(...rows);
    if (filled < entries.length) {
      const rest = h("button", { type: "button", class: "quiet", onclick: () => replace(rest) }, `${entries.length - filled} more`);
      branch.append(rest);
    }
    return rows[0];
  }

  /** Shows more rows in the place of the button, whose focus moves to the first of them. */
  function replace(button) {
    button.remove();
    const first = more();
    const target = first.querySelector(":scope > summary") ?? first;
    if (target === first) target.tabIndex = -1;
    target.focus({ preventScroll: true });
  }

  if (depth < OPEN_LEVELS && entries.length <= OPEN_UP_TO) branch.open = true;
  return branch;
}

/** Text of several lines, such as the result of human-monitor-command. */
const lines = (text) => h("pre", { class: "string lines" }, text.replaceAll("\r\n", "\n").replace(/\n+$/, ""));

function kind(value) {
  if (isRaw(value)) return "number";
  return value === null ? "null" : typeof value;
}

function preview(value) {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
