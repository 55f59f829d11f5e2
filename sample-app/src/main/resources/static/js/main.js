// The frame around the pages: which one is shown, light and dark, keys.

import { console as consolePage } from "./console.js";
import { h, setText } from "./dom.js";
import * as events from "./events.js";
import { logPage } from "./log-page.js";
import { machine } from "./machine.js";
import * as model from "./model.js";
import * as news from "./news.js";
import { wall } from "./wall.js";

const view = document.getElementById("view");
let page = null;
let keptConsole = null;

function pageFor(hash) {
  const [, kind = "", name] = hash.replace(/^#/, "").split("/");
  if (kind === "vm" && name) return machine(decodeURIComponent(name));
  if (kind === "events") return logPage();
  if (kind === "console") return (keptConsole ??= consolePage());
  return wall();
}

function show() {
  const before = page;
  page?.close();
  page = pageFor(location.hash);
  const [, , name] = location.hash.split("/");
  page.open?.(name && decodeURIComponent(name));
  if (page !== before) view.replaceChildren(page.element);
  document.title = `${page.title} – QMP console`;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.dataset.page === page.page) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  // Whoever navigates goes on from there; a page that has just been loaded begins at its beginning.
  if (page.focus) page.focus();
  else if (before) focusContent();
}

function focusContent() {
  const heading = view.querySelector("h1") ?? view;
  heading.tabIndex = -1;
  heading.focus();
}

function showStream(state) {
  const live = document.querySelector(".live");
  live.dataset.live = state;
  setText(live.querySelector(".word"), state);
}

function initTheme() {
  document.getElementById("theme").addEventListener("click", () => {
    const now = document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    const theme = now === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    localStorage.setItem("qmp-theme", theme);
  });
}

const KEYS = { w: "#/", e: "#/events", c: "#/console" };
const HELP = [
  ["w, e, c", "wall, events, console"],
  ["?", "this help"],
  ["Tab", "in the console: take the completion"],
  ["↑ ↓", "in the console: choose a completion, or recall a line"],
];

function onKey(event) {
  if (event.target.closest("input, select, textarea, dialog") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "?") help();
  else if (KEYS[event.key]) location.hash = KEYS[event.key];
  else return;
  event.preventDefault();
}

function help() {
  const dialog = h(
    "dialog",
    { "aria-label": "Keys", onclose: () => dialog.remove() },
    h("h2", {}, "Keys"),
    h("dl", { class: "facts" }, ...HELP.flatMap(([key, text]) => [h("dt", {}, key), h("dd", {}, text)])),
    h("div", { class: "buttons" }, h("button", { type: "button", onclick: () => dialog.close() }, "Close")),
  );
  document.body.append(dialog);
  dialog.showModal();
}

initTheme();
document.querySelector(".skip").addEventListener("click", (event) => {
  // Its address would be taken for a page's.
  event.preventDefault();
  focusContent();
});
addEventListener("hashchange", show);
addEventListener("keydown", onKey);
events.onStream(showStream);
events.start();
model.start();
news.start(document.getElementById("news"));
// The first picture is the server's; the page takes over when there is something to show.
const stop = model.onChange(() => {
  stop();
  show();
});
