import type { z } from "zod";
import { eventColumns } from "../audit/record.ts";
import type { Config } from "../config.ts";
import { type DatabaseTransaction, inTransaction } from "../database/connection.ts";
import { inRetriedTransaction } from "../database/deadlock.ts";
import { isMailConfigured } from "../delivery/email/service.ts";
import { signInDevice } from "../device/installation.ts";
import { GatehouseError } from "../errors.ts";
import { refund } from "../limits/consume.ts";
import type { RedirectRules } from "../redirect-targets.ts";
import { canonicalEmail, canonicalUsername } from "../user/canonical.ts";
import { assertIdentifiers } from "../user/identifiers.ts";
import { assertUsernameAvailable, mapUniqueViolation, newUserColumns, type Origin, toUser } from "../user/service.ts";
import { assertNotReserved, usernameSkeleton } from "../user/username.ts";
import { publishEvent } from "../webhook/publish.ts";
import { type EmailDeps, mailVerification } from "./email/service.ts";
import { enqueueMailRequest } from "./notice/deferred-mail.ts";
import { mailLimitKeys, mailUser } from "./notice/service.ts";
import { networkPlace, type ThrottledMail, takeTurn, throttleKeys } from "./notice/throttle.ts";
import { newLink } from "./one-time-token/link.ts";
import { requireMailRedirect } from "./one-time-token/redirect.ts";
import { type NewPasswordDeps, newPassword } from "./password/policy.ts";
import { parsePhone } from "./phone/number.ts";
import { findVacancy, insertAccount } from "./register-store.ts";
import { type CodeSent, holdPhoneRegistration, type PhoneRegistrationDeps } from "./registration/by-phone.ts";
import { accountCreated, createAccount } from "./registration/create-account.ts";
import type { Registration as HeldRegistration } from "./registration/schema.ts";
import type { registerInput } from "./schema.ts";
import { completeSignIn, type SignedIn, type SignInDeps, signInCompletely } from "./session/sign-in.ts";
import { issueSession, prepareSession } from "./session/start.ts";

/** What registering needs. */
export type RegisterDeps = EmailDeps &
  PhoneRegistrationDeps &
  SignInDeps &
  NewPasswordDeps & { readonly config: RedirectRules & Pick<Config, "registrationIdentifiers" | "registrationMode"> };

type Registration = Omit<z.output<typeof registerInput>, "transport">;

/** What is stored of a registration. */
type GivenUser = Omit<Registration, "country" | "device" | "password" | "phone" | "redirectTo">;

/** A registration whose password is acceptable, and where it comes from. */
interface Registrant<User = GivenUser> {
  readonly user: User;
  readonly device: Registration["device"];
  readonly passwordHash: string;
  readonly origin: Origin;
  /** Where the page behind the link of the mail leads; checked. */
  readonly redirectTo?: string | undefined;
}

/** A registrant with an address. */
type AddressedRegistrant = Registrant<Omit<GivenUser, "email"> & { readonly email: string }>;

/** The result of a registration that signs in. */
interface Registered extends SignedIn {
  /** How the user can get back in without the password. */
  readonly recovery: "email" | "none";
}

/** The result of a registration in the `verified` mode. */
interface AnsweredByMail {
  readonly status: "verification_sent";
}

/**
 * Creates an account and signs it in. Of any number of calls with one address or username, one succeeds. In the `verified` mode
 * it only sends a mail, and for a telephone number only a code, and returns the same whether the address or the number is taken
 * or free. Throws `INVALID_INPUT` for identifiers that the server does not allow and for a text that is no number, `EMAIL_TAKEN`
 * (not in that mode), `USERNAME_TAKEN`, `USERNAME_RESERVED`, `PASSWORD_TOO_WEAK`, `REDIRECT_NOT_ALLOWED` and `TOO_MANY_REQUESTS`.
 */
export async function register(
  deps: RegisterDeps,
  { device, password, phone, country, redirectTo: wayOn, ...given }: Registration,
  origin: Origin,
): Promise<Registered | AnsweredByMail | CodeSent> {
  assertIdentifiers(deps.config.registrationIdentifiers, { ...given, phone });
  const redirectTo = requireMailRedirect(deps.config, wayOn);
  if (phone !== undefined) {
    return await registerByPhone(deps, { ...given, password, phone: await parsePhone({ phone, country }) }, origin);
  }
  const { email } = given;
  if (email === undefined) return await registerWithoutAddress(deps, { device, password, ...given }, origin);
  const user = { ...given, email };
  if (deps.config.registrationMode === "verified") {
    await assertUsernameAvailable(deps, user.username);
    const passwordHash = await newPassword(deps, password, { owner: user });
    return await registerByMail(deps, {
      ...user,
      passwordHash,
      origin: { ip: origin.ip, userAgent: origin.userAgent },
      redirectTo,
    });
  }
  const mail = verificationMail(deps, user.email, origin);
  const vacancy = await findPlace(deps, user, mail);
  const passwordHash = await newPassword(deps, password, { owner: user });
  const registrant = { user, device, passwordHash, origin, redirectTo };
  const turn = takeTurn(deps, mail, vacancy.throttles);
  const { userId } = vacancy;
  const atOnce = turn && (await createAtOnce(deps, registrant, { userId, turn }));
  const signedIn = atOnce ?? (await createStepByStep(deps, registrant));
  return { ...signedIn, recovery: isMailConfigured(deps.config) ? "email" : "none" };
}

