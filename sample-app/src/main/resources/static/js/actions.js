// What can be done to a machine, with its failures told to the user.

import * as api from "./api.js";
import { confirm, h, toast } from "./dom.js";
import * as model from "./model.js";

export const ACTIONS = {
  pause: { label: "Pause", command: "stop" },
  resume: { label: "Resume", command: "cont" },
  reset: {
    label: "Reset",
    command: "system_reset",
    question: (name) => `Reset ${name}?`,
    detail: "The guest starts anew at once. It does not get a chance to save anything.",
  },
  powerdown: { label: "Power down", command: "system_powerdown" },
  quit: {
    label: "Quit",
    command: "quit",
    question: (name) => `Quit ${name}?`,
    detail: "QEMU ends at once. The guest does not get a chance to save anything.",
  },
};

export async function act(name, key) {
  const action = ACTIONS[key];
  if (action.question && !(await confirm(action.question(name), action.detail, action.label))) return;
  try {
    await api.execute(name, action.command);
  } catch (problem) {
    toast(`${name}: ${action.label.toLowerCase()} failed: ${problem.message}`, "bad");
  }
  model.refreshSoon(50);
}

export async function powerOn(name) {
  try {
    await api.powerOn(name);
  } catch (problem) {
    toast(`${name}: ${problem.message}`, "bad");
  }
  model.refreshSoon(300);
}

export function actionButton(name, key) {
  const className = ACTIONS[key].question ? "danger" : "";
  return h("button", { type: "button", class: className, "data-action": key, onclick: () => act(name, key) }, ACTIONS[key].label);
}
