// The seeds, in Postgres.
import pg from "pg";
import { log, reasonOf } from "./shell/service.js";
import type { NewSeed, Seed } from "./seed.js";

export interface Page {
  readonly limit: number;
  readonly before?: string; // the id of the last seed of the page before
}

export interface SeedStore {
  /** Makes the tables where they are missing. May be called again, and by several instances at once. */
  prepare(): Promise<void>;
  create(seed: NewSeed): Promise<Seed>;
  find(id: string): Promise<Seed | undefined>;
  /** Newest first. */
  list(page: Page): Promise<readonly Seed[]>;
  /** Resolves when the database answers and the tables are there. */
  probe(): Promise<void>;
  close(): Promise<void>;
}

const CONNECT_LIMIT_MS = 2_000;
const QUERY_LIMIT_MS = 4_000;

// "if not exists" alone can fail when two instances start at once; the lock is one number of our own choice.
const SCHEMA = `
  begin;
  select pg_advisory_xact_lock(3500);
  create table if not exists artwork_seeds (
    id bigint generated always as identity primary key,
    name text not null,
    created_at timestamptz not null default now()
  );
  create table if not exists artwork_seed_metadata (
    seed_id bigint primary key references artwork_seeds (id) on delete cascade,
    body jsonb not null
  );
  commit;
`;

const INSERT = `
  with seed as (insert into artwork_seeds (name) values ($1) returning id, name, created_at),
  kept as (insert into artwork_seed_metadata (seed_id, body) select id, $2::jsonb from seed returning body)
  select seed.id, seed.name, seed.created_at, kept.body as metadata from seed cross join kept
`;

const SELECT = `
  select seed.id, seed.name, seed.created_at, coalesce(kept.body, '{}'::jsonb) as metadata
  from artwork_seeds as seed left join artwork_seed_metadata as kept on kept.seed_id = seed.id
`;

interface Row {
  readonly id: string; // node-postgres gives a bigint as text
  readonly name: string;
  readonly created_at: Date;
  readonly metadata: Record<string, unknown>;
}

export function postgresStore(databaseUrl: string): SeedStore {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: 8,
    connectionTimeoutMillis: CONNECT_LIMIT_MS,
    query_timeout: QUERY_LIMIT_MS,
    application_name: "artwork",
  });
  pool.on("error", (error) => log("error", "an idle database connection was lost", { reason: reasonOf(error) }));
  const rows = async (text: string, values: readonly unknown[]): Promise<Seed[]> =>
    (await pool.query<Row>(text, [...values])).rows.map(toSeed);
  return {
    prepare: async () => void (await pool.query(SCHEMA)),
    create: async (seed) => one(await rows(INSERT, [seed.name, JSON.stringify(seed.metadata)])),
    find: async (id) => (await rows(`${SELECT} where seed.id = $1`, [id]))[0],
    list: ({ limit, before }) =>
      rows(`${SELECT} where $1::bigint is null or seed.id < $1 order by seed.id desc limit $2`, [before ?? null, limit]),
    probe: async () => void (await pool.query("select from artwork_seeds limit 0")),
    close: () => pool.end(),
  };
}

function toSeed(row: Row): Seed {
  return { id: row.id, name: row.name, metadata: row.metadata, created_at: row.created_at.toISOString() };
}

function one(seeds: readonly Seed[]): Seed {
  const [seed] = seeds;
  if (seed === undefined) {
    throw new Error("the database gave no row for a seed that it stored");
  }
  return seed;
}

export interface Preparation {
  stop(): void;
}

/** Prepares the store, again and again until the database is there: a late database must not end the module. */
export function keepPreparing(store: SeedStore, pauseMs = 1_000): Preparation {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const attempt = (): void => {
    store.prepare().then(
      () => log("info", "the database is prepared"),
      (error: unknown) => {
        log("error", "the database can't be prepared yet", { reason: reasonOf(error) });
        if (!stopped) {
          timer = setTimeout(attempt, pauseMs);
        }
      },
    );
  };
  attempt();
  return {
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
