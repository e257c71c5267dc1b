// The HTTP shell of a module: routes, bounded bodies, JSON answers, and an orderly end.
// A module is built from its own folder alone, so each carries this folder (src/shell) whole.
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Server as NetServer, type AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export const BODY_LIMIT_BYTES = 64 * 1024;
export const DRAIN_LIMIT_MS = 5_000;
const FAREWELL_MS = 250;
const QUIET_CONNECTION_GRACE_MS = 250;

export interface Request {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Route {
  readonly method: "GET" | "POST";
  readonly path: string; // segments that start with a colon are parameters: /api/v1/seeds/:id
  readonly handle: (request: Request) => Answer | Promise<Answer>;
}

export interface Service {
  /** Listens on all addresses; port 0 takes a free one. Returns the port. */
  listen(port: number): Promise<number>;
  /** Stops listening, answers what is under way, closes every connection, then resolves: after limitMs at the latest. */
  drain(limitMs?: number): Promise<void>;
}

/** A refusal that the client may read: its status and its message become the answer. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly details: Readonly<Record<string, unknown>> = {},
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

export function json(status: number, data: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { "content-type": "application/json; charset=utf-8", ...headers }, body: JSON.stringify(data) };
}

/** The request's body as JSON. Refuses another content type (415) and what JSON does not allow (400). */
export function jsonBody(request: Request): unknown {
  requireContentType(request, "application/json");
  try {
    return JSON.parse(request.body.toString("utf8"));
  } catch {
    throw new Refusal(400, "the body is not valid JSON");
  }
}

export function requireContentType(request: Request, wanted: string): void {
  const found = request.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  if (found !== wanted) {
    throw new Refusal(415, `content-type is ${found ?? "missing"}, wanted ${wanted}`);
  }
}

/** One JSON object a line on standard output (standard error for errors), for the container's log. */
export function log(level: "info" | "error", message: string, facts: Readonly<Record<string, unknown>> = {}): void {
  const line = JSON.stringify({ time: new Date().toISOString(), level, message, ...facts });
  (level === "error" ? process.stderr : process.stdout).write(`${line}\n`);
}

export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") {
    return error.errors.map(reasonOf).join("; ");
  }
  return error instanceof Error ? error.message : String(error);
}

export function createService(routes: readonly Route[]): Service {
  let draining = false;
  let underWay = 0;
  const server = createServer((request, response) => {
    underWay += 1;
    response.once("close", () => (underWay -= 1));
    void answerTo(routes, request).then((answer) => send(request, response, answer, draining));
  });
  server.headersTimeout = 5_000;
  server.requestTimeout = 10_000;
  return {
    listen: (port) => listen(server, port),
    drain: (limitMs = DRAIN_LIMIT_MS) => {
      draining = true;
      return close(server, limitMs, () => underWay === 0);
    },
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, () => resolve((server.address() as AddressInfo).port));
  });
}

// For a moment it still listens: clients that keep their connections learn from the next answer to drop them.
// Then net's close, because http's own (Node.js 19 and later) also resets connections whose first request is
// on its way. What is open and asks nothing is closed as soon as no request is under way.
async function close(server: Server, limitMs: number, quiet: () => boolean): Promise<void> {
  const farewell = Math.min(FAREWELL_MS, limitMs);
  await sleep(farewell);
  await new Promise<void>((resolve) => {
    const sweep = setInterval(() => quiet() && server.closeAllConnections(), QUIET_CONNECTION_GRACE_MS);
    const limit = setTimeout(() => server.closeAllConnections(), limitMs - farewell);
    NetServer.prototype.close.call(server, () => {
      clearInterval(sweep);
      clearTimeout(limit);
      resolve();
    });
  });
}

async function answerTo(routes: readonly Route[], request: IncomingMessage): Promise<Answer> {
  try {
    const { path, query } = splitTarget(request.url ?? "/");
    const [route, params] = findRoute(routes, request.method ?? "GET", path);
    const body = await readBody(request);
    return await route.handle({ params, query, headers: request.headers, body });
  } catch (error) {
    if (error instanceof Refusal) {
      return json(error.status, { error: error.message, ...error.details }, error.headers);
    }
    log("error", "a request failed", { method: request.method, reason: reasonOf(error) });
    return json(500, { error: "something went wrong here; it was logged" });
  }
}

function splitTarget(target: string): { path: string; query: URLSearchParams } {
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  return { path, query: new URLSearchParams(mark < 0 ? "" : target.slice(mark + 1)) };
}

function findRoute(routes: readonly Route[], method: string, path: string): [Route, Record<string, string>] {
  const wanted = method === "HEAD" ? "GET" : method;
  const allowed = new Set<string>();
  for (const route of routes) {
    const params = matchPath(route.path, path);
    if (params !== undefined && route.method === wanted) {
      return [route, params];
    }
    if (params !== undefined) {
      allowed.add(route.method);
    }
  }
  if (allowed.size > 0) {
    throw new Refusal(405, `${method} is not allowed here`, {}, { allow: [...allowed].join(", ") });
  }
  throw new Refusal(404, "there is nothing at this path");
}

function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split("/");
  const found = path.split("/");
  if (wanted.length !== found.length) {
    return undefined;
  }
  const params: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const value = found[index] ?? "";
    if (segment.startsWith(":")) {
      params[segment.slice(1)] = decodeSegment(value);
    } else if (segment !== value) {
      return undefined;
    }
  }
  return params;
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new Refusal(400, "the path is not valid percent-encoding");
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Leaving the loop early must not destroy the socket: the refusal still has to go out on it.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += (chunk as Buffer).length;
    if (size > BODY_LIMIT_BYTES) {
      throw new Refusal(413, `the body is larger than ${BODY_LIMIT_BYTES} bytes`);
    }
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer, last: boolean): void {
  const unread = !request.complete;
  response.writeHead(answer.status, {
    "content-length": Buffer.byteLength(answer.body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...(last || unread ? { connection: "close" } : {}),
    ...answer.headers,
  });
  response.end(request.method === "HEAD" ? "" : answer.body);
}
