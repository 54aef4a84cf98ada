import { type FieldError, GatehouseError } from "../errors.ts";

/** By what an account can be registered, as `REGISTRATION_IDENTIFIERS` names it. */
export const registrationIdentifiers = ["email", "username", "phone"] as const;

/** One of {@link registrationIdentifiers}. */
export type RegistrationIdentifier = (typeof registrationIdentifiers)[number];

/** What somebody gave of each. */
type GivenIdentifiers = Readonly<Partial<Record<RegistrationIdentifier, string | undefined>>>;

/** Returns an error for each allowed identifier if none of them is given. */
export function findMissing(
  allowed: readonly RegistrationIdentifier[],
  given: GivenIdentifiers,
): readonly FieldError[] {
  if (allowed.some((identifier) => given[identifier] !== undefined)) return [];
  return allowed.map((path) => ({ path, message: `Required: ${allowed.join(" or ")}` }));
}

const refusedEmail = { path: "email", message: "Accounts of this server are registered without an email address" };
const refusedPhone = { path: "phone", message: "Accounts of this server are registered without a telephone number" };
const laterPhone = {
  path: "phone",
  message: "An account with an email address adds a number later: POST /v1/auth/phone",
};

/**
 * Checks the identifiers of a new account. A username is always allowed beside another; an address and a number are allowed only
 * if accounts may be registered by them, and not together, as each waits for a proof of its own. Throws `INVALID_INPUT`.
 */
export function assertIdentifiers(allowed: readonly RegistrationIdentifier[], given: GivenIdentifiers): void {
  const errors = [
    ...(given.email === undefined || allowed.includes("email") ? [] : [refusedEmail]),
    ...refusalsOfPhone(allowed, given),
    ...findMissing(allowed, given),
  ];
  if (errors.length > 0) throw new GatehouseError("INVALID_INPUT", { errors });
}

function refusalsOfPhone(
  allowed: readonly RegistrationIdentifier[],
  { email, phone }: GivenIdentifiers,
): readonly FieldError[] {
  if (phone === undefined) return [];
  if (!allowed.includes("phone")) return [refusedPhone];
  return email === undefined ? [] : [laterPhone];
}
