import { addSeconds } from "../../clock.ts";
import { digestSecret } from "../../crypto/secret-digest.ts";
import { type DatabaseTransaction, inTransaction } from "../../database/connection.ts";
import { inRetriedTransaction } from "../../database/deadlock.ts";
import { type SmsDeps, sendSms } from "../../delivery/sms/service.ts";
import { GatehouseError } from "../../errors.ts";
import { defaultLocale, mapUniqueViolation, publishChange, toUser } from "../../user/service.ts";
import { lockUserByPublicId, type UserRow } from "../../user/store.ts";
import { type EventDeps, publishEvent } from "../../webhook/publish.ts";
import { type CodeDeps, isCode, maxAttempts, newCode } from "../one-time-token/code.ts";
import { validForMinutes } from "../one-time-token/lifetimes.ts";
import { digestLinkToken } from "../one-time-token/link.ts";
import { consumeSmsBudgets } from "../phone/budget.ts";
import { type SignedIn, type SignIn, type SignInDeps, signInCompletely } from "../session/sign-in.ts";
import { type AccountDeps, createAccount, identifyAccount } from "./create-account.ts";
import { createWithFreeUsername, openRegistration, sealRegistration } from "./pending.ts";
import { type PhoneRegistration, phoneRegistrationSchema } from "./schema.ts";
import {
  countCodeAttempt,
  findRegistration,
  insertRegistration,
  type PendingRegistrationRow,
  replaceCode,
  takeRegistration,
} from "./store.ts";

/** What registering by a telephone number needs. */
export type PhoneRegistrationDeps = AccountDeps & CodeDeps & SmsDeps & EventDeps & SignInDeps;

/** A registration whose code was sent. */
export interface CodeSent {
  readonly status: "code_sent";
  /** The secret that confirms the registration together with the code. */
  readonly registration: string;
  /** When the code stops working. */
  readonly expiresAt: Date;
}

const secretBytes = 32;

/**
 * Stores a registration until its number is proven, and sends the number a code. Whether the number is taken is not looked up:
 * only who proves it learns that. Throws `TOO_MANY_REQUESTS`.
 */
export async function holdPhoneRegistration(
  deps: PhoneRegistrationDeps,
  given: Omit<PhoneRegistration, "id">,
  ip: string,
): Promise<CodeSent> {
  const { phone } = given;
  await consumeSmsBudgets(deps, { sender: "stranger", phone, ip });
  const registration = { ...given, id: deps.random.uuid() };
  const secret = deps.random.bytes(secretBytes).toString("base64url");
  const code = newCode(deps, { holder: registration.id, phone });
  await inTransaction(deps.db, async (trx) => {
    await insertRegistration(trx, {
      public_id: registration.id,
      digest: digestSecret(secret),
      sealed: sealRegistration(deps, registration),
      code_digest: code.digest,
      code_expires_at: code.expiresAt,
      created_at: code.createdAt,
      expires_at: addSeconds(code.createdAt, validForMinutes.confirm_registration * 60),
    });
    await sendSms(deps, trx, messageOf(registration, code));
  });
  return { status: "code_sent", registration: secret, expiresAt: code.expiresAt };
}

/** Sends another code, which replaces the one before. Throws `REGISTRATION_INVALID` and `TOO_MANY_REQUESTS`. */
export async function resendRegistrationCode(
  deps: PhoneRegistrationDeps,
  { registration: secret }: { readonly registration: string },
  ip: string,
): Promise<CodeSent> {
  const digest = digestLinkToken(secret);
  const row = digest && (await findRegistration(deps.db, { digest, by: "code", now: deps.clock.now() }));
  if (row === undefined) throw new GatehouseError("REGISTRATION_INVALID");
  const registration = openRegistration(deps, row, phoneRegistrationSchema);
  const { id: holder, phone } = registration;
  await consumeSmsBudgets(deps, { sender: "stranger", phone, ip });
  const code = newCode(deps, { holder, phone });
  await inTransaction(deps.db, async (trx) => {
    if (!(await replaceCode(trx, row.id, code))) throw new GatehouseError("REGISTRATION_INVALID");
    await sendSms(deps, trx, messageOf(registration, code));
  });
  return { status: "code_sent", registration: secret, expiresAt: code.expiresAt };
}

