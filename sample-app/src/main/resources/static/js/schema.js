// What a machine can be told, by its own word: query-qmp-schema (QEMU's docs/devel/qapi-code-gen).

import * as api from "./api.js";

const schemas = new Map();

/** The schema of a machine; asked for once per version and session of the page. */
export function schemaOf(connection) {
  const key = `${connection.name} ${connection.qemuVersion} ${connection.reconnects}`;
  if (!schemas.has(key)) {
    const asked = api.execute(connection.name, "query-qmp-schema").then((entities) => new Schema(entities));
    asked.catch(() => schemas.delete(key));
    schemas.set(key, asked);
  }
  return schemas.get(key);
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

  /** The arguments of a command: those that must be given first. Those of a variant need its tag among the given. */
  parameters(command, given = {}) {
    const type = this.types.get(command["arg-type"]);
    const members = (type?.members ?? []).map((member) => this.parameter(member));
    const variant = type?.variants?.find((candidate) => candidate.case === given[type.tag]);
    const more = variant ? (this.types.get(variant.type)?.members ?? []).map((member) => this.parameter(member)) : [];
    return [...members, ...more].sort((a, b) => a.optional - b.optional);
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
