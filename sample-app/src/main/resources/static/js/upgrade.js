// Offers to reload the page after an upgrade of the application that has changed the pages.

import { h } from "./dom.js";

const OWN = document.querySelector('meta[name="version"]')?.content;
let down = false;

/** A hidden page has no stream, so it compares the versions when it becomes visible. */
export function start() {
  document.addEventListener("visibilitychange", () => document.hidden || compare());
}

/** Call this with each state of the event stream, because an upgrade interrupts the stream. */
export function onStreamState(state) {
  const returned = down && state === "live";
  down = state === "reconnecting";
  if (returned) compare();
}

async function compare() {
  const page = await fetch("/").then((response) => response.text(), () => "");
  const found = /<meta name="version" content="([^"]*)"/.exec(page)?.[1];
  if (!found || found === OWN || document.getElementById("upgrade")) return;
  const reload = h("button", { type: "button", onclick: () => location.reload() }, "Reload");
  document.querySelector("header").after(h("p", { id: "upgrade", class: "banner", role: "status" }, "The application has been upgraded. ", reload));
}
