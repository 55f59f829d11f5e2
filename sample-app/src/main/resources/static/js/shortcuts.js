// Keys that change pages. They are single letters, so they can be switched off, and have no effect in fields.

import { h } from "./dom.js";
import { load, save } from "./storage.js";

const PAGES = { w: "#/", e: "#/events", c: "#/console" };
const HELP = [
  ["w, e, c", "wall, events, commands"],
  ["?", "this help"],
  ["Tab", "in the command line: take the completion"],
  ["↑ ↓", "in the command line: choose a completion, or recall a line"],
];
const ENABLED = "qmp-shortcuts";

/** A screen counts as a field, because users may type there to reach the machine. */
const TYPING = "input, select, textarea, dialog, .screen, [contenteditable]";

export function start(button) {
  button.addEventListener("click", help);
  addEventListener("keydown", onKey);
}

function onKey(event) {
  if (event.defaultPrevented || event.isComposing || event.repeat) return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.(TYPING)) return;
  if (!load(ENABLED, true)) return;
  if (event.key === "?") help();
  else if (PAGES[event.key]) location.hash = PAGES[event.key];
  else return;
  event.preventDefault();
}

function help() {
  const enabled = h("input", { type: "checkbox", id: "shortcuts", checked: load(ENABLED, true), onchange: () => save(ENABLED, enabled.checked) });
  const dialog = h(
    "dialog",
    { "aria-labelledby": "keys-title", onclose: () => dialog.remove() },
    h("h2", { id: "keys-title" }, "Keys"),
    h("dl", { class: "facts" }, ...HELP.flatMap(([key, text]) => [h("dt", {}, key), h("dd", {}, text)])),
    h("p", { class: "pair" }, enabled, h("label", { for: "shortcuts" }, "Single letters change pages")),
    h("p", { class: "note" }, "Letters never do so in a field, or while a machine's screen has the focus."),
    h("div", { class: "buttons" }, h("button", { type: "button", onclick: () => dialog.close() }, "Close")),
  );
  document.body.append(dialog);
  dialog.showModal();
}
