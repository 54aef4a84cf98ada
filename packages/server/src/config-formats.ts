// The formats of single variables; config-variables.ts assigns them to the variables.
import { createPrivateKey } from "node:crypto";
import { isIP } from "node:net";
import { z } from "zod";
import { isReadableAccent } from "./accent-color.ts";
import type { EncryptionKey } from "./crypto/key-ring.ts";
import { isAddressRange as isRange } from "./outbound/address.ts";
import { type RegistrationIdentifier, registrationIdentifiers } from "./user/identifiers.ts";

/** A list with commas between its entries. */
export const commaSeparated = z.string().transform((list) =>
  list
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== ""),
);

/** A list of the identifiers by which an account can be registered, at least one. */
export const identifiers = commaSeparated
  .pipe(z.array(z.enum(registrationIdentifiers)).min(1))
  .transform((list): readonly RegistrationIdentifier[] =>
    registrationIdentifiers.filter((each) => list.includes(each)),
  );

/** An http or https origin, without a path or a wildcard. */
export const httpOrigin = z
  .url({ protocol: /^https?$/ })
  .transform((url) => new URL(url))
  .refine((url) => url.href === `${url.origin}/` && !url.hostname.includes("*"), "must be an origin alone")
  .transform((url) => url.origin);

const proxyRanges: readonly string[] = ["loopback", "linklocal", "uniquelocal"];

/** A proxy of `TRUSTED_PROXIES`: an address, a CIDR range or the name of a range. */
export const proxyAddress = z.string().refine((entry) => proxyRanges.includes(entry) || isAddressRange(entry));

/** Whether the entry is an address or a CIDR range. As strict as `proxy-addr`, whose own errors do not name the variable. */
function isAddressRange(entry: string): boolean {
  const [, address = "", bits] = /^([0-9A-Fa-f:.]+)(?:\/([1-9]\d{0,2}))?$/.exec(entry) ?? [];
  const width = isIP(address) === 6 ? 128 : 32;
  return isIP(address) !== 0 && (bits === undefined || Number(bits) <= width);
}

/** The format of ENCRYPTION_KEYS: `VERSION:KEY,…`, parsed to the keys of a key ring. */
export const encryptionKeys = z.string().transform((text, ctx): readonly [EncryptionKey, ...EncryptionKey[]] => {
  const [first, ...others] = text.split(",").map(parseEncryptionKey);
  const keys = [first, ...others].filter((key) => key !== undefined);
  const distinct = new Set(keys.map((key) => key.version)).size === others.length + 1;
  if (first !== undefined && keys.length === others.length + 1 && distinct) {
    return [first, ...keys.slice(1)];
  }
  ctx.addIssue({ code: "custom", message: "not a list of distinct VERSION:KEY with strong keys of 32 bytes" });
  return z.NEVER;
});

/** A key with fewer distinct bytes was not generated at random: 32 random bytes have about 30 distinct ones. */
const minDistinctKeyBytes = 20;

function parseEncryptionKey(entry: string): EncryptionKey | undefined {
  const [, versionText, keyText] = /^\s*([1-9][0-9]{0,2}):([A-Za-z0-9+/_-]{43}=?)\s*$/.exec(entry) ?? [];
  if (versionText === undefined || keyText === undefined) return undefined;
  const version = Number(versionText);
  const secret = Buffer.from(keyText, "base64");
  const isStrong = secret.length === 32 && new Set(secret).size >= minDistinctKeyBytes;
  return version <= 255 && isStrong ? { version, secret } : undefined;
}

/** The URL of a mail server: a host, optionally with a port, a user and a password. A path has no meaning and is rejected. */
export const smtpUrl = z.string().refine((text) => {
  const url = /^smtps?:\/\/[^/?#]+\/?$/.test(text) ? URL.parse(text) : null;
  return url !== null && url.hostname !== "" && isPercentEncoded(url.username) && isPercentEncoded(url.password);
});

function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** The sender of mails: `Name <address>`, or an address alone, which gets the product's name. */
export const mailFrom = z.string().transform((value, ctx) => {
  const [, name, inBrackets, bare] =
    /^(?:([^<>@,;:"\\\p{Cc}]{1,100}?)\s*<([^\s<>@]+@[^\s<>@]+)>|([^\s<>@]+@[^\s<>@]+))$/u.exec(value.trim()) ?? [];
  const address = inBrackets ?? bare;
  if (address !== undefined) return { name, address };
  ctx.addIssue({ code: "custom", message: "not an address" });
  return z.NEVER;
});

/** An origin that receives a secret with each request: https, except on this machine. */
export const httpsOrigin = httpOrigin.refine(
  (origin) => origin.startsWith("https:") || isLoopbackUrl(origin),
  "must be https",
);

/** A domain of at least two labels, or `localhost`: browsers give no passkeys to addresses, nor to a top-level domain. */
export const domain = z
  .string()
  .regex(/^(localhost|(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?)$/);

/** Who may use a passkey: the origin of a page, or an Android app by the digest of the certificate that signs it. */
export const passkeyOrigin = z.union([httpOrigin, z.string().regex(/^android:apk-key-hash:[A-Za-z0-9_-]{43}$/)]);
/** The address of something that browsers load or open: https, except on this machine. Parsed to its normal form. */
export const httpsAddress = z
  .url({ protocol: /^https?$/ })
  .transform((url) => new URL(url))
  .refine((url) => url.protocol === "https:" || isLoopbackUrl(url.href), "must be https")
  .refine((url) => url.username === "" && url.password === "", "must have no user")
  .transform((url) => url.href);

/** Whether a text is a private key as PEM, of this type and on this curve. */
export function isPrivateKey(pem: string, { type, curve }: { readonly type: "ec" | "rsa"; readonly curve?: string }) {
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(pem);
    return asymmetricKeyType === type && asymmetricKeyDetails?.namedCurve === curve;
  } catch {
    return false;
  }
}

/** A colour as `#rrggbb` that can be read on light backgrounds, and white text on it. */
export const accentColor = z
  .string()
  .regex(/^#[0-9a-f]{6}$/i)
  .refine(isReadableAccent, "must be darker");

/** Whether a URL names this machine. */
export function isLoopbackUrl(url: string): boolean {
  return ["localhost", "127.0.0.1", "[::1]"].includes(new URL(url).hostname);
}

/** A Twilio sender: a number in E.164, the SID of a messaging service, or an alphanumeric sender. */
export const twilioSender = z.string().regex(/^(\+[1-9]\d{6,14}|MG[0-9a-fA-F]{32}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11})$/);

const maxPort = 65_535;

/** A list of TCP ports, or `any`. */
export const ports = z.union([
  z.literal("any"),
  commaSeparated.pipe(
    z
      .array(
        z
          .string()
          .regex(/^\d{1,5}$/)
          .transform(Number)
          .pipe(z.int().min(1).max(maxPort)),
      )
      .min(1),
  ),
]);

/** A list of addresses and CIDR ranges. */
export const addressRanges = commaSeparated.pipe(z.array(z.string().refine(isRange, "must be an address or a range")));
