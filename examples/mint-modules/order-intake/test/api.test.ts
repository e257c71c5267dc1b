// order-intake against a peer on the loopback that answers as artwork does.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { createService, json, jsonBody, type Answer, type Request } from "../src/shell/service.js";
import { artworkAt } from "../src/artwork.js";
import { intakeRoutes } from "../src/routes.js";

const GOOD = { customer: "Ada", email: "ada@example.com", title: "Fern", quantity: 100, note: "soon" };
const NOWHERE = "http://127.0.0.1:1";

async function startArtwork(t: TestContext, handle: (request: Request) => Answer | Promise<Answer>, healthy = true): Promise<string> {
  const service = createService([
    { method: "POST", path: "/api/v1/seeds", handle },
    { method: "GET", path: "/health", handle: () => json(healthy ? 200 : 503, {}) },
  ]);
  t.after(() => service.drain(0));
  return `http://127.0.0.1:${await service.listen(0)}`;
}

async function startIntake(t: TestContext, artworkUrl: string): Promise<string> {
  const service = createService(intakeRoutes(artworkAt(artworkUrl, "token"), "abc"));
  t.after(() => service.drain(0));
  return `http://127.0.0.1:${await service.listen(0)}`;
}

function send(base: string, data: unknown): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return fetch(`${base}/api/v1/intakes`, { method: "POST", headers, body: JSON.stringify(data) });
}

test("a valid intake becomes a seed with its metadata, shown with the token", async (t) => {
  const seen: unknown[] = [];
  const artwork = await startArtwork(t, (request) => {
    seen.push(request.headers.authorization, jsonBody(request));
    return json(201, { id: "7" });
  });
  const answer = await send(await startIntake(t, artwork), GOOD);
  const { title, ...rest } = GOOD;
  assert.equal(answer.status, 201);
  assert.deepEqual(await answer.json(), { seed: "7", intake: GOOD });
  assert.deepEqual(seen, ["Bearer token", { name: title, metadata: { source: "order-intake", ...rest } }]);
});

test("a faulty intake is refused with all faults, and no seed is made", async (t) => {
  let asked = 0;
  const artwork = await startArtwork(t, () => json((asked += 1) && 201, { id: "7" }));
  const answer = await send(await startIntake(t, artwork), {});
  const { faults } = (await answer.json()) as { faults: unknown[] };
  assert.deepEqual([answer.status, faults.length, asked], [422, 4, 0]);
});

test("an artwork that refuses, talks nonsense or is away is a 502 that says nothing of its inside", async (t) => {
  const answers = [json(401, { error: "inside" }), json(201, { no: "id" }), { ...json(201, ""), body: "<html>" }];
  const bases = await Promise.all(answers.map((answer) => startArtwork(t, () => answer)));
  for (const artwork of [...bases, NOWHERE]) {
    const answer = await send(await startIntake(t, artwork), GOOD);
    assert.equal(answer.status, 502);
    assert.doesNotMatch(await answer.text(), /inside|ECONNREFUSED|127\.0\.0\.1/);
  }
});

test("health names artwork: ok, degraded or down", async (t) => {
  const well = await startArtwork(t, () => json(201, {}));
  const ill = await startArtwork(t, () => json(201, {}), false);
  const health = async (artwork: string): Promise<[number, unknown]> => {
    const answer = await fetch(`${await startIntake(t, artwork)}/health`);
    return [answer.status, await answer.json()];
  };
  assert.deepEqual(await health(well), [200, { status: "ok", artwork: "ok", revision: "abc" }]);
  assert.deepEqual(await health(ill), [503, { status: "degraded", artwork: "degraded", revision: "abc" }]);
  assert.deepEqual(await health(NOWHERE), [503, { status: "degraded", artwork: "down", revision: "abc" }]);
});