function messageOf(
  { phone: to, locale = defaultLocale }: PhoneRegistration,
  { code, validForMinutes: minutes }: Pick<ReturnType<typeof newCode>, "code" | "validForMinutes">,
) {
  return { to, locale, template: "registration-code", code, validForMinutes: minutes } as const;
}

/** A registration and its code, as the registrant sends them. */
interface Confirmation extends Pick<SignIn, "device" | "origin"> {
  readonly registration: string;
  readonly code: string;
}

/** The account has no address, so its user gets back in by a code to the number. */
interface ConfirmedRegistration extends SignedIn {
  readonly recovery: "sms";
}

/**
 * Creates the account of a registration by the code that proves its number, or makes the anonymous account that asked a full one, and
 * signs it in. One of several concurrent calls succeeds. Throws `PHONE_CODE_INVALID`, `PHONE_TAKEN` if another account has proven
 * the number, and `ACCOUNT_NOT_ANONYMOUS` if the one that asked has become full meanwhile.
 */
export async function confirmRegistration(
  deps: PhoneRegistrationDeps,
  { registration: secret, code, ...how }: Confirmation,
): Promise<ConfirmedRegistration> {
  const proven = await matchRegistration(deps, secret, code);
  if (proven === undefined) throw new GatehouseError("PHONE_CODE_INVALID");
  const { row, registration } = proven;
  return await createWithFreeUsername((lost) =>
    mapUniqueViolation(() =>
      inRetriedTransaction(deps.db, async (trx) => {
        if (!(await takeRegistration(trx, row))) throw new GatehouseError("PHONE_CODE_INVALID");
        const account = await accountOf(deps, trx, { ...registration, ...lost });
        const signedIn = await signInCompletely(deps, trx, {
          user: account,
          remember: true,
          methods: ["pwd", "sms"],
          ...how,
        });
        return { ...signedIn, recovery: "sms" };
      }),
    ),
  );
}

/** Creates the account of a registration, or makes the anonymous account that asked for it a full one. */
async function accountOf(
  deps: PhoneRegistrationDeps,
  trx: DatabaseTransaction,
  { passwordHash, upgrades, ...given }: PhoneRegistration,
): Promise<UserRow> {
  if (upgrades === undefined) {
    const account = await createAccount(deps, trx, { user: given, passwordHash });
    await publishEvent(deps, trx, { type: "user.created", data: toUser(account, deps.config) });
    return account;
  }
  const before = await lockUserByPublicId(trx, upgrades);
  if (before === undefined) throw new GatehouseError("ACCOUNT_NOT_ANONYMOUS");
  const { id: _id, ...identity } = given;
  const account = await identifyAccount(deps, trx, { before, given: identity, passwordHash });
  await publishChange(deps, trx, { before, after: account });
  return account;
}

interface ProvenRegistration {
  readonly row: PendingRegistrationRow;
  readonly registration: PhoneRegistration;
}

/** Returns the registration if this is its code. Every guess counts, also if the call then fails. */
async function matchRegistration(
  deps: Pick<CodeDeps, "clock" | "db" | "keyRing">,
  secret: string,
  code: string,
): Promise<ProvenRegistration | undefined> {
  const digest = digestLinkToken(secret);
  const row = digest && (await countCodeAttempt(deps.db, { digest, maxAttempts, now: deps.clock.now() }));
  if (row === undefined || row.code_digest === null) return undefined;
  const registration = openRegistration(deps, row, phoneRegistrationSchema);
  const { id: holder, phone } = registration;
  return isCode(deps, { holder, phone, code }, row.code_digest) ? { row, registration } : undefined;
}
