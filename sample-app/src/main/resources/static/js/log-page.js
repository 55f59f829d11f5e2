// The page of all events.

import { h, setText } from "./dom.js";
import { counts, onEvents, remembered } from "./events.js";
import { isListed, Log, pauseButton, title } from "./log.js";
import * as model from "./model.js";

export function logPage() {
  const tally = h("p", { class: "summary" });
  const log = new Log();
  const machines = h("select", { id: "by-vm", onchange: () => log.setFilter({ connection: machines.value }) });
  const names = h("datalist", { id: "event-names" });
  const name = h("input", {
    id: "by-name",
    type: "search",
    placeholder: "such as STOP",
    list: "event-names",
    spellcheck: "false",
    autocomplete: "off",
    oninput: () => log.setFilter({ name: name.value.trim() }),
    onfocus: () => names.replaceChildren(...known().map((value) => h("option", { value }))),
  });

  function drawTally() {
    const { received, lost, forgotten } = counts();
    const dropped = lost + model.all().reduce((sum, connection) => sum + connection.eventsLost, 0);
    const old = forgotten > 0 ? ` · ${forgotten} too old to be shown` : "";
    setText(tally, `${received} received · ${dropped} lost${old}${log.paused ? " · paused" : ""}`);
  }

  function drawMachines() {
    const wanted = ["", ...model.all().map((connection) => connection.name)];
    if (wanted.join("\n") === [...machines.options].map((option) => option.value).join("\n")) return;
    const chosen = machines.value;
    machines.replaceChildren(...wanted.map((value) => h("option", { value }, value || "all machines")));
    machines.value = chosen;
  }

  const stops = [model.onChange(drawMachines), model.onChange(drawTally), onEvents(drawTally)];
  drawMachines();
  drawTally();
  return {
    element: h(
      "section",
      { class: "events" },
      h("div", { class: "title" }, h("h1", {}, "Events"), tally),
      h(
        "form",
        { class: "filters", role: "search", onsubmit: (event) => event.preventDefault() },
        h("span", { class: "pair" }, h("label", { for: "by-vm" }, "Machine"), machines),
        h("span", { class: "pair" }, h("label", { for: "by-name" }, "Name"), name),
        names,
        pauseButton(log, "", drawTally),
      ),
      log.element,
    ),
    title: "Events",
    page: "events",
    close() {
      stops.forEach((stop) => stop());
      log.close();
    },
  };
}

const known = () => [...new Set(remembered().filter(isListed).map(title))].sort();
