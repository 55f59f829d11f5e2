// Reads a line of the console:  name  |  name key=value …  |  name {json}  |  {json message}
// A value is text if the schema has a string there, else JSON. Dots in keys make objects: addr.type=inet.
// JSON is sent as typed: numbers are not parsed and written again.

import { duplicateKey } from "./duplicate-key.js";
import { parseExact, writeExact } from "./exact-json.js";

/** Splits at blanks, but not within quotes, brackets or braces. Each part has its position. */
export function split(line) {
  const parts = [];
  let depth = 0;
  let quoted = false;
  let escaped = false;
  let part = null;
  for (let i = 0; i < line.length; i++) {
    const c = line[i];
    if (c === " " && depth === 0 && !quoted) {
      part = null;
      continue;
    }
    if (!part) parts.push((part = { text: "", at: i }));
    part.text += c;
    if (c === '"' && !escaped) quoted = !quoted;
    escaped = c === "\\" && !escaped;
    if (!quoted && (c === "{" || c === "[")) depth++;
    if (!quoted && (c === "}" || c === "]")) depth--;
  }
  return parts;
}

/** Returns the message of a line as text, and its command's name. Throws an Error that describes a fault of the line. */
export function parse(line, schema, outOfBand) {
  const text = line.trim();
  if (text.startsWith("{")) {
    const message = checked(json(text, "the message"));
    const outOfBand = "exec-oob" in message;
    return { text, outOfBand, name: String(outOfBand ? message["exec-oob"] : message.execute) };
  }
  const [head, ...rest] = split(text);
  if (!head) throw new Error("a command's name is missing");
  const command = schema?.command(head.text);
  if (schema && !command) throw new Error(`this machine has no command ${head.text}`);
  const args = readArguments(rest, command && { schema, command });
  const message = { [outOfBand ? "exec-oob" : "execute"]: head.text };
  if (Object.keys(args).length > 0) message.arguments = args;
  return { text: writeExact(message), outOfBand, name: head.text };
}

const MEMBERS = ["execute", "exec-oob", "arguments", "id"];

function checked(message) {
  const unknown = Object.keys(message).find((name) => !MEMBERS.includes(name));
  if (unknown !== undefined) throw new Error(`the message has an unknown member "${unknown}": it may have ${MEMBERS.join(", ")}`);
  if (("execute" in message) === ("exec-oob" in message)) throw new Error('the message needs one of "execute" and "exec-oob"');
  return message;
}

function readArguments(parts, known) {
  if (parts.length === 1 && parts[0].text.startsWith("{")) return json(parts[0].text, "the arguments");
  const args = Object.create(null);
  for (const { text } of parts) {
    const equals = text.indexOf("=");
    if (equals < 1) throw new Error(`'${text}' is no argument: write name=value`);
    const key = text.slice(0, equals);
    const parameter = known?.schema.find(known.command, args, key.split("."));
    if (known && !parameter) throw new Error(`there is no argument ${key} here`);
    if (isTaken(args, key.split("."))) throw new Error(`the argument ${key} is given twice`);
    put(args, key.split("."), valueOf(text.slice(equals + 1), parameter));
  }
  const missing = known?.schema.parameters(known.command, args).filter((needed) => !needed.optional && !(needed.name in args)) ?? [];
  if (missing.length > 0) throw new Error(`missing: ${missing.map((parameter) => parameter.name).join(", ")}`);
  return args;
}

function valueOf(text, parameter) {
  const type = parameter?.type;
  const isText = type?.["meta-type"] === "enum" || type?.["json-type"] === "string";
  if (isText && parameter.values.length > 0 && !parameter.values.includes(text)) {
    throw new Error(`${parameter.name} is one of ${parameter.values.join(", ")}`);
  }
  if (isText) return text.startsWith('"') ? json(text, parameter.name) : text;
  if (!type || type["meta-type"] === "alternate" || type["json-type"] === "value") return loose(text);
  return json(text, parameter.name);
}

function loose(text) {
  try {
    parseExact(text);
  } catch {
    return text;
  }
  return json(text, "the value");
}

function json(text, what) {
  let value;
  try {
    value = parseExact(text);
  } catch (error) {
    throw new Error(`${what}: not JSON: ${error.message}`);
  }
  const twice = duplicateKey(text);
  if (twice !== null) throw new Error(`${what}: the key "${twice}" stands twice`);
  return value;
}

/** Whether the path already has a value, or leads through one that is no object. */
function isTaken(target, path) {
  let value = target;
  for (const step of path) {
    if (value === undefined) return false;
    if (Object.getPrototypeOf(Object(value)) !== null) return true;
    value = value[step];
  }
  return value !== undefined;
}

function put(target, path, value) {
  const last = path.pop();
  let object = target;
  for (const step of path) object = object[step] ??= Object.create(null);
  object[last] = value;
}
