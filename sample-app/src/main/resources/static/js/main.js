// The frame around the pages: chooses the page, and light or dark.

import { console as consolePage } from "./console.js";
import { setText } from "./dom.js";
import * as events from "./events.js";
import { logPage } from "./log-page.js";
import { machine } from "./machine.js";
import * as model from "./model.js";
import * as news from "./news.js";
import * as shortcuts from "./shortcuts.js";
import * as upgrade from "./upgrade.js";
import { wall } from "./wall.js";

const view = document.getElementById("view");
let page = null;
let keptConsole = null;

function pageFor(hash) {
  const [, kind = "", name] = hash.replace(/^#/, "").split("/");
  if (kind === "vm" && name) return machine(decoded(name));
  if (kind === "events") return logPage();
  if (kind === "console") return (keptConsole ??= consolePage());
  return wall();
}

/** Decodes a name of an address. A name with a wrong encoding is used unchanged. */
function decoded(name) {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function show() {
  const before = page;
  page?.close();
  page = pageFor(location.hash);
  const [, , name] = location.hash.split("/");
  page.open?.(name && decoded(name));
  if (page !== before) view.replaceChildren(page.element);
  document.title = `${page.title} – QMP console`;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.dataset.page === page.page) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  // After navigation the focus is in the new page; after loading it is at the beginning.
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
    try {
      localStorage.setItem("qmp-theme", theme);
    } catch {
      // If the browser stores nothing, the choice lasts for this visit.
    }
  });
}

initTheme();
shortcuts.start(document.getElementById("keys"));
document.querySelector(".skip").addEventListener("click", (event) => {
  // Its address would be read as that of a page.
  event.preventDefault();
  focusContent();
});
addEventListener("hashchange", show);
events.onStream(showStream);
events.onStream(upgrade.onStreamState);
upgrade.start();
events.start();
model.start();
news.start(document.getElementById("news"));
// The server renders the first content. The page replaces it when it has data.
const stop = model.onChange(() => {
  stop();
  show();
});
