import type { AnySession } from "../inference.ts";

/** What the keeping of a session must know of the form that it has: with its tokens, or with none. */
export interface SessionForm<S extends AnySession> {
  matches(value: unknown): value is S;
  /** Differs for any two refresh tokens that came one after the other. */
  refreshVersion(stored: StoredSession<S>): string;
  /** The version that a call of `auth.refresh` with this input refreshes. */
  versionIn(input: unknown, held: StoredSession<S> | null): unknown;
  /** The lifetime of the access token, in milliseconds, by the server's clock alone; `undefined` where it cannot be read. */
  lifetimeMillis(session: S): number | undefined;
  /** The token to call with, where the browser does not add it. */
  accessToken(session: S): string | undefined;
  /** Whether there may be a session that the storage knows nothing of. */
  readonly isKeptByBrowser: boolean;
}

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

/** Whether the value's properties can be looked at. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** Whether it says when its tokens expire, as a session of either form does. */
export function hasMoments(value: Readonly<Record<string, unknown>>): boolean {
  return isMoment(value["accessTokenExpiresAt"]) && isMoment(value["refreshTokenExpiresAt"]);
}

/** Whether the value is a date that there is. */
export function isMoment(value: unknown): boolean {
  return value instanceof Date && !Number.isNaN(value.getTime());
}
