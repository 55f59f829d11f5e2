// The last events, limited by number and by size, because a machine can send long events.

const CAPACITY = 5000;
const CAPACITY_CHARACTERS = 8_000_000;

export class EventMemory {
  constructor() {
    this.entries = [];
    this.characters = 0;
  }

  add(entries) {
    this.entries.push(...entries);
    this.characters += entries.reduce((sum, entry) => sum + entry.size, 0);
    if (this.entries.length > CAPACITY * 1.2 || this.characters > CAPACITY_CHARACTERS * 1.2) this.forget();
  }

  forget() {
    let first = 0;
    while (this.entries.length - first > CAPACITY || this.characters > CAPACITY_CHARACTERS) {
      this.characters -= this.entries[first++].size;
    }
    this.entries.splice(0, first);
  }

  /** The entries after the one with an id. If that one is not kept any more: a gap with its length, and all entries. */
  after(id) {
    const last = this.entries.findLastIndex((entry) => entry.id === id);
    if (last >= 0) return this.entries.slice(last + 1);
    const lost = this.entries.length > 0 ? distance(id, this.entries[0].id) - 1 : 0;
    return lost > 0 ? [gap(lost), ...this.entries] : [...this.entries];
  }

  newest(count) {
    return this.entries.slice(-count);
  }
}

export const gap = (lost) => ({ kind: "gap", lost, at: new Date().toISOString(), size: 0 });

/** The distance of two ids from one run of the application; 0 if they are from two runs. */
function distance(from, to) {
  const [runFrom, numberFrom] = (from ?? "").split("-");
  const [runTo, numberTo] = (to ?? "").split("-");
  return runFrom === runTo ? Number(numberTo) - Number(numberFrom) : 0;
}
