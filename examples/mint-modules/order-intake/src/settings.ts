import { SettingsReader, type Environment } from "./shell/settings.js";

export const DEFAULT_PORT = 3400;

export interface Settings {
  readonly port: number;
  readonly artworkUrl: string;
  readonly artworkToken: string; // what artwork wants to see before it creates a seed
  readonly revision: string;
}

/** Raises SettingsError with every fault at once. */
export function readSettings(environment: Environment): Settings {
  const reader = new SettingsReader(environment);
  const settings = {
    port: reader.port("PORT", DEFAULT_PORT),
    artworkUrl: reader.url("ARTWORK_URL", ["http:", "https:"], "http://files-api:3500"),
    artworkToken: reader.text("ARTWORK_TOKEN"),
    revision: environment["REVISION"] || "unknown",
  };
  reader.finish();
  return settings;
}
