import assert from "node:assert/strict";
import { Agent, get, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { once } from "node:events";
import { test } from "node:test";
import { healthAnswer } from "../src/shell/health.js";
import { createService, json, type Route } from "../src/shell/service.js";
import { SettingsError, SettingsReader } from "../src/shell/settings.js";
import { showsToken } from "../src/token.js";

const ECHO: Route = { method: "GET", path: "/echo/:word", handle: ({ params }) => json(200, params) };

test("a path parameter is decoded, and HEAD answers as GET without a body", async () => {
  const service = createService([ECHO]);
  const base = `http://127.0.0.1:${await service.listen(0)}`;
  assert.deepEqual(await (await fetch(`${base}/echo/a%20%2Fb?x=1?y`)).json(), { word: "a /b" });
  const head = await fetch(`${base}/echo/a`, { method: "HEAD" });
  assert.deepEqual([head.status, await head.text()], [200, ""]);
  await service.drain();
});

test("draining ends although a client holds a connection open without asking anything", async () => {
  const service = createService([ECHO]);
  const socket = connect(await service.listen(0), "127.0.0.1");
  await once(socket, "connect");
  const started = Date.now();
  await service.drain();
  assert.ok(Date.now() - started < 2_000);
  socket.destroy();
});

test("draining cuts off a request that lasts longer than its limit", async () => {
  const never: Route = { method: "GET", path: "/", handle: () => new Promise(() => undefined) };
  const service = createService([never]);
  const cut = assert.rejects(fetch(`http://127.0.0.1:${await service.listen(0)}/`));
  await new Promise((resolve) => setTimeout(resolve, 100));
  const started = Date.now();
  await service.drain(400);
  assert.ok(Date.now() - started >= 390);
  await cut;
});

test("a dependency that never answers is down within the limit", async () => {
  const hanging = (): Promise<string> => new Promise(() => undefined);
  const answer = await healthAnswer({ db: hanging, cache: async () => "ok" }, 50, { revision: "abc" });
  assert.equal(answer.status, 503);
  assert.deepEqual(JSON.parse(answer.body), { status: "degraded", db: "down", cache: "ok", revision: "abc" });
});

test("every wrong setting is named, and no value that may be secret", () => {
  const reader = new SettingsReader({ PORT: "70000", URL: "ftp://user:hidden@x", EMPTY: "" });
  reader.port("PORT", 1);
  reader.url("URL", ["http:", "https:"]);
  reader.text("EMPTY");
  reader.text("MISSING");
  assert.throws(
    () => reader.finish(),
    (error: unknown) => error instanceof SettingsError && error.faults.length === 4 && !error.message.includes("hidden"),
  );
});

test("an address loses the slashes at its end, so that paths can be put after it", () => {
  const reader = new SettingsReader({ URL: "http://artwork:3500/" });
  assert.equal(reader.url("URL", ["http:"]), "http://artwork:3500");
});

test("only the whole bearer token is accepted", () => {
  assert.equal(showsToken("Bearer secret", "secret"), true);
  assert.equal(showsToken("bearer secret", "secret"), true);
  for (const header of [undefined, "", "Bearer", "Bearer ", "Bearer secre", "Bearer secrets", "Basic secret", "secret"]) {
    assert.equal(showsToken(header, "secret"), false, header);
  }
});

test("a client that keeps its connection and goes on asking is told to drop it, and loses no request", async () => {
  const service = createService([ECHO]);
  const port = await service.listen(0);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const drained = service.drain();
  const [first] = (await once(get({ port, path: "/echo/a", agent }), "response")) as [IncomingMessage];
  assert.deepEqual([first.statusCode, first.headers.connection], [200, "close"]);
  first.resume();
  await drained;
  const [refused] = (await once(get({ port, path: "/echo/b", agent }), "error")) as [Error];
  assert.match(refused.message, /ECONNREFUSED/);
});
