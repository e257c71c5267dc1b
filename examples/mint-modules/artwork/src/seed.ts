// What a seed is, and what a request must look like to become one.

export type Metadata = Readonly<Record<string, unknown>>;

export interface NewSeed {
  readonly name: string;
  readonly metadata: Metadata;
}

export interface Seed extends NewSeed {
  readonly id: string;
  readonly created_at: string; // RFC 3339, UTC
}

export interface Fault {
  readonly field: string;
  readonly wanted: string;
}

export const NAME_LIMIT = 200; // characters
const FIELDS = new Set(["name", "metadata"]);

export function parseNewSeed(data: unknown): { seed: NewSeed } | { faults: readonly Fault[] } {
  if (!isObject(data)) {
    return { faults: [{ field: "", wanted: "a JSON object" }] };
  }
  const { name, metadata = {} } = data;
  const faults = Object.keys(data)
    .filter((key) => !FIELDS.has(key))
    .map((field): Fault => ({ field, wanted: "no such field" }));
  if (!isName(name)) {
    faults.push({ field: "name", wanted: `a text of 1 to ${NAME_LIMIT} characters without control characters` });
  }
  if (!isObject(metadata) || holdsNul(metadata)) {
    faults.push({ field: "metadata", wanted: "a JSON object without NUL characters" });
  }
  return faults.length > 0 ? { faults } : { seed: { name: (name as string).trim(), metadata: metadata as Metadata } };
}

function isObject(data: unknown): data is Record<string, unknown> {
  return typeof data === "object" && data !== null && !Array.isArray(data);
}

function isName(name: unknown): name is string {
  return typeof name === "string" && name.trim() !== "" && name.length <= NAME_LIMIT && !/\p{Cc}/u.test(name);
}

// jsonb can't hold U+0000 (postgresql.org, Datatypes, JSON Types).
function holdsNul(value: unknown): boolean {
  return JSON.stringify(value).includes("\\u0000");
}
