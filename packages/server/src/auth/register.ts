import type { z } from "zod";
import type { Config } from "../config.ts";
import { type DatabaseTransaction, inTransaction } from "../database/connection.ts";
import { inRetriedTransaction } from "../database/deadlock.ts";
import { signInDevice } from "../device/installation.ts";
import { GatehouseError } from "../errors.ts";
import { canonicalEmail, canonicalUsername } from "../user/canonical.ts";
import { assertUsernameAvailable, mapUniqueViolation, newUserColumns, type Origin } from "../user/service.ts";
import { assertNotReserved, usernameSkeleton } from "../user/username.ts";
import { type EmailDeps, mailVerification } from "./email/service.ts";
import { enqueueMailRequest } from "./notice/deferred-mail.ts";
import { mailUser } from "./notice/service.ts";
import { networkPlace, type ThrottledMail, takeTurn, throttleKeys } from "./notice/throttle.ts";
import { newLink } from "./one-time-token/link.ts";
import { type NewPasswordDeps, newPassword } from "./password/policy.ts";
import { findVacancy, insertAccount } from "./register-store.ts";
import { createAccount } from "./registration/create-account.ts";
import type { Registration as HeldRegistration } from "./registration/schema.ts";
import type { registerInput } from "./schema.ts";
import { completeSignIn, type SignedIn, type SignInDeps, signIn } from "./session/sign-in.ts";
import { issueSession, prepareSession } from "./session/start.ts";

/** What registering needs. */
export type RegisterDeps = EmailDeps &
  SignInDeps &
  NewPasswordDeps & { readonly config: Pick<Config, "registrationMode" | "reservedUsernames"> };

type Registration = Omit<z.output<typeof registerInput>, "transport">;

/** A registration whose password is acceptable, and where it comes from. */
interface Registrant {
  readonly user: Omit<Registration, "device" | "password">;
  readonly device: Registration["device"];
  readonly passwordHash: string;
  readonly origin: Origin;
}

/** The result of a registration in the `verified` mode. */
interface AnsweredByMail {
  readonly status: "verification_sent";
}

/**
 * Creates an account and signs it in. Of any number of calls with one address, one succeeds. In the `verified` mode it only
 * sends a mail, and returns the same whether the address is taken or free. Throws `EMAIL_TAKEN` (not in that mode),
 * `USERNAME_TAKEN`, `USERNAME_RESERVED` and `PASSWORD_TOO_WEAK`.
 */
export async function register(
  deps: RegisterDeps,
  { device, password, ...user }: Registration,
  origin: Origin,
): Promise<SignedIn | AnsweredByMail> {
  assertNotReserved(deps, user.username);
  if (deps.config.registrationMode === "verified") {
    await assertUsernameAvailable(deps.db, user.username);
    const passwordHash = await newPassword(deps, password, { owner: user });
    return await registerByMail(deps, {
      ...user,
      passwordHash,
      origin: { ip: origin.ip, userAgent: origin.userAgent },
    });
  }
  const mail = verificationMail(deps, user.email, origin);
  const vacancy = await findPlace(deps, user, mail);
  const registrant = { user, device, passwordHash: await newPassword(deps, password, { owner: user }), origin };
  const turn = takeTurn(deps, mail, vacancy.throttles);
  const { userId } = vacancy;
  const atOnce = turn && (await createAtOnce(deps, registrant, { userId, turn }));
  return atOnce ?? (await createStepByStep(deps, registrant));
}

function verificationMail(deps: RegisterDeps, email: string, { ip }: Origin): ThrottledMail {
  return { kind: "verify-email", email, place: networkPlace(deps, ip), isProven: false };
}

