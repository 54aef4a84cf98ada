import { randomUUID } from "node:crypto";
import type { AccountDependencies, FloorDependencies } from "./dependencies.ts";
import { idleExpiry, inTransaction, issueTokens, type SessionOfUser, startSession } from "./session.ts";
import { toUser, type UserRow } from "./user.ts";

/** The parts of a request that handlers read. */
interface FloorRequest {
  readonly authorization: string | undefined;
  readonly userAgent: string | undefined;
  readonly ip: string;
  /** Parsed and not checked: what the load sends is right. */
  readonly body: unknown;
}

/** An answer. Its output is sent as JSON; without one, the body is empty. */
export interface FloorAnswer {
  readonly status: number;
  readonly output?: unknown;
}

/** Does the work of a call, whatever server it is mounted on. */
export type FloorHandler<Deps> = (deps: Deps, request: FloorRequest) => Promise<FloorAnswer>;

const emailExists = { name: "email-exists", text: `select id from "user" where email_canonical = $1` };

const insertUser = {
  name: "insert-user",
  text: `
    insert into "user" (public_id, email, email_canonical, username, username_canonical, given_name, family_name,
      birth_date, locale, status, roles, created_at, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
    returning *`,
};

const insertPassword = {
  name: "insert-password",
  text: "insert into password (user_id, hash, created_at, updated_at) values ($1, $2, $3, $4)",
};

interface Registration {
  readonly email: string;
  readonly password: string;
}

/** Argon2, and user, password and session in one transaction. */
const register: FloorHandler<AccountDependencies> = async (deps, request) => {
  const { email, password } = request.body as Registration;
  const canonical = email.toLowerCase();
  const taken = await deps.db.query({ ...emailExists, values: [canonical] });
  if (taken.rows.length > 0) return { status: 409 };
  const hash = await deps.passwords.hash(password);
  const output = await inTransaction(deps.db, async (client) => {
    const now = new Date();
    const names = [null, null, null, null, null];
    const values = [randomUUID(), email, canonical, ...names, "en", "active", [], now, now];
    const { rows } = await client.query<UserRow>({ ...insertUser, values });
    const [user] = rows;
    if (user === undefined) throw new Error("The user was not inserted");
    await client.query({ ...insertPassword, values: [user.id, hash, now, now] });
    return { user: toUser(user), session: await startSession(deps, client, { user, request }) };
  });
  return { status: 201, output };
};

const findUserByEmail = {
  name: "find-user-by-email",
  text: `select * from "user" where email_canonical = $1 and deleted_at is null`,
};

const findHash = { name: "find-hash", text: "select hash from password where user_id = $1" };

const lockUser = {
  name: "lock-user",
  text: `select id from "user" where id = $1 and status = 'active' and deleted_at is null for share`,
};

interface Credentials {
  readonly identifier: string;
  readonly password: string;
}

/** Argon2, and the session in a transaction that holds the user. */
const login: FloorHandler<AccountDependencies> = async (deps, request) => {
  const user = await findProven(deps, request.body as Credentials);
  if (user === undefined) return { status: 401 };
  return await inTransaction(deps.db, async (client) => {
    const { rows } = await client.query({ ...lockUser, values: [user.id] });
    if (rows.length === 0) throw new Error("The user may not sign in");
    const session = await startSession(deps, client, { user, request });
    return { status: 200, output: { status: "signed_in", user: toUser(user), session } };
  });
};

async function findProven({ db, passwords }: AccountDependencies, body: Credentials): Promise<UserRow | undefined> {
  const users = await db.query<UserRow>({ ...findUserByEmail, values: [body.identifier.toLowerCase()] });
  const [user] = users.rows;
  if (user === undefined) return undefined;
  const hashes = await db.query<{ hash: string }>({ ...findHash, values: [user.id] });
  const [stored] = hashes.rows;
  return stored !== undefined && (await passwords.verify(stored.hash, body.password)) ? user : undefined;
}

const rotateSession = {
  name: "rotate-session",
  text: `
    update session set refresh_counter = refresh_counter + 1, last_seen_at = $3,
      idle_expires_at = least($4, session.expires_at)
    from "user"
    where session.public_id = $1 and session.refresh_counter = $2 and session.revoked_at is null
      and session.idle_expires_at > $3 and session.expires_at > $3
      and "user".id = session.user_id and "user".status = 'active' and "user".deleted_at is null
    returning session.public_id, session.refresh_counter, session.idle_expires_at, "user".public_id as user_public_id`,
};

/** A MAC, one statement and a signature: no refresh with rotation can do with less. */
const refresh: FloorHandler<AccountDependencies> = async ({ db, tokens }, { body }) => {
  const { refreshToken } = body as { readonly refreshToken: string };
  const { sessionId, counter } = tokens.verifyRefresh(refreshToken);
  const now = new Date();
  const values = [sessionId, counter, now, idleExpiry(now)];
  const [session] = (await db.query<SessionOfUser>({ ...rotateSession, values })).rows;
  if (session === undefined) return { status: 401 };
  return { status: 200, output: { session: await issueTokens(tokens, session, now) } };
};

const findUser = {
  name: "find-user",
  text: `select * from "user" where id = $1 and deleted_at is null`,
};

/** The check of the token, and the user. */
const me: FloorHandler<FloorDependencies> = async ({ db, tokenCheck }, { authorization }) => {
  const userId = await tokenCheck.userOf(authorization?.slice("Bearer ".length) ?? "");
  if (userId === undefined) return { status: 401 };
  const { rows } = await db.query<UserRow>({ ...findUser, values: [userId] });
  const [user] = rows;
  return user === undefined ? { status: 404 } : { status: 200, output: toUser(user) };
};

/** The handlers of accounts and their sessions by method and path, as REST has them. */
export const accountHandlers: Readonly<Record<string, FloorHandler<AccountDependencies>>> = {
  "POST /v1/auth/register": register,
  "POST /v1/auth/login": login,
  "POST /v1/auth/refresh": refresh,
};

/** All handlers by method and path. */
export const handlers: Readonly<Record<string, FloorHandler<FloorDependencies>>> = {
  ...accountHandlers,
  "GET /v1/users/me": me,
};
