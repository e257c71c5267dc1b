// The module artwork, as order-intake sees it.
import { ask, probeModule } from "./shell/upstream.js";
import type { Intake } from "./intake.js";

const CREATE_LIMIT_MS = 5_000;

export interface Artwork {
  /** Creates the seed of an intake and returns its id. Raises Error when artwork didn't confirm it. */
  createSeed(intake: Intake): Promise<string>;
  probe(limitMs: number): Promise<string>;
}

export function artworkAt(baseUrl: string, token: string): Artwork {
  return {
    createSeed: async (intake) => {
      const reply = await ask({
        method: "POST",
        url: `${baseUrl}/api/v1/seeds`,
        limitMs: CREATE_LIMIT_MS,
        headers: { authorization: `Bearer ${token}` },
        data: seedOf(intake),
      });
      const id = (reply.data as { id?: unknown } | null | undefined)?.id;
      if (reply.status !== 201 || typeof id !== "string") {
        throw new Error(`artwork answered ${reply.status}, wanted 201 with the id of the seed`);
      }
      return id;
    },
    probe: (limitMs) => probeModule(baseUrl, limitMs),
  };
}

function seedOf({ title, ...rest }: Intake): { name: string; metadata: Record<string, unknown> } {
  return { name: title, metadata: { source: "order-intake", ...rest } };
}
