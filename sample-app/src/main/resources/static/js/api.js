// The application's HTTP interface.

/** A problem detail (RFC 9457), or the network's failure, as an error. */
export class Problem extends Error {
  constructor(status, problem, millis = null) {
    super(problem.desc ?? problem.detail ?? problem.title ?? `HTTP ${status}`);
    this.status = status;
    this.errorClass = problem.class;
    this.outcome = problem.outcome;
    this.title = problem.title;
    this.millis = millis;
  }
}

async function request(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Problem(0, { title: "No answer", detail: "The application does not answer.", outcome: "unknown" });
  }
  if (!response.ok) {
    const problem = await response.json().catch(() => ({}));
    throw new Problem(response.status, problem, timing(response));
  }
  return response;
}

const at = (name) => `/api/connections/${encodeURIComponent(name)}`;

export async function connections() {
  return (await request("/api/connections")).json();
}

/** Sends a whole message, and tells what it returned and how long the machine took. */
export async function send(name, message) {
  const response = await request(`${at(name)}/execute`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(message),
  });
  return { result: (await response.json()).return, millis: timing(response) };
}

/** How long the machine took, if the application says so. */
function timing(response) {
  const found = /dur=([\d.]+)/.exec(response.headers.get("Server-Timing") ?? "");
  return found ? Number(found[1]) : null;
}

export async function execute(name, command, args) {
  return (await send(name, args ? { execute: command, arguments: args } : { execute: command })).result;
}

export async function screen(name) {
  return (await request(`${at(name)}/screen`)).blob();
}

export async function powerOn(name) {
  await request(`${at(name)}/power-on`, { method: "POST" });
}
