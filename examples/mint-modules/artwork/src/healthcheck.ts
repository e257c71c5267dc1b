// The container's health check: `node dist/healthcheck.js` ends with 0 when the module says that it is well.
import { ownHealth } from "./shell/health.js";
import { DEFAULT_PORT } from "./settings.js";

process.exitCode = (await ownHealth(Number(process.env["PORT"] ?? DEFAULT_PORT))) ? 0 : 1;
