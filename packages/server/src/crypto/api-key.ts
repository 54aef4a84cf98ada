import { crc32 } from "node:zlib";

/** What every key begins with: scanners for leaked secrets find keys by it, and the server tells them from access tokens. */
const marker = "gatehouse_";

/** Bytes of chance in a key. */
export const apiKeyBytes = 32;

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** What 256 bits take in base 62. */
const secretCharacters = 43;
/** What a CRC-32 takes. */
const checksumCharacters = 6;
/** Shown to tell keys apart: 36 bits of 256, which help nobody to guess the rest. */
const shownCharacters = 6;

/**
 * `gatehouse_`, 256 bits of chance and their CRC-32, both in base 62: one word for a double click, a shell and a header. By
 * the checksum a scanner tells a key from what only looks like one, without asking anybody.
 */
export function formatApiKey(chance: Uint8Array): string {
  const secret = toBase62(BigInt(`0x${Buffer.from(chance).toString("hex")}`), secretCharacters);
  return `${marker}${secret}${checksum(secret)}`;
}

/** Whether a bearer token means to be a key; an access token is a JWT, which never looks so. */
export function isApiKey(token: string): boolean {
  return token.startsWith(marker);
}

const keyInText = new RegExp(`(${marker}[0-9A-Za-z]{${shownCharacters}})[0-9A-Za-z]{14,}`, "g");

/** The text with what may be shown of the keys in it, whole ones or those that were cut off. */
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
