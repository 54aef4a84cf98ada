import type { z } from "zod";
import { GatehouseError } from "../../errors.ts";
import type { sendPhoneCodeInput } from "./schema.ts";

const message = "Must be a telephone number: +34600000000, or as dialled within the country";

/** Returns a number that somebody typed in E.164. Throws `INVALID_INPUT`. */
export async function parsePhone({ phone, country }: z.output<typeof sendPhoneCodeInput>): Promise<string> {
  const number = await readNumber(phone, country);
  if (number === undefined) throw new GatehouseError("INVALID_INPUT", { errors: [{ path: "phone", message }] });
  return number;
}

/**
 * Returns the identifier of a sign-in in E.164 if it begins with a plus, as no username does, and is no address. Any other
 * identifier, and a text that is no number, stays as it is, and then names no account or one that is not found by a number.
 */
export async function normalizeIdentifier(identifier: string): Promise<string> {
  const isNumber = /^[\s\p{Cf}]*[+＋]/u.test(identifier) && !identifier.normalize("NFKC").includes("@");
  return isNumber ? ((await readNumber(identifier.trim(), undefined)) ?? identifier) : identifier;
}

async function readNumber(phone: string, country: string | undefined): Promise<string | undefined> {
  // The numbering plans of all countries are loaded for the first number, not at the start.
  const { toE164 } = await import("../../delivery/sms/phone-number.ts");
  return toE164(phone, country);
}
