import type { Session } from "../inference.ts";
import type { SessionStorage } from "../session/session-storage.ts";
import { formatStoredSession, parseStoredSession } from "../session/stored-session.ts";
import { tokenSession } from "../session/token-session.ts";

interface FakeSessionOptions {
  readonly id?: string;
  /** Counts the refreshes, one each second. */
  readonly counter?: number;
  /** The time of the sign-in by the server's clock. Default: long ago, to prove that it does not matter. */
  readonly issuedAtSeconds?: number;
  readonly lifetimeSeconds?: number;
}

/** Tokens that look like the server's. */
export function fakeSession(options: FakeSessionOptions = {}): Session {
  const { id = "session-1", counter = 0, issuedAtSeconds = 1000, lifetimeSeconds = 900 } = options;
  const iat = issuedAtSeconds + counter;
  const claims = { sid: id, iat, exp: iat + lifetimeSeconds };
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return {
    id,
    accessToken: `${encode({ alg: "EdDSA" })}.${encode(claims)}.signature`,
    accessTokenExpiresAt: new Date(claims.exp * 1000),
    refreshToken: `${id}.${counter}`,
    refreshTokenExpiresAt: new Date((iat + 86_400) * 1000),
  };
}

/** The session after a refresh with the given token of {@link fakeSession}. */
export function successorOf(refreshToken: string): Session {
  const [id = "", counter] = refreshToken.split(".");
  return fakeSession({ id, counter: Number(counter) + 1 });
}

/** Storage that tests can inspect. */
export interface FakeStorage extends SessionStorage {
  readonly items: Map<string, string>;
  /** The session that is stored now. */
  session(): Session | null;
  /** The key that is stored for its refresh. */
  attemptKey(): string | undefined;
  /** Stores a session as another client would, by default with a new access token. */
  put(session: Session, receivedSecondsAgo?: number): void;
}

const key = "gatehouse.session";

/** Storage that answers at once, or with promises. */
export function fakeStorage({ isAsync = false } = {}): FakeStorage {
  const items = new Map<string, string>();
  const answer = <T>(value: T) => (isAsync ? new Promise<T>((resolve) => setImmediate(resolve, value)) : value);
  const stored = () => parseStoredSession(items.get(key) ?? null, tokenSession);
  return {
    items,
    session: () => stored()?.session ?? null,
    attemptKey: () => stored()?.attemptKey,
    put: (session, receivedSecondsAgo = 0) =>
      items.set(key, formatStoredSession({ session, receivedAtMillis: Date.now() - receivedSecondsAgo * 1000 })),
    getItem: (name) => answer(items.get(name) ?? null),
    async setItem(name, value) {
      await answer(undefined);
      items.set(name, value);
    },
    async removeItem(name) {
      await answer(undefined);
      items.delete(name);
    },
  };
}
