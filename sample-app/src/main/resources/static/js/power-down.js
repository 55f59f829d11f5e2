// Shuts a guest down. QEMU only presses the power button; the end of the task shows whether the guest has obeyed.

import * as api from "./api.js";
import { toast } from "./dom.js";
import { onEvents } from "./events.js";
import * as model from "./model.js";

/** The second click of a double click comes within this time. A guest that asks first may need a second press later. */
const DOUBLE_CLICK_MILLIS = 1000;

const watched = new Set();
const pressed = new Map();

/** Presses the power button of a machine, and reports if it is still on some time after that. */
export async function powerDown(name) {
  const now = performance.now();
  if (now - (pressed.get(name) ?? -Infinity) < DOUBLE_CLICK_MILLIS) return;
  pressed.set(name, now);
  const stop = watched.has(name) ? null : watch(name);
  try {
    await api.powerDown(name);
    toast(`${name}: power button pressed. The guest decides what to do.`);
  } catch (problem) {
    stop?.();
    throw problem;
  }
}

/** Watches for the end of the task; returns the method that ends this. */
function watch(name) {
  watched.add(name);
  const stopListening = onEvents((entries) => {
    const end = entries.find((entry) => entry.kind === "task" && entry.connection === name && entry.task === "power down");
    if (!end) return;
    stop();
    if (end.outcome !== "SUCCEEDED") toast(complaint(name, end), "bad");
  });

  function stop() {
    stopListening();
    watched.delete(name);
  }
  return stop;
}

function complaint(name, { outcome, failure, cause }) {
  const connection = model.get(name);
  if (outcome !== "FAILED" || cause || !connection?.up) return `${name}: ${[failure, cause].filter(Boolean).join(": ")}`;
  if (connection.notAnsweringSince) return `${name} does not answer, so it is still on. “Quit QEMU” would not be answered either.`;
  return `${name} is still on: its guest does not obey the power button. “Quit QEMU” ends it at once.`;
}
