import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { createService, type Answer } from "../src/shell/service.js";
import { ask } from "../src/shell/upstream.js";

async function serve(t: TestContext, handle: () => Answer | Promise<Answer>): Promise<string> {
  const service = createService([{ method: "GET", path: "/", handle }]);
  t.after(() => service.drain(0));
  return `http://127.0.0.1:${await service.listen(0)}/`;
}

test("a module that does not answer in time is an error that says so", async (t) => {
  const url = await serve(t, () => new Promise(() => undefined));
  await assert.rejects(ask({ method: "GET", url, limitMs: 100 }), /no answer within 100 ms/);
});

test("an answer that never ends is not gathered without bound", async (t) => {
  const url = await serve(t, () => ({ status: 200, headers: {}, body: "x".repeat(300 * 1024) }));
  await assert.rejects(ask({ method: "GET", url, limitMs: 5_000 }), /larger than/);
});

test("an answer that is not JSON has its status and no data", async (t) => {
  const url = await serve(t, () => ({ status: 500, headers: {}, body: "<html>" }));
  assert.deepEqual(await ask({ method: "GET", url, limitMs: 5_000 }), { status: 500, data: undefined });
});
