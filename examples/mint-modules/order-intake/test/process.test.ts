import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createService, json } from "../src/shell/service.js";

test("SIGTERM lets an intake under way finish and ends with 0", async () => {
  let reached = (): void => undefined;
  let release = (): void => undefined;
  const asked = new Promise<void>((resolve) => (reached = resolve));
  const held = new Promise<void>((resolve) => (release = resolve));
  const artwork = createService([
    { method: "POST", path: "/api/v1/seeds", handle: () => (reached(), held.then(() => json(201, { id: "7" }))) },
  ]);
  const environment = { PORT: "0", ARTWORK_TOKEN: "token", ARTWORK_URL: `http://127.0.0.1:${await artwork.listen(0)}` };
  const child = spawn(process.execPath, [fileURLToPath(new URL("../src/main.js", import.meta.url))], { env: environment });
  const port = /"port":([0-9]+)/.exec(String(((await once(child.stdout, "data")) as [Buffer])[0]))?.[1];
  child.stdout.resume();
  const intake = { customer: "Ada", email: "ada@example.com", title: "Fern", quantity: 1 };
  const answer = fetch(`http://127.0.0.1:${port}/api/v1/intakes`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(intake),
  });
  await asked;
  child.kill("SIGTERM");
  const ended = once(child, "exit");
  release();
  assert.equal((await answer).status, 201);
  assert.deepEqual(await ended, [0, null]);
  await artwork.drain();
});
