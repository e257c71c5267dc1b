import { healthAnswer } from "./shell/health.js";
import {
  json,
  jsonBody,
  log,
  reasonOf,
  Refusal,
  requireContentType,
  type Answer,
  type Request,
  type Route,
} from "./shell/service.js";
import { confirmationPage, formPage } from "./page.js";
import { intakeOfForm, type Intake, type Outcome } from "./quote.js";

const INTAKE_PROBE_LIMIT_MS = 3_000;
const UNAVAILABLE = "quotes can't be taken right now; please try again later";
const PAGE_HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
};

export function quoteRoutes(intake: Intake, shopName: string, revision: string): readonly Route[] {
  return [
    { method: "GET", path: "/health", handle: () => health(intake, revision) },
    { method: "GET", path: "/", handle: () => page(200, formPage(shopName, new Map(), [])) },
    { method: "POST", path: "/quotes", handle: (request) => quoteByForm(intake, shopName, request) },
    { method: "POST", path: "/api/v1/quotes", handle: (request) => quoteByApi(intake, request) },
  ];
}

function health(intake: Intake, revision: string): Promise<Answer> {
  const probe = (): Promise<string> => intake.probe(INTAKE_PROBE_LIMIT_MS);
  return healthAnswer({ intake: probe }, INTAKE_PROBE_LIMIT_MS, { revision });
}

async function quoteByApi(intake: Intake, request: Request): Promise<Answer> {
  const outcome = await submit(intake, jsonBody(request));
  if (outcome === undefined) {
    throw new Refusal(502, UNAVAILABLE);
  }
  return "faults" in outcome ? json(422, { error: "the quote has faults", ...outcome }) : json(201, outcome.quote);
}

async function quoteByForm(intake: Intake, shopName: string, request: Request): Promise<Answer> {
  requireContentType(request, "application/x-www-form-urlencoded");
  const form = new Map(new URLSearchParams(request.body.toString("utf8")));
  const outcome = await submit(intake, intakeOfForm(form));
  if (outcome === undefined) {
    return page(502, formPage(shopName, form, [], UNAVAILABLE));
  }
  return "faults" in outcome
    ? page(422, formPage(shopName, form, outcome.faults))
    : page(201, confirmationPage(shopName, outcome.quote));
}

async function submit(intake: Intake, data: unknown): Promise<Outcome | undefined> {
  try {
    return await intake.submit(data);
  } catch (error) {
    log("error", "no answer to a quote", { reason: reasonOf(error) });
    return undefined;
  }
}

function page(status: number, body: string): Answer {
  return { status, headers: PAGE_HEADERS, body };
}