/** Throws `EMAIL_TAKEN`, also while only its former owner may take the address, and `USERNAME_TAKEN`. */
async function findPlace(deps: RegisterDeps, { email, username }: Registrant["user"], mail: ThrottledMail) {
  const vacancy = await findVacancy(deps.db, {
    emailCanonical: canonicalEmail(email),
    usernameCanonical: username === undefined ? null : canonicalUsername(username),
    usernameSkeleton: username === undefined ? null : usernameSkeleton(username),
    throttleKeys: throttleKeys(deps, mail),
    now: deps.clock.now(),
  });
  if (vacancy.isEmailTaken) throw new GatehouseError("EMAIL_TAKEN");
  if (vacancy.isUsernameTaken) throw new GatehouseError("USERNAME_TAKEN");
  return vacancy;
}

type Turn = NonNullable<ReturnType<typeof takeTurn>>;

/** Thrown to roll a transaction back because another mail took the turn. */
class TurnTaken extends Error {}

/**
 * Creates the account, and its session, by one statement in a transaction that also sends the mail. Returns `undefined`, and
 * changes nothing, if another mail to the mailbox took the turn meanwhile.
 */
async function createAtOnce(
  deps: RegisterDeps,
  registrant: Registrant,
  reserved: { readonly userId: string; readonly turn: Turn },
): Promise<SignedIn | undefined> {
  try {
    return await mapUniqueViolation(() =>
      inRetriedTransaction(deps.db, (trx) => createIn(deps, trx, { ...registrant, ...reserved })),
    );
  } catch (error) {
    if (error instanceof TurnTaken) return undefined;
    throw error;
  }
}

async function createIn(
  deps: RegisterDeps,
  trx: DatabaseTransaction,
  { user, device, passwordHash, origin, userId, turn }: Registrant & { readonly userId: string; readonly turn: Turn },
): Promise<SignedIn> {
  const columns = newUserColumns(deps, { ...user, registeredFrom: origin });
  const { link, values } = newLink(deps, { userId, purpose: "verify_email", email: user.email });
  const prepared = prepareSession(deps, {
    user: { id: userId, publicId: columns.public_id },
    device: device && signInDevice(deps, device),
    passwordVersion: undefined,
    remembered: true,
    methods: ["pwd"],
    ...origin,
  });
  const account = { id: userId, user: columns, passwordHash, session: prepared.start, link: values, turn };
  const inserted = await insertAccount(trx, account);
  if (inserted.isReserved) throw new GatehouseError("EMAIL_TAKEN");
  if (!inserted.hasTurn) throw new TurnTaken();
  await mailUser(deps, trx, { recipient: inserted.user, content: { template: "verify-email", ...link } });
  const started = issueSession(deps, prepared, inserted.session);
  const how = { user: inserted.user, remember: true, device, origin, methods: ["pwd"] };
  return await completeSignIn(deps, trx, { how, started });
}

/** Creates the account where its mail may have to wait for its turn: the states of the turn are locked before it is chosen. */
async function createStepByStep(
  deps: RegisterDeps,
  { user, device, passwordHash, origin }: Registrant,
): Promise<SignedIn> {
  return await mapUniqueViolation(() =>
    inRetriedTransaction(deps.db, async (trx) => {
      const row = await createAccount(deps, trx, { user: { ...user, registeredFrom: origin }, passwordHash });
      await mailVerification(deps, trx, { user: row, place: networkPlace(deps, origin.ip) });
      return await signIn(deps, trx, { user: row, remember: true, device, origin, methods: ["pwd"] });
    }),
  );
}

/** Enqueues the registration. The job, not this call, checks whether the address is taken, so the call takes the same time. */
async function registerByMail(
  deps: RegisterDeps,
  given: Omit<HeldRegistration, "id" | "requestedAt"> & { readonly origin: Origin },
): Promise<AnsweredByMail> {
  const account = { ...given, id: deps.random.uuid(), requestedAt: deps.clock.now() };
  const request = { template: "complete-registration", account, ip: given.origin.ip } as const;
  await inTransaction(deps.db, (trx) => enqueueMailRequest(deps, trx, request));
  return { status: "verification_sent" };
}
