import { Secret, TOTP } from "otpauth";
import type { Clock } from "../../clock.ts";
import type { KeyRing } from "../../crypto/key-ring.ts";
import type { DatabaseTransaction } from "../../database/connection.ts";
import { type TotpRow, useTotpStep } from "./totp-store.ts";

/** Bytes of a secret: as many as HMAC-SHA-1 gives out (RFC 4226, 4). */
export const totpSecretBytes = 20;

/** What every authenticator app supports; some ignore any other value. */
const parameters = { algorithm: "SHA1", digits: 6, period: 30 } as const;

/** Codes of this many steps before and after the present one are accepted, for clocks that differ (RFC 6238, 5.2). */
const windowSteps = 1;

/** Whose secret it is, as an app shows it. */
interface TotpLabel {
  readonly secret: Uint8Array;
  readonly issuer: string;
  readonly account: string;
}

/** The secret in base 32, and the address that an app reads from a QR code. */
export function describeTotp({ secret, issuer, account }: TotpLabel): {
  readonly secret: string;
  readonly uri: string;
} {
  // The format allows no colon in either name.
  const [plainIssuer, label] = [issuer, account].map((text) => text.replaceAll(":", " ")) as [string, string];
  const totp = new TOTP({ ...parameters, issuer: plainIssuer, label, secret: secretOf(secret) });
  return { secret: totp.secret.base32, uri: totp.toString() };
}

/**
 * Whether the code is one of now, or of the step before or after it. A right code is used up, and so are all earlier ones: it
 * works once, also at two servers at the same time.
 */
export async function redeemTotp(
  { clock, keyRing }: { readonly clock: Clock; readonly keyRing: KeyRing },
  trx: DatabaseTransaction,
  { totp, code }: { readonly totp: TotpRow; readonly code: string },
): Promise<boolean> {
  const secret = secretOf(keyRing.open(totp.secret, totpContext(totp.public_id)));
  const token = code.replace(/\s/g, "");
  if (!/^\d{6}$/.test(token)) return false;
  const timestamp = clock.now().getTime();
  const delta = TOTP.validate({ ...parameters, secret, token, timestamp, window: windowSteps });
  if (delta === null) return false;
  const step = TOTP.counter({ period: parameters.period, timestamp }) + delta;
  return await useTotpStep(trx, { userId: totp.user_id, step });
}

function secretOf(bytes: Uint8Array): Secret {
  return new Secret({ buffer: Uint8Array.from(bytes).buffer });
}

/** The context that binds a sealed secret to its row. */
export const totpContext = (publicId: string) => `totp:${publicId}`;
