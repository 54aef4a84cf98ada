import { withoutApiKeys } from "../crypto/api-key.ts";

/** Names under which secrets travel, in lower case. */
const secretNames: ReadonlySet<string> = new Set([
  "accesstoken",
  "apikey",
  "attemptkey",
  "authorization",
  "authtoken",
  "cookie",
  "currentpassword",
  "devicesecret",
  "idempotency-key",
  "magiclinktoken",
  "newpassword",
  "password",
  "pushtoken",
  "refreshtoken",
  "secret",
  "set-cookie",
  "token",
]);

/** Deeper values are not logged at all: what is nested so far was not meant for a log. */
const maxDepth = 6;

const redacted = "[redacted]";

/**
 * A copy of a logged object whose members of secret names are replaced, at any depth and in any case. API keys, which are known by
 * their form, are cut short wherever they are, such as in the path of a request. Walking by hand
 * costs a small part of pino's own redaction, which evaluates each wildcard path for each line.
 */
export function redactSecrets(logged: Record<string, unknown>, depth = 0): Record<string, unknown> {
  const entries = Object.entries(logged).map(([name, value]) => [
    name,
    secretNames.has(name.toLowerCase()) ? redacted : redactValue(value, depth + 1),
  ]);
  return Object.fromEntries(entries);
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === "string") return withoutApiKeys(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth > maxDepth) return "[too deep]";
  if (Array.isArray(value)) return value.map((element) => redactValue(element, depth + 1));
  return isPlain(value) ? redactSecrets(value, depth) : value;
}

function isPlain(value: object): value is Record<string, unknown> {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
