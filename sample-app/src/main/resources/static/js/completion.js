// The possible continuations of a line of the console, and the arguments of its command.

import { split } from "./command-line.js";

const MOST = 200;

/** The choices for the part at the caret: the part's position, and the texts that can replace it. */
export function complete(line, caret, schema) {
  if (!schema || line.trimStart().startsWith("{")) return { from: caret, typed: "", choices: [] };
  const before = line.slice(0, caret);
  const parts = split(before);
  const open = parts.length > 0 && !before.endsWith(" ") ? parts.pop() : { text: "", at: caret };
  const head = parts[0]?.text;
  const choices = head === undefined ? commands(open.text, schema) : values(open.text, head, parts.slice(1), schema);
  const isComplete = choices.length === 1 && choices[0].text.trim() === open.text;
  return { from: open.at, typed: open.text, choices: isComplete ? [] : choices.slice(0, MOST) };
}

function commands(typed, schema) {
  return ranked(typed, schema.commands.map((command) => command.name)).map((name) => ({
    text: name + (schema.parameters(schema.command(name)).length > 0 ? " " : ""),
    label: name,
    hint: schema.parameters(schema.command(name)).map(hint).join(" "),
  }));
}

function values(typed, head, parts, schema) {
  const command = schema.command(head);
  if (!command || typed.startsWith("{")) return [];
  const given = Object.fromEntries(parts.map(({ text }) => text.split("=")));
  const parameters = schema.parameters(command, given);
  const equals = typed.indexOf("=");
  if (equals >= 0) {
    const parameter = parameters.find((candidate) => candidate.name === typed.slice(0, equals));
    return ranked(typed.slice(equals + 1), parameter?.values ?? []).map((value) => ({
      text: `${parameter.name}=${value} `,
      label: value,
      hint: "",
    }));
  }
  const free = parameters.filter((parameter) => !(parameter.name in given));
  return ranked(typed, free.map((parameter) => parameter.name)).map((name) => {
    const parameter = free.find((candidate) => candidate.name === name);
    return { text: `${name}=`, label: name, hint: `${parameter.label}${parameter.optional ? ", optional" : ""}` };
  });
}

/** First the choices that begin with the typed text, then those that contain it. */
function ranked(typed, names) {
  return [...names.filter((name) => name.startsWith(typed)), ...names.filter((name) => name.indexOf(typed) > 0)];
}

const hint = (parameter) => {
  const text = `${parameter.name}=${parameter.label}`;
  return parameter.optional ? `[${text}]` : text;
};

/** A command with all its arguments, in parts. The part at the caret is marked. */
export function signature(line, caret, schema) {
  const parts = split(line);
  const command = parts.length > 0 && schema?.command(parts[0].text);
  if (!command) return [];
  const given = Object.fromEntries(parts.slice(1).map(({ text }) => text.split("=")));
  const open = parts.findLast?.((part) => part.at <= caret)?.text.split("=")[0];
  return [
    { text: command.name, kind: "command" },
    ...schema.parameters(command, given).map((parameter) => ({
      text: hint(parameter),
      kind: parameter.name === open ? "current" : parameter.name in given ? "given" : parameter.optional ? "optional" : "needed",
    })),
  ];
}
