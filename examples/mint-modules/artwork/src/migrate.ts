// Adds the jsonb column `metadata` to artwork_seeds, or takes it away: `node dist/migrate.js up|down|applied`.
// artwork_seed_metadata stays where seeds are written; a trigger keeps the column equal to it. So every revision of
// the module works with the column and without it. `applied` ends with 0 when it is there, 1 when it is not.
import pg from "pg";
import { log, reasonOf } from "./shell/service.js";
import { SettingsReader } from "./shell/settings.js";
import { postgresStore } from "./store.js";

const CONNECT_LIMIT_MS = 5_000;
const NO = 1;
const FAILED = 2;

const UP = `
  begin;
  alter table artwork_seeds add column metadata jsonb not null default '{}'::jsonb;
  update artwork_seeds set metadata = body from artwork_seed_metadata where seed_id = id;
  create function keep_seed_metadata() returns trigger language plpgsql as $$
    begin
      update artwork_seeds set metadata = new.body where id = new.seed_id;
      return null;
    end
  $$;
  create trigger keep_seed_metadata after insert or update on artwork_seed_metadata
    for each row execute function keep_seed_metadata();
  commit;
`;

const DOWN = `
  begin;
  drop trigger keep_seed_metadata on artwork_seed_metadata;
  drop function keep_seed_metadata();
  alter table artwork_seeds drop column metadata;
  commit;
`;

const APPLIED = `
  select from pg_attribute
  where attrelid = to_regclass('artwork_seeds') and attname = 'metadata' and not attisdropped
`;

type Command = (client: pg.Client, databaseUrl: string) => Promise<number>;

const COMMANDS: Readonly<Record<string, Command>> = {
  up: async (client, databaseUrl) => {
    await prepared(databaseUrl);
    await client.query(UP);
    return 0;
  },
  down: async (client) => {
    await client.query(DOWN);
    return 0;
  },
  applied: async (client) => ((await client.query(APPLIED)).rowCount === 0 ? NO : 0),
};

/** Before the first release of the module nobody has made its tables. */
async function prepared(databaseUrl: string): Promise<void> {
  const store = postgresStore(databaseUrl);
  try {
    await store.prepare();
  } finally {
    await store.close();
  }
}

async function migrate(name: string): Promise<number> {
  const command = COMMANDS[name];
  if (command === undefined) {
    throw new Error(`no command ${JSON.stringify(name)}, wanted ${Object.keys(COMMANDS).join(", ")}`);
  }
  const reader = new SettingsReader(process.env);
  const databaseUrl = reader.url("DATABASE_URL", ["postgres:", "postgresql:"]);
  reader.finish();
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: CONNECT_LIMIT_MS });
  await client.connect();
  try {
    return await command(client, databaseUrl);
  } finally {
    await client.end();
  }
}

try {
  process.exitCode = await migrate(process.argv[2] ?? "");
} catch (error) {
  log("error", "the migration failed", { reason: reasonOf(error) });
  process.exitCode = FAILED;
}
