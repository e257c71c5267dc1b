// A Postgres for the tests: a schema of its own in DATABASE_URL's database, else a server of Debian's package.
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chown, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";

export interface Database {
  readonly url: string;
  stop(): Promise<void>;
}

interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

const DEBIAN_POSTGRES = "/usr/lib/postgresql";

/** Undefined when there is neither DATABASE_URL nor a Postgres to start. */
export async function startDatabase(): Promise<Database | undefined> {
  const given = process.env["DATABASE_URL"];
  const bin = given === undefined ? await newestServer() : undefined;
  if (given !== undefined) {
    return borrowDatabase(given);
  }
  return bin === undefined ? undefined : startServer(bin);
}

/** One statement on a connection of its own. */
export async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

async function newestServer(): Promise<string | undefined> {
  const versions = await readdir(DEBIAN_POSTGRES).catch(() => []);
  const newest = versions.sort((one, other) => Number(other) - Number(one))[0];
  return newest === undefined ? undefined : join(DEBIAN_POSTGRES, newest, "bin");
}

async function borrowDatabase(given: string): Promise<Database> {
  const schema = `artwork_test_${process.pid}`;
  await execute(given, `create schema ${schema}`);
  const url = new URL(given);
  url.searchParams.set("options", `-c search_path=${schema}`);
  return { url: url.href, stop: () => execute(given, `drop schema ${schema} cascade`) };
}

async function startServer(bin: string): Promise<Database> {
  const directory = await mkdtemp(join(tmpdir(), "artwork-postgres-"));
  const account = await serverAccount();
  if (account.uid !== undefined && account.gid !== undefined) {
    await chown(directory, account.uid, account.gid);
  }
  const data = join(directory, "data");
  const initdb = ["--pgdata", data, "--username=artwork", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"];
  await promisify(execFile)(join(bin, "initdb"), initdb, { ...account, cwd: directory });
  const port = await freePort();
  const options = ["-D", data, "-p", String(port), "-h", "127.0.0.1", "-k", directory, "-F"];
  const server = spawn(join(bin, "postgres"), options, { ...account, cwd: directory, stdio: "ignore" });
  const url = `postgres://artwork@127.0.0.1:${port}/postgres`;
  await untilItAnswers(url, server);
  return { url, stop: () => stopServer(server, directory) };
}

// Postgres refuses to run as root; Debian's package brings the account.
async function serverAccount(): Promise<Account> {
  if (process.getuid?.() !== 0) {
    return {};
  }
  const line = (await readFile("/etc/passwd", "utf8")).split("\n").find((one) => one.startsWith("postgres:"));
  const [, , uid, gid] = (line ?? "").split(":");
  return { uid: Number(uid), gid: Number(gid) };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}

async function untilItAnswers(url: string, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    try {
      return await execute(url, "select 1");
    } catch (error) {
      if (server.exitCode !== null || Date.now() > deadline) {
        throw error;
      }
      await sleep(50);
    }
  }
}

async function stopServer(server: ChildProcess, directory: string): Promise<void> {
  const ended = once(server, "exit");
  server.kill("SIGINT"); // Postgres's fast shutdown
  await ended;
  await rm(directory, { recursive: true, force: true });
}
