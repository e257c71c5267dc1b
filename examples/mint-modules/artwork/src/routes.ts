import { healthAnswer } from "./shell/health.js";
import { json, jsonBody, Refusal, type Answer, type Request, type Route } from "./shell/service.js";
import { parseNewSeed } from "./seed.js";
import type { Page, SeedStore } from "./store.js";
import { showsToken } from "./token.js";

const DATABASE_PROBE_LIMIT_MS = 1_000;
const PAGE_DEFAULT = 50;
const PAGE_LIMIT = 200;

export function artworkRoutes(store: SeedStore, intakeToken: string, revision: string): readonly Route[] {
  return [
    { method: "GET", path: "/health", handle: () => health(store, revision) },
    { method: "GET", path: "/api/v1/seeds", handle: (request) => listSeeds(store, request) },
    { method: "POST", path: "/api/v1/seeds", handle: (request) => createSeed(store, intakeToken, request) },
    { method: "GET", path: "/api/v1/seeds/:id", handle: (request) => showSeed(store, request) },
  ];
}

function health(store: SeedStore, revision: string): Promise<Answer> {
  const db = (): Promise<string> => store.probe().then(() => "ok");
  return healthAnswer({ db }, DATABASE_PROBE_LIMIT_MS, { revision });
}

async function createSeed(store: SeedStore, intakeToken: string, request: Request): Promise<Answer> {
  if (!showsToken(request.headers.authorization, intakeToken)) {
    throw new Refusal(401, "a valid bearer token is wanted", {}, { "www-authenticate": 'Bearer realm="artwork"' });
  }
  const parsed = parseNewSeed(jsonBody(request));
  if ("faults" in parsed) {
    throw new Refusal(422, "the seed has faults", { faults: parsed.faults });
  }
  const seed = await store.create(parsed.seed);
  return json(201, seed, { location: `/api/v1/seeds/${seed.id}` });
}

async function showSeed(store: SeedStore, request: Request): Promise<Answer> {
  const id = request.params["id"] ?? "";
  const seed = isId(id) ? await store.find(id) : undefined;
  if (seed === undefined) {
    throw new Refusal(404, "there is no such seed");
  }
  return json(200, seed);
}

async function listSeeds(store: SeedStore, request: Request): Promise<Answer> {
  const seeds = await store.list(pageOf(request.query));
  return json(200, { seeds });
}

function pageOf(query: URLSearchParams): Page {
  const limit = query.get("limit") ?? String(PAGE_DEFAULT);
  const before = query.get("before");
  if (!/^[0-9]{1,3}$/.test(limit) || Number(limit) < 1 || Number(limit) > PAGE_LIMIT) {
    throw new Refusal(400, `limit is wanted from 1 to ${PAGE_LIMIT}`);
  }
  if (before !== null && !isId(before)) {
    throw new Refusal(400, "before is wanted to be the id of a seed");
  }
  return { limit: Number(limit), ...(before === null ? {} : { before }) };
}

function isId(text: string): boolean {
  return /^[1-9][0-9]{0,17}$/.test(text); // always fits a bigint
}
