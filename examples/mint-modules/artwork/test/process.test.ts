import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { startDatabase } from "./postgres.js";

const TOKEN = "right-token";
const database = await startDatabase();
const skip = database === undefined ? "neither DATABASE_URL nor Debian's postgresql is here" : false;

interface Started {
  readonly child: ChildProcess;
  readonly base: string;
  readonly port: string;
}

function launch(script: string, environment: Record<string, string>): ChildProcess {
  const path = fileURLToPath(new URL(`../src/${script}`, import.meta.url));
  return spawn(process.execPath, [path], { env: { PATH: process.env["PATH"] ?? "", ...environment } });
}

function start(environment: Record<string, string>): Promise<Started> {
  const child = launch("main.js", { PORT: "0", INTAKE_TOKEN: TOKEN, ...environment });
  return new Promise((resolve, reject) => {
    child.once("exit", () => reject(new Error("it ended before it listened")));
    child.stdout?.on("data", (chunk) => {
      const port = /"port":([0-9]+)/.exec(String(chunk))?.[1];
      if (port !== undefined) {
        resolve({ child, port, base: `http://127.0.0.1:${port}` });
      }
    });
  });
}

async function status(child: ChildProcess): Promise<number | null> {
  return child.exitCode ?? ((await once(child, "exit")) as [number | null])[0];
}

async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, "it did not happen within 10 s");
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

test("it does not start without its settings, and names all that are missing or wrong but no value", async () => {
  const child = launch("main.js", { PORT: "http", DATABASE_URL: "mysql://user:hidden@host/db" });
  let said = "";
  child.stderr?.on("data", (chunk) => (said += String(chunk)));
  await once(child, "close");
  assert.equal(child.exitCode, 1);
  for (const name of ["PORT", "DATABASE_URL", "INTAKE_TOKEN"]) {
    assert.match(said, new RegExp(name));
  }
  assert.doesNotMatch(said, /hidden|at .*\.js:/);
});

test("without its database it stays up, says so, and its health check fails", async () => {
  const { child, base, port } = await start({ DATABASE_URL: "postgres://artwork@127.0.0.1:1/none" });
  const health = await fetch(`${base}/health`);
  assert.equal(health.status, 503);
  assert.deepEqual(await health.json(), { status: "degraded", db: "down", revision: "unknown" });
  assert.equal(await status(launch("healthcheck.js", { PORT: port })), 1);
  child.kill("SIGTERM");
  assert.equal(await status(child), 0);
});

describe("the process of artwork with a real Postgres", { skip }, () => {
  after(() => database?.stop());

  test("its health check succeeds when the database is there", async () => {
    const { child, port, base } = await start({ DATABASE_URL: database?.url ?? "", REVISION: "abc" });
    await waitFor(async () => (await fetch(`${base}/health`)).ok);
    assert.equal(await status(launch("healthcheck.js", { PORT: port })), 0);
    child.kill("SIGTERM");
    assert.equal(await status(child), 0);
  });

  test("SIGTERM lets a request under way finish, takes no new one, and ends with 0", async () => {
    const { child, base } = await start({ DATABASE_URL: database?.url ?? "" });
    await waitFor(async () => (await fetch(`${base}/health`)).ok);
    const blocker = new pg.Client({ connectionString: database?.url ?? "" });
    await blocker.connect();
    await blocker.query("begin; lock table artwork_seeds in access exclusive mode");
    const underWay = fetch(`${base}/api/v1/seeds`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${TOKEN}` },
      body: '{"name": "under way"}',
    });
    const waiting = "select from pg_locks where not granted";
    await waitFor(async () => (await blocker.query(waiting)).rowCount !== 0);
    child.kill("SIGTERM");
    await waitFor(() => fetch(`${base}/health`).then(() => false, () => true));
    await blocker.query("commit");
    await blocker.end();
    const answer = await underWay;
    assert.equal(answer.status, 201);
    assert.equal(answer.headers.get("connection"), "close");
    assert.equal(await status(child), 0);
  });
});
