import { type Attack, of } from "./attacks.ts";
import { repeat, textUnits } from "./worst-inputs.ts";

/** Headers of this many bytes, by kind. */
export const headerAttacks: readonly { name: string; headers: (bytes: number) => Record<string, string> }[] = [
  ...["a", "..", "eyJ", "=", "gatehouse_", " ", "x.y."].flatMap((unit) => [
    { name: `Bearer ${unit}`, headers: (bytes: number) => ({ authorization: `Bearer ${repeat(unit, bytes)}x` }) },
    { name: `Basic ${unit}`, headers: (bytes: number) => ({ authorization: `Basic ${repeat(unit, bytes)}` }) },
  ]),
  ...textUnits.map((unit) => ({
    name: `Basic credentials of ${JSON.stringify(unit)}`,
    headers: (bytes: number) => {
      const half = repeat(unit, (bytes * 3) / 8 - 1);
      return { authorization: `Basic ${Buffer.from(`${half}:${half}`).toString("base64")}` };
    },
  })),
  {
    name: "a token with a large header",
    headers: (bytes) => {
      const part = Buffer.from(`{"alg":"EdDSA","kid":"x","x":[${repeat("1,", bytes / 2)}1]}`).toString("base64url");
      return { authorization: `Bearer ${part}.e30.e30` };
    },
  },
  { name: "cookies", headers: (bytes) => ({ cookie: repeat("a=1; ", bytes) }) },
  { name: "semicolons in the cookie", headers: (bytes) => ({ cookie: repeat(";", bytes) }) },
  {
    name: "spaces in the cookie",
    headers: (bytes) => ({ cookie: `a${repeat(" \t", bytes)}a=__Host-gatehouse-access` }),
  },
  {
    name: "the session's cookie again and again",
    headers: (bytes) => ({ cookie: repeat("__Host-gatehouse-access=x; ", bytes) }),
  },
  { name: "forwarders", headers: (bytes) => ({ "x-forwarded-for": repeat("10.0.0.1,", bytes) }) },
  { name: "forwarders of nowhere", headers: (bytes) => ({ "x-forwarded-for": repeat(",", bytes) }) },
  { name: "a forwarder of colons", headers: (bytes) => ({ "x-forwarded-for": repeat(":", bytes) }) },
  { name: "languages", headers: (bytes) => ({ "accept-language": repeat("en;q=0.1,", bytes) }) },
  { name: "a language", headers: (bytes) => ({ "accept-language": repeat("a-", bytes) }) },
  { name: "types", headers: (bytes) => ({ accept: repeat("a/b;q=0.1,", bytes) }) },
  { name: "a long host", headers: (bytes) => ({ host: repeat("a.", bytes) }) },
  { name: "a long origin", headers: (bytes) => ({ origin: repeat("http://a.", bytes) }) },
  { name: "a user agent", headers: (bytes) => ({ "user-agent": repeat("Mozilla/5.0 (a; b) ", bytes) }) },
  { name: "a range", headers: (bytes) => ({ range: `bytes=${repeat("0-1,", bytes)}` }) },
  {
    name: "many headers",
    headers: (bytes) => Object.fromEntries(Array.from({ length: bytes / 10 }, (_, index) => [`x${index}`, "1"])),
  },
];

/** Unexpected queries of all forms. */
export function addressAttacks(path: string, method: string): readonly Attack[] {
  const queries: readonly (readonly [string, (bytes: number) => string])[] = [
    ["many parameters", (bytes) => Array.from({ length: bytes / 8 }, (_, index) => `k${index}=1`).join("&")],
    ["parameters that are numbers", (bytes) => Array.from({ length: bytes / 12 }, (_, i) => `${i * 4096}=1`).join("&")],
    ["ampersands", (bytes) => repeat("&", bytes)],
    ["equals signs", (bytes) => repeat("=", bytes)],
    ["brackets", (bytes) => repeat("a[]=1&", bytes)],
    ["nested brackets", (bytes) => `a${repeat("[a]", bytes)}=1`],
    ["percent signs", (bytes) => repeat("%", bytes)],
    ["plus signs", (bytes) => `a=${repeat("+", bytes)}`],
    ["encoded text", (bytes) => `input=${repeat("%5B", bytes)}`],
    ["text that is no UTF-8", (bytes) => `input=${repeat("%ff", bytes)}`],
    ["inputs", (bytes) => repeat("input=1&", bytes)],
  ];
  return queries.map(([name, query]) =>
    of(`${name} at ${path}`, (bytes) => ({ method, path: `${path}?${query(bytes)}` })),
  );
}
