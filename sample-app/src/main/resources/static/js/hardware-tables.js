// The tables of a machine's hardware: their queries, and the rows from the replies.

import { bytes } from "./format.js";

export const TABLES = [
  {
    title: "Processors",
    commands: ["query-cpus-fast"],
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
    commands: ["query-memory-size-summary"],
    columns: ["Kind", "Size"],
    rows: (memory) => [
      ["At start", bytes(memory["base-memory"])],
      ["Plugged in", bytes(memory["plugged-memory"] ?? 0)],
    ],
  },
  {
    title: "Block devices",
    commands: ["query-block", "query-blockstats"],
    columns: ["Device", "Node", "Driver", "Size", "Mode", "Read", "Written"],
    rows: (devices, stats) => (devices ?? []).map((device) => blockRow(device, stats ?? [])),
  },
  {
    title: "Network",
    commands: ["query-rx-filter", "query-pci"],
    columns: ["Device", "Model", "Address", "Promiscuous", "Unicast", "Multicast"],
    rows: (filters, buses) => networkRows(filters ?? [], buses ?? []),
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

const ETHERNET = 0x0200;
const VIRTIO = 0x1af4;

/**
 * The PCI bus lists every card. Virtio cards report more: under their id, or under a generated name if they have none, in the
 * order of the bus.
 */
export function networkRows(filters, buses) {
  const untold = [...filters];
  const take = (matches) => {
    const i = untold.findIndex(matches);
    return i < 0 ? null : untold.splice(i, 1)[0];
  };
  const cards = buses.flatMap((bus) => flat(bus.devices)).filter((device) => device.class_info.class === ETHERNET);
  const ids = new Set(cards.map((card) => card.qdev_id));
  const rows = cards.map((card) => {
    const named = card.qdev_id && take((filter) => filter.name === card.qdev_id);
    const filter = named || (!card.qdev_id && card.id.vendor === VIRTIO && take((other) => !ids.has(other.name)));
    const name = card.qdev_id || filter?.name || `${card.bus}:${card.slot}.${card.function}`;
    return networkRow(name, `${hex(card.id.vendor)}:${hex(card.id.device)}`, filter);
  });
  return [...rows, ...untold.map((filter) => networkRow(filter.name, "–", filter))];
}

const flat = (devices) => devices.flatMap((device) => [device, ...flat(device.pci_bridge?.devices ?? [])]);

const hex = (number) => number.toString(16).padStart(4, "0");

function networkRow(name, model, filter) {
  if (!filter) return [name, model, "–", "–", "–", "–"];
  return [name, model, filter["main-mac"], filter.promiscuous ? "yes" : "no", filter.unicast, filter.multicast];
}
