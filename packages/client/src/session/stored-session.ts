import type { AnySession } from "../inference.ts";
import type { SessionForm } from "./session-form.ts";
import { isRecord } from "./session-shape.ts";

/** A session as the storage keeps it. */
export interface StoredSession<S extends AnySession> {
  readonly session: S;
  /**
   * When the tokens arrived, by this device's clock, in milliseconds since 1970. The server's times are of another
   * clock, and this one may be wrong; with itself it can be compared.
   */
  readonly receivedAtMillis: number;
  /**
   * What the refresh of these tokens is sent with. It is there before the refresh is sent, and as long as its answer has not
   * come: with the same key, that is asked for again. The next tokens take its place.
   */
  readonly attemptKey?: string | undefined;
}

/** The text to store. */
export function formatStoredSession(stored: StoredSession<AnySession>): string {
  return JSON.stringify(stored);
}

/** The session in a stored text; `null` where there is none of this form, or where somebody else wrote it. */
export function parseStoredSession<S extends AnySession>(
  text: string | null,
  form: SessionForm<S>,
): StoredSession<S> | null {
  const stored = parseJson(text ?? "null");
  const { session: written, receivedAtMillis, attemptKey } = isRecord(stored) ? stored : {};
  if (!isRecord(written)) return null;
  const entries = Object.entries(written).map(([name, value]) => [name, name.endsWith("At") ? toDate(value) : value]);
  const session: unknown = Object.fromEntries(entries);
  if (!form.matches(session) || typeof receivedAtMillis !== "number") return null;
  return { session, receivedAtMillis, ...(typeof attemptKey === "string" ? { attemptKey } : {}) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function toDate(value: unknown): Date | undefined {
  return typeof value === "string" ? new Date(value) : undefined;
}
