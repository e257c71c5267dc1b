import { run, type Running } from "./shell/run.js";
import { createService } from "./shell/service.js";
import { artworkRoutes } from "./routes.js";
import { readSettings } from "./settings.js";
import { keepPreparing, postgresStore } from "./store.js";

function start(): Running {
  const settings = readSettings(process.env);
  const store = postgresStore(settings.databaseUrl);
  const preparation = keepPreparing(store);
  return {
    service: createService(artworkRoutes(store, settings.intakeToken, settings.revision)),
    port: settings.port,
    close: () => {
      preparation.stop();
      return store.close();
    },
  };
}

await run("artwork", start);
