// The actions on a machine. Each shows its outcome to the user.

import * as api from "./api.js";
import { confirm, h, isUsable, setAttribute, setText, toast } from "./dom.js";
import * as model from "./model.js";
import { powerDown } from "./power-down.js";

/** After this time a toast reports that the command is under way, because a button shows no progress. */
const SLOW = 2000;

export const ACTIONS = {
  pause: { label: "Pause", command: "stop", done: "paused" },
  resume: { label: "Resume", command: "cont", done: "resumed" },
  reset: {
    label: "Reset",
    command: "system_reset",
    done: "reset",
    question: (name) => `Reset ${name}?`,
    detail: "The guest starts anew at once. It does not get a chance to save anything.",
  },
  powerdown: { label: "Shut down", command: "system_powerdown", run: powerDown, title: "Presses the power button: the guest decides what to do" },
  quit: {
    label: "Quit QEMU",
    command: "quit",
    done: "QEMU has quit",
    question: (name) => `Quit the QEMU of ${name}?`,
    detail: "QEMU ends at once. The guest does not get a chance to save anything.",
  },
};

export async function act(name, key) {
  const action = ACTIONS[key];
  if (action.question && !(await confirm(action.question(name), action.detail, action.label))) return;
  const slow = setTimeout(() => toast(`${name}: ${action.command} is sent, and not answered yet.`), SLOW);
  try {
    if (action.run) {
      await action.run(name);
    } else {
      await api.execute(name, action.command);
      toast(`${name}: ${action.done}.`);
    }
  } catch (problem) {
    toast(`${name}: ${action.command} failed: ${problem.message}`, "bad");
  }
  clearTimeout(slow);
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
  const { question, title } = ACTIONS[key];
  const button = h("button", { type: "button", class: question ? "danger" : "", title, onclick: () => isUsable(button) && act(name, button.dataset.action) });
  setAction(button, key);
  return button;
}

/** Gives a button another action of the same kind, such as "resume" for "pause". So the button keeps the focus. */
export function setAction(button, key) {
  setAttribute(button, "data-action", key);
  setText(button, ACTIONS[key].label);
}