/** Nothing is created before the code proves the number; `holdPhoneRegistration` sends it. */
async function registerByPhone(
  deps: RegisterDeps,
  { password, email: _none, ...given }: GivenUser & { readonly password: string; readonly phone: string },
  { ip }: Origin,
): Promise<CodeSent> {
  await assertUsernameAvailable(deps, given.username);
  const passwordHash = await newPassword(deps, password, { owner: given });
  const sent = await holdPhoneRegistration(deps, { ...given, passwordHash }, ip);
  await refundMail(deps, ip);
  return sent;
}

/** Gives back what a call that sends no mail was counted for (`callLimits.registrationMail`); a call that fails does so itself. */
async function refundMail(deps: RegisterDeps, ip: string): Promise<void> {
  await refund(deps, { giveBack: mailLimitKeys({ ip }) });
}

/** There is no mail, and so no turn to take. */
async function registerWithoutAddress(
  deps: RegisterDeps,
  { device, password, ...user }: GivenUser & Pick<Registration, "device" | "password">,
  origin: Origin,
): Promise<Registered> {
  await assertUsernameAvailable(deps, user.username);
  const passwordHash = await newPassword(deps, password, { owner: user });
  const signedIn = await createStepByStep(deps, { user, device, passwordHash, origin });
  await refundMail(deps, origin.ip);
  return { ...signedIn, recovery: "none" };
}

function verificationMail(deps: RegisterDeps, email: string, { ip }: Origin): ThrottledMail {
  return { kind: "verify-email", email, place: networkPlace(deps, ip), isProven: false };
}

/** Throws `EMAIL_TAKEN`, also while only its former owner may take the address, `USERNAME_TAKEN` and `USERNAME_RESERVED`. */
async function findPlace(deps: RegisterDeps, { email, username }: AddressedRegistrant["user"], mail: ThrottledMail) {
  if (username !== undefined) assertNotReserved(deps, username);
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
  registrant: AddressedRegistrant,
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
  {
    user,
    device,
    passwordHash,
    origin,
    redirectTo,
    userId,
    turn,
  }: AddressedRegistrant & { readonly userId: string; readonly turn: Turn },
): Promise<SignedIn> {
  const columns = newUserColumns(deps, { ...user, registeredFrom: origin });
  const { link, values } = newLink(deps, { userId, purpose: "verify_email", email: user.email, redirectTo });
  const prepared = prepareSession(deps, {
    user: { id: userId, publicId: columns.public_id },
    device: device && signInDevice(deps, device),
    passwordVersion: undefined,
    remembered: true,
    methods: ["pwd"],
    ...origin,
  });
  const event = eventColumns(deps, accountCreated(deps.call, columns));
  const account = { id: userId, user: columns, passwordHash, session: prepared.start, link: values, turn, event };
  const inserted = await insertAccount(trx, account);
  if (inserted.isReserved) throw new GatehouseError("EMAIL_TAKEN");
  if (!inserted.hasTurn) throw new TurnTaken();
  await mailUser(deps, trx, { recipient: inserted.user, content: { template: "verify-email", ...link } });
  await publishEvent(deps, trx, { type: "user.created", data: toUser(inserted.user, deps.config) });
  const started = issueSession(deps, prepared, inserted.session);
  const how = { user: inserted.user, remember: true, device, origin, methods: ["pwd"] as const };
  return await completeSignIn(deps, trx, { how, started });
}

/**
 * Creates the account where its mail may have to wait for its turn: the states of the turn are locked before it is chosen. An
 * account without an address gets no mail.
 */
async function createStepByStep(
  deps: RegisterDeps,
  { user, device, passwordHash, origin, redirectTo }: Registrant,
): Promise<SignedIn> {
  return await mapUniqueViolation(() =>
    inRetriedTransaction(deps.db, async (trx) => {
      const row = await createAccount(deps, trx, { user: { ...user, registeredFrom: origin }, passwordHash });
      await publishEvent(deps, trx, { type: "user.created", data: toUser(row, deps.config) });
      await mailVerification(deps, trx, { user: row, place: networkPlace(deps, origin.ip), redirectTo });
      return await signInCompletely(deps, trx, { user: row, remember: true, device, origin, methods: ["pwd"] });
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
