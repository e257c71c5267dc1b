// From the start of the process to its end: settings, listening, signals, draining, exit status.
import { SettingsError } from "./settings.js";
import { log, reasonOf, type Service } from "./service.js";

export interface Running {
  readonly service: Service;
  readonly port: number;
  readonly close?: () => Promise<void>; // what is left to close when the last request was answered
}

/** Starts a module and ends it with status 0 on SIGTERM or SIGINT, 1 when it can't start. */
export async function run(name: string, start: () => Running): Promise<void> {
  try {
    const running = start();
    const port = await running.service.listen(running.port);
    log("info", `${name} listens`, { port });
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.once(signal, () => void end(name, running, signal));
    }
  } catch (error) {
    const cause = error instanceof SettingsError ? { faults: error.faults } : { reason: reasonOf(error) };
    log("error", `${name} can't start`, cause);
    process.exitCode = 1;
  }
}

async function end(name: string, running: Running, signal: string): Promise<void> {
  log("info", `${name} drains`, { signal });
  await running.service.drain();
  await running.close?.();
  log("info", `${name} has ended`);
  process.exit(0);
}
