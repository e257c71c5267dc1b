import { SettingsReader, type Environment } from "./shell/settings.js";

export const DEFAULT_PORT = 3500;

export interface Settings {
  readonly port: number;
  readonly databaseUrl: string;
  readonly intakeToken: string; // whoever shows it may create seeds
  readonly revision: string;
}

/** Raises SettingsError with every fault at once. */
export function readSettings(environment: Environment): Settings {
  const reader = new SettingsReader(environment);
  const settings = {
    port: reader.port("PORT", DEFAULT_PORT),
    databaseUrl: reader.url("DATABASE_URL", ["postgres:", "postgresql:"]),
    intakeToken: reader.text("INTAKE_TOKEN"),
    revision: environment["REVISION"] || "unknown",
  };
  reader.finish();
  return settings;
}
