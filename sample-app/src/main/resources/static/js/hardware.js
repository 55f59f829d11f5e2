// Tables of what a machine is made of, from the machine's own queries.

import * as api from "./api.js";
import { h } from "./dom.js";
import { bytes } from "./format.js";
import * as model from "./model.js";

const PERIOD = 5000;

const TABLES = [
  {
    title: "Processors",
    command: "query-cpus-fast",
    columns: ["CPU", "Target", "Thread", "Socket · core · thread", "Path"],
    rows: (cpus) =>
      cpus.map((cpu) => [
        cpu["cpu-index"],
        cpu.target,
        cpu["thread-id"],
        [cpu.props?.["socket-id"], cpu.props?.["core-id"], cpu.props?.["thread-id"]].map((id) => id ?? "–").join(" · "),
        cpu["qom-path"],
      ]),
  },
  {
    title: "Memory",
    command: "query-memory-size-summary",
    columns: ["Kind", "Size"],
    rows: (memory) => [
      ["At start", bytes(memory["base-memory"])],
      ["Plugged in", bytes(memory["plugged-memory"] ?? 0)],
    ],
  },
  {
    title: "Block devices",
    command: "query-block",
    second: "query-blockstats",
    columns: ["Device", "Node", "Driver", "Size", "Mode", "Read", "Written"],
    rows: (devices, stats) => devices.map((device) => blockRow(device, stats)),
  },
  {
    title: "Network",
    command: "query-rx-filter",
    columns: ["Device", "Address", "Promiscuous", "Unicast", "Multicast"],
    rows: (nics) => nics.map((nic) => [nic.name, nic["main-mac"], nic.promiscuous ? "yes" : "no", nic.unicast, nic.multicast]),
  },
];

function blockRow(device, stats) {
  const medium = device.inserted;
  const name = device.device || device.qdev || "–";
  const use = stats.find((s) => (device.qdev && s.qdev === device.qdev) || (device.device && s.device === device.device))?.stats;
  return [
    name.replace("/machine/peripheral/", "").replace("/virtio-backend", ""),
    medium?.["node-name"] ?? "empty",
    medium?.drv ?? "–",
    bytes(medium?.image?.["virtual-size"]),
    medium ? (medium.ro ? "read-only" : "read-write") : "–",
    bytes(use?.rd_bytes),
    bytes(use?.wr_bytes),
  ];
}

export class Hardware {
  constructor(name) {
    this.name = name;
    this.tables = TABLES.map((table) => ({ ...table, body: h("tbody"), drawn: "" }));
    this.element = h(
      "div",
      { class: "tables" },
      ...this.tables.map((table) =>
        h(
          "section",
          { class: "panel" },
          h("h2", { id: `t-${table.command}` }, table.title),
          h(
            "div",
            { class: "scroll", tabindex: "0", role: "region", "aria-labelledby": `t-${table.command}` },
            h(
              "table",
              { "aria-labelledby": `t-${table.command}` },
              h("thead", {}, h("tr", {}, ...table.columns.map((column) => h("th", { scope: "col" }, column)))),
              table.body,
            ),
          ),
        ),
      ),
    );
    this.timer = setInterval(() => !document.hidden && this.refresh(), PERIOD);
  }

  async refresh() {
    if (!model.get(this.name)?.up) return;
    await Promise.all(this.tables.map((table) => this.fill(table)));
  }

  async fill(table) {
    let rows;
    try {
      const second = table.second ? api.execute(this.name, table.second) : null;
      rows = table.rows(await api.execute(this.name, table.command), await second);
      if (rows.length === 0) rows = [["none"]];
    } catch (problem) {
      rows = [[problem.status === 422 ? `not told by this machine: ${problem.message}` : problem.message]];
    }
    const drawn = JSON.stringify(rows);
    if (drawn === table.drawn) return;
    table.drawn = drawn;
    table.body.replaceChildren(...rows.map((row) => this.row(row, table.columns.length)));
  }

  row(cells, columns) {
    if (cells.length === 1 && columns > 1) return h("tr", {}, h("td", { colspan: columns, class: "none" }, cells[0]));
    return h("tr", {}, ...cells.map((cell) => h("td", {}, String(cell))));
  }

  close() {
    clearInterval(this.timer);
  }
}
