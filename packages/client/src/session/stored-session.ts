import type { Session } from "../inference.ts";
import { isRecord, isSession } from "./session-shape.ts";

/** A session as the storage keeps it. */
export interface StoredSession {
  readonly session: Session;
  /**
   * When the tokens arrived, by this device's clock, in milliseconds since 1970. The server's times are of another
   * clock, and this one may be wrong; with itself it can be compared.
   */
  readonly receivedAtMillis: number;
}

/** The text to store. */
export function formatStoredSession(stored: StoredSession): string {
  return JSON.stringify(stored);
}

/** The session in a stored text; `null` where there is none, or where somebody else wrote it. */
export function parseStoredSession(text: string | null): StoredSession | null {
  const stored = parseJson(text ?? "null");
  const { session: written, receivedAtMillis } = isRecord(stored) ? stored : {};
  if (!isRecord(written)) return null;
  const session = {
    ...written,
    accessTokenExpiresAt: toDate(written["accessTokenExpiresAt"]),
    refreshTokenExpiresAt: toDate(written["refreshTokenExpiresAt"]),
  };
  return isSession(session) && typeof receivedAtMillis === "number" ? { session, receivedAtMillis } : null;
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
