// /health: the module's own word and that of each dependency, each asked under a time limit.
import { get } from "node:http";
import { json, type Answer } from "./service.js";

export type Probe = () => Promise<string>; // resolves to "ok" or to another word; rejects when it is down

const OWN_HEALTH_LIMIT_MS = 4_000;

/** 200 and "ok" when every dependency says "ok", else 503 and "degraded". A probe that rejects or lasts is "down". */
export async function healthAnswer(
  probes: Readonly<Record<string, Probe>>,
  limitMs: number,
  facts: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const words = await Promise.all(
    Object.entries(probes).map(async ([name, probe]) => [name, await within(probe, limitMs)] as const),
  );
  const ok = words.every(([, word]) => word === "ok");
  return json(ok ? 200 : 503, { status: ok ? "ok" : "degraded", ...Object.fromEntries(words), ...facts });
}

function within(probe: Probe, limitMs: number): Promise<string> {
  return new Promise((resolve) => {
    const limit = setTimeout(() => resolve("down"), limitMs);
    probe()
      .catch(() => "down")
      .then((word) => {
        clearTimeout(limit);
        resolve(word);
      });
  });
}

/** Asks the module's own /health through the loopback; for the container's health check. */
export function ownHealth(port: number, limitMs: number = OWN_HEALTH_LIMIT_MS): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ host: "127.0.0.1", port, path: "/health", agent: false, signal: AbortSignal.timeout(limitMs) });
    request.once("response", (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once("error", () => resolve(false));
  });
}
