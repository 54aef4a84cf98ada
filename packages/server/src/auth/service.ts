import type { z } from "zod";
import { type DatabaseTransaction, inTransaction } from "../database/index.ts";
import type { Dependencies } from "../dependencies.ts";
import { claimDevice, type DeviceDescription, releaseDevices } from "../device/index.ts";
import { GatehouseError } from "../errors.ts";
import {
  createUser,
  findUserByIdentifier,
  getUser,
  lockActiveUser,
  refuseTakenEmail,
  throwTaken,
  toUser,
  type UserRow,
} from "../user/index.ts";
import { insertPassword, isPasswordOf } from "./password/index.ts";
import type { credentialsSchema, registerInput, registerOutput, signInOutput, statusOutput } from "./schema.ts";
import {
  type Actor,
  type EndedSession,
  refreshSession,
  revokeSession,
  revokeSessionsOfUser,
  type SessionTokens,
  startSession,
  toCurrentSession,
} from "./session/index.ts";

/** Where a call came from, as the session remembers it. */
export interface Origin {
  readonly ip: string;
  readonly userAgent: string | null;
}

/** How somebody signs in, besides proving who they are. */
interface SignIn {
  readonly remember: boolean;
  readonly device?: DeviceDescription | undefined;
  readonly origin: Origin;
}

/**
 * Creates an account and signs it in. Of any number of calls with one address, one succeeds. Throws `EMAIL_TAKEN`,
 * `USERNAME_TAKEN`, `DEVICE_LINKED_TO_ANOTHER_USER` and `TOO_MANY_REQUESTS`.
 */
export async function register(
  deps: Dependencies,
  input: z.output<typeof registerInput>,
  origin: Origin,
): Promise<z.output<typeof registerOutput>> {
  await refuseTakenEmail(deps.db, input.email);
  const hash = await deps.passwords.hash(input.password);
  return await throwTaken(() =>
    inTransaction(deps.db, async (trx) => {
      const user = await createUser(deps, trx, input);
      await insertPassword(trx, { userId: user.id, hash }, deps.clock.now());
      const session = await signIn(deps, trx, user, { remember: true, device: input.device, origin });
      return { user: toUser(user), session };
    }),
  );
}

/**
 * Signs in with a password. Throws `INVALID_CREDENTIALS`, the same and as late for a wrong password and an unknown
 * identifier; `ACCOUNT_DISABLED`, only to who knows the password; `DEVICE_LINKED_TO_ANOTHER_USER` and
 * `TOO_MANY_REQUESTS`.
 */
export async function login(
  deps: Dependencies,
  credentials: z.output<typeof credentialsSchema>,
  how: SignIn,
): Promise<z.output<typeof signInOutput>> {
  const user = await findUserByIdentifier(deps.db, credentials.identifier);
  const isProven = await isPasswordOf(deps, user?.id ?? null, credentials.password);
  if (user === undefined || !isProven) throw new GatehouseError("INVALID_CREDENTIALS");
  return await inTransaction(deps.db, async (trx) => {
    if (!(await lockActiveUser(trx, user.id))) throw new GatehouseError("ACCOUNT_DISABLED");
    return { status: "signed_in", user: toUser(user), session: await signIn(deps, trx, user, how) };
  });
}

/**
 * Exchanges a refresh token for its successor. Throws `REFRESH_TOKEN_INVALID`, and `REFRESH_TOKEN_REUSED` when it ended
 * the session because the token had been replaced before.
 */
export async function refresh(deps: Dependencies, refreshToken: string): Promise<SessionTokens> {
  return await refreshSession(deps, refreshToken, async ({ id, publicId, userId }) => {
    await inTransaction(deps.db, async (trx) => {
      const revocation = { reason: "refresh_token_reused", now: deps.clock.now() } as const;
      await settleEnded(deps, trx, { userId, publicId }, await revokeSession(trx, id, revocation));
    });
  });
}

/** Ends the actor's session; its device gets no more messages for them. */
export async function logout(deps: Dependencies, actor: Actor): Promise<void> {
  await inTransaction(deps.db, async (trx) => {
    const revocation = { reason: "logout", now: deps.clock.now() } as const;
    await settleEnded(deps, trx, callerOf(actor), await revokeSession(trx, actor.session.id, revocation));
  });
}

/** Ends every session of the actor. */
export async function logoutAll(deps: Dependencies, actor: Actor): Promise<void> {
  await inTransaction(deps.db, async (trx) => {
    const revocation = { reason: "logout_all", now: deps.clock.now() } as const;
    await settleEnded(deps, trx, callerOf(actor), await revokeSessionsOfUser(trx, actor.userId, revocation));
  });
}

/** Who is signed in, and in which session. */
export async function getStatus(deps: Dependencies, actor: Actor): Promise<z.output<typeof statusOutput>> {
  return { user: await getUser(deps, actor.userId), session: toCurrentSession(actor.session) };
}

async function signIn(
  deps: Dependencies,
  trx: DatabaseTransaction,
  user: UserRow,
  how: SignIn,
): Promise<SessionTokens> {
  const device = how.device === undefined ? undefined : await claimDevice(deps, trx, user.id, how.device);
  return await startSession(deps, trx, {
    user: { id: user.id, publicId: user.public_id },
    deviceId: device?.id ?? null,
    remembered: how.remember,
    methods: ["pwd"],
    ...how.origin,
  });
}

/** The session that a call is about, and whose it is. */
interface Caller {
  readonly userId: string;
  readonly publicId: string;
}

function callerOf({ userId, session }: Actor): Caller {
  return { userId, publicId: session.public_id };
}

/**
 * What follows from the end of sessions: no call is answered from memory, and their devices get no more messages. The
 * caller's own is among those that are not remembered, also where another process was first to end it.
 */
async function settleEnded(
  deps: Dependencies,
  trx: DatabaseTransaction,
  caller: Caller,
  ended: readonly EndedSession[],
): Promise<void> {
  deps.sessionChanges.note([caller.publicId, ...ended.map((session) => session.public_id)]);
  const ids = ended.map((session) => session.device_id).filter((id) => id !== null);
  await releaseDevices(deps, trx, { userId: caller.userId, ids });
}
