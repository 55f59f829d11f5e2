// Offers to reload the page after an upgrade of the application that has changed the pages.

import { h } from "./dom.js";

const OWN = document.querySelector('meta[name="version"]')?.content;
let down = false;

/** Call this with each state of the event stream, because an upgrade interrupts the stream. */
export async function onStreamState(state) {
  const returned = down && state === "live";
  down = state === "reconnecting";
  if (!returned || document.getElementById("upgrade")) return;
  const page = await fetch("/").then((response) => response.text(), () => "");
  const found = /<meta name="version" content="([^"]*)"/.exec(page)?.[1];
  if (!found || found === OWN) return;
  const reload = h("button", { type: "button", onclick: () => location.reload() }, "Reload");
  document.querySelector("header").after(h("p", { id: "upgrade", class: "banner", role: "status" }, "The application has been upgraded. ", reload));
}
