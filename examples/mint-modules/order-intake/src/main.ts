import { run, type Running } from "./shell/run.js";
import { createService } from "./shell/service.js";
import { artworkAt } from "./artwork.js";
import { intakeRoutes } from "./routes.js";
import { readSettings } from "./settings.js";

function start(): Running {
  const settings = readSettings(process.env);
  const artwork = artworkAt(settings.artworkUrl, settings.artworkToken);
  return { service: createService(intakeRoutes(artwork, settings.revision)), port: settings.port };
}

await run("order-intake", start);
