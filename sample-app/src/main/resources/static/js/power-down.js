// Whether a guest obeys its power button: QEMU only presses it, and reports success.

import { toast } from "./dom.js";
import { onEvents } from "./events.js";
import * as model from "./model.js";

const PATIENCE = 10_000;
const LONG = 20_000;
const watched = new Set();

/** Speaks up if the machine is still on some time after its power button was pressed. */
export function watchPowerDown(name) {
  toast(`${name}: power button pressed. The guest decides what to do.`);
  if (watched.has(name)) return;
  watched.add(name);
  const stop = onEvents((entries) => entries.some((entry) => entry.connection === name && isEnd(entry)) && end());
  const timer = setTimeout(() => {
    end();
    if (model.get(name)?.up) toast(`${name} is still on: its guest does not obey the power button. “Quit QEMU” ends it at once.`, "bad", LONG);
  }, PATIENCE);

  function end() {
    stop();
    clearTimeout(timer);
    watched.delete(name);
  }
}

const isEnd = (entry) => entry.event === "SHUTDOWN" || (entry.kind === "runstate" && entry.current !== "RUNNING");
