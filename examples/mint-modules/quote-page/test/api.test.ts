// quote-page against a peer on the loopback that answers as order-intake does.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { createService, json, jsonBody, type Request, type Route } from "../src/shell/service.js";
import { intakeAt } from "../src/quote.js";
import { quoteRoutes } from "../src/routes.js";

const GOOD = { customer: "Ada", email: "ada@example.com", title: "Fern", quantity: 100, note: "" };
const FAULT = { field: "email", found: "nothing", wanted: "an e-mail address" };
const NOWHERE = "http://127.0.0.1:1";

async function serve(t: TestContext, routes: readonly Route[]): Promise<string> {
  const service = createService(routes);
  t.after(() => service.drain(0));
  return `http://127.0.0.1:${await service.listen(0)}`;
}

function startIntake(t: TestContext, handle: Route["handle"]): Promise<string> {
  return serve(t, [
    { method: "POST", path: "/api/v1/intakes", handle },
    { method: "GET", path: "/health", handle: () => json(200, { status: "ok" }) },
  ]);
}

function startPage(t: TestContext, intakeUrl: string): Promise<string> {
  return serve(t, quoteRoutes(intakeAt(intakeUrl), "Mint & Co", "abc"));
}

const accept: Route["handle"] = (request: Request) => json(201, { seed: "7", intake: jsonBody(request) });
const refuse: Route["handle"] = () => json(422, { error: "faults", faults: [FAULT] });

function sendJson(base: string): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return fetch(`${base}/api/v1/quotes`, { method: "POST", headers, body: JSON.stringify(GOOD) });
}

function sendForm(base: string, fields: Record<string, string>): Promise<Response> {
  return fetch(`${base}/quotes`, { method: "POST", body: new URLSearchParams(fields) });
}

test("the page shows the form under the shop's name", async (t) => {
  const answer = await fetch(await startPage(t, NOWHERE));
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get("content-type") ?? "", /^text\/html/);
  assert.match(await answer.text(), /<h1>Mint &amp; Co[^]*<form/);
});

test("a form that is filled in well ends with the number of the quote", async (t) => {
  const page = await startPage(t, await startIntake(t, accept));
  const answer = await sendForm(page, { ...GOOD, quantity: "100" });
  assert.equal(answer.status, 201);
  assert.match(await answer.text(), /100 prints of “Fern” has the number <strong>7</);
});

test("a faulty form comes back filled in, with its faults", async (t) => {
  const page = await startPage(t, await startIntake(t, refuse));
  const answer = await sendForm(page, { title: "Fern" });
  const text = await answer.text();
  assert.equal(answer.status, 422);
  assert.match(text, /name="title" value="Fern"/);
  assert.match(text, /wanted: an e-mail address/);
});

test("the API gives the quote or all its faults", async (t) => {
  const quoted = await sendJson(await startPage(t, await startIntake(t, accept)));
  const quote = (await quoted.json()) as Record<string, unknown>;
  assert.deepEqual([quoted.status, quote["seed"], quote["quantity"]], [201, "7", 100]);
  const refused = await sendJson(await startPage(t, await startIntake(t, refuse)));
  assert.equal(refused.status, 422);
  assert.deepEqual(((await refused.json()) as { faults: unknown }).faults, [FAULT]);
});

test("without order-intake the page stays up, keeps what was typed, and says to try again", async (t) => {
  const page = await startPage(t, NOWHERE);
  const form = await sendForm(page, { title: "Fern" });
  const text = await form.text();
  assert.equal(form.status, 502);
  assert.match(text, /role="alert">quotes can&#39;t be taken right now/);
  assert.match(text, /value="Fern"/);
  assert.equal((await sendJson(page)).status, 502);
});

test("health names order-intake", async (t) => {
  const health = async (intake: string): Promise<[number, unknown]> => {
    const answer = await fetch(`${await startPage(t, intake)}/health`);
    return [answer.status, await answer.json()];
  };
  assert.deepEqual(await health(await startIntake(t, accept)), [200, { status: "ok", intake: "ok", revision: "abc" }]);
  assert.deepEqual(await health(NOWHERE), [503, { status: "degraded", intake: "down", revision: "abc" }]);
});
