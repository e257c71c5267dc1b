import { healthAnswer } from "./shell/health.js";
import { json, jsonBody, log, reasonOf, Refusal, type Answer, type Request, type Route } from "./shell/service.js";
import type { Artwork } from "./artwork.js";
import { parseIntake } from "./intake.js";

const ARTWORK_PROBE_LIMIT_MS = 2_000;

export function intakeRoutes(artwork: Artwork, revision: string): readonly Route[] {
  return [
    { method: "GET", path: "/health", handle: () => health(artwork, revision) },
    { method: "POST", path: "/api/v1/intakes", handle: (request) => takeIn(artwork, request) },
  ];
}

function health(artwork: Artwork, revision: string): Promise<Answer> {
  const probe = (): Promise<string> => artwork.probe(ARTWORK_PROBE_LIMIT_MS);
  return healthAnswer({ artwork: probe }, ARTWORK_PROBE_LIMIT_MS, { revision });
}

async function takeIn(artwork: Artwork, request: Request): Promise<Answer> {
  const parsed = parseIntake(jsonBody(request));
  if ("faults" in parsed) {
    throw new Refusal(422, "the intake has faults", { faults: parsed.faults });
  }
  try {
    return json(201, { seed: await artwork.createSeed(parsed.intake), intake: parsed.intake });
  } catch (error) {
    log("error", "no seed for an intake", { reason: reasonOf(error) });
    throw new Refusal(502, "artwork did not confirm the seed; send the intake again later");
  }
}
