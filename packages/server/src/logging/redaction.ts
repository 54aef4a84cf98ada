import { withoutApiKeys } from "../crypto/api-key.ts";

/** The names of fields that contain secrets, in lower case. */
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

/** Objects and lists that are nested deeper are not logged, since they were not meant for a log. */
const maxDepth = 6;

const redacted = "[redacted]";

/**
 * Copies a logged object and redacts fields with secret names, at any depth and in any letter case. API keys are recognized
 * by their form and truncated in any string value, such as the path of a request. This costs a small fraction of pino's own
 * redaction, which evaluates each wildcard path for each line.
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
