import { run, type Running } from "./shell/run.js";
import { createService } from "./shell/service.js";
import { intakeAt } from "./quote.js";
import { quoteRoutes } from "./routes.js";
import { readSettings } from "./settings.js";

function start(): Running {
  const settings = readSettings(process.env);
  const routes = quoteRoutes(intakeAt(settings.intakeUrl), settings.shopName, settings.revision);
  return { service: createService(routes), port: settings.port };
}

await run("quote-page", start);
