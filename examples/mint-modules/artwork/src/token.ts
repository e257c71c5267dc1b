import { createHash, timingSafeEqual } from "node:crypto";

/** Whether an Authorization header shows the wanted bearer token; takes as long for a wrong one as for the right one. */
export function showsToken(authorization: string | undefined, wanted: string): boolean {
  const shown = /^Bearer (.+)$/i.exec(authorization ?? "")?.[1] ?? "";
  return timingSafeEqual(digest(shown), digest(wanted)); // digests, because it demands equal lengths
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text, "utf8").digest();
}
