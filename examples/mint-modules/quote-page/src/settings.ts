import { SettingsReader, type Environment } from "./shell/settings.js";

export const DEFAULT_PORT = 3341;

export interface Settings {
  readonly port: number;
  readonly intakeUrl: string;
  readonly shopName: string;
  readonly revision: string;
}

/** Raises SettingsError with every fault at once. */
export function readSettings(environment: Environment): Settings {
  const reader = new SettingsReader(environment);
  const settings = {
    port: reader.port("PORT", DEFAULT_PORT),
    intakeUrl: reader.url("INTAKE_URL", ["http:", "https:"], "http://order-intake:3400"),
    shopName: reader.text("SHOP_NAME", "Mint Print Shop"),
    revision: environment["REVISION"] || "unknown",
  };
  reader.finish();
  return settings;
}
