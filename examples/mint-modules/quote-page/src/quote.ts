// A quote is asked for at order-intake, which validates it and turns it into a seed.
import { ask, probeModule } from "./shell/upstream.js";

export interface Fault {
  readonly field: string;
  readonly found: string;
  readonly wanted: string;
}

export interface Quote {
  readonly seed: string; // the number that the customer can refer to
  readonly title: string;
  readonly quantity: number;
}

export type Outcome = { quote: Quote } | { faults: readonly Fault[] };

export interface Intake {
  /** The quote, or the faults that order-intake found. Raises Error when it gave neither. */
  submit(data: unknown): Promise<Outcome>;
  probe(limitMs: number): Promise<string>;
}

const SUBMIT_LIMIT_MS = 7_000;

export function intakeAt(baseUrl: string): Intake {
  return {
    submit: async (data) =>
      outcomeOf(await ask({ method: "POST", url: `${baseUrl}/api/v1/intakes`, limitMs: SUBMIT_LIMIT_MS, data })),
    probe: (limitMs) => probeModule(baseUrl, limitMs),
  };
}

interface IntakeAnswer {
  readonly seed?: string;
  readonly intake?: { readonly title: string; readonly quantity: number };
  readonly faults?: readonly Fault[];
}

function outcomeOf(reply: { status: number; data: unknown }): Outcome {
  const answer = (reply.data ?? {}) as IntakeAnswer;
  if (reply.status === 201 && answer.seed !== undefined && answer.intake !== undefined) {
    return { quote: { seed: answer.seed, title: answer.intake.title, quantity: answer.intake.quantity } };
  }
  if (reply.status === 422 && answer.faults !== undefined) {
    return { faults: answer.faults };
  }
  throw new Error(`order-intake answered ${reply.status}`);
}

/** A form's texts as an intake: a quantity of digits only becomes a number. */
export function intakeOfForm(form: ReadonlyMap<string, string>): Record<string, unknown> {
  const data: Record<string, unknown> = Object.fromEntries(form);
  const quantity = form.get("quantity")?.trim() ?? "";
  return { ...data, quantity: /^[0-9]{1,9}$/.test(quantity) ? Number(quantity) : quantity };
}
