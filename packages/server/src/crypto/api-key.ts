import { crc32 } from "node:zlib";

/** The prefix of every key. Scanners for leaked secrets find keys by it, and the server tells keys from access tokens by it. */
const marker = "gatehouse_";

/** Random bytes in a key. */
export const apiKeyBytes = 32;

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** The length of 256 bits in base 62. */
const secretCharacters = 43;
/** The length of a CRC-32 in base 62. */
const checksumCharacters = 6;
/** Characters of the secret that are shown, to tell keys apart. They reveal 36 of 256 bits, too few to help guess the rest. */
const shownCharacters = 6;

/**
 * Returns `gatehouse_`, 256 random bits and their CRC-32, both in base 62. The key is one word for a double click, a shell and
 * a header. By the checksum, a scanner can tell a key from similar text without a request to the server.
 */
export function formatApiKey(chance: Uint8Array): string {
  const secret = toBase62(BigInt(`0x${Buffer.from(chance).toString("hex")}`), secretCharacters);
  return `${marker}${secret}${checksum(secret)}`;
}

/** Whether a bearer token is an API key; an access token is a JWT, which never starts with the prefix. */
export function isApiKey(token: string): boolean {
  return token.startsWith(marker);
}

const keyInText = new RegExp(`(${marker}[0-9A-Za-z]{${shownCharacters}})[0-9A-Za-z]{14,}`, "g");

/** Shortens every API key in the text, complete or truncated, to the part that may be shown. */
export function withoutApiKeys(text: string): string {
  return text.includes(marker) ? text.replaceAll(keyInText, "$1…") : text;
}

/** The part of a key that may be shown to its owner. */
export function apiKeyPrefix(key: string): string {
  return key.slice(0, marker.length + shownCharacters);
}

function checksum(secret: string): string {
  return toBase62(BigInt(crc32(secret)), checksumCharacters);
}

function toBase62(value: bigint, length: number): string {
  let text = "";
  for (let rest = value; text.length < length; rest /= 62n) text = `${digits[Number(rest % 62n)]}${text}`;
  return text;
}
