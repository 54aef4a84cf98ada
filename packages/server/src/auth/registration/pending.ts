import type { z } from "zod";
import type { KeyRing } from "../../crypto/key-ring.ts";
import { GatehouseError, type GatehouseErrorCode } from "../../errors.ts";
import type { PendingRegistrationRow } from "./store.ts";

interface SealDeps {
  readonly keyRing: KeyRing;
}

/** The context that a registration is sealed with. */
export const registrationContext = (publicId: string) => `registration:${publicId}`;

/** Seals a registration, which contains a password's hash and personal data, for its row. */
export function sealRegistration({ keyRing }: SealDeps, registration: { readonly id: string }): Buffer {
  return keyRing.seal(Buffer.from(JSON.stringify(registration)), registrationContext(registration.id));
}

/** Opens the registration of a row by the schema of its kind. */
export function openRegistration<Schema extends z.ZodType>(
  { keyRing }: SealDeps,
  { public_id, sealed }: Pick<PendingRegistrationRow, "public_id" | "sealed">,
  schema: Schema,
): z.output<Schema> {
  return schema.parse(JSON.parse(keyRing.open(sealed, registrationContext(public_id)).toString()));
}

const usernameRefusals: readonly GatehouseErrorCode[] = ["USERNAME_TAKEN", "USERNAME_RESERVED"];

/**
 * Creates the account of a registration. A username that was taken or reserved while the registration waited is left out: the owner
 * can choose another.
 */
export async function createWithFreeUsername<T>(
  create: (lost: { readonly username?: undefined }) => Promise<T>,
): Promise<T> {
  try {
    return await create({});
  } catch (error) {
    if (!(error instanceof GatehouseError && usernameRefusals.includes(error.code))) throw error;
    return await create({ username: undefined });
  }
}
