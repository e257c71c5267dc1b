// Questions to another module over HTTP, each on a connection of its own: a kept connection may belong to
// a container that a promotion has just replaced.
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";

const ANSWER_LIMIT_BYTES = 256 * 1024;

export interface Question {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly limitMs: number; // from the first byte sent to the last one read
  readonly headers?: Readonly<Record<string, string>>;
  readonly data?: unknown; // sent as JSON
}

export interface Reply {
  readonly status: number;
  readonly data: unknown; // undefined when the body is not JSON
}

/** Raises Error when there is no whole answer within the limit. Any status is an answer. */
export function ask(question: Question): Promise<Reply> {
  const { method, url, headers = {}, data } = question;
  const body = data === undefined ? "" : JSON.stringify(data);
  const send = new URL(url).protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(question.limitMs);
    const late = (error: Error): void => reject(signal.aborted ? new Error(`no answer within ${question.limitMs} ms`) : error);
    const request = send(url, { method, agent: false, signal, headers: { ...headers, ...bodyHeaders(body) } });
    request.once("error", late);
    request.once("response", (response) => {
      readText(response).then((text) => resolve({ status: response.statusCode ?? 0, data: parse(text) }), late);
    });
    request.end(body);
  });
}

function bodyHeaders(body: string): Record<string, string | number> {
  return body === "" ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    size += (chunk as Buffer).length;
    if (size > ANSWER_LIMIT_BYTES) {
      throw new Error(`the answer is larger than ${ANSWER_LIMIT_BYTES} bytes`);
    }
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A probe for /health: "ok" when the other module answers 200, "degraded" when it answers anything else. */
export async function probeModule(baseUrl: string, limitMs: number): Promise<string> {
  const reply = await ask({ method: "GET", url: `${baseUrl}/health`, limitMs });
  return reply.status === 200 ? "ok" : "degraded";
}
