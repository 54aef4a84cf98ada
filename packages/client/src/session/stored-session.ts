import type { AnySession } from "../inference.ts";

/** The differences between the two forms of a session, with and without tokens, that matter for its storage. */
export interface SessionForm<S extends AnySession> {
  matches(value: unknown): value is S;
  /** Differs between successive refresh tokens. */
  refreshVersion(stored: StoredSession<S>): string;
  /** The version that `auth.refresh` with this input refreshes. */
  versionIn(input: unknown, held: StoredSession<S> | null): unknown;
  /**
   * The lifetime of the access token in milliseconds, by the server's clock alone; `undefined` if it cannot be read.
   */
  lifetimeMillis(session: S): number | undefined;
  /** The token for calls, unless the browser adds it. */
  accessToken(session: S): string | undefined;
  /** Whether a session may exist that the storage does not know. */
  readonly isKeptByBrowser: boolean;
}

/** A session as the storage keeps it. */
export interface StoredSession<S extends AnySession> {
  readonly session: S;
  /**
   * When the tokens arrived, by this device's clock, in milliseconds since 1970. This clock may differ from the
   * server's, so it is only compared with itself.
   */
  readonly receivedAtMillis: number;
  /**
   * The attempt key for the refresh of these tokens. It is stored before the refresh is sent and until its answer has
   * come, so that a repetition sends the same key. New tokens replace it.
   */
  readonly attemptKey?: string | undefined;
}

/** The text to store. */
export function formatStoredSession(stored: StoredSession<AnySession>): string {
  return JSON.stringify(stored);
}

/** Reads the session from a stored text; returns `null` for a text of another form or origin. */
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

/** Whether it has expiry times, as a session of either form has. */
export function hasMoments(value: Readonly<Record<string, unknown>>): boolean {
  return isMoment(value["accessTokenExpiresAt"]) && isMoment(value["refreshTokenExpiresAt"]);
}

/** Whether the value is a valid date. */
export function isMoment(value: unknown): boolean {
  return value instanceof Date && !Number.isNaN(value.getTime());
}
