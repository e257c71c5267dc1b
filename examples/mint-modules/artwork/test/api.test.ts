import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createService, type Service } from "../src/shell/service.js";
import { artworkRoutes } from "../src/routes.js";
import { postgresStore, type SeedStore } from "../src/store.js";
import { execute, startDatabase } from "./postgres.js";

const TOKEN = "right-token";
const database = await startDatabase();
const skip = database === undefined ? "neither DATABASE_URL nor Debian's postgresql is here" : false;

describe("the API of artwork on a real Postgres", { skip }, () => {
  let store: SeedStore;
  let service: Service;
  let base: string;

  before(async () => {
    store = postgresStore(database?.url ?? "");
    await store.prepare();
    service = createService(artworkRoutes(store, TOKEN, "abc"));
    base = `http://127.0.0.1:${await service.listen(0)}`;
  });

  after(async () => {
    await service.drain();
    await store.close();
    await database?.stop();
  });

  const post = (body: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${base}/api/v1/seeds`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${TOKEN}`, ...headers },
      body,
    });
  const create = async (name: string, metadata: unknown = {}): Promise<string> =>
    ((await (await post(JSON.stringify({ name, metadata }))).json()) as { id: string }).id;

  test("a seed is stored with its metadata and read back", async () => {
    const metadata = { source: "test", size: { width: 3 }, tags: ["ä", "'; drop table artwork_seeds; --"] };
    const created = await post(JSON.stringify({ name: " Fern ", metadata }));
    const seed = (await created.json()) as Record<string, unknown>;
    assert.equal(created.status, 201);
    assert.equal(created.headers.get("location"), `/api/v1/seeds/${String(seed["id"])}`);
    assert.equal(seed["name"], "Fern");
    const found = await fetch(`${base}/api/v1/seeds/${String(seed["id"])}`);
    assert.deepEqual(await found.json(), { ...seed, metadata });
  });

  test("seeds are listed newest first, page by page", async () => {
    const ids = [await create("one"), await create("two"), await create("three")].reverse();
    const page = async (query: string): Promise<string[]> => {
      const { seeds } = (await (await fetch(`${base}/api/v1/seeds?${query}`)).json()) as { seeds: { id: string }[] };
      return seeds.map((seed) => seed.id);
    };
    assert.deepEqual(await page("limit=2"), ids.slice(0, 2));
    assert.deepEqual((await page(`limit=2&before=${String(ids[1])}`))[0], ids[2]);
  });

  test("a seed without the right token is refused and not stored", async () => {
    const count = async (): Promise<number> => (await store.list({ limit: 200 })).length;
    const stored = await count();
    for (const authorization of ["", "Bearer wrong-token", `Basic ${TOKEN}`, `Bearer ${TOKEN}x`]) {
      assert.equal((await post('{"name": "no"}', { authorization })).status, 401, authorization);
    }
    assert.equal(await count(), stored);
  });

  test("all faults of a seed come at once", async () => {
    const answer = await post('{"name": "", "metadata": [1], "colour": "red"}');
    const { faults } = (await answer.json()) as { faults: { field: string }[] };
    assert.equal(answer.status, 422);
    assert.deepEqual(faults.map((fault) => fault.field).sort(), ["colour", "metadata", "name"]);
  });

  test("text that jsonb can't hold is a fault of the client", async () => {
    assert.equal((await post('{"name": "nul", "metadata": {"a": "\\u0000"}}')).status, 422);
    assert.equal((await post('{"name": "nul\\u0000"}')).status, 422);
  });

  test("what is no request for this API is refused with its own status", async () => {
    const status = async (path: string, init: RequestInit = {}): Promise<number> => (await fetch(base + path, init)).status;
    assert.equal((await post("{")).status, 400);
    assert.equal((await post("name=x", { "content-type": "text/plain" })).status, 415);
    assert.equal((await post(JSON.stringify({ name: "x".repeat(70_000) }))).status, 413);
    assert.equal(await status("/api/v1/seeds", { method: "DELETE" }), 405);
    for (const path of ["/", "/api/v1/seeds/999999999", "/api/v1/seeds/none", "/api/v1/seeds/1/more"]) {
      assert.equal(await status(path), 404, path);
    }
    for (const query of ["limit=0", "limit=201", "limit=x", "before=-1"]) {
      assert.equal(await status(`/api/v1/seeds?${query}`), 400, query);
    }
    assert.equal(await status("/api/v1/seeds/%zz"), 400);
  });

  test("preparing again, also from several instances at once, keeps every seed", async () => {
    const id = await create("kept");
    const others = [1, 2, 3].map(() => postgresStore(database?.url ?? ""));
    await Promise.all(others.map((other) => other.prepare()));
    assert.equal((await store.find(id))?.name, "kept");
    await Promise.all(others.map((other) => other.close()));
  });

  test("health names the database; a database that lost its tables is degraded and tells clients nothing", async () => {
    const health = async (): Promise<[number, unknown]> => {
      const answer = await fetch(`${base}/health`);
      return [answer.status, await answer.json()];
    };
    assert.deepEqual(await health(), [200, { status: "ok", db: "ok", revision: "abc" }]);
    await execute(database?.url ?? "", "drop table artwork_seed_metadata, artwork_seeds");
    assert.deepEqual(await health(), [503, { status: "degraded", db: "down", revision: "abc" }]);
    const failed = await fetch(`${base}/api/v1/seeds`);
    assert.deepEqual([failed.status, Object.keys((await failed.json()) as object)], [500, ["error"]]);
    await store.prepare();
    assert.equal((await health())[0], 200);
  });
});
