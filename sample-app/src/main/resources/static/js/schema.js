// The commands of a machine, from its query-qmp-schema (QEMU's docs/devel/qapi-code-gen).

import * as api from "./api.js";

/** The last schema of each machine, with the session that it was queried in. */
const schemas = new Map();

/** Commands whose further arguments are properties of the added object. QEMU's schema names these only by variants. */
const OPEN = new Set(["device_add", "netdev_add", "object-add"]);

/** The type of a value that the schema does not describe. */
const ANYTHING = { type: null, values: [] };

/** The schema of a machine. It is queried once per session. */
export function schemaOf(connection) {
  const { name } = connection;
  const session = `${connection.qemuVersion} ${connection.reconnects}`;
  const known = schemas.get(name);
  if (known?.session === session) return known.asked;
  const asked = api.query(name, "query-qmp-schema").then((entities) => new Schema(entities));
  schemas.set(name, { session, asked });
  asked.catch(() => schemas.get(name)?.asked === asked && schemas.delete(name));
  return asked;
}

export class Schema {
  constructor(entities) {
    this.types = new Map(entities.map((entity) => [entity.name, entity]));
    this.commands = entities.filter((entity) => entity["meta-type"] === "command").sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  command(name) {
    const entity = this.types.get(name);
    return entity?.["meta-type"] === "command" ? entity : null;
  }

  /** The arguments of a command, mandatory ones first. Those of a variant need its tag among the given ones. */
  parameters(command, given = {}) {
    return this.members(this.types.get(command["arg-type"]), given).sort((a, b) => a.optional - b.optional);
  }

  members(type, given) {
    const members = (type?.members ?? []).map((member) => this.parameter(member));
    const variant = type?.variants?.find((candidate) => candidate.case === given[type.tag]);
    return variant ? [...members, ...this.members(this.types.get(variant.type), given)] : members;
  }

  /** The type at the end of a path of names; null if there is no such argument. */
  find(command, given, path) {
    let type = this.types.get(command["arg-type"]);
    let object = given;
    let found = null;
    for (const [depth, name] of path.entries()) {
      if (depth > 0) type = this.objectOf(found.type);
      if (depth > 0 && !type) return ANYTHING;
      found = this.members(type, object).find((member) => member.name === name);
      if (!found) return depth === 0 && this.isOpen(command) ? ANYTHING : null;
      object = object[name] ?? {};
    }
    return found;
  }

  /** The object type that a type is, or has as an alternative. */
  objectOf(type) {
    if (type["meta-type"] === "object") return type;
    if (type["meta-type"] !== "alternate") return null;
    return type.members.map((member) => this.types.get(member.type)).find((member) => member?.["meta-type"] === "object");
  }

  isOpen(command) {
    return OPEN.has(command.name) && !this.types.get(command["arg-type"])?.variants;
  }

  parameter(member) {
    const type = this.types.get(member.type) ?? { "meta-type": "builtin", "json-type": member.type };
    return { name: member.name, optional: "default" in member, type, label: this.label(type), values: valuesOf(type) };
  }

  label(type) {
    switch (type["meta-type"]) {
      case "builtin":
        return type["json-type"] ?? type.name;
      case "enum": {
        const values = valuesOf(type);
        return values.length > 5 ? `${values.slice(0, 5).join("|")}|…` : values.join("|");
      }
      case "array":
        return `[${this.label(this.types.get(type["element-type"]) ?? {})}]`;
      case "alternate":
        return "value";
      default:
        return "{…}";
    }
  }
}

function valuesOf(type) {
  if (type["meta-type"] === "enum") return type.values ?? type.members.map((member) => member.name);
  return type["json-type"] === "boolean" ? ["true", "false"] : [];
}
