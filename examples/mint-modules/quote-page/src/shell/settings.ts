// Reads a module's settings from the environment and gathers every fault before it gives up.

export type Environment = Readonly<Record<string, string | undefined>>;

/** All faults of the environment at once, one a line. Names and wants only: a value may be a secret. */
export class SettingsError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(`the environment has ${faults.length} fault(s):\n  ${faults.join("\n  ")}`);
  }
}

export class SettingsReader {
  private readonly faults: string[] = [];

  constructor(private readonly environment: Environment) {}

  text(name: string, standard?: string): string {
    const value = this.environment[name] ?? standard;
    if (value === undefined || value === "") {
      return this.fault(`${name}: missing, wanted a text that is not empty`, "");
    }
    return value;
  }

  port(name: string, standard: number): number {
    const value = this.environment[name] ?? String(standard);
    const port = Number(value);
    if (!/^[0-9]{1,5}$/.test(value) || port > 65_535) {
      return this.fault(`${name}: found ${JSON.stringify(value)}, wanted a port from 0 to 65535`, 0);
    }
    return port;
  }

  /** An address without a slash at its end. Any of the protocols (written with their colon) will do. */
  url(name: string, protocols: readonly string[], standard?: string): string {
    const value = this.text(name, standard);
    if (value !== "" && !protocols.some((protocol) => hasProtocol(value, protocol))) {
      return this.fault(`${name}: wanted an address that starts with ${protocols.join(" or ")}//`, "");
    }
    return value.replace(/\/+$/, "");
  }

  /** Raises SettingsError when anything was missing or wrong. */
  finish(): void {
    if (this.faults.length > 0) {
      throw new SettingsError(this.faults);
    }
  }

  private fault<T>(message: string, placeholder: T): T {
    this.faults.push(message);
    return placeholder;
  }
}

function hasProtocol(value: string, protocol: string): boolean {
  try {
    return new URL(value).protocol === protocol;
  } catch {
    return false;
  }
}
