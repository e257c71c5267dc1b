import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { execute, startDatabase } from "./postgres.js";
import { postgresStore } from "../src/store.js";

const database = await startDatabase();
const skip = database === undefined ? "neither DATABASE_URL nor Debian's postgresql is here" : false;
const url = database?.url ?? "";
const FAILED = 2;

interface Ended {
  readonly code: number;
  readonly said: string;
}

function migrate(argument: string, databaseUrl = url): Promise<Ended> {
  const script = fileURLToPath(new URL("../src/migrate.js", import.meta.url));
  const environment = { PATH: process.env["PATH"] ?? "", DATABASE_URL: databaseUrl };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [script, argument], { env: environment }, (_error, _output, said) =>
      resolve({ code: child.exitCode ?? -1, said }),
    );
  });
}

test("it says what it was not told, and never that the column is not there when it could not look", async () => {
  assert.equal((await migrate("sideways", "postgres://artwork@127.0.0.1:1/none")).code, FAILED);
  const unreachable = await migrate("applied", "postgres://artwork:hidden@127.0.0.1:1/none");
  assert.equal(unreachable.code, FAILED);
  assert.match(unreachable.said, /ECONNREFUSED/);
  assert.doesNotMatch(unreachable.said, /hidden/);
});

describe("the column metadata in a real Postgres", { skip }, () => {
  const store = postgresStore(url);
  before(() => store.prepare());
  after(async () => {
    await store.close();
    await database?.stop();
  });

  test("it comes with what the seeds have, follows what is written, and goes again", async () => {
    await store.create({ name: "before", metadata: { kind: "first" } });
    assert.equal((await migrate("applied")).code, 1);
    assert.deepEqual(await migrate("up"), { code: 0, said: "" });
    assert.equal((await migrate("applied")).code, 0);
    await store.create({ name: "after", metadata: { kind: "second" } });
    const kinds = "select 1 / (count(*) = 2)::int from artwork_seeds where metadata ->> 'kind' in ('first', 'second')";
    await execute(url, kinds);
    assert.equal((await migrate("up")).code, FAILED);
    assert.deepEqual(await migrate("down"), { code: 0, said: "" });
    assert.equal((await migrate("applied")).code, 1);
    assert.equal((await store.list({ limit: 10 })).length, 2);
  });

  test("a first release has no tables yet, and gets them", async () => {
    await execute(url, "drop table artwork_seed_metadata, artwork_seeds");
    assert.equal((await migrate("applied")).code, 1);
    assert.equal((await migrate("up")).code, 0);
    assert.equal((await migrate("applied")).code, 0);
  });
});
