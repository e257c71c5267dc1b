// What a customer may order, and every fault of an intake at once.

export interface Intake {
  readonly customer: string;
  readonly email: string;
  readonly title: string; // of the artwork
  readonly quantity: number; // prints
  readonly note: string;
}

export interface Fault {
  readonly field: string;
  readonly found: string;
  readonly wanted: string;
}

interface Field {
  readonly wanted: string;
  readonly standard?: unknown;
  readonly accepts: (value: unknown) => boolean;
}

const QUANTITY_LIMIT = 100_000;
// One @, no spaces, a dot in the domain: what catches typing errors. Only a mail proves an address.
const EMAIL = /^[^\s@]{1,64}@[^\s@]+\.[^\s@]+$/;

const FIELDS: Readonly<Record<keyof Intake, Field>> = {
  customer: { wanted: "a name of 1 to 100 characters", accepts: (value) => isLine(value, 1, 100) },
  email: {
    wanted: "an e-mail address of at most 254 characters",
    accepts: (value) => isLine(value, 1, 254) && EMAIL.test(String(value).trim()),
  },
  title: { wanted: "a title of 1 to 200 characters", accepts: (value) => isLine(value, 1, 200) },
  quantity: {
    wanted: `a whole number from 1 to ${QUANTITY_LIMIT}`,
    accepts: (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= QUANTITY_LIMIT,
  },
  note: { wanted: "a note of at most 500 characters", standard: "", accepts: (value) => isLine(value, 0, 500) },
};

/** The intake, or all its faults in the order of the fields, unknown fields last. */
export function parseIntake(data: unknown): { intake: Intake } | { faults: readonly Fault[] } {
  if (typeof data !== "object" || data === null || Array.isArray(data)) {
    return { faults: [{ field: "", found: describe(data), wanted: "a JSON object" }] };
  }
  const given = data as Readonly<Record<string, unknown>>;
  const faults = [...faultsOfFields(given), ...unknownFields(given)];
  return faults.length > 0 ? { faults } : { intake: build(given) };
}

function faultsOfFields(given: Readonly<Record<string, unknown>>): readonly Fault[] {
  return Object.entries(FIELDS)
    .filter(([name, field]) => !field.accepts(given[name] ?? field.standard))
    .map(([name, field]) => ({ field: name, found: describe(given[name]), wanted: field.wanted }));
}

function unknownFields(given: Readonly<Record<string, unknown>>): readonly Fault[] {
  return Object.keys(given)
    .filter((name) => !Object.hasOwn(FIELDS, name))
    .map((name) => ({ field: name, found: "an unknown field", wanted: `only ${Object.keys(FIELDS).join(", ")}` }));
}

function build(given: Readonly<Record<string, unknown>>): Intake {
  const text = (name: keyof Intake): string => String(given[name] ?? "").trim();
  return {
    customer: text("customer"),
    email: text("email"),
    title: text("title"),
    quantity: Number(given["quantity"]),
    note: text("note"),
  };
}

function isLine(value: unknown, least: number, most: number): boolean {
  if (typeof value !== "string" || /\p{Cc}/u.test(value)) {
    return false;
  }
  const length = [...value.trim()].length;
  return length >= least && length <= most;
}

function describe(value: unknown): string {
  if (value === undefined) {
    return "nothing";
  }
  const text = JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
