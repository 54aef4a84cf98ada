import type { z } from "zod";
import type { AuditDeps } from "../../audit/call.ts";
import { recordEvent } from "../../audit/record.ts";
import type { Config } from "../../config.ts";
import type { RandomSource } from "../../crypto/random.ts";
import { type Database, type DatabaseTransaction, inTransaction } from "../../database/connection.ts";
import { violatedUniqueConstraint } from "../../database/constraint.ts";
import { GatehouseError } from "../../errors.ts";
import { findUser, lockUser, type UserRow } from "../../user/store.ts";
import { type NoticeDeps, sendSecurityNotice } from "../notice/service.ts";
import type { Actor, Principal } from "../session/actor.ts";
import { lockSession } from "../session/store.ts";
import { parseUserAgent } from "../session/user-agent.ts";
import type { OpenedChallenge, PasskeyChallenges } from "./challenge.ts";
import { spendChallenge } from "./challenge-store.ts";
import { readClientData } from "./client-data.ts";
import { type Passkey, toPasskey } from "./passkey.ts";
import { providerOf } from "./provider.ts";
import type { createPasskeyInput, creationOptionsSchema } from "./schema.ts";
import { countPasskeys, credentialIdKey, insertPasskey, listCredentials, type PasskeyRow, putHandle } from "./store.ts";
import { creationOptions, type NewCredential, verifyCreation } from "./webauthn.ts";

/** What adding a passkey needs. */
interface RegisterDeps extends AuditDeps, NoticeDeps {
  readonly config: Pick<Config, "passkeys" | "productName" | "mail">;
  readonly db: Database;
  readonly random: RandomSource;
  readonly passkeyChallenges: PasskeyChallenges;
}

/** The bytes of a handle, as many as WebAuthn allows and recommends (14.6.1). */
const handleBytes = 64;

/** Returns the options to make another passkey. Throws `PASSKEY_LIMIT_REACHED`, and `ACCESS_TOKEN_INVALID` if the user is gone. */
export async function passkeyOptions(
  deps: RegisterDeps,
  { userId }: Principal,
): Promise<z.output<typeof creationOptionsSchema>> {
  const { config, db, random, passkeyChallenges } = deps;
  const user = await findUser(db, userId);
  if (user === undefined) throw new GatehouseError("ACCESS_TOKEN_INVALID");
  const existing = await listCredentials(db, userId);
  if (existing.length >= config.passkeys.maxPerUser) throw new GatehouseError("PASSKEY_LIMIT_REACHED");
  const handle = await putHandle(db, userId, random.bytes(handleBytes));
  return creationOptions({
    rp: { id: config.passkeys.rpId, name: config.productName },
    user: { handle, ...namesOf(user) },
    challenge: passkeyChallenges.issue({ kind: "registration", userId: user.public_id }),
    existing,
  });
}

/** What the browser shows where the user chooses a passkey. */
function namesOf({ email, username, given_name: given, family_name: family }: UserRow) {
  const name = email ?? username ?? "";
  const displayName = [given, family].filter((part) => part !== null).join(" ");
  return { name, displayName: displayName === "" ? name : displayName };
}

/**
 * Adds a passkey that was made with {@link passkeyOptions}; the owner is told by mail. Throws `PASSKEY_REFUSED`, `PASSKEY_TAKEN`,
 * `PASSKEY_LIMIT_REACHED`, and `ACCESS_TOKEN_INVALID` if the session ended meanwhile.
 */
export async function addPasskey(
  deps: RegisterDeps,
  { actor, userAgent }: { readonly actor: Actor; readonly userAgent: string | null },
  { credential, name }: z.output<typeof createPasskeyInput>,
): Promise<Passkey> {
  const { made, challenge } = await verify(deps, actor, credential);
  const named = { made, name: name ?? defaultName(made, userAgent) };
  return await mapTaken(() =>
    inTransaction(deps.db, async (trx) => {
      const user = await lockOwner(trx, actor);
      if (!(await spendChallenge(trx, challenge))) throw new GatehouseError("PASSKEY_REFUSED");
      const count = await countPasskeys(trx, user.id);
      if (count >= deps.config.passkeys.maxPerUser) throw new GatehouseError("PASSKEY_LIMIT_REACHED");
      const row = await insertPasskey(trx, columnsOf(deps, user, named));
      await tellAdded(deps, trx, { user, row });
      return toPasskey(row);
    }),
  );
}

/** A passkey that was verified, and the challenge that it answered. */
interface Verified {
  readonly made: NewCredential;
  readonly challenge: OpenedChallenge;
}

async function verify(
  { config, passkeyChallenges }: RegisterDeps,
  { userPublicId: userId }: Actor,
  credential: z.output<typeof createPasskeyInput>["credential"],
): Promise<Verified> {
  const clientData = readClientData(credential.response.clientDataJSON);
  const challenge = clientData && passkeyChallenges.open({ kind: "registration", userId }, clientData.challenge);
  if (clientData === undefined || challenge === undefined) throw new GatehouseError("PASSKEY_REFUSED");
  const made = await verifyCreation({ credential, clientData, passkeys: config.passkeys });
  if (made === undefined) throw new GatehouseError("PASSKEY_REFUSED");
  return { made, challenge };
}

function defaultName({ aaguid }: NewCredential, userAgent: string | null): string {
  const { browser, system } = parseUserAgent(userAgent);
  const place = [browser?.name, system?.name].filter((part) => part !== undefined).join(", ");
  return providerOf(aaguid) ?? (place === "" ? "Passkey" : place);
}

/** Locks the account and the session, so that either ends before or after, and concurrent calls count one after the other. */
async function lockOwner(trx: DatabaseTransaction, { userId, session }: Actor): Promise<UserRow> {
  const user = await lockUser(trx, userId);
  const isSignedIn = user?.status === "active" && (await lockSession(trx, session.id));
  if (!isSignedIn) throw new GatehouseError("ACCESS_TOKEN_INVALID");
  return user;
}

function columnsOf(
  { clock, random }: RegisterDeps,
  user: UserRow,
  { made, name }: { readonly made: NewCredential; readonly name: string },
) {
  return {
    public_id: random.uuid(),
    user_id: user.id,
    credential_id: made.id,
    public_key: made.publicKey,
    counter: String(made.counter),
    transports: [...made.transports],
    aaguid: made.aaguid,
    name,
    backup_eligible: made.isBackupEligible,
    backed_up: made.isBackedUp,
    created_at: clock.now(),
  };
}

async function tellAdded(
  deps: RegisterDeps,
  trx: DatabaseTransaction,
  { user, row }: { readonly user: UserRow; readonly row: PasskeyRow },
): Promise<void> {
  const { name, public_id: targetId, created_at: at, backup_eligible: backupEligible } = row;
  await recordEvent(deps, trx, {
    action: "passkey.added",
    kind: "passkey",
    targetId,
    details: { name, backupEligible },
  });
  await sendSecurityNotice(deps, trx, { user, notice: { template: "passkey-added", passkeyName: name, at } });
}

async function mapTaken<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (violatedUniqueConstraint(error) === credentialIdKey) throw new GatehouseError("PASSKEY_TAKEN");
    throw error;
  }
}
